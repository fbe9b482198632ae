//! Metrics that add up: their figures, beside a baseline and in one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Baseline, BaselineCounter, Block, Count, CounterRow, CounterSession, CounterSummary,
    CounterWarning, EndpointName, Met, Rate, Requirement, RequirementKind, Run,
};
use crate::stats;

/// The figures of every counter of `run` over the first-pass rounds that count; where none does,
/// the sums are over all rounds.
pub(super) fn summarize(run: &Run) -> Vec<CounterSummary> {
    run.counters.iter().map(|(name, least)| summary(run, name, *least)).collect()
}

fn summary(run: &Run, name: &EndpointName, least: Option<Rate>) -> CounterSummary {
    let first = run.valid_rounds().filter(|round| round.block == Block::First);
    let valid: Vec<&Count> = first.filter_map(|round| round.counts.get(name)).collect();
    let counted: Vec<&Count> = if valid.is_empty() {
        run.rounds.iter().filter_map(|round| round.counts.get(name)).collect()
    } else {
        valid.clone()
    };
    let rounds: Vec<f64> = valid.iter().filter_map(|count| count.per_second()).collect();
    CounterSummary {
        name: name.clone(),
        least,
        total: counted.iter().map(|count| count.total).sum(),
        missed: counted.iter().map(|count| count.missed).sum(),
        per_second: stats::median(&rounds),
        rounds,
    }
}

/// Every counter of either side, the run's first. One that differs by more than `factor` in either
/// direction is warned of: what adds up says nothing by itself of which is better.
pub(super) fn compare(
    counters: &[CounterSummary],
    baseline: &Baseline,
    factor: f64,
) -> Vec<CounterRow> {
    let here = counters.iter().map(|after| {
        let before = baseline.counters.get(&after.name).map(|before| before.per_second);
        row(&after.name, before, Some(after), factor)
    });
    let is_gone = |name: &&EndpointName| !counters.iter().any(|counter| counter.name == **name);
    let gone = baseline.counters.iter().filter(move |(name, _)| is_gone(name));
    here.chain(gone.map(|(name, before)| row(name, Some(before.per_second), None, factor)))
        .collect()
}

/// What must hold of counters that the baseline has and `run` has not: nobody knows whether it does.
pub(super) fn not_measured(
    run: &Run,
    baseline: &Baseline,
    leasts: &BTreeMap<EndpointName, Option<Rate>>,
) -> Vec<Requirement> {
    let is_gone = |name: &&EndpointName| !run.counters.iter().any(|(counter, _)| counter == *name);
    let gone = baseline.counters.keys().filter(is_gone);
    let requirement = |name: &EndpointName| {
        let least = leasts.get(name).copied().flatten()?;
        Some(Requirement {
            kind: RequirementKind::Counter,
            subject: name.to_string(),
            demand: format!("at least {least}"),
            found: "not measured: nothing sends what gives it".to_owned(),
            met: Met::Unknown,
        })
    };
    gone.filter_map(requirement).collect()
}

fn row(
    name: &EndpointName,
    before: Option<f64>,
    summary: Option<&CounterSummary>,
    factor: f64,
) -> CounterRow {
    let after = summary.and_then(|summary| summary.per_second);
    let ratio = before.zip(after).filter(|(before, _)| *before > 0.0).map(|(b, a)| a / b);
    let missed = summary.map_or(0, |summary| summary.missed);
    let mut warnings = Vec::new();
    match (before.zip(after), ratio) {
        (_, Some(ratio)) if ratio < 1.0 / factor => warnings.push(CounterWarning::Fewer),
        (_, Some(ratio)) if ratio > factor => warnings.push(CounterWarning::More),
        (Some((_, after)), None) if after > 0.0 => warnings.push(CounterWarning::More),
        _ => {}
    }
    if summary.is_none() {
        warnings.push(CounterWarning::Missing);
    }
    if missed > 0 {
        warnings.push(CounterWarning::Missed);
    }
    CounterRow {
        counter: name.clone(),
        before,
        after,
        total: summary.map_or(0.0, |summary| summary.total),
        missed,
        ratio,
        warnings,
    }
}

/// What the counters of `run` give to a baseline; those without a round that counts give nothing.
pub(super) fn accept(run: &Run) -> BTreeMap<EndpointName, BaselineCounter> {
    let counters = summarize(run).into_iter().filter(|counter| !counter.rounds.is_empty());
    let session = |rounds| CounterSession { run: run.id(), rounds };
    counters.map(|counter| (counter.name, over(vec![session(counter.rounds)]))).collect()
}

/// The counters of `baseline` with those of `run` added.
pub(super) fn append(baseline: &Baseline, run: &Run) -> BTreeMap<EndpointName, BaselineCounter> {
    let mut counters = baseline.counters.clone();
    for (name, new) in accept(run) {
        let known = counters.remove(&name).map(|known| known.sessions).unwrap_or_default();
        counters.insert(name, over(known.into_iter().chain(new.sessions).collect()));
    }
    counters
}

/// Drops what rests on sessions that `baseline` does not have any more.
pub(super) fn trim(baseline: &mut Baseline) {
    let kept: BTreeSet<_> = baseline.sessions.iter().map(|session| session.run).collect();
    let counters = std::mem::take(&mut baseline.counters).into_iter();
    let trimmed = counters.map(|(name, counter)| {
        let sessions = counter.sessions.into_iter().filter(|session| kept.contains(&session.run));
        (name, over(sessions.collect()))
    });
    baseline.counters = trimmed.filter(|(_, counter)| !counter.sessions.is_empty()).collect();
}

fn over(sessions: Vec<CounterSession>) -> BaselineCounter {
    let rounds: Vec<f64> =
        sessions.iter().flat_map(|session| session.rounds.iter().copied()).collect();
    BaselineCounter { per_second: stats::median(&rounds).unwrap_or_default(), sessions }
}
