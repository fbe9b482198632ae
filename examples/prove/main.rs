//! Measures how often perfbase is wrong: known changes of the sample service, under known noise,
//! compared many times. Prints the tables of `docs/error-rates.md`, and writes them with `--write`.
//!
//! ```sh
//! cargo run --release --example prove
//! cargo run --release --example prove -- --only same-hog --repeats 20
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

mod batch;
mod document;
pub(crate) mod experiment;
mod hog;
mod naive;
mod quota;
mod simulation;
pub(crate) mod table;
mod tally;
pub(crate) mod trial;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use jiff::Timestamp;

use batch::{Batch, batches};
use document::Circumstances;
use experiment::{ALL, Experiment, Noise};
use quota::Quota;
use table::Outcome;
use tally::Tally;
use trial::{Bench, Perfbase, Trial, TrialError};

/// Measures how often perfbase is wrong.
#[derive(Debug, Parser)]
#[command(name = "prove")]
pub(crate) struct Arguments {
    /// Only these experiments (repeatable); a name that ends in `*` stands for all that begin so
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,

    /// Compares of each experiment, in place of its own number
    #[arg(long, value_name = "N")]
    pub(crate) repeats: Option<u32>,

    /// Begin no further compares after so many minutes; the order is shuffled, so all lose alike
    #[arg(long, value_name = "N")]
    pub(crate) minutes: Option<f64>,

    /// Fixes services, noise and order
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// Simulated comparisons a cell
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub(crate) simulations: u32,

    /// Keep what each compare wrote, as JSON, in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,

    /// Write docs/error-rates.md, and the table in docs/method.md
    #[arg(long)]
    pub(crate) write: bool,
}

/// The first argument of the processes in which this program is perfbase itself: the proof is of
/// the very code it was built with, and nothing else has to be built.
const PERFBASE: &str = "perfbase";

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == PERFBASE) {
        return perfbase::commands::run(std::env::args_os().skip(1)).into();
    }
    match proof(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(4)
        }
    }
}

fn proof(arguments: &Arguments) -> Result<bool, TrialError> {
    let program = std::env::current_exe()?;
    let perfbase = Perfbase { program, first: vec![OsString::from(PERFBASE)] };
    let proof = prove(arguments, &perfbase)?;
    println!("{}", proof.whole);
    if arguments.write {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        document::write(root, &proof.whole, &proof.measured)?;
    }
    Ok(proof.outcomes.iter().all(Outcome::is_kept))
}

/// Everything that was found.
pub(crate) struct Proof {
    pub(crate) outcomes: Vec<Outcome>,
    /// The main table with its circumstances.
    pub(crate) measured: String,
    /// The whole page.
    pub(crate) whole: String,
}

pub(crate) fn prove(arguments: &Arguments, perfbase: &Perfbase) -> Result<Proof, TrialError> {
    let (began, clock, load_before) = (Timestamp::now(), Instant::now(), load_average());
    let mut outcomes = chosen(arguments);
    let wanted: Vec<u32> = outcomes
        .iter()
        .map(|outcome| if outcome.skipped.is_some() { 0 } else { outcome.experiment.repeats })
        .collect();
    let mut loads = Vec::new();
    let minutes = || clock.elapsed().as_secs_f64() / 60.0;
    for batch in batches(&wanted, arguments.seed) {
        if arguments.minutes.is_some_and(|most| minutes() > most) {
            break;
        }
        let outcome = &mut outcomes[batch.experiment];
        carry_out(perfbase, &batch, outcome, arguments.keep.as_deref())?;
        loads.extend(load_average());
    }
    let trials = arguments.simulations;
    let predictions = simulation::simulate(trials, arguments.seed);
    let circumstances = Circumstances {
        began,
        minutes: minutes(),
        load_before,
        load_during: perfbase::stats::median(&loads),
        seed: arguments.seed,
    };
    let measured = document::measured(&outcomes, &circumstances);
    let whole = document::whole(&outcomes, &predictions, trials, &circumstances);
    Ok(Proof { outcomes, measured, whole })
}

fn chosen(arguments: &Arguments) -> Vec<Outcome> {
    let is_meant = |name: &str, only: &String| {
        only.strip_suffix('*').map_or(name == only, |start| name.starts_with(start))
    };
    let is_chosen = |experiment: &&Experiment| {
        let mut only = arguments.only.iter();
        arguments.only.is_empty() || only.any(|only| is_meant(experiment.name, only))
    };
    ALL.iter()
        .filter(is_chosen)
        .map(|experiment| {
            let repeats = arguments.repeats.unwrap_or(experiment.repeats);
            let experiment = Experiment { repeats, ..experiment.clone() };
            let skipped = match experiment.noise {
                Noise::Quota => Quota::start().err().map(|error| error.to_string()),
                Noise::Quiet | Noise::Hog => None,
            };
            Outcome { experiment, tally: Tally::default(), skipped }
        })
        .collect()
}

fn carry_out(
    perfbase: &Perfbase,
    batch: &Batch,
    outcome: &mut Outcome,
    keep: Option<&Path>,
) -> Result<(), TrialError> {
    let experiment = &outcome.experiment;
    let bench = Bench::start(perfbase, experiment, batch.seed)?;
    for compare in 0..batch.compares {
        let trial = bench.compare(batch.seed.wrapping_add(u64::from(compare)))?;
        let number = outcome.tally.n() + 1;
        tell(experiment, number, &trial);
        if let Some(folder) = keep {
            fs_err::create_dir_all(folder)?;
            let name = format!("{}-{number}-exit-{}.json", experiment.name, trial.exit);
            fs_err::write(folder.join(name), format!("{:#}\n", trial.document))?;
        }
        outcome.tally.add(trial);
    }
    Ok(())
}

fn tell(experiment: &Experiment, number: u64, trial: &Trial) {
    let rows = trial.document["rows"].as_array();
    let ratios: Vec<String> = rows
        .into_iter()
        .flatten()
        .map(|row| {
            let ratio = row["ratio"].as_f64().unwrap_or(f64::NAN);
            format!("{ratio:.2} {}", row["decision"].as_str().unwrap_or("?"))
        })
        .collect();
    eprintln!(
        "{} {number}/{}: exit {} in {:.1} s, {} of {} rounds invalid, naive {}; {}",
        experiment.name,
        experiment.repeats,
        trial.exit,
        trial.seconds,
        trial.invalid_rounds,
        trial.rounds,
        if trial.naive.is_red { "red" } else { "pass" },
        ratios.join(", "),
    );
}

/// The load average of the last minute.
fn load_average() -> Option<f64> {
    fs_err::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}
