//! `perfbase record --format json`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::WaiverDoc;
use super::requirement::RequirementDoc;
use super::run::{AnchorsDoc, MachineDoc, SessionDoc};
use crate::model::{Acceptance, Baseline, BaselineEndpoint, EndpointName};
use crate::report::document::RecordReport;
use crate::report::figure::millis;

/// A baseline that was written, old beside new.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase record")]
pub(super) struct RecordDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/record/1"))]
    schema: &'static str,
    /// The number of the run that became the baseline; null when it was not stored.
    number: Option<i64>,
    /// The file that was written.
    path: String,
    scenario: String,
    environment: String,
    machine: MachineDoc,
    /// The machine during the last session.
    anchors: AnchorsDoc,
    acceptance: AcceptanceDoc,
    /// What makes a run comparable with it: parts of the workload by name.
    workload: BTreeMap<String, String>,
    /// The sessions of the old baseline, oldest first; empty without one.
    old_sessions: Vec<SessionDoc>,
    /// The sessions of the new baseline, oldest first.
    sessions: Vec<SessionDoc>,
    /// Every endpoint of either, by name.
    endpoints: Vec<ChangeDoc>,
    /// Waivers of the old baseline that are gone, by endpoint.
    dropped_waivers: BTreeMap<String, WaiverDoc>,
    /// What must hold of the run besides the percentiles.
    requirements: Vec<RequirementDoc>,
    /// By endpoint, the share of requests that a limiter answered in place of the service, where it
    /// is over 1 %.
    limited: BTreeMap<String, f64>,
}

impl RecordDocument {
    pub(super) fn of(report: &RecordReport<'_>) -> Self {
        let RecordReport { number, path, key, old, new, requirements, limited } = *report;
        let sessions = |baseline: &Baseline| baseline.sessions.iter().map(SessionDoc::of).collect();
        let names: BTreeSet<&EndpointName> =
            new.endpoints.keys().chain(old.iter().flat_map(|old| old.endpoints.keys())).collect();
        Self {
            schema: "perfbase/record/1",
            number,
            path: path.display().to_string(),
            scenario: key.scenario.to_string(),
            environment: key.environment.to_string(),
            machine: MachineDoc::of(&key.machine),
            anchors: AnchorsDoc::of(&new.anchors),
            acceptance: AcceptanceDoc::of(&new.acceptance),
            workload: new.workload.parts.clone(),
            old_sessions: old.map(sessions).unwrap_or_default(),
            sessions: sessions(new),
            endpoints: names
                .into_iter()
                .map(|name| ChangeDoc {
                    endpoint: name.to_string(),
                    old: old.and_then(|old| old.endpoints.get(name)).map(FiguresDoc::of),
                    new: new.endpoints.get(name).map(FiguresDoc::of),
                })
                .collect(),
            dropped_waivers: old
                .iter()
                .flat_map(|old| &old.waivers)
                .filter(|(name, _)| !new.waivers.contains_key(*name))
                .map(|(name, waiver)| (name.to_string(), WaiverDoc::of(waiver)))
                .collect(),
            requirements: RequirementDoc::all(requirements),
            limited: limited.iter().map(|(name, share)| (name.to_string(), share.get())).collect(),
        }
    }
}

/// Who accepted a baseline, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AcceptanceDoc {
    /// When, RFC 3339 in UTC.
    at: String,
    by: Option<String>,
    reason: Option<String>,
    /// The refusals that were overruled; empty in the normal case.
    overruled: Vec<String>,
}

impl AcceptanceDoc {
    pub(super) fn of(acceptance: &Acceptance) -> Self {
        Self {
            at: acceptance.at.to_string(),
            by: acceptance.by.clone(),
            reason: acceptance.reason.clone(),
            overruled: acceptance.overruled.clone(),
        }
    }
}

/// One endpoint, old and new.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ChangeDoc {
    pub(super) endpoint: String,
    /// Null when the old baseline did not have it.
    pub(super) old: Option<FiguresDoc>,
    /// Null when it was removed.
    pub(super) new: Option<FiguresDoc>,
}

/// One endpoint's accepted figures, medians over rounds.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FiguresDoc {
    p50_ms: f64,
    p95_ms: f64,
    /// Null when the rounds were too small for it.
    p99_ms: Option<f64>,
    /// The largest of all.
    max_ms: f64,
    successes: u64,
    failures: u64,
    /// Those of the successes that had an allowed status.
    allowed: u64,
    /// Each round's p95, oldest session first.
    round_p95s_ms: Vec<f64>,
}

impl FiguresDoc {
    pub(super) fn of(endpoint: &BaselineEndpoint) -> Self {
        Self {
            p50_ms: millis(endpoint.p50),
            p95_ms: millis(endpoint.p95),
            p99_ms: endpoint.p99.map(millis),
            max_ms: millis(endpoint.max),
            successes: endpoint.successes,
            failures: endpoint.failures,
            allowed: endpoint.allowed,
            round_p95s_ms: endpoint.round_p95s().map(millis).collect(),
        }
    }
}
