//! What must hold besides the percentiles, in every document that has a run.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Met, Requirement};

/// Something that must hold besides the percentiles.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RequirementDoc {
    /// `throughput`, `level`, `counter`, `invariant`, `limiter` or `failures`.
    kind: &'static str,
    /// Of what: an endpoint, or the name that the configuration gives to it.
    subject: String,
    /// What must hold.
    demand: String,
    /// What was found; where nothing could be, why.
    found: String,
    /// Whether it holds; null when that could not be found out.
    met: Option<bool>,
}

impl RequirementDoc {
    pub(super) fn all(requirements: &[Requirement]) -> Vec<Self> {
        requirements.iter().map(Self::of).collect()
    }

    fn of(requirement: &Requirement) -> Self {
        Self {
            kind: requirement.kind.as_str(),
            subject: requirement.subject.clone(),
            demand: requirement.demand.clone(),
            found: requirement.found.clone(),
            met: match requirement.met {
                Met::Yes => Some(true),
                Met::No => Some(false),
                Met::Unknown => None,
            },
        }
    }
}
