//! Stored runs with figures chosen by hand, so that a verdict on them is the same on every machine.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use perfbase::judge;
use perfbase::model::{
    Acceptance, Anchors, Baseline, BaselineFile, BaselineKey, Block, EndpointName, Failure,
    GeneratorHealth, MachineClass, Opening, Outcome, Pooled, Receipt, Round, Run, RunEndpoint,
    RunState, Sample, Session, Share, Validity, Workload,
};
use perfbase::store::{BaselineStore, Store};

use super::project::Project;

/// Rounds of a made-up run.
const ROUNDS: u32 = 5;

/// A complete run, number `id`, of endpoints with these p95s in milliseconds.
pub(crate) fn run(id: u32, endpoints: &[(&str, u64)]) -> Run {
    let names = || endpoints.iter().map(|(name, _)| endpoint(name));
    Run {
        session: Session {
            run: format!("0198f1a2-7c3d-7e4f-8a5b-{id:012x}").parse().unwrap(),
            started: Timestamp::now(),
            perfbase: "0.1.0".to_owned(),
            git: None,
            ci: None,
        },
        scenario: "light".parse().unwrap(),
        environment: "default".parse().unwrap(),
        url: "http://service.example".to_owned(),
        lookup: None,
        workload: Workload {
            parts: BTreeMap::from([("load".to_owned(), "10 users".to_owned())]),
            endpoints: names().map(|name| (name, "0123abcd".to_owned())).collect(),
        },
        endpoints: names().map(RunEndpoint::new).collect(),
        seed: 1,
        machine: MachineClass {
            cpu: "Made-up CPU".to_owned(),
            cpus: 4,
            arch: "x86_64".to_owned(),
            quota_percent: None,
            virtualised: false,
        },
        state: RunState::Complete,
        rounds: (0..ROUNDS).map(|index| round(index, endpoints)).collect(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

pub(crate) fn endpoint(name: &str) -> EndpointName {
    name.parse().unwrap()
}

fn round(index: u32, endpoints: &[(&str, u64)]) -> Round {
    Round {
        index,
        block: Block::First,
        staged: None,
        started: Timestamp::now(),
        measured: Duration::from_secs(2),
        validity: Validity::Valid,
        anchors: Anchors {
            cpu_kernel: Duration::from_millis(20),
            null_p50: Duration::from_micros(40),
            null_p95: Duration::from_micros(60),
        },
        generator: GeneratorHealth {
            busy: Share::new(0.1),
            steal: Share::new(0.0),
            crowding: Share::new(0.0),
            lag_p95: Duration::from_micros(20),
            lag_p99: None,
            poll_delay_p95: Some(Duration::from_micros(20)),
            poll_delay_p99: Some(Duration::from_micros(30)),
            intended: 0,
            sent: 0,
        },
        samples: endpoints.iter().map(|(name, p95)| (endpoint(name), sample(*p95, 400))).collect(),
        counts: BTreeMap::new(),
    }
}

/// So many successes whose p95 is about `p95` milliseconds.
pub(crate) fn sample(p95: u64, successes: u64) -> Sample {
    let mut sample = Sample { measured: Duration::from_secs(2), ..Sample::default() };
    for nth in 1..=successes {
        let latency = Duration::from_micros(p95 * 1000 * nth / (successes * 95 / 100).max(1));
        sample.latency.record(latency);
        sample.received(latency, Receipt::AtOnce);
        sample.lag.record(Duration::from_micros(20));
        sample.outcomes.record(Outcome::Success);
    }
    sample.connections = 8;
    for nth in 1..=8 {
        let connect = Duration::from_micros(100 + nth);
        sample.timing.opened(Opening { connect, ..Opening::default() });
    }
    sample.settle_phases();
    sample
}

/// Lets `count` requests of each round of `run` to `name` fail.
pub(crate) fn fail(run: &mut Run, name: &str, count: u64) {
    for round in &mut run.rounds {
        let sample = round.samples.get_mut(&endpoint(name)).unwrap();
        for _ in 0..count {
            sample.outcomes.record(Outcome::Failed(Failure::Status5xx));
        }
    }
}

impl Project {
    /// Stores `run` in the project's database.
    pub(crate) fn store(&self, run: &Run) {
        let mut store = Store::open(self.database()).unwrap();
        let number = store.begin_run(run).unwrap();
        for round in &run.rounds {
            store.save_round(number, round).unwrap();
        }
        store.finish_run(number, run.state).unwrap();
    }

    /// Makes `run` the baseline of the project's file.
    pub(crate) fn accept(&self, run: &Run) {
        self.write_baseline(run, |acceptance| judge::accept(run, acceptance).unwrap());
    }

    /// The same whatever speaks against it.
    pub(crate) fn accept_anyway(&self, run: &Run) {
        self.write_baseline(run, |acceptance| judge::accept_anyway(run, acceptance));
    }

    fn write_baseline(&self, run: &Run, accepted: impl FnOnce(Acceptance) -> Baseline) {
        let acceptance =
            Acceptance { at: Timestamp::now(), by: None, reason: None, overruled: Vec::new() };
        let key = BaselineKey {
            scenario: run.scenario.clone(),
            environment: run.environment.clone(),
            machine: run.machine.clone(),
        };
        let file = BaselineFile { baselines: BTreeMap::from([(key, accepted(acceptance))]) };
        BaselineStore::write(self.baseline(), &file).unwrap();
    }
}
