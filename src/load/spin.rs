//! Being there on time: the last bit of the wait for an instant is spent awake.
//!
//! A CPU that has slept takes tens of microseconds to be back, more where it is a virtual one, and
//! all of it would be lag. A spin-wait has no such delay. It turns in the runtime, not beside it:
//! each turn looks for answers (`epoll_wait` without a wait), so that none lies for it, and gives
//! way to other threads. What it takes is no work, and counts for nobody as busy.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Alarm;
use super::busy::thread_cpu_time;

/// What a worker's tasks have in common: how often they were looked at, and how much CPU time went
/// into turns of the runtime in which nothing was done but to wait.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    polls: Cell<u64>,
    idle: Cell<Duration>,
}

impl Turns {
    /// CPU time that was no work.
    pub(crate) fn idle(&self) -> Duration {
        self.idle.get()
    }

    /// `work`, each poll of which is counted. All work of a worker goes through this, and each task
    /// that may wait for an [`OnTime`].
    pub(crate) async fn counted<F: Future>(self: Rc<Self>, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| {
            self.polls.set(self.polls.get() + 1);
            work.as_mut().poll(context)
        })
        .await
    }

    /// Lets everything else have its turn, and looks at the system once. `cpu` is the thread's CPU
    /// time when this begins, and becomes that when it ends.
    async fn pass(&self, cpu: &mut Duration) {
        let polls = self.polls.get();
        // Whatever else waits for this CPU goes first: it may be the service.
        std::thread::yield_now();
        tokio::task::yield_now().await;
        let now = thread_cpu_time();
        // Whoever waits is looked at itself.
        if self.polls.get() - polls <= 1 {
            self.idle.set(self.idle.get() + now.saturating_sub(*cpu));
        }
        *cpu = now;
    }
}

/// An alarm that does not oversleep.
#[derive(Debug)]
pub(crate) struct OnTime<A> {
    alarm: A,
    turns: Rc<Turns>,
}

impl<A: Alarm> OnTime<A> {
    pub(crate) fn new(alarm: A, turns: Rc<Turns>) -> Self {
        Self { alarm, turns }
    }

    /// Returns at `at`; at once if it has passed. One task at a time, which is [`Turns::counted`].
    pub(crate) async fn until(&self, at: Instant) {
        let sleep = at.checked_sub(A::OVERSLEEPS).unwrap_or(at);
        if Instant::now() < sleep {
            self.alarm.until(sleep).await;
        }
        if Instant::now() < at {
            let mut cpu = thread_cpu_time();
            while Instant::now() < at {
                self.turns.pass(&mut cpu).await;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::sync::Notify;

    use super::super::alarm::RuntimeAlarm;
    use super::*;

    /// What `turns` hold to have been idle when one task passes on its turn, after `before` was done.
    async fn passed(turns: &Rc<Turns>, before: impl FnOnce()) -> Duration {
        let waiting = async {
            before();
            let idle = turns.idle();
            turns.pass(&mut thread_cpu_time()).await;
            turns.idle().saturating_sub(idle)
        };
        Rc::clone(turns).counted(waiting).await
    }

    #[tokio::test]
    async fn a_turn_in_which_nothing_is_done_was_idle() {
        assert!(passed(&Rc::default(), || {}).await > Duration::ZERO);
    }

    #[tokio::test]
    async fn a_turn_in_which_something_is_done_was_not() {
        let (turns, come, done) =
            (Rc::<Turns>::default(), Rc::new(Notify::new()), Rc::new(Notify::new()));
        let local = tokio::task::LocalSet::new();
        let work = {
            let (come, done) = (Rc::clone(&come), Rc::clone(&done));
            async move {
                come.notified().await;
                done.notify_one();
            }
        };
        local.spawn_local(Rc::clone(&turns).counted(work));
        let waiting = async {
            // The work is begun, and waits.
            tokio::task::yield_now().await;
            assert_eq!(passed(&turns, || come.notify_one()).await, Duration::ZERO);
            done.notified().await;
            assert!(passed(&turns, || {}).await > Duration::ZERO, "it is idle again");
        };
        local.run_until(waiting).await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_returns_at_its_instant_and_not_before() {
        let alarm = OnTime::new(RuntimeAlarm, Rc::default());
        let begin = Instant::now();
        for seconds in [3, 2, 5] {
            alarm.until(begin + Duration::from_secs(seconds)).await;
            assert_eq!(begin.elapsed().as_secs(), seconds.max(3));
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn it_is_never_early_by_the_clock_and_sleeps_until_the_end_is_near() {
        use super::super::alarm::PreciseAlarm;

        let turns = Rc::<Turns>::default();
        let alarm = OnTime::new(PreciseAlarm::new().unwrap(), Rc::clone(&turns));
        let waiting = async {
            for micros in [0, 20, 2000, 10] {
                let at = Instant::now() + Duration::from_micros(micros);
                alarm.until(at).await;
                assert!(Instant::now() >= at);
            }
        };
        Rc::clone(&turns).counted(waiting).await;
    }
}
