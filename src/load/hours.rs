//! Until when users begin anything.

use std::cell::Cell;

use tokio::time::Instant;

/// Until when the users of one slice begin anything: its end, unless it is stopped before.
#[derive(Debug)]
pub(crate) struct Hours {
    end: Instant,
    stopped: Cell<bool>,
}

impl Hours {
    pub(crate) fn until(end: Instant) -> Self {
        Self { end, stopped: Cell::new(false) }
    }

    /// Ends them now.
    pub(crate) fn stop(&self) {
        self.stopped.set(true);
    }

    /// Whether they were ended before their time.
    pub(crate) fn were_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Whether nothing may begin any more that would begin at `now`.
    pub(crate) fn are_over(&self, now: Instant) -> bool {
        self.stopped.get() || now >= self.end
    }
}
