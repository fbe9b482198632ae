//! What became of what a run made, in every document that has a run.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Cleanup, Left};

/// What became of the things that were to be cleaned up with one request.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CleanupDoc {
    /// The endpoint whose requests made them; null for a request of `[[cleanup]]`.
    endpoint: Option<String>,
    /// The request that deletes, as written.
    request: String,
    /// How many there were.
    made: u64,
    /// How many were deleted.
    deleted: u64,
    /// How many were gone already: their deletion was answered with 404 or 410.
    gone: u64,
    /// Why the others are left.
    left: Vec<LeftDoc>,
    /// Requests whose fate is unknown, which may have made more.
    unknown: u64,
}

/// Things that are left for one reason.
#[derive(Debug, Serialize, JsonSchema)]
struct LeftDoc {
    why: String,
    things: u64,
}

impl CleanupDoc {
    pub(super) fn all(cleanups: &[Cleanup]) -> Vec<Self> {
        cleanups.iter().map(Self::of).collect()
    }

    fn of(cleanup: &Cleanup) -> Self {
        let Cleanup { endpoint, request, made, deleted, gone, left, unknown } = cleanup.clone();
        let left = left.into_iter().map(|Left { why, things }| LeftDoc { why, things });
        Self { endpoint, request, made, deleted, gone, left: left.collect(), unknown }
    }
}
