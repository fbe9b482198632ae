//! When requests begin: a pure function of their number.

use std::time::Duration;

use super::slope::Slope;
use crate::model::{Rate, Stages};

/// Intended starts of an open loop: slopes of constant or linearly changing rate, in closed form.
///
/// The n-th arrival, counted from 0, is where the integral of the rate reaches n. So a constant
/// rate starts at once and is evenly spaced, the number of arrivals is exact, and no arrival
/// depends on when an earlier one was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    slopes: Vec<Slope>,
}

/// Products of decimal rates and durations miss whole numbers by a few units in the last place;
/// without this an arrival could be gained or lost at the end of a slope.
const ROUNDING: f64 = 1e-9;

impl Schedule {
    /// The same rate all the time.
    #[must_use]
    pub fn constant(rate: Rate, over: Duration) -> Self {
        Self { slopes: vec![Slope { from: rate.get(), to: rate.get(), over }] }
    }

    /// One slope after the other. Rates that are negative or not finite count as 0.
    #[must_use]
    pub fn slopes(slopes: impl IntoIterator<Item = Slope>) -> Self {
        let sane = |rate: f64| if rate.is_finite() { rate.max(0.0) } else { 0.0 };
        let slopes = slopes
            .into_iter()
            .map(|slope| Slope { from: sane(slope.from), to: sane(slope.to), over: slope.over })
            .collect();
        Self { slopes }
    }

    /// The arrivals that `stages` of a rate ask for.
    #[must_use]
    pub fn of(stages: &Stages) -> Self {
        Self::slopes(stages.stages.iter().map(Slope::of))
    }

    /// The intended start of arrival `n`, from the schedule's begin; `None` past its end.
    /// Monotone in `n`.
    #[must_use]
    pub fn arrival(&self, n: u64) -> Option<Duration> {
        self.reaches(n as f64)
    }

    /// When the integral of the rate reaches `arrivals`; `None` if it never does.
    pub(crate) fn reaches(&self, arrivals: f64) -> Option<Duration> {
        let mut begin = Duration::ZERO;
        let mut before = 0.0;
        for slope in &self.slopes {
            let within = arrivals - before;
            let area = slope.area();
            if within < area - ROUNDING * area.max(1.0) {
                return Some(begin + slope.reaches_area(within.max(0.0)));
            }
            before += area;
            begin += slope.over;
        }
        None
    }

    /// The integral of the rate over the whole schedule.
    pub(crate) fn total(&self) -> f64 {
        self.slopes.iter().map(Slope::area).sum()
    }

    /// How many arrivals there are: those for which [`Self::arrival`] has an answer.
    #[must_use]
    pub fn count(&self) -> u64 {
        let mut count = self.total().ceil() as u64;
        while count > 0 && self.arrival(count - 1).is_none() {
            count -= 1;
        }
        count
    }

    /// How long the schedule lasts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.slopes.iter().map(|slope| slope.over).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slope(from: f64, to: f64, seconds: f64) -> Slope {
        Slope { from, to, over: Duration::from_secs_f64(seconds) }
    }

    fn seconds(schedule: &Schedule, n: u64) -> Option<f64> {
        schedule.arrival(n).map(|at| at.as_secs_f64())
    }

    #[test]
    fn arrivals_stand_where_the_integral_of_the_rate_says() {
        let rows: [(&str, Vec<Slope>, u64, Option<f64>); 10] = [
            ("first of a constant rate", vec![slope(10.0, 10.0, 1.0)], 0, Some(0.0)),
            ("sixth of ten a second", vec![slope(10.0, 10.0, 1.0)], 5, Some(0.5)),
            ("last of ten a second", vec![slope(10.0, 10.0, 1.0)], 9, Some(0.9)),
            ("past the end", vec![slope(10.0, 10.0, 1.0)], 10, None),
            ("tenth a second for thirty", vec![slope(0.1, 0.1, 30.0)], 2, Some(20.0)),
            ("no fourth of three", vec![slope(0.1, 0.1, 30.0)], 3, None),
            ("ramp from zero", vec![slope(0.0, 10.0, 10.0)], 8, Some(4.0)),
            ("ramp to zero", vec![slope(10.0, 0.0, 10.0)], 18, Some(2.0)),
            ("second stage", vec![slope(0.0, 10.0, 10.0), slope(10.0, 10.0, 1.0)], 50, Some(10.0)),
            ("silence", vec![slope(0.0, 0.0, 1.0)], 0, None),
        ];
        for (name, stages, n, expected) in rows {
            let schedule = Schedule::slopes(stages);
            let got = seconds(&schedule, n);
            let same = match (got, expected) {
                (Some(got), Some(expected)) => (got - expected).abs() < 1e-9,
                (got, expected) => got.is_none() && expected.is_none(),
            };
            // A ramp to zero has a mirrored root: 10 t - t^2/2 = 18 at t = 2.
            assert!(same, "{name}: {got:?} in place of {expected:?}");
        }
    }

    #[test]
    fn rates_that_are_no_rates_are_silence() {
        let schedule = Schedule::slopes([slope(f64::NAN, -1.0, 5.0)]);
        assert_eq!(schedule.arrival(0), None);
        assert_eq!(schedule.duration(), Duration::from_secs(5));
    }

    proptest! {
        #[test]
        fn arrivals_are_monotone_exact_in_count_and_within_the_schedule(
            rates in prop::collection::vec((0.0..500.0_f64, 0.0..500.0_f64, 0.01..5.0_f64), 1..5),
        ) {
            let schedule = Schedule::slopes(rates.iter().map(|&(from, to, over)| slope(from, to, over)));
            let expected: f64 = schedule.slopes.iter().map(Slope::area).sum();
            let mut count = 0;
            let mut last = Duration::ZERO;
            while let Some(at) = schedule.arrival(count) {
                prop_assert!(at >= last);
                prop_assert!(at <= schedule.duration());
                last = at;
                count += 1;
            }
            prop_assert!((count as f64 - expected.ceil()).abs() <= 1.0);
            prop_assert_eq!(schedule.count(), count);
        }

        #[test]
        fn a_constant_rate_has_exactly_rate_times_duration_arrivals(rate in 1_u32..5000, seconds in 1_u64..4) {
            let rate_per_second = Rate::per_second(f64::from(rate)).unwrap();
            let schedule = Schedule::constant(rate_per_second, Duration::from_secs(seconds));
            let total = u64::from(rate) * seconds;
            prop_assert!(schedule.arrival(total - 1).is_some());
            prop_assert!(schedule.arrival(total).is_none());
        }
    }
}
