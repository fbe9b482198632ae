//! A CPU quota on the service and on perfbase together: a control group of their own, in which the
//! scheduler stops everything for the rest of each period once the quota is used up.

use std::io;
use std::path::{Path, PathBuf};

/// Microseconds of one CPU in each period.
const QUOTA: u32 = 20_000;
/// Length of a period, microseconds; the kernel's default.
const PERIOD: u32 = 100_000;

/// This process, and what it starts, held to the quota until dropped.
#[derive(Debug)]
pub(crate) struct Quota {
    group: PathBuf,
    home: PathBuf,
}

impl Quota {
    /// Makes the group and moves this process into it.
    ///
    /// # Errors
    /// When the machine has no control groups that this user may change.
    pub(crate) fn start() -> io::Result<Self> {
        let hierarchy = Hierarchy::find()?;
        let name = format!("perfbase-prove-{}", std::process::id());
        let quota = Self { group: hierarchy.mount.join(name), home: hierarchy.home };
        fs_err::create_dir(&quota.group)?;
        match hierarchy.version {
            Version::V1 => {
                fs_err::write(quota.group.join("cpu.cfs_period_us"), PERIOD.to_string())?;
                fs_err::write(quota.group.join("cpu.cfs_quota_us"), QUOTA.to_string())?;
            }
            Version::V2 => {
                fs_err::write(quota.group.join("cpu.max"), format!("{QUOTA} {PERIOD}"))?;
            }
        }
        move_to(&quota.group)?;
        Ok(quota)
    }

    /// The quota in words.
    pub(crate) fn words() -> String {
        format!("{} % of one CPU", QUOTA * 100 / PERIOD)
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // A group that cannot be left or removed is as harmless as an empty one.
        drop(move_to(&self.home));
        drop(fs_err::remove_dir(&self.group));
    }
}

fn move_to(group: &Path) -> io::Result<()> {
    fs_err::write(group.join("cgroup.procs"), std::process::id().to_string())
}

struct Hierarchy {
    version: Version,
    mount: PathBuf,
    /// The group that this process is in.
    home: PathBuf,
}

#[derive(Clone, Copy)]
enum Version {
    V1,
    V2,
}

impl Hierarchy {
    fn find() -> io::Result<Self> {
        let membership = fs_err::read_to_string("/proc/self/cgroup")?;
        for (mount, version) in [
            ("/sys/fs/cgroup/cpu,cpuacct", Version::V1),
            ("/sys/fs/cgroup/cpu", Version::V1),
            ("/sys/fs/cgroup", Version::V2),
        ] {
            let mount = PathBuf::from(mount);
            if mount.join("cgroup.procs").exists() {
                let inside = own_path(&membership, version);
                let home = mount.join(inside.trim_start_matches('/'));
                let home = if home.exists() { home } else { mount.clone() };
                return Ok(Self { version, mount, home });
            }
        }
        Err(io::Error::new(io::ErrorKind::Unsupported, "no CPU control groups are mounted"))
    }
}

/// The path of this process's group, from `/proc/self/cgroup`.
fn own_path(membership: &str, version: Version) -> &str {
    let of_version = |controllers: &str| match version {
        Version::V1 => controllers.split(',').any(|name| name == "cpu"),
        Version::V2 => controllers.is_empty(),
    };
    membership
        .lines()
        .filter_map(|line| line.split_once(':')?.1.split_once(':'))
        .find(|(controllers, _)| of_version(controllers))
        .map_or("/", |(_, path)| path)
}
