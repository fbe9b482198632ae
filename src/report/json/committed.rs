//! `perfbase baseline show --format json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::baseline::{AcceptanceDoc, FiguresDoc};
use super::comparison::WaiverDoc;
use super::run::{AnchorsDoc, MachineDoc, SessionDoc};
use crate::model::{Baseline, BaselineEndpoint, BaselineKey};
use crate::report::document::BaselineReport;

/// What the committed baseline file holds.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase baseline show")]
pub(super) struct BaselineDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/baseline/1"))]
    schema: &'static str,
    /// The file.
    path: String,
    /// Those that were asked for.
    baselines: Vec<CommittedDoc>,
}

impl BaselineDocument {
    pub(super) fn of(report: &BaselineReport<'_>) -> Self {
        Self {
            schema: "perfbase/baseline/1",
            path: report.path.display().to_string(),
            baselines: report
                .file
                .baselines
                .iter()
                .map(|(key, baseline)| CommittedDoc::of(key, baseline))
                .collect(),
        }
    }
}

/// The baseline for one scenario, environment and machine class.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CommittedDoc {
    scenario: String,
    environment: String,
    machine: MachineDoc,
    /// The machine during the last session.
    anchors: AnchorsDoc,
    acceptance: AcceptanceDoc,
    /// What makes a run comparable with it: parts of the workload by name.
    workload: BTreeMap<String, String>,
    /// Oldest first.
    sessions: Vec<SessionDoc>,
    /// By method and path template.
    endpoints: BTreeMap<String, AcceptedDoc>,
    /// Metrics that add up, by name: the accepted sum a second.
    counters_per_second: BTreeMap<String, f64>,
    /// By endpoint.
    waivers: BTreeMap<String, WaiverDoc>,
}

impl CommittedDoc {
    fn of(key: &BaselineKey, baseline: &Baseline) -> Self {
        Self {
            scenario: key.scenario.to_string(),
            environment: key.environment.to_string(),
            machine: MachineDoc::of(&key.machine),
            anchors: AnchorsDoc::of(&baseline.anchors),
            acceptance: AcceptanceDoc::of(&baseline.acceptance),
            workload: baseline.workload.parts.clone(),
            sessions: baseline.sessions.iter().map(SessionDoc::of).collect(),
            endpoints: baseline
                .endpoints
                .iter()
                .map(|(name, endpoint)| (name.to_string(), AcceptedDoc::of(endpoint)))
                .collect(),
            counters_per_second: baseline
                .counters
                .iter()
                .map(|(name, counter)| (name.to_string(), counter.per_second))
                .collect(),
            waivers: waivers(baseline),
        }
    }
}

/// The waivers of a baseline by endpoint.
pub(super) fn waivers(baseline: &Baseline) -> BTreeMap<String, WaiverDoc> {
    let waivers = baseline.waivers.iter();
    waivers.map(|(name, waiver)| (name.to_string(), WaiverDoc::of(waiver))).collect()
}

/// One endpoint's accepted figures.
#[derive(Debug, Serialize, JsonSchema)]
struct AcceptedDoc {
    figures: FiguresDoc,
    /// Who moved this endpoint alone, when and why; null otherwise.
    blessed: Option<AcceptanceDoc>,
}

impl AcceptedDoc {
    fn of(endpoint: &BaselineEndpoint) -> Self {
        Self {
            figures: FiguresDoc::of(endpoint),
            blessed: endpoint.blessed.as_ref().map(AcceptanceDoc::of),
        }
    }
}
