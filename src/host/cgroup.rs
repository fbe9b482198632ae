//! What the process's control groups say of CPU time: the quota, and the time it was throttled.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err::read_to_string;

/// The smallest CPU quota along the path of this process's cgroups, in hundredths of a CPU; `None`
/// without a quota, and outside Linux.
pub(super) fn quota_percent() -> Option<u32> {
    smallest_quota(&groups(), &|path| read_to_string(path).ok())
}

/// How long this process's innermost cgroup with a count has been throttled since it was made,
/// summed over the CPUs; `None` where nothing counts that.
pub(super) fn throttled() -> Option<Duration> {
    throttled_in(&groups(), &|path| read_to_string(path).ok())
}

/// One control group's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    version: Version,
    directory: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

fn groups() -> Vec<Group> {
    let membership = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mounts = read_to_string("/proc/self/mountinfo").unwrap_or_default();
    along_the_path(&membership, &mounts)
}

/// The directories of the groups that may limit CPU time, innermost first, from
/// `/proc/self/cgroup` and `/proc/self/mountinfo`.
fn along_the_path(membership: &str, mounts: &str) -> Vec<Group> {
    let mut groups = Vec::new();
    for line in membership.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let version = if controllers.is_empty() {
            Version::V2
        } else if controllers.split(',').any(|name| name == "cpu") {
            Version::V1
        } else {
            continue;
        };
        let Some((root, mounted_at)) = mount_of(version, mounts) else { continue };
        // Outside a namespace's root the path starts with `/..`; the part that is mounted is then
        // all there is to see.
        let inside = Path::new(path)
            .strip_prefix(root)
            .ok()
            .filter(|inside| !inside.starts_with(".."))
            .unwrap_or(Path::new(""));
        groups.extend(
            inside
                .ancestors()
                .map(|ancestor| Group { version, directory: mounted_at.join(ancestor) }),
        );
    }
    groups
}

/// The part of the hierarchy that is mounted, and where. Fields as in proc(5): id, parent, device,
/// root, mount point, options, optional fields up to a dash, type, source, superblock options.
fn mount_of(version: Version, mounts: &str) -> Option<(&Path, &Path)> {
    mounts.lines().find_map(|line| {
        let (mount, filesystem) = line.split_once(" - ")?;
        let mut filesystem = filesystem.split(' ');
        let (kind, _source, options) = (filesystem.next()?, filesystem.next()?, filesystem.next()?);
        let wanted = match version {
            Version::V1 => kind == "cgroup" && options.split(',').any(|option| option == "cpu"),
            Version::V2 => kind == "cgroup2",
        };
        let mut mount = mount.split(' ').skip(3);
        let (root, mounted_at) = (mount.next()?, mount.next()?);
        wanted.then_some((Path::new(root), Path::new(mounted_at)))
    })
}

fn smallest_quota(groups: &[Group], read: Read) -> Option<u32> {
    groups.iter().filter_map(|group| quota_of(group, read)).min()
}

fn quota_of(group: &Group, read: Read) -> Option<u32> {
    let file = |name: &str| read(&group.directory.join(name));
    let (quota, period) = match group.version {
        Version::V1 => (parse(&file("cpu.cfs_quota_us")?)?, parse(&file("cpu.cfs_period_us")?)?),
        Version::V2 => {
            let text = file("cpu.max")?;
            let mut fields = text.split_whitespace();
            (parse(fields.next()?)?, parse(fields.next()?)?)
        }
    };
    percent(quota, period)
}

/// Microseconds; v2's `max` and v1's -1 are no number of that kind, which is what they mean.
fn parse(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Rounded, but never to 0: a quota of nothing is none.
fn percent(quota: u64, period: u64) -> Option<u32> {
    if quota == 0 || period == 0 {
        return None;
    }
    let hundredths = (u128::from(quota) * 100 + u128::from(period) / 2) / u128::from(period);
    Some(u32::try_from(hundredths).unwrap_or(u32::MAX).max(1))
}

fn throttled_in(groups: &[Group], read: Read) -> Option<Duration> {
    groups.iter().find_map(|group| {
        let text = read(&group.directory.join("cpu.stat"))?;
        text.lines().find_map(|line| match line.split_once(' ')? {
            ("throttled_usec", micros) => parse(micros).map(Duration::from_micros),
            ("throttled_time", nanos) => parse(nanos).map(Duration::from_nanos),
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2_MOUNT: &str = "30 25 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";

    fn quota(membership: &str, mounts: &str, files: &[(&str, &str)]) -> Option<u32> {
        smallest_quota(&along_the_path(membership, mounts), &reader(files))
    }

    fn reader(files: &[(&str, &str)]) -> impl Fn(&Path) -> Option<String> {
        move |path| {
            files
                .iter()
                .find(|(name, _)| Path::new(name) == path)
                .map(|(_, text)| (*text).to_owned())
        }
    }

    #[test]
    fn max_is_no_quota() {
        let files = [("/sys/fs/cgroup/job/cpu.max", "max 100000\n")];
        assert_eq!(quota("0::/job\n", V2_MOUNT, &files), None);
    }

    #[test]
    fn a_quota_is_read_in_hundredths_of_a_cpu() {
        for (text, hundredths) in [
            ("50000 100000\n", Some(50)),
            ("250000 100000\n", Some(250)),
            ("1 100000\n", Some(1)),
            ("0 100000\n", None),
            ("50000 0\n", None),
            ("50000\n", None),
            ("", None),
        ] {
            let files = [("/sys/fs/cgroup/cpu.max", text)];
            assert_eq!(quota("0::/\n", V2_MOUNT, &files), hundredths, "{text}");
        }
    }

    #[test]
    fn of_nested_groups_the_smallest_quota_counts() {
        let files = [
            ("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/a/b/cpu.max", "300000 100000\n"),
            ("/sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/other/cpu.max", "1000 100000\n"),
        ];
        assert_eq!(quota("0::/a/b/c\n", V2_MOUNT, &files), Some(150));
    }

    #[test]
    fn version_1_counts_by_its_own_files_and_minus_1_is_no_quota() {
        let mounts = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";
        let membership = "5:cpuset:/x\n4:cpu,cpuacct:/job/step\n0::/\n";
        let files = [
            ("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "-1\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us", "100000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n"),
        ];
        assert_eq!(quota(membership, mounts, &files[..2]), None);
        assert_eq!(quota(membership, mounts, &files), Some(200));
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_mounts_root() {
        let mounts = "40 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";
        let files = [
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
        ];
        assert_eq!(quota("3:cpu:/docker/abc\n", mounts, &files), Some(150));
    }

    #[test]
    fn a_group_outside_the_namespace_falls_back_to_what_is_mounted() {
        let files = [("/sys/fs/cgroup/cpu.max", "100000 100000\n")];
        assert_eq!(quota("0::/../sibling\n", V2_MOUNT, &files), Some(100));
    }

    #[test]
    fn malformed_tables_have_no_groups() {
        assert_eq!(along_the_path("nonsense\n0\n", V2_MOUNT), []);
        assert_eq!(along_the_path("0::/job\n", "nonsense\n1 2 - cgroup2\n"), []);
    }

    #[test]
    fn throttled_time_is_that_of_the_innermost_group_that_counts_it() {
        let groups = along_the_path("0::/a/b\n", V2_MOUNT);
        let files = [
            ("/sys/fs/cgroup/a/b/cpu.stat", "usage_usec 5\n"),
            ("/sys/fs/cgroup/a/cpu.stat", "usage_usec 5\nnr_throttled 3\nthrottled_usec 1500\n"),
            ("/sys/fs/cgroup/cpu.stat", "throttled_usec 9\n"),
        ];
        assert_eq!(throttled_in(&groups, &reader(&files)), Some(Duration::from_micros(1500)));
        let v1 = [Group { version: Version::V1, directory: "/cpu".into() }];
        let files = [("/cpu/cpu.stat", "nr_periods 1\nthrottled_time 7\n")];
        assert_eq!(throttled_in(&v1, &reader(&files)), Some(Duration::from_nanos(7)));
    }
}
