//! An endpoint can be held to another percentile than p95.

use crate::judge::testing::{RunOf, ms, name, run, trial};
use crate::judge::{Mode, accept_anyway, noise};
use crate::model::{
    Block, Budgets, Decision, EndpointGate, Lacking, Metric, Run, Sample, Strictness, Warning,
};

const A: &str = "GET /a";

/// Five rounds of so many requests: 80 % take `p50`, 18 % `p95`, 2 % `p99`.
fn shaped(successes: u64, p50: f64, p95: f64, p99: f64) -> RunOf {
    let mut sample = Sample::default();
    for rank in 0..successes {
        sample.latency.record(ms(match rank % 50 {
            0..40 => p50,
            40..49 => p95,
            _ => p99,
        }));
    }
    sample.outcomes.successes = successes;
    run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
}

fn decided(before: &RunOf, after: &RunOf, metric: Metric) -> Decision {
    let mut trial = trial(before, after);
    trial.policy.gate.metric = metric;
    trial.mode = Mode::Stored;
    let row = trial.compare().rows.remove(0);
    assert_eq!(row.metric, metric);
    row.decision
}

const RED: Decision = Decision::Regressed { confirmed: false };

#[test]
fn each_percentile_sees_what_is_its_own_and_nothing_else() {
    let usual = shaped(400, 10.0, 40.0, 80.0);
    for (after, red) in [
        (shaped(400, 25.0, 40.0, 80.0), Metric::P50),
        (shaped(400, 10.0, 100.0, 130.0), Metric::P95),
        (shaped(400, 10.0, 40.0, 250.0), Metric::P99),
    ] {
        for metric in Metric::ALL {
            let expected = if metric == red { RED } else { Decision::Pass };
            assert_eq!(decided(&usual, &after, metric), expected, "{metric} of {red}");
        }
    }
}

#[test]
fn p99_takes_299_successes_a_round_on_both_sides() {
    let (few, many) = (shaped(298, 10.0, 40.0, 80.0), shaped(299, 10.0, 40.0, 80.0));
    assert_eq!(decided(&many, &many, Metric::P99), Decision::Pass);
    for (before, after) in [(&few, &many), (&many, &few)] {
        let decision = decided(before, after, Metric::P99);
        assert!(
            matches!(decision, Decision::TooFew { successes: 298, needed: 299, .. }),
            "{decision:?}"
        );
        assert_eq!(decided(before, after, Metric::P95), Decision::Pass);
    }
}

#[test]
fn a_second_look_that_is_too_thin_for_a_p99_has_no_say_where_that_is_what_is_judged() {
    let before = shaped(400, 4.0, 6.0, 8.0);
    let of = |successes| shaped(successes, 4.0, 6.0, 9.0).0.rounds[0].samples[&name(A)].clone();
    let again = |run: &RunOf, block, successes| {
        run.clone().again_rounds(block, A, &[(); 5].map(|()| of(successes)))
    };
    let slow = shaped(400, 4.0, 6.0, 40.0);
    for successes in [150, 298] {
        let once = again(&slow, Block::Confirmation, successes);
        assert_eq!(decided(&before, &once, Metric::P99), RED);
        let mut trial = trial(&before, &once);
        trial.policy.gate.metric = Metric::P99;
        let row = trial.compare().rows.remove(0);
        assert_eq!(row.decision, Decision::Suspect);
        // The figure that decides is the one that is shown.
        let shown = row.after.unwrap().p99.value().map(|p99| p99.as_millis());
        assert_eq!((shown, row.ratio.map(f64::round)), (Some(40), Some(5.0)));
        trial.after = again(&once, Block::Decider, successes);
        let decision = trial.decision();
        assert!(matches!(decision, Decision::TooFew { needed: 299, .. }), "{decision:?}");
    }
    let enough = again(&slow, Block::Confirmation, 299);
    assert_eq!(decided(&before, &enough, Metric::P99), Decision::Regressed { confirmed: true });
}

#[test]
fn an_endpoint_may_have_a_metric_of_its_own_and_the_reasons_say_so() {
    let before = shaped(400, 10.0, 40.0, 80.0);
    let mut trial = trial(&before, &shaped(400, 25.0, 40.0, 80.0));
    trial.mode = Mode::Stored;
    assert_eq!(trial.compare().rows[0].decision, Decision::Pass);
    let gate = EndpointGate { metric: Some(Metric::P50), ..EndpointGate::default() };
    trial.policy.endpoints.insert(name(A), (gate, Budgets::default()));
    let row = trial.compare().rows.remove(0);
    assert_eq!(row.decision, RED);
    assert!(row.reasons.iter().any(|reason| reason.text == "judged on p50"));
    assert!((row.ratio.unwrap() - 2.5).abs() < 0.01);
    trial.policy.strictness = Strictness::Bare;
    assert_eq!(trial.compare().rows[0].decision, RED);
}

#[test]
fn absolute_limits_stay_on_p95() {
    let before = shaped(400, 10.0, 40.0, 80.0);
    let mut trial = trial(&before, &shaped(400, 10.0, 60.0, 80.0));
    trial.mode = Mode::Stored;
    trial.policy.gate.metric = Metric::P50;
    let budgets = Budgets { target: None, acceptable: Some(ms(50.0)), ..Budgets::default() };
    trial.policy.endpoints.insert(name(A), (EndpointGate::default(), budgets));
    let decision = trial.compare().rows[0].decision;
    assert_eq!(decision, Decision::OverBudget { metric: Metric::P95, acceptable: ms(50.0) });
}

#[test]
fn slower_is_warned_of_by_the_metric_that_is_judged() {
    let before = shaped(400, 10.0, 40.0, 80.0);
    let mut trial = trial(&before, &shaped(400, 16.0, 40.0, 80.0));
    assert_eq!(trial.compare().rows[0].warnings, []);
    trial.policy.gate.metric = Metric::P50;
    let warnings = trial.compare().rows.remove(0).warnings;
    assert!(matches!(warnings[..], [Warning::Slower { .. }]), "{warnings:?}");
}

#[test]
fn noise_is_that_of_the_metric() {
    let runs: Vec<Run> =
        [10.0, 30.0].map(|p50| shaped(400, p50, 40.0, 80.0).0).into_iter().collect();
    let mut policy = trial(&run(&[]), &run(&[])).policy;
    assert_eq!(noise(&runs, &policy).alarms.suspects, 0);
    policy.gate.metric = Metric::P50;
    let noise = noise(&runs, &policy);
    assert_eq!(noise.alarms.suspects, 1);
    assert_eq!(noise.rows[0].metric, Metric::P50);
    assert!((noise.rows[0].worst_ratio.unwrap() - 3.0).abs() < 0.01);
}

#[test]
fn a_baseline_without_p99_is_never_a_pass_for_it() {
    let usual = shaped(400, 10.0, 40.0, 80.0);
    let mut trial = trial(&usual, &usual);
    trial.policy.gate.metric = Metric::P99;
    let acceptance = trial.baseline.acceptance.clone();
    trial.baseline = accept_anyway(&usual.0, acceptance);
    trial.baseline.endpoints.get_mut(&name(A)).unwrap().p99 = None;
    for strictness in [Strictness::Full, Strictness::Bare] {
        trial.policy.strictness = strictness;
        let decision = trial.compare().rows[0].decision;
        assert!(matches!(decision, Decision::TooFew { .. }), "{decision:?}");
    }
}

/// Judged by an acceptable p95 of 50 ms and an acceptable p99 of 100 ms.
fn within_budgets(before: &RunOf, after: &RunOf, mode: Mode) -> Decision {
    let mut trial = trial(before, after);
    trial.mode = mode;
    let budgets = Budgets {
        acceptable: Some(ms(50.0)),
        acceptable_p99: Some(ms(100.0)),
        ..Budgets::default()
    };
    trial.policy.endpoints.insert(name(A), (EndpointGate::default(), budgets));
    trial.compare().rows.remove(0).decision
}

#[test]
fn an_acceptable_p99_holds_beside_the_acceptable_p95() {
    let before = shaped(400, 10.0, 40.0, 80.0);
    let decided = |p95, p99| within_budgets(&before, &shaped(400, 10.0, p95, p99), Mode::Stored);
    let over = |metric, limit| Decision::OverBudget { metric, acceptable: ms(limit) };
    assert_eq!(decided(40.0, 99.0), Decision::Pass);
    assert_eq!(decided(40.0, 120.0), over(Metric::P99, 100.0));
    assert_eq!(decided(60.0, 99.0), over(Metric::P95, 50.0));
    assert_eq!(decided(60.0, 120.0), over(Metric::P95, 50.0));
    assert_eq!(decided(90.0, 120.0), RED);
    let live = within_budgets(&before, &shaped(400, 10.0, 40.0, 120.0), Mode::Live);
    assert_eq!(live, Decision::Suspect);
}

#[test]
fn an_acceptable_p99_that_no_round_carries_is_never_a_pass() {
    let before = shaped(400, 10.0, 40.0, 80.0);
    let decided = |p95, p99| within_budgets(&before, &shaped(298, 10.0, p95, p99), Mode::Stored);
    for p99 in [80.0, 120.0] {
        let thin = Decision::TooFew { of: Lacking::Run, rounds: 5, successes: 298, needed: 299 };
        assert_eq!(decided(40.0, p99), thin);
    }
    // What is known is said.
    assert_eq!(decided(90.0, 120.0), RED);
    // Nor does a second look that is too thin for the p99 take back what it confirms of the p95.
    let mut live = shaped(300, 10.0, 90.0, 120.0);
    let thin = shaped(290, 10.0, 90.0, 120.0).0.rounds[0].samples[&name(A)].clone();
    for block in [Block::Confirmation, Block::Decider] {
        live = live.again_rounds(block, A, &[(); 5].map(|()| thin.clone()));
    }
    let decision = within_budgets(&before, &live, Mode::Live);
    assert_eq!(decision, Decision::Regressed { confirmed: true });
    // Of what is too thin, the later rounds are told: all of these were valid.
    let mut tail = shaped(300, 10.0, 40.0, 120.0);
    let few = shaped(290, 10.0, 40.0, 120.0).0.rounds[0].samples[&name(A)].clone();
    for block in [Block::Confirmation, Block::Decider] {
        tail = tail.again_rounds(block, A, &[(); 5].map(|()| few.clone()));
    }
    let row = within_budgets(&before, &tail, Mode::Live);
    assert_eq!(
        row,
        Decision::TooFew { of: Lacking::Again, rounds: 10, successes: 290, needed: 299 }
    );
    // The baseline has no part in what is absolute.
    let thin = shaped(120, 10.0, 40.0, 80.0);
    assert_eq!(within_budgets(&thin, &before, Mode::Stored), Decision::Pass);
}

#[test]
fn a_new_endpoint_with_a_limit_is_no_pass_for_being_slow_or_never_measured() {
    let before = run(&[("GET /b", 10.0)]);
    let decided = |after: RunOf| within_budgets(&before, &after, Mode::Stored);
    assert_eq!(decided(shaped(400, 10.0, 40.0, 80.0)), Decision::New);
    for few in [90, 120] {
        let decision = decided(shaped(few, 10.0, 40.0, 80.0));
        assert!(matches!(decision, Decision::TooFew { .. }), "{few}: {decision:?}");
    }
    let trial = trial(&before, &shaped(0, 10.0, 40.0, 80.0));
    let decision = trial.compare().rows.remove(0).decision;
    assert!(matches!(decision, Decision::TooFew { .. }), "no limit: {decision:?}");
}
