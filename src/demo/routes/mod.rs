//! The handlers, each with its queries.

pub(super) mod agents;
mod answer;
pub(super) mod auth;
pub(super) mod builds;
pub(super) mod counter;
pub(super) mod dashboard;
pub(super) mod faults;
pub(super) mod files;
pub(super) mod machine;
pub(super) mod platform;
pub(super) mod socket;

pub(super) use answer::Answer;
