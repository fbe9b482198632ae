//! The machine class: what must be equal for two runs to be of the same kind of machine.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use fs_err::read_to_string;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use super::{cgroup, virtualised};
use crate::model::MachineClass;

/// The class of the machine this process runs on.
///
/// - CPU model: as the system names it, without marketing marks and nominal clock.
/// - CPUs: the online logical CPUs that this process's affinity allows. The container's quota is
///   not mixed in; it is a field of its own.
/// - Quota: the smallest CPU quota of the process's cgroup and those above it (Linux).
/// - Virtualised: Linux only, see `virtualised.rs`; false elsewhere.
#[must_use]
pub fn machine_class() -> MachineClass {
    MachineClass {
        cpu: cpu_model(),
        cpus: usable_cpus(),
        arch: std::env::consts::ARCH.to_owned(),
        quota_percent: cgroup::quota_percent(),
        virtualised: virtualised::is_virtualised(),
    }
}

fn cpu_model() -> String {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let brand = system.ok().and_then(|system| Some(system.cpus().first()?.brand().to_owned()));
    brand.as_deref().and_then(normalised).unwrap_or_else(|| "unknown CPU".to_owned())
}

/// A CPU's name without what changes between machines of one kind: `(R)`, `(TM)`, the nominal
/// clock after `@`, and repeated spaces. `None` when nothing is left.
fn normalised(brand: &str) -> Option<String> {
    let mut name = brand.split('@').next().unwrap_or_default().to_owned();
    for mark in ["(R)", "(r)", "(TM)", "(tm)", "®", "™"] {
        name = name.replace(mark, " ");
    }
    let mut words: Vec<&str> = name.split_whitespace().collect();
    // "Intel Xeon CPU @ 2.20GHz" is all that some clouds say; "CPU" alone says nothing.
    words.retain(|word| *word != "CPU");
    (!words.is_empty()).then(|| words.join(" "))
}

fn usable_cpus() -> u32 {
    let status = read_to_string("/proc/self/status").ok();
    let online = read_to_string("/sys/devices/system/cpu/online").ok();
    status
        .zip(online)
        .and_then(|(status, online)| allowed_and_online(&status, &online))
        .unwrap_or_else(|| {
            available_parallelism().map_or(1, NonZeroUsize::get).try_into().unwrap_or(u32::MAX)
        })
}

/// How many CPUs are both in the affinity mask of `/proc/self/status` and online. The mask alone
/// does not do: it also names CPUs that could be plugged in some day.
fn allowed_and_online(status: &str, online: &str) -> Option<u32> {
    let mask = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let (allowed, online) = (cpu_ranges(mask)?, cpu_ranges(online)?);
    let both = allowed
        .iter()
        .flat_map(|a| online.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))))
        .filter(|(first, last)| first <= last)
        .map(|(first, last)| last - first + 1)
        .sum();
    (both > 0).then_some(both)
}

/// Reads the kernel's list format, `0-3,8`, as inclusive ranges. `None` if it is malformed.
fn cpu_ranges(text: &str) -> Option<Vec<(u32, u32)>> {
    text.trim()
        .split(',')
        .map(|range| {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (first <= last && last < u32::MAX).then_some((first, last))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_name_loses_marks_clock_and_doubled_spaces() {
        for (brand, name) in [
            ("Intel(R) Xeon(R) CPU @ 2.30GHz", Some("Intel Xeon")),
            ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", Some("Intel Xeon Platinum 8370C")),
            ("Intel(R) Core(TM)  i7-8650U CPU @ 1.90GHz", Some("Intel Core i7-8650U")),
            (
                "AMD EPYC 7763 64-Core Processor               ",
                Some("AMD EPYC 7763 64-Core Processor"),
            ),
            ("Apple M1", Some("Apple M1")),
            ("", None),
            ("@ 2.0GHz", None),
        ] {
            assert_eq!(normalised(brand).as_deref(), name, "{brand}");
        }
    }

    #[test]
    fn a_cpu_counts_when_it_is_allowed_and_online() {
        let status = |list: &str| format!("Name:\tperfbase\nCpus_allowed_list:\t{list}\n");
        for (affinity, online, usable) in [
            ("0-1", "0-1\n", Some(2)),
            ("0-127", "0-3\n", Some(4)),
            ("2", "0-3\n", Some(1)),
            ("0-2,7-9", "0,2-8\n", Some(4)),
            ("5", "0-3\n", None),
            ("", "0-3\n", None),
            ("3-1", "0-3\n", None),
        ] {
            assert_eq!(allowed_and_online(&status(affinity), online), usable, "{affinity}");
        }
        assert_eq!(allowed_and_online("Name:\tperfbase\n", "0-3"), None);
    }

    #[test]
    fn this_machine_has_a_class_and_keeps_it() {
        let class = machine_class();
        assert!(class.cpus >= 1 && !class.cpu.is_empty() && class.quota_percent != Some(0));
        assert_eq!(class, machine_class());
    }
}
