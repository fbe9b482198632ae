//! Wrong answers are answers, whether their rounds count or not.

use crate::judge::refusals;
use crate::judge::testing::{RunOf, Trial, policy, run, sample, trial};
use crate::judge::{paired, requirements};
use crate::model::{
    Decision, Failure, Met, PairedGate, Policy, Quantity, Sample, Share, Stage, Staged, Stages,
    Strictness, Verdict,
};

const A: &str = "GET /a";

/// Five valid rounds of a service that answers.
fn healthy() -> RunOf {
    run(&[(A, 20.0)])
}

/// A sample of so many requests of which all have failed in that way.
fn failed(failure: Failure, many: u64) -> Sample {
    let mut sample = sample(1.0, 0, 0);
    sample.outcomes.failures.insert(failure, many);
    sample
}

/// Rounds that do not count, as many as there are `first`, then rounds that do.
fn after(first: &[Sample], then: &[Sample]) -> RunOf {
    run(&[]).with_rounds(A, &[first, then].concat()).invalid(first.len())
}

fn alive() -> Sample {
    sample(20.0, 120, 0)
}

fn judged(run: &RunOf) -> (Decision, String, Verdict) {
    let mut comparison = trial(&healthy(), run).compare();
    let row = comparison.rows.remove(0);
    (row.decision, row.reasons.last().unwrap().text.clone(), comparison.verdict)
}

#[test]
fn a_service_that_dies_does_not_hide_in_the_rounds_that_its_fast_failures_made_invalid() {
    // 360 requests were answered before, and 20 000 failed at once, at more than the generator can.
    let dead = [(); 2].map(|()| failed(Failure::Status5xx, 10_000));
    let run = after(&dead, &[(); 3].map(|()| alive()));
    let (decision, why, verdict) = judged(&run);
    assert!(
        matches!(decision, Decision::Errors { share, .. } if share.get() > 0.98),
        "{decision:?}"
    );
    assert_eq!(verdict, Verdict::Failed);
    assert_eq!(
        why,
        "20000 of 20360 requests of all rounds, also those that do not count, had a wrong answer \
         (98.23%), over 1%: red"
    );
    let bare = Trial { policy: bare(), ..trial(&healthy(), &run) };
    assert_eq!(bare.compare().verdict, Verdict::Failed);
}

fn bare() -> Policy {
    Policy { strictness: Strictness::Bare, ..policy() }
}

#[test]
fn a_single_valid_round_hides_no_wrong_answer_of_a_saturated_run() {
    let dead = [(); 4].map(|()| failed(Failure::Status5xx, 10_000));
    assert_eq!(judged(&after(&dead, &[alive()])).2, Verdict::Failed);
    // And none that only the valid ones have.
    let fine = [(); 4].map(|()| sample(20.0, 100_000, 0));
    let only = after(&fine, &[failed(Failure::Check, 100)]);
    assert_eq!(judged(&only).2, Verdict::Failed);
}

#[test]
fn what_a_generator_that_stalls_can_cause_itself_says_nothing_where_a_round_does_not_count() {
    let generators = [
        Failure::Dns,
        Failure::Connect,
        Failure::Tls,
        Failure::Timeout,
        Failure::Reset,
        Failure::Protocol,
        Failure::Body,
        Failure::Limited,
        Failure::Redirect,
        Failure::Dropped,
    ];
    for failure in generators {
        // As rounds that were measured again, and as rounds that were not.
        let stalled = [(); 2].map(|()| failed(failure, 10_000));
        let run = after(&stalled, &[(); 3].map(|()| alive()));
        assert_eq!(judged(&run).2, Verdict::Pass, "{failure}");
        assert_eq!(refusals(&run.0), [], "{failure}");
    }
}

#[test]
fn a_408_says_that_the_request_was_late_and_not_what_the_service_makes_of_it() {
    let late = Failure::Status408;
    let run = after(&[(); 2].map(|()| failed(late, 10_000)), &[(); 3].map(|()| alive()));
    assert_eq!(judged(&run).2, Verdict::Pass);
    let saturated = after(&[(); 4].map(|()| failed(late, 10_000)), &[failed(late, 100)]);
    assert_eq!(judged(&saturated).2, Verdict::Inconclusive);
    let valid = run_of(&[(); 5].map(|()| failed(late, 100)));
    assert_eq!(judged(&valid).2, Verdict::Failed);
}

fn run_of(samples: &[Sample]) -> RunOf {
    after(&[], samples)
}

#[test]
fn a_round_that_was_measured_again_makes_no_healthy_service_red() {
    // One in a hundred is what may fail.
    let run = after(&[(); 2].map(|()| sample(20.0, 1000, 10)), &[(); 3].map(|()| alive()));
    assert_eq!(judged(&run).2, Verdict::Pass);
    assert_eq!(refusals(&run.0), []);
}

#[test]
fn a_run_whose_service_died_is_no_baseline() {
    let dead = [(); 2].map(|()| failed(Failure::Status5xx, 10_000));
    let run = after(&dead, &[(); 3].map(|()| alive()));
    let refusals = refusals(&run.0);
    let why: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    assert_eq!(
        why.join("; "),
        "98.23% of the requests to GET /a in all rounds, also those that do not count, had a wrong \
         answer (20000 with status_5xx), over 1%"
    );
}

#[test]
fn a_head_that_dies_does_not_hide_either() {
    let gate = PairedGate::default();
    let dead = [(); 2].map(|()| failed(Failure::Status5xx, 10_000));
    let head = after(&dead, &[(); 3].map(|()| alive()));
    let against = |base: &RunOf| paired(&base.0, &head.0, &gate);
    let dies = against(&healthy());
    assert_eq!(dies.verdict, Verdict::Failed);
    let reason = &dies.rows[0].reason;
    assert!(reason.contains("of all rounds, also those that do not count"), "{reason}");
    // What the base did alike is no change.
    assert_eq!(against(&head).verdict, Verdict::Pass);
}

#[test]
fn nothing_but_allowed_answers_is_red_in_a_saturated_run_too() {
    let mut allowed = sample(1.0, 100, 0);
    allowed.outcomes.allowed.insert(404, 100);
    let all = after(&[(); 5].map(|()| allowed.clone()), &[]);
    let (decision, _, verdict) = judged(&all);
    assert!(matches!(decision, Decision::Errors { .. }), "{decision:?}");
    assert_eq!(verdict, Verdict::Failed);
    // What timed out may have been the generator's doing, and one answer in ten thousand says little.
    let mut stalled = failed(Failure::Timeout, 10_000);
    stalled.outcomes.successes = 1;
    stalled.outcomes.allowed.insert(404, 1);
    let unknown = after(&[(); 5].map(|()| stalled.clone()), &[]);
    assert_eq!(judged(&unknown).2, Verdict::Inconclusive);
    // Other rounds had the answer that is expected.
    let other = after(&[(); 4].map(|()| alive()), &[allowed]);
    assert_eq!(judged(&other).2, Verdict::Inconclusive);
}

#[test]
fn a_stage_of_which_a_share_has_to_succeed_holds_in_all_rounds_for_what_is_answered() {
    let level = |samples: &[Sample], invalid: usize| {
        let mut run = run_of(samples).invalid(invalid);
        for round in &mut run.0.rounds {
            let (over, success) = (round.measured, Some(Share::new(0.99)));
            let stage = Stage { from: 1.0, to: 1.0, over, success };
            let stages = Stages { quantity: Quantity::Users, stages: vec![stage] };
            let samples = vec![round.samples.clone()];
            round.staged =
                Some(Staged { stages, samples, together: Vec::new(), windows: Vec::new() });
        }
        requirements(&run.0).remove(0)
    };
    let dead = || failed(Failure::Status5xx, 10_000);
    let late = || failed(Failure::Timeout, 10_000);
    let died = level(&[dead(), alive(), alive(), alive(), alive()], 1);
    assert_eq!(died.met, Met::No);
    let told = "100% of 480 requests, and in all rounds, also those that do not count, 10000 of 10480 had a \
                wrong answer";
    assert_eq!(died.found, told);
    assert_eq!(level(&[late(), alive(), alive(), alive(), alive()], 1).met, Met::Yes);
}
