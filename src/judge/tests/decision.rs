//! Section "The decision", one test a line of its table.

use std::time::Duration;

use crate::judge::refusals;
use crate::judge::testing::{RunOf, ms, name, row, run, sample, trial};
use crate::model::{
    Banner, Block, Budgets, Decision, EndpointGate, EndpointKind, Lacking, Share, Strictness,
    Verdict, Waiver,
};

const A: &str = "GET /a";
const B: &str = "GET /b";

fn one(p95: f64) -> RunOf {
    run(&[(A, p95)])
}

/// `p95`, measured again with `again`.
fn twice(p95: f64, again: f64) -> RunOf {
    one(p95).again(Block::Confirmation, A, again)
}

#[test]
fn the_same_figures_are_no_change() {
    let comparison = trial(&one(100.0), &one(100.0)).compare();
    assert_eq!(comparison.rows[0].decision, Decision::Pass);
    assert_eq!(comparison.verdict, Verdict::Pass);
    assert_eq!(comparison.rows[0].warnings, []);
}

#[test]
fn an_endpoint_of_the_baseline_that_was_not_measured_is_missing_and_red() {
    let comparison = trial(&run(&[(A, 100.0), (B, 100.0)]), &one(100.0)).compare();
    assert_eq!(row(&comparison, B).decision, Decision::Missing);
    assert_eq!(comparison.verdict, Verdict::Failed);
    assert_eq!((comparison.coverage.total, comparison.coverage.missing), (2, 1));
}

#[test]
fn a_missing_endpoint_that_is_allowed_is_counted_and_not_red() {
    let mut trial = trial(&run(&[(A, 100.0), (B, 100.0)]), &one(100.0));
    trial.policy.allow_missing = true;
    let comparison = trial.compare();
    assert_eq!(comparison.rows.len(), 1);
    assert_eq!(comparison.coverage.missing, 1);
    assert_eq!(comparison.verdict, Verdict::Pass);
}

#[test]
fn a_measured_endpoint_without_a_baseline_is_new_and_not_red() {
    let comparison = trial(&one(100.0), &run(&[(A, 100.0), (B, 900.0)])).compare();
    assert_eq!(row(&comparison, B).decision, Decision::New);
    assert_eq!(comparison.verdict, Verdict::Pass);
}

#[test]
fn nothing_but_new_endpoints_is_never_a_pass() {
    let mut trial = trial(&run(&[(B, 100.0)]), &one(100.0));
    trial.policy.allow_missing = true;
    assert_eq!(trial.compare().verdict, Verdict::Inconclusive);
}

#[test]
fn failures_above_a_point_over_the_baseline_are_red_before_latency_is_looked_at() {
    let failing = |failures| {
        run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, 1000 - failures, failures)))
    };
    for (before, after, red) in [(0, 10, false), (0, 11, true), (20, 30, false), (20, 31, true)] {
        let decision = trial(&failing(before), &failing(after)).decision();
        assert_eq!(matches!(decision, Decision::Errors { .. }), red, "{before} {after}");
    }
}

#[test]
fn an_endpoint_may_have_an_error_budget_of_its_own() {
    let after = run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, 960, 40)));
    let mut trial = trial(&one(1.0), &after);
    assert!(matches!(trial.decision(), Decision::Errors { .. }));
    let gate = EndpointGate { errors: Some(Share::new(0.05)), ..EndpointGate::default() };
    trial.policy.endpoints.insert(name(A), (gate, Budgets::default()));
    assert_eq!(trial.decision(), Decision::Pass);
}

#[test]
fn an_endpoint_that_only_fails_is_errors_on_whichever_side_it_worked() {
    let dead = run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, 0, 200)));
    for before in [&one(1.0), &dead, &run(&[])] {
        let mut trial = trial(before, &dead);
        trial.policy.gate.errors = Share::new(1.0);
        for strictness in [Strictness::Full, Strictness::Bare] {
            trial.policy.strictness = strictness;
            let comparison = trial.compare();
            assert!(matches!(comparison.rows[0].decision, Decision::Errors { .. }));
            assert_eq!(comparison.verdict, Verdict::Failed);
        }
    }
    assert!(matches!(trial(&dead, &one(1.0)).decision(), Decision::TooFew { .. }));
}

#[test]
fn two_rounds_or_99_successes_on_either_side_are_too_few() {
    let of = |successes| run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, successes, 0)));
    let too_few = [
        (one(1.0).rounds(2), one(9.0), Lacking::Baseline, (2, 120)),
        (one(1.0), one(9.0).rounds(2), Lacking::Run, (2, 120)),
        (of(99), one(9.0), Lacking::Baseline, (5, 99)),
        (one(9.0), of(99), Lacking::Run, (5, 99)),
        (of(99), one(9.0).rounds(2), Lacking::Both, (2, 99)),
    ];
    for (before, after, side, (rounds, successes)) in too_few {
        let comparison = trial(&before, &after).compare();
        let decision = Decision::TooFew { of: side, rounds, successes, needed: 100 };
        assert_eq!(comparison.rows[0].decision, decision);
        assert_eq!(comparison.verdict, Verdict::Inconclusive);
    }
    assert_eq!(trial(&of(100).rounds(3), &of(100).rounds(3)).decision(), Decision::Pass);
}

#[test]
fn too_few_says_how_many_more() {
    let after = run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, 90, 0)));
    let comparison = trial(&one(1.0), &after).compare();
    let last = comparison.rows[0].reasons.last().unwrap();
    assert_eq!(last.text, "the run has a round with 90 successes, 10 too few");
}

#[test]
fn a_planned_endpoint_that_got_no_request_is_too_few_even_if_missing_ones_are_allowed() {
    let mut trial = trial(&one(1.0), &run(&[]).with_rounds(A, &[]));
    trial.policy.allow_missing = true;
    let comparison = trial.compare();
    assert!(matches!(comparison.rows[0].decision, Decision::TooFew { successes: 0, .. }));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

#[test]
fn twice_the_baseline_passes_and_more_is_a_suspect() {
    assert_eq!(trial(&one(100.0), &one(199.0)).decision(), Decision::Pass);
    let comparison = trial(&one(100.0), &one(201.0)).compare();
    assert_eq!(comparison.rows[0].decision, Decision::Suspect);
    assert_eq!(comparison.verdict, Verdict::Open);
    assert_eq!(comparison.suspects().collect::<Vec<_>>(), [&name(A)]);
}

#[test]
fn a_suspect_that_is_slow_again_has_regressed() {
    let comparison = trial(&one(100.0), &twice(300.0, 290.0)).compare();
    assert_eq!(comparison.rows[0].decision, Decision::Regressed { confirmed: true });
    assert_eq!(comparison.verdict, Verdict::Failed);
}

#[test]
fn a_suspect_that_is_fast_again_is_not_confirmed() {
    // All rounds together: 5 x 100 and 5 x 210 have their median at 155.
    let comparison = trial(&one(100.0), &twice(210.0, 100.0)).compare();
    assert_eq!(comparison.rows[0].decision, Decision::NotConfirmed);
    assert_eq!(comparison.verdict, Verdict::Pass);
}

#[test]
fn passes_that_disagree_are_followed_by_a_third_and_then_all_rounds_decide() {
    // The second look passes, and the median of both is (100 + 400) / 2 = 250.
    let split = twice(400.0, 100.0);
    let comparison = trial(&one(100.0), &split).compare();
    assert_eq!(comparison.rows[0].decision, Decision::Suspect);
    assert_eq!(comparison.verdict, Verdict::Open);
    let slow = split.clone().again(Block::Decider, A, 400.0);
    assert_eq!(trial(&one(100.0), &slow).decision(), Decision::Regressed { confirmed: true });
    let fast = split.again(Block::Decider, A, 100.0);
    assert_eq!(trial(&one(100.0), &fast).decision(), Decision::NotConfirmed);
}

#[test]
fn what_is_measured_again_beside_a_suspect_is_not_above_its_limit_and_a_pass() {
    // Several users send all endpoints again. 195 at first, 390 again: the median of both is above 200.
    let split = twice(195.0, 390.0);
    assert_eq!(trial(&one(100.0), &split).decision(), Decision::Suspect);
    let slow = split.clone().again(Block::Decider, A, 390.0);
    assert_eq!(trial(&one(100.0), &slow).decision(), Decision::Regressed { confirmed: true });
    let fast = split.clone().again(Block::Decider, A, 100.0);
    assert_eq!(trial(&one(100.0), &fast).decision(), Decision::Pass);
    let stored = trial(&one(100.0), &split).stored();
    assert_eq!(stored.decision(), Decision::Regressed { confirmed: true });
    // 150 at first, 220 again: all of it together is not above.
    assert_eq!(trial(&one(100.0), &twice(150.0, 220.0)).decision(), Decision::Pass);
}

#[test]
fn a_second_look_of_few_successes_has_no_say() {
    let thin =
        one(300.0).again_rounds(Block::Confirmation, A, &[(); 5].map(|()| sample(100.0, 99, 0)));
    assert_eq!(trial(&one(100.0), &thin).decision(), Decision::Suspect);
    let thinner = thin.again_rounds(Block::Decider, A, &[(); 5].map(|()| sample(100.0, 99, 0)));
    let row = trial(&one(100.0), &thinner).compare().rows.remove(0);
    assert_eq!(
        row.decision,
        Decision::TooFew { of: Lacking::Again, rounds: 10, successes: 99, needed: 100 }
    );
    let why = "measuring again gave too few rounds of enough successes: no verdict";
    assert_eq!(row.reasons.last().unwrap().text, why);
}

#[test]
fn that_nothing_works_does_not_hide_behind_a_busy_machine() {
    let failing = run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, 0, 100))).invalid(5);
    let comparison = trial(&one(100.0), &failing).compare();
    assert!(matches!(comparison.rows[0].decision, Decision::Errors { .. }));
    assert_eq!(comparison.verdict, Verdict::Failed);
}

#[test]
fn that_nothing_is_as_expected_is_red_however_fast_what_is_allowed_comes() {
    let allowed = |many| {
        let mut sample = sample(1.0, 100, 0);
        sample.outcomes.allowed.insert(404, many);
        run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
    };
    for before in [one(100.0), allowed(5), allowed(100)] {
        let row = trial(&before, &allowed(100)).compare().rows.remove(0);
        assert!(matches!(row.decision, Decision::Errors { .. }), "{:?}", row.decision);
        assert_eq!(row.reasons.last().unwrap().text, "not one of 500 answers is as expected: red");
    }
    let new = trial(&run(&[(B, 100.0)]), &allowed(100)).compare();
    assert!(matches!(new.rows[0].decision, Decision::Errors { .. }), "without a baseline too");
    assert_eq!(trial(&one(100.0), &allowed(99)).decision(), Decision::Pass, "with a warning");
}

#[test]
fn stored_runs_are_decided_on_what_is_stored() {
    let decided = |after: &RunOf| trial(&one(100.0), after).stored().decision();
    assert_eq!(decided(&one(300.0)), Decision::Regressed { confirmed: false });
    assert_eq!(decided(&twice(300.0, 300.0)), Decision::Regressed { confirmed: true });
    assert_eq!(decided(&twice(400.0, 100.0)), Decision::Regressed { confirmed: true });
    assert_eq!(decided(&twice(210.0, 100.0)), Decision::NotConfirmed);
    let banners = trial(&one(100.0), &one(100.0)).stored().compare().banners;
    assert_eq!(banners, [Banner::Stored]);
}

#[test]
fn a_second_look_of_two_rounds_has_no_say_of_its_own() {
    let short = one(300.0).again_rounds(
        Block::Confirmation,
        A,
        &[sample(300.0, 120, 0), sample(300.0, 120, 0)],
    );
    assert_eq!(trial(&one(100.0), &short).decision(), Decision::Suspect);
    // A third pass of which no round counted: there is no fourth.
    let and_none = short.again_rounds(Block::Decider, A, &[]);
    let comparison = trial(&one(100.0), &and_none).compare();
    assert!(matches!(comparison.rows[0].decision, Decision::TooFew { rounds: 2, .. }));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    let third = one(300.0).again_rounds(Block::Confirmation, A, &[]).again_rounds(
        Block::Decider,
        A,
        &[sample(300.0, 120, 0)],
    );
    let comparison = trial(&one(100.0), &third).compare();
    assert!(matches!(comparison.rows[0].decision, Decision::TooFew { rounds: 1, .. }));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

#[test]
fn latencies_of_invalid_rounds_have_no_part_in_anything() {
    let mut after = one(100.0);
    for round in after.0.rounds.iter_mut().take(2) {
        round.samples.insert(name(A), sample(9000.0, 120, 0));
    }
    let after = after.invalid(2);
    assert_eq!(trial(&one(100.0), &after).decision(), Decision::Pass);
}

#[test]
fn on_another_machine_a_red_needs_more_than_the_machine_explains() {
    // 20 ms of kernel time then; k = 2.
    for (kernel, class, p95, expected) in [
        (24.9, "X", 250.0, Decision::Regressed { confirmed: true }),
        (26.0, "X", 250.0, Decision::Machine),
        (26.0, "X", 270.0, Decision::Regressed { confirmed: true }),
        (20.0, "Y", 250.0, Decision::Regressed { confirmed: true }),
        (26.0, "Y", 250.0, Decision::Machine),
        (40.0, "Y", 401.0, Decision::Regressed { confirmed: true }),
        (40.0, "Y", 399.0, Decision::Machine),
        (15.0, "X", 201.5, Decision::Regressed { confirmed: true }),
        (0.0, "Y", 900.0, Decision::Machine),
        (0.0, "X", 900.0, Decision::Regressed { confirmed: true }),
    ] {
        let after = twice(p95, p95).kernel(kernel).class(class);
        let comparison = trial(&one(100.0), &after).compare();
        assert_eq!(comparison.rows[0].decision, expected, "{kernel} {class} {p95}");
        let other = class == "Y" || (kernel > 0.0 && !(16.0..=25.0).contains(&kernel));
        assert_eq!(comparison.rows[0].other_machine, other, "{kernel} {class}");
    }
}

#[test]
fn a_row_that_the_machine_explains_leaves_the_verdict_open() {
    let after = twice(250.0, 250.0).kernel(40.0);
    let comparison = trial(&one(100.0), &after).compare();
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    assert_eq!(comparison.banners, [Banner::OtherSpeed { ratio: 2.0 }]);
}

#[test]
fn every_row_ends_its_reasons_with_the_ruling_and_names_the_figures() {
    let comparison = trial(&one(100.0), &twice(300.0, 290.0)).compare();
    let texts: Vec<&str> =
        comparison.rows[0].reasons.iter().map(|reason| reason.text.as_str()).collect();
    for figure in ["limit 200.", "N = 300.", "C = 290.", "F = 295.", "k_eff 2.00"] {
        assert!(texts.iter().any(|text| text.contains(figure)), "{figure} in {texts:#?}");
    }
    assert_eq!(*texts.last().unwrap(), "above the limit, confirmed: red");
    let steps: Vec<u8> = comparison.rows[0].reasons.iter().map(|reason| reason.step).collect();
    assert!(steps.is_sorted(), "{steps:?}");
}

#[test]
fn the_bare_rule_is_red_exactly_above_the_factor() {
    let bare = |after: &RunOf| {
        let mut trial = trial(&one(0.2), after);
        trial.policy.strictness = Strictness::Bare;
        trial.baseline.endpoints.get_mut(&name(A)).unwrap().p95 = ms(0.2);
        trial.baseline.waivers.insert(
            name(A),
            Waiver {
                ceiling: Duration::MAX,
                until: "2099-01-01".parse().unwrap(),
                reason: "any".to_owned(),
            },
        );
        trial.compare()
    };
    // No floor, no second look, no machine, no minimum of rounds, no waiver, no saturation.
    let red = [
        one(0.402),
        one(0.402).rounds(1),
        one(0.402).kernel(60.0).class("Y"),
        twice(0.402, 0.1),
        one(0.402).invalid(3),
    ];
    for after in &red {
        let comparison = bare(after);
        assert_eq!(comparison.rows[0].decision, Decision::Regressed { confirmed: false });
        assert_eq!(comparison.verdict, Verdict::Failed);
    }
    assert_eq!(bare(&one(0.398)).verdict, Verdict::Pass);
    assert_eq!(bare(&one(0.398).budgets(None, Some(0.1))).verdict, Verdict::Pass);
    assert_eq!(bare(&one(0.398).invalid(3)).verdict, Verdict::Inconclusive);
}

#[test]
fn the_bare_rule_keeps_missing_red_and_new_endpoints_listed() {
    let mut trial = trial(&one(1.0), &run(&[(B, 1.0)]));
    trial.policy.strictness = Strictness::Bare;
    let comparison = trial.compare();
    assert_eq!(row(&comparison, A).decision, Decision::Missing);
    assert_eq!(row(&comparison, B).decision, Decision::New);
    assert_eq!(comparison.verdict, Verdict::Failed);
}

/// A socket whose messages have this p95, and which is opened twice a round.
fn conversation(message: f64) -> RunOf {
    let openings: Vec<_> = (0..5).map(|_| sample(5.0, 2, 0)).collect();
    let mut run = run(&[("feed message", message)]).with_rounds("feed connect", &openings);
    run.0.endpoints[0].kind = EndpointKind::Message;
    run.0.endpoints[1].kind = EndpointKind::Opening;
    run
}

#[test]
fn a_socket_that_is_opened_too_rarely_for_a_verdict_leaves_none_open() {
    let same = trial(&conversation(100.0), &conversation(100.0)).compare();
    let rare = Decision::Rare { successes: 2, needed: 100 };
    assert_eq!(row(&same, "feed connect").decision, rare);
    assert_eq!((&same.verdict, same.coverage.judged), (&Verdict::Pass, 1));
    assert!(same.rows[1].reasons.last().unwrap().text.contains("98 too few"));
    assert_eq!(refusals(&conversation(100.0).0), []);
    // What mostly fails is red, however rare.
    let mut failing = conversation(100.0);
    for round in &mut failing.0.rounds {
        round.samples.insert(name("feed connect"), sample(5.0, 2, 2));
    }
    assert_eq!(trial(&conversation(100.0), &failing).compare().verdict, Verdict::Failed);
    // What the baseline had enough of does not become rare by becoming slow.
    let mut often = conversation(100.0);
    for round in &mut often.0.rounds {
        round.samples.insert(name("feed connect"), sample(5.0, 300, 0));
    }
    let hidden = trial(&often, &conversation(100.0)).compare();
    assert_eq!(hidden.verdict, Verdict::Inconclusive);
    assert!(matches!(row(&hidden, "feed connect").decision, Decision::TooFew { .. }));
    // And too few rounds are too few of anything.
    let short = conversation(100.0).rounds(2);
    let few = trial(&conversation(100.0), &short).compare();
    assert!(matches!(row(&few, "feed connect").decision, Decision::TooFew { rounds: 2, .. }));
}
