//! Every rule is load-bearing: breaking any one of them changes the result of some scenario.
//!
//! The method's numbers and its chain of rules are values, so that a rule is broken by judging with
//! other values; the code that is shipped has no switch in it.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use crate::judge::chain::{self, Rule};
use crate::judge::method::Method;
use crate::judge::passes::{Passes, Standing, standing};
use crate::judge::testing::{RunOf, Trial, anchors, day, ms, name, run, sample, trial};
use crate::judge::{Mode, summarize};
use crate::model::{
    Anchors, Block, Budgets, Comparison, EndpointGate, RunState, RunSummary, Side, Strictness,
    Waiver,
};

const A: &str = "GET /a";
const FIVE: [&str; 5] = ["GET /1", "GET /2", "GET /3", "GET /4", "GET /5"];

fn one(p95: f64) -> RunOf {
    run(&[(A, p95)])
}

fn twice(p95: f64, again: f64) -> RunOf {
    one(p95).again(Block::Confirmation, A, again)
}

fn of(successes: u64, failures: u64) -> RunOf {
    run(&[]).with_rounds(A, &[(); 5].map(|()| sample(1.0, successes, failures)))
}

fn five(factors: [f64; 5]) -> RunOf {
    FIVE.iter()
        .zip(factors)
        .fold(run(&[]), |run, (endpoint, factor)| run.with(endpoint, 100.0 * factor))
}

fn bare(mut trial: Trial) -> Trial {
    trial.policy.strictness = Strictness::Bare;
    trial
}

fn waived(after: &RunOf) -> Trial {
    let mut trial = trial(&one(100.0), after);
    let waiver = Waiver {
        ceiling: ms(400.0),
        until: "2026-02-03".parse().unwrap(),
        reason: "known".to_owned(),
    };
    trial.baseline.waivers.insert(name(A), waiver);
    trial
}

/// Held to a p99 that rounds of so few successes do not carry.
fn against_p99(after: &RunOf) -> Trial {
    let mut trial = trial(&one(100.0), after);
    let budgets = Budgets { acceptable_p99: Some(ms(900.0)), ..Budgets::default() };
    trial.policy.endpoints.insert(name(A), (EndpointGate::default(), budgets));
    trial
}

/// Its p95 is confirmed to be above an absolute limit; of its p99, later rounds carry none.
fn over_budget_beside_a_thin_p99() -> Trial {
    let rounds = |successes| [(); 5].map(|()| sample(150.0, successes, 0));
    let after = [Block::Confirmation, Block::Decider]
        .into_iter()
        .fold(run(&[]).with_rounds(A, &rounds(300)), |run, block| {
            run.again_rounds(block, A, &rounds(290))
        });
    let mut trial = trial(&one(100.0), &after);
    let budgets = Budgets {
        acceptable: Some(ms(120.0)),
        acceptable_p99: Some(ms(200.0)),
        ..Budgets::default()
    };
    trial.policy.endpoints.insert(name(A), (EndpointGate::default(), budgets));
    trial
}

fn null(p95: f64) -> Anchors {
    Anchors { null_p95: ms(p95), ..anchors(20.0) }
}

/// The `min_delta` that puts the limit exactly on the measured p95.
fn at_the_limit(trial: &Trial) -> Duration {
    let row = &trial.compare().rows[0];
    let p95 = |side: &Option<Side>| side.as_ref().unwrap().p95.unwrap();
    p95(&row.after).saturating_sub(p95(&row.before))
}

/// N above the limit; two of five above it when measured again, and all together above it.
fn split_above() -> RunOf {
    let again = [100.0, 100.0, 100.0, 400.0, 400.0].map(|p95| sample(p95, 120, 0));
    one(400.0).again_rounds(Block::Confirmation, A, &again)
}

/// One situation for each line of the method.
fn scenarios() -> &'static [(&'static str, Trial)] {
    static SCENARIOS: OnceLock<Vec<(&str, Trial)>> = OnceLock::new();
    SCENARIOS.get_or_init(|| {
        let hundred = one(100.0);
        let against = |after: &RunOf| trial(&hundred, after);
        let noisy = [60.0, 20.0, 100.0, 140.0, 180.0].map(|p95| sample(p95, 120, 0));
        let noisy = run(&[]).with_rounds(A, &noisy);
        let thin_again = one(300.0).again_rounds(Block::Confirmation, A, &[]).again_rounds(
            Block::Decider,
            A,
            &[sample(300.0, 120, 0)],
        );
        let mut old = against(&hundred);
        old.now = day(100);
        vec![
            ("no change", against(&hundred)),
            ("missing", trial(&run(&[(A, 1.0), ("GET /b", 1.0)]), &one(1.0))),
            ("new", trial(&run(&[]), &one(1.0))),
            ("new over budget", trial(&run(&[]), &twice(100.0, 100.0).budgets(None, Some(50.0)))),
            ("errors", trial(&of(1000, 0), &of(980, 20))),
            ("errors like before", trial(&of(980, 20), &of(975, 25))),
            ("all failed", trial(&of(1000, 0), &of(0, 100))),
            ("two rounds", trial(&one(100.0), &one(100.0).rounds(2))),
            ("99 successes", trial(&one(1.0), &of(99, 0))),
            ("slower machine", against(&twice(250.0, 250.0).kernel(30.0))),
            ("other class", against(&twice(250.0, 250.0).kernel(0.0).class("Y"))),
            ("suspect", against(&one(300.0))),
            ("confirmed", against(&twice(300.0, 300.0))),
            ("not confirmed", against(&twice(210.0, 100.0))),
            ("split", against(&twice(400.0, 100.0))),
            ("split, slow", against(&twice(400.0, 100.0).again(Block::Decider, A, 400.0))),
            ("split, fast", against(&twice(400.0, 100.0).again(Block::Decider, A, 100.0))),
            ("nothing again", against(&thin_again)),
            ("stored", against(&one(300.0)).stored()),
            ("over budget", against(&twice(150.0, 150.0).budgets(None, Some(120.0)))),
            ("too few for a p99", against_p99(&one(100.0))),
            ("over budget beside a thin p99", over_budget_beside_a_thin_p99()),
            ("waived", waived(&one(300.0))),
            ("over its waiver", waived(&twice(500.0, 500.0))),
            ("noisy baseline", trial(&noisy, &one(250.0))),
            ("sub-millisecond", trial(&one(0.2), &one(0.6))),
            ("slow harness", trial(&one(1.0).anchors(null(1.0)), &one(2.5).anchors(null(1.0)))),
            ("slower harness", trial(&one(1.0).anchors(null(1.0)), &one(5.5).anchors(null(9.0)))),
            ("service shift", trial(&five([1.0; 5]), &five([1.4, 1.4, 1.42, 1.44, 1.9]))),
            (
                "machine shift",
                trial(&five([1.0; 5]), &five([1.6, 1.6, 1.6, 1.7, 2.9]).kernel(28.0)).stored(),
            ),
            ("scattered", trial(&five([1.0; 5]), &five([1.4, 1.0, 2.0, 3.0, 1.1]))),
            ("all a little slower", trial(&five([1.0; 5]), &five([1.2; 5]))),
            ("slow after two rounds", trial(&one(100.0).rounds(2), &one(300.0))),
            ("at the limit", {
                let mut trial = against(&one(200.0));
                trial.policy.gate.min_delta = ms(900.0);
                trial.policy.gate.min_delta = at_the_limit(&trial);
                trial
            }),
            ("split the other way", against(&split_above())),
            ("slow beside a suspect", against(&twice(195.0, 390.0))),
            ("slower", against(&one(150.0))),
            ("a little slower", against(&one(115.0))),
            ("faster", against(&one(50.0))),
            ("old", old),
            ("interrupted", against(&one(100.0).state(RunState::Interrupted))),
            ("bare red", bare(trial(&one(0.2), &one(0.45)))),
            ("bare pass", bare(against(&one(150.0)))),
            ("bare missing", bare(trial(&run(&[(A, 1.0), ("GET /b", 1.0)]), &one(1.0)))),
            ("bare new", bare(trial(&run(&[]), &one(1.0)))),
            ("bare errors", bare(trial(&of(1000, 0), &of(980, 20)))),
            ("p99", {
                let tail = |slow: f64| {
                    let mut one = sample(100.0, 400, 0);
                    (0..12).for_each(|_| one.latency.record(ms(slow)));
                    run(&[]).with_rounds(A, &[(); 5].map(|()| one.clone()))
                };
                trial(&tail(150.0), &tail(600.0))
            }),
        ]
    })
}

/// What a reader of the comparison sees: the decisions, the warnings, the banners, the verdict.
fn seen(comparison: &Comparison) -> String {
    let rows: Vec<_> = comparison
        .rows
        .iter()
        .map(|row| (row.decision, &row.warnings, row.other_machine))
        .collect();
    format!("{rows:?} {:?} {:?}", comparison.banners, comparison.verdict)
}

/// The scenarios that come out otherwise under `broken` than under the published method.
fn caught_by(broken: &Method) -> BTreeSet<&'static str> {
    static PUBLISHED: OnceLock<Vec<(RunSummary, String)>> = OnceLock::new();
    let published = PUBLISHED.get_or_init(|| {
        let both = |trial: &Trial| (summarize(&trial.after.0), seen(&trial.compare()));
        scenarios().iter().map(|(_, trial)| both(trial)).collect()
    });
    scenarios()
        .iter()
        .zip(published)
        .filter(|((_, trial), (figures, published))| {
            seen(&trial.compare_by(broken, figures)) != *published
        })
        .map(|((name, _), _)| *name)
        .collect()
}

/// The chain of `rules` without the one at `index`.
fn without(rules: &[Rule], index: usize) -> &'static [Rule] {
    let mut rules = rules.to_vec();
    rules.remove(index);
    rules.leak()
}

#[test]
fn the_published_method_is_what_compare_follows() {
    assert_eq!(caught_by(&Method::PUBLISHED), BTreeSet::new());
}

#[test]
fn no_rule_of_the_chain_can_be_left_out() {
    let names = [
        "missing",
        "errors",
        "new",
        "too_few",
        "suspect",
        "regressed",
        "over_budget",
        "unmeasurable",
        "machine",
        "too_few_for_p99",
        "waived",
        "not_confirmed",
        "pass",
    ];
    assert_eq!(names.len(), chain::FULL.len());
    for (index, name) in names.into_iter().enumerate() {
        let broken = Method { chain: without(chain::FULL, index), ..Method::PUBLISHED };
        assert!(!caught_by(&broken).is_empty(), "nothing fails without `{name}`");
    }
    for (index, name) in ["missing", "errors", "new", "bare"].into_iter().enumerate() {
        let broken = Method { bare_chain: without(chain::BARE, index), ..Method::PUBLISHED };
        assert!(!caught_by(&broken).is_empty(), "nothing fails without bare `{name}`");
    }
}

#[test]
fn the_order_of_the_rules_matters() {
    for (first, second) in [
        // Errors before too few, too few before a suspect, a second look before red, red of the p95 before
        // nobody knows of the p99, and no pass before it is known whether the p99 may be.
        (1, 3),
        (3, 4),
        (5, 8),
        (6, 7),
        (9, 12),
        (10, 12),
    ] {
        let mut rules = chain::FULL.to_vec();
        rules.swap(first, second);
        let broken = Method { chain: rules.leak(), ..Method::PUBLISHED };
        let caught = caught_by(&broken);
        assert!(!caught.is_empty(), "nothing fails with {first} and {second} swapped");
    }
}

#[test]
fn no_part_of_the_second_look_can_be_left_out() {
    type Look = fn(&Passes, Duration, Mode, usize) -> Standing;
    let broken: [(&str, Look); 7] = [
        ("within at first is within", |passes, ceiling, mode, least| {
            let first = Passes { first: passes.first.clone(), ..Passes::default() };
            match standing(&first, ceiling, mode, least) {
                Standing::Within => Standing::Within,
                _ => standing(passes, ceiling, mode, least),
            }
        }),
        ("the first pass decides", |passes, ceiling, _, least| {
            let first = Passes { first: passes.first.clone(), ..Passes::default() };
            standing(&first, ceiling, Mode::Stored, least)
        }),
        ("the second look alone decides", |passes, ceiling, mode, least| {
            let again = Passes { first: passes.confirmation.clone(), ..Passes::default() };
            if passes.confirmation.is_empty() {
                standing(passes, ceiling, mode, least)
            } else {
                standing(&again, ceiling, Mode::Stored, least)
            }
        }),
        ("all rounds decide, split or not", |passes, ceiling, mode, least| {
            let mode = if passes.confirmation.is_empty() { mode } else { Mode::Stored };
            standing(passes, ceiling, mode, least)
        }),
        ("the third pass does not count", |passes, ceiling, mode, least| {
            standing(&Passes { decider: Vec::new(), ..passes.clone() }, ceiling, mode, least)
        }),
        ("the limit itself is above", |passes, ceiling, mode, least| {
            standing(passes, ceiling.saturating_sub(Duration::from_nanos(1)), mode, least)
        }),
        ("a second look of one round will do", |passes, ceiling, mode, _| {
            standing(passes, ceiling, mode, 1)
        }),
    ];
    for (what, standing) in broken {
        let broken = Method { standing, ..Method::PUBLISHED };
        assert!(!caught_by(&broken).is_empty(), "nothing fails when {what}");
    }
}

#[test]
fn no_number_of_the_method_can_be_moved_far() {
    let published = Method::PUBLISHED;
    let broken = [
        ("fewer rounds will do", Method { least_rounds: 2, ..published }),
        ("more rounds are needed", Method { least_rounds: 6, ..published }),
        ("fewer successes will do", Method { least_successes: 50, ..published }),
        ("more successes are needed", Method { least_successes: 200, ..published }),
        ("no slack for errors", Method { errors_slack: 0.0, ..published }),
        ("any errors", Method { errors_slack: 1.0, ..published }),
        ("noise of the baseline does not count", Method { noise_multiple: 0.0, ..published }),
        ("the harness does not count", Method { null_multiple: 0.0, ..published }),
        ("the harness counts without end", Method { null_growth: 100.0, ..published }),
        ("any machine is the same", Method { speed_tolerance: f64::INFINITY, ..published }),
        ("no machine is the same", Method { speed_tolerance: 1.0, ..published }),
        ("no shift is seen", Method { shift_endpoints: usize::MAX, ..published }),
        ("a shift takes more", Method { shift_ratio: 3.0, ..published }),
        ("a shift takes less", Method { shift_ratio: 1.0, ..published }),
        ("any spread is narrow", Method { shift_spread: f64::INFINITY, ..published }),
        ("no spread is narrow", Method { shift_spread: 1.0, ..published }),
        ("slower takes more", Method { slower_ratio: 9.0, ..published }),
        ("slower takes less", Method { slower_ratio: 1.0, ..published }),
        ("nothing is significant", Method { significance: 0.0, ..published }),
        ("no baseline is stale", Method { stale_ratio: 0.0, ..published }),
        ("p99 takes more", Method { p99_ratio: 99.0, ..published }),
        ("p99 is never carried", Method { p99_successes: u64::MAX, ..published }),
        ("no baseline is old", Method { old: jiff::SignedDuration::MAX, ..published }),
    ];
    for (what, method) in broken {
        assert!(!caught_by(&method).is_empty(), "nothing fails when {what}");
    }
}
