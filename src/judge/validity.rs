//! Whether a round counts, and what spoiled a run of which too few did.

use std::collections::BTreeMap;
use std::mem::discriminant;
use std::time::Duration;

use super::summarize::P95_NEEDS;
use crate::model::{
    EndpointName, GeneratorHealth, Run, RunEndpoint, Sample, Share, Unsound, Validity,
};

/// Delay of the generator that is always allowed, whatever the scale of the latency.
const LEAST_DELAY_LIMIT: Duration = Duration::from_millis(1);
/// Delay of the generator allowed, in parts of the measured p95.
const DELAY_PART: u32 = 10;
const MOST_STEAL: f64 = 0.05;
/// A third: one process too many on every core takes half, one on one of several cores next to
/// nothing. Below it the medians over rounds cope.
const MOST_CROWDING: f64 = 1.0 / 3.0;
const MOST_BUSY: f64 = 0.85;
const LEAST_SENT: f64 = 0.95;

/// Whether a round counts, judged on the generator and the machine alone.
///
/// The lag (p95 over all requests) may be 1 ms or a tenth of the measured p95, whichever is larger,
/// and so may the poll delay: the one falsifies the latency by as much as the other.
/// With several endpoints the scale is the smallest p95 of those with enough successes for one:
/// the delay is common to all, and what would not matter to a slow endpoint would still falsify a
/// fast one. Apart from that scale the measured latency has no say, so that a slow service cannot
/// make its own rounds invalid.
#[must_use]
pub fn validate_round(
    health: &GeneratorHealth,
    samples: &BTreeMap<EndpointName, Sample>,
    endpoints: &[RunEndpoint],
) -> Validity {
    let mut grounds = Vec::new();
    let limit = delay_limit(samples, endpoints);
    let limit_nanos = nanos(limit);
    if health.lag_p95 > limit {
        grounds.push(Unsound::Lag { p95_nanos: nanos(health.lag_p95), limit_nanos });
    }
    if let Some(p95) = health.poll_delay_p95.filter(|p95| *p95 > limit) {
        grounds.push(Unsound::PollDelay { p95_nanos: nanos(p95), limit_nanos });
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

fn delay_limit(samples: &BTreeMap<EndpointName, Sample>, endpoints: &[RunEndpoint]) -> Duration {
    // The generator's delay is in no time that an answer tells.
    let timed = endpoints.iter().filter(|endpoint| endpoint.counts_as_request());
    let smallest = timed
        .filter_map(|endpoint| samples.get(&endpoint.name))
        .filter(|sample| sample.latency.count() >= P95_NEEDS)
        .map(|sample| sample.latency.quantile(0.95))
        .min();
    smallest.map_or(LEAST_DELAY_LIMIT, |p95| LEAST_DELAY_LIMIT.max(p95 / DELAY_PART))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// What made rounds of the run invalid: of each ground the worst, in the order they appeared.
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
        Unsound::Lag { p95_nanos, .. } | Unsound::PollDelay { p95_nanos, .. } => p95_nanos as f64,
        Unsound::Steal(share) | Unsound::Crowding(share) | Unsound::Busy(share) => share.get(),
        Unsound::MissedRate(share) => 1.0 - share.get(),
    }
}
