//! What one endpoint gave in one round.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Histogram, Outcomes, Percentiles, Phase, PhaseTimes, Receipt, Timing};

/// What one endpoint gave in one round (or in several that were added up).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// Last body byte read minus intended start, successes only; nothing of them once they are settled.
    pub latency: Histogram,
    /// Last body byte read minus the instant the request was handed to the socket, successes only;
    /// until the phases are settled only of answers that came at once.
    pub service_time: Histogram,
    /// Actual send minus intended start as far as the generator itself caused it, all requests.
    pub lag: Histogram,
    /// How the requests ended.
    pub outcomes: Outcomes,
    /// What else is known of phases and service times, as long as it is being measured.
    pub timing: Timing,
    /// How long each phase took, once it was measured; `None` of a sample of which that was not
    /// recorded. A phase that did not take place is absent.
    pub phases: Option<BTreeMap<Phase, PhaseTimes>>,
    /// The percentiles of the latencies, once those are settled.
    pub settled: Option<Percentiles>,
    /// Body bytes received.
    pub bytes: u64,
    /// Connections made for this endpoint's requests.
    pub connections: u64,
    /// Time in which its requests could begin; of one that follows others of a task that a rate begins,
    /// without the time in which those were answered. Zero as long as that is not known.
    pub measured: Duration,
    /// Successes that ended within that time, whenever they began, because an answer may come long
    /// after the time that asked for it. Absent where no time is measured, and in runs of a perfbase
    /// that did not count them.
    pub completed: Option<u64>,
}

impl Sample {
    /// Forgets service times and lags, which take as much memory as the latencies do, and of phases
    /// all but their figures.
    pub fn keep_latency(&mut self) {
        self.service_time = Histogram::new();
        self.lag = Histogram::new();
        self.timing = Timing::default();
    }

    /// The percentiles of its latencies, settled or not; `None` without a success.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        self.settled.or_else(|| Percentiles::of(&self.latency))
    }

    /// Hands over its latencies, of which it keeps the percentiles, and forgets what else takes as
    /// much memory. Nothing can be added to it any more.
    pub fn settle(&mut self) -> Histogram {
        self.settled = self.percentiles();
        self.keep_latency();
        std::mem::take(&mut self.latency)
    }

    /// Counts the service time of a success, by how its answer came.
    #[inline]
    pub fn received(&mut self, service_time: Duration, receipt: Receipt) {
        self.timing.received(&mut self.service_time, service_time, receipt);
    }

    /// Makes the phases' figures of what was recorded, which nothing can be added to any more.
    pub fn settle_phases(&mut self) {
        self.phases = Some(std::mem::take(&mut self.timing).settle(&mut self.service_time));
    }

    /// Adds what another worker measured at the same time, before the phases are settled; exact.
    pub fn merge(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        self.service_time.merge(&other.service_time);
        self.lag.merge(&other.lag);
        self.timing.merge(&other.timing);
        self.outcomes.merge(&other.outcomes);
        self.bytes += other.bytes;
        self.connections += other.connections;
        self.measured = self.measured.max(other.measured);
        self.completed = match (self.completed, other.completed) {
            (None, None) => None,
            (own, other) => Some(own.unwrap_or(0) + other.unwrap_or(0)),
        };
    }

    /// Successes that its rate is made of.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.completed.unwrap_or(self.outcomes.successes)
    }
}

/// How one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A response whose status and checks are as expected.
    Success,
    /// A response with this status, which is allowed besides those that are expected.
    Allowed(u16),
    /// Anything else.
    Failed(Failure),
}

impl Outcome {
    /// Whether it counts as a success.
    #[must_use]
    pub fn is_success(self) -> bool {
        match self {
            Self::Success | Self::Allowed(_) => true,
            Self::Failed(_) => false,
        }
    }
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
    /// The peer reset or closed the connection before the response began, or had done so when the
    /// request was sent the first time and answered the second otherwise than expected.
    Reset,
    /// What came is not HTTP.
    Protocol,
    /// The body was cut short or malformed.
    Body,
    /// An unexpected status 408: the request did not come in time, which may be for the service or for whoever
    /// sent it.
    Status408,
    /// Any other unexpected status from 400 to 499.
    Status4xx,
    /// An unexpected status from 500 to 599.
    Status5xx,
    /// Any other unexpected status.
    StatusOther,
    /// A check on the response did not hold.
    Check,
    /// A limiter answered in place of the service: 429, or 503 with a `retry-after`.
    Limited,
    /// More redirects than are followed, or one that leads nowhere it may; of a request that may have
    /// changed something, also one that leads to a failure.
    Redirect,
    /// An arrival that found no connection within the timeout, or a start of a user with a rate that
    /// was not free for it, and was never sent.
    Dropped,
}

impl Failure {
    /// Every class, in the order of the type.
    pub const ALL: [Self; 15] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Protocol,
        Self::Body,
        Self::Status408,
        Self::Status4xx,
        Self::Status5xx,
        Self::StatusOther,
        Self::Check,
        Self::Limited,
        Self::Redirect,
        Self::Dropped,
    ];

    /// Whether it leaves open what the service did with the request: it was sent, and its answer
    /// was not read to the end, or leads on without one.
    #[must_use]
    pub fn leaves_fate_unknown(self) -> bool {
        match self {
            Self::Timeout | Self::Reset | Self::Protocol | Self::Body | Self::Redirect => true,
            Self::Dns
            | Self::Connect
            | Self::Tls
            | Self::Status408
            | Self::Status4xx
            | Self::Status5xx
            | Self::StatusOther
            | Self::Check
            | Self::Limited
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
            Self::Status408 => "status_408",
            Self::Status4xx => "status_4xx",
            Self::Status5xx => "status_5xx",
            Self::StatusOther => "status_other",
            Self::Check => "check",
            Self::Limited => "limited",
            Self::Redirect => "redirect",
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

#[cfg(test)]
mod tests;
