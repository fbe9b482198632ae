//! Whether a run deserves to be a baseline.

use super::requirements::requirements;
use super::summarize::{least_successes, summarize_first_pass};
use super::validity::grounds;
use crate::model::{EndpointSummary, Failure, Met, Refusal, Run, RunState, RunSummary};

/// Most failures, as a share, of an endpoint that is accepted.
const MOST_FAILURES: f64 = 0.01;
/// Fewest successes of every round.
const LEAST_SUCCESSES: u64 = 100;

/// Everything that speaks against `run` as a baseline; empty if it can be one.
#[must_use]
pub fn refusals(run: &Run) -> Vec<Refusal> {
    let summary = summarize_first_pass(run);
    let mut refusals = of_the_whole(run, &summary);
    let of_endpoints = summary.endpoints.iter().filter_map(|endpoint| of(endpoint, &summary));
    // Of rounds that are to be measured under less load, more successes are not to be asked.
    let is_of_amount =
        |it: &Refusal| matches!(it, Refusal::NothingSent(_) | Refusal::TooFew { .. });
    refusals.extend(of_endpoints.filter(|it| !(run.is_saturated() && is_of_amount(it))));
    let open = requirements(run).into_iter().filter(|requirement| requirement.met != Met::Yes);
    refusals.extend(open.map(Refusal::Requirement));
    refusals
}

fn of_the_whole(run: &Run, summary: &RunSummary) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if run.state != RunState::Complete {
        refusals.push(Refusal::Unfinished);
    }
    if run.is_saturated() {
        refusals.push(Refusal::Saturated(grounds(run)));
    } else if summary.valid_rounds < Run::LEAST_ROUNDS {
        refusals.push(Refusal::TooFewRounds {
            rounds: summary.valid_rounds,
            needed: Run::LEAST_ROUNDS,
        });
    }
    refusals
}

/// One reason an endpoint: the first says what to mend, and the others follow from it.
fn of(endpoint: &EndpointSummary, summary: &RunSummary) -> Option<Refusal> {
    let name = || endpoint.name.clone();
    let outcomes = &endpoint.outcomes;
    // Without a valid round, that is what there is to say.
    if summary.valid_rounds == 0 {
        return None;
    }
    if outcomes.total() == 0 {
        return Some(Refusal::NothingSent(name()));
    }
    let share = outcomes.failed_share();
    if share.get() > MOST_FAILURES {
        let mostly = outcomes.failures.iter().max_by_key(|(_, count)| **count);
        let mostly = mostly.map_or((Failure::Check, 0), |(failure, count)| (*failure, *count));
        return Some(Refusal::Failures { endpoint: name(), share, mostly });
    }
    let share = outcomes.lost_share();
    if share.get() > MOST_FAILURES {
        let how = outcomes.how_lost();
        return Some(Refusal::Lost { endpoint: name(), share, how });
    }
    let (all, share) = (&endpoint.of_all_rounds, endpoint.of_all_rounds.wrong_share());
    if let Some(mostly) = all.mostly_wrong().filter(|_| share.get() > MOST_FAILURES) {
        return Some(Refusal::Wrong { endpoint: name(), share, mostly });
    }
    if outcomes.nothing_works() {
        return Some(Refusal::NothingExpected { endpoint: name(), answers: outcomes.allowed() });
    }
    if endpoint.kind.may_be_rare() {
        return None;
    }
    let least = least_successes(&endpoint.rounds, summary.valid_rounds);
    (least < LEAST_SUCCESSES).then(|| Refusal::TooFew {
        endpoint: name(),
        least,
        needed: LEAST_SUCCESSES,
    })
}
