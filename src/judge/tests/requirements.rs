//! What must hold besides the percentiles: it makes runs red, refuses baselines, leaves verdicts open.

use crate::judge::testing::{RunOf, name, policy, run, sample, trial};
use crate::judge::{exit_status, refusals, requirements, summarize};
use crate::model::{
    Block, ExitStatus, Kind, Met, Rate, Refusal, Requirement, RequirementKind, RunState,
    Strictness, Verdict,
};

const A: &str = "GET /a";

/// One endpoint with 12 successes a second, of which `least` are demanded.
fn demanding(least: f64) -> RunOf {
    let mut run = run(&[(A, 100.0)]);
    run.0.endpoints[0].budgets.throughput = Rate::per_second(least);
    run
}

fn invariant(met: Met) -> Requirement {
    Requirement {
        kind: RequirementKind::Invariant,
        subject: "counter is exact".to_owned(),
        demand: "/value == 3".to_owned(),
        found: "2 == 3".to_owned(),
        met,
    }
}

fn with_invariant(met: Met) -> RunOf {
    let mut run = run(&[(A, 100.0)]);
    run.0.requirements.push(invariant(met));
    run
}

#[test]
fn a_throughput_is_met_from_its_least_on() {
    for (least, met, exit) in
        [(12.0, Met::Yes, ExitStatus::Pass), (12.1, Met::No, ExitStatus::GateFailed)]
    {
        let run = demanding(least);
        let found = requirements(&run.0);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].met, found[0].found.as_str()), (met, "12.0/s"), "{least}");
        assert_eq!(exit_status(&run.0, &found), exit);
    }
}

#[test]
fn a_throughput_is_the_median_over_rounds_of_the_first_pass_that_count() {
    let slow = sample(100.0, 10, 0);
    let mut run = demanding(11.0).again_rounds(Block::Confirmation, A, &vec![slow.clone(); 5]);
    for round in [0, 1] {
        run.0.rounds[round].samples.insert(name(A), slow.clone());
    }
    assert_eq!(requirements(&run.0)[0].met, Met::Yes);
    run.0.rounds[2].samples.insert(name(A), slow);
    assert_eq!(requirements(&run.0)[0].met, Met::No);
    assert_eq!(requirements(&run.invalid(2).0)[0].met, Met::Yes);
}

#[test]
fn a_throughput_is_of_what_was_done_in_time_and_not_of_a_backlog() {
    let mut run = demanding(90.0);
    let backlog = |completed| {
        let mut sample = sample(100.0, 300, 0);
        sample.measured = std::time::Duration::from_secs(3);
        sample.completed = completed;
        sample
    };
    for (completed, found, met) in [
        (Some(150), "50.0/s", Met::No),
        (Some(300), "100.0/s", Met::Yes),
        (None, "100.0/s", Met::Yes),
    ] {
        for round in &mut run.0.rounds {
            round.samples.insert(name(A), backlog(completed));
        }
        let requirement = &requirements(&run.0)[0];
        assert_eq!((requirement.found.as_str(), requirement.met), (found, met));
        let shown = summarize(&run.0).endpoints[0].per_second.unwrap();
        assert_eq!(format!("{shown:.1}/s"), found);
    }
}

#[test]
fn nobody_knows_the_throughput_of_a_saturated_run() {
    let run = demanding(1.0).invalid(3);
    let found = requirements(&run.0);
    assert_eq!(found[0].met, Met::Unknown);
    assert_eq!(exit_status(&run.0, &found), ExitStatus::Inconclusive);
}

#[test]
fn a_throughput_that_falls_short_by_a_hair_does_not_look_as_if_it_did_not() {
    let mut run = demanding(12.0);
    for round in &mut run.0.rounds {
        round.samples.insert(name(A), {
            let mut sample = sample(100.0, 120, 0);
            sample.measured = std::time::Duration::from_micros(10_000_100);
            sample
        });
    }
    assert_eq!(requirements(&run.0)[0].found, "11.9/s");
}

#[test]
fn a_requirement_decides_where_no_row_is_red() {
    let before = run(&[(A, 100.0)]);
    for (met, verdict) in [
        (Met::Yes, Verdict::Pass),
        (Met::No, Verdict::Failed),
        (Met::Unknown, Verdict::Inconclusive),
    ] {
        let comparison = trial(&before, &with_invariant(met)).compare();
        assert_eq!(comparison.verdict, verdict, "{met}");
        assert_eq!(comparison.requirements, [invariant(met)]);
    }
}

#[test]
fn an_unmet_requirement_is_red_whatever_the_generator_could_do() {
    let before = run(&[(A, 100.0)]);
    let after = with_invariant(Met::No).invalid(4);
    assert_eq!(trial(&before, &after).compare().verdict, Verdict::Failed);
    assert_eq!(exit_status(&after.0, &requirements(&after.0)), ExitStatus::GateFailed);
}

#[test]
fn a_run_that_did_not_reach_its_end_or_has_nothing_to_be_judged_by_is_no_pass() {
    for state in [RunState::Interrupted, RunState::Broken, RunState::Running] {
        let stopped = run(&[(A, 100.0)]).state(state);
        assert_eq!(exit_status(&stopped.0, &[]), ExitStatus::Inconclusive, "{state}");
        let red = [invariant(Met::No)];
        assert_eq!(exit_status(&stopped.0, &red), ExitStatus::GateFailed, "{state}");
    }
    let mut empty = run(&[(A, 100.0)]);
    assert_eq!(exit_status(&empty.0, &[]), ExitStatus::Pass);
    for kind in [Kind::CORRECTNESS, "limiter"] {
        empty.0.workload.parts.insert(Kind::PART.to_owned(), kind.to_owned());
        assert_eq!(exit_status(&empty.0, &[]), ExitStatus::Inconclusive, "{kind}");
        assert_eq!(exit_status(&empty.0, &[invariant(Met::Yes)]), ExitStatus::Pass, "{kind}");
    }
}

#[test]
fn suspects_are_measured_again_beside_an_unmet_requirement() {
    let mut after = run(&[(A, 300.0)]);
    after.0.requirements.push(invariant(Met::No));
    assert_eq!(trial(&run(&[(A, 100.0)]), &after).compare().verdict, Verdict::Open);
}

#[test]
fn a_throughput_demanded_since_counts_for_a_stored_run() {
    let mut trial = trial(&run(&[(A, 100.0)]), &run(&[(A, 100.0)])).stored();
    trial.policy = policy();
    let demanded = [(name(A), Rate::per_second(13.0).unwrap())].into();
    trial.policy.throughputs.insert(trial.after.0.scenario.clone(), demanded);
    assert_eq!(trial.compare().verdict, Verdict::Failed);
    trial.policy.strictness = Strictness::Bare;
    assert_eq!(trial.compare().verdict, Verdict::Pass, "the bare rule knows no budgets");
}

#[test]
fn a_run_with_an_open_requirement_is_no_baseline() {
    assert_eq!(refusals(&with_invariant(Met::Yes).0), []);
    for met in [Met::No, Met::Unknown] {
        let refused = refusals(&with_invariant(met).0);
        assert_eq!(refused, [Refusal::Requirement(invariant(met))]);
    }
}
