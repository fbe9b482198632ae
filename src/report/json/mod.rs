//! Reports for programs: one type a document, whose schemas are published under `schemas/`.
//!
//! A document names its schema and version first. Within one version fields are only added.
//! Durations are numbers of milliseconds in fields that end in `_ms`, shares are from 0 to 1.

mod aa;
mod ab;
mod answers;
mod baseline;
mod behaviour;
mod change;
mod check;
mod cleanup;
mod committed;
mod comparison;
mod connection;
mod counters;
mod history;
mod limiter;
mod phases;
mod planned;
mod request;
mod requirement;
mod round;
mod run;
mod stages;
mod write;

pub use write::schemas;
pub(super) use write::write;
