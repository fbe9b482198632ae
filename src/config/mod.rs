//! File, flags and environment become a plan; every error is collected.
//!
//! [`Config::load`] reads `perfbase.toml` and tells everything that is wrong with it at once, each
//! with its place; [`Config::plan`] adds what the call says and resolves the references of what is
//! used. Nothing here reads the process environment, sends a request or prints.

mod address;
mod body;
mod configuration;
mod demand;
mod document;
mod endpoint;
mod error;
mod headers;
mod overrides;
mod plan;
mod problem;
mod scenario;
mod section;
mod service;
mod source;
#[cfg(test)]
mod tests;
mod text;
mod workload;
mod write_gate;

pub use address::{host_and_port, same_address};
pub use configuration::{Config, FILE_NAME};
pub use error::ConfigError;
pub use overrides::{DEFAULT_ENVIRONMENT, GateOverrides, Overrides};
pub use problem::{Problem, UrlError};
pub use write_gate::WriteGateError;
