//! Size and power of the rules on seeded lognormal rounds, against the predicted ones.

use std::f64::consts::TAU;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::judge::Mode;
use crate::judge::durations::median;
use crate::judge::limit::{NullHandler, limit};
use crate::judge::method::Method;
use crate::judge::passes::{Passes, Standing, standing};
use crate::model::{BaselineEndpoint, EndpointSession, Gate, RunId, Strictness};

const ROUNDS: usize = 5;

/// Sessions of an endpoint whose ln p95 varies between runs and between rounds.
struct World {
    random: Xoshiro256PlusPlus,
    between_runs: f64,
    between_rounds: f64,
    /// Share of rounds that a stall multiplies by five.
    stalled: f64,
}

impl World {
    fn new(between_runs: f64, between_rounds: f64) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(20_260_201);
        Self { random, between_runs, between_rounds, stalled: 0.0 }
    }

    fn uniform(&mut self) -> f64 {
        // 53 random bits, and never 0.
        ((self.random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
    }

    fn session(&mut self, ratio: f64) -> f64 {
        0.1 * ratio * (self.between_runs * self.normal()).exp()
    }

    fn rounds(&mut self, level: f64) -> Vec<Duration> {
        (0..ROUNDS)
            .map(|_| {
                let noise = (self.between_rounds * self.normal()).exp();
                let stall = if self.uniform() < self.stalled { 5.0 } else { 1.0 };
                Duration::from_secs_f64(level * noise * stall)
            })
            .collect()
    }

    fn baseline(&mut self) -> BaselineEndpoint {
        let level = self.session(1.0);
        let p95s = self.rounds(level);
        let session = EndpointSession {
            run: RunId::new(uuid::Uuid::nil()),
            p50s: p95s.clone(),
            p95s,
            p99s: Vec::new(),
            max: Duration::ZERO,
            successes: 2000,
            failures: 0,
            repeated: 0,
            allowed: 0,
            least_successes: 400,
        };
        crate::judge::accept::endpoint(vec![session], Vec::new())
    }

    /// Whether a service `ratio` times as slow ends red, with the second look if there is one.
    fn is_red(&mut self, ratio: f64, strictness: Strictness) -> bool {
        let baseline = self.baseline();
        let null = NullHandler::default();
        let allowed =
            limit(&baseline, &Gate::default(), null, strictness, &Method::PUBLISHED).unwrap().value;
        let level = self.session(ratio);
        let mut passes = Passes { first: self.rounds(level), ..Passes::default() };
        if strictness == Strictness::Bare {
            return median(&passes.first) > Some(allowed);
        }
        loop {
            match standing(&passes, allowed, Mode::Live, 3) {
                Standing::Suspect if passes.confirmation.is_empty() => {
                    passes.confirmation = self.rounds(level);
                }
                Standing::Suspect => passes.decider = self.rounds(level),
                end => return end == Standing::Above { confirmed: true },
            }
        }
    }

    fn share_red(&mut self, trials: u32, ratio: f64, strictness: Strictness) -> f64 {
        let red = (0..trials).filter(|_| self.is_red(ratio, strictness)).count();
        red as f64 / f64::from(trials)
    }
}

/// Monte-Carlo error of a share: four standard errors, and room for the prediction's own
/// approximation (the median of five is not quite normal).
fn error(share: f64, trials: u32) -> f64 {
    4.0 * (share * (1.0 - share) / f64::from(trials)).sqrt() + 0.02
}

const RATIOS: [f64; 6] = [1.0, 1.5, 1.75, 2.25, 2.5, 3.0];

/// Between runs, between rounds, and the predicted share of red by ratio.
const PREDICTED: [(f64, f64, [f64; 6]); 5] = [
    (0.02, 0.05, [0.0, 2e-9, 0.003, 0.99, 1.0, 1.0]),
    (0.02, 0.15, [7e-9, 0.009, 0.14, 0.83, 0.97, 1.0]),
    (0.10, 0.15, [9e-5, 0.06, 0.24, 0.74, 0.89, 0.99]),
    (0.15, 0.20, [0.0044, 0.14, 0.31, 0.67, 0.80, 0.94]),
    (0.20, 0.30, [0.030, 0.22, 0.36, 0.63, 0.73, 0.86]),
];

#[test]
fn the_point_rule_has_the_predicted_size_and_power() {
    const TRIALS: u32 = 2000;
    for (between_runs, between_rounds, predicted) in PREDICTED {
        for (ratio, predicted) in RATIOS.into_iter().zip(predicted) {
            let mut world = World::new(between_runs, between_rounds);
            let share = world.share_red(TRIALS, ratio, Strictness::Bare);
            assert!(
                (share - predicted).abs() < error(predicted, TRIALS),
                "{between_runs}/{between_rounds} at {ratio}: {share} for {predicted}"
            );
        }
    }
}

#[test]
fn the_whole_procedure_raises_no_more_false_alarms_than_the_point_rule() {
    const TRIALS: u32 = 4000;
    for (between_runs, between_rounds, _) in PREDICTED {
        let bare =
            World::new(between_runs, between_rounds).share_red(TRIALS, 1.0, Strictness::Bare);
        let full =
            World::new(between_runs, between_rounds).share_red(TRIALS, 1.0, Strictness::Full);
        assert!(full <= bare + 0.002, "{between_runs}/{between_rounds}: {full} over {bare}");
    }
}

#[test]
fn the_whole_procedure_finds_what_it_has_to_find() {
    const TRIALS: u32 = 1000;
    for (ratio, least) in [(2.5, 0.95), (3.0, 0.99)] {
        let share = World::new(0.02, 0.05).share_red(TRIALS, ratio, Strictness::Full);
        assert!(share >= least, "{ratio}: {share}");
    }
    assert!(World::new(0.02, 0.05).share_red(TRIALS, 1.5, Strictness::Full) < 0.01);
}

#[test]
fn stalls_in_a_tenth_of_the_rounds_raise_under_one_false_alarm_in_a_thousand() {
    const TRIALS: u32 = 20_000;
    let mut world = World::new(0.02, 0.05);
    world.stalled = 0.1;
    let share = world.share_red(TRIALS, 1.0, Strictness::Full);
    assert!(share < 1e-3, "{share}");
    let mut bare = World::new(0.02, 0.05);
    bare.stalled = 0.1;
    let alone = bare.share_red(TRIALS, 1.0, Strictness::Bare);
    assert!(alone > 3e-3, "one pass would not do: {alone}");
}
