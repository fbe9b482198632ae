//! `perfbase history --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::document::HistoryLine;
use crate::report::figure::millis;

/// The stored runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase history")]
pub(super) struct HistoryDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/history/1"))]
    schema: &'static str,
    /// In the order of the table.
    runs: Vec<HistoryRunDoc>,
}

impl HistoryDocument {
    pub(super) fn of(lines: &[HistoryLine]) -> Self {
        Self { schema: "perfbase/history/1", runs: lines.iter().map(HistoryRunDoc::of).collect() }
    }
}

/// One stored run.
#[derive(Debug, Serialize, JsonSchema)]
struct HistoryRunDoc {
    /// The number that `show` and `compare` take.
    number: i64,
    /// The run's UUID.
    run: String,
    /// When its first round began, RFC 3339 in UTC.
    started: String,
    scenario: String,
    environment: String,
    /// How many endpoints it measured.
    endpoints: usize,
    /// The endpoint with the largest p95; null when no sample carried one.
    worst_endpoint: Option<String>,
    /// That p95.
    worst_p95_ms: Option<f64>,
    /// `running`, `complete`, `interrupted` or `broken`.
    state: &'static str,
    /// The word of its last comparison's exit code; null when it was never judged.
    verdict: Option<&'static str>,
    /// Whether figures of the baseline file are its own.
    baseline: bool,
    /// Full commit id; null outside a checkout.
    commit: Option<String>,
    /// Whether tracked files differed from the commit.
    dirty: bool,
}

impl HistoryRunDoc {
    fn of(line: &HistoryLine) -> Self {
        Self {
            number: line.number,
            run: line.run.to_string(),
            started: line.started.to_string(),
            scenario: line.scenario.to_string(),
            environment: line.environment.to_string(),
            endpoints: line.endpoints,
            worst_endpoint: line.worst.as_ref().map(|worst| worst.0.to_string()),
            worst_p95_ms: line.worst.as_ref().map(|worst| millis(worst.1)),
            state: line.state.as_str(),
            verdict: line.verdict.map(crate::model::ExitStatus::word),
            baseline: line.is_baseline,
            commit: line.commit.clone(),
            dirty: line.dirty,
        }
    }
}
