//! Metrics that add up, in every document that has a run, a plan or a baseline.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Counter, CounterRow, CounterSummary, CounterWarning, Rate};

/// A metric that adds up, as it is planned.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlannedCounterDoc {
    counter: String,
    /// The endpoint whose successes give to it.
    from: String,
    /// Where the number stands that each adds; null where it adds 1.
    adds: Option<String>,
    /// What it must come to a second.
    least_per_second: Option<f64>,
}

impl PlannedCounterDoc {
    pub(super) fn of(counter: &Counter) -> Self {
        Self {
            counter: counter.name.to_string(),
            from: counter.from.to_string(),
            adds: counter.adds.as_ref().map(ToString::to_string),
            least_per_second: counter.least.map(Rate::get),
        }
    }
}

/// A metric that adds up, over the first-pass rounds that count.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CounterDoc {
    counter: String,
    total: f64,
    /// Median over rounds; null where none counts.
    per_second: Option<f64>,
    /// Each round's sum a second.
    rounds_per_second: Vec<f64>,
    /// Successes whose answer had no number to add.
    missed: u64,
}

impl CounterDoc {
    pub(super) fn of(counter: &CounterSummary) -> Self {
        Self {
            counter: counter.name.to_string(),
            total: counter.total,
            per_second: counter.per_second,
            rounds_per_second: counter.rounds.clone(),
            missed: counter.missed,
        }
    }
}

/// A metric that adds up, beside its baseline.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CounterRowDoc {
    counter: String,
    /// Null for a new one.
    before_per_second: Option<f64>,
    /// Null where the run does not have it, or no round counts.
    after_per_second: Option<f64>,
    /// Null where either is, or where it was 0 before.
    ratio: Option<f64>,
    total: f64,
    /// Successes whose answer had no number to add.
    missed: u64,
    /// `fewer`, `more`, `missing` or `missed`.
    warnings: Vec<&'static str>,
}

impl CounterRowDoc {
    pub(super) fn of(row: &CounterRow) -> Self {
        let word = |warning: &CounterWarning| match warning {
            CounterWarning::Fewer => "fewer",
            CounterWarning::More => "more",
            CounterWarning::Missing => "missing",
            CounterWarning::Missed => "missed",
        };
        Self {
            counter: row.counter.to_string(),
            before_per_second: row.before,
            after_per_second: row.after,
            ratio: row.ratio,
            total: row.total,
            missed: row.missed,
            warnings: row.warnings.iter().map(word).collect(),
        }
    }
}
