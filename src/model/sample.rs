//! What one endpoint gave in one round.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Histogram, Share};

/// What one endpoint gave in one round (or in several that were added up).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// Last body byte read minus intended start, successes only.
    pub latency: Histogram,
    /// Last body byte read minus the instant the request was handed to the socket, successes only.
    pub service_time: Histogram,
    /// Actual send minus intended start as far as the generator itself caused it, all requests.
    pub lag: Histogram,
    /// How the requests ended.
    pub outcomes: Outcomes,
    /// Body bytes received.
    pub bytes: u64,
    /// Connections made for this endpoint's requests.
    pub connections: u64,
    /// Time in which its requests could begin.
    pub measured: Duration,
}

impl Sample {
    /// Forgets service times and lags, which take as much memory as the latencies do.
    pub fn keep_latency(&mut self) {
        self.service_time = Histogram::new();
        self.lag = Histogram::new();
    }

    /// Adds what another worker measured at the same time; exact.
    pub fn merge(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        self.service_time.merge(&other.service_time);
        self.lag.merge(&other.lag);
        self.outcomes.merge(&other.outcomes);
        self.bytes += other.bytes;
        self.connections += other.connections;
        self.measured = self.measured.max(other.measured);
    }
}

/// How one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A response whose status and checks are as expected.
    Success,
    /// Anything else.
    Failed(Failure),
}

/// The classes of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The host name has no address.
    Dns,
    /// No connection: refused or unreachable.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// Not finished within the timeout.
    Timeout,
    /// The peer reset or closed the connection before the response began.
    Reset,
    /// What came is not HTTP.
    Protocol,
    /// The body was cut short or malformed.
    Body,
    /// An unexpected status from 400 to 499.
    Status4xx,
    /// An unexpected status from 500 to 599.
    Status5xx,
    /// Any other unexpected status.
    StatusOther,
    /// A check on the response did not hold.
    Check,
    /// An arrival that found no connection within the timeout and was never sent.
    Dropped,
}

impl Failure {
    /// Every class, in the order of the type.
    pub const ALL: [Self; 12] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Protocol,
        Self::Body,
        Self::Status4xx,
        Self::Status5xx,
        Self::StatusOther,
        Self::Check,
        Self::Dropped,
    ];

    /// Whether it leaves open what the service did with the request: it was sent, and its answer
    /// was not read to the end.
    #[must_use]
    pub fn leaves_fate_unknown(self) -> bool {
        match self {
            Self::Timeout | Self::Reset | Self::Protocol | Self::Body => true,
            Self::Dns
            | Self::Connect
            | Self::Tls
            | Self::Status4xx
            | Self::Status5xx
            | Self::StatusOther
            | Self::Check
            | Self::Dropped => false,
        }
    }

    /// The class's one-word name, as stored and as shown in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
            Self::Body => "body",
            Self::Status4xx => "status_4xx",
            Self::Status5xx => "status_5xx",
            Self::StatusOther => "status_other",
            Self::Check => "check",
            Self::Dropped => "dropped",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no class of failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a class of failure")]
pub struct UnknownFailure(String);

impl FromStr for Failure {
    type Err = UnknownFailure;

    fn from_str(text: &str) -> Result<Self, UnknownFailure> {
        Self::ALL
            .into_iter()
            .find(|failure| failure.as_str() == text)
            .ok_or_else(|| UnknownFailure(text.to_owned()))
    }
}

/// Counts of how requests ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// Requests that ended in success.
    pub successes: u64,
    /// Requests that failed, by class; a class without requests is absent.
    pub failures: BTreeMap<Failure, u64>,
    /// Requests that were not sent, because the user did not have a value yet that they need. No
    /// part of the total.
    #[serde(default)]
    pub skipped: u64,
}

impl Outcomes {
    /// Counts one request.
    pub fn record(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.successes += 1,
            Outcome::Failed(failure) => *self.failures.entry(failure).or_default() += 1,
        }
    }

    /// Adds `other`.
    pub fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.skipped += other.skipped;
        for (failure, count) in &other.failures {
            *self.failures.entry(*failure).or_default() += count;
        }
    }

    /// Requests that failed, whatever the class.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Failures that leave open what the service did with the request.
    #[must_use]
    pub fn fate_unknown(&self) -> u64 {
        let unknown = self.failures.iter().filter(|(failure, _)| failure.leaves_fate_unknown());
        unknown.map(|(_, count)| count).sum()
    }

    /// All requests that were sent: all but arrivals that were dropped.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.total() - self.failures.get(&Failure::Dropped).copied().unwrap_or(0)
    }

    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.successes + self.failed()
    }

    /// Failures among all requests.
    #[must_use]
    pub fn failed_share(&self) -> Share {
        Share::of(self.failed(), self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_reads_back_from_its_name() {
        for failure in Failure::ALL {
            assert_eq!(failure.as_str().parse(), Ok(failure));
        }
    }

    #[test]
    fn outcomes_add_up() {
        let mut outcomes = Outcomes::default();
        outcomes.record(Outcome::Success);
        outcomes.record(Outcome::Failed(Failure::Timeout));
        let mut twice = outcomes.clone();
        twice.merge(&outcomes);
        assert_eq!((twice.total(), twice.failed(), twice.successes), (4, 2, 2));
        assert!((twice.failed_share().get() - 0.5).abs() < 1e-12);
    }
}
