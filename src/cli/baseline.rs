//! `baseline`: what can be done with the committed file.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::Output;
use super::value;

/// What to do with the committed baseline file.
#[derive(Debug, Clone, Subcommand)]
pub enum BaselineVerb {
    /// Print the accepted figures, waivers and where they come from
    Show(BaselineShowArgs),
    /// Print what differs from the file as git has it, old -> new for each endpoint
    Diff(BaselineDiffArgs),
    /// Move one endpoint's figures to those of a stored run
    Bless(BlessArgs),
    /// Let one endpoint exceed its limit, up to a ceiling and until a date
    Waive(WaiveArgs),
}

/// Which baseline of the file is meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which baseline")]
pub struct BaselineChoice {
    /// That of this scenario
    #[arg(long, short, value_name = "NAME")]
    pub scenario: Option<String>,

    /// That of this environment
    #[arg(long, short, value_name = "NAME")]
    pub env: Option<String>,

    /// That of the machine class whose text has this in it [default: this machine's, if there are
    /// several]
    #[arg(long, value_name = "TEXT")]
    pub machine: Option<String>,
}

/// `baseline show`.
#[derive(Debug, Clone, Args)]
pub struct BaselineShowArgs {
    /// Which baselines; all if nothing is said.
    #[command(flatten)]
    pub choice: BaselineChoice,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `baseline diff`.
#[derive(Debug, Clone, Args)]
pub struct BaselineDiffArgs {
    /// The commit, branch or tag whose file is the old one
    #[arg(value_name = "GITREF", default_value = "HEAD")]
    pub reference: String,

    /// Which baselines; all if nothing is said.
    #[command(flatten)]
    pub choice: BaselineChoice,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `baseline bless`.
#[derive(Debug, Clone, Args)]
pub struct BlessArgs {
    /// The endpoint, such as `GET /clients`
    #[arg(value_name = "ENDPOINT")]
    pub endpoint: String,

    /// Why these figures are accepted; kept in the file
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// The stored run: its number, `last`, `last~1` or its full id
    #[arg(long, value_name = "RUN", default_value = "last")]
    pub run: String,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `baseline waive`.
#[derive(Debug, Clone, Args)]
pub struct WaiveArgs {
    /// The endpoint, such as `GET /clients`
    #[arg(value_name = "ENDPOINT")]
    pub endpoint: String,

    /// What it may not exceed even so (`800ms`)
    #[arg(long, value_name = "TIME", value_parser = value::long_duration, required_unless_present = "remove")]
    pub ceiling: Option<Duration>,

    /// Last day of the waiver (`2026-12-31`), in UTC
    #[arg(long, value_name = "DATE", required_unless_present = "remove")]
    pub until: Option<String>,

    /// Why; kept in the file
    #[arg(long, value_name = "TEXT", required_unless_present = "remove")]
    pub reason: Option<String>,

    /// Take the endpoint's waiver back
    #[arg(long, conflicts_with_all = ["ceiling", "until", "reason"])]
    pub remove: bool,

    /// Which baseline.
    #[command(flatten)]
    pub choice: BaselineChoice,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}
