//! What can be said about a measurement and its gate.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;

use super::value;
use crate::model::{Rate, Share};

/// What is measured, and how.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Measurement")]
pub struct MeasureArgs {
    /// Environment of the configuration file [default: `default`]
    #[arg(long, short, value_name = "NAME")]
    pub env: Option<String>,

    /// Scenario: one of the file's, or baseline, light, medium, spike, sustained, levels [default: `baseline`]
    #[arg(long, short, value_name = "NAME")]
    pub scenario: Option<String>,

    /// Closed loop: so many users, each sending its next request when the last has ended
    #[arg(long, short, value_name = "N", value_parser = value::count, conflicts_with = "rate")]
    pub users: Option<NonZeroU32>,

    /// Open loop: so many arrivals a second (`200/s`), whatever the service does
    #[arg(long, short, value_name = "RATE", value_parser = value::rate)]
    pub rate: Option<Rate>,

    /// Add so many users a second (`50/s`), before anything is measured
    #[arg(long, value_name = "RATE", value_parser = value::rate, conflicts_with = "rate")]
    pub spawn_rate: Option<Rate>,

    /// Most connections of an open loop
    #[arg(long, value_name = "N", value_parser = value::count)]
    pub connections: Option<NonZeroU32>,

    /// Measured time of all rounds together (`10s`)
    #[arg(long, short, value_name = "TIME", value_parser = value::long_duration)]
    pub duration: Option<Duration>,

    /// How often the measurement is replicated
    #[arg(long, value_name = "N", value_parser = value::count)]
    pub rounds: Option<NonZeroU32>,

    /// Least time of the warm-up, which does not count
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    pub warm_up: Option<Duration>,

    /// Least requests of the warm-up to each endpoint
    #[arg(long, value_name = "N")]
    pub warm_up_requests: Option<u32>,

    /// How long a request may take
    #[arg(long, value_name = "TIME", value_parser = value::long_duration)]
    pub timeout: Option<Duration>,

    /// Fixes which requests are sent in which order
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Accept any TLS certificate
    #[arg(long, short = 'k')]
    pub insecure: bool,

    /// Do not wait for the service to be ready
    #[arg(long)]
    pub no_ready: bool,

    /// Measure an environment that the file protects
    #[arg(long)]
    pub allow_protected: bool,
}

/// How it is judged.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gate")]
pub struct GateArgs {
    /// How often its baseline an endpoint's p95 may be [default: 2]
    #[arg(long, value_name = "K", value_parser = value::factor)]
    pub factor: Option<f64>,

    /// Least increase that can be red [default: 0.5ms]
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    pub min_delta: Option<Duration>,

    /// Share of requests that may fail [default: 1%]
    #[arg(long, value_name = "SHARE", value_parser = value::share)]
    pub errors: Option<Share>,

    /// The bare rule: one pass, red when p95 is above K times its baseline (or it fails, or is missing)
    #[arg(long)]
    pub strict: bool,

    /// Let warnings fail the gate too
    #[arg(long, value_name = "WHAT", value_parser = ["warn"])]
    pub fail_on: Option<String>,

    /// Endpoints of the baseline may be absent from the run
    #[arg(long)]
    pub allow_missing: bool,
}
