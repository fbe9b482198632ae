//! The machinery of `examples/prove` works: a service with a known change, the real command, and
//! a table. How often verdicts are right is what the example itself measures.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "../examples/prove/main.rs"]
#[expect(dead_code, reason = "`main` is the example's own")]
mod prove;

use prove::experiment::{COMMON, Experiment};
use prove::trial::{Bench, Perfbase, Trial, TrialError};
use prove::{Arguments, prove};

fn perfbase() -> Perfbase {
    Perfbase { program: env!("CARGO_BIN_EXE_perfbase").into(), first: Vec::new() }
}

/// One compare; `None` on a machine that was too busy to record a baseline.
fn try_once(experiment: &Experiment) -> Option<Trial> {
    match Bench::start(&perfbase(), experiment, 1) {
        Ok(bench) => Some(bench.compare(1).unwrap()),
        Err(TrialError::NoBaseline { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn is_saturated(trial: &Trial) -> bool {
    let banners = trial.document["banners"].as_array();
    banners.into_iter().flatten().any(|banner| banner["kind"] == "saturated")
}

/// One fast endpoint, so that a compare takes seconds.
const FAST: Experiment = Experiment { paths: &["/health"], ..COMMON };

/// 30 ms are more than ten times what the route takes, and far above what a busy machine adds.
#[test]
fn a_service_more_than_ten_times_as_slow_fails_the_gate() {
    let slower = Experiment { name: "slower", faults: &["GET /health add=30ms"], ..FAST };
    let Some(trial) = try_once(&slower) else { return };
    assert!(trial.exit == 1 || is_saturated(&trial), "{:#}", trial.document);
    assert!(trial.naive.is_red);
    assert!(trial.seconds > trial.naive.seconds && trial.rounds >= 5);
}

#[test]
fn the_same_service_does_not_fail_a_wide_gate() {
    let same = Experiment { name: "same", gate: &["--factor", "1000"], ..FAST };
    let Some(trial) = try_once(&same) else { return };
    assert_ne!(trial.exit, 1, "{:#}", trial.document);
}

#[test]
fn ten_requests_are_never_enough_and_the_page_says_so() {
    let arguments = Arguments {
        only: vec!["ten".to_owned()],
        repeats: Some(1),
        minutes: None,
        seed: 1,
        simulations: 20,
        keep: None,
        write: false,
    };
    let proof = prove(&arguments, &perfbase()).unwrap();
    assert_eq!(proof.outcomes.len(), 1);
    assert!(proof.outcomes[0].is_kept(), "{}", proof.whole);
    let row = "| ten requests, no change | none | 1 | 0 % (0–79.3) | 0 % (0–79.3) | 100 % (20.7–100) \
               | always exit 3 | yes |";
    assert!(proof.measured.contains(row), "{}", proof.measured);
    assert!(proof.whole.contains(&proof.measured));
}
