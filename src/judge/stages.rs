//! Stages become figures: how much slower it is at the top, and when it is over.

use std::time::Duration;

use super::durations::{ratio, scaled};
use super::summarize::{P95_NEEDS, carried, least_successes};
use crate::model::{
    Block, Carried, Degradation, Degraded, Met, Outcomes, Percentiles, Recovery, Requirement,
    RequirementKind, Round, RoundPercentiles, Run, Sample, Share, Stage, StageSummary, Staged,
    Stages, StagesSummary, Window,
};

/// More failures than before, as a share, that count as none: those of a single request.
const MORE_FAILURES: f64 = 0.01;

/// The figures of the stages; `None` of rounds without any. Percentiles are over the `first` pass,
/// outcomes over all rounds that are `counted`.
pub(super) fn summarize(run: &Run, first: &[&Round], counted: &[&Round]) -> Option<StagesSummary> {
    let first: Vec<&Staged> = first.iter().filter_map(|round| round.staged.as_ref()).collect();
    let counted: Vec<&Staged> = counted.iter().filter_map(|round| round.staged.as_ref()).collect();
    let stages = &counted.first()?.stages;
    let figures: Vec<StageSummary> = (0..stages.stages.len())
        .map(|at| figures(run, (stages.stages[at], at), &first, &counted))
        .collect();
    let degradation = degradation(run, stages, &figures, &first);
    let before = degradation.as_ref().map(|degradation| &figures[degradation.before]);
    let recovery = match (stages.after_top(), before) {
        (None, _) => Recovery::NotSeen,
        (Some((_, watched)), Some(before)) => recovery(watched, before, &first),
        (Some(_), None) => Recovery::Unknown,
    };
    Some(StagesSummary { quantity: stages.quantity, stages: figures, degradation, recovery })
}

/// The least share of successes of each stage that has one, over the rounds that count, or over
/// all where none does: that requests fail must not hide behind a machine that is too busy. Of wrong
/// answers no more than the rest may come in all rounds, for they are what can make rounds invalid.
pub(super) fn floors(run: &Run) -> Vec<Requirement> {
    let valid: Vec<&Round> = run.valid_rounds().collect();
    let counted = if valid.is_empty() { run.rounds.iter().collect() } else { valid };
    let counted: Vec<&Staged> = counted.iter().filter_map(|round| round.staged.as_ref()).collect();
    let Some(stages) = counted.first().map(|staged| &staged.stages) else { return Vec::new() };
    let name = |stage: &Stage| stages.quantity.show_stage(stage);
    let all: Vec<&Staged> = run.rounds.iter().filter_map(|round| round.staged.as_ref()).collect();
    let floor = |(at, stage): (usize, &Stage)| {
        let least = stage.success?;
        let of_all = outcomes(run, at, &all);
        let outcomes = outcomes(run, at, &counted);
        let is_unique = stages.stages.iter().filter(|other| name(other) == name(stage)).count() < 2;
        let share = Share::of(outcomes.at_once(), outcomes.total());
        let (found, met) = match outcomes.total() {
            0 => ("no request".to_owned(), Met::Unknown),
            total => {
                // Never more than it is, so that what falls short by a hair does not look as if
                // it did not.
                let percent = (share.get() * 1e4).floor() / 1e2;
                let again = match outcomes.successes - outcomes.at_once() {
                    0 => String::new(),
                    again => {
                        format!("; {again} lost their connection and were sent again")
                    }
                };
                let found = format!("{percent}% of {total} requests{again}");
                let (wrong, all) = (of_all.wrong(), of_all.total());
                if share >= least && Share::of(all - wrong, all) < least {
                    let elsewhere = format!(
                        "{found}, and in all rounds, also those that do not count, {wrong} of {all} \
                         had a wrong answer"
                    );
                    (elsewhere, Met::No)
                } else {
                    (found, Met::of(share >= least))
                }
            }
        };
        Some(Requirement {
            kind: RequirementKind::Level,
            subject: if is_unique {
                name(stage)
            } else {
                format!("{} (stage {})", name(stage), at + 1)
            },
            demand: format!("at least {least} succeed"),
            found,
            met,
        })
    };
    stages.stages.iter().enumerate().filter_map(floor).collect()
}

/// How all requests of a stage ended.
fn outcomes(run: &Run, at: usize, counted: &[&Staged]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for sample in counted.iter().flat_map(|staged| staged.requests(at, &run.endpoints)) {
        outcomes.merge(&sample.outcomes);
    }
    outcomes
}

fn figures(
    run: &Run,
    (stage, at): (Stage, usize),
    first: &[&Staged],
    counted: &[&Staged],
) -> StageSummary {
    let all = first.iter().flat_map(|staged| staged.requests(at, &run.endpoints));
    let successes: u64 = all.map(Sample::done).sum();
    let measured = stage.over.as_secs_f64() * first.len() as f64;
    StageSummary {
        stage,
        outcomes: outcomes(run, at, counted),
        p95: p95(first, |staged| staged.together(at, &run.endpoints)),
        per_second: (measured > 0.0).then(|| successes as f64 / measured),
    }
}

/// The median over the rounds of the p95 of what `of` takes of each, if all rounds carry it.
fn p95(first: &[&Staged], of: impl Fn(&Staged) -> Option<Percentiles>) -> Carried {
    let rounds: Vec<RoundPercentiles> = first
        .iter()
        .filter_map(|staged| Some(RoundPercentiles::of(Block::First, of(staged)?)))
        .collect();
    carried(&rounds, |round| round.p95, least_successes(&rounds, first.len()), P95_NEEDS)
}

fn degradation(
    run: &Run,
    stages: &Stages,
    figures: &[StageSummary],
    first: &[&Staged],
) -> Option<Degradation> {
    let (before, top) = (stages.before_top()?, stages.top()?);
    let rise = |before: Carried, top: Carried| ratio(top.value()?, before.value()?);
    let endpoints = run.endpoints.iter().map(|endpoint| {
        let name = &endpoint.name;
        let of =
            |stage: usize| p95(first, |staged| staged.samples.get(stage)?.get(name)?.percentiles());
        let (before, top) = (of(before), of(top));
        Degraded { endpoint: name.clone(), before, top, ratio: rise(before, top) }
    });
    Some(Degradation {
        before,
        top,
        ratio: rise(figures[before].p95, figures[top].p95),
        endpoints: endpoints.collect(),
    })
}

/// When it is as it was `before`, `watched` for so long after the top.
fn recovery(watched: Duration, before: &StageSummary, first: &[&Staged]) -> Recovery {
    let Some(p95) = before.p95.value() else { return Recovery::Unknown };
    let limit = scaled(p95, Recovery::WITHIN);
    let failed = before.outcomes.failed_share().get() + MORE_FAILURES;
    let mut times: Vec<Duration> =
        first.iter().map(|staged| back(&staged.windows, limit, failed)).collect();
    // Never comes last; of an even number the later of the two in the middle.
    times.sort_unstable();
    match times.get(times.len() / 2) {
        None => Recovery::Unknown,
        Some(&Duration::MAX) => Recovery::NotWithin(watched),
        Some(&time) => Recovery::Within(time),
    }
}

/// The end of the first window in which no request is slower than it may be; the longest duration
/// if there is none.
fn back(windows: &[Window], limit: Duration, failed: f64) -> Duration {
    let is_back = |window: &&Window| {
        let total = window.successes + window.failures;
        window.successes > 0
            && window.p95 <= limit
            && Share::of(window.failures, total).get() <= failed
    };
    windows.iter().find(is_back).map_or(Duration::MAX, |window| window.begin + window.length)
}

#[cfg(test)]
mod tests;
