//! Where a run comes from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunId;

/// Where and when a run was measured, as far as the surroundings tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The run.
    pub run: RunId,
    /// When its first round began.
    pub started: Timestamp,
    /// The perfbase version that measured it.
    pub perfbase: String,
    /// State of the working directory's git checkout; absent outside one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitFacts>,
    /// The CI job; absent when started by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<CiJob>,
}

/// State of a git checkout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitFacts {
    /// Full commit id.
    pub commit: String,
    /// Whether tracked files differ from the commit.
    pub dirty: bool,
    /// Branch; absent on a detached head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// A CI job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CiJob {
    /// Which CI, such as `github-actions`.
    pub provider: String,
    /// Its own id of the job; absent where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
