//! Metrics that add up, between the file's shape and the model.

use std::collections::BTreeMap;

use super::convert::Place;
use super::error::Flaw;
use super::shape::{CounterSessionShape, CounterShape};
use crate::model::{BaselineCounter, CounterSession, EndpointName};
use crate::stats;

/// Sums a second are written to so many decimals.
const DECIMALS: f64 = 1e4;

pub(super) fn shapes(
    counters: &BTreeMap<EndpointName, BaselineCounter>,
) -> BTreeMap<EndpointName, CounterShape> {
    let shape = |counter: &BaselineCounter| CounterShape {
        per_second: rounded(counter.per_second),
        sessions: counter
            .sessions
            .iter()
            .map(|session| CounterSessionShape {
                per_seconds: session.rounds.iter().copied().map(rounded).collect(),
                run: session.run,
            })
            .collect(),
    };
    counters.iter().map(|(name, counter)| (name.clone(), shape(counter))).collect()
}

fn rounded(per_second: f64) -> f64 {
    let rounded = (per_second * DECIMALS).round() / DECIMALS;
    // Beyond what has such decimals, the number itself.
    if rounded.is_finite() { rounded } else { per_second }
}

pub(super) fn models(
    shapes: BTreeMap<EndpointName, CounterShape>,
    place: &Place,
) -> Result<BTreeMap<EndpointName, BaselineCounter>, Flaw> {
    let model = |(name, shape): (EndpointName, CounterShape)| {
        let place = place.endpoint(&name);
        if shape.sessions.is_empty() {
            return Err(place.flaw("sessions", "is empty"));
        }
        let sessions = shape.sessions.into_iter().map(|session| {
            if session.per_seconds.is_empty() {
                return Err(place.flaw("sessions.per_seconds", "is empty"));
            }
            let rounds = session.per_seconds.into_iter();
            let rounds = rounds.map(|number| sum(&place, "sessions.per_seconds", number));
            Ok(CounterSession { run: session.run, rounds: rounds.collect::<Result<_, Flaw>>()? })
        });
        let counter = BaselineCounter {
            per_second: sum(&place, "per_second", shape.per_second)?,
            sessions: sessions.collect::<Result<_, Flaw>>()?,
        };
        is_median(&counter, &place)?;
        Ok((name, counter))
    };
    shapes.into_iter().map(model).collect()
}

/// The figure is what the rounds beside it give.
fn is_median(counter: &BaselineCounter, place: &Place) -> Result<(), Flaw> {
    let told = counter.per_second;
    let rounds: Vec<f64> =
        counter.sessions.iter().flat_map(|session| session.rounds.iter().copied()).collect();
    let Some(median) = stats::median(&rounds) else { return Ok(()) };
    // Half of the last decimal is what the figure was rounded by, and half of it what the rounds were;
    // large numbers have none, and are rounded as such.
    let rounded = 1.0 / DECIMALS + told * 4.0 * f64::EPSILON;
    if (told - median).abs() <= rounded {
        return Ok(());
    }
    let problem = format!("is {told}, but the median of the rounds in `sessions` is {median}");
    Err(place.flaw("per_second", problem))
}

/// A sum that can be one.
fn sum(place: &Place, field: &str, number: f64) -> Result<f64, Flaw> {
    if number.is_finite() && number >= 0.0 {
        Ok(number)
    } else {
        Err(place.flaw(field, format!("is no sum: {number}")))
    }
}
