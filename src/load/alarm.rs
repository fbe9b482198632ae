//! Waking up at the intended start.

use std::time::Duration;

use tokio::time::Instant;

/// Waits for an instant.
pub(crate) trait Alarm {
    /// How late it can be by itself, because it rounds.
    const GRAIN: Duration;

    /// How late it mostly is at most, because the CPU slept.
    const OVERSLEEPS: Duration;

    /// Returns at `at` or as soon after it as the machine allows; at once if it has passed.
    /// One task at a time.
    async fn until(&self, at: Instant);
}

/// The runtime's timer: wakes up within a millisecond. Follows paused time in tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuntimeAlarm;

impl Alarm for RuntimeAlarm {
    const GRAIN: Duration = Duration::from_millis(1);
    // Paused time stands still for whoever does not sleep.
    const OVERSLEEPS: Duration = Duration::ZERO;

    async fn until(&self, at: Instant) {
        tokio::time::sleep_until(at).await;
    }
}

#[cfg(target_os = "linux")]
pub(crate) use precise::PreciseAlarm;

/// Linux: a timerfd in the runtime's epoll set. The runtime's own timer rounds to whole
/// milliseconds, which would be the larger part of the lag of a request.
#[cfg(target_os = "linux")]
mod precise {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::time::Instant;

    use super::Alarm;

    /// A timerfd.
    #[derive(Debug)]
    pub(crate) struct PreciseAlarm(AsyncFd<OwnedFd>);

    impl PreciseAlarm {
        /// An alarm that belongs to the current runtime.
        pub(crate) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            #[expect(
                deprecated,
                reason = "its replacement is unsafe because a type may change its descriptor; an OwnedFd does not"
            )]
            let registered = AsyncFd::with_interest(fd, Interest::READABLE)?;
            Ok(Self(registered))
        }

        async fn wait(&self, at: Instant) -> io::Result<()> {
            loop {
                let left = at.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(());
                }
                let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
                let value = Timespec {
                    tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: i64::from(left.subsec_nanos()),
                };
                let spec = Itimerspec { it_interval: zero, it_value: value };
                timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &spec)?;
                let mut guard = self.0.readable().await?;
                let mut expirations = [0_u8; 8];
                // A readiness left over from an earlier alarm reads as would-block and waits again.
                if let Ok(read) = guard.try_io(|fd| Ok(rustix::io::read(fd, &mut expirations)?)) {
                    read?;
                }
            }
        }
    }

    impl Alarm for PreciseAlarm {
        const GRAIN: Duration = Duration::ZERO;
        const OVERSLEEPS: Duration = Duration::from_micros(60);

        async fn until(&self, at: Instant) {
            if self.wait(at).await.is_err() {
                tokio::time::sleep_until(at).await;
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn it_never_wakes_early_and_can_be_used_again() {
            let alarm = PreciseAlarm::new().unwrap();
            for micros in [0, 200, 1500, 10] {
                let at = Instant::now() + Duration::from_micros(micros);
                alarm.until(at).await;
                assert!(Instant::now() >= at);
            }
        }

        #[tokio::test]
        async fn an_alarm_that_was_given_up_does_not_disturb_the_next() {
            let alarm = PreciseAlarm::new().unwrap();
            let soon = Instant::now() + Duration::from_millis(1);
            let late = Instant::now() + Duration::from_hours(1);
            tokio::select! {
                () = alarm.until(late) => {}
                () = tokio::time::sleep_until(soon) => {}
            }
            let at = Instant::now() + Duration::from_millis(2);
            alarm.until(at).await;
            assert!(Instant::now() >= at);
        }
    }
}
