//! When requests begin: a pure function of their number.

use std::time::Duration;

use crate::model::Rate;

/// Intended starts of an open loop: stages of constant or linearly changing rate, in closed form.
///
/// The n-th arrival, counted from 0, is where the integral of the rate reaches n. So a constant
/// rate starts at once and is evenly spaced, the number of arrivals is exact, and no arrival
/// depends on when an earlier one was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    stages: Vec<Stage>,
}

/// A part of a schedule in which the rate goes linearly `from` one value `to` another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Arrivals a second at its begin; 0 or more.
    pub from: f64,
    /// Arrivals a second at its end; 0 or more.
    pub to: f64,
    /// How long it lasts.
    pub over: Duration,
}

/// Products of decimal rates and durations miss whole numbers by a few units in the last place;
/// without this an arrival could be gained or lost at the end of a stage.
const ROUNDING: f64 = 1e-9;

impl Schedule {
    /// The same rate all the time.
    #[must_use]
    pub fn constant(rate: Rate, over: Duration) -> Self {
        Self { stages: vec![Stage { from: rate.get(), to: rate.get(), over }] }
    }

    /// One stage after the other. Rates that are negative or not finite count as 0.
    #[must_use]
    pub fn stages(stages: impl IntoIterator<Item = Stage>) -> Self {
        let sane = |rate: f64| if rate.is_finite() { rate.max(0.0) } else { 0.0 };
        let stages = stages
            .into_iter()
            .map(|stage| Stage { from: sane(stage.from), to: sane(stage.to), over: stage.over })
            .collect();
        Self { stages }
    }

    /// The intended start of arrival `n`, from the schedule's begin; `None` past its end.
    /// Monotone in `n`.
    #[must_use]
    pub fn arrival(&self, n: u64) -> Option<Duration> {
        let mut begin = Duration::ZERO;
        let mut before = 0.0;
        for stage in &self.stages {
            let within = n as f64 - before;
            let arrivals = stage.arrivals();
            if within < arrivals - ROUNDING * arrivals.max(1.0) {
                return Some(begin + stage.reaches(within.max(0.0)));
            }
            before += arrivals;
            begin += stage.over;
        }
        None
    }

    /// How many arrivals it has; worked out, not counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        let sum: f64 = self.stages.iter().map(Stage::arrivals).sum();
        let mut count = sum.ceil() as u64;
        // A sum that misses a whole number by a rounding is off by one.
        while self.arrival(count).is_some() {
            count += 1;
        }
        while count > 0 && self.arrival(count - 1).is_none() {
            count -= 1;
        }
        count
    }

    /// How long the schedule lasts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(|stage| stage.over).sum()
    }
}

impl Stage {
    fn arrivals(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.over.as_secs_f64()
    }

    /// Time from the stage's begin until `count` arrivals: the root of
    /// from t + (to - from) t^2 / (2 over) = count, in the form that does not cancel.
    fn reaches(&self, count: f64) -> Duration {
        if count <= 0.0 && self.from > 0.0 {
            return Duration::ZERO;
        }
        let slope = (self.to - self.from) / self.over.as_secs_f64();
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        let seconds = if self.from + root > 0.0 { 2.0 * count / (self.from + root) } else { 0.0 };
        Duration::from_secs_f64(seconds).min(self.over)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stage(from: f64, to: f64, seconds: f64) -> Stage {
        Stage { from, to, over: Duration::from_secs_f64(seconds) }
    }

    fn seconds(schedule: &Schedule, n: u64) -> Option<f64> {
        schedule.arrival(n).map(|at| at.as_secs_f64())
    }

    #[test]
    fn arrivals_stand_where_the_integral_of_the_rate_says() {
        let rows: [(&str, Vec<Stage>, u64, Option<f64>); 10] = [
            ("first of a constant rate", vec![stage(10.0, 10.0, 1.0)], 0, Some(0.0)),
            ("sixth of ten a second", vec![stage(10.0, 10.0, 1.0)], 5, Some(0.5)),
            ("last of ten a second", vec![stage(10.0, 10.0, 1.0)], 9, Some(0.9)),
            ("past the end", vec![stage(10.0, 10.0, 1.0)], 10, None),
            ("tenth a second for thirty", vec![stage(0.1, 0.1, 30.0)], 2, Some(20.0)),
            ("no fourth of three", vec![stage(0.1, 0.1, 30.0)], 3, None),
            ("ramp from zero", vec![stage(0.0, 10.0, 10.0)], 8, Some(4.0)),
            ("ramp to zero", vec![stage(10.0, 0.0, 10.0)], 18, Some(2.0)),
            ("second stage", vec![stage(0.0, 10.0, 10.0), stage(10.0, 10.0, 1.0)], 50, Some(10.0)),
            ("silence", vec![stage(0.0, 0.0, 1.0)], 0, None),
        ];
        for (name, stages, n, expected) in rows {
            let schedule = Schedule::stages(stages);
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
        let schedule = Schedule::stages([stage(f64::NAN, -1.0, 5.0)]);
        assert_eq!(schedule.arrival(0), None);
        assert_eq!(schedule.duration(), Duration::from_secs(5));
    }

    proptest! {
        #[test]
        fn arrivals_are_monotone_exact_in_count_and_within_the_schedule(
            rates in prop::collection::vec((0.0..500.0_f64, 0.0..500.0_f64, 0.01..5.0_f64), 1..5),
        ) {
            let schedule = Schedule::stages(rates.iter().map(|&(from, to, over)| stage(from, to, over)));
            let expected: f64 = schedule.stages.iter().map(Stage::arrivals).sum();
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
