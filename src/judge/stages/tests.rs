use std::collections::BTreeMap;

use super::super::testing::{policy, round_of, run, settled};
use super::super::validate_round;
use super::*;
use crate::model::{EndpointKind, EndpointName, Failure, Outcome, Quantity, RunEndpoint, Validity};

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
    let samples = [sample(10, 100, 0), sample(15, 100, 0), sample(top, 85, 15), sample(10, 9, 0)];
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
        together: Vec::new(),
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
    assert!((before.per_second.unwrap() - 10.0).abs() < 1e-9);
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
    assert!((summary.stages[0].per_second.unwrap() - 3.3).abs() < 1e-9, "{summary:?}");
}

#[test]
fn a_round_counts_though_starts_were_dropped_as_far_as_a_stage_may_fail() {
    let mut round = spike(30, &[]);
    for sample in round.staged.as_mut().unwrap().samples[2].values_mut() {
        sample.outcomes.failures = BTreeMap::from([(Failure::Dropped, 15)]);
    }
    (round.generator.intended, round.generator.sent) = (100, 85);
    // Ten of those hundred may fail.
    let validate =
        |round: &Round| validate_round(&round.health(&[]), &BTreeMap::new(), &[], &policy());
    assert_eq!(validate(&round), Validity::Valid);
    round.generator.sent = 84;
    assert!(!validate(&round).is_valid());
}

#[test]
fn times_that_answers_tell_let_no_more_starts_be_dropped() {
    let mut round = spike(30, &[]);
    let samples = &mut round.staged.as_mut().unwrap().samples[2];
    for sample in samples.values_mut() {
        sample.outcomes.failures = BTreeMap::from([(Failure::Dropped, 15)]);
    }
    samples.insert("queue time".parse().unwrap(), sample(1, 900, 0));
    (round.generator.intended, round.generator.sent) = (100, 85);
    let endpoint = |kind| RunEndpoint { kind, ..RunEndpoint::new("queue time".parse().unwrap()) };
    let sent = |kind| round.health(&[endpoint(kind)]).sent;
    assert_eq!((sent(EndpointKind::Timer), sent(EndpointKind::Message)), (95, 100));
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
        per_second: None,
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
    assert_eq!((floors[0].found.as_str(), floors[0].met), ("99.99% of 100000 requests", Met::No));
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

#[test]
fn the_figures_of_stages_are_the_same_once_they_are_settled() {
    let timer: EndpointName = "render".parse().unwrap();
    let with_timer = |mut round: Round| {
        for samples in &mut round.staged.as_mut().unwrap().samples {
            samples.insert(timer.clone(), sample(9000, 50, 0));
            samples.insert("GET /b".parse().unwrap(), sample(70, 20, 1));
        }
        round
    };
    let rounds = [spike(30, &[(10, 0)]), spike(40, &[(11, 0)]), spike(500, &[(90, 0)])];
    let mut whole = measured(rounds.map(with_timer).into());
    let kind = EndpointKind::Timer;
    whole.endpoints.push(RunEndpoint { kind, ..RunEndpoint::new(timer.clone()) });
    let of = |run: &Run| {
        let rounds: Vec<&Round> = run.rounds.iter().collect();
        (summarize(run, &rounds, &rounds), floors(run))
    };
    let kept = settled(&whole);
    assert_eq!(of(&kept), of(&whole));
    let p95 = of(&whole).0.unwrap().stages[0].p95;
    assert!(matches!(p95, Carried::Value(p95) if p95 < MS * 100), "of requests alone: {p95:?}");
    let staged = kept.rounds.iter().flat_map(|round| &round.staged).flat_map(|it| &it.samples);
    assert!(staged.flat_map(BTreeMap::values).all(|sample| sample.latency.bytes() == 0));
}
