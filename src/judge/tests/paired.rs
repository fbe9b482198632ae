//! Two services in alternation.

use crate::judge::testing::{RunOf, name, run, sample};
use crate::judge::{paired, rounds_needed};
use crate::model::{
    Block, Decision, PairedComparison, PairedGate, Round, RunState, Share, Unsound, Validity,
    Verdict, Warning,
};

const A: &str = "GET /a";

/// Eight rounds with these p95s.
fn rounds(endpoints: &[(&str, [f64; 8])]) -> RunOf {
    let mut run = run(&[]);
    let first = run.0.rounds[0].clone();
    run.0.rounds = (0..8).map(|index| Round { index, ..first.clone() }).collect();
    endpoints.iter().fold(run, |run, (endpoint, p95s)| {
        run.with_rounds(endpoint, &p95s.map(|p95| sample(p95, 120, 0)))
    })
}

/// Rounds that drift together by more than any effect.
const DRIFT: [f64; 8] = [100.0, 140.0, 90.0, 200.0, 120.0, 80.0, 160.0, 110.0];

fn times(factor: f64) -> [f64; 8] {
    DRIFT.map(|p95| p95 * factor)
}

fn judged(base: &RunOf, head: &RunOf) -> PairedComparison {
    paired(&base.0, &head.0, &PairedGate::default())
}

#[test]
fn what_both_sides_share_falls_out_of_the_difference() {
    let base = rounds(&[(A, DRIFT)]);
    let slower = judged(&base, &rounds(&[(A, times(1.4))]));
    assert_eq!(slower.rows[0].decision, Decision::Regressed { confirmed: true });
    assert!((slower.rows[0].ratio.unwrap() - 1.4).abs() < 2e-3);
    assert!((slower.rows[0].p.unwrap() - 1.0 / 256.0).abs() < 1e-9, "all eight to one side");
    assert_eq!(slower.verdict, Verdict::Failed);
    let same = judged(&base, &base);
    assert_eq!((same.rows[0].decision, same.verdict), (Decision::Pass, Verdict::Pass));
    assert!((same.rows[0].p.unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn a_small_ratio_passes_however_certain_it_is() {
    let comparison = judged(&rounds(&[(A, DRIFT)]), &rounds(&[(A, times(1.2))]));
    assert!(comparison.rows[0].p_adjusted.unwrap() < 0.05);
    assert_eq!(comparison.rows[0].decision, Decision::Pass);
}

#[test]
fn a_large_ratio_that_chance_could_give_passes() {
    let mixed = [3.0, 0.4, 2.0, 0.5, 1.6, 0.6, 1.5, 1.5];
    let head: Vec<f64> = DRIFT.iter().zip(mixed).map(|(p95, factor)| p95 * factor).collect();
    let comparison = judged(&rounds(&[(A, DRIFT)]), &rounds(&[(A, head.try_into().unwrap())]));
    assert!(comparison.rows[0].ratio.unwrap() > 1.25);
    assert_eq!(comparison.rows[0].decision, Decision::Pass);
    assert!(comparison.rows[0].reason.contains("chance"));
}

#[test]
fn p_is_adjusted_over_all_judged_endpoints() {
    let endpoints: Vec<String> = (0..20).map(|index| format!("GET /{index}")).collect();
    let of = |factor: f64| {
        let p95s = times(factor);
        rounds(&endpoints.iter().map(|name| (name.as_str(), p95s)).collect::<Vec<_>>())
    };
    let comparison = judged(&of(1.0), &of(1.4));
    assert!((comparison.rows[0].p_adjusted.unwrap() - 20.0 / 256.0).abs() < 1e-9);
    assert_eq!(comparison.rounds_needed, 9);
    assert!(matches!(comparison.rows[0].decision, Decision::TooFew { rounds: 8, .. }));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

#[test]
fn the_rounds_needed_are_the_fewest_whose_smallest_p_is_significant() {
    for (endpoints, needed) in [(0, 5), (1, 5), (2, 6), (3, 6), (10, 8), (30, 10)] {
        assert_eq!(rounds_needed(endpoints), needed, "{endpoints}");
        let adjusted = |rounds: usize| endpoints.max(1) as f64 * 0.5_f64.powf(rounds as f64);
        assert!(adjusted(needed) < 0.05 && adjusted(needed - 1) >= 0.05);
    }
}

#[test]
fn a_pair_counts_if_both_rounds_do() {
    let base = rounds(&[(A, DRIFT)]);
    let mut head = rounds(&[(A, times(1.4))]);
    for round in head.0.rounds.iter_mut().take(2) {
        round.validity = Validity::Invalid(vec![Unsound::Steal(Share::new(0.5))]);
    }
    head.0.rounds[2].samples.insert(name(A), sample(1.0, 99, 0));
    assert_eq!(judged(&base, &head).rows[0].pairs.len(), 5);
    assert_eq!(judged(&head, &base).rows[0].pairs.len(), 5);
    head.0.rounds[3].block = Block::Confirmation;
    assert_eq!(judged(&base, &head).rows[0].pairs.len(), 4);
}

#[test]
fn two_pairs_are_too_few() {
    let base = rounds(&[(A, DRIFT)]);
    let comparison = judged(&base, &base.clone().rounds(2));
    assert!(matches!(comparison.rows[0].decision, Decision::TooFew { rounds: 2, .. }));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

#[test]
fn other_answers_of_the_head_are_warned_of_and_nothing_but_allowed_ones_is_red() {
    let allowed = |many| {
        let mut sample = sample(1.0, 100, 0);
        sample.outcomes.allowed.insert(404, many);
        rounds(&[]).with_rounds(A, &[(); 8].map(|()| sample.clone()))
    };
    let row = |head| judged(&allowed(5), &allowed(head)).rows.remove(0);
    assert_eq!((row(15).decision, row(15).warnings), (Decision::Pass, vec![]), "10 points more");
    let warned = row(99);
    assert_eq!(warned.decision, Decision::Pass);
    assert!(matches!(warned.warnings[..], [Warning::Allowed { .. }]), "{warned:?}");
    assert!(matches!(row(100).decision, Decision::Errors { .. }));
    assert_eq!(row(100).reason, "not one of the head's answers is as expected: red");
}

#[test]
fn failures_of_the_head_are_red_and_what_one_side_has_is_listed() {
    let failing = |successes, failures| {
        rounds(&[]).with_rounds(A, &[(); 8].map(|()| sample(1.0, successes, failures)))
    };
    let red = |base: &RunOf, head: &RunOf| {
        matches!(judged(base, head).rows[0].decision, Decision::Errors { .. })
    };
    assert!(red(&failing(1000, 0), &failing(980, 20)));
    assert!(!red(&failing(980, 20), &failing(980, 20)));
    assert!(red(&failing(0, 100), &failing(0, 100)));
    let lossy = |repeated| {
        let mut sample = sample(1.0, 1000, 0);
        sample.outcomes.repeated = repeated;
        rounds(&[]).with_rounds(A, &[(); 8].map(|()| sample.clone()))
    };
    assert!(red(&lossy(0), &lossy(20)) && !red(&lossy(20), &lossy(20)));
    let row = judged(&lossy(0), &lossy(20)).rows.remove(0);
    assert!(row.reason.contains("lost their connection"), "{}", row.reason);
    assert!(matches!(row.warnings[..], [Warning::Repeated { .. }]), "{row:?}");
    let comparison = judged(&rounds(&[(A, DRIFT)]), &rounds(&[("GET /b", DRIFT)]));
    let decisions: Vec<_> = comparison.rows.iter().map(|row| row.decision).collect();
    assert_eq!(decisions, [Decision::New, Decision::Missing]);
    assert_eq!(comparison.verdict, Verdict::Failed);
}

#[test]
fn an_unfinished_or_saturated_side_and_another_workload_or_machine_give_no_pass() {
    let base = rounds(&[(A, DRIFT)]);
    for head in [base.clone().state(RunState::Interrupted), base.clone().invalid(6)] {
        assert_eq!(judged(&base, &head).verdict, Verdict::Inconclusive);
    }
    for head in [base.clone().part("load", "9 users"), base.clone().class("Y")] {
        assert!(matches!(judged(&base, &head).verdict, Verdict::NotComparable(_)));
    }
    assert_eq!(judged(&rounds(&[]), &rounds(&[])).verdict, Verdict::Inconclusive);
}
