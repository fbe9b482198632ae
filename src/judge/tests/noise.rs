//! What repeated runs of the same thing say of the gate.

use crate::judge::noise;
use crate::judge::testing::{RunOf, ms, policy, run, sample, trial};
use crate::model::{Decision, Gating, Noise, Run};

const A: &str = "GET /a";
const B: &str = "GET /b";

fn learnt(runs: &[RunOf]) -> Noise {
    let runs: Vec<Run> = runs.iter().map(|run| run.0.clone()).collect();
    noise(&runs, &policy())
}

#[test]
fn quiet_runs_raise_no_alarm_and_allow_a_narrow_gate() {
    let noise = learnt(&[100.0, 102.0, 98.0].map(|p95| run(&[(A, p95)])));
    assert_eq!((noise.alarms.pairs, noise.alarms.suspects), (6, 0));
    let row = &noise.rows[0];
    assert!((row.between_runs.unwrap() - 0.02).abs() < 1e-3);
    assert!((row.between_rounds.unwrap() - 0.0079).abs() < 1e-3);
    assert!((row.worst_ratio.unwrap() - 102.0 / 98.0).abs() < 1e-3);
    assert!(matches!(row.gating, Gating::Possible { k_eff } if k_eff < 1.05));
    assert!(noise.proposal.unwrap().factor <= 1.05);
}

#[test]
fn alarms_are_counted_over_ordered_pairs_and_once_for_all_endpoints() {
    let noise = learnt(&[
        run(&[(A, 100.0), (B, 100.0)]),
        run(&[(A, 100.0), (B, 100.0)]),
        run(&[(A, 250.0), (B, 250.0)]),
    ]);
    for row in &noise.rows {
        assert_eq!((row.alarms.pairs, row.alarms.suspects, row.alarms.confirmed), (6, 2, 2));
    }
    assert_eq!((noise.alarms.pairs, noise.alarms.suspects, noise.alarms.confirmed), (6, 2, 2));
}

#[test]
fn an_alarm_that_half_of_the_rounds_do_not_share_is_not_confirmed() {
    // Three of five are slow, and of the even ones only one is not; of the odd ones one is.
    let stalled = [300.0, 100.0, 300.0, 100.0, 300.0].map(|p95| sample(p95, 120, 0));
    let noise = learnt(&[run(&[(A, 100.0)]), run(&[]).with_rounds(A, &stalled)]);
    assert_eq!((noise.alarms.suspects, noise.alarms.confirmed), (1, 0));
}

#[test]
fn no_pair_fires_at_the_proposed_gate_and_some_pair_does_just_under_it() {
    let runs =
        [run(&[(A, 100.0), (B, 0.5)]), run(&[(A, 130.0), (B, 1.4)]), run(&[(A, 115.0), (B, 0.7)])];
    let proposal = learnt(&runs).proposal.unwrap();
    let suspects = |factor: f64, min_delta| {
        let pairs = runs.iter().flat_map(|before| runs.iter().map(move |after| (before, after)));
        pairs
            .map(|(before, after)| {
                let mut trial = trial(before, after);
                trial.policy.gate.factor = factor;
                trial.policy.gate.min_delta = min_delta;
                trial.compare().rows.iter().filter(|r| r.decision == Decision::Suspect).count()
            })
            .sum::<usize>()
    };
    assert_eq!(suspects(proposal.factor, proposal.min_delta), 0);
    assert!(suspects(proposal.factor - 0.03, proposal.min_delta) > 0, "{proposal:?}");
    assert!(proposal.min_delta >= ms(0.9), "the small endpoint is kept quiet by min_delta");
    assert!(proposal.factor < 1.35);
}

#[test]
fn an_endpoint_that_would_need_a_weak_gate_cannot_be_gated_and_has_no_say_in_the_proposal() {
    let noise = learnt(&[run(&[(A, 100.0), (B, 100.0)]), run(&[(A, 101.0), (B, 450.0)])]);
    assert!(matches!(noise.rows[1].gating, Gating::TooNoisy { k_eff } if k_eff > 4.4));
    assert!(noise.proposal.unwrap().factor < 1.1);
}

#[test]
fn a_run_with_too_little_has_no_part() {
    let thin = run(&[]).with_rounds(A, &[(); 5].map(|()| sample(900.0, 50, 0)));
    let noise = learnt(&[run(&[(A, 100.0)]), thin]);
    assert_eq!(noise.rows[0].gating, Gating::TooFew { runs: 1 });
    assert_eq!((noise.alarms.pairs, noise.proposal), (0, None));
    assert_eq!(noise.rows[0].between_runs, None);
}

#[test]
fn no_runs_have_an_answer_too() {
    let noise = learnt(&[]);
    assert_eq!((noise.rows.len(), noise.alarms.pairs, noise.proposal), (0, 0, None));
}
