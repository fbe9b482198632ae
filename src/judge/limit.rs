//! What an endpoint's p95, or the metric of its gate, may be, from the baseline and the policy.

use std::time::Duration;

use super::durations::{mad, ratio, scaled};
use super::method::Method;
use crate::model::{BaselineEndpoint, EndpointGate, EndpointName, Gate, Limit, Policy, Strictness};
use crate::stats;

/// The gate as one endpoint has it: its own figures, and the policy's where it has none.
///
/// A factor that no gate can have (below 1, or no number) is taken for 1, the strictest.
pub(super) fn gate_of(policy: &Policy, endpoint: &EndpointName) -> Gate {
    let own = policy.endpoints.get(endpoint).map_or(EndpointGate::default(), |(gate, _)| *gate);
    Gate {
        // `max` takes the number of two when the other is none.
        factor: own.factor.unwrap_or(policy.gate.factor).max(1.0),
        min_delta: own.min_delta.unwrap_or(policy.gate.min_delta),
        errors: own.errors.unwrap_or(policy.gate.errors),
        metric: policy.metric(endpoint),
    }
}

/// p95 of the null handler on both sides; zero where unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NullHandler {
    /// During the baseline's last session.
    pub(super) before: Duration,
    /// During the run.
    pub(super) after: Duration,
}

impl NullHandler {
    /// The floor of the harness that differences are not told apart from: the larger of the two,
    /// for the noise of either side is in the difference. But the run's counts at most
    /// [`Method::null_growth`] times the baseline's: otherwise a machine that crawls would open
    /// its own gate without end. Past that it is up to the speed ratio to speak of the machine.
    fn floor(self, method: &Method) -> Duration {
        self.before.max(self.after.min(scaled(self.before, method.null_growth)))
    }
}

/// `max(k B, B + delta)` with
/// `delta = max(min_delta, 3 x 1.4826 x MAD(baseline round p95s), 2 x null-handler p95)`; under the
/// bare rule `k B`.
///
/// A baseline of zero is judged by delta alone; its `k_eff` is reckoned as if B were 1 ns, so
/// that it is large (a weak gate) and finite. Nothing where the baseline has no p99 to be held to.
pub(super) fn limit(
    baseline: &BaselineEndpoint,
    gate: &Gate,
    null: NullHandler,
    strictness: Strictness,
    method: &Method,
) -> Option<Limit> {
    let before = baseline.at(gate.metric)?;
    let delta = match strictness {
        Strictness::Bare => Duration::ZERO,
        Strictness::Full => {
            let rounds: Vec<Duration> = baseline.rounds_at(gate.metric).collect();
            gate.min_delta
                .max(scaled(mad(&rounds), method.noise_multiple * stats::MAD_TO_SIGMA))
                .max(scaled(null.floor(method), method.null_multiple))
        }
    };
    let value = scaled(before, gate.factor).max(before.saturating_add(delta));
    let k_eff = ratio(value, before.max(Duration::from_nanos(1))).unwrap_or(gate.factor);
    Some(Limit { value, factor: gate.factor, delta, k_eff })
}
