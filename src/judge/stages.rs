//! Stages become figures: how much slower it is at the top, and when it is over.

use std::time::Duration;

use super::durations::{ratio, scaled};
use super::summarize::{P95_NEEDS, carried, least_successes, percentiles};
use crate::model::{
    Carried, Degradation, Degraded, Met, Outcomes, Recovery, Requirement, RequirementKind, Round,
    RoundPercentiles, Run, Sample, Share, Stage, StageSummary, Staged, Stages, StagesSummary,
    Window,
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
/// all where none does: that requests fail must not hide behind a machine that is too busy.
pub(super) fn floors(run: &Run) -> Vec<Requirement> {
    let valid: Vec<&Round> = run.valid_rounds().collect();
    let counted = if valid.is_empty() { run.rounds.iter().collect() } else { valid };
    let counted: Vec<&Staged> = counted.iter().filter_map(|round| round.staged.as_ref()).collect();
    let Some(stages) = counted.first().map(|staged| &staged.stages) else { return Vec::new() };
    let name = |stage: &Stage| stages.quantity.show_stage(stage);
    let floor = |(at, stage): (usize, &Stage)| {
        let least = stage.success?;
        let outcomes = outcomes(run, at, &counted);
        let is_unique = stages.stages.iter().filter(|other| name(other) == name(stage)).count() < 2;
        let share = Share::of(outcomes.successes, outcomes.total());
        let (found, met) = match outcomes.total() {
            0 => ("no request".to_owned(), Met::Unknown),
            total => {
                // Never more than it is, so that what falls short by a hair does not look as if
                // it did not.
                let percent = (share.get() * 1e4).floor() / 1e2;
                let found = format!("{percent}% of {total} requests");
                (found, Met::of(share >= least))
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

/// What all requests of a stage gave.
fn requests<'a>(run: &'a Run, staged: &'a Staged, at: usize) -> impl Iterator<Item = &'a Sample> {
    let samples = staged.samples.get(at).into_iter().flatten();
    samples.filter(|(name, _)| run.kind_of(name).counts_as_request()).map(|(_, sample)| sample)
}

/// How all requests of a stage ended.
fn outcomes(run: &Run, at: usize, counted: &[&Staged]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for sample in counted.iter().flat_map(|staged| requests(run, staged, at)) {
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
    let all = first.iter().flat_map(|staged| requests(run, staged, at));
    let successes: u64 = all.map(Sample::done).sum();
    let measured = stage.over.as_secs_f64() * first.len() as f64;
    StageSummary {
        stage,
        outcomes: outcomes(run, at, counted),
        p95: p95(first, |staged| {
            let mut all = Sample::default();
            requests(run, staged, at).for_each(|sample| all.merge(sample));
            Some(all)
        }),
        per_second: if measured > 0.0 { successes as f64 / measured } else { 0.0 },
    }
}

/// The median over the rounds of the p95 of what `sample` takes of each, if all rounds carry it.
fn p95(first: &[&Staged], sample: impl Fn(&Staged) -> Option<Sample>) -> Carried {
    let rounds: Vec<RoundPercentiles> = first
        .iter()
        .filter_map(|staged| percentiles(crate::model::Block::First, &sample(staged)?))
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
        let of = |stage: usize| p95(first, |staged| staged.samples.get(stage)?.get(name).cloned());
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
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{round_of, run};
    use super::super::validate_round;
    use super::*;
    use crate::model::{
        EndpointKind, EndpointName, Failure, Outcome, Quantity, RunEndpoint, Validity,
    };

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    fn sample(millis: u32, successes: u64, failures: u64) -> Sample {
        let mut sample = Sample::default();
        for _ in 0..successes {
            sample.latency.record(MS * millis);
            sample.outcomes.record(Outcome::Success);
        }
        for _ in 0..failures {
            sample.outcomes.record(Outcome::Failed(Failure::Status5xx));
        }
        sample
    }

    /// A round of a spike whose top has a p95 of `top` ms, and whose windows have these p95s.
    fn spike(top: u32, windows: &[(u32, u64)]) -> Round {
        let stage = |from, to, success| Stage { from, to, over: 10 * SECOND, success };
        let parts = vec![
            stage(1.0, 1.0, None),
            stage(1.0, 9.0, None),
            stage(9.0, 9.0, Some(Share::new(0.9))),
            stage(9.0, 1.0, None),
        ];
        let name: EndpointName = "GET /a".parse().unwrap();
        let samples =
            [sample(10, 100, 0), sample(15, 100, 0), sample(top, 85, 15), sample(10, 9, 0)];
        let windows = windows.iter().enumerate().map(|(at, &(p95, failures))| Window {
            begin: SECOND * at as u32,
            length: SECOND,
            successes: 100,
            failures,
            p95: MS * p95,
        });
        let staged = Staged {
            stages: Stages { quantity: Quantity::Users, stages: parts },
            samples: samples.map(|sample| BTreeMap::from([(name.clone(), sample)])).into(),
            windows: windows.collect(),
        };
        Round { staged: Some(staged), ..round_of(0) }
    }

    fn summary(rounds: &[Round]) -> StagesSummary {
        let rounds: Vec<&Round> = rounds.iter().collect();
        let run = run(&[("GET /a", 1.0)]).0;
        summarize(&run, &rounds, &rounds).unwrap()
    }

    #[test]
    fn degradation_is_the_p95_at_the_top_over_that_before_it() {
        let summary = summary(&[spike(30, &[]), spike(40, &[]), spike(500, &[])]);
        let degradation = summary.degradation.unwrap();
        assert_eq!((degradation.before, degradation.top), (0, 2));
        assert!((degradation.ratio.unwrap() - 4.0).abs() < 0.01, "{degradation:?}");
        assert!((degradation.endpoints[0].ratio.unwrap() - 4.0).abs() < 0.01);
    }

    #[test]
    fn a_stage_has_its_share_of_successes_its_p95_and_its_requests_a_second() {
        let summary = summary(&[spike(30, &[]), spike(30, &[]), spike(30, &[])]);
        let [before, _, top, after] = &summary.stages[..] else { panic!("{summary:?}") };
        assert_eq!((before.success().to_string(), before.is_below()), ("100%".into(), false));
        assert_eq!((top.success().to_string(), top.is_below()), ("85%".into(), true));
        assert!((before.per_second - 10.0).abs() < 1e-9);
        assert_eq!(after.p95, Carried::More(50));
    }

    #[test]
    fn a_stage_has_done_what_ended_in_it() {
        let mut slow = spike(30, &[]);
        for sample in slow.staged.as_mut().unwrap().samples[0].values_mut() {
            sample.completed = Some(33);
        }
        let summary = summary(&[slow]);
        assert_eq!(summary.stages[0].outcomes.successes, 100);
        assert!((summary.stages[0].per_second - 3.3).abs() < 1e-9, "{summary:?}");
    }

    #[test]
    fn a_round_counts_though_starts_were_dropped_as_far_as_a_stage_may_fail() {
        let mut round = spike(30, &[]);
        for sample in round.staged.as_mut().unwrap().samples[2].values_mut() {
            sample.outcomes.failures = BTreeMap::from([(Failure::Dropped, 15)]);
        }
        (round.generator.intended, round.generator.sent) = (100, 85);
        // Ten of those hundred may fail.
        let validate = |round: &Round| validate_round(&round.health(&[]), &BTreeMap::new(), &[]);
        assert_eq!(validate(&round), Validity::Valid);
        round.generator.sent = 84;
        assert!(!validate(&round).is_valid());
    }

    #[test]
    fn a_service_that_drops_what_a_level_bears_meets_it_exactly() {
        let mut round = spike(30, &[]);
        let staged = round.staged.as_mut().unwrap();
        staged.stages.stages[2].success = Some("99.9%".parse().unwrap());
        for sample in staged.samples[2].values_mut() {
            *sample = self::sample(30, 999, 1);
        }
        let summary = summary(std::slice::from_ref(&round));
        assert!(!summary.stages[2].is_below());
        assert_eq!(floors(&measured(vec![round]))[0].met, Met::Yes);
    }

    #[test]
    fn a_stage_without_a_request_is_below_any_least() {
        let none = StageSummary {
            stage: Stage { from: 1.0, to: 1.0, over: SECOND, success: Some(Share::new(0.5)) },
            outcomes: Outcomes::default(),
            p95: Carried::More(59),
            per_second: 0.0,
        };
        assert!(none.is_below());
    }

    #[test]
    fn recovery_is_the_median_over_rounds_of_the_first_window_that_is_as_before() {
        // 12 ms are within 1.25 times 10 ms, 13 are not; nor are failures.
        let quick = || spike(30, &[(12, 0), (10, 0)]);
        let slow = || spike(30, &[(90, 0), (13, 0), (12, 50), (12, 1)]);
        let never = || spike(30, &[(90, 0), (80, 0)]);
        let of = |rounds: &[Round]| summary(rounds).recovery;
        assert_eq!(of(&[quick(), quick(), never()]), Recovery::Within(SECOND));
        assert_eq!(of(&[quick(), slow(), never()]), Recovery::Within(4 * SECOND));
        assert_eq!(of(&[quick(), never(), never()]), Recovery::NotWithin(10 * SECOND));
    }

    #[test]
    fn where_no_stage_follows_the_top_recovery_is_not_seen() {
        let mut round = spike(30, &[]);
        if let Some(staged) = &mut round.staged {
            staged.stages.stages.pop();
            staged.samples.pop();
        }
        assert_eq!(summary(&[round]).recovery, Recovery::NotSeen);
    }

    /// A run of these rounds.
    fn measured(rounds: Vec<Round>) -> Run {
        let mut run = run(&[]).0;
        run.rounds = rounds;
        run
    }

    #[test]
    fn a_least_share_of_successes_is_a_requirement_over_the_rounds_that_count() {
        let valid = || spike(30, &[]);
        let mut better = valid();
        let staged = better.staged.as_mut().unwrap();
        for sample in staged.samples[2].values_mut() {
            *sample = self::sample(30, 10_000, 0);
        }
        better.validity = Validity::Invalid(Vec::new());
        for (rounds, found, met) in [
            (vec![valid(), valid()], "85% of 200 requests", Met::No),
            (vec![valid(), better.clone()], "85% of 100 requests", Met::No),
            (vec![better], "100% of 10000 requests", Met::Yes),
        ] {
            let [floor] = &floors(&measured(rounds))[..] else { panic!("one stage has a least") };
            assert_eq!((floor.kind, floor.subject.as_str()), (RequirementKind::Level, "9 users"));
            assert_eq!(floor.demand, "at least 90% succeed");
            assert_eq!((floor.found.as_str(), floor.met), (found, met));
        }
        assert_eq!(floors(&measured(vec![round_of(0)])), []);
    }

    #[test]
    fn a_level_that_falls_short_by_a_hair_does_not_look_as_if_it_did_not() {
        let mut round = spike(30, &[]);
        let staged = round.staged.as_mut().unwrap();
        staged.stages.stages[2].success = Some(Share::new(1.0));
        for sample in staged.samples[2].values_mut() {
            *sample = self::sample(30, 99_999, 1);
        }
        let floors = floors(&measured(vec![round]));
        assert_eq!(
            (floors[0].found.as_str(), floors[0].met),
            ("99.99% of 100000 requests", Met::No)
        );
    }

    #[test]
    fn a_level_at_which_nothing_was_sent_has_no_verdict() {
        let mut round = spike(30, &[]);
        round.staged.as_mut().unwrap().samples[2].clear();
        assert_eq!(floors(&measured(vec![round]))[0].met, Met::Unknown);
    }

    #[test]
    fn times_that_answers_tell_change_no_figure_of_a_stage() {
        let plain = spike(30, &[(10, 0)]);
        let mut with_timers = plain.clone();
        let staged = with_timers.staged.as_mut().unwrap();
        for samples in &mut staged.samples {
            samples.insert("queue time".parse().unwrap(), sample(1, 10_000, 0));
            samples.insert("lost time".parse().unwrap(), sample(1, 0, 10_000));
        }
        let (mut without, mut with) = (run(&[("GET /a", 1.0)]).0, run(&[("GET /a", 1.0)]).0);
        for name in ["queue time", "lost time"] {
            let timer = RunEndpoint::new(name.parse().unwrap());
            with.endpoints.push(RunEndpoint { kind: EndpointKind::Timer, ..timer });
        }
        let of = |run: &Run, round: &Round| summarize(run, &[round], &[round]).unwrap();
        let (before, after) = (of(&without, &plain), of(&with, &with_timers));
        assert_eq!(before.stages, after.stages);
        assert_eq!(before.recovery, after.recovery);
        let ratio = |it: &StagesSummary| it.degradation.as_ref().unwrap().ratio;
        assert_eq!(ratio(&before), ratio(&after));
        (without.rounds, with.rounds) = (vec![plain], vec![with_timers]);
        assert_eq!(floors(&without), floors(&with));
    }

    #[test]
    fn rounds_without_stages_have_none() {
        let round = round_of(0);
        assert_eq!(summarize(&run(&[]).0, &[&round], &[&round]), None);
    }
}
