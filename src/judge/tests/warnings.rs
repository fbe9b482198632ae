//! What deserves a look, and what it takes to make it red.

use crate::judge::testing::{RunOf, Trial, day, ms, name, run, sample, spread, trial};
use crate::model::{
    Banner, Budgets, Decision, EndpointGate, FailOn, Failure, Sample, Strictness, Verdict, Warning,
};

const A: &str = "GET /a";

fn one(p95: f64) -> RunOf {
    run(&[(A, p95)])
}

fn warnings(trial: &Trial) -> Vec<Warning> {
    trial.compare().rows[0].warnings.clone()
}

#[test]
fn slower_within_the_limit_is_warned_of_and_not_red() {
    let trial = trial(&one(100.0), &one(150.0));
    let comparison = trial.compare();
    assert_eq!(comparison.verdict, Verdict::Pass);
    let [Warning::Slower { ratio, p }] = comparison.rows[0].warnings[..] else {
        panic!("{:?}", comparison.rows[0].warnings)
    };
    assert!((ratio - 1.5).abs() < 0.01 && p < 0.05);
}

#[test]
fn slower_takes_a_ratio_a_small_p_and_half_of_delta() {
    assert_eq!(warnings(&trial(&one(100.0), &one(123.0))), [], "ratio under 1.25");
    let noisy = |middle: f64| {
        let p95s = [0.4, 0.7, 1.0, 1.4, 2.0].map(|factor| sample(factor * middle, 120, 0));
        run(&[]).with_rounds(A, &p95s)
    };
    assert_eq!(warnings(&trial(&noisy(100.0), &noisy(130.0))), [], "p too large");
    let small = warnings(&trial(&one(0.5), &one(0.7)));
    assert!(!small.iter().any(|w| matches!(w, Warning::Slower { .. })), "0.2 ms of 0.5 ms");
    let large = warnings(&trial(&one(0.5), &one(0.8)));
    assert!(large.iter().any(|w| matches!(w, Warning::Slower { .. })), "0.3 ms of 0.5 ms");
}

#[test]
fn sessions_in_ci_are_believed_to_differ_more() {
    let (before, after) = (one(100.0), one(129.0));
    assert!(matches!(warnings(&trial(&before, &after))[..], [Warning::Slower { .. }]));
    assert_eq!(warnings(&trial(&before, &after.in_ci())), []);
}

#[test]
fn p_is_adjusted_over_all_judged_endpoints() {
    let p = |others: usize| {
        let names: Vec<String> = (0..others).map(|index| format!("GET /{index}")).collect();
        let both = |run: RunOf| names.iter().fold(run, |run, name| run.with(name, 100.0));
        let comparison = trial(&both(one(100.0)), &both(one(150.0))).compare();
        let [Warning::Slower { p, .. }] = comparison.rows[0].warnings[..] else { panic!() };
        p
    };
    assert!((p(5) / p(0) - 6.0).abs() < 1e-6, "the smallest of six times six");
}

#[test]
fn much_faster_is_a_stale_baseline_and_says_what_the_gate_has_become() {
    let [Warning::StaleBaseline { gate_now }] = warnings(&trial(&one(100.0), &one(50.0)))[..]
    else {
        panic!()
    };
    assert!((gate_now - 4.0).abs() < 0.01);
    assert_eq!(warnings(&trial(&one(100.0), &one(70.0))), []);
}

#[test]
fn p99_is_warned_of_from_300_successes_a_round_on() {
    let of = |successes: u64, slowest: f64| {
        let rounds = spread(100.0).map(|p95| {
            let mut sample = Sample::default();
            for rank in 0..successes {
                let tail = rank * 50 >= successes * 49;
                sample.latency.record(ms(if tail { slowest } else { p95 }));
            }
            sample.outcomes.successes = successes;
            sample
        });
        run(&[]).with_rounds(A, &rounds)
    };
    let p99 = |successes, slowest| warnings(&trial(&of(successes, 110.0), &of(successes, slowest)));
    assert!(matches!(p99(300, 300.0)[..], [Warning::P99 { ratio }] if (2.6..2.8).contains(&ratio)));
    assert_eq!(p99(299, 300.0), []);
    assert_eq!(p99(300, 270.0), []);
}

#[test]
fn two_slow_rounds_of_five_are_an_unstable_tail() {
    let stalled = [100.0, 100.0, 100.0, 500.0, 500.0].map(|p95| sample(p95, 120, 0));
    let comparison = trial(&one(100.0), &run(&[]).with_rounds(A, &stalled)).compare();
    assert_eq!(comparison.rows[0].decision, Decision::Pass);
    assert!(matches!(comparison.rows[0].warnings[..], [Warning::UnstableTail { .. }]));
}

#[test]
fn a_missed_target_is_warned_of_without_a_baseline_too() {
    let comparison = trial(&run(&[]), &one(100.0).budgets(Some(50.0), None)).compare();
    assert_eq!(comparison.rows[0].decision, Decision::New);
    assert_eq!(comparison.rows[0].warnings, [Warning::TargetMissed { target: ms(50.0) }]);
    assert_eq!(warnings(&trial(&one(100.0), &one(100.0).budgets(Some(101.0), None))), []);
}

#[test]
fn a_row_without_a_verdict_is_not_warned_of_and_stays_open_whatever_is_asked() {
    let mut short = trial(&one(100.0), &one(100.0).budgets(Some(50.0), None).rounds(2));
    short.policy.fail_on = FailOn::Warn;
    let comparison = short.compare();
    assert_eq!(comparison.rows[0].warnings, []);
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

#[test]
fn a_p95_that_the_sample_does_not_carry_is_not_shown() {
    let ten = run(&[]).with_rounds(A, &[(); 5].map(|()| sample(100.0, 10, 0)));
    let comparison = trial(&run(&[]), &ten.budgets(Some(50.0), None)).compare();
    assert_eq!(comparison.rows[0].after.as_ref().unwrap().p95, None);
    assert_eq!(comparison.rows[0].warnings, []);
}

#[test]
fn a_wide_floor_is_a_weak_gate() {
    // 0.5 ms on top of 0.2 ms is 3.5 times that, of 0.15 ms 4.3 times.
    assert_eq!(warnings(&trial(&one(0.2), &one(0.2))), []);
    let weak = trial(&one(0.15), &one(0.15)).compare();
    assert!(matches!(weak.rows[0].warnings[..], [Warning::WeakGate { k_eff }] if k_eff > 4.0));
    assert_eq!(weak.verdict, Verdict::Pass);
}

#[test]
fn a_faster_machine_is_said_and_slowness_on_it_is_red() {
    let comparison = trial(&one(100.0), &one(100.0).kernel(15.0)).compare();
    assert_eq!(comparison.banners, [Banner::FasterMachine { ratio: 0.75 }]);
    assert_eq!(comparison.verdict, Verdict::Pass);
}

#[test]
fn warnings_are_red_where_they_are_asked_to_be() {
    let judged = |before: &RunOf, after: &RunOf| {
        let mut trial = trial(before, after);
        trial.policy.fail_on = FailOn::Warn;
        trial.compare().verdict
    };
    let hundred = one(100.0);
    assert_eq!(judged(&hundred, &one(150.0)), Verdict::Failed);
    assert_eq!(judged(&hundred, &one(50.0)), Verdict::Failed);
    assert_eq!(judged(&hundred, &one(100.0).budgets(Some(50.0), None)), Verdict::Failed);
    assert_eq!(judged(&hundred, &one(100.0).kernel(15.0)), Verdict::Failed);
    assert_eq!(judged(&hundred, &hundred), Verdict::Pass);
    assert_eq!(judged(&one(0.15), &one(0.15)), Verdict::Pass, "a weak gate is no warning");
}

#[test]
fn a_baseline_is_old_after_90_days() {
    let mut trial = trial(&one(100.0), &one(100.0));
    trial.now = day(90);
    assert_eq!(trial.compare().banners, []);
    trial.now = day(91);
    assert_eq!(trial.compare().banners, [Banner::OldBaseline { days: 91 }]);
    trial.now = day(-400);
    assert_eq!(trial.compare().banners, [], "a clock that went back makes nothing old");
}

#[test]
fn the_smallest_ratio_it_could_have_seen_is_that_of_the_noisiest_row() {
    let quiet = trial(&one(100.0), &one(100.0)).compare().detectable.unwrap();
    // Prior .10 with 4 degrees of freedom against rounds within 1 %: s is near .058, and .03 lie
    // between sessions: exp(2.49 sqrt(.058² 2/5 + 2 .03²)) = 1.15.
    assert!((1.14..1.16).contains(&quiet), "{quiet}");
    let noisy = [50.0, 80.0, 100.0, 120.0, 200.0].map(|p95| sample(p95, 120, 0));
    let both = |run: RunOf| run.with_rounds("GET /n", &noisy);
    let worst = trial(&both(one(100.0)), &both(one(100.0))).compare().detectable.unwrap();
    assert!(worst > 1.4, "{worst}");
    assert_eq!(trial(&run(&[]), &one(1.0)).compare().detectable, None);
}

#[test]
fn an_endpoint_may_have_a_factor_and_a_min_delta_of_its_own() {
    let mut trial = trial(&one(100.0), &one(250.0));
    assert_eq!(trial.decision(), Decision::Suspect);
    let mut set = |gate| trial.policy.endpoints.insert(name(A), (gate, Budgets::default()));
    set(EndpointGate { factor: Some(3.0), ..EndpointGate::default() });
    assert_eq!(trial.decision(), Decision::Pass);
    let mut set = |gate| trial.policy.endpoints.insert(name(A), (gate, Budgets::default()));
    set(EndpointGate { min_delta: Some(ms(160.0)), ..EndpointGate::default() });
    assert_eq!(trial.decision(), Decision::Pass);
}

#[test]
fn a_factor_that_no_gate_can_have_is_the_strictest() {
    for factor in [f64::NAN, 0.0, -3.0, f64::NEG_INFINITY] {
        let mut trial = trial(&one(100.0), &one(110.0));
        trial.policy.gate.factor = factor;
        assert_eq!(trial.decision(), Decision::Suspect, "{factor}");
        trial.policy.strictness = Strictness::Bare;
        assert_eq!(trial.compare().verdict, Verdict::Failed, "{factor}");
    }
    let mut endless = trial(&one(100.0), &one(110.0));
    endless.policy.gate.factor = f64::INFINITY;
    assert!(warnings(&endless).iter().any(|w| matches!(w, Warning::WeakGate { .. })));
}

/// Rounds of 400 successes, of which `allowed` had an allowed status and to which `limited` requests
/// of a limiter come.
fn answers(allowed: u64, limited: u64) -> RunOf {
    let samples = spread(100.0).map(|p95| {
        let mut sample = sample(p95, 400, 0);
        if allowed > 0 {
            sample.outcomes.allowed.insert(404, allowed);
        }
        if limited > 0 {
            sample.outcomes.failures.insert(Failure::Limited, limited);
        }
        sample
    });
    run(&[]).with_rounds(A, &samples)
}

#[test]
fn other_answers_than_the_baselines_are_warned_of_either_way() {
    assert_eq!(warnings(&trial(&answers(40, 0), &answers(80, 0))), [], "10 points more");
    for (before, after) in [(40, 81), (81, 40), (0, 41)] {
        let warnings = warnings(&trial(&answers(before, 0), &answers(after, 0)));
        let [Warning::Allowed { before: was, after: is }] = warnings[..] else {
            panic!("{warnings:?}")
        };
        assert!((was.get() - before as f64 / 400.0).abs() < 1e-9);
        assert!((is.get() - after as f64 / 400.0).abs() < 1e-9);
    }
}

#[test]
fn a_limiter_in_place_of_the_service_is_warned_of() {
    assert_eq!(warnings(&trial(&answers(0, 0), &answers(0, 4))), [], "under one in a hundred");
    let warnings = warnings(&trial(&answers(0, 0), &answers(0, 5)));
    assert!(matches!(warnings[..], [Warning::Limited { share }] if share.get() > 0.01));
}
