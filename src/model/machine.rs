//! The machine that measures, and what it says of itself during a round.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Share;

/// What must be equal for two runs to be of the same kind of machine. No clock speed, host name or
/// memory size: those change without making the figures incomparable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineClass {
    /// CPU model as the system names it.
    pub cpu: String,
    /// Logical CPUs that this process may use.
    pub cpus: u32,
    /// CPU architecture, such as `x86_64`.
    pub arch: String,
    /// CPU time the container may use, in hundredths of a CPU; absent without a quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_percent: Option<u32>,
    /// Whether this is a virtual machine or a container host that says so.
    pub virtualised: bool,
}

impl fmt::Display for MachineClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} CPUs, {}", self.cpu, self.cpus, self.arch)?;
        if let Some(percent) = self.quota_percent {
            write!(f, ", quota {percent}% of a CPU")?;
        }
        if self.virtualised {
            write!(f, ", virtualised")?;
        }
        Ok(())
    }
}

/// Measurements of the machine itself, taken in every round outside the measured slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchors {
    /// Shortest time of a fixed CPU kernel of about 20 ms: the machine's speed.
    pub cpu_kernel: Duration,
    /// Median latency of a request to perfbase's own null handler: the harness's floor.
    pub null_p50: Duration,
    /// p95 of the same.
    pub null_p95: Duration,
}

/// What the load generator says of itself during one round's slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneratorHealth {
    /// CPU time the busiest worker used, as a share of the time it ran.
    pub busy: Share,
    /// CPU time the hypervisor took from this machine, or a container's quota held back.
    pub steal: Share,
    /// CPU time that other processes took from the CPU anchor, as a share of the time it took:
    /// what anything that computes on this machine had to wait for.
    pub crowding: Share,
    /// p95 of the lag over all requests.
    pub lag_p95: Duration,
    /// p99 of the same. Absent in runs that were stored without it.
    pub lag_p99: Option<Duration>,
    /// p95 of the poll delay of all workers: how long what had come lay before a worker looked.
    /// Absent where the workers were not at work long enough to tell, or nobody asked.
    pub poll_delay_p95: Option<Duration>,
    /// p99 of the same, likewise.
    pub poll_delay_p99: Option<Duration>,
    /// Starts that a rate asked for, be it of arrivals or of users; 0 where nothing has a rate.
    pub intended: u64,
    /// Arrivals of the schedule that were sent.
    pub sent: u64,
}
