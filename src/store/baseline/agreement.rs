//! Whether what the file says of an endpoint is what the sessions beside it give: the former is judged, and must
//! not be changed without the latter.

use std::time::Duration;

use super::convert::{Place, STEP_NANOS, millis};
use super::error::Flaw;
use crate::model::{BaselineEndpoint, EndpointSession, Metric};
use crate::stats;

pub(super) fn check(endpoint: &BaselineEndpoint, place: &Place) -> Result<(), Flaw> {
    has_p99_of_all(endpoint, place)?;
    for metric in [Metric::P50, Metric::P95, Metric::P99] {
        is_median(endpoint, metric, place)?;
    }
    is_largest(endpoint, place)?;
    let sum = |of: fn(&EndpointSession) -> u64| {
        endpoint.sessions.iter().map(of).fold(0, u64::saturating_add)
    };
    for (field, told, given) in [
        ("allowed", endpoint.allowed, sum(|session| session.allowed)),
        ("failures", endpoint.failures, sum(|session| session.failures)),
        ("repeated", endpoint.repeated, sum(|session| session.repeated)),
        ("successes", endpoint.successes, sum(|session| session.successes)),
    ] {
        if told != given {
            let problem = format!("is {told}, but those of `sessions` add up to {given}");
            return Err(place.flaw(format!("requests.{field}"), problem));
        }
    }
    endpoint.sessions.iter().try_for_each(|session| could_be_measured(session, place))?;
    has_ladder_below_max(endpoint, place)
}

/// Each round's percentiles rise up to the session's largest latency, and its rounds have no more successes
/// than the session.
fn could_be_measured(session: &EndpointSession, place: &Place) -> Result<(), Flaw> {
    let falls = |low: &[Duration], high: &[Duration]| low.iter().zip(high).any(|(a, b)| b < a);
    let flaw = |field: &str, problem: &str| Err(place.flaw(format!("sessions.{field}"), problem));
    if falls(&session.p50s, &session.p95s) {
        return flaw("p95s_ms", "has a round below its p50");
    }
    if falls(&session.p95s, &session.p99s) {
        return flaw("p99s_ms", "has a round below its p95");
    }
    for (percentile, rounds) in [("p95", &session.p95s), ("p99", &session.p99s)] {
        if rounds.iter().any(|round| *round > session.max) {
            return flaw("max_ms", &format!("is below the {percentile} of a round"));
        }
    }
    let rounds = session.p95s.len() as u64;
    if session.least_successes.saturating_mul(rounds) > session.successes {
        let problem = format!(
            "is {} in {rounds} rounds, of {} `successes`",
            session.least_successes, session.successes
        );
        return flaw("least_successes", &problem);
    }
    Ok(())
}

fn has_ladder_below_max(endpoint: &BaselineEndpoint, place: &Place) -> Result<(), Flaw> {
    if endpoint.ladder.is_empty() {
        return Err(place.flaw("ladder_ms", "is empty"));
    }
    match endpoint.ladder.iter().find(|step| step.value > endpoint.max) {
        Some(step) => {
            let problem = format!("has more than `latency_ms.max` at {}", step.p);
            Err(place.flaw("ladder_ms", problem))
        }
        None => Ok(()),
    }
}

/// There is a p99 exactly if every session carries one.
fn has_p99_of_all(endpoint: &BaselineEndpoint, place: &Place) -> Result<(), Flaw> {
    let every = endpoint.sessions.iter().all(|session| !session.p99s.is_empty());
    let problem = match (endpoint.p99, every) {
        (Some(_), false) => "is there, but not all of `sessions` have `p99s_ms`",
        (None, true) => "is absent, but all of `sessions` have `p99s_ms`",
        (Some(_), true) | (None, false) => return Ok(()),
    };
    Err(place.flaw("latency_ms.p99", problem))
}

fn is_median(endpoint: &BaselineEndpoint, metric: Metric, place: &Place) -> Result<(), Flaw> {
    let Some(told) = endpoint.at(metric) else { return Ok(()) };
    let rounds: Vec<f64> = endpoint.rounds_at(metric).map(nanos).collect();
    let Some(median) = stats::median(&rounds) else { return Ok(()) };
    // Half a step is what the figure was rounded by, and half a step what the rounds were.
    if (nanos(told) - median).abs() <= STEP_NANOS as f64 {
        return Ok(());
    }
    let problem = format!(
        "is {:.4} ms, but the median of the rounds in `sessions` is {:.4} ms",
        millis(told),
        median / 1e6
    );
    Err(place.flaw(format!("latency_ms.{metric}"), problem))
}

fn is_largest(endpoint: &BaselineEndpoint, place: &Place) -> Result<(), Flaw> {
    let largest = endpoint.sessions.iter().map(|session| session.max).max().unwrap_or_default();
    if endpoint.max == largest {
        return Ok(());
    }
    let problem = format!(
        "is {:.4} ms, but the largest of `sessions` is {:.4} ms",
        millis(endpoint.max),
        millis(largest)
    );
    Err(place.flaw("latency_ms.max", problem))
}

/// Exact, for the longest there is has fewer than 2^53.
fn nanos(time: Duration) -> f64 {
    time.as_nanos() as f64
}
