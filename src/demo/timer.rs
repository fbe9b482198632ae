//! Waits that end within about a tenth of a millisecond of when they should.
//!
//! The runtime's own timer rounds up to a millisecond: on a route whose truth is 1 ms that would be
//! most of the latency. Sleeping in a thread for each request is accurate but costs a thread for each
//! one in flight, and a timer thread costs two context switches for each wait. So on Linux one
//! timerfd, armed for the earliest deadline, is watched by the runtime's own poll: the
//! wake-up comes with the sockets' and costs no other thread. Elsewhere the runtime's timer serves,
//! with its millisecond.

#[cfg(target_os = "linux")]
pub(super) use precise::Timer;

#[cfg(not(target_os = "linux"))]
pub(super) use coarse::Timer;

#[cfg(target_os = "linux")]
mod precise {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::{Duration, Instant};

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;
    use tokio::sync::oneshot;

    /// Wakes waiters in the order of their deadlines. Clones share the timer.
    #[derive(Debug, Clone)]
    pub(in crate::demo) struct Timer(Arc<Inner>);

    #[derive(Debug)]
    struct Inner {
        fd: AsyncFd<OwnedFd>,
        queue: Mutex<Queue>,
    }

    #[derive(Debug, Default)]
    struct Queue {
        waiters: BinaryHeap<Reverse<Waiter>>,
        /// Length at which waiters that have gone are swept out; it follows the length that was
        /// left, so that sweeping costs little for each wait and the queue stays within twice the
        /// requests in flight.
        sweep_at: usize,
        /// Nobody watches the timer any more.
        stopped: bool,
    }

    #[derive(Debug)]
    struct Waiter {
        deadline: Instant,
        wake: oneshot::Sender<()>,
    }

    impl Timer {
        /// A timer on the present runtime, which wakes while [`Timer::drive`] runs.
        ///
        /// # Errors
        /// When the system gives no timer.
        pub(in crate::demo) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            #[expect(
                deprecated,
                reason = "unsound only for types that do not keep their descriptor; its successor is unsafe"
            )]
            let fd = AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?;
            Ok(Self(Arc::new(Inner { fd, queue: Mutex::default() })))
        }

        /// Wakes waiters for as long as it is polled; returns when the system's timer fails.
        pub(in crate::demo) async fn drive(&self) {
            while let Ok(mut ready) = self.0.fd.readable().await {
                let read = ready
                    .try_io(|fd| rustix::io::read(fd, &mut [0_u8; 8]).map_err(io::Error::from));
                if matches!(read, Ok(Err(_))) || self.0.wake_due().is_err() {
                    break;
                }
            }
        }

        /// Sends those who wait, now and later, to the runtime's timer. To be called when
        /// [`Timer::drive`] is over.
        pub(in crate::demo) fn stop(&self) {
            let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.stopped = true;
            queue.waiters.clear();
        }

        /// Returns at `deadline`, or at once when it has passed.
        pub(in crate::demo) async fn sleep_until(&self, deadline: Instant) {
            if deadline <= Instant::now() {
                return;
            }
            let (wake, woken) = oneshot::channel();
            if self.0.enqueue(Waiter { deadline, wake }).is_err() || woken.await.is_err() {
                tokio::time::sleep_until(deadline.into()).await;
            }
        }
    }

    impl Inner {
        fn enqueue(&self, waiter: Waiter) -> io::Result<()> {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.stopped {
                return Err(io::ErrorKind::NotConnected.into());
            }
            let deadline = waiter.deadline;
            let earliest = queue.waiters.peek().is_none_or(|first| deadline < first.0.deadline);
            if queue.waiters.len() >= queue.sweep_at.max(1024) {
                queue.waiters.retain(|waiter| !waiter.0.wake.is_closed());
                queue.sweep_at = queue.waiters.len() * 2;
            }
            queue.waiters.push(Reverse(waiter));
            if earliest { self.arm(deadline) } else { Ok(()) }
        }

        fn wake_due(&self) -> io::Result<()> {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            while let Some(first) = queue.waiters.peek() {
                if first.0.deadline > now {
                    return self.arm(first.0.deadline);
                }
                if let Some(Reverse(waiter)) = queue.waiters.pop() {
                    // The waiter may have gone with its connection.
                    let _ = waiter.wake.send(());
                }
            }
            Ok(())
        }

        fn arm(&self, deadline: Instant) -> io::Result<()> {
            // Zero would disarm the timer.
            let left =
                deadline.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
            let spec = Itimerspec {
                it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
                it_value: Timespec {
                    tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: left.subsec_nanos().into(),
                },
            };
            timerfd_settime(&self.fd, TimerfdTimerFlags::empty(), &spec)?;
            Ok(())
        }
    }

    impl PartialEq for Waiter {
        fn eq(&self, other: &Self) -> bool {
            self.deadline == other.deadline
        }
    }

    impl Eq for Waiter {}

    impl PartialOrd for Waiter {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Waiter {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.deadline.cmp(&other.deadline)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod coarse {
    use std::io;
    use std::time::Instant;

    /// The runtime's timer.
    #[derive(Debug, Clone)]
    pub(in crate::demo) struct Timer;

    impl Timer {
        /// The runtime's timer.
        ///
        /// # Errors
        /// Never.
        #[expect(clippy::unnecessary_wraps, reason = "the precise timer can fail")]
        pub(in crate::demo) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// The runtime drives its own timer.
        pub(in crate::demo) async fn drive(&self) {
            std::future::pending().await
        }

        /// Nothing to stop.
        pub(in crate::demo) fn stop(&self) {}

        /// Returns within a millisecond after `deadline`.
        pub(in crate::demo) async fn sleep_until(&self, deadline: Instant) {
            tokio::time::sleep_until(deadline.into()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn waits_end_in_the_order_of_their_deadlines_and_not_before() {
        let timer = Timer::new().unwrap();
        let (begun, ended) = (Instant::now(), Mutex::new(Vec::new()));
        let wait = async |millis: u64| {
            let deadline = begun + Duration::from_millis(millis);
            timer.sleep_until(deadline).await;
            assert!(Instant::now() >= deadline);
            ended.lock().unwrap().push(millis);
        };
        tokio::select! {
            () = timer.drive() => panic!("the timer failed"),
            _ = async { tokio::join!(wait(30), wait(0), wait(90), wait(60)) } => {}
        }
        assert_eq!(*ended.lock().unwrap(), [0, 30, 60, 90]);
    }

    #[tokio::test]
    async fn waits_end_even_when_nobody_drives_the_timer_any_more() {
        let timer = Timer::new().unwrap();
        timer.stop();
        timer.sleep_until(Instant::now() + Duration::from_millis(1)).await;
    }
}
