//! Whether this is a virtual machine or a container.

use std::path::Path;

use fs_err::read_to_string;

/// Vendors and products that hypervisors put in the firmware tables.
const VIRTUAL_FIRMWARE: [&str; 14] = [
    "KVM",
    "QEMU",
    "VMware",
    "VirtualBox",
    "innotek",
    "Xen",
    "Bochs",
    "Parallels",
    "BHYVE",
    "Virtual Machine",
    "Amazon EC2",
    "Google Compute Engine",
    "OpenStack",
    "DigitalOcean",
];

/// Files that exist only in a container or on a hypervisor's guest.
const MARKS: [&str; 4] = [
    "/.dockerenv",
    "/run/.containerenv",
    "/proc/device-tree/hypervisor/compatible",
    "/sys/hypervisor/type",
];

/// Whether Linux says that this is a virtual machine or a container: the CPU's `hypervisor` flag,
/// a hypervisor's name in the firmware tables, or a file only containers and guests have. A bare
/// machine of a cloud may count as virtual by its firmware; it does so every time, which is all
/// that a machine class needs. False on other systems.
pub(super) fn is_virtualised() -> bool {
    let text = |path: &str| read_to_string(path).unwrap_or_default();
    has_hypervisor_flag(&text("/proc/cpuinfo"))
        || ["sys_vendor", "product_name", "board_vendor"]
            .iter()
            .any(|name| is_virtual_firmware(&text(&format!("/sys/class/dmi/id/{name}"))))
        || MARKS.iter().any(|mark| Path::new(mark).exists())
}

fn has_hypervisor_flag(cpuinfo: &str) -> bool {
    cpuinfo
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| key.trim() == "flags")
        .any(|(_, flags)| flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

fn is_virtual_firmware(name: &str) -> bool {
    VIRTUAL_FIRMWARE.iter().any(|known| name.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hypervisor_flag_is_a_whole_word_among_the_flags() {
        let guest =
            "model name\t: AMD EPYC\nflags\t\t: fpu rdrand hypervisor lahf_lm\nbugs\t\t: x\n";
        let bare = "model name\t: hypervisor\nflags\t\t: fpu rdrand lahf_lm hypervisor_not\n";
        assert!(has_hypervisor_flag(guest));
        assert!(!has_hypervisor_flag(bare));
        assert!(!has_hypervisor_flag(""));
    }

    #[test]
    fn firmware_of_guests_is_known_from_that_of_machines() {
        for name in ["QEMU\n", "VMware, Inc.", "Amazon EC2", "Virtual Machine"] {
            assert!(is_virtual_firmware(name), "{name}");
        }
        for name in ["", "Dell Inc.\n", "ThinkPad X1 Carbon", "Microsoft Corporation"] {
            assert!(!is_virtual_firmware(name), "{name}");
        }
    }
}
