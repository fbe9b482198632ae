//! What concerns the run as a whole: machine or service, budgets, waivers, the verdict.

use std::time::Duration;

use crate::judge::testing::{RunOf, Trial, anchors, ms, name, run, sample, trial};
use crate::judge::{Mode, control};
use crate::model::{
    Anchors, Banner, Block, Coverage, Decision, FailOn, Metric, RunState, Verdict, Waiver, Warning,
};

const A: &str = "GET /a";
const B: &str = "GET /b";
const FIVE: [&str; 5] = ["GET /1", "GET /2", "GET /3", "GET /4", "GET /5"];

fn one(p95: f64) -> RunOf {
    run(&[(A, p95)])
}

fn twice(p95: f64, again: f64) -> RunOf {
    one(p95).again(Block::Confirmation, A, again)
}

/// Each of the five at 100 times its factor, measured twice.
fn five(factors: [f64; 5]) -> RunOf {
    let once = FIVE
        .iter()
        .zip(factors)
        .fold(run(&[]), |run, (endpoint, factor)| run.with(endpoint, 100.0 * factor));
    FIVE.iter().zip(factors).fold(once, |run, (endpoint, factor)| {
        run.again(Block::Confirmation, endpoint, 100.0 * factor)
    })
}

fn shifted(factors: [f64; 5], kernel: f64) -> Trial {
    trial(&five([1.0; 5]), &five(factors).kernel(kernel))
}

#[test]
fn a_uniform_shift_that_the_machine_shares_takes_every_red_back() {
    // One row is beyond what the machine explains (2.9 / 1.4 > 2), and would be red by itself.
    let comparison = shifted([1.6, 1.6, 1.6, 1.7, 2.9], 28.0).compare();
    assert_eq!(comparison.rows[4].decision, Decision::Machine);
    assert_eq!(comparison.rows[4].reasons.last().unwrap().step, 5);
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    assert!(comparison.banners.iter().any(|b| matches!(b, Banner::UniformMachine { .. })));
}

#[test]
fn no_shift_takes_back_what_an_absolute_limit_says() {
    let mut trial = shifted([1.6, 1.6, 1.6, 1.7, 2.9], 28.0);
    let limited = |endpoint: &str| match endpoint {
        // Within the gate's limit, and above it too.
        "GET /1" => Some(ms(130.0)),
        "GET /5" => Some(ms(250.0)),
        _ => None,
    };
    for endpoint in &mut trial.after.0.endpoints {
        endpoint.budgets.acceptable = limited(endpoint.name.as_str());
    }
    for trial in [trial.clone(), trial.stored()] {
        let comparison = trial.compare();
        for row in &comparison.rows {
            let over = limited(row.endpoint.as_str())
                .map(|acceptable| Decision::OverBudget { metric: Metric::P95, acceptable });
            assert_eq!(row.decision, over.unwrap_or(Decision::Pass), "{}", row.endpoint);
        }
        let last = comparison.rows[4].reasons.last().unwrap();
        assert!(last.step == 5 && last.text.contains("p95 above the acceptable"), "{last:?}");
        assert_eq!(comparison.verdict, Verdict::Failed);
    }
}

#[test]
fn a_uniform_shift_with_the_anchors_still_is_the_service_and_stays_red() {
    let comparison = shifted([2.2; 5], 20.0).compare();
    assert_eq!(comparison.verdict, Verdict::Failed);
    assert!(comparison.rows.iter().all(|row| row.decision.is_red()));
    assert!(matches!(
        comparison.banners[..],
        [Banner::UniformService { ratio }] if (ratio - 2.2).abs() < 0.01
    ));
}

#[test]
fn a_shift_beyond_what_the_machine_moved_is_the_service() {
    // 4.0 / 1.5 is over the tolerance.
    let comparison = shifted([4.0; 5], 30.0).compare();
    assert_eq!(comparison.verdict, Verdict::Failed);
    assert!(comparison.banners.iter().any(|b| matches!(b, Banner::UniformService { .. })));
}

#[test]
fn no_shift_is_seen_in_four_endpoints_in_a_small_ratio_or_in_a_wide_spread() {
    let uniform = |trial: &Trial| {
        trial.compare().banners.iter().any(|banner| {
            matches!(banner, Banner::UniformMachine { .. } | Banner::UniformService { .. })
        })
    };
    assert!(uniform(&shifted([1.4; 5], 20.0)));
    assert!(!uniform(&shifted([1.29; 5], 20.0)));
    assert!(!uniform(&shifted([1.4, 1.0, 2.0, 3.0, 1.1], 20.0)));
    let mut four = shifted([1.4; 5], 20.0);
    four.after.0.endpoints.pop();
    assert!(!uniform(&four));
}

#[test]
fn errors_and_missing_endpoints_are_no_matter_of_the_machine() {
    let mut trial = shifted([1.6, 1.6, 1.6, 1.6, 2.9], 28.0);
    let failing = [(); 5].map(|()| sample(100.0, 0, 100));
    trial.after = trial.after.with_rounds("GET /f", &failing);
    let comparison = trial.compare();
    assert!(matches!(comparison.rows[5].decision, Decision::Errors { .. }));
    assert_eq!(comparison.verdict, Verdict::Failed);
}

#[test]
fn an_exceeded_acceptable_budget_is_confirmed_and_red_within_the_limit() {
    let decided = |after: RunOf| trial(&one(100.0), &after.budgets(None, Some(120.0))).decision();
    assert_eq!(decided(one(119.0)), Decision::Pass);
    assert_eq!(decided(one(130.0)), Decision::Suspect);
    assert_eq!(
        decided(twice(130.0, 130.0)),
        Decision::OverBudget { metric: Metric::P95, acceptable: ms(120.0) }
    );
    assert_eq!(decided(twice(130.0, 100.0)), Decision::NotConfirmed);
    assert_eq!(decided(twice(300.0, 300.0)), Decision::Regressed { confirmed: true });
    let elsewhere = twice(130.0, 130.0).kernel(60.0).class("Y");
    assert_eq!(
        decided(elsewhere),
        Decision::OverBudget { metric: Metric::P95, acceptable: ms(120.0) }
    );
}

#[test]
fn a_budget_needs_no_baseline_of_its_endpoint() {
    let new = run(&[(A, 100.0), (B, 100.0)])
        .again(Block::Confirmation, A, 100.0)
        .again(Block::Confirmation, B, 100.0)
        .budgets(None, Some(99.0));
    let comparison = trial(&one(100.0).budgets(None, None), &new).compare();
    assert_eq!(
        comparison.rows[1].decision,
        Decision::OverBudget { metric: Metric::P95, acceptable: ms(99.0) }
    );
    let thin = one(100.0).rounds(2);
    assert_eq!(
        trial(&thin, &new).decision(),
        Decision::OverBudget { metric: Metric::P95, acceptable: ms(99.0) }
    );
}

#[test]
fn a_budget_set_since_counts_for_a_stored_run() {
    let mut trial = trial(&one(100.0), &one(130.0)).stored();
    let budgets = crate::model::Budgets {
        target: None,
        acceptable: Some(ms(120.0)),
        ..crate::model::Budgets::default()
    };
    trial.policy.endpoints.insert(name(A), (crate::model::EndpointGate::default(), budgets));
    assert_eq!(
        trial.decision(),
        Decision::OverBudget { metric: Metric::P95, acceptable: ms(120.0) }
    );
}

fn waived(after: &RunOf, ceiling: f64, until: &str) -> Trial {
    let mut trial = trial(&one(100.0), after);
    let until = until.parse().unwrap();
    let waiver = Waiver { ceiling: ms(ceiling), until, reason: "known".to_owned() };
    trial.baseline.waivers.insert(name(A), waiver);
    trial
}

#[test]
fn a_waived_row_is_printed_and_not_red_until_its_ceiling_or_date() {
    // Today is 2026-02-03.
    let comparison = waived(&one(300.0), 400.0, "2026-02-03").compare();
    assert_eq!(comparison.rows[0].decision, Decision::Waived);
    assert!(comparison.rows[0].waiver.is_some());
    assert_eq!(comparison.verdict, Verdict::Pass);
    assert_eq!(waived(&one(500.0), 400.0, "2026-02-03").decision(), Decision::Suspect);
    for (p95, until) in [(500.0, "2026-02-03"), (300.0, "2026-02-02")] {
        let over = waived(&twice(p95, p95), 400.0, until).compare();
        assert!(matches!(over.rows[0].decision, Decision::WaiverOver { .. }), "{until}");
        assert_eq!(over.verdict, Verdict::Failed);
    }
}

#[test]
fn a_waiver_of_an_endpoint_within_its_limit_changes_nothing() {
    for until in ["2026-02-03", "2020-01-01"] {
        assert_eq!(waived(&one(100.0), 400.0, until).decision(), Decision::Pass);
    }
    assert_eq!(waived(&one(150.0), 120.0, "2026-02-03").decision(), Decision::Pass);
}

#[test]
fn a_waiver_of_an_endpoint_that_nobody_has_is_without_effect() {
    let mut trial = trial(&one(100.0), &one(100.0));
    let waiver =
        Waiver { ceiling: ms(1.0), until: "2020-01-01".parse().unwrap(), reason: String::new() };
    trial.baseline.waivers.insert(name("GET /nobody"), waiver);
    let comparison = trial.compare();
    assert_eq!((comparison.rows.len(), comparison.verdict), (1, Verdict::Pass));
}

#[test]
fn another_workload_is_no_comparison_and_the_differences_are_named() {
    let comparison = trial(&one(100.0), &one(900.0).part("load", "10 users")).compare();
    let Verdict::NotComparable(differences) = comparison.verdict else { panic!() };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].part, "load");
    assert!(comparison.rows.is_empty());
    let mut elsewhere = trial(&one(100.0), &one(100.0));
    elsewhere.after.0.environment = "production".parse().unwrap();
    assert!(matches!(elsewhere.compare().verdict, Verdict::NotComparable(_)));
}

#[test]
fn a_run_that_cannot_be_believed_neither_passes_nor_fails() {
    for p95 in [100.0, 900.0] {
        for state in [RunState::Interrupted, RunState::Broken] {
            let trial = trial(&one(100.0), &one(p95).state(state)).stored();
            assert_eq!(trial.compare().verdict, Verdict::Inconclusive);
            assert!(trial.compare().banners.contains(&Banner::Unfinished));
        }
        let saturated = trial(&one(100.0), &one(p95).invalid(3)).compare();
        assert_eq!(saturated.verdict, Verdict::Inconclusive);
        assert!(
            matches!(&saturated.banners[..], [Banner::Saturated(grounds)] if grounds.len() == 1)
        );
    }
}

#[test]
fn a_run_still_going_on_is_unfinished_only_once_it_is_stored() {
    let mut trial = trial(&one(100.0), &one(100.0).state(RunState::Running));
    assert_eq!(trial.compare().verdict, Verdict::Pass);
    trial.mode = Mode::Stored;
    assert_eq!(trial.compare().verdict, Verdict::Inconclusive);
}

#[test]
fn red_goes_before_rows_without_a_verdict() {
    let red_and_thin = run(&[(A, 300.0)])
        .with_rounds(B, &[(); 5].map(|()| sample(1.0, 50, 0)))
        .again(Block::Confirmation, A, 300.0);
    let comparison = trial(&run(&[(A, 100.0), (B, 1.0)]), &red_and_thin).compare();
    assert_eq!(comparison.verdict, Verdict::Failed);
    assert_eq!(comparison.coverage.too_few, 1);
    assert_eq!((comparison.coverage.total, comparison.coverage.judged), (2, 1));
}

#[test]
fn a_new_row_of_which_too_few_is_known_is_counted_once() {
    let after = one(1.0).with_rounds(B, &[(); 5].map(|()| sample(1.0, 90, 0)));
    let coverage = trial(&one(1.0), &after.budgets(None, Some(50.0))).compare().coverage;
    assert_eq!(coverage, Coverage { total: 2, judged: 1, new: 0, missing: 0, too_few: 1 });
    // A new one that is red is new.
    let after = run(&[(A, 1.0), (B, 90.0)]).budgets(None, Some(50.0));
    let coverage = trial(&one(1.0), &after).stored().compare().coverage;
    assert_eq!(coverage, Coverage { total: 2, judged: 1, new: 1, missing: 0, too_few: 0 });
}

#[test]
fn a_row_without_a_verdict_is_no_pass_whatever_is_asked() {
    let mut trial = trial(&one(1.0), &one(1.0).rounds(2));
    trial.policy.fail_on = FailOn::Warn;
    assert_eq!(trial.compare().verdict, Verdict::Inconclusive);
}

#[test]
fn the_control_is_the_healthy_row_nearest_to_no_change() {
    let before = run(&[(A, 100.0), (B, 100.0), ("GET /c", 100.0), ("GET /d", 100.0)]);
    let after = run(&[(A, 300.0), (B, 120.0), ("GET /c", 99.0), ("GET /d", 40.0)]);
    let comparison = trial(&before, &after).compare();
    assert_eq!(control(&comparison), Some(name("GET /c")));
    assert_eq!(control(&trial(&one(1.0), &one(9.0)).compare()), None);
}

#[test]
fn the_drift_of_the_control_is_told_beside_the_suspect() {
    let before = run(&[(A, 100.0), (B, 100.0)]);
    let after = run(&[(A, 300.0), (B, 100.0)]).again(Block::Confirmation, A, 300.0).again(
        Block::Confirmation,
        B,
        150.0,
    );
    let comparison = trial(&before, &after).compare();
    let told = |row: usize| {
        comparison.rows[row]
            .reasons
            .iter()
            .any(|r| r.text.contains("GET /b, healthy, moved by 1.50x"))
    };
    assert!(told(0) && !told(1));
}

#[test]
fn a_slow_null_handler_widens_the_floor_only_so_far() {
    let null = |p95| Anchors { null_p95: ms(p95), ..anchors(20.0) };
    let delta = |before: f64, after: f64| {
        let trial = trial(&one(10.0).anchors(null(before)), &one(10.0).anchors(null(after)));
        trial.compare().rows[0].limit.unwrap().delta
    };
    assert_eq!(delta(0.1, 0.1), ms(0.5), "under min_delta");
    assert_eq!(delta(1.0, 0.1), ms(2.0));
    assert_eq!(delta(1.0, 1.5), ms(3.0));
    assert_eq!(delta(1.0, 900.0), ms(4.0), "at most twice the baseline's");
}

#[test]
fn noise_between_the_baselines_rounds_widens_the_floor() {
    let noisy =
        run(&[]).with_rounds(A, &[80.0, 60.0, 100.0, 120.0, 140.0].map(|p| sample(p, 120, 0)));
    let limit = trial(&noisy, &noisy).compare().rows[0].limit.unwrap();
    // MAD 20, delta 3 x 1.4826 x 20 = 88.956: still under twice.
    assert!((limit.delta.as_secs_f64() * 1e3 - 88.956).abs() < 0.5, "{:?}", limit.delta);
    assert!((limit.k_eff - 2.0).abs() < 1e-6);
}

#[test]
fn a_baseline_of_zero_is_judged_by_delta_alone() {
    let mut trial = trial(&one(100.0), &one(0.4));
    trial.baseline.endpoints.get_mut(&name(A)).unwrap().p95 = Duration::ZERO;
    trial.baseline.endpoints.get_mut(&name(A)).unwrap().sessions[0].p95s = vec![Duration::ZERO; 5];
    let comparison = trial.compare();
    let row = &comparison.rows[0];
    assert_eq!((row.decision, row.ratio), (Decision::Pass, None));
    assert_eq!(row.limit.unwrap().value, ms(0.5));
    assert!(row.limit.unwrap().k_eff.is_finite());
    assert!(matches!(row.warnings[..], [Warning::WeakGate { .. }]));
    trial.after = one(0.6);
    assert_eq!(trial.decision(), Decision::Suspect);
}

#[test]
fn sub_millisecond_endpoints_are_judged_by_the_floor() {
    assert_eq!(trial(&one(0.2), &one(0.45)).decision(), Decision::Pass);
    let red = trial(&one(0.2), &twice(3.0, 3.0));
    assert_eq!(red.decision(), Decision::Regressed { confirmed: true });
}
