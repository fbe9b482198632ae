//! When a user with a rate begins its tasks, whatever the answers take.

use std::time::Duration;

use tokio::time::Instant;

use super::schedule::Schedule;
use crate::model::Rate;

/// The intended starts of one user in one slice.
pub(crate) struct Paced {
    rate: Rate,
    begin: Instant,
    end: Instant,
    schedule: Schedule,
    /// The number of the start that comes next.
    next: u64,
}

impl Paced {
    /// Starts at `rate` from `begin` on, all of them before `end`.
    pub(crate) fn new(rate: Rate, begin: Instant, end: Instant) -> Self {
        let schedule = Schedule::constant(rate, end.saturating_duration_since(begin));
        Self { rate, begin, end, schedule, next: 0 }
    }

    /// The intended start that comes next; `None` after the last one.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.schedule.arrival(self.next).map(|after| self.begin + after)
    }

    /// Begins the start that was due.
    pub(crate) fn start(&mut self) {
        self.next += 1;
    }

    /// Moves all starts to come by a time that is not measured. The end stays.
    pub(crate) fn delay(&mut self, by: Duration) {
        if !by.is_zero() {
            let next = self.next;
            *self = Self { next, ..Self::new(self.rate, self.begin + by, self.end) };
        }
    }

    /// Starts that were begun or given up.
    pub(crate) fn past(&self) -> u64 {
        self.next
    }

    /// Gives up the starts to come that are due before `until`, or all of them; how many they are.
    pub(crate) fn give_up(&mut self, until: Option<Instant>) -> u64 {
        let (first, all) = (self.next, self.schedule.count().max(self.next));
        let is_due = |n: u64| match (until, self.schedule.arrival(n)) {
            (Some(until), Some(after)) => self.begin + after < until,
            (None, _) => true,
            (_, None) => false,
        };
        // Later numbers are due later.
        let (mut due, mut not_due) = (first, all);
        while due < not_due {
            let middle = u64::midpoint(due, not_due);
            if is_due(middle) { due = middle + 1 } else { not_due = middle }
        }
        self.next = due;
        due - first
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn paced(rate: f64, begin: Instant) -> Paced {
        Paced::new(Rate::per_second(rate).unwrap(), begin, begin + SECOND)
    }

    /// How many starts are left.
    fn left(paced: &Paced) -> u64 {
        let mut rest = Paced { schedule: paced.schedule.clone(), ..*paced };
        rest.give_up(None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_delay_moves_what_is_to_come_and_leaves_the_end() {
        let begin = Instant::now();
        let mut paced = paced(10.0, begin);
        assert_eq!((paced.due(), left(&paced)), (Some(begin), 10));
        paced.start();
        paced.delay(SECOND / 2);
        assert_eq!(paced.due(), Some(begin + SECOND * 6 / 10));
        assert_eq!((paced.past(), left(&paced)), (1, 4));
        paced.delay(SECOND);
        assert_eq!((paced.due(), left(&paced)), (None, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn starts_are_given_up_as_far_as_they_are_due() {
        let begin = Instant::now();
        let mut paced = paced(10.0, begin);
        paced.start();
        // What is due just then is not due before it.
        assert_eq!(paced.give_up(Some(begin + SECOND * 3 / 10)), 2);
        assert_eq!(paced.due(), Some(begin + SECOND * 3 / 10));
        assert_eq!(paced.give_up(Some(begin)), 0);
        assert_eq!((paced.give_up(None), paced.past(), paced.due()), (7, 10, None));
    }

    proptest! {
        #[test]
        fn what_is_begun_and_what_is_given_up_is_all_there_is(
            rate in 0.1..1000.0_f64, begun in 0_u64..2000, until in 0.0..1.5_f64,
        ) {
            let begin = Instant::now();
            let until = begin + SECOND.mul_f64(until);
            let mut paced = paced(rate, begin);
            for _ in 0..begun {
                if paced.due().is_some() {
                    paced.start();
                }
            }
            let mut one_by_one = Paced { schedule: paced.schedule.clone(), ..paced };
            let mut expected = 0;
            while one_by_one.due().is_some_and(|due| due < until) {
                one_by_one.start();
                expected += 1;
            }
            prop_assert_eq!(paced.give_up(Some(until)), expected);
            while one_by_one.due().is_some() {
                one_by_one.start();
            }
            paced.give_up(None);
            prop_assert_eq!((paced.due(), paced.past()), (None, one_by_one.past()));
        }
    }
}
