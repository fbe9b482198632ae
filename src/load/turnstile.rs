//! The open loop's gate: lets one user through for each arrival of the schedule.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::calls::Calls;
use super::spin::OnTime;

/// One worker's part of a schedule: arrivals `first`, `first + step`, …
///
/// One free user at a time stands at the gate and waits for the next arrival; the others are
/// parked. So there is one alarm a worker, the request is sent by the very task that the alarm
/// wakes, and a user that comes back late takes the overdue arrival at once.
pub(crate) struct Turnstile<A> {
    alarm: OnTime<A>,
    calls: RefCell<Calls>,
    begin: Instant,
    next: Cell<u64>,
    step: u64,
    taken: Cell<u64>,
    occupied: Cell<bool>,
    /// Users who are free, at the gate, parked or on their way to it.
    idle: Cell<u32>,
    /// Since when there has been one without a break, if there is one now.
    idle_since: Cell<Instant>,
    closed: Cell<bool>,
    parked: RefCell<Vec<std::task::Waker>>,
    halt: Notify,
}

/// An arrival that a user has taken on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Its number in the whole schedule.
    pub(crate) n: u64,
    /// When its request should begin.
    pub(crate) intended: Instant,
    /// When a user could have been there for it: the intended start, or later when the service kept
    /// them all.
    pub(crate) free: Instant,
    /// When a user took it on.
    pub(crate) taken: Instant,
    /// Whether nobody was left to stand at the gate.
    pub(crate) deserted: bool,
}

impl Arrival {
    /// How long it had waited for a user, whoever made it wait.
    pub(crate) fn waited(&self) -> Duration {
        self.taken.saturating_duration_since(self.intended)
    }
}

impl<A: Alarm> Turnstile<A> {
    pub(crate) fn new(
        alarm: OnTime<A>,
        calls: Calls,
        begin: Instant,
        first: u64,
        step: u64,
    ) -> Self {
        Self {
            alarm,
            calls: RefCell::new(calls),
            begin,
            next: Cell::new(first),
            step,
            taken: Cell::new(0),
            occupied: Cell::new(false),
            idle: Cell::new(0),
            idle_since: Cell::new(begin),
            closed: Cell::new(false),
            parked: RefCell::default(),
            halt: Notify::new(),
        }
    }

    /// Waits for the next arrival with a user that has been free since that instant, or would have
    /// been without the generator's own delays; `None` when there is none any more.
    pub(crate) async fn pass(&self, since: Instant) -> Option<Arrival> {
        self.come(since);
        self.stand().await?;
        let n = self.next.get();
        let Some(at) = self.calls.borrow_mut().arrival(n) else {
            self.close();
            return None;
        };
        let intended = self.begin + at;
        let mut taken = Instant::now();
        if taken < intended {
            tokio::select! {
                biased;
                () = self.alarm.until(intended) => {}
                () = self.halt.notified() => {}
            }
            taken = Instant::now();
        }
        if self.closed.get() {
            return None;
        }
        self.next.set(n + self.step);
        self.taken.set(self.taken.get() + 1);
        let deserted = !self.leave();
        self.idle.set(self.idle.get() - 1);
        let free = self.idle_since.get().max(intended);
        Some(Arrival { n, intended, free, taken, deserted })
    }

    /// Counts a user as free. While there is one, any arrival that has to wait waits for the
    /// generator, whoever takes it on in the end.
    fn come(&self, since: Instant) {
        let idle = self.idle.replace(self.idle.get() + 1);
        let since = if idle > 0 { since.min(self.idle_since.get()) } else { since };
        self.idle_since.set(since);
    }

    /// Lets nobody through any more.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.halt.notify_one();
        for waker in self.parked.take() {
            waker.wake();
        }
    }

    /// Arrivals that were taken on.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.get()
    }

    async fn stand(&self) -> Option<()> {
        std::future::poll_fn(|context| {
            if self.closed.get() {
                std::task::Poll::Ready(None)
            } else if self.occupied.replace(true) {
                // Last in, first out: few connections stay busy, the rest only stand by.
                self.parked.borrow_mut().push(context.waker().clone());
                std::task::Poll::Pending
            } else {
                std::task::Poll::Ready(Some(()))
            }
        })
        .await
    }

    /// Makes room at the gate; says whether somebody was parked to take it.
    fn leave(&self) -> bool {
        self.occupied.set(false);
        let next = self.parked.borrow_mut().pop();
        next.map(std::task::Waker::wake).is_some()
    }
}
