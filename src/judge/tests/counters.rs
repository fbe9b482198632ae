//! Metrics that add up, beside their baseline and in it.

use std::time::Duration;

use crate::judge::testing::{RunOf, name, run, trial};
use crate::judge::{append, exit_status, requirements, summarize};
use crate::model::{
    Acceptance, Baseline, Block, Count, CounterWarning, ExitStatus, FailOn, Met, Rate,
    RequirementKind, Validity, Verdict,
};

const BUILDS: &str = "builds created";

/// A run whose rounds each count so many builds in ten seconds.
fn counting(totals: [f64; 5], least: Option<f64>) -> RunOf {
    let mut run = run(&[("GET /a", 100.0)]);
    run.0.counters = vec![(name(BUILDS), least.and_then(Rate::per_second))];
    for (round, total) in run.0.rounds.iter_mut().zip(totals) {
        let count = Count { total, measured: Duration::from_secs(10), ..Count::default() };
        round.counts.insert(name(BUILDS), count);
    }
    run
}

#[test]
fn a_counter_is_its_sum_and_the_median_of_its_sums_a_second() {
    let mut run = counting([100.0, 110.0, 90.0, 500.0, 0.0], None);
    let summary = &summarize(&run.0).counters[0];
    assert_eq!((summary.total, summary.per_second), (800.0, Some(10.0)));
    // A round that does not count is out, and so is a later pass.
    run.0.rounds[3].validity = Validity::Invalid(Vec::new());
    run.0.rounds[4].block = Block::Confirmation;
    let summary = &summarize(&run.0).counters[0];
    assert_eq!((summary.total, summary.per_second), (300.0, Some(10.0)));
    assert_eq!(summary.rounds, [10.0, 11.0, 9.0]);
}

#[test]
fn what_came_too_late_is_in_the_sum_and_in_no_sum_a_second() {
    let mut run = counting([600.0; 5], Some(58.0));
    let met = |run: &RunOf| requirements(&run.0)[0].met;
    assert_eq!(met(&run), Met::Yes);
    for round in &mut run.0.rounds {
        round.counts.get_mut(&name(BUILDS)).unwrap().completed = Some(497.0);
    }
    let summary = &summarize(&run.0).counters[0];
    assert_eq!((summary.total, summary.per_second), (3000.0, Some(49.7)));
    assert_eq!(met(&run), Met::No);
}

#[test]
fn a_counter_that_differs_by_more_than_the_factor_is_warned_of_and_passes() {
    let before = counting([100.0; 5], None);
    for (after, ratio, warning) in [
        (100.0, 1.0, None),
        (51.0, 0.51, None),
        (49.0, 0.49, Some(CounterWarning::Fewer)),
        (0.0, 0.0, Some(CounterWarning::Fewer)),
        (199.0, 1.99, None),
        (201.0, 2.01, Some(CounterWarning::More)),
    ] {
        let mut trial = trial(&before, &counting([after; 5], None));
        let comparison = trial.compare();
        let row = &comparison.counters[0];
        assert_eq!((row.before, row.after), (Some(10.0), Some(after / 10.0)));
        assert!((row.ratio.unwrap() - ratio).abs() < 1e-9, "{after}");
        assert_eq!(row.warnings.first().copied(), warning, "{after}");
        assert_eq!(comparison.verdict, Verdict::Pass);
        trial.policy.fail_on = FailOn::Warn;
        let failed = trial.compare().verdict == Verdict::Failed;
        assert_eq!(failed, warning.is_some(), "{after}");
    }
}

#[test]
fn new_missing_and_nothing_before_are_said() {
    let nothing = run(&[("GET /a", 100.0)]);
    let some = counting([100.0; 5], None);
    let new = trial(&nothing, &some).compare().counters;
    assert_eq!((new[0].before, new[0].ratio, new[0].warnings.len()), (None, None, 0));
    let gone = trial(&some, &nothing).compare().counters;
    assert_eq!((gone[0].after, &gone[0].warnings[..]), (None, &[CounterWarning::Missing][..]));
    let from_zero = trial(&counting([0.0; 5], None), &some).compare().counters;
    assert_eq!(
        (from_zero[0].ratio, &from_zero[0].warnings[..]),
        (None, &[CounterWarning::More][..])
    );
}

#[test]
fn answers_without_a_number_are_said() {
    let mut after = counting([100.0; 5], None);
    after.0.rounds[1].counts.get_mut(&name(BUILDS)).unwrap().missed = 3;
    let row = &trial(&counting([100.0; 5], None), &after).compare().counters[0];
    assert_eq!((row.missed, &row.warnings[..]), (3, &[CounterWarning::Missed][..]));
}

#[test]
fn less_than_the_least_is_red_without_a_baseline_too() {
    for (least, met, exit) in
        [(10.0, Met::Yes, ExitStatus::Pass), (10.1, Met::No, ExitStatus::GateFailed)]
    {
        let run = counting([100.0; 5], Some(least));
        let found = requirements(&run.0);
        assert_eq!((found[0].kind, found[0].met), (RequirementKind::Counter, met));
        assert_eq!((found[0].subject.as_str(), found[0].found.as_str()), (BUILDS, "10.0/s"));
        assert_eq!(exit_status(&run.0, &found), exit);
        let verdict = trial(&counting([100.0; 5], None), &run).compare().verdict;
        let expected = if met == Met::Yes { Verdict::Pass } else { Verdict::Failed };
        assert_eq!(verdict, expected);
    }
}

#[test]
fn the_least_of_a_stored_run_is_what_the_file_says_now() {
    let measured = counting([100.0; 5], Some(9.0));
    let mut trial = trial(&measured, &measured).stored();
    for (now, verdict) in [
        (Some(Rate::per_second(10.1)), Verdict::Failed),
        (Some(None), Verdict::Pass),
        (None, Verdict::Pass),
    ] {
        trial.policy.leasts = now.map(|least| (name(BUILDS), least)).into_iter().collect();
        assert_eq!(trial.compare().verdict, verdict, "{now:?}");
    }
}

#[test]
fn a_counter_with_a_least_that_is_not_measured_any_more_leaves_the_verdict_open() {
    let mut trial = trial(&counting([100.0; 5], None), &run(&[("GET /a", 100.0)]));
    assert_eq!(trial.compare().verdict, Verdict::Pass, "without a least it is a warning");
    trial.policy.leasts.insert(name(BUILDS), Rate::per_second(5.0));
    let comparison = trial.compare();
    let [missing] = &comparison.requirements[..] else { panic!("{:?}", comparison.requirements) };
    assert_eq!((missing.subject.as_str(), missing.met), (BUILDS, Met::Unknown));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    trial.policy.allow_missing = true;
    assert_eq!(trial.compare().verdict, Verdict::Pass);
}

#[test]
fn a_baseline_keeps_the_sums_of_each_of_its_sessions_and_of_no_other() {
    let first = counting([100.0; 5], None);
    let mut baseline = first.baseline();
    let acceptance: Acceptance = baseline.acceptance.clone();
    for number in 2..=12_u128 {
        let mut next = counting([100.0 * number as f64; 5], None);
        next.0.session.run = crate::model::RunId::new(uuid::Uuid::from_u128(number));
        next.0.session.started = crate::judge::testing::day(number as i64);
        baseline = append(&baseline, &next.0, acceptance.clone()).unwrap();
    }
    let counter = &baseline.counters[&name(BUILDS)];
    assert_eq!(counter.sessions.len(), Baseline::MOST_SESSIONS);
    assert!((counter.per_second - 75.0).abs() < 1e-9, "{}", counter.per_second);
}
