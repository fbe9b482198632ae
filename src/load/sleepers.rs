//! Users that pause: many wake-ups from one alarm.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::task::{Poll, Waker};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::spin::OnTime;

/// Wakes each of many tasks at its instant, as precisely as the one alarm does: the runtime's own
/// timer would be late by up to a millisecond, which is the larger part of a lag.
pub(crate) struct Sleepers<A> {
    alarm: OnTime<A>,
    waiting: RefCell<BinaryHeap<Reverse<Entry>>>,
    /// Entries so far.
    entered: Cell<u64>,
    changed: Notify,
    closed: Cell<bool>,
}

struct Entry {
    at: Instant,
    /// Tells entries of one instant apart, in the order in which they came.
    number: u64,
    waker: Waker,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl<A: Alarm> Sleepers<A> {
    pub(crate) fn new(alarm: OnTime<A>) -> Self {
        Self {
            alarm,
            waiting: RefCell::default(),
            entered: Cell::new(0),
            changed: Notify::new(),
            closed: Cell::new(false),
        }
    }

    /// Returns at `at`, or earlier when all are woken for good. [`Self::keep_waking`] must be under way.
    pub(crate) async fn until(&self, at: Instant) {
        let mut entered = false;
        std::future::poll_fn(|context| {
            if self.closed.get() || Instant::now() >= at {
                return Poll::Ready(());
            }
            if !entered {
                entered = true;
                self.enter(at, context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn enter(&self, at: Instant, waker: Waker) {
        let mut waiting = self.waiting.borrow_mut();
        let is_first = waiting.peek().is_none_or(|Reverse(first)| at < first.at);
        let number = self.entered.get();
        self.entered.set(number + 1);
        waiting.push(Reverse(Entry { at, number, waker }));
        if is_first {
            self.changed.notify_one();
        }
    }

    /// Wakes whoever is due, until nobody asks any more: dropped with what it serves.
    pub(crate) async fn keep_waking(&self) {
        loop {
            let first = self.waiting.borrow().peek().map(|Reverse(entry)| entry.at);
            match first {
                None => self.changed.notified().await,
                Some(at) => {
                    tokio::select! {
                        biased;
                        () = self.alarm.until(at) => self.wake_due(),
                        () = self.changed.notified() => {}
                    }
                }
            }
        }
    }

    fn wake_due(&self) {
        let now = Instant::now();
        let mut waiting = self.waiting.borrow_mut();
        while let Some(Reverse(first)) = waiting.peek()
            && first.at <= now
        {
            if let Some(Reverse(entry)) = waiting.pop() {
                entry.waker.wake();
            }
        }
    }

    /// Wakes all, now and in future.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        for Reverse(entry) in self.waiting.take() {
            entry.waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Duration;

    use super::super::alarm::RuntimeAlarm;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn woken(pauses: &[u32], close_after: Option<Duration>) -> Vec<u64> {
        let sleepers = Rc::new(Sleepers::new(OnTime::new(RuntimeAlarm)));
        let begin = Instant::now();
        let order = Rc::new(RefCell::new(Vec::new()));
        let local = tokio::task::LocalSet::new();
        for &pause in pauses {
            let (sleepers, order) = (Rc::clone(&sleepers), Rc::clone(&order));
            local.spawn_local(async move {
                sleepers.until(begin + SECOND * pause).await;
                order.borrow_mut().push(begin.elapsed().as_secs());
            });
        }
        let waking = Rc::clone(&sleepers);
        local.spawn_local(async move { waking.keep_waking().await });
        local
            .run_until(async move {
                if let Some(after) = close_after {
                    tokio::time::sleep(after).await;
                    sleepers.close();
                }
                tokio::time::sleep(100 * SECOND).await;
            })
            .await;
        order.take()
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_woken_at_its_time() {
        assert_eq!(woken(&[5, 3, 9, 3, 1], None).await, [1, 3, 3, 5, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn closing_wakes_all() {
        assert_eq!(woken(&[5, 3, 9], Some(4 * SECOND)).await, [3, 4, 4]);
    }
}
