//! Changes to a baseline that is there: one more session, one endpoint moved, one waived.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::accept::{anchors, endpoint, endpoint_sessions};
use super::counters;
use super::refusals::refusals;
use crate::model::{
    Acceptance, Baseline, BaselineEndpoint, Difference, EndpointName, Metric, Refusal, Run, RunId,
    Waiver,
};

/// Why a baseline was left as it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AmendError {
    /// The run cannot be a baseline.
    #[error("run {run} cannot be part of a baseline")]
    Refused {
        /// The run.
        run: RunId,
        /// Why.
        refusals: Vec<Refusal>,
    },
    /// The run has another workload.
    #[error("run {run} has another workload than the baseline")]
    OtherWorkload {
        /// The run.
        run: RunId,
        /// Where they differ.
        differences: Vec<Difference>,
    },
    /// The run's rounds are in the baseline already.
    #[error("run {0} is a part of the baseline already")]
    Known(RunId),
    /// The run did not measure the endpoint.
    #[error("run {run} did not measure {endpoint}")]
    NotMeasured {
        /// The run.
        run: RunId,
        /// The endpoint.
        endpoint: EndpointName,
    },
    /// The baseline has no such endpoint.
    #[error("the baseline has no endpoint {0}")]
    UnknownEndpoint(EndpointName),
    /// The waiver's last day is over.
    #[error("{until} is over: a waiver takes a day that is still to come")]
    DateOver {
        /// That day.
        until: Date,
    },
    /// The waiver allows no more than the baseline.
    #[error("the ceiling for {0} is not above its baseline")]
    CeilingTooLow(EndpointName),
}

/// `baseline` with the rounds of `run` added. It keeps the last [`Baseline::MOST_SESSIONS`]
/// sessions and takes its medians over all their rounds; an endpoint that has gone from the plan
/// keeps what it has.
///
/// # Errors
/// If the run cannot be a baseline, is in it already, or has another workload.
pub fn append(
    baseline: &Baseline,
    run: &Run,
    acceptance: Acceptance,
) -> Result<Baseline, AmendError> {
    check(baseline, run, |_| true)?;
    if baseline.sessions.iter().any(|session| session.run == run.id()) {
        return Err(AmendError::Known(run.id()));
    }
    let counters = counters::append(baseline, run);
    let mut amended = Baseline { acceptance, anchors: anchors(run), counters, ..baseline.clone() };
    for (name, (session, ladder)) in endpoint_sessions(run) {
        let blessed = baseline.endpoints.get(&name).and_then(|known| known.blessed.clone());
        let mut sessions =
            baseline.endpoints.get(&name).map(|known| known.sessions.clone()).unwrap_or_default();
        sessions.push(session);
        let figures = BaselineEndpoint { blessed, ..endpoint(sessions, ladder) };
        amended.endpoints.insert(name, figures);
    }
    amended.sessions.push(run.session.clone());
    Ok(trimmed(amended))
}

/// `baseline` with one endpoint's figures replaced by those of `run`, and its waiver gone: it was
/// leave to exceed figures that are replaced. `acceptance` says who, and why.
///
/// # Errors
/// If the run did not measure the endpoint, cannot be a baseline as a whole or for that endpoint,
/// or has another workload.
pub fn bless(
    baseline: &Baseline,
    run: &Run,
    name: &EndpointName,
    acceptance: Acceptance,
) -> Result<Baseline, AmendError> {
    let not_measured = || AmendError::NotMeasured { run: run.id(), endpoint: name.clone() };
    if run.endpoint(name).is_none() {
        return Err(not_measured());
    }
    // Before its figures are looked for: of a saturated run there may be none, and this is why.
    check(baseline, run, |refusal| match refusal {
        Refusal::NothingSent(endpoint)
        | Refusal::Failures { endpoint, .. }
        | Refusal::Lost { endpoint, .. }
        | Refusal::Wrong { endpoint, .. }
        | Refusal::NothingExpected { endpoint, .. }
        | Refusal::TooFew { endpoint, .. } => endpoint == name,
        // What is required of the rest is for the rest.
        Refusal::Requirement(requirement) => requirement.subject == name.as_str(),
        Refusal::Saturated(_) | Refusal::TooFewRounds { .. } | Refusal::Unfinished => true,
    })?;
    // The run may be in the file for another endpoint, which was blessed before this one.
    let rests_on = |known: &BaselineEndpoint| known.sessions.iter().any(|one| one.run == run.id());
    if baseline.endpoints.get(name).is_some_and(rests_on) {
        return Err(AmendError::Known(run.id()));
    }
    let (session, ladder) = endpoint_sessions(run).remove(name).ok_or_else(not_measured)?;
    let mut amended = baseline.clone();
    let figures = BaselineEndpoint { blessed: Some(acceptance), ..endpoint(vec![session], ladder) };
    amended.endpoints.insert(name.clone(), figures);
    amended.waivers.remove(name);
    if !amended.sessions.iter().any(|session| session.run == run.id()) {
        amended.sessions.push(run.session.clone());
    }
    Ok(trimmed(amended))
}

/// `baseline` with leave for one endpoint to exceed its limit.
///
/// # Errors
/// If the baseline has no such endpoint, the last day is before `today`, or the ceiling is not
/// above the accepted figure of `metric`, which is what the endpoint's gate is for.
pub fn waive(
    baseline: &Baseline,
    name: &EndpointName,
    waiver: Waiver,
    metric: Metric,
    today: Date,
) -> Result<Baseline, AmendError> {
    let known =
        baseline.endpoints.get(name).ok_or_else(|| AmendError::UnknownEndpoint(name.clone()))?;
    if waiver.until < today {
        return Err(AmendError::DateOver { until: waiver.until });
    }
    if known.at(metric).is_some_and(|accepted| waiver.ceiling <= accepted) {
        return Err(AmendError::CeilingTooLow(name.clone()));
    }
    let mut amended = baseline.clone();
    amended.waivers.insert(name.clone(), waiver);
    Ok(amended)
}

fn check(
    baseline: &Baseline,
    run: &Run,
    counts: impl Fn(&Refusal) -> bool,
) -> Result<(), AmendError> {
    let id = run.id();
    let differences = baseline.workload.differences(&run.workload);
    if !differences.is_empty() {
        return Err(AmendError::OtherWorkload { run: id, differences });
    }
    let refusals: Vec<Refusal> = refusals(run).into_iter().filter(counts).collect();
    if !refusals.is_empty() {
        return Err(AmendError::Refused { run: id, refusals });
    }
    Ok(())
}

/// Puts the sessions in the order of their time and drops those that no endpoint rests on, then
/// the oldest until there are few enough. The last session that an endpoint has is kept: an endpoint does
/// not vanish by its age, and its ladder is of that session.
fn trimmed(mut baseline: Baseline) -> Baseline {
    baseline.sessions.sort_by_key(|session| session.started);
    let used: BTreeSet<RunId> = baseline
        .endpoints
        .values()
        .flat_map(|endpoint| &endpoint.sessions)
        .map(|session| session.run)
        .collect();
    baseline.sessions.retain(|session| used.contains(&session.run));
    while baseline.sessions.len() > Baseline::MOST_SESSIONS {
        let Some(at) =
            baseline.sessions.iter().position(|one| !is_last_of_some(&baseline, one.run))
        else {
            break;
        };
        let dropped = baseline.sessions.remove(at).run;
        for figures in baseline.endpoints.values_mut() {
            let kept: Vec<_> =
                figures.sessions.iter().filter(|one| one.run != dropped).cloned().collect();
            if kept.len() < figures.sessions.len() {
                let blessed = figures.blessed.take();
                let ladder = std::mem::take(&mut figures.ladder);
                *figures = BaselineEndpoint { blessed, ..endpoint(kept, ladder) };
            }
        }
    }
    counters::trim(&mut baseline);
    baseline
}

fn is_last_of_some(baseline: &Baseline, run: RunId) -> bool {
    let mut lasts = baseline.endpoints.values().filter_map(|endpoint| endpoint.sessions.last());
    lasts.any(|last| last.run == run)
}
