//! A directory with a baseline file and a database, and perfbase called in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use perfbase::host;
use perfbase::judge;
use perfbase::model::*;
use perfbase::store::{BaselineStore, Store};
use tempfile::TempDir;
use uuid::Uuid;

/// A directory of its own.
pub(crate) struct Project {
    directory: TempDir,
}

/// How perfbase ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Project {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs_err::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path(name)).unwrap()
    }

    /// The committed file's name.
    pub(crate) const BASELINE: &str = "performance_baselines.json";

    pub(crate) fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_perfbase"));
        command.current_dir(self.directory.path());
        for variable in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "CI", "GIT_DIR", "GIT_INDEX_FILE"]
        {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn perfbase(&self, arguments: &[&str]) -> Ended {
        let output = self.command().args(arguments).output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let ended = std::process::Command::new("git")
            .current_dir(self.directory.path())
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(arguments)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        assert!(ended.status.success(), "{arguments:?}: {ended:?}");
    }

    /// Stores a run in the database.
    pub(crate) fn store(&self, run: &Run) {
        let mut store = Store::open(self.path(".perfbase/perfbase.db")).unwrap();
        let number = store.begin_run(run).unwrap();
        for round in &run.rounds {
            store.save_round(number, round).unwrap();
        }
        store.finish_run(number, run.state).unwrap();
    }

    /// Writes the baseline that `runs` make, each for its own key.
    pub(crate) fn accept(&self, runs: &[&Run]) {
        let acceptance = Acceptance {
            at: at("2026-11-01T10:00:00Z"),
            by: Some("Ada".into()),
            reason: None,
            overruled: Vec::new(),
        };
        let baselines = runs.iter().map(|run| {
            let key = BaselineKey {
                scenario: run.scenario.clone(),
                environment: run.environment.clone(),
                machine: run.machine.clone(),
            };
            (key, judge::accept(run, acceptance.clone()).unwrap())
        });
        let file = BaselineFile { baselines: baselines.collect() };
        BaselineStore::write(self.path(Self::BASELINE), &file).unwrap();
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A run of the scenario `baseline` on this machine: five rounds of 400 requests to each endpoint.
/// Of each hundred, 90 take half the p95 that is given, 8 take it, and 2 take twice as long.
pub(crate) fn run(number: u128, endpoints: &[(&str, f64)]) -> Run {
    let rounds = (0..5).map(|index| Round {
        index,
        block: Block::First,
        staged: None,
        started: at("2026-11-01T09:00:00Z"),
        measured: Duration::from_secs(2),
        validity: Validity::Valid,
        anchors: Anchors {
            cpu_kernel: Duration::from_millis(20),
            null_p50: Duration::from_micros(30),
            null_p95: Duration::from_micros(50),
        },
        generator: GeneratorHealth {
            busy: Share::new(0.1),
            steal: Share::new(0.0),
            crowding: Share::new(0.0),
            lag_p95: Duration::from_micros(10),
            lag_p99: None,
            poll_delay_p95: Some(Duration::from_micros(10)),
            poll_delay_p99: Some(Duration::from_micros(20)),
            intended: 0,
            sent: 0,
        },
        samples: endpoints
            .iter()
            .map(|(name, p95)| (name.parse().unwrap(), sample(*p95)))
            .collect(),
        counts: BTreeMap::new(),
    });
    Run {
        session: Session {
            run: RunId::new(Uuid::from_u128(0x0198_f3a2_5c00_7000_8000_0000_0000_0000 + number)),
            started: at("2026-11-01T09:00:00Z"),
            perfbase: "0.1.0".to_owned(),
            git: None,
            ci: None,
        },
        scenario: "baseline".parse().unwrap(),
        environment: "default".parse().unwrap(),
        url: "http://127.0.0.1:8000".to_owned(),
        lookup: None,
        workload: Workload {
            parts: BTreeMap::from([("load".to_owned(), "1 user".to_owned())]),
            endpoints: BTreeMap::new(),
        },
        endpoints: endpoints
            .iter()
            .map(|(name, _)| RunEndpoint::new(name.parse().unwrap()))
            .collect(),
        seed: 1,
        machine: host::machine_class(),
        state: RunState::Complete,
        rounds: rounds.collect(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

fn sample(p95: f64) -> Sample {
    let mut sample = Sample { measured: Duration::from_secs(2), ..Sample::default() };
    for rank in 0..400 {
        let factor = match rank % 100 {
            0..90 => 0.5,
            90..98 => 1.0,
            _ => 2.0,
        };
        sample.latency.record(Duration::from_secs_f64(p95 * factor / 1e3));
    }
    sample.outcomes.successes = 400;
    sample
}
