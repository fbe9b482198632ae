//! Rate limiters: what is declared of one, and what was seen of it.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::{Failure, Share, show_duration};

/// A rate limiter as it is declared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limiter {
    /// Requests that it lets through in a window.
    pub limit: NonZeroU32,
    /// Length of a window; above zero.
    pub per: Duration,
    /// How windows lie.
    pub window: Windowing,
    /// How far above (and, once it has recovered, below) its limit it may be; below one half.
    pub tolerance: Share,
    /// The longest wait that a rejection may ask for.
    pub retry_after: Duration,
}

/// How a limiter's windows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Windowing {
    /// One after the other, each with the whole limit, beginning anywhere.
    Fixed,
    /// Any stretch of time as long as a window.
    Sliding,
    /// None: a bucket of tokens that refills evenly and holds so many.
    Bucket {
        /// Requests that it lets through at once when it is full.
        burst: NonZeroU32,
    },
}

impl Limiter {
    /// Most requests that any stretch of `windows` windows may let through, the tolerance included.
    /// A stretch that begins anywhere meets parts of one fixed window more than its length has, and
    /// may find a bucket full.
    #[must_use]
    pub fn allowed(&self, windows: u32) -> u64 {
        self.tolerated(self.at_most(windows))
    }

    fn tolerated(&self, requests: u64) -> u64 {
        // Shares are decimal: without this 10 % of 100 could be a hair under 10.
        (requests as f64 * (1.0 + self.tolerance.get()) + 1e-6).floor() as u64
    }

    /// The same without the tolerance.
    fn at_most(&self, windows: u32) -> u64 {
        let limit = u64::from(self.limit.get());
        let once = match self.window {
            Windowing::Fixed => limit,
            Windowing::Sliding => 0,
            Windowing::Bucket { burst } => u64::from(burst.get()),
        };
        once + limit * u64::from(windows)
    }

    /// Most requests that may be let through from a rejection on, in less time than so many windows, the
    /// tolerance included. Whoever rejects has nothing left: a fixed window is used up, and each one that
    /// begins later has the limit; a sliding one has let its limit through in the window before; a bucket
    /// is empty and refills with the limit in a window.
    #[must_use]
    pub fn allowed_after_rejecting(&self, windows: u32) -> u64 {
        self.tolerated(u64::from(self.limit.get()) * u64::from(windows))
    }

    /// Requests to send over `windows` windows: twice what they may let through, so that a limiter
    /// that is not there is certain to be noticed.
    #[must_use]
    pub fn offered(&self, windows: u32) -> u64 {
        2 * self.at_most(windows)
    }

    /// How long it takes, left alone, to be as if it had never been used.
    #[must_use]
    pub fn rest(&self) -> Duration {
        match self.window {
            Windowing::Fixed | Windowing::Sliding => self.per,
            Windowing::Bucket { burst } => {
                self.per.mul_f64(f64::from(burst.get()) / f64::from(self.limit.get()))
            }
        }
    }

    /// Requests that it lets through at once after a rest.
    #[must_use]
    pub fn afresh(&self) -> u64 {
        u64::from(match self.window {
            Windowing::Fixed | Windowing::Sliding => self.limit.get(),
            Windowing::Bucket { burst } => burst.get(),
        })
    }

    /// Fewest requests that a window lets through that is asked for more, with the tolerance; at least
    /// one.
    #[must_use]
    pub fn least_of_window(&self) -> u64 {
        self.fewest(self.limit.get().into())
    }

    /// Fewest of them that will do, with the tolerance; at least one.
    #[must_use]
    pub fn least_afresh(&self) -> u64 {
        self.fewest(self.afresh())
    }

    fn fewest(&self, requests: u64) -> u64 {
        let least = requests as f64 * (1.0 - self.tolerance.get()) - 1e-6;
        (least.ceil() as u64).max(1)
    }
}

/// As tables and workloads have it: `100 in 1s, fixed windows, 10% tolerance`.
impl fmt::Display for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, window, tolerance, .. } = self;
        let per = show_duration(self.per);
        write!(f, "{limit} in {per}, {window}, {tolerance} tolerance")
    }
}

impl fmt::Display for Windowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed => f.write_str("fixed windows"),
            Self::Sliding => f.write_str("sliding window"),
            Self::Bucket { burst } => write!(f, "bucket of {burst}"),
        }
    }
}

/// When one request was on its way. Whatever became of it was decided somewhere in between. Both from
/// one beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it was handed to the socket.
    pub sent: Duration,
    /// When its answer was there, or nobody waited for one any longer.
    pub ended: Duration,
}

/// What was seen of one limiter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimiterSeen {
    /// Requests that were let through.
    pub admitted: Vec<Span>,
    /// Requests without an answer: the limiter may have let them through or not.
    pub unanswered: Vec<Span>,
    /// Why those have none.
    pub failures: BTreeMap<Failure, u64>,
    /// Requests that were turned away with 429 or 503.
    pub rejected: Rejections,
    /// When each of those was on its way.
    pub turned_away: Vec<Span>,
    /// Other answers that are no success, by status.
    pub others: BTreeMap<u16, u64>,
    /// The load above the limit.
    pub offer: Offer,
    /// What came of coming back when a rejection said so; absent when none said a sane time.
    pub returned: Option<Returned>,
    /// What it let through after a rest; absent when it never rejected anything.
    pub recovered: Option<Recovered>,
}

impl LimiterSeen {
    /// Requests that were sent and have ended.
    #[must_use]
    pub fn total(&self) -> u64 {
        let others: u64 = self.others.values().sum();
        (self.admitted.len() + self.unanswered.len()) as u64 + self.rejected.count + others
    }
}

/// Requests that were turned away, by what they say of coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rejections {
    /// All of them.
    pub count: u64,
    /// Without a `Retry-After`.
    pub silent: u64,
    /// With one that is neither a whole number of seconds nor a date.
    pub unreadable: u64,
    /// With one below a second or longer than the limiter may ask for.
    pub insane: u64,
    /// The shortest wait that was asked for.
    pub shortest: Option<Duration>,
    /// The longest wait that was asked for.
    pub longest: Option<Duration>,
}

impl Rejections {
    /// Counts one; `longest` is what the limiter may ask for. Gives the wait if it is sane.
    pub fn add(&mut self, retry_after: RetryAfter, longest: Duration) -> Option<Duration> {
        self.count += 1;
        let wait = match retry_after {
            RetryAfter::Absent => {
                self.silent += 1;
                return None;
            }
            RetryAfter::Unreadable => {
                self.unreadable += 1;
                return None;
            }
            RetryAfter::In(wait) => wait,
        };
        self.shortest = Some(self.shortest.map_or(wait, |least| least.min(wait)));
        self.longest = Some(self.longest.map_or(wait, |most| most.max(wait)));
        let is_sane = (Duration::from_secs(1)..=longest).contains(&wait);
        self.insane += u64::from(!is_sane);
        is_sane.then_some(wait)
    }

    /// Those that do not say in a sane way when to come back.
    #[must_use]
    pub fn unhelpful(&self) -> u64 {
        self.silent + self.unreadable + self.insane
    }
}

/// What a rejection says of when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing.
    Absent,
    /// Something that nobody can read.
    Unreadable,
    /// After so long.
    In(Duration),
}

/// A load above the limit: as it should be, and as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offer {
    /// Requests that should be sent.
    pub intended: u64,
    /// Requests that were.
    pub sent: u64,
    /// In which time they should be.
    pub over: Duration,
    /// In which time they were.
    pub took: Duration,
}

impl Offer {
    /// Whether the load was what it should be: 95 % of its requests, at 90 % of its rate.
    #[must_use]
    pub fn was_made(&self) -> bool {
        let sent = self.sent as f64 >= 0.95 * self.intended as f64;
        sent && self.took.as_secs_f64() <= self.over.as_secs_f64() / 0.9
    }
}

/// What came of coming back when a rejection said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// How long the rejection asked to wait.
    pub after: Duration,
    /// What came of it.
    pub answer: Answer,
}

/// What a limiter did with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It let it through.
    Admitted,
    /// It turned it away.
    Rejected(RetryAfter),
    /// Another answer that is no success, with this status.
    Other(u16),
    /// None.
    Failed(Failure),
}

/// What a limiter let through after a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Requests that were sent.
    pub sent: u64,
    /// Requests that were let through.
    pub admitted: u64,
    /// Requests without an answer.
    pub unanswered: u64,
    /// From the first request to the last answer.
    pub took: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(window: Windowing) -> Limiter {
        Limiter {
            limit: NonZeroU32::new(100).unwrap(),
            per: Duration::from_secs(1),
            window,
            tolerance: Share::new(0.1),
            retry_after: Duration::from_secs(2),
        }
    }

    #[test]
    fn what_may_be_let_through_depends_on_how_windows_lie() {
        let burst = NonZeroU32::new(30).unwrap();
        for (window, one, five, afresh, rest) in [
            (Windowing::Fixed, 220, 660, 100, 1000),
            (Windowing::Sliding, 110, 550, 100, 1000),
            (Windowing::Bucket { burst }, 143, 583, 30, 300),
        ] {
            let limiter = limiter(window);
            assert_eq!((limiter.allowed(1), limiter.allowed(5)), (one, five), "{window}");
            assert_eq!(limiter.allowed_after_rejecting(5), 550, "{window}");
            assert_eq!(limiter.afresh(), afresh);
            assert_eq!(limiter.rest(), Duration::from_millis(rest));
            assert!(limiter.offered(5) > limiter.allowed(5));
        }
        assert_eq!(limiter(Windowing::Fixed).least_afresh(), 90);
    }

    #[test]
    fn a_rejection_says_when_to_come_back() {
        let (second, most) = (Duration::from_secs(1), Duration::from_secs(2));
        let mut rejected = Rejections::default();
        for (said, sane) in [
            (RetryAfter::Absent, None),
            (RetryAfter::Unreadable, None),
            (RetryAfter::In(Duration::ZERO), None),
            (RetryAfter::In(second), Some(second)),
            (RetryAfter::In(most), Some(most)),
            (RetryAfter::In(3 * second), None),
        ] {
            assert_eq!(rejected.add(said, most), sane, "{said:?}");
        }
        let Rejections { count, silent, unreadable, insane, shortest, longest } = rejected;
        assert_eq!((count, silent, unreadable, insane), (6, 1, 1, 2));
        assert_eq!((shortest, longest), (Some(Duration::ZERO), Some(3 * second)));
    }
}
