//! How much of the time in which load is due a worker is busy.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::Share;

/// CPU time of a worker beside the time in which it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Busy {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Busy {
    /// Adds what the same worker used in another slice.
    pub(crate) fn add(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.wall += other.wall;
    }

    /// CPU time over time; none of no time.
    pub(crate) fn share(self) -> Share {
        let wall = self.wall.as_secs_f64();
        Share::new(if wall > 0.0 { self.cpu.as_secs_f64() / wall } else { 0.0 })
    }

    /// The share of the busiest of several workers.
    pub(crate) fn most(workers: &[Self]) -> Share {
        workers.iter().map(|busy| busy.share()).fold(Share::new(0.0), |most, share| {
            if share.get() > most.get() { share } else { most }
        })
    }
}

/// Reads both clocks of a worker when load begins to be due and when it ends: what comes after is
/// spent in waiting for answers, and would hide how busy the worker was.
pub(crate) struct Meter<C> {
    cpu: C,
    begin: Instant,
    end: Instant,
    first: Option<Reading>,
    last: Option<Reading>,
}

/// The thread's CPU time at an instant.
#[derive(Debug, Clone, Copy)]
struct Reading {
    cpu: Duration,
    at: Instant,
}

impl<C: Fn() -> Duration> Meter<C> {
    /// For load that is due for `duration` from `begin` on; `cpu` says how much CPU time the thread
    /// has used.
    pub(crate) fn new(cpu: C, begin: Instant, duration: Duration) -> Self {
        Self { cpu, begin, end: begin + duration, first: None, last: None }
    }

    /// Waits for the next reading and takes it. Without end once there are both.
    pub(crate) async fn follow(&mut self) {
        while self.last.is_none() {
            tokio::time::sleep_until(self.first.map_or(self.begin, |_| self.end)).await;
            self.read();
        }
        std::future::pending::<()>().await;
    }

    fn read(&mut self) {
        let reading = Reading { cpu: (self.cpu)(), at: Instant::now() };
        if self.first.is_none() {
            self.first = Some(reading);
        } else {
            self.last = Some(reading);
        }
    }

    /// What was used in that time, or until now if it is not over.
    pub(crate) fn end(mut self) -> Busy {
        if self.last.is_none() {
            self.read();
        }
        let (Some(first), Some(last)) = (self.first, self.last) else { return Busy::default() };
        Busy { cpu: last.cpu.saturating_sub(first.cpu), wall: last.at - first.at }
    }
}

/// CPU time this thread has used, user and system.
#[cfg(unix)]
pub(crate) fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Not known on this system: the generator's busy share reads as zero.
#[cfg(not(unix))]
pub(crate) fn thread_cpu_time() -> Duration {
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    fn busy(cpu: u32, wall: u32) -> Busy {
        Busy { cpu: cpu * MS, wall: wall * MS }
    }

    fn near(share: Share, expected: f64) -> bool {
        (share.get() - expected).abs() < 1e-9
    }

    #[test]
    fn the_busy_share_is_cpu_time_over_time_of_the_busiest_worker() {
        assert!(near(busy(950, 1000).share(), 0.95));
        assert!(near(Busy::most(&[busy(100, 1000), busy(1800, 2000), busy(0, 10)]), 0.9));
        assert!(near(Busy::most(&[]), 0.0));
        assert!(near(Busy::default().share(), 0.0), "no time is no division");
    }

    #[test]
    fn slices_of_a_worker_are_added_up_before_they_are_divided() {
        let mut sum = busy(100, 100);
        sum.add(busy(100, 900));
        assert!(near(sum.share(), 0.2));
    }

    /// What a thread used that works for nine tenths of the time for `working`, and then waits, as
    /// it is told when it is over after `over`.
    async fn metered(working: Duration, over: Duration) -> Busy {
        let began = Instant::now();
        let cpu = || began.elapsed().min(working) * 9 / 10;
        let mut meter = Meter::new(cpu, began + 100 * MS, SECOND);
        let _ = tokio::time::timeout(over, meter.follow()).await;
        meter.end()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_after_the_load_makes_nobody_less_busy() {
        for over in [1100, 1101, 11_000] {
            let busy = metered(1100 * MS, over * MS).await;
            assert!(busy.wall.abs_diff(SECOND) <= 2 * MS, "{busy:?}");
            assert!(busy.cpu.abs_diff(900 * MS) <= 2 * MS, "{busy:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slice_that_ends_early_is_measured_to_its_end() {
        let busy = metered(SECOND, 600 * MS).await;
        assert!(busy.wall.abs_diff(500 * MS) <= 2 * MS, "{busy:?}");
        assert!(busy.cpu.abs_diff(450 * MS) <= 2 * MS, "{busy:?}");
        assert_eq!(metered(SECOND, 50 * MS).await, Busy::default());
    }
}
