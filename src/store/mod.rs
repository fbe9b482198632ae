//! Runs in SQLite and the committed baseline file.
//!
//! [`Store`] holds what was measured on this machine, round by round; [`BaselineStore`] reads and
//! writes the file that is committed beside the code. Nothing here measures, judges or prints, and
//! nothing secret reaches either file: they hold texts as written, never resolved values.

mod baseline;
mod cleanups;
mod column;
mod counters;
mod database;
mod error;
mod history;
mod lease;
mod lookups;
mod phases;
mod read;
mod requirements;
mod run_ref;
mod schema;
mod stages;
mod verdict;
mod write;

pub use baseline::{BaselineError, BaselineStore, Flaw};
pub use database::Store;
pub use error::StoreError;
pub use history::{HistoryEndpoint, HistoryEntry, HistoryFilter};
pub use run_ref::{RunNumber, RunRef, RunRefError};
pub use verdict::{StoredRow, StoredVerdict};
