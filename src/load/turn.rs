//! One request that is to be sent, and what became of it.

use std::time::Duration;

use tokio::time::Instant;

use super::recorder::Place;
use crate::model::Outcome;

/// One request to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// The endpoint's position in the slice.
    pub(crate) position: usize,
    /// The endpoint's position in the plan.
    pub(crate) endpoint: usize,
    /// When it is due.
    pub(crate) due: Due,
}

/// When a request is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    /// When the request should begin.
    pub(crate) intended: Instant,
    /// From when on a delay is the generator's own: the intended start, or later when it was the
    /// service that kept the user.
    pub(crate) free: Instant,
    /// When the user takes it on, as far as that is known, from which on its timeout runs: not
    /// before it is free.
    pub(crate) taken: Instant,
    /// What decides when it should begin.
    pub(crate) start: Start,
}

/// What decides when a request should begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// A rate, be it of arrivals or of a user, for it or for the task that it is a step of: as many begin
    /// however long the answers take.
    Rate {
        /// How much later than its task it should begin: none for a first step, and for one that follows
        /// what the steps before took.
        after: Duration,
    },
    /// Its user, who has no rate: as soon as it is free, or after a pause.
    User,
}

impl Start {
    /// What a rate asks for itself, or the first step of what it asks for.
    pub(crate) const AT_RATE: Self = Self::Rate { after: Duration::ZERO };
}

impl Turn {
    /// A request that should begin as soon as its user is free, which it is from `free` on.
    pub(crate) fn at(free: Instant, position: usize, endpoint: usize) -> Self {
        Self { position, endpoint, due: Due::at(free) }
    }

    /// Which request it is, for the recorder.
    pub(crate) fn place(&self) -> Place {
        let Due { intended, start, .. } = self.due;
        Place { position: self.position, intended, start }
    }
}

impl Due {
    /// As soon as its user is free, which it is from `free` on.
    pub(crate) fn at(free: Instant) -> Self {
        Self { intended: free, free, taken: free, start: Start::User }
    }

    /// The next of the same task, for a user who is free from `free` on.
    pub(crate) fn then(self, free: Instant) -> Self {
        let start = match self.start {
            Start::Rate { after } => {
                Start::Rate { after: after + free.saturating_duration_since(self.intended) }
            }
            Start::User => Start::User,
        };
        Self { start, ..Self::at(free) }
    }

    /// The same, all of it later `by` a time in which nothing is measured.
    pub(crate) fn delayed(self, by: Duration) -> Self {
        let Self { intended, free, taken, start } = self;
        Self { intended: intended + by, free: free + by, taken: taken + by, start }
    }
}

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A request was sent, and ended so.
    Sent(Instant, Outcome),
    /// It needs a value that the user does not have yet. The user took it on at this instant, which is later
    /// than the turn said if it got an identity first.
    Skipped(Instant),
}
