//! Being there on time: the last bit of the wait for an instant is spent awake.
//!
//! A CPU that has slept takes tens of microseconds to be back, more where it is a virtual one, and
//! all of it would be lag. A spin-wait has no such delay. It turns in the runtime, not beside it:
//! each turn looks for answers (`epoll_wait` without a wait), so that none lies for it, and gives
//! way to other threads. What it takes is no work, and counts for nobody as busy.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Alarm;
use super::busy::thread_cpu_time;

thread_local! {
    /// How often the tasks of this worker were looked at.
    static POLLS: Cell<u64> = const { Cell::new(0) };
    /// CPU time that went into turns of the runtime in which nothing was done but to wait.
    static IDLE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// CPU time that this thread has worked.
pub(crate) fn worked() -> Duration {
    thread_cpu_time().saturating_sub(IDLE.get())
}

/// How often anything [`counted`] was looked at on this thread.
#[cfg(test)]
pub(crate) fn polls() -> u64 {
    POLLS.get()
}

/// `work`, each poll of which is counted. Each task of a worker that sends or reads goes through this,
/// and each that may wait for an [`OnTime`].
pub(crate) async fn counted<F: Future>(work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        POLLS.set(POLLS.get() + 1);
        work.as_mut().poll(context)
    })
    .await
}

/// Lets everything else have its turn, and looks at the system once. `cpu` is the thread's CPU time
/// when this begins, and becomes that when it ends.
async fn pass(cpu: &mut Duration) {
    let polls = POLLS.get();
    // Whatever else waits for this CPU goes first: it may be the service.
    std::thread::yield_now();
    tokio::task::yield_now().await;
    let now = thread_cpu_time();
    // Whoever waits is looked at itself.
    if POLLS.get() - polls <= 1 {
        IDLE.set(IDLE.get() + now.saturating_sub(*cpu));
    }
    *cpu = now;
}

/// An alarm that does not oversleep.
#[derive(Debug)]
pub(crate) struct OnTime<A>(A);

impl<A: Alarm> OnTime<A> {
    pub(crate) fn new(alarm: A) -> Self {
        Self(alarm)
    }

    /// Returns at `at`; at once if it has passed. One task at a time, which is [`counted`].
    pub(crate) async fn until(&self, at: Instant) {
        let sleep = at.checked_sub(A::OVERSLEEPS).unwrap_or(at);
        if Instant::now() < sleep {
            self.0.until(sleep).await;
        }
        if Instant::now() < at {
            let mut cpu = thread_cpu_time();
            while Instant::now() < at {
                pass(&mut cpu).await;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::rc::Rc;

    use tokio::sync::Notify;

    use super::super::alarm::RuntimeAlarm;
    use super::*;

    /// How much of a pass was idle, after `before` was done.
    async fn idle(before: impl FnOnce()) -> Duration {
        counted(async {
            before();
            let idle = IDLE.get();
            pass(&mut thread_cpu_time()).await;
            IDLE.get().saturating_sub(idle)
        })
        .await
    }

    #[tokio::test]
    async fn a_turn_in_which_nothing_is_done_was_idle() {
        assert!(idle(|| {}).await > Duration::ZERO);
    }

    #[tokio::test]
    async fn a_turn_in_which_something_is_done_was_not() {
        let (come, done) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let local = tokio::task::LocalSet::new();
        let work = {
            let (come, done) = (Rc::clone(&come), Rc::clone(&done));
            async move {
                come.notified().await;
                done.notify_one();
            }
        };
        local.spawn_local(counted(work));
        let waiting = async {
            // The work is begun, and waits.
            tokio::task::yield_now().await;
            assert_eq!(idle(|| come.notify_one()).await, Duration::ZERO);
            done.notified().await;
            assert!(idle(|| {}).await > Duration::ZERO, "it is idle again");
        };
        local.run_until(waiting).await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_returns_at_its_instant_and_not_before() {
        let alarm = OnTime::new(RuntimeAlarm);
        let begin = Instant::now();
        for seconds in [3, 2, 5] {
            alarm.until(begin + Duration::from_secs(seconds)).await;
            assert_eq!(begin.elapsed().as_secs(), seconds.max(3));
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_is_never_early_by_the_clock() {
        use super::super::alarm::PreciseAlarm;

        let alarm = OnTime::new(PreciseAlarm::new().unwrap());
        let waiting = async {
            for micros in [0, 20, 2000, 10] {
                let at = Instant::now() + Duration::from_micros(micros);
                alarm.until(at).await;
                assert!(Instant::now() >= at);
            }
        };
        counted(waiting).await;
    }
}
