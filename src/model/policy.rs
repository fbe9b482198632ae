//! What the judge is told: the gate and its exceptions.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{EndpointName, Rate, ScenarioName, Share};

/// Everything a comparison needs to know besides the measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The gate for every endpoint.
    pub gate: Gate,
    /// What single endpoints have of their own. Their throughputs are the scenarios'.
    pub endpoints: BTreeMap<EndpointName, (EndpointGate, Budgets)>,
    /// Successes a second that endpoints must reach in each scenario that is described. In another
    /// one it is what its run was measured with.
    pub throughputs: BTreeMap<ScenarioName, BTreeMap<EndpointName, Rate>>,
    /// What each metric that adds up must come to a second, of those that are described. Of another
    /// one it is what its run was measured with.
    pub leasts: BTreeMap<EndpointName, Option<Rate>>,
    /// Whether the limit is the bare rule.
    pub strictness: Strictness,
    /// Which findings turn the exit code red.
    pub fail_on: FailOn,
    /// Endpoints of the baseline may be absent from the run without a red row.
    pub allow_missing: bool,
}

impl Policy {
    /// The percentile that is held to the limit of `endpoint`.
    #[must_use]
    pub fn metric(&self, endpoint: &EndpointName) -> Metric {
        let own = self.endpoints.get(endpoint).and_then(|(gate, _)| gate.metric);
        own.unwrap_or(self.gate.metric)
    }
}

/// The percentile that is held to the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The median.
    P50,
    /// The 95th percentile.
    #[default]
    P95,
    /// The 99th percentile; takes 299 successes a round.
    P99,
}

impl Metric {
    /// Every one, ascending.
    pub const ALL: [Self; 3] = [Self::P50, Self::P95, Self::P99];

    /// Its name: `p95`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no percentile that can be gated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a metric: use `p50`, `p95` or `p99`")]
pub struct UnknownMetric(String);

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.as_str() == text)
            .ok_or_else(|| UnknownMetric(text.to_owned()))
    }
}

/// The gate: when is an endpoint's p95 (or the percentile chosen) too far above its baseline?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Allowed ratio to the baseline, above 1; 2 by default.
    pub factor: f64,
    /// Least allowed increase, so that sub-millisecond endpoints are not judged on noise.
    pub min_delta: Duration,
    /// Allowed share of failures.
    pub errors: Share,
    /// The percentile that is held to the limit.
    pub metric: Metric,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            factor: 2.0,
            min_delta: Duration::from_micros(500),
            errors: Share::new(0.01),
            metric: Metric::default(),
        }
    }
}

/// What one endpoint's gate has of its own; `None` takes the gate's.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EndpointGate {
    /// See [`Gate::factor`].
    pub factor: Option<f64>,
    /// See [`Gate::min_delta`].
    pub min_delta: Option<Duration>,
    /// See [`Gate::errors`].
    pub errors: Option<Share>,
    /// See [`Gate::metric`].
    pub metric: Option<Metric>,
}

/// Absolute limits of one endpoint, on the median over rounds; a requirement where it is no latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budgets {
    /// The p95 one wants; missing it is a warning.
    pub target: Option<Duration>,
    /// The p95 one can live with; exceeding it is red.
    pub acceptable: Option<Duration>,
    /// The p99 one can live with; exceeding it is red. Takes 299 successes a round.
    pub acceptable_p99: Option<Duration>,
    /// Successes a second that it must reach; fewer are an unmet requirement.
    pub throughput: Option<Rate>,
}

/// Whether the limit is the whole rule or the bare one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Floor, confirmation, machine class and all.
    #[default]
    Full,
    /// One pass, no floor: red exactly when p95 is above factor times the baseline.
    Bare,
}

/// Which findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// Red rows only.
    #[default]
    Red,
    /// Warnings too.
    Warn,
}
