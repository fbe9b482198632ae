//! A run becomes figures: percentiles by round, and their medians.

use std::time::Duration;

use super::counters;
use super::durations::median;
use super::phases;
use super::stages;
use crate::model::{
    Anchors, Block, Carried, EndpointName, EndpointSummary, Histogram, Outcomes, Round,
    RoundPercentiles, Run, RunEndpoint, RunSummary, Sample,
};

/// Successes a round that carry a p50: from so many on, a one-sided 95 % bound is finite.
pub const P50_NEEDS: u64 = 5;
/// Successes a round that carry a p95, by the same measure.
pub const P95_NEEDS: u64 = 59;
/// Successes a round that carry a p99, by the same measure.
pub const P99_NEEDS: u64 = 299;

/// The run's figures over its valid rounds.
///
/// The percentiles and the rate are those of the first pass, which measured every endpoint alike;
/// outcomes, maximum and pooled latencies are over every pass. Where no round counts, outcomes are
/// over all rounds: that a service only fails must not hide behind a machine that is too busy. Nor must
/// what it answers in rounds that its own failures make invalid, so that these are kept of all rounds too.
#[must_use]
pub fn summarize(run: &Run) -> RunSummary {
    over(run, &Block::ALL)
}

/// The same over the first pass alone.
pub(super) fn summarize_first_pass(run: &Run) -> RunSummary {
    over(run, &[Block::First])
}

fn over(run: &Run, blocks: &[Block]) -> RunSummary {
    let all: Vec<&Round> =
        run.rounds.iter().filter(|round| blocks.contains(&round.block)).collect();
    let valid: Vec<&Round> =
        all.iter().copied().filter(|round| round.validity.is_valid()).collect();
    let first: Vec<&Round> =
        valid.iter().copied().filter(|round| round.block == Block::First).collect();
    let counted: Vec<&Round> =
        if valid.is_empty() { run.rounds.iter().collect() } else { valid.clone() };
    let rounds = Rounds { all: &all, counted: &counted, valid: &valid, first: &first };
    RunSummary {
        endpoints: run
            .endpoints
            .iter()
            .map(|planned| endpoint(planned, run.pooled.over(blocks, &planned.name), rounds))
            .collect(),
        counters: counters::summarize(run),
        stages: stages::summarize(run, &first, &counted),
        anchors: anchors(&valid),
        valid_rounds: first.len(),
        invalid_rounds: run.rounds.iter().filter(|round| !round.validity.is_valid()).count(),
    }
}

/// The rounds that figures are over.
#[derive(Clone, Copy)]
struct Rounds<'a> {
    /// Those that count and those that do not.
    all: &'a [&'a Round],
    /// Those that count, or all where none does.
    counted: &'a [&'a Round],
    /// Those that count.
    valid: &'a [&'a Round],
    /// Those of the first pass that count.
    first: &'a [&'a Round],
}

fn outcomes(name: &EndpointName, rounds: &[&Round]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for sample in rounds.iter().filter_map(|round| round.samples.get(name)) {
        outcomes.merge(&sample.outcomes);
    }
    outcomes
}

fn endpoint(
    RunEndpoint { name, kind, budgets }: &RunEndpoint,
    mut pooled: Histogram,
    Rounds { all, counted, valid, first }: Rounds<'_>,
) -> EndpointSummary {
    let mut rounds = Vec::new();
    for round in valid {
        if let Some(sample) = round.samples.get(name) {
            pooled.merge(&sample.latency);
            rounds.extend(percentiles(round.block, sample));
        }
    }
    let first_pass: Vec<RoundPercentiles> =
        rounds.iter().filter(|round| round.block == Block::First).copied().collect();
    let least = least_successes(&rounds, first.len());
    EndpointSummary {
        name: name.clone(),
        kind: *kind,
        budgets: *budgets,
        p50: carried(&first_pass, |round| round.p50, least, P50_NEEDS),
        p95: carried(&first_pass, |round| round.p95, least, P95_NEEDS),
        p99: carried(&first_pass, |round| round.p99, least, P99_NEEDS),
        max: pooled.max(),
        rounds,
        outcomes: outcomes(name, counted),
        of_all_rounds: outcomes(name, all),
        connections: counted
            .iter()
            .filter_map(|round| round.samples.get(name))
            .map(|sample| sample.connections)
            .sum(),
        phases: phases::summarize(name, first, counted),
        per_second: per_second(name, first),
        pooled,
    }
}

/// The endpoint with the largest p95 (the median over its first-pass rounds) among those whose
/// rounds carry one.
#[must_use]
pub fn worst_p95<'a>(
    endpoints: impl Iterator<Item = (&'a EndpointName, &'a [RoundPercentiles])>,
) -> Option<(EndpointName, Duration)> {
    endpoints
        .filter_map(|(name, rounds)| {
            let first: Vec<RoundPercentiles> =
                rounds.iter().filter(|round| round.block == Block::First).copied().collect();
            let least = least_successes(&first, first.len());
            let p95 = carried(&first, |round| round.p95, least, P95_NEEDS).value()?;
            Some((name.clone(), p95))
        })
        .max_by_key(|(_, p95)| *p95)
}

/// Fewest successes of any of the `valid_rounds` of the first pass. A round without one has no
/// percentiles, and is the smallest of all.
pub(super) fn least_successes(rounds: &[RoundPercentiles], valid_rounds: usize) -> u64 {
    let first = || rounds.iter().filter(|round| round.block == Block::First);
    if first().count() < valid_rounds {
        0
    } else {
        first().map(|round| round.successes).min().unwrap_or(0)
    }
}

fn percentiles(block: Block, sample: &Sample) -> Option<RoundPercentiles> {
    Some(RoundPercentiles::of(block, sample.percentiles()?))
}

/// The median over `rounds` of one percentile, if the smallest round carries it.
pub(super) fn carried(
    rounds: &[RoundPercentiles],
    percentile: impl Fn(&RoundPercentiles) -> Duration,
    least: u64,
    needed: u64,
) -> Carried {
    let values: Vec<Duration> = rounds.iter().map(percentile).collect();
    match median(&values) {
        Some(value) if least >= needed => Carried::Value(value),
        _ => Carried::More(needed.saturating_sub(least).max(1)),
    }
}

/// Successes that ended in the time in which the endpoint's own requests could begin, a second.
fn per_second(name: &EndpointName, first: &[&Round]) -> Option<f64> {
    let samples = || first.iter().filter_map(|round| round.samples.get(name));
    let measured: f64 = samples().map(|sample| sample.measured.as_secs_f64()).sum();
    let done: u64 = samples().map(Sample::done).sum();
    (measured > 0.0).then(|| done as f64 / measured)
}

fn anchors(rounds: &[&Round]) -> Option<Anchors> {
    let over = |anchor: fn(&Anchors) -> Duration| {
        median(&rounds.iter().map(|round| anchor(&round.anchors)).collect::<Vec<_>>())
    };
    Some(Anchors {
        cpu_kernel: over(|anchors| anchors.cpu_kernel)?,
        null_p50: over(|anchors| anchors.null_p50)?,
        null_p95: over(|anchors| anchors.null_p95)?,
    })
}
