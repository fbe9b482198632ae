//! What is told of answers besides their times: the checks that did not hold.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Outcomes;

/// A check that did not hold.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FailedCheckDoc {
    /// As the file has it.
    check: String,
    /// How many answers it did not hold for.
    failed: u64,
    /// What the first of them had instead, in short and without any value of it.
    first: String,
}

impl FailedCheckDoc {
    pub(super) fn of(outcomes: &Outcomes) -> Vec<Self> {
        let doc = |(written, failed): (&String, &crate::model::FailedCheck)| Self {
            check: written.clone(),
            failed: failed.count,
            first: failed.first.clone(),
        };
        outcomes.checks.iter().map(doc).collect()
    }
}
