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
    begun: u64,
}

impl Paced {
    /// Starts at `rate` from `begin` on, all of them before `end`.
    pub(crate) fn new(rate: Rate, begin: Instant, end: Instant) -> Self {
        let schedule = Schedule::constant(rate, end.saturating_duration_since(begin));
        Self { rate, begin, end, schedule, begun: 0 }
    }

    /// The intended start that comes next; `None` after the last one.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.schedule.arrival(self.begun).map(|after| self.begin + after)
    }

    /// Counts the start that was due as begun.
    pub(crate) fn start(&mut self) {
        self.begun += 1;
    }

    /// Moves all starts to come by a time that is not measured. The end stays.
    pub(crate) fn delay(&mut self, by: Duration) {
        if !by.is_zero() {
            let begun = self.begun;
            *self = Self { begun, ..Self::new(self.rate, self.begin + by, self.end) };
        }
    }

    /// Starts that were begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun
    }

    /// Starts that were not.
    pub(crate) fn missed(&self) -> u64 {
        self.schedule.count().saturating_sub(self.begun)
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

    #[tokio::test(start_paused = true)]
    async fn a_delay_moves_what_is_to_come_and_leaves_the_end() {
        let begin = Instant::now();
        let mut paced = paced(10.0, begin);
        assert_eq!((paced.due(), paced.missed()), (Some(begin), 10));
        paced.start();
        paced.delay(SECOND / 2);
        assert_eq!(paced.due(), Some(begin + SECOND * 6 / 10));
        assert_eq!((paced.begun(), paced.missed()), (1, 4));
        paced.delay(SECOND);
        assert_eq!((paced.due(), paced.missed()), (None, 0));
    }

    proptest! {
        #[test]
        fn what_is_begun_and_what_is_missed_is_all_there_is(rate in 0.1..1000.0_f64, begun in 0_u64..2000) {
            let mut paced = paced(rate, Instant::now());
            let mut all = 0;
            while paced.due().is_some() {
                if all == begun {
                    let mut counted = 0;
                    let mut rest = Paced { schedule: paced.schedule.clone(), ..paced };
                    while rest.due().is_some() {
                        rest.start();
                        counted += 1;
                    }
                    prop_assert_eq!(paced.missed(), counted);
                }
                paced.start();
                all += 1;
            }
            prop_assert_eq!((paced.begun(), paced.missed()), (all, 0));
        }
    }
}
