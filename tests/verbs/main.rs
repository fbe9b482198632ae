//! The verbs beyond a plain comparison, from the command line to the exit code: governance of the
//! baseline file, the gate's metric, calibration, and two services against each other.

#![expect(clippy::unwrap_used, reason = "fixtures and tests may fail loudly")]

mod aa;
mod ab;
mod baseline;
mod init;
mod metric;
mod project;
mod sample;
