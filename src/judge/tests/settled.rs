//! Rounds that are kept without their latencies.

use crate::judge::testing::{RunOf, Trial, acceptance, name, policy, run, sample, settled, trial};
use crate::judge::{accept_anyway, paired, requirements, summarize, unmeasured, validate_round};
use crate::model::{
    Block, Histogram, PairedGate, Round, Run, Sample, Share, Timing, Unsound, Validity,
};

const A: &str = "GET /a";
const B: &str = "GET /b";

/// A run of three passes in which rounds of the first and of the second do not count.
fn measured(factor: f64) -> Run {
    let of_b = [3.0, 40.0, 2.0, 7.0, 5.0].map(|p95| sample(p95 * factor, 350, 2));
    let mut run = run(&[(A, 100.0 * factor)])
        .with_rounds(B, &of_b)
        .again(Block::Confirmation, A, 130.0 * factor)
        .again(Block::Decider, A, 115.0)
        .invalid(1)
        .0;
    run.rounds[6].validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.9))]);
    run
}

#[test]
fn what_is_said_of_a_run_is_the_same_once_it_is_settled() {
    let (base, head) = (measured(1.0), measured(1.7));
    let [settled_base, settled_head] = [&base, &head].map(settled);
    assert_ne!(settled_head, head);
    assert_eq!(summarize(&settled_head), summarize(&head));
    assert_eq!(requirements(&settled_head), requirements(&head));
    assert_eq!(unmeasured(&settled_head), unmeasured(&head));
    let accepted = |run: &Run| accept_anyway(run, acceptance());
    assert_eq!(accepted(&settled_base), accepted(&base));
    let gate = PairedGate::default();
    assert_eq!(paired(&settled_base, &settled_head, &gate), paired(&base, &head, &gate));
    let whole = trial(&RunOf(base), &RunOf(head.clone()));
    assert_eq!(
        Trial { after: RunOf(settled_head.clone()), ..whole.clone() }.compare(),
        whole.compare()
    );
    for (settled, measured) in settled_head.rounds.iter().zip(&head.rounds) {
        let validity = |round: &Round| {
            let endpoints = &head.endpoints;
            validate_round(&round.health(endpoints), &round.samples, endpoints, &policy())
        };
        assert_eq!(validity(settled), validity(measured));
    }
}

#[test]
fn a_run_without_a_round_that_counts_is_the_same_once_it_is_settled() {
    let nothing = run(&[(A, 100.0)]).invalid(5).0;
    assert_eq!(summarize(&settled(&nothing)), summarize(&nothing));
    assert_eq!(settled(&nothing).pooled.bytes(), 0);
}

#[test]
fn to_settle_a_settled_run_changes_nothing() {
    let once = settled(&measured(1.0));
    assert_eq!(settled(&once), once);
}

#[test]
fn rounds_take_no_histogram_and_the_run_one_for_each_pass_and_endpoint() {
    let bytes = |rounds: usize| {
        let mut run = run(&[]).0;
        let mut round = run.rounds.remove(0);
        run.rounds.clear();
        let mut measured = sample(100.0, 400, 0);
        (measured.lag, measured.service_time) =
            (measured.latency.clone(), measured.latency.clone());
        assert!(measured.latency.bytes() > 10_000);
        round.samples = [A, B].map(|endpoint| (name(endpoint), measured.clone())).into();
        for block in Block::ALL {
            (0..rounds).for_each(|_| run.add(Round { block, ..round.clone() }));
        }
        let samples = || run.rounds.iter().flat_map(|round| round.samples.values());
        assert_eq!(samples().count(), rounds * Block::ALL.len() * 2);
        for Sample { latency, service_time, lag, timing, .. } in samples() {
            assert_eq!([latency, service_time, lag].map(Histogram::bytes), [0, 0, 0]);
            assert_eq!(*timing, Timing::default());
        }
        run.pooled.bytes()
    };
    assert_eq!(bytes(100), bytes(1));
    assert_eq!(bytes(1), 6 * sample(100.0, 400, 0).latency.bytes());
}
