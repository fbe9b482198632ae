//! `perfbase baseline diff`, `bless` and `waive` with `--format json`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::baseline::{AcceptanceDoc, ChangeDoc, FiguresDoc};
use super::committed::waivers;
use super::comparison::WaiverDoc;
use super::run::{MachineDoc, SessionDoc};
use crate::model::{Baseline, BaselineKey, EndpointName};
use crate::report::document::ChangeReport;

/// The baseline file at two times.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase baseline change")]
pub(super) struct ChangeDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/baseline-change/1"))]
    schema: &'static str,
    /// The file.
    path: String,
    /// The commit, branch or tag that has the old one; null when the file was just written.
    since: Option<String>,
    /// The baselines that differ; empty when nothing has changed.
    baselines: Vec<BaselineChangeDoc>,
}

impl ChangeDocument {
    pub(super) fn of(report: &ChangeReport<'_>) -> Self {
        let (old, new) = (&report.old.baselines, &report.new.baselines);
        let keys: BTreeSet<&BaselineKey> = old.keys().chain(new.keys()).collect();
        Self {
            schema: "perfbase/baseline-change/1",
            path: report.path.display().to_string(),
            since: report.since.map(str::to_owned),
            baselines: keys
                .into_iter()
                .filter(|key| old.get(*key) != new.get(*key))
                .map(|key| BaselineChangeDoc::of(key, old.get(key), new.get(key)))
                .collect(),
        }
    }
}

/// One baseline, old and new.
#[derive(Debug, Serialize, JsonSchema)]
struct BaselineChangeDoc {
    scenario: String,
    environment: String,
    machine: MachineDoc,
    /// Null when it was not there.
    old: Option<ProvenanceDoc>,
    /// Null when it was removed.
    new: Option<ProvenanceDoc>,
    /// The endpoints whose figures differ, by name.
    endpoints: Vec<ChangeDoc>,
}

impl BaselineChangeDoc {
    fn of(key: &BaselineKey, old: Option<&Baseline>, new: Option<&Baseline>) -> Self {
        let names: BTreeSet<&EndpointName> =
            [old, new].into_iter().flatten().flat_map(|side| side.endpoints.keys()).collect();
        let figures = |side: Option<&Baseline>, name: &EndpointName| {
            side.and_then(|side| side.endpoints.get(name)).cloned()
        };
        Self {
            scenario: key.scenario.to_string(),
            environment: key.environment.to_string(),
            machine: MachineDoc::of(&key.machine),
            old: old.map(ProvenanceDoc::of),
            new: new.map(ProvenanceDoc::of),
            endpoints: names
                .into_iter()
                .filter(|name| figures(old, name) != figures(new, name))
                .map(|name| ChangeDoc {
                    endpoint: name.to_string(),
                    old: figures(old, name).as_ref().map(FiguresDoc::of),
                    new: figures(new, name).as_ref().map(FiguresDoc::of),
                })
                .collect(),
        }
    }
}

/// Where a baseline comes from, and its exceptions.
#[derive(Debug, Serialize, JsonSchema)]
struct ProvenanceDoc {
    acceptance: AcceptanceDoc,
    /// Endpoints that were moved alone: who, when and why.
    blessed: BTreeMap<String, AcceptanceDoc>,
    /// Oldest first.
    sessions: Vec<SessionDoc>,
    /// Parts of the workload by name.
    workload: BTreeMap<String, String>,
    /// By endpoint.
    waivers: BTreeMap<String, WaiverDoc>,
}

impl ProvenanceDoc {
    fn of(baseline: &Baseline) -> Self {
        let blessed = baseline.endpoints.iter().filter_map(|(name, endpoint)| {
            Some((name.to_string(), AcceptanceDoc::of(endpoint.blessed.as_ref()?)))
        });
        Self {
            acceptance: AcceptanceDoc::of(&baseline.acceptance),
            blessed: blessed.collect(),
            sessions: baseline.sessions.iter().map(SessionDoc::of).collect(),
            workload: baseline.workload.parts.clone(),
            waivers: waivers(baseline),
        }
    }
}
