//! What becomes a baseline, what does not, and how one is changed.

use std::time::Duration;

use crate::judge::testing::{RunOf, acceptance, day, ms, name, run, sample};
use crate::judge::{AmendError, accept, accept_anyway, append, bless, refusals, waive};
use crate::model::{
    Acceptance, Baseline, Block, Failure, Metric, Refusal, RunId, RunState, Unsound, Waiver,
};

const A: &str = "GET /a";
const B: &str = "GET /b";

fn near(value: Duration, millis: f64) -> bool {
    (value.as_secs_f64() * 1e3 / millis - 1.0).abs() < 2e-3
}

fn of(successes: u64, failures: u64) -> RunOf {
    run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, successes, failures)))
}

/// As many answers, all with a status that is only allowed.
fn allowed(answers: u64) -> RunOf {
    let mut sample = sample(1.0, answers, 0);
    sample.outcomes.allowed.insert(404, answers);
    run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
}

fn numbered(run: RunOf, id: u128) -> RunOf {
    run.session(id, day(id as i64))
}

fn ids(baseline: &Baseline) -> Vec<RunId> {
    baseline.sessions.iter().map(|session| session.run).collect()
}

#[test]
fn a_sound_run_is_accepted_with_its_medians() {
    let baseline = accept(&run(&[(A, 10.0)]).0, acceptance()).unwrap();
    let figures = &baseline.endpoints[&name(A)];
    assert!(near(figures.p95, 10.0) && near(figures.p50, 5.0) && near(figures.max, 15.15));
    assert_eq!((figures.successes, figures.failures, figures.least_successes()), (600, 0, 120));
    assert_eq!(figures.p99, None, "120 successes a round carry no p99");
    assert_eq!(figures.round_p95s().count(), 5);
    assert!(figures.ladder.is_sorted_by(|a, b| a.p < b.p && a.value <= b.value));
    assert_eq!(baseline.anchors.cpu_kernel, ms(20.0));
}

#[test]
fn p99_is_kept_from_299_successes_a_round_on() {
    let with = |successes| of(successes, 0).baseline().endpoints[&name(A)].p99;
    assert_eq!(with(298), None);
    assert!(near(with(299).unwrap(), 1.5));
}

/// Rounds in which so many of 1000 requests were sent again.
fn lossy(repeated: u64) -> RunOf {
    let mut sample = sample(1.0, 1000, 0);
    sample.outcomes.repeated = repeated;
    run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
}

#[test]
fn every_reason_against_a_baseline_is_named() {
    let saturated = Refusal::Saturated(vec![Unsound::Busy(crate::model::Share::new(0.9))]);
    let endpoint = || name(A);
    for (run, expected) in [
        (run(&[]).with_rounds(A, &[]), Refusal::NothingSent(endpoint())),
        (
            of(980, 20),
            Refusal::Failures {
                endpoint: endpoint(),
                share: crate::model::Share::new(0.02),
                mostly: (Failure::Status5xx, 100),
            },
        ),
        (
            lossy(20),
            Refusal::Lost {
                endpoint: endpoint(),
                share: crate::model::Share::new(0.02),
                how: "lost their connection and were sent again",
            },
        ),
        (allowed(100), Refusal::NothingExpected { endpoint: endpoint(), answers: 500 }),
        (of(99, 0), Refusal::TooFew { endpoint: endpoint(), least: 99, needed: 100 }),
        (of(100, 0).invalid(3), saturated.clone()),
        // What is to be measured under less load needs no advice to send more.
        (of(99, 0).invalid(3), saturated),
        (of(100, 0).rounds(2), Refusal::TooFewRounds { rounds: 2, needed: 3 }),
        (of(100, 0).state(RunState::Interrupted), Refusal::Unfinished),
        (of(100, 0).state(RunState::Broken), Refusal::Unfinished),
        (of(100, 0).state(RunState::Running), Refusal::Unfinished),
    ] {
        let anyway = accept_anyway(&run.0, acceptance());
        assert_eq!(anyway.acceptance.overruled, [expected.to_string()]);
        let expected = vec![expected];
        assert_eq!(refusals(&run.0), expected);
        assert_eq!(accept(&run.0, acceptance()), Err(expected));
    }
}

#[test]
fn exactly_one_percent_of_failures_and_two_invalid_rounds_are_accepted() {
    assert_eq!(refusals(&of(990, 10).0), []);
    assert_eq!(refusals(&lossy(10).0), []);
    assert_eq!(refusals(&of(100, 0).invalid(2).0), []);
}

#[test]
fn a_run_without_a_valid_round_has_an_answer_too() {
    let nothing = of(100, 0).invalid(5);
    let baseline = accept_anyway(&nothing.0, acceptance());
    assert_eq!(baseline.endpoints[&name(A)].p95, Duration::ZERO);
    assert_eq!(baseline.anchors.cpu_kernel, Duration::ZERO);
    assert_eq!(refusals(&nothing.rounds(0).0).len(), 1);
}

#[test]
fn rounds_that_were_measured_again_have_no_part_in_a_baseline() {
    let again = run(&[(A, 10.0)]).again(Block::Confirmation, A, 90.0);
    let figures = &again.baseline().endpoints[&name(A)];
    assert_eq!(figures.round_p95s().count(), 5);
    assert!(near(figures.max, 15.15));
}

#[test]
fn a_session_is_appended_and_the_medians_go_over_all_rounds() {
    let first = numbered(run(&[(A, 10.0), (B, 5.0)]), 1).baseline();
    let second = numbered(run(&[(A, 20.0)]), 2);
    let both = append(&first, &second.0, acceptance()).unwrap();
    assert_eq!(ids(&both).len(), 2);
    let figures = &both.endpoints[&name(A)];
    // The middle of five around 10 and five around 20.
    assert!((10.0..20.0).contains(&(figures.p95.as_secs_f64() * 1e3)));
    assert_eq!((figures.sessions.len(), figures.successes), (2, 1200));
    assert_eq!(both.endpoints[&name(B)], first.endpoints[&name(B)]);
}

#[test]
fn ten_sessions_are_kept() {
    let mut baseline = numbered(run(&[(A, 1.0)]), 1).baseline();
    for id in 2..=12 {
        let next = numbered(run(&[(A, id as f64)]), id);
        baseline = append(&baseline, &next.0, acceptance()).unwrap();
    }
    assert_eq!(ids(&baseline).len(), Baseline::MOST_SESSIONS);
    let figures = &baseline.endpoints[&name(A)];
    assert_eq!(figures.sessions.len(), Baseline::MOST_SESSIONS);
    assert!(figures.sessions.iter().map(|session| session.run).eq(ids(&baseline)));
    assert!(near(figures.round_p95s().min().unwrap(), 2.97));
}

#[test]
fn what_cannot_be_a_baseline_cannot_be_appended() {
    let baseline = numbered(run(&[(A, 1.0)]), 1).baseline();
    let append = |run: &RunOf| append(&baseline, &run.0, acceptance()).unwrap_err();
    assert!(matches!(append(&numbered(of(99, 0), 2)), AmendError::Refused { .. }));
    assert!(matches!(append(&numbered(of(100, 0), 1)), AmendError::Known(_)));
    let other = numbered(of(100, 0), 2).part("load", "9 users");
    assert!(matches!(append(&other), AmendError::OtherWorkload { .. }));
}

#[test]
fn blessing_moves_one_endpoint_and_ends_its_waiver() {
    let mut before = numbered(run(&[(A, 10.0), (B, 5.0)]), 1).baseline();
    for endpoint in [A, B] {
        before.waivers.insert(name(endpoint), waiver(50.0, "2026-03-01"));
    }
    let slower = numbered(run(&[(A, 30.0), (B, 30.0)]), 2);
    let because = Acceptance { reason: Some("more work".to_owned()), ..acceptance() };
    let after = bless(&before, &slower.0, &name(A), because.clone()).unwrap();
    assert!(near(after.endpoints[&name(A)].p95, 30.0));
    assert_eq!(after.endpoints[&name(A)].blessed, Some(because));
    assert_eq!(after.endpoints[&name(B)], before.endpoints[&name(B)]);
    assert!(!after.waivers.contains_key(&name(A)) && after.waivers.contains_key(&name(B)));
    assert_eq!(ids(&after).len(), 2, "the run it rests on is among the sessions");
    let both = bless(&after, &slower.0, &name(B), acceptance()).unwrap();
    assert!(near(both.endpoints[&name(B)].p95, 30.0), "the next endpoint, from the same run");
    assert_eq!(ids(&both).len(), 1, "nothing rests on the first run any more");
    let again = bless(&both, &slower.0, &name(B), acceptance());
    assert!(matches!(again, Err(AmendError::Known(_))));
}

#[test]
fn an_endpoint_can_be_blessed_though_another_fails() {
    let before = numbered(run(&[(A, 10.0), (B, 5.0)]), 1).baseline();
    let failing =
        numbered(run(&[(A, 30.0)]), 2).with_rounds(B, &[(); 5].map(|()| sample(1.0, 0, 100)));
    assert!(bless(&before, &failing.0, &name(A), acceptance()).is_ok());
    let refused = bless(&before, &failing.0, &name(B), acceptance());
    assert!(matches!(refused, Err(AmendError::Refused { refusals, .. }) if refusals.len() == 1));
    let unknown = bless(&before, &failing.0, &name("GET /c"), acceptance());
    assert!(matches!(unknown, Err(AmendError::NotMeasured { .. })));
    let short = failing.rounds(2);
    assert!(bless(&before, &short.0, &name(A), acceptance()).is_err());
}

#[test]
fn a_blessed_endpoint_does_not_vanish_by_its_age() {
    let mut baseline = numbered(run(&[(A, 10.0), (B, 5.0)]), 1).baseline();
    for id in 2..=14 {
        baseline = append(&baseline, &numbered(run(&[(A, 10.0)]), id).0, acceptance()).unwrap();
    }
    assert_eq!(ids(&baseline).len(), Baseline::MOST_SESSIONS);
    assert!(near(baseline.endpoints[&name(B)].p95, 5.0));
    assert_eq!(baseline.endpoints[&name(A)].sessions.len(), Baseline::MOST_SESSIONS);
}

#[test]
fn a_ladder_is_of_a_session_that_its_endpoint_has() {
    let mut baseline = numbered(run(&[(A, 10.0), (B, 5.0)]), 1).baseline();
    baseline = append(&baseline, &numbered(run(&[(A, 20.0)]), 2).0, acceptance()).unwrap();
    // All that B has is of the first session, and A is not in the plan any more.
    for id in 3..=14 {
        let next = numbered(run(&[("GET /c", 1.0)]), id);
        baseline = append(&baseline, &next.0, acceptance()).unwrap();
    }
    assert_eq!(ids(&baseline).len(), Baseline::MOST_SESSIONS);
    let figures = &baseline.endpoints[&name(A)];
    let highest = figures.ladder.last().unwrap().value;
    assert!(highest <= figures.max, "{highest:?} of {:?}", figures.max);
}

fn waiver(ceiling: f64, until: &str) -> Waiver {
    Waiver { ceiling: ms(ceiling), until: until.parse().unwrap(), reason: "why".to_owned() }
}

#[test]
fn a_waiver_takes_a_known_endpoint_a_day_to_come_and_a_ceiling_above_the_baseline() {
    let baseline = run(&[(A, 10.0)]).baseline();
    let today = "2026-02-02".parse().unwrap();
    let waive = |endpoint, waiver| waive(&baseline, &name(endpoint), waiver, Metric::P95, today);
    let granted = waive(A, waiver(50.0, "2026-02-02")).unwrap();
    assert_eq!(granted.waivers.len(), 1);
    assert_eq!(
        waive("GET /x", waiver(50.0, "2026-03-01")),
        Err(AmendError::UnknownEndpoint(name("GET /x")))
    );
    assert!(matches!(waive(A, waiver(50.0, "2026-02-01")), Err(AmendError::DateOver { .. })));
    assert!(matches!(waive(A, waiver(10.0, "2026-03-01")), Err(AmendError::CeilingTooLow(_))));
}
