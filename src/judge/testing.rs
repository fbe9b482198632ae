//! Runs and baselines made of figures, for the tests of this room.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::accept::accept_anyway;
use super::compare::Judge;
use super::method::Method;
use super::{Mode, compare};
use crate::model::{
    Acceptance, Anchors, Baseline, BaselineKey, Block, Budgets, CiJob, Comparison, Decision,
    EndpointName, Failure, Gate, GeneratorHealth, MachineClass, Policy, Pooled, Round, Row, Run,
    RunEndpoint, RunId, RunState, RunSummary, Sample, Session, Share, Unsound, Validity, Workload,
};

pub(super) fn ms(millis: f64) -> Duration {
    Duration::from_nanos((millis * 1e6).round() as u64)
}

pub(super) fn name(text: &str) -> EndpointName {
    text.parse().unwrap()
}

pub(super) const DAY: i64 = 86_400;

/// Noon of a day in 2026, so many days after the first run.
pub(super) fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_770_033_600 + number * DAY).unwrap()
}

pub(super) fn class(cpu: &str) -> MachineClass {
    MachineClass {
        cpu: cpu.to_owned(),
        cpus: 4,
        arch: "x86_64".to_owned(),
        quota_percent: None,
        virtualised: false,
    }
}

pub(super) fn anchors(kernel: f64) -> Anchors {
    Anchors { cpu_kernel: ms(kernel), null_p50: ms(0.03), null_p95: ms(0.05) }
}

/// Requests of which 90 % take half a p95, 9 % the p95 and the rest one and a half, and some fail.
pub(super) fn sample(p95: f64, successes: u64, failures: u64) -> Sample {
    let mut sample = Sample { measured: Duration::from_secs(10), ..Sample::default() };
    for rank in 1..=successes {
        let factor = match rank * 100 / successes.max(1) {
            0..=89 => 0.5,
            90..=98 => 1.0,
            _ => 1.5,
        };
        sample.latency.record(ms(p95 * factor));
    }
    sample.outcomes.successes = successes;
    if failures > 0 {
        sample.outcomes.failures.insert(Failure::Status5xx, failures);
    }
    sample
}

/// A run under construction: five rounds of each endpoint, spread by 1 % around their p95.
#[derive(Clone)]
pub(super) struct RunOf(pub(super) Run);

/// The p95s of five rounds around `middle`.
pub(super) fn spread(middle: f64) -> [f64; 5] {
    [1.0, 0.99, 1.01, 0.995, 1.005].map(|factor| factor * middle)
}

pub(super) fn run(endpoints: &[(&str, f64)]) -> RunOf {
    let run = Run {
        session: Session {
            run: RunId::new(Uuid::from_u128(1)),
            started: day(0),
            perfbase: "0.1.0".to_owned(),
            git: None,
            ci: None,
        },
        scenario: "light".parse().unwrap(),
        environment: "default".parse().unwrap(),
        url: "http://127.0.0.1:8000".to_owned(),
        lookup: None,
        workload: Workload {
            parts: BTreeMap::from([("load".to_owned(), "1 user".to_owned())]),
            endpoints: BTreeMap::new(),
        },
        endpoints: Vec::new(),
        seed: 1,
        machine: class("X"),
        state: RunState::Complete,
        rounds: (0..5).map(|index| round(index, Block::First)).collect(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    };
    endpoints.iter().fold(RunOf(run), |run, (endpoint, p95)| run.with(endpoint, *p95))
}

fn round(index: u32, block: Block) -> Round {
    Round {
        index,
        block,
        started: day(0),
        measured: Duration::from_secs(10),
        validity: Validity::Valid,
        anchors: anchors(20.0),
        generator: GeneratorHealth {
            busy: Share::new(0.1),
            steal: Share::new(0.0),
            crowding: Share::new(0.0),
            lag_p95: ms(0.01),
            lag_p99: Some(ms(0.02)),
            poll_delay_p95: Some(ms(0.01)),
            poll_delay_p99: Some(ms(0.02)),
            intended: 0,
            sent: 0,
        },
        samples: BTreeMap::new(),
        counts: BTreeMap::new(),
        staged: None,
    }
}

/// The same as a measured run is kept.
pub(super) fn settled(run: &Run) -> Run {
    let mut settled = Run { rounds: Vec::new(), ..run.clone() };
    run.rounds.iter().cloned().for_each(|round| settled.add(round));
    settled
}

/// A round of the first pass without any sample.
pub(super) fn round_of(index: u32) -> Round {
    round(index, Block::First)
}

impl RunOf {
    pub(super) fn with(self, endpoint: &str, p95: f64) -> Self {
        self.with_rounds(endpoint, &spread(p95).map(|p95| sample(p95, 120, 0)))
    }

    /// One sample a round of the first pass.
    pub(super) fn with_rounds(mut self, endpoint: &str, samples: &[Sample]) -> Self {
        self.0.endpoints.push(RunEndpoint::new(name(endpoint)));
        for (round, sample) in self.0.rounds.iter_mut().zip(samples) {
            round.samples.insert(name(endpoint), sample.clone());
        }
        self
    }

    /// Five more rounds of one endpoint in a later pass.
    pub(super) fn again(self, block: Block, endpoint: &str, p95: f64) -> Self {
        self.again_rounds(block, endpoint, &spread(p95).map(|p95| sample(p95, 120, 0)))
    }

    pub(super) fn again_rounds(mut self, block: Block, endpoint: &str, samples: &[Sample]) -> Self {
        if !self.0.rounds.iter().any(|round| round.block == block) {
            let from = self.0.rounds.len() as u32;
            self.0.rounds.extend((from..from + 5).map(|index| round(index, block)));
        }
        let rounds = self.0.rounds.iter_mut().filter(|round| round.block == block);
        for (round, sample) in rounds.zip(samples) {
            round.samples.insert(name(endpoint), sample.clone());
        }
        self
    }

    pub(super) fn rounds(mut self, count: usize) -> Self {
        self.0.rounds.truncate(count);
        self
    }

    /// The first `count` rounds did not count.
    pub(super) fn invalid(mut self, count: usize) -> Self {
        for round in self.0.rounds.iter_mut().take(count) {
            round.validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.9))]);
        }
        self
    }

    pub(super) fn anchors(mut self, anchors: Anchors) -> Self {
        for round in &mut self.0.rounds {
            round.anchors = anchors;
        }
        self
    }

    pub(super) fn kernel(self, millis: f64) -> Self {
        self.anchors(anchors(millis))
    }

    pub(super) fn class(mut self, cpu: &str) -> Self {
        self.0.machine = class(cpu);
        self
    }

    pub(super) fn state(mut self, state: RunState) -> Self {
        self.0.state = state;
        self
    }

    pub(super) fn session(mut self, id: u128, started: Timestamp) -> Self {
        self.0.session.run = RunId::new(Uuid::from_u128(id));
        self.0.session.started = started;
        self
    }

    pub(super) fn in_ci(mut self) -> Self {
        self.0.session.ci = Some(CiJob { provider: "ci".to_owned(), id: None });
        self
    }

    pub(super) fn part(mut self, part: &str, value: &str) -> Self {
        self.0.workload.parts.insert(part.to_owned(), value.to_owned());
        self
    }

    pub(super) fn budgets(mut self, target: Option<f64>, acceptable: Option<f64>) -> Self {
        for endpoint in &mut self.0.endpoints {
            endpoint.budgets = Budgets {
                target: target.map(ms),
                acceptable: acceptable.map(ms),
                ..Budgets::default()
            };
        }
        self
    }

    pub(super) fn baseline(&self) -> Baseline {
        accept_anyway(&self.0, acceptance())
    }

    pub(super) fn key(&self) -> BaselineKey {
        BaselineKey {
            scenario: self.0.scenario.clone(),
            environment: self.0.environment.clone(),
            machine: self.0.machine.clone(),
        }
    }
}

pub(super) fn acceptance() -> Acceptance {
    Acceptance { at: day(0), by: None, reason: None, overruled: Vec::new() }
}

pub(super) fn policy() -> Policy {
    Policy {
        gate: Gate::default(),
        endpoints: BTreeMap::new(),
        strictness: crate::model::Strictness::Full,
        fail_on: crate::model::FailOn::Red,
        leasts: BTreeMap::new(),
        throughputs: BTreeMap::new(),
        allow_missing: false,
    }
}

/// Everything a comparison takes; the baseline was measured on machine class `X` a day ago.
#[derive(Clone)]
pub(super) struct Trial {
    pub(super) before: RunOf,
    pub(super) after: RunOf,
    pub(super) baseline: Baseline,
    pub(super) policy: Policy,
    pub(super) mode: Mode,
    pub(super) now: Timestamp,
}

/// `after` against `before`, judged live.
pub(super) fn trial(before: &RunOf, after: &RunOf) -> Trial {
    Trial {
        before: before.clone(),
        after: after.clone(),
        baseline: before.baseline(),
        policy: policy(),
        mode: Mode::Live,
        now: day(1),
    }
}

impl Trial {
    pub(super) fn stored(mut self) -> Self {
        self.mode = Mode::Stored;
        self
    }

    pub(super) fn compare(&self) -> Comparison {
        let (run, key) = (&self.after.0, self.before.key());
        compare(run, &key, &self.baseline, &self.policy, self.mode, self.now)
    }

    /// The same by another method than the published one.
    pub(super) fn compare_by(&self, method: &Method, figures: &RunSummary) -> Comparison {
        let key = self.before.key();
        Judge {
            run: &self.after.0,
            key: &key,
            baseline: &self.baseline,
            policy: &self.policy,
            mode: self.mode,
            now: self.now,
            method,
        }
        .judge_figures(figures)
    }

    pub(super) fn decision(&self) -> Decision {
        self.compare().rows[0].decision
    }
}

pub(super) fn row<'a>(comparison: &'a Comparison, endpoint: &str) -> &'a Row {
    comparison.rows.iter().find(|row| row.endpoint.as_str() == endpoint).unwrap()
}
