//! How the service is started.

use std::path::PathBuf;
use std::time::Duration;

use super::{Clock, FaultSet};

/// What can be chosen. Plain data; the default is a healthy service in memory.
#[derive(Debug, Clone)]
pub struct Options {
    /// Fixes the data, the latencies, the ids and the tokens.
    pub seed: u64,
    /// Faults from the first request on.
    pub faults: FaultSet,
    /// Database file; in memory when absent. An existing file of the service is used on; what it
    /// holds stays.
    pub database: Option<PathBuf>,
    /// How long access tokens live.
    pub token_lifetime: Duration,
    /// The password that the login asks for; any that is not empty when absent.
    pub password: Option<String>,
    /// A fixed bearer token that opens every route, and without which (or a login) the data
    /// routes of the dashboard are closed. They are open when absent.
    pub token: Option<String>,
    /// Agents in the data; at least 1 is made.
    pub agents: u32,
    /// Clients in the data; at least 1 is made.
    pub clients: u32,
    /// Multiplies the drawn latencies: 1 as in the table, 0 for the real work alone. Values below 0
    /// and those that are no number count as 0.
    pub latency_scale: f64,
    /// What windows, expiry and warming up are read from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            faults: FaultSet::new(),
            database: None,
            token_lifetime: Duration::from_hours(1),
            password: None,
            token: None,
            agents: 50,
            clients: 200,
            latency_scale: 1.0,
            clock: Clock::default(),
        }
    }
}
