//! The real binary, from the command line to the exit code: against the sample service, against servers that
//! misbehave, and on runs whose figures were chosen by hand.
//!
//! No verdict here depends on a quiet machine. Where latencies are measured, what separates pass from
//! red is far larger than what a loaded machine adds; where figures matter, they are made up and stored.

#![expect(clippy::unwrap_used, reason = "a test that cannot be prepared has failed")]

mod answers;
mod around;
mod around_deletions;
mod baseline_file;
mod configuration;
#[cfg(unix)]
mod connections;
mod correct;
mod database;
mod disk;
mod encrypted;
mod examples;
mod exit_codes;
mod formats;
mod github;
mod handshakes;
mod hostile;
mod http2;
mod identity;
mod interruption;
mod large;
mod limiters;
mod limiters_around;
#[cfg(unix)]
mod limits;
mod made_up;
mod measured;
mod metrics;
mod pages;
mod phases;
mod project;
mod redirects;
mod repeated;
mod required;
mod saturated;
mod secrets;
mod server;
mod shelf;
mod sockets;
mod staged;
mod steady;
mod stored;
mod unreachable;
mod usage;
mod users;
