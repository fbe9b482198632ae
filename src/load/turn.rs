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
}

impl Turn {
    /// A request that should begin as soon as its user is free, which it is from `free` on.
    pub(crate) fn at(free: Instant, position: usize, endpoint: usize) -> Self {
        Self { position, endpoint, due: Due::at(free) }
    }

    /// Which request it is, for the recorder.
    pub(crate) fn place(&self) -> Place {
        Place { position: self.position, intended: self.due.intended }
    }
}

impl Due {
    /// As soon as its user is free, which it is from `free` on.
    pub(crate) fn at(free: Instant) -> Self {
        Self { intended: free, free, taken: free }
    }

    /// The same for a user who was kept `by` so much by what is no part of the request.
    pub(crate) fn kept(self, by: Duration) -> Self {
        Self { free: self.free + by, taken: self.taken + by, ..self }
    }
}

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A request was sent, and ended so.
    Sent(Instant, Outcome),
    /// It needs a value that the user does not have yet.
    Skipped,
}
