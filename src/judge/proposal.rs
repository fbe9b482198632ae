//! The smallest gate at which unchanged code raises no alarm.

use std::time::Duration;

use super::durations::ratio;
use crate::model::GateProposal;

/// Two runs of unchanged code, the one as the baseline of the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) before: Duration,
    pub(super) after: Duration,
    /// The part of delta that no configuration lowers: noise between rounds, and the harness.
    pub(super) floor: Duration,
}

impl Pair {
    /// Whether anything but the floor is needed to keep it quiet.
    pub(super) fn is_above_floor(&self) -> bool {
        self.after > self.before.saturating_add(self.floor)
    }

    fn needs_factor(&self, min_delta: Duration) -> bool {
        self.is_above_floor() && self.after > self.before.saturating_add(min_delta)
    }
}

/// A factor is above 1.
const LEAST_FACTOR: f64 = 1.01;
/// `min_delta` is rounded up to this.
const STEP_NANOS: u128 = 10_000;

/// The factor and `min_delta` at which no pair of any endpoint fires, and that are smallest in the
/// sense that the endpoints' `k_eff` are: by the mean of their logarithms. One can trade the factor
/// for `min_delta`; tried are the `min_delta` of now, none, and those that each keep one endpoint
/// quiet without the factor's help, each with the least factor that does the rest. `None` without
/// endpoints.
pub(super) fn propose(endpoints: &[Vec<Pair>], min_delta_now: Duration) -> Option<GateProposal> {
    let increase = |pair: &Pair| pair.after.saturating_sub(pair.before);
    let quieting = endpoints
        .iter()
        .filter_map(|pairs| pairs.iter().filter(|p| p.is_above_floor()).map(increase).max());
    [min_delta_now, Duration::ZERO]
        .into_iter()
        .chain(quieting)
        .map(rounded_up)
        .map(|min_delta| GateProposal { factor: least_factor(endpoints, min_delta), min_delta })
        .map(|proposal| (proposal, mean_log_k_eff(endpoints, &proposal)))
        .filter_map(|(proposal, width)| width.map(|width| (proposal, width)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(proposal, _)| proposal)
}

fn least_factor(endpoints: &[Vec<Pair>], min_delta: Duration) -> f64 {
    let worst = endpoints
        .iter()
        .flatten()
        .filter(|pair| pair.needs_factor(min_delta))
        .filter_map(|pair| ratio(pair.after, pair.before))
        .fold(LEAST_FACTOR, f64::max);
    (worst * 100.0).ceil() / 100.0
}

fn mean_log_k_eff(endpoints: &[Vec<Pair>], proposal: &GateProposal) -> Option<f64> {
    let logs: Vec<f64> = endpoints
        .iter()
        .filter_map(|pairs| {
            let widths = pairs.iter().filter_map(|pair| {
                let delta = proposal.min_delta.max(pair.floor);
                ratio(pair.before.saturating_add(delta), pair.before)
            });
            widths.reduce(f64::max)
        })
        .map(|by_delta| by_delta.max(proposal.factor).ln())
        .collect();
    (!logs.is_empty()).then(|| logs.iter().sum::<f64>() / logs.len() as f64)
}

fn rounded_up(min_delta: Duration) -> Duration {
    let nanos = min_delta.as_nanos().div_ceil(STEP_NANOS) * STEP_NANOS;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
