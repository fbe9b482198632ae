//! A run in figures: what tables show and the judge compares.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Anchors, Block, Budgets, CounterSummary, EndpointKind, EndpointName, Histogram, Metric,
    Outcomes, Percentiles, Phase, StagesSummary,
};

/// A run in figures, over its valid rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// In the order of the plan.
    pub endpoints: Vec<EndpointSummary>,
    /// What each stage gave; absent where the load does not change.
    pub stages: Option<StagesSummary>,
    /// Metrics that add up, in the order of the plan.
    pub counters: Vec<CounterSummary>,
    /// Medians over the valid rounds; absent without one.
    pub anchors: Option<Anchors>,
    /// Valid first-pass rounds.
    pub valid_rounds: usize,
    /// Invalid rounds of any pass.
    pub invalid_rounds: usize,
}

/// One endpoint's figures over the valid rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointSummary {
    /// The endpoint.
    pub name: EndpointName,
    /// What is measured under its name.
    pub kind: EndpointKind,
    /// Its absolute limits.
    pub budgets: Budgets,
    /// Median over rounds of each round's p50.
    pub p50: Carried,
    /// Median over rounds of each round's p95.
    pub p95: Carried,
    /// Median over rounds of each round's p99.
    pub p99: Carried,
    /// The largest latency of all.
    pub max: Duration,
    /// Each valid round's percentiles, in order, with its pass. A round without a success of this
    /// endpoint is absent.
    pub rounds: Vec<RoundPercentiles>,
    /// How all requests ended.
    pub outcomes: Outcomes,
    /// The same of all rounds, whether they count or not: what the service answered it has answered.
    pub of_all_rounds: Outcomes,
    /// Connections made for its requests, in the rounds that the outcomes are of.
    pub connections: u64,
    /// How long each phase took; `None` of a run of which that was not recorded. A phase that did
    /// not take place is absent.
    pub phases: Option<BTreeMap<Phase, PhaseSummary>>,
    /// Successes that ended in measured time, a second of it; `None` where no round counts.
    pub per_second: Option<f64>,
    /// All rounds' latencies together.
    pub pooled: Histogram,
}

impl EndpointSummary {
    /// How many requests were sent for each connection that was made; `None` where none was.
    #[must_use]
    pub fn requests_per_connection(&self) -> Option<f64> {
        let sent = self.outcomes.sent() as f64;
        (self.connections > 0).then(|| sent / self.connections as f64)
    }
}

/// How long one phase of one endpoint's requests took over a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseSummary {
    /// How often it took place in the rounds that the outcomes are of; at least once.
    pub count: u64,
    /// The median over valid rounds of each round's median; `None` where none carries one.
    pub p50: Option<Duration>,
    /// The same of the 95th percentile.
    pub p95: Option<Duration>,
    /// The same of the 99th percentile.
    pub p99: Option<Duration>,
    /// The longest of all.
    pub max: Duration,
}

/// One round's percentiles of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundPercentiles {
    /// The pass.
    pub block: Block,
    /// Successes of that round.
    pub successes: u64,
    /// Median latency.
    pub p50: Duration,
    /// 95th percentile.
    pub p95: Duration,
    /// 99th percentile; meaningful from 299 successes on.
    pub p99: Duration,
}

impl RoundPercentiles {
    /// Those of a round of that pass.
    #[must_use]
    pub fn of(block: Block, percentiles: Percentiles) -> Self {
        let Percentiles { successes, p50, p95, p99 } = percentiles;
        Self { block, successes, p50, p95, p99 }
    }

    /// The percentile of that name.
    #[must_use]
    pub fn at(&self, metric: Metric) -> Duration {
        match metric {
            Metric::P50 => self.p50,
            Metric::P95 => self.p95,
            Metric::P99 => self.p99,
        }
    }
}

/// A percentile, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// The sample carries it.
    Value(Duration),
    /// The sample is too small: this many more successes a round are needed.
    More(u64),
}

impl Carried {
    /// The percentile, if the sample carries it.
    #[must_use]
    pub fn value(self) -> Option<Duration> {
        match self {
            Self::Value(value) => Some(value),
            Self::More(_) => None,
        }
    }
}
