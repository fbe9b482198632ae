//! Giving up on time without a timer a request.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep};

/// One user's timeout. Its timer is set for the first request and then left alone: when it fires
/// it is set anew for whatever request is under way by then. So a timer costs something once a
/// timeout, not once a request.
pub(crate) struct Deadline {
    timeout: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whom the timer wakes; it need not be told again before it has fired.
    woken: Option<Waker>,
}

/// The timeout has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Elapsed;

impl Deadline {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, timer: Box::pin(tokio::time::sleep(timeout)), woken: None }
    }

    /// Waits for `work`, at most until the timeout after `begin`.
    pub(crate) async fn limit<F: Future>(
        &mut self,
        begin: Instant,
        work: F,
    ) -> Result<F::Output, Elapsed> {
        let at = begin + self.timeout;
        // The timer must not be later than this deadline, as it can be before the first request.
        if self.timer.deadline() > at {
            self.timer.as_mut().reset(at);
            self.woken = None;
        }
        let mut work = pin!(work);
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            let is_set = self.woken.as_ref().is_some_and(|who| who.will_wake(context.waker()));
            if is_set && !self.timer.is_elapsed() {
                return Poll::Pending;
            }
            // A response that never pauses uses up the task's budget, without which the runtime would
            // not let the timer say that the time is over.
            while pin!(unconstrained(self.timer.as_mut())).poll(context).is_ready() {
                if Instant::now() >= at {
                    return Poll::Ready(Err(Elapsed));
                }
                self.timer.as_mut().reset(at);
            }
            self.woken = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn work_in_time_is_done_and_work_that_hangs_is_given_up_at_the_deadline() {
        let mut deadline = Deadline::new(10 * SECOND);
        let begin = Instant::now();
        for _ in 0..7 {
            let intended = Instant::now();
            assert_eq!(deadline.limit(intended, tokio::time::sleep(3 * SECOND)).await, Ok(()));
        }
        let intended = Instant::now();
        assert_eq!(deadline.limit(intended, std::future::pending::<()>()).await, Err(Elapsed));
        assert_eq!(Instant::now() - intended, 10 * SECOND);
        assert_eq!(Instant::now() - begin, 31 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_before_the_start_counts() {
        let mut deadline = Deadline::new(10 * SECOND);
        let intended = Instant::now();
        tokio::time::sleep(9 * SECOND).await;
        assert_eq!(deadline.limit(intended, std::future::pending::<()>()).await, Err(Elapsed));
        assert_eq!(Instant::now() - intended, 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_set_by_one_task_wakes_another_that_goes_on_with_it() {
        let mut deadline = Deadline::new(10 * SECOND);
        assert_eq!(deadline.limit(Instant::now(), tokio::time::sleep(SECOND)).await, Ok(()));
        let begin = Instant::now();
        let elsewhere = tokio::spawn(async move {
            deadline.limit(Instant::now(), std::future::pending::<()>()).await
        });
        assert_eq!(elsewhere.await.unwrap(), Err(Elapsed));
        assert_eq!(Instant::now() - begin, 10 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_never_pauses_is_given_up_all_the_same() {
        let mut deadline = Deadline::new(10 * SECOND);
        let busy = std::future::poll_fn(|context| {
            while pin!(tokio::task::consume_budget()).poll(context).is_ready() {}
            // The clock goes on with the first poll.
            let _ = pin!(tokio::time::advance(SECOND)).poll(context);
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert_eq!(deadline.limit(Instant::now(), busy).await, Err(Elapsed));
    }
}
