//! What must hold besides the percentiles.

use std::collections::BTreeMap;

use super::unmeasured::unmeasured;
use super::{counters, stages};
use crate::model::{
    Block, Budgets, CounterSummary, EndpointName, ExitStatus, Met, Rate, Requirement,
    RequirementKind, Run, RunState,
};
use crate::stats;

/// Everything that `run` had to keep to besides its percentiles: what follows from its samples, then
/// what was found out by requests of perfbase's own.
#[must_use]
pub fn requirements(run: &Run) -> Vec<Requirement> {
    let budgets = |name: &EndpointName| {
        run.endpoint(name).map(|endpoint| endpoint.budgets).unwrap_or_default()
    };
    required(run, budgets, &BTreeMap::new())
}

/// The same under other absolute limits than those of the plan, and other `leasts` of what adds up.
pub(super) fn required(
    run: &Run,
    budgets: impl Fn(&EndpointName) -> Budgets,
    leasts: &BTreeMap<EndpointName, Option<Rate>>,
) -> Vec<Requirement> {
    // What a correctness scenario sends is judged by nothing that depends on the machine.
    let timed = run.endpoints.iter().filter(|_| !run.is_correctness());
    let throughputs = timed.map(|endpoint| &endpoint.name).filter_map(|name| {
        let least = budgets(name).throughput?;
        Some(throughput(run, name, least))
    });
    let counters = counters::summarize(run);
    let counters = counters.iter().filter_map(|counter| {
        let least = leasts.get(&counter.name).copied().unwrap_or(counter.least);
        Some(self::counter(run, counter, least?))
    });
    let found_out = run.requirements.iter().cloned();
    throughputs.chain(counters).chain(stages::floors(run)).chain(found_out).collect()
}

/// How the process ends that measured `run` and compares it with nothing: red if a requirement is
/// not met, inconclusive if one could not be determined, the run is saturated or was not measured to
/// its end, if nothing was measured of an endpoint, or if there is nothing else to judge it by.
#[must_use]
pub fn exit_status(run: &Run, requirements: &[Requirement]) -> ExitStatus {
    let any = |met: Met| requirements.iter().any(|requirement| requirement.met == met);
    if any(Met::No) {
        ExitStatus::GateFailed
    } else if run.is_saturated() || any(Met::Unknown) || is_open(run, requirements) {
        ExitStatus::Inconclusive
    } else {
        ExitStatus::Pass
    }
}

fn is_open(run: &Run, requirements: &[Requirement]) -> bool {
    run.state != RunState::Complete
        || run.kind().is_some() && requirements.is_empty()
        || !unmeasured(run).is_empty()
}

/// Successes that ended in the time in which the endpoint's requests could begin, a second of it: the
/// median over the valid rounds of the first pass, because later ones measure under another mix.
fn throughput(run: &Run, name: &EndpointName, least: Rate) -> Requirement {
    let rounds = run.valid_rounds().filter(|round| round.block == Block::First);
    let rates: Vec<f64> = rounds
        .filter_map(|round| round.samples.get(name))
        .filter(|sample| !sample.measured.is_zero())
        .map(|sample| sample.done() as f64 / sample.measured.as_secs_f64())
        .collect();
    let (found, met) = match stats::median(&rates) {
        _ if run.is_saturated() => ("too few rounds that count".to_owned(), Met::Unknown),
        None => ("no round that counts".to_owned(), Met::Unknown),
        Some(rate) => (show(rate), Met::of(rate >= least.get())),
    };
    Requirement {
        kind: RequirementKind::Throughput,
        subject: name.to_string(),
        demand: format!("at least {least}"),
        found,
        met,
    }
}

/// What a counter comes to a second, in the same way.
fn counter(run: &Run, counter: &CounterSummary, least: Rate) -> Requirement {
    let (found, met) = match counter.per_second {
        _ if run.is_saturated() => ("too few rounds that count".to_owned(), Met::Unknown),
        None => ("no round that counts".to_owned(), Met::Unknown),
        Some(rate) => (show(rate), Met::of(rate >= least.get())),
    };
    Requirement {
        kind: RequirementKind::Counter,
        subject: counter.name.to_string(),
        demand: format!("at least {least}"),
        found,
        met,
    }
}

/// Never more than it is, so that what falls short by a hair does not look as if it did not.
fn show(rate: f64) -> String {
    format!("{:.1}/s", (rate * 10.0).floor() / 10.0)
}
