//! Whether a round counts, and what spoiled a run of which too few did.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::time::Duration;

use super::summarize::{P95_NEEDS, P99_NEEDS};
use crate::model::{
    Delay, EndpointName, GeneratorHealth, Metric, Percentiles, Policy, Run, RunEndpoint, Sample,
    Share, Unsound, Validity,
};

/// Delay of the generator that is always allowed, whatever the scale of the latency.
const LEAST_DELAY_LIMIT: Duration = Duration::from_millis(1);
/// Delay of the generator allowed, in parts of the measured percentile.
const DELAY_PART: u32 = 10;
const MOST_STEAL: f64 = 0.05;
/// A third: one process too many on every core takes half, one on one of several cores next to
/// nothing. Below it the medians over rounds cope.
const MOST_CROWDING: f64 = 1.0 / 3.0;
const MOST_BUSY: f64 = 0.85;
const LEAST_SENT: f64 = 0.95;

/// Whether a round counts, judged on the generator and the machine alone; what is held to which
/// percentile is the policy's.
///
/// The lag (p95 over all requests) may be 1 ms or a tenth of the measured p95, whichever is larger,
/// and so may the poll delay: the one falsifies the latency by as much as the other. Of an endpoint that
/// is held to its p50 it is a tenth of that. Where endpoints are held to a p99, so are the delays, to a
/// tenth of it.
/// With several endpoints the scale is the smallest percentile of those with enough successes for one:
/// the delay is common to all, and what would not matter to a slow endpoint would still falsify a
/// fast one. Apart from that scale the measured latency has no say, so that a slow service cannot
/// make its own rounds invalid.
#[must_use]
pub fn validate_round(
    health: &GeneratorHealth,
    samples: &BTreeMap<EndpointName, Sample>,
    endpoints: &[RunEndpoint],
    policy: &Policy,
) -> Validity {
    // The generator's delay is in no time that an answer tells.
    let timed: Vec<Timed> = endpoints
        .iter()
        .filter(|endpoint| endpoint.counts_as_request())
        .filter_map(|endpoint| {
            let gated = policy.metric(&endpoint.name);
            let is_p99 = gated == Metric::P99 || endpoint.budgets.acceptable_p99.is_some();
            Some(Timed { latency: samples.get(&endpoint.name)?.percentiles()?, gated, is_p99 })
        })
        .collect();
    let mut grounds = Vec::new();
    let mut hold = |limit: Limit, lag: Option<Duration>, poll_delay: Option<Duration>| {
        grounds.extend(limit.exceeded(lag).map(Unsound::Lag));
        grounds.extend(limit.exceeded(poll_delay).map(Unsound::PollDelay));
    };
    hold(Limit::p95(&timed), Some(health.lag_p95), health.poll_delay_p95);
    if let Some(limit) = Limit::p99(&timed) {
        hold(limit, health.lag_p99, health.poll_delay_p99);
    }
    if health.steal.get() > MOST_STEAL {
        grounds.push(Unsound::Steal(health.steal));
    }
    if health.crowding.get() > MOST_CROWDING {
        grounds.push(Unsound::Crowding(health.crowding));
    }
    if health.busy.get() > MOST_BUSY {
        grounds.push(Unsound::Busy(health.busy));
    }
    // Users who wait for their answers intend no start.
    if health.intended > 0 {
        let sent = Share::of(health.sent, health.intended);
        if sent.get() < LEAST_SENT {
            grounds.push(Unsound::MissedRate(sent));
        }
    }
    if grounds.is_empty() { Validity::Valid } else { Validity::Invalid(grounds) }
}

/// The latency of an endpoint that the generator's delay is in.
struct Timed {
    latency: Percentiles,
    /// What the gate holds it to.
    gated: Metric,
    /// Whether anything holds it to its p99.
    is_p99: bool,
}

/// What a percentile of the generator's delay may be.
struct Limit {
    percentile: Metric,
    most: Duration,
}

impl Limit {
    fn p95(timed: &[Timed]) -> Self {
        let scales = timed
            .iter()
            .filter(|it| it.latency.successes >= P95_NEEDS)
            .map(|it| if it.gated == Metric::P50 { it.latency.p50 } else { it.latency.p95 });
        let most = scales.min().map_or(LEAST_DELAY_LIMIT, Self::part);
        Self { percentile: Metric::P95, most }
    }

    /// Nothing where there is no p99 that anything is held to.
    fn p99(timed: &[Timed]) -> Option<Self> {
        let scales = timed.iter().filter(|it| it.is_p99 && it.latency.successes >= P99_NEEDS);
        let most = scales.map(|it| it.latency.p99).min().map(Self::part)?;
        Some(Self { percentile: Metric::P99, most })
    }

    fn part(scale: Duration) -> Duration {
        LEAST_DELAY_LIMIT.max(scale / DELAY_PART)
    }

    fn exceeded(&self, delay: Option<Duration>) -> Option<Delay> {
        let delay = delay.filter(|delay| *delay > self.most)?;
        let (nanos, limit_nanos) = (nanos(delay), nanos(self.most));
        Some(Delay { percentile: self.percentile, nanos, limit_nanos })
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What made rounds of the run invalid: of each ground the worst, which of delays is the one
/// furthest over its limit, in the order they appeared.
pub(super) fn grounds(run: &Run) -> Vec<Unsound> {
    let mut worst: Vec<Unsound> = Vec::new();
    for round in &run.rounds {
        let Validity::Invalid(grounds) = &round.validity else { continue };
        for ground in grounds {
            match worst.iter_mut().find(|known| discriminant(*known) == discriminant(ground)) {
                Some(known) if severity(ground) > severity(known) => *known = *ground,
                Some(_) => {}
                None => worst.push(*ground),
            }
        }
    }
    worst
}

fn severity(ground: &Unsound) -> f64 {
    match *ground {
        // Each percentile has a limit of its own.
        Unsound::Lag(delay) | Unsound::PollDelay(delay) => {
            delay.nanos as f64 / delay.limit_nanos.max(1) as f64
        }
        Unsound::Steal(share) | Unsound::Crowding(share) | Unsound::Busy(share) => share.get(),
        Unsound::MissedRate(share) => 1.0 - share.get(),
    }
}
