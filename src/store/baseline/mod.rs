//! The committed baseline file, `performance_baselines.json`.
//!
//! Made to be reviewed: a change of one endpoint's figures is a change of its lines alone, with
//! the old and the new under each other. docs/baseline-file.md describes it.

mod agreement;
mod convert;
mod counters;
mod error;
mod file;
#[cfg(test)]
mod given;
mod layout;
mod sessions;
mod shape;

pub use error::{BaselineError, Flaw};
pub use file::BaselineStore;
