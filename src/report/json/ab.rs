//! `perfbase ab --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::{DifferenceDoc, FindingDoc, decision, verdict, warning};
use super::run::SessionDoc;
use crate::model::{PairedRow, Run};
use crate::report::document::AbReport;
use crate::report::figure::millis;

/// Two services measured in alternation, judged pair by pair.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase ab")]
pub(super) struct AbDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/ab/1"))]
    schema: &'static str,
    /// `pass`, `failed`, `inconclusive` or `not_comparable`.
    verdict: &'static str,
    /// How the process ends.
    exit_code: u8,
    scenario: String,
    /// The run that is compared with.
    base: AbSideDoc,
    /// The run that is judged.
    head: AbSideDoc,
    /// The allowed ratio.
    factor: f64,
    /// Pairs of rounds that it takes before any endpoint can be called slower.
    rounds_needed: usize,
    /// Where the workloads differ; empty when the two are comparable.
    differences: Vec<DifferenceDoc>,
    /// In the order of the plan.
    rows: Vec<PairedRowDoc>,
}

impl AbDocument {
    pub(super) fn of(report: &AbReport<'_>) -> Self {
        let AbReport { numbers: [base_number, head_number], base, head, comparison, exit } =
            *report;
        Self {
            schema: "perfbase/ab/1",
            verdict: verdict(&comparison.verdict),
            exit_code: exit.code(),
            scenario: head.scenario.to_string(),
            base: AbSideDoc::of(base_number, base),
            head: AbSideDoc::of(head_number, head),
            factor: comparison.factor,
            rounds_needed: comparison.rounds_needed,
            differences: DifferenceDoc::of(&comparison.verdict),
            rows: comparison.rows.iter().map(PairedRowDoc::of).collect(),
        }
    }
}

/// One of the two.
#[derive(Debug, Serialize, JsonSchema)]
struct AbSideDoc {
    /// The run's number in the history.
    number: i64,
    /// Where the run comes from.
    session: SessionDoc,
    /// The name it is stored under.
    environment: String,
    url: String,
    saturated: bool,
}

impl AbSideDoc {
    fn of(number: i64, run: &Run) -> Self {
        Self {
            number,
            session: SessionDoc::of(&run.session),
            environment: run.environment.to_string(),
            url: run.url.clone(),
            saturated: run.is_saturated(),
        }
    }
}

/// One endpoint, judged on its pairs.
#[derive(Debug, Serialize, JsonSchema)]
struct PairedRowDoc {
    endpoint: String,
    /// `pass`, `regressed`, `errors`, `too_few`, `rare`, `missing` or `new`.
    decision: &'static str,
    /// Whether this makes the gate fail.
    red: bool,
    /// Median of the base's p95s; null without pairs.
    base_p95_ms: Option<f64>,
    /// Median of the head's p95s; null without pairs.
    head_p95_ms: Option<f64>,
    /// exp of the median of ln head - ln base over the pairs; null without pairs.
    ratio: Option<f64>,
    /// One-sided p of the signed-rank test for head above base.
    p: Option<f64>,
    /// The same after Holm over all judged endpoints.
    p_adjusted: Option<f64>,
    warnings: Vec<FindingDoc>,
    /// Each pair's p95 in the order measured: base, head.
    pairs_ms: Vec<(f64, f64)>,
    /// What was found, with the figures.
    reason: String,
}

impl PairedRowDoc {
    fn of(row: &PairedRow) -> Self {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Self {
            endpoint: row.endpoint.to_string(),
            decision: decision(row.decision),
            red: row.decision.is_red(),
            base_p95_ms: row.base.map(millis),
            head_p95_ms: row.head.map(millis),
            ratio: finite(row.ratio),
            p: finite(row.p),
            p_adjusted: finite(row.p_adjusted),
            warnings: row.warnings.iter().map(warning).collect(),
            pairs_ms: row.pairs.iter().map(|(base, head)| (millis(*base), millis(*head))).collect(),
            reason: row.reason.clone(),
        }
    }
}
