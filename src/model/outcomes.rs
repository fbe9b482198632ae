//! Counts of how requests ended, and the shares that are judged.

use std::collections::BTreeMap;

use super::{FailedCheck, Failure, Outcome, Share};

/// Counts of how requests ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Requests that ended in success, allowed ones included.
    pub successes: u64,
    /// Those of the successes that had an allowed status, by that; a status without answers is
    /// absent.
    pub allowed: BTreeMap<u16, u64>,
    /// Those of the successes whose request had to be sent a second time: its connection was lost before
    /// anything of an answer came. What HTTP/2 says nobody had looked at is not among them.
    pub repeated: u64,
    /// Requests that failed, by class; a class without requests is absent.
    pub failures: BTreeMap<Failure, u64>,
    /// Requests that were not sent, because the user did not have a value yet that they need. No
    /// part of the total.
    pub skipped: u64,
    /// Messages on a socket that were there before the one that they would have been taken for the
    /// answer to. No part of the total.
    pub unasked: u64,
    /// The checks that did not hold, by how they are written. One answer can fail several.
    pub checks: BTreeMap<String, FailedCheck>,
}

impl Outcomes {
    /// Counts one request.
    pub fn record(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.successes += 1,
            Outcome::Allowed(status) => {
                self.successes += 1;
                *self.allowed.entry(status).or_default() += 1;
            }
            Outcome::Failed(failure) => *self.failures.entry(failure).or_default() += 1,
        }
    }

    /// Counts an answer that a check did not hold for; `found` says what it had instead, and is
    /// asked for the first one only. The answer itself is recorded once, whatever fails of it.
    pub fn failed_check(&mut self, written: &str, found: impl FnOnce() -> String) {
        if let Some(failed) = self.checks.get_mut(written) {
            failed.count += 1;
        } else {
            let failed = FailedCheck { count: 1, first: found() };
            self.checks.insert(written.to_owned(), failed);
        }
    }

    /// Adds `other`.
    pub fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.repeated += other.repeated;
        self.skipped += other.skipped;
        self.unasked += other.unasked;
        for (failure, count) in &other.failures {
            *self.failures.entry(*failure).or_default() += count;
        }
        for (status, count) in &other.allowed {
            *self.allowed.entry(*status).or_default() += count;
        }
        for (written, failed) in &other.checks {
            self.checks.entry(written.clone()).or_default().merge(failed);
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
        self.total() - self.dropped()
    }

    /// Starts that were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.failures.get(&Failure::Dropped).copied().unwrap_or(0)
    }

    /// All requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.successes + self.failed()
    }

    /// Successes with an allowed status, whatever it is.
    #[must_use]
    pub fn allowed(&self) -> u64 {
        self.allowed.values().sum()
    }

    /// Successes with an expected status.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.successes.saturating_sub(self.allowed())
    }

    /// Whether something was asked, and not one answer was as expected.
    #[must_use]
    pub fn nothing_works(&self) -> bool {
        self.total() > 0 && self.expected() == 0
    }

    /// Those with an allowed status among the successes.
    #[must_use]
    pub fn allowed_share(&self) -> Share {
        Share::of(self.allowed(), self.successes)
    }

    /// Answers of a limiter among all requests.
    #[must_use]
    pub fn limited_share(&self) -> Share {
        let limited = self.failures.get(&Failure::Limited).copied().unwrap_or(0);
        Share::of(limited, self.total())
    }

    /// From this share of limited requests on, figures are no longer those of the service.
    pub const MUCH_LIMITED: f64 = 0.01;

    /// Whether a limiter answered so many requests that it has to be said.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limited_share().get() > Self::MUCH_LIMITED
    }

    /// Failures among all requests.
    #[must_use]
    pub fn failed_share(&self) -> Share {
        Share::of(self.failed(), self.total())
    }

    /// The classes of answers that are wrong whenever the service was asked.
    const WRONG: [Failure; 4] =
        [Failure::Status4xx, Failure::Status5xx, Failure::StatusOther, Failure::Check];

    /// Requests that the service answered, and otherwise than expected: no delay of whoever asks makes one
    /// answer of another. Not among them is a 408, which says just that the request was late.
    #[must_use]
    pub fn wrong(&self) -> u64 {
        Self::WRONG.iter().filter_map(|failure| self.failures.get(failure)).sum()
    }

    /// Those among all requests.
    #[must_use]
    pub fn wrong_share(&self) -> Share {
        Share::of(self.wrong(), self.total())
    }

    /// The class that most of those are of, with how many.
    #[must_use]
    pub fn mostly_wrong(&self) -> Option<(Failure, u64)> {
        let wrong = Self::WRONG.iter().filter_map(|it| Some((*it, *self.failures.get(it)?)));
        wrong.max_by_key(|(_, count)| *count)
    }

    /// Requests among all that were answered otherwise than expected, be it with an allowed status.
    #[must_use]
    pub fn unexpected_share(&self) -> Share {
        Share::of(self.wrong() + self.allowed(), self.total())
    }

    /// Requests among all that came to something only when they were sent a second time.
    #[must_use]
    pub fn repeated_share(&self) -> Share {
        Share::of(self.repeated, self.total())
    }

    /// Failures, and requests that were sent again.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.failed() + self.repeated
    }

    /// Requests among all that came to nothing when they were sent the first time: failures, and those
    /// that were sent again. It is what an allowance for failures is held against, because who sends
    /// a request once only has lost both.
    #[must_use]
    pub fn lost_share(&self) -> Share {
        Share::of(self.lost(), self.total())
    }

    /// What became of the requests that [`Self::lost_share`] is of, as a verb.
    #[must_use]
    pub fn how_lost(&self) -> &'static str {
        match (self.failed(), self.repeated) {
            (_, 0) => "failed",
            (0, _) => "lost their connection and were sent again",
            _ => "failed, or lost their connection and were sent again",
        }
    }

    /// Successes that a demanded share of them is made of: all, or where noticeably many had to be sent a
    /// second time only the others.
    #[must_use]
    pub fn at_once(&self) -> u64 {
        if self.is_repeated() { self.successes - self.repeated } else { self.successes }
    }

    /// From this share of repeated requests on, it is more than ends that crossed requests.
    pub const MUCH_REPEATED: f64 = 0.001;

    /// So few are no share of anything.
    const FEW_REPEATED: u64 = 2;

    /// Whether so many requests had to be sent a second time that it has to be said.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.repeated > Self::FEW_REPEATED && self.repeated_share().get() >= Self::MUCH_REPEATED
    }
}

#[cfg(test)]
mod tests;
