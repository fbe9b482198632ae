//! CPU time that others took while something was measured.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use fs_err::read_to_string;

use super::cgroup;
use crate::model::Share;

/// Reads how much CPU time was taken away since it was started.
#[derive(Debug, Clone)]
pub struct StealMeter {
    started: Instant,
    ticks: Option<Ticks>,
    throttled: Option<Duration>,
}

impl StealMeter {
    /// Begins an interval.
    #[must_use]
    pub fn start() -> Self {
        Self { started: Instant::now(), ticks: Ticks::now(), throttled: cgroup::throttled() }
    }

    /// The share of this machine's CPU time since the start that the hypervisor gave to others,
    /// from `/proc/stat`. It counts in ticks of 10 ms, so an interval should be a second or more.
    /// 0 outside Linux and on a machine without a hypervisor.
    #[must_use]
    pub fn steal(&self) -> Share {
        let stolen = self.ticks.zip(Ticks::now()).map(|(then, now)| then.stolen_until(now));
        stolen.unwrap_or(Share::new(0.0))
    }

    /// The share of the usable CPUs' time since the start during which the container's CPU quota
    /// held this process's cgroup back. It is to a container what [`Self::steal`] is to a virtual
    /// machine, and the only sign of a quota at work that [`super::cpu_kernel`] does not miss. 0
    /// without a quota and outside Linux.
    #[must_use]
    pub fn throttled(&self) -> Share {
        let held = self.throttled.zip(cgroup::throttled());
        let held = held.map_or(Duration::ZERO, |(then, now)| now.saturating_sub(then));
        let cpus = available_parallelism().map_or(1, NonZeroUsize::get);
        let available = self.started.elapsed().as_secs_f64() * cpus as f64;
        Share::new(held.as_secs_f64() / available)
    }
}

/// The counters of `/proc/stat`, summed over the CPUs since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ticks {
    all: u64,
    steal: u64,
}

impl Ticks {
    fn now() -> Option<Self> {
        Self::parse(&read_to_string("/proc/stat").ok()?)
    }

    /// Reads the line of all CPUs: user, nice, system, idle, iowait, irq, softirq, steal. The guest
    /// times after it are part of user and nice already.
    fn parse(stat: &str) -> Option<Self> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<u64> =
            line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
        let steal = *ticks.get(7)?;
        Some(Self { all: ticks.iter().sum(), steal })
    }

    /// Counters may step back when a virtual machine moves; that counts as nothing.
    fn stolen_until(self, later: Self) -> Share {
        Share::of(later.steal.saturating_sub(self.steal), later.all.saturating_sub(self.all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  38718 0 9374 234250 445 0 58 12 5 6\n\
                        cpu0 19000 0 4700 117000 200 0 30 6 0 0\nintr 12345\n";

    #[test]
    fn steal_is_the_eighth_counter_and_guests_are_not_counted_twice() {
        let all = 38718 + 9374 + 234_250 + 445 + 58 + 12;
        assert_eq!(Ticks::parse(STAT), Some(Ticks { all, steal: 12 }));
    }

    #[test]
    fn old_or_malformed_counters_give_nothing() {
        for stat in ["", "cpu0 1 2 3\n", "cpu  1 2 3 4 5 6 7\n", "cpu  1 2 x 4 5 6 7 8\n"] {
            assert_eq!(Ticks::parse(stat), None, "{stat}");
        }
    }

    #[test]
    fn the_share_is_of_the_interval_alone() {
        let (then, now) = (Ticks { all: 1000, steal: 500 }, Ticks { all: 1200, steal: 510 });
        assert!((then.stolen_until(now).get() - 0.05).abs() < 1e-12);
        assert!(then.stolen_until(then).get().abs() < f64::EPSILON);
        assert!(now.stolen_until(then).get().abs() < f64::EPSILON);
    }

    #[test]
    fn a_meter_reads_shares_at_once() {
        let meter = StealMeter::start();
        assert!(meter.steal().get() <= 1.0 && meter.throttled().get() <= 1.0);
    }
}
