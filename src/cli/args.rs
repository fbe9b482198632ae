//! The verbs and their arguments.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::value;
use super::{AaArgs, AbArgs, BaselineVerb, GateArgs, InitArgs, MeasureArgs};

/// Tells after every change whether an HTTP endpoint got slower, and can be believed.
#[derive(Debug, Parser)]
#[command(name = "perfbase", version, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 pass · 1 gate failed · 2 usage or not comparable · 3 inconclusive · \
                        4 target unreachable or measurement broke · 129/130/143 interrupted"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,

    /// What every verb takes.
    #[command(flatten)]
    pub global: Global,
}

/// What every verb takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Configuration file [default: `perfbase.toml` in this folder, if there is one]
    #[arg(long, short, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Baseline file [default: `performance_baselines.json` beside the configuration]
    #[arg(long, global = true, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// Database of runs [default: `.perfbase/perfbase.db` beside the configuration]
    #[arg(long, global = true, value_name = "FILE")]
    pub db: Option<PathBuf>,

    /// No progress, no notes; results and errors only
    #[arg(long, short, global = true)]
    pub quiet: bool,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColourChoice,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Measure a scenario, store the run and print the table
    Run(RunArgs),
    /// Measure, and write the result as the baseline if it deserves to be one
    Record(RecordArgs),
    /// Measure and judge against the baseline; or judge stored runs
    Compare(CompareArgs),
    /// Compare two services round by round, on one machine, in alternation
    Ab(AbArgs),
    /// Measure the same thing several times, and say how good the gate is here
    Aa(AaArgs),
    /// Show, compare and amend the committed baseline file
    #[command(subcommand)]
    Baseline(BaselineVerb),
    /// List stored runs
    History(HistoryArgs),
    /// Print one stored run
    Show(ShowArgs),
    /// Validate the configuration and print the plan, without sending anything
    Check(RunArgs),
    /// Write a configuration from URLs, an OpenAPI document, a HAR file or curl commands
    Init(InitArgs),
    /// Serve the sample service
    Demo(DemoArgs),
}

/// How results are written.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Output {
    /// How the result is written
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    pub format: Format,

    /// Tell more
    #[arg(long, short)]
    pub verbose: bool,
}

/// The formats of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Table,
    /// JSON for programs; its schemas are in `schemas/`.
    Json,
    /// Markdown for reviews and job summaries.
    Markdown,
}

/// `run` and `check`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// URLs to measure with GET, in place of the file's service and endpoints
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,

    /// What is measured.
    #[command(flatten)]
    pub measure: MeasureArgs,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `record`.
#[derive(Debug, Clone, Args)]
pub struct RecordArgs {
    /// URLs to measure with GET, in place of the file's service and endpoints
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,

    /// Add this session to the baseline in place of replacing it (the last 10 are kept)
    #[arg(long)]
    pub append: bool,

    /// Why this becomes the baseline; kept in the file
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Record even what would be refused, and keep this reason in the file
    #[arg(long, value_name = "REASON", conflicts_with = "append")]
    pub accept_anyway: Option<String>,

    /// What is measured.
    #[command(flatten)]
    pub measure: MeasureArgs,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// URLs to measure with GET; or one stored run (`12`, `last`), judged against the baseline; or
    /// two, the second judged against the first
    #[arg(value_name = "URL|RUN")]
    pub subjects: Vec<String>,

    /// How it is judged.
    #[command(flatten)]
    pub gate: GateArgs,

    /// What is measured.
    #[command(flatten)]
    pub measure: MeasureArgs,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `history`.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    /// How many runs at most, newest first
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,

    /// Only this scenario
    #[arg(long, short, value_name = "NAME")]
    pub scenario: Option<String>,

    /// Only this environment
    #[arg(long, short, value_name = "NAME")]
    pub env: Option<String>,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// The run: its number, `last`, `last~1` or its full id
    #[arg(value_name = "RUN", default_value = "last")]
    pub run: String,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,

    /// Fixes data and latencies
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Something that is wrong, such as `GET /clients factor=3` (repeatable)
    ///
    /// A route, or none for all, and words: factor=3 or add=20ms (slower), stall=500ms, error-share=5%, lost-update=5ms,
    /// leak=64KiB, rate-limit=100/1s, token-lifetime=5s, cold-start=40ms with requests=N or for=5s, capacity=8 with
    /// rises-every=10s. Besides share=10%, after=N and clear-after=N say which requests are hit.
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<String>,

    /// Keep the data in this file in place of memory
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,

    /// How long login tokens live
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = value::duration)]
    pub token_lifetime: Duration,

    /// The password that logins need [default: any]
    #[arg(long, value_name = "TEXT", env = "PERFBASE_DEMO_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,

    /// A bearer token that opens every route, and that the dashboard routes then need
    #[arg(long, value_name = "TEXT", env = "PERFBASE_DEMO_TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// Multiplies the drawn latencies; 0 leaves the real work alone
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub latency_scale: f64,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn users_and_a_rate_exclude_each_other() {
        let both = ["perfbase", "run", "http://localhost/", "--users", "5", "--rate", "10/s"];
        assert!(Cli::try_parse_from(both).is_err());
    }

    #[test]
    fn global_options_stand_before_or_behind_the_verb() {
        for line in [["perfbase", "-q", "history"], ["perfbase", "history", "-q"]] {
            assert!(Cli::try_parse_from(line).is_ok_and(|cli| cli.global.quiet));
        }
    }
}
