//! The open loop's gate: lets one user through for each arrival of the schedule.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::calls::Calls;

/// One worker's part of a schedule: arrivals `first`, `first + step`, …
///
/// One free user at a time stands at the gate and waits for the next arrival; the others are
/// parked. So there is one alarm a worker, the request is sent by the very task that the alarm
/// wakes, and a user that comes back late takes the overdue arrival at once.
pub(crate) struct Turnstile<A> {
    alarm: A,
    calls: RefCell<Calls>,
    begin: Instant,
    next: Cell<u64>,
    step: u64,
    taken: Cell<u64>,
    occupied: Cell<bool>,
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
    /// When a user was there for it: the intended start, or later when all were busy.
    pub(crate) free: Instant,
    /// Whether nobody was left to stand at the gate.
    pub(crate) deserted: bool,
}

impl Arrival {
    /// How long it had waited for a user.
    pub(crate) fn waited(&self) -> Duration {
        self.free - self.intended
    }
}

impl<A: Alarm> Turnstile<A> {
    pub(crate) fn new(alarm: A, calls: Calls, begin: Instant, first: u64, step: u64) -> Self {
        Self {
            alarm,
            calls: RefCell::new(calls),
            begin,
            next: Cell::new(first),
            step,
            taken: Cell::new(0),
            occupied: Cell::new(false),
            closed: Cell::new(false),
            parked: RefCell::default(),
            halt: Notify::new(),
        }
    }

    /// Waits for the next arrival; `None` when there is none any more.
    pub(crate) async fn pass(&self) -> Option<Arrival> {
        self.stand().await?;
        let n = self.next.get();
        let Some(at) = self.calls.borrow_mut().arrival(n) else {
            self.close();
            return None;
        };
        let intended = self.begin + at;
        let came = Instant::now();
        if came < intended {
            tokio::select! {
                biased;
                () = self.alarm.until(intended) => {}
                () = self.halt.notified() => {}
            }
        }
        if self.closed.get() {
            return None;
        }
        self.next.set(n + self.step);
        self.taken.set(self.taken.get() + 1);
        let deserted = !self.leave();
        Some(Arrival { n, intended, free: came.max(intended), deserted })
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
