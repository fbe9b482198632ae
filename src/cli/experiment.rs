//! `aa` and `ab`: measurements whose result is a comparison of their own.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;

use super::value;
use super::{MeasureArgs, Output};
use crate::model::Share;

/// `aa`.
#[derive(Debug, Clone, Args)]
pub struct AaArgs {
    /// URLs to measure with GET, in place of the file's service and endpoints
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,

    /// How often the same thing is measured, at least twice
    #[arg(long, value_name = "N", default_value = "5", value_parser = value::several)]
    pub runs: u32,

    /// Write the proposed factor and `min_delta` into `[gate]` of the configuration file
    #[arg(long)]
    pub write: bool,

    /// What is measured.
    #[command(flatten)]
    pub measure: MeasureArgs,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

/// `ab`.
#[derive(Debug, Clone, Args)]
pub struct AbArgs {
    /// Where the base answers; `{port}` is the port that its command is given
    #[arg(long, value_name = "URL", required_unless_present = "base_cmd")]
    pub base: Option<String>,

    /// Where the head answers; `{port}` is the port that its command is given
    #[arg(long, value_name = "URL", required_unless_present = "head_cmd")]
    pub head: Option<String>,

    /// Shell command that starts the base; `{port}` and the variable PORT are a free port
    #[arg(long, value_name = "COMMAND")]
    pub base_cmd: Option<String>,

    /// Shell command that starts the head; `{port}` and the variable PORT are a free port
    #[arg(long, value_name = "COMMAND")]
    pub head_cmd: Option<String>,

    /// How long a command may take until its service accepts connections
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = value::long_duration)]
    pub start_timeout: Duration,

    /// How often the base's p95 the head's may be
    #[arg(long, value_name = "K", default_value = "1.25", value_parser = value::factor)]
    pub factor: f64,

    /// Share of requests that may fail [default: `[gate]`'s, 1%]
    #[arg(long, value_name = "SHARE", value_parser = value::share)]
    pub errors: Option<Share>,

    /// What is measured; of the rounds so many pairs are made [default: as many as it takes to
    /// call any endpoint slower, and one more].
    #[command(flatten)]
    pub measure: MeasureArgs,

    /// How the result is written.
    #[command(flatten)]
    pub output: Output,
}

impl AbArgs {
    /// The arguments of the measurement with so many rounds where none are given.
    #[must_use]
    pub fn measure_with(&self, rounds: Option<NonZeroU32>) -> MeasureArgs {
        MeasureArgs { rounds: self.measure.rounds.or(rounds), ..self.measure.clone() }
    }
}
