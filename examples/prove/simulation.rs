//! The judge alone on simulated rounds, beside what theory predicts of it.
//!
//! ln p95 is normal with one deviation between runs and one between the rounds of a run. The
//! predicted shares are those of the point rule: with five rounds,
//! sd(ln ratio) = √(2·runs² + 2·rounds²·(π/2)/5).

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::time::Duration;

use jiff::Timestamp;
use perfbase::judge::{self, Mode};
use perfbase::model::{
    Acceptance, Anchors, Baseline, BaselineKey, Block, FailOn, Gate, GeneratorHealth, MachineClass,
    Policy, Pooled, Round, Run, RunEndpoint, RunId, RunState, Sample, Session, Share, Strictness,
    Validity, Verdict, Workload,
};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use uuid::Uuid;

/// True ratios of the table.
pub(crate) const RATIOS: [f64; 6] = [1.0, 1.5, 1.75, 2.25, 2.5, 3.0];

/// Deviations between runs and between rounds, and the predicted share of red by ratio.
const PREDICTED: [(f64, f64, [f64; 6]); 5] = [
    (0.02, 0.05, [0.0, 2e-9, 0.003, 0.99, 1.0, 1.0]),
    (0.02, 0.15, [7e-9, 0.009, 0.14, 0.83, 0.97, 1.0]),
    (0.10, 0.15, [9e-5, 0.06, 0.24, 0.74, 0.89, 0.99]),
    (0.15, 0.20, [0.0044, 0.14, 0.31, 0.67, 0.80, 0.94]),
    (0.20, 0.30, [0.030, 0.22, 0.36, 0.63, 0.73, 0.86]),
];

/// One kind of noise: shares of red for each of [`RATIOS`].
pub(crate) struct Prediction {
    /// Deviation of ln p95 between runs.
    pub(crate) between_runs: f64,
    /// Deviation of ln p95 between the rounds of a run.
    pub(crate) between_rounds: f64,
    /// Of the point rule, by theory.
    pub(crate) predicted: [f64; 6],
    /// Of the point rule, simulated.
    pub(crate) bare: [f64; 6],
    /// Of the whole procedure, simulated.
    pub(crate) full: [f64; 6],
}

/// Simulates `trials` comparisons for each cell.
pub(crate) fn simulate(trials: u32, seed: u64) -> Vec<Prediction> {
    let simulated = |between_runs, between_rounds, strictness| {
        RATIOS.map(|ratio| {
            let random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut world = World { random, between_runs, between_rounds };
            let red = (0..trials).filter(|_| world.is_red(ratio, strictness)).count();
            red as f64 / f64::from(trials)
        })
    };
    PREDICTED
        .into_iter()
        .map(|(between_runs, between_rounds, predicted)| Prediction {
            between_runs,
            between_rounds,
            predicted,
            bare: simulated(between_runs, between_rounds, Strictness::Bare),
            full: simulated(between_runs, between_rounds, Strictness::Full),
        })
        .collect()
}

struct World {
    random: Xoshiro256PlusPlus,
    between_runs: f64,
    between_rounds: f64,
}

const ROUNDS: u32 = 5;
const ENDPOINT: &str = "GET /simulated";
/// As many equal latencies make a round: enough to be judged.
const SUCCESSES: u64 = 100;

impl World {
    fn uniform(&mut self) -> f64 {
        // 53 random bits, and never 0.
        ((self.random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
    }

    /// The level of a session, seconds.
    fn session(&mut self, ratio: f64) -> f64 {
        0.1 * ratio * (self.between_runs * self.normal()).exp()
    }

    fn measure(&mut self, run: &mut Run, block: Block, level: f64) {
        for _ in 0..ROUNDS {
            let noise = (self.between_rounds * self.normal()).exp();
            run.rounds.push(round(run.rounds.len() as u32, block, level * noise));
        }
    }

    /// Whether a service `ratio` times as slow ends red, with the passes that the judge asks for.
    fn is_red(&mut self, ratio: f64, strictness: Strictness) -> bool {
        let level = self.session(1.0);
        let mut old = run(RunState::Complete);
        self.measure(&mut old, Block::First, level);
        let baseline = judge::accept_anyway(&old, acceptance());
        let level = self.session(ratio);
        let mut new = run(RunState::Running);
        let mut verdict = Verdict::Open;
        for block in [Block::First, Block::Confirmation, Block::Decider] {
            self.measure(&mut new, block, level);
            verdict = decide(&new, &baseline, strictness);
            if verdict != Verdict::Open {
                break;
            }
        }
        verdict == Verdict::Failed
    }
}

fn decide(run: &Run, baseline: &Baseline, strictness: Strictness) -> Verdict {
    let policy = Policy {
        gate: Gate::default(),
        endpoints: BTreeMap::new(),
        strictness,
        fail_on: FailOn::Red,
        leasts: BTreeMap::new(),
        throughputs: BTreeMap::new(),
        allow_missing: false,
    };
    let key = BaselineKey {
        scenario: run.scenario.clone(),
        environment: run.environment.clone(),
        machine: run.machine.clone(),
    };
    judge::compare(run, &key, baseline, &policy, Mode::Live, Timestamp::UNIX_EPOCH).verdict
}

fn acceptance() -> Acceptance {
    Acceptance { at: Timestamp::UNIX_EPOCH, by: None, reason: None, overruled: Vec::new() }
}

fn name<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    #[expect(clippy::unwrap_used, reason = "the names in this file are names")]
    text.parse().unwrap()
}

fn run(state: RunState) -> Run {
    Run {
        session: Session {
            run: RunId::new(Uuid::nil()),
            started: Timestamp::UNIX_EPOCH,
            perfbase: env!("CARGO_PKG_VERSION").to_owned(),
            git: None,
            ci: None,
        },
        scenario: name("simulated"),
        environment: name("default"),
        url: String::new(),
        lookup: None,
        workload: Workload { parts: BTreeMap::new(), endpoints: BTreeMap::new() },
        endpoints: vec![RunEndpoint::new(name(ENDPOINT))],
        seed: 0,
        machine: MachineClass {
            cpu: "simulated".to_owned(),
            cpus: 1,
            arch: "none".to_owned(),
            quota_percent: None,
            virtualised: false,
        },
        state,
        rounds: Vec::new(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

fn round(index: u32, block: Block, p95: f64) -> Round {
    let measured = Duration::from_secs(1);
    let mut sample = Sample { measured, ..Sample::default() };
    (0..SUCCESSES).for_each(|_| sample.latency.record(Duration::from_secs_f64(p95)));
    sample.outcomes.successes = SUCCESSES;
    let none = Share::new(0.0);
    Round {
        index,
        block,
        staged: None,
        started: Timestamp::UNIX_EPOCH,
        measured,
        validity: Validity::Valid,
        anchors: Anchors {
            cpu_kernel: Duration::from_millis(20),
            null_p50: Duration::from_micros(30),
            null_p95: Duration::from_micros(50),
        },
        generator: GeneratorHealth {
            busy: none,
            steal: none,
            crowding: none,
            lag_p95: Duration::ZERO,
            lag_p99: None,
            poll_delay_p95: None,
            poll_delay_p99: None,
            intended: 0,
            sent: 0,
        },
        samples: BTreeMap::from([(name(ENDPOINT), sample)]),
        counts: BTreeMap::new(),
    }
}
