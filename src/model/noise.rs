//! What measuring the same thing several times says of the gate.

use std::time::Duration;

use super::{EndpointName, Metric, RunId};

/// How noisy the measurement is here, and what that makes of the gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Noise {
    /// The runs, in the order given.
    pub runs: Vec<RunId>,
    /// One row an endpoint, in the order of the plan.
    pub rows: Vec<EndpointNoise>,
    /// What the present gate would have said of unchanged code.
    pub alarms: FalseAlarms,
    /// The smallest gate at which no pair fires, over the endpoints that can be gated; absent if
    /// none can.
    pub proposal: Option<GateProposal>,
}

/// One endpoint's noise.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointNoise {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// The percentile that its gate is for.
    pub metric: Metric,
    /// Median over runs of each run's metric; absent if no run carries one.
    pub median: Option<Duration>,
    /// Standard deviation of its logarithm between runs; absent with fewer than two.
    pub between_runs: Option<f64>,
    /// Standard deviation of its logarithm between the rounds of one run, pooled over the runs; absent
    /// without two rounds in some run.
    pub between_rounds: Option<f64>,
    /// The largest ratio of any ordered pair of runs; absent without a pair.
    pub worst_ratio: Option<f64>,
    /// What the present gate would have said of it.
    pub alarms: FalseAlarms,
    /// Whether it can be gated here.
    pub gating: Gating,
}

/// What a gate says of unchanged code, over ordered pairs of runs: each once the baseline of
/// each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FalseAlarms {
    /// Pairs that were judged.
    pub pairs: usize,
    /// Of those, above the limit at first.
    pub suspects: usize,
    /// Of those, above it again.
    pub confirmed: usize,
}

/// Whether an endpoint can be gated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gating {
    /// It can, from this ratio on.
    Possible {
        /// The smallest ratio of limit to baseline at which no pair fires.
        k_eff: f64,
    },
    /// Only a gate too weak to be one would not fire.
    TooNoisy {
        /// The ratio it would take.
        k_eff: f64,
    },
    /// Fewer than two runs have enough rounds of enough successes.
    TooFew {
        /// Runs that have.
        runs: usize,
    },
}

/// Values for `[gate]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateProposal {
    /// Allowed ratio, rounded up to two decimals.
    pub factor: f64,
    /// Least allowed increase, rounded up to 10 us.
    pub min_delta: Duration,
}
