//! Whether what endpoints and counters rest on are sessions of their baseline, each of them once: a session that
//! is there twice counts twice, and of one that nobody knows nothing can be told.

use std::collections::BTreeSet;

use super::convert::Place;
use super::error::Flaw;
use crate::model::{Baseline, RunId};

pub(super) fn check(baseline: &Baseline, place: &Place) -> Result<(), Flaw> {
    let known = distinct(baseline.sessions.iter().map(|session| session.run), place)?;
    for (name, endpoint) in &baseline.endpoints {
        let runs = endpoint.sessions.iter().map(|session| session.run);
        are_known(runs, &known, &place.endpoint(name))?;
    }
    for (name, counter) in &baseline.counters {
        let runs = counter.sessions.iter().map(|session| session.run);
        are_known(runs, &known, &place.endpoint(name))?;
    }
    Ok(())
}

fn are_known(
    runs: impl Iterator<Item = RunId>,
    known: &BTreeSet<RunId>,
    place: &Place,
) -> Result<(), Flaw> {
    let runs = distinct(runs, place)?;
    let Some(unknown) = runs.difference(known).next() else { return Ok(()) };
    let problem = format!("is {unknown}, which is none of the baseline's `sessions`");
    Err(place.flaw("sessions.run", problem))
}

fn distinct(runs: impl Iterator<Item = RunId>, place: &Place) -> Result<BTreeSet<RunId>, Flaw> {
    let mut seen = BTreeSet::new();
    for run in runs {
        if !seen.insert(run) {
            return Err(place.flaw("sessions", format!("has the run {run} twice")));
        }
    }
    Ok(seen)
}
