//! The phases of a request, and how long each took.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Histogram;

/// A part of the time that a request takes; the words are those of HAR and curl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Looking up a host name during a request, which only a redirect to another host does. The
    /// service's own name is looked up once, before anything is measured.
    Dns,
    /// From the begin of a connection until it stands, as TCP has it; of each new connection.
    Connect,
    /// The TLS handshake that follows.
    Tls,
    /// From the instant the request was handed to the socket to the first byte of its answer, be it
    /// an interim one; of each success. Of a request that was redirected, to that of the last answer.
    Wait,
    /// From there to the last byte of the body; zero where one read brought the whole answer.
    Body,
}

impl Phase {
    /// Every phase, in the order in which they come.
    pub const ALL: [Self; 5] = [Self::Dns, Self::Connect, Self::Tls, Self::Wait, Self::Body];

    /// The phase's name, as stored and as shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Wait => "wait",
            Self::Body => "body",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no phase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a phase of a request")]
pub struct UnknownPhase(String);

impl FromStr for Phase {
    type Err = UnknownPhase;

    fn from_str(text: &str) -> Result<Self, UnknownPhase> {
        Self::ALL
            .into_iter()
            .find(|phase| phase.as_str() == text)
            .ok_or_else(|| UnknownPhase(text.to_owned()))
    }
}

/// How long one phase took in one sample, by nearest rank to three significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseTimes {
    /// How often it took place; at least once.
    pub count: u64,
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl PhaseTimes {
    /// The figures of `times`; nothing of none.
    #[must_use]
    pub fn of(times: &Histogram) -> Option<Self> {
        Self::with_zeros(times, 0)
    }

    /// The figures of `times` and of so many more that took no time; nothing of none.
    #[must_use]
    pub fn with_zeros(times: &Histogram, zeros: u64) -> Option<Self> {
        let count = times.count().saturating_add(zeros);
        let mut all = times.clone();
        all.record_many(Duration::ZERO, zeros);
        // A histogram's smallest step is longer than no time.
        let quantile = |p: f64| {
            let rank = (p * count as f64).ceil() as u64;
            if rank <= zeros { Duration::ZERO } else { all.quantile(p) }
        };
        (count > 0).then(|| Self {
            count,
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: times.max(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn every_phase_reads_back_from_its_name() {
        for phase in Phase::ALL {
            assert_eq!(phase.as_str().parse(), Ok(phase));
        }
        assert!("blocked".parse::<Phase>().is_err());
    }

    #[test]
    fn what_took_no_time_counts_among_the_others() {
        let mut times = Histogram::new();
        (1..=10).for_each(|nth| times.record(MS * nth));
        let figures = PhaseTimes::with_zeros(&times, 90).unwrap();
        assert_eq!((figures.count, figures.p50), (100, Duration::ZERO));
        for (figure, expected) in [(figures.p95, 5), (figures.p99, 9), (figures.max, 10)] {
            assert!(figure.abs_diff(MS * expected) < MS / 50, "{figures:?}");
        }
        let none = PhaseTimes::with_zeros(&Histogram::new(), 3).unwrap();
        assert_eq!((none.count, none.p99, none.max), (3, Duration::ZERO, Duration::ZERO));
        assert_eq!(PhaseTimes::of(&Histogram::new()), None);
    }
}
