//! What a call says over the file.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{FailOn, Rate, Share, Strictness};

/// The environment that `[service]` describes.
pub const DEFAULT_ENVIRONMENT: &str = "default";

/// What is to be measured, as far as the call says so; it wins over everything in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// The environment; `default`, which is `[service]`, if absent.
    pub environment: Option<String>,
    /// The scenario; `baseline` if absent.
    pub scenario: Option<String>,
    /// Closed loop with so many users. Not together with `rate`.
    pub users: Option<NonZeroU32>,
    /// Open loop with so many arrivals a second. Not together with `users`.
    pub rate: Option<Rate>,
    /// So many users are added a second, before anything is measured. Not together with `rate`.
    pub spawn_rate: Option<Rate>,
    /// Most connections of an open loop.
    pub connections: Option<NonZeroU32>,
    /// Measured time of all rounds together; above zero.
    pub duration: Option<Duration>,
    /// How often the measurement is replicated.
    pub rounds: Option<NonZeroU32>,
    /// Least time of the warm-up; zero leaves it to the requests.
    pub warm_up: Option<Duration>,
    /// Least requests of the warm-up to each endpoint.
    pub warm_up_requests: Option<u32>,
    /// From intended start to last byte; above zero.
    pub timeout: Option<Duration>,
    /// Fixes task choice, order and arrivals.
    pub seed: Option<u64>,
    /// Accept any certificate. Absence changes nothing.
    pub insecure: bool,
    /// What to measure in place of the file's service and endpoints.
    pub urls: Vec<String>,
    /// The service's address in place of the file's; its endpoints and headers stay.
    pub service: Option<String>,
    /// Measure a protected environment on purpose.
    pub allow_protected: bool,
    /// Measure without waiting for the service to be ready.
    pub no_ready: bool,
}

/// How to judge, as far as the call says so.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GateOverrides {
    /// In place of `[gate]`'s; endpoints keep their own.
    pub factor: Option<f64>,
    /// In place of `[gate]`'s; endpoints keep their own.
    pub min_delta: Option<Duration>,
    /// In place of `[gate]`'s; endpoints keep their own.
    pub errors: Option<Share>,
    /// Whether the limit is the bare rule.
    pub strictness: Strictness,
    /// Which findings turn the exit code red.
    pub fail_on: FailOn,
    /// Endpoints of the baseline may be absent from the run.
    pub allow_missing: bool,
}
