//! One experiment at work: a sample service, a baseline of it, and compares with the change.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use perfbase::demo::{DemoError, Fault, FaultError, Options, Running};
use perfbase::model::Round;
use perfbase::store::{RunRef, Store, StoreError};
use serde_json::Value;
use tempfile::TempDir;

use super::experiment::{Experiment, Noise, Size};
use super::hog::Hog;
use super::naive::{self, Naive};
use super::quota::Quota;

/// Why an experiment cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrialError {
    /// The sample service.
    #[error(transparent)]
    Service(#[from] DemoError),
    /// A fault of the table.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// The history that perfbase wrote.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A process, a thread, a folder or a control group.
    #[error(transparent)]
    System(#[from] io::Error),
    /// No baseline came about.
    #[error("`perfbase record` gave no baseline in {tries} tries: {said}")]
    NoBaseline {
        /// How often it was tried.
        tries: u32,
        /// What it said last.
        said: String,
    },
}

/// The command that is put to the proof.
#[derive(Debug, Clone)]
pub(crate) struct Perfbase {
    /// The program.
    pub(crate) program: PathBuf,
    /// What comes before perfbase's own arguments.
    pub(crate) first: Vec<OsString>,
}

/// One compare.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    /// The exit code.
    pub(crate) exit: u8,
    /// How long the command took, seconds.
    pub(crate) seconds: f64,
    /// Whether a row carries the warning *slower*.
    pub(crate) warned_slower: bool,
    /// What the naive gate says of the same first pass.
    pub(crate) naive: Naive,
    /// Rounds measured, those that were redone too.
    pub(crate) rounds: usize,
    /// Those that did not count.
    pub(crate) invalid_rounds: usize,
    /// What perfbase wrote; the error as text where it gave no verdict.
    pub(crate) document: Value,
}

/// A running service with its baseline.
pub(crate) struct Bench {
    perfbase: Perfbase,
    experiment: Experiment,
    directory: TempDir,
    service: Running,
    faults: Vec<Fault>,
    baseline: Vec<Round>,
}

/// A machine that is busy with something else gives no baseline; it may be free again soon.
const TRIES: u32 = 5;
const ROUNDS: usize = 5;

impl Bench {
    /// Starts a service, healthy and undisturbed, and records its baseline. `seed` fixes its data
    /// and latencies.
    ///
    /// # Errors
    /// When the service does not start, or no baseline comes about.
    pub(crate) fn start(
        perfbase: &Perfbase,
        experiment: &Experiment,
        seed: u64,
    ) -> Result<Self, TrialError> {
        let directory = TempDir::new()?;
        let latency_scale = experiment.latency_scale;
        let service = Running::start(Options { seed, latency_scale, ..Options::default() })?;
        let faults = experiment
            .faults
            .iter()
            .map(|fault| fault.parse())
            .collect::<Result<_, FaultError>>()?;
        let mut tries = 1;
        loop {
            let output = command(perfbase, &directory, "record", &service, experiment).output()?;
            if output.status.success() {
                break;
            }
            if tries == TRIES {
                let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                return Err(TrialError::NoBaseline { tries, said });
            }
            tries += 1;
        }
        let baseline = newest_rounds(&directory)?;
        let (perfbase, experiment) = (perfbase.clone(), experiment.clone());
        Ok(Self { perfbase, experiment, directory, service, faults, baseline })
    }

    /// Compares the service with the change, under the noise, which `seed` fixes.
    ///
    /// # Errors
    /// When the noise cannot be made or the command gives no verdict.
    pub(crate) fn compare(&self, seed: u64) -> Result<Trial, TrialError> {
        let mut compare =
            command(&self.perfbase, &self.directory, "compare", &self.service, &self.experiment);
        compare.args(self.experiment.gate);
        let (hog, quota) = match self.experiment.noise {
            Noise::Quiet => (None, None),
            Noise::Hog => (Some(Hog::start(seed)?), None),
            Noise::Quota => (None, Some(Quota::start()?)),
        };
        self.service.set_faults(&self.faults);
        let started = Instant::now();
        let output = compare.output()?;
        let seconds = started.elapsed().as_secs_f64();
        self.service.set_faults(&[]);
        drop((hog, quota));

        let exit = output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX);
        // Without a verdict there is no document; that is counted by its exit code.
        let document = serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|_| {
            Value::String(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        });
        let rounds = newest_rounds(&self.directory)?;
        Ok(Trial {
            exit,
            seconds,
            warned_slower: warned_slower(&document),
            naive: naive::judge(&self.baseline, &rounds, ROUNDS),
            rounds: rounds.len(),
            invalid_rounds: rounds.iter().filter(|round| !round.validity.is_valid()).count(),
            document,
        })
    }
}

/// `perfbase VERB` on the service, with the size of the experiment.
fn command(
    perfbase: &Perfbase,
    directory: &TempDir,
    verb: &str,
    service: &Running,
    experiment: &Experiment,
) -> Command {
    let mut command = Command::new(&perfbase.program);
    command
        .args(&perfbase.first)
        .arg(verb)
        .args(experiment.paths.iter().map(|path| format!("{}{path}", service.url())))
        .args(["--users", &experiment.users.to_string()])
        .args(["--quiet", "--format", "json"])
        .current_dir(directory.path())
        // A proof in CI is not to fill the job's summary.
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY");
    match experiment.size {
        Size::Short => {
            let rounds = ROUNDS.to_string();
            command.args(["--duration", "1s", "--rounds", &rounds, "--warm-up", "200ms"])
        }
        Size::Ten => command.args(["--duration", "10ms", "--rounds", "1"]).args([
            "--warm-up",
            "0s",
            "--warm-up-requests",
            "0",
        ]),
    };
    if verb == "record" && experiment.size == Size::Ten {
        command.args(["--accept-anyway", "to show that it cannot be judged by"]);
    }
    command
}

fn newest_rounds(directory: &TempDir) -> Result<Vec<Round>, StoreError> {
    let store = Store::open_read_only(directory.path().join(".perfbase/perfbase.db"))?;
    store.measured_rounds(RunRef::Last(0))
}

fn warned_slower(document: &Value) -> bool {
    let rows = document["rows"].as_array();
    rows.into_iter()
        .flatten()
        .filter_map(|row| row["warnings"].as_array())
        .flatten()
        .any(|warning| warning["kind"] == "slower")
}
