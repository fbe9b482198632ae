//! File, flags and environment become a plan; every error is collected.
//!
//! [`Config::load`] reads `perfbase.toml` and tells everything that is wrong with it at once, each
//! with its place; [`Config::plan`] adds what the call says and resolves the references of what is
//! used. Nothing here reads the process environment, sends a request or prints.

mod act;
mod address;
mod attached;
mod behaviour;
mod body;
mod certificates;
mod checks;
mod configuration;
mod connection;
mod connection_problem;
mod data;
mod demand;
mod document;
mod effect;
mod endpoint;
mod endpoint_key;
mod error;
mod expect;
mod fit;
mod form;
mod given;
mod headers;
mod help;
mod in_file;
mod json;
mod kind;
mod limiter;
mod list;
mod login;
mod metrics;
mod multipart;
mod names;
mod overrides;
mod page;
mod pause;
mod place;
mod plan;
mod problem;
mod protected;
mod protocol;
mod quote;
mod request;
mod rows;
mod save;
mod scenario;
mod section;
mod service;
mod socket;
mod source;
mod stages;
mod statement;
mod steward;
mod target;
mod target_problem;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod throughput;
#[cfg(any(test, fuzzing))]
mod trial;
mod url_error;
mod users;
mod values;
mod workload;
mod write_gate;
mod write_new;

pub use address::host_and_port;
pub use configuration::{Config, FILE_NAME};
pub use connection_problem::ConnectionProblem;
pub use error::ConfigError;
pub use overrides::{DEFAULT_ENVIRONMENT, GateOverrides, Overrides};
pub use place::same_address;
pub use problem::Problem;
pub use target_problem::TargetProblem;
#[cfg(any(test, fuzzing))]
pub use trial::fuzz_configuration;
pub use url_error::UrlError;
pub use write_gate::WriteGateError;
pub use write_new::{Existing, WriteNewError, write_new};
