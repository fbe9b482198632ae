//! The service's clock: windows, expiry and warming up are read from it, added latency is not.
//!
//! It can be set by hand, so that a test of a window never waits for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time since the clock was made. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Real(Instant),
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that runs.
    #[must_use]
    pub fn real() -> Self {
        Self(Source::Real(Instant::now()))
    }

    /// A clock that stands at zero until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual() -> Self {
        Self(Source::Manual(Arc::default()))
    }

    /// Moves a manual clock forward; a real one goes on as it does.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(nanos) = &self.0 {
            nanos.fetch_add(by.as_nanos() as u64, Ordering::SeqCst);
        }
    }

    /// Time since the clock was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        match &self.0 {
            Source::Real(origin) => origin.elapsed(),
            Source::Manual(nanos) => Duration::from_nanos(nanos.load(Ordering::SeqCst)),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}
