//! The poll delay: how long what had come for a worker lay before the worker looked.
//!
//! A user of the closed loop is late with nothing while its answer lies in the socket: its next
//! request waits for the answer to be read, so the lag stays small, and the latency grows. What the
//! worker lets lie it lets lie whatever it is, so a timer in the same runtime, woken by the same
//! look at the system and queued behind the same users, is as late as an answer that comes at that
//! instant.

use std::cell::{Cell, RefCell};
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

/// Probes that a short time has in the mean: so many that those drawn are enough for a p99 (299).
const WANTED: u32 = 330;

/// How far apart the probes of so much time are: from half of the mean to one and a half of it.
fn gaps(time: Duration) -> Range<Duration> {
    let mean = (time / WANTED).clamp(LEAST_GAP, GAP);
    mean / 2..mean * 3 / 2
}

/// Looks how late a worker looks, from the begin of the time in which load is due until the last answer.
///
/// The instants are drawn, so that they keep no step with a schedule, and stand whatever the delay:
/// one that lasts counts for each instant in it, as it would for each answer.
pub(crate) struct Probe {
    /// When load is due.
    window: Range<Instant>,
    gaps: Range<Duration>,
    random: RefCell<Xoshiro256PlusPlus>,
    /// The next instant.
    due: Cell<Instant>,
    /// How late the worker was while load was due.
    during: RefCell<Histogram>,
    /// And after that.
    after: RefCell<Histogram>,
    /// Answers that had come when load was due no more.
    answered: Cell<Option<u64>>,
}

impl Probe {
    pub(crate) fn new(window: Range<Instant>, mut random: Xoshiro256PlusPlus) -> Self {
        let gaps = gaps(window.end.saturating_duration_since(window.start));
        let due = window.start + random.random_range(gaps.clone());
        Self {
            window,
            gaps,
            random: RefCell::new(random),
            due: Cell::new(due),
            during: RefCell::default(),
            after: RefCell::default(),
            answered: Cell::default(),
        }
    }

    /// Looks for as long as it is polled; `answers` says how many have come.
    pub(crate) async fn watch<A: Alarm>(&self, alarm: A, answers: impl Fn() -> u64) {
        loop {
            alarm.until(self.due.get()).await;
            self.look(A::GRAIN, &answers);
        }
    }

    /// Records all instants that are due. What may be the timer's own, at most `grain`, is not the worker's.
    fn look(&self, grain: Duration, answers: impl Fn() -> u64) {
        let now = Instant::now();
        while self.due.get() <= now {
            let due = self.due.get();
            let delays = if due < self.window.end {
                &self.during
            } else {
                self.answered.set(self.answered.get().or_else(|| Some(answers())));
                &self.after
            };
            delays.borrow_mut().record((now - due).saturating_sub(grain));
            self.due.set(due + self.random.borrow_mut().random_range(self.gaps.clone()));
        }
    }

    /// How late the worker looked at its answers, of which so many have come in all. As many of the
    /// answers as came when load was due no more, as many of the delays are of that time, however long
    /// the last one took.
    pub(crate) fn end(&self, grain: Duration, answers: u64) -> Histogram {
        self.look(grain, || answers);
        let (during, after) = (self.during.take(), self.after.take());
        let early = self.answered.get().unwrap_or(answers);
        mixed([(during, early), (after, answers.saturating_sub(early))])
    }
}

/// As many values as both histograms have, of each in proportion to the answers that it stands for. None is
/// left out, for how many were drawn says which percentiles they carry; one may stand for several.
fn mixed([(during, early), (after, late)]: [(Histogram, u64); 2]) -> Histogram {
    if late == 0 || after.is_empty() {
        // Nothing was looked at then, whoever was answered.
        return during;
    }
    let all = during.count() + after.count();
    let of_after = if during.is_empty() { all } else { part(all, late, early + late) };
    let mut both = during.of_size(all - of_after);
    both.merge(&after.of_size(of_after));
    both
}

/// `part` in `whole` of so many, rounded; at most all of them.
fn part(many: u64, part: u64, whole: u64) -> u64 {
    let rounded =
        (2 * u128::from(many) * u128::from(part) + u128::from(whole)) / (2 * u128::from(whole));
    u64::try_from(rounded).unwrap_or(many).min(many)
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
        let random = Xoshiro256PlusPlus::seed_from_u64(1);
        let probe = Probe::new(begin..begin + 10 * SECOND, random);
        let holder = async {
            loop {
                tokio::time::sleep(free).await;
                tokio::time::advance(holds).await;
            }
        };
        let load = tokio::time::sleep_until(begin + 10 * SECOND);
        tokio::select! {
            () = probe.watch(RuntimeAlarm, || 1) => {}
            () = holder => {}
            () = load => {}
        }
        probe.end(RuntimeAlarm::GRAIN, 1)
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenth_of_a_second_has_enough_probes_for_a_p95_and_a_third_for_a_p99() {
        for seed in 0..500 {
            for (millis, least, most) in
                [(100, 59, 120), (330, 299, 370), (1000, 299, 370), (4000, 750, 850)]
            {
                let begin = Instant::now();
                let random = Xoshiro256PlusPlus::seed_from_u64(seed);
                let probe = Probe::new(begin..begin + millis * MS, random);
                tokio::time::advance(millis * MS).await;
                let count = probe.end(Duration::ZERO, 0).count();
                assert!((least..=most).contains(&count), "{millis} ms: {count}");
            }
        }
    }

    /// The poll delays of a second in which nothing is late, after which the worker is held for half of the
    /// four seconds until its last answer; so many answers came in that second, and so many after it.
    async fn held_after([early, late]: [u64; 2]) -> Histogram {
        let begin = Instant::now();
        let probe = Probe::new(begin..begin + SECOND, Xoshiro256PlusPlus::seed_from_u64(1));
        let answers = || if begin.elapsed() < 2 * SECOND { early } else { early + late };
        let holder = async {
            tokio::time::sleep_until(begin + 3 * SECOND).await;
            tokio::time::advance(2 * SECOND).await;
        };
        tokio::select! {
            () = probe.watch(RuntimeAlarm, answers) => {}
            () = holder => {}
        }
        probe.end(RuntimeAlarm::GRAIN, answers())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_late_when_load_is_due_no_more_counts_for_the_answers_that_come_then() {
        for (answers, quantile) in [([0, 100], 0.5), ([100, 100], 0.75), ([900, 100], 0.95)] {
            let delays = held_after(answers).await;
            // Half of them were held, by up to two seconds.
            assert!(delays.quantile(quantile - 0.02) < 100 * MS, "{answers:?}: {delays:?}");
            assert!(delays.quantile(quantile + 0.02) > 10 * MS, "{answers:?}: {delays:?}");
        }
        for answers in [[1000, 0], [0, 0]] {
            assert_eq!(held_after(answers).await.max(), Duration::ZERO, "{answers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_probe_is_lost_however_few_there_are_of_a_time_with_many_answers() {
        for answers in [[0, 100], [1, 99], [100, 100], [900, 1], [1000, 0]] {
            let begin = Instant::now();
            let random = Xoshiro256PlusPlus::seed_from_u64(1);
            let probe = Probe::new(begin..begin + SECOND, random);
            // Behind the second there is time for a probe or two.
            tokio::time::advance(SECOND + 5 * MS).await;
            probe.look(Duration::ZERO, || answers[0]);
            let drawn = probe.during.borrow().count();
            let delays = probe.end(Duration::ZERO, answers[0] + answers[1]);
            assert!(drawn >= 299 && delays.count() >= drawn, "{answers:?}: {delays:?}");
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
