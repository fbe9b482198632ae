//! A run becomes a baseline.

use std::collections::BTreeMap;
use std::time::Duration;

use super::counters;
use super::durations::median;
use super::refusals::refusals;
use super::summarize::{P99_NEEDS, least_successes, summarize_first_pass};
use crate::model::{
    Acceptance, Anchors, Baseline, BaselineEndpoint, EndpointName, EndpointSession,
    EndpointSummary, Quantile, Refusal, Run,
};

/// Where the ladder has its steps.
const LADDER: [f64; 7] = [0.01, 0.10, 0.25, 0.50, 0.75, 0.90, 0.99];

/// The baseline that `run` makes.
///
/// Waivers do not pass over: they were leave to exceed figures that are replaced.
///
/// # Errors
/// Every reason why it cannot be one.
pub fn accept(run: &Run, acceptance: Acceptance) -> Result<Baseline, Vec<Refusal>> {
    let refusals = refusals(run);
    if refusals.is_empty() { Ok(baseline(run, acceptance)) } else { Err(refusals) }
}

/// The same whatever speaks against it, which is written into the acceptance.
#[must_use]
pub fn accept_anyway(run: &Run, acceptance: Acceptance) -> Baseline {
    let overruled = refusals(run).iter().map(ToString::to_string).collect();
    baseline(run, Acceptance { overruled, ..acceptance })
}

fn baseline(run: &Run, acceptance: Acceptance) -> Baseline {
    Baseline {
        workload: run.workload.clone(),
        anchors: anchors(run),
        sessions: vec![run.session.clone()],
        acceptance,
        endpoints: endpoint_sessions(run)
            .into_iter()
            .map(|(name, (session, ladder))| (name, endpoint(vec![session], ladder)))
            .collect(),
        counters: counters::accept(run),
        waivers: BTreeMap::new(),
    }
}

/// The run's anchors; zero, which compares with nothing, where no round is valid.
pub(super) fn anchors(run: &Run) -> Anchors {
    summarize_first_pass(run).anchors.unwrap_or(Anchors {
        cpu_kernel: Duration::ZERO,
        null_p50: Duration::ZERO,
        null_p95: Duration::ZERO,
    })
}

pub(super) type Session = (EndpointSession, Vec<Quantile>);

/// What each endpoint gives to a baseline. Only the first pass does: later ones measured suspects
/// alone, for being suspects.
pub(super) fn endpoint_sessions(run: &Run) -> BTreeMap<EndpointName, Session> {
    let summary = summarize_first_pass(run);
    summary
        .endpoints
        .iter()
        .map(|endpoint| (endpoint.name.clone(), session(run, endpoint, summary.valid_rounds)))
        .collect()
}

fn session(run: &Run, endpoint: &EndpointSummary, valid_rounds: usize) -> Session {
    let rounds = &endpoint.rounds;
    let least = least_successes(rounds, valid_rounds);
    let p99s = if least < P99_NEEDS { &[][..] } else { rounds };
    let session = EndpointSession {
        run: run.id(),
        p50s: rounds.iter().map(|round| round.p50).collect(),
        p95s: rounds.iter().map(|round| round.p95).collect(),
        p99s: p99s.iter().map(|round| round.p99).collect(),
        max: endpoint.max,
        successes: endpoint.outcomes.successes,
        failures: endpoint.outcomes.failed(),
        repeated: endpoint.outcomes.repeated,
        allowed: endpoint.outcomes.allowed(),
        least_successes: least,
    };
    let ladder = if endpoint.pooled.is_empty() {
        Vec::new()
    } else {
        LADDER.map(|p| Quantile { p, value: endpoint.pooled.quantile(p) }).to_vec()
    };
    (session, ladder)
}

/// The figures over all `sessions`. p99 is there if every session carries one.
pub(super) fn endpoint(sessions: Vec<EndpointSession>, ladder: Vec<Quantile>) -> BaselineEndpoint {
    let all = |percentile: fn(&EndpointSession) -> &Vec<Duration>| {
        let values: Vec<Duration> =
            sessions.iter().flat_map(|session| percentile(session).iter().copied()).collect();
        median(&values)
    };
    let every_p99 = sessions.iter().all(|session| !session.p99s.is_empty());
    BaselineEndpoint {
        p50: all(|session| &session.p50s).unwrap_or_default(),
        p95: all(|session| &session.p95s).unwrap_or_default(),
        p99: all(|session| &session.p99s).filter(|_| every_p99),
        max: sessions.iter().map(|session| session.max).max().unwrap_or_default(),
        successes: sessions.iter().map(|session| session.successes).sum(),
        failures: sessions.iter().map(|session| session.failures).sum(),
        repeated: sessions.iter().map(|session| session.repeated).sum(),
        allowed: sessions.iter().map(|session| session.allowed).sum(),
        ladder,
        sessions,
        blessed: None,
    }
}
