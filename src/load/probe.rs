//! The poll delay: how long what had come for a worker lay before the worker looked.
//!
//! A user of the closed loop is late with nothing while its answer lies in the socket: its next
//! request waits for the answer to be read, so the lag stays small, and the latency grows. What the
//! worker lets lie it lets lie whatever it is, so a timer in the same runtime, woken by the same
//! look at the system and queued behind the same users, is as late as an answer that comes at that
//! instant.

use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::alarm::Alarm;
use crate::model::Histogram;

/// Probes are so far apart in the mean: 200 a second, some thousandth of a core.
const GAP: Duration = Duration::from_millis(5);

/// In a short time they are closer, but not closer than this.
const LEAST_GAP: Duration = Duration::from_millis(1);

/// Probes that a short time has in the mean: so many that those drawn are enough for a p95 (59).
const WANTED: u32 = 70;

/// How far apart the probes of so much time are: from half of the mean to one and a half of it.
fn gaps(time: Duration) -> Range<Duration> {
    let mean = (time / WANTED).clamp(LEAST_GAP, GAP);
    mean / 2..mean * 3 / 2
}

/// Records in `delays` how late the worker looks at instants of `window`.
///
/// The instants are drawn, so that they keep no step with a schedule, and stand whatever the delay:
/// one that lasts counts for each instant in it, as it would for each answer.
pub(crate) async fn probe<A: Alarm>(
    alarm: A,
    window: Range<Instant>,
    mut random: Xoshiro256PlusPlus,
    delays: &RefCell<Histogram>,
) {
    let gaps = gaps(window.end.saturating_duration_since(window.start));
    let mut gap = || random.random_range(gaps.clone());
    let mut due = window.start + gap();
    while due < window.end {
        alarm.until(due).await;
        let now = Instant::now();
        while due <= now && due < window.end {
            // What may be the timer's own is not the worker's.
            delays.borrow_mut().record((now - due).saturating_sub(A::GRAIN));
            due += gap();
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::super::alarm::RuntimeAlarm;
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    /// The poll delays of ten seconds, in which something leaves the thread free for a time and then holds
    /// it for another, again and again.
    async fn delays([free, holds]: [Duration; 2]) -> Histogram {
        let begin = Instant::now();
        let delays = RefCell::default();
        let random = Xoshiro256PlusPlus::seed_from_u64(1);
        let holder = async {
            loop {
                tokio::time::sleep(free).await;
                tokio::time::advance(holds).await;
            }
        };
        tokio::select! {
            () = probe(RuntimeAlarm, begin..begin + 10 * SECOND, random, &delays) => {}
            () = holder => {}
        }
        delays.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenth_of_a_second_has_enough_probes_for_a_p95_and_longer_times_have_them_rarely() {
        for seed in 0..500 {
            for millis in [100, 200, 350, 1000] {
                let begin = Instant::now();
                let delays = RefCell::default();
                let random = Xoshiro256PlusPlus::seed_from_u64(seed);
                probe(RuntimeAlarm, begin..begin + millis * MS, random, &delays).await;
                let count = delays.into_inner().count();
                assert!((59..=u64::from(millis / 5).max(81) * 11 / 10).contains(&count), "{count}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_looks_at_once_has_no_delay() {
        let delays = delays([50 * MS, Duration::ZERO]).await;
        assert!((1900..2100).contains(&delays.count()), "{delays:?}");
        assert_eq!(delays.max(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_is_held_delays_whatever_comes_in_that_time() {
        let delays = delays([30 * MS, 20 * MS]).await;
        // Two fifths of all instants, evenly between nothing and 20 ms.
        assert!((1900..2100).contains(&delays.count()), "{delays:?}");
        assert!(delays.quantile(0.5) <= MS, "{delays:?}");
        assert!((7 * MS..13 * MS).contains(&delays.quantile(0.8)), "{delays:?}");
        assert!((17 * MS..20 * MS).contains(&delays.quantile(0.99)), "{delays:?}");
    }
}
