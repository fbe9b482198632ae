//! `perfbase aa --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{EndpointNoise, FalseAlarms, Gating};
use crate::report::document::AaReport;
use crate::report::figure::millis;

/// What measuring the same thing several times says of the gate.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase aa")]
pub(super) struct AaDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/aa/1"))]
    schema: &'static str,
    /// How the process ends.
    exit_code: u8,
    scenario: Option<String>,
    environment: Option<String>,
    url: Option<String>,
    /// The runs in the order measured.
    runs: Vec<AaRunDoc>,
    /// The gate as it is.
    gate: AaGateDoc,
    /// What it would have said of unchanged code, all endpoints together.
    alarms: AlarmsDoc,
    /// The smallest gate at which no pair fires; null if no endpoint can be gated.
    proposal: Option<AaGateDoc>,
    /// The file that the proposal was written to; null if it was not.
    written: Option<String>,
    /// In the order of the plan.
    endpoints: Vec<NoiseDoc>,
}

impl AaDocument {
    pub(super) fn of(report: &AaReport<'_>) -> Self {
        let first = report.runs.first();
        let gate = report.policy.gate;
        let ids = report.runs.iter().map(|run| (run.id().to_string(), run.is_saturated()));
        Self {
            schema: "perfbase/aa/1",
            exit_code: report.exit.code(),
            scenario: first.map(|run| run.scenario.to_string()),
            environment: first.map(|run| run.environment.to_string()),
            url: first.map(|run| run.url.clone()),
            runs: report
                .numbers
                .iter()
                .zip(ids)
                .map(|(number, (run, saturated))| AaRunDoc { number: *number, run, saturated })
                .collect(),
            gate: AaGateDoc { factor: gate.factor, min_delta_ms: millis(gate.min_delta) },
            alarms: AlarmsDoc::of(&report.noise.alarms),
            proposal: report.noise.proposal.map(|proposal| AaGateDoc {
                factor: proposal.factor,
                min_delta_ms: millis(proposal.min_delta),
            }),
            written: report.written.map(|path| path.display().to_string()),
            endpoints: report.noise.rows.iter().map(NoiseDoc::of).collect(),
        }
    }
}

/// One of the runs.
#[derive(Debug, Serialize, JsonSchema)]
struct AaRunDoc {
    /// Its number in the history.
    number: i64,
    /// Its UUID.
    run: String,
    saturated: bool,
}

/// A gate's two values.
#[derive(Debug, Serialize, JsonSchema)]
struct AaGateDoc {
    factor: f64,
    min_delta_ms: f64,
}

/// What a gate says of unchanged code, over ordered pairs of runs.
#[derive(Debug, Serialize, JsonSchema)]
struct AlarmsDoc {
    pairs: usize,
    /// Above the limit at first.
    suspects: usize,
    /// Of those, above it again.
    confirmed: usize,
}

impl AlarmsDoc {
    fn of(alarms: &FalseAlarms) -> Self {
        let FalseAlarms { pairs, suspects, confirmed } = *alarms;
        Self { pairs, suspects, confirmed }
    }
}

/// One endpoint's noise.
#[derive(Debug, Serialize, JsonSchema)]
struct NoiseDoc {
    endpoint: String,
    /// The percentile that its gate is for: `p50`, `p95` or `p99`.
    metric: &'static str,
    /// Median over runs of the metric; null if no run carries one.
    median_ms: Option<f64>,
    /// Standard deviation of its logarithm between runs; null with fewer than two.
    between_runs: Option<f64>,
    /// The same between the rounds of a run.
    between_rounds: Option<f64>,
    /// The largest ratio of any ordered pair of runs.
    worst_ratio: Option<f64>,
    alarms: AlarmsDoc,
    /// `possible`, `too_noisy` or `too_few`.
    gating: &'static str,
    /// The smallest ratio of limit to baseline at which no pair fires; null when too few.
    k_eff: Option<f64>,
}

impl NoiseDoc {
    fn of(row: &EndpointNoise) -> Self {
        let (gating, k_eff) = match row.gating {
            Gating::Possible { k_eff } => ("possible", Some(k_eff)),
            Gating::TooNoisy { k_eff } => ("too_noisy", Some(k_eff)),
            Gating::TooFew { .. } => ("too_few", None),
        };
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Self {
            endpoint: row.endpoint.to_string(),
            metric: row.metric.as_str(),
            median_ms: row.median.map(millis),
            between_runs: finite(row.between_runs),
            between_rounds: finite(row.between_rounds),
            worst_ratio: finite(row.worst_ratio),
            alarms: AlarmsDoc::of(&row.alarms),
            gating,
            k_eff: finite(k_eff),
        }
    }
}
