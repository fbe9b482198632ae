//! The intended starts of an open loop, one after the other.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::schedule::Schedule;
use super::sequence::stir;
use crate::model::Arrivals;

/// The intended starts of a schedule, in order. Each worker walks over all of them and takes its
/// own, so that nothing is shared.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    schedule: Schedule,
    scattered: Option<Scattered>,
}

/// Arrivals of a Poisson process, given how many there are: the order statistics of as many
/// independent uniform variables, drawn one after the other in ascending order.
///
/// With S what is above the k-th of n, the next leaves S V^(1/(n-k)) above itself, V uniform
/// (Bentley and Saxe 1980, "Generating sorted lists of random numbers", read upwards). That the
/// arrivals of a Poisson process whose count is known are such, with time measured by the integral
/// of the rate where that changes: Çinlar 1975, "Introduction to Stochastic Processes", chapter 4.
#[derive(Debug, Clone)]
struct Scattered {
    random: Xoshiro256PlusPlus,
    count: u64,
    total: f64,
    drawn: u64,
    /// What is above the last one drawn, of 1.
    above: f64,
}

impl Calls {
    /// The intended starts of `schedule`, spaced as `arrivals` says; `seed` fixes those that are
    /// scattered.
    pub(crate) fn new(schedule: Schedule, arrivals: Arrivals, seed: u64) -> Self {
        let scattered = match arrivals {
            Arrivals::Even => None,
            Arrivals::Poisson => Some(Scattered {
                // Apart from the sequences of users and choices, which come of the same seed.
                random: Xoshiro256PlusPlus::seed_from_u64(stir(&[seed, u64::MAX])),
                count: schedule.count(),
                total: schedule.total(),
                drawn: 0,
                above: 1.0,
            }),
        };
        Self { schedule, scattered }
    }

    /// The intended start of arrival `n`, from the schedule's begin; `None` past its end. Has to be
    /// asked in ascending order: what was scattered and passed over is gone.
    pub(crate) fn arrival(&mut self, n: u64) -> Option<Duration> {
        let Some(scattered) = &mut self.scattered else { return self.schedule.arrival(n) };
        let place = scattered.advance(n)?;
        Some(self.schedule.reaches(place).unwrap_or_else(|| self.schedule.duration()))
    }
}

impl Scattered {
    /// Draws up to the n-th; where the integral of the rate is then.
    fn advance(&mut self, n: u64) -> Option<f64> {
        if n >= self.count {
            return None;
        }
        while self.drawn <= n {
            // From above zero to one, so that something is left.
            let uniform = 1.0 - self.random.random::<f64>();
            self.above *= uniform.powf(1.0 / (self.count - self.drawn) as f64);
            self.drawn += 1;
        }
        Some((1.0 - self.above) * self.total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::load::Slope;
    use crate::model::Rate;

    fn constant(rate: f64, seconds: u64) -> Schedule {
        Schedule::constant(Rate::per_second(rate).unwrap(), Duration::from_secs(seconds))
    }

    fn starts(schedule: &Schedule, arrivals: Arrivals, seed: u64) -> Vec<Duration> {
        let mut calls = Calls::new(schedule.clone(), arrivals, seed);
        (0..).map_while(|n| calls.arrival(n)).collect()
    }

    /// The largest distance between the distribution of `values` and `cumulative`, times the
    /// square root of their number (Kolmogorov 1933): above 1.63 in one case of a hundred, if
    /// that is what they come of.
    fn distance(mut values: Vec<f64>, cumulative: impl Fn(f64) -> f64) -> f64 {
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let gaps = values.iter().enumerate().map(|(at, &value)| {
            let expected = cumulative(value);
            (expected - at as f64 / n).abs().max((expected - (at + 1) as f64 / n).abs())
        });
        gaps.fold(0.0, f64::max) * n.sqrt()
    }

    fn gaps(starts: &[Duration], rate: f64) -> Vec<f64> {
        starts
            .windows(2)
            .map(|pair| (pair[1].as_secs_f64() - pair[0].as_secs_f64()) * rate)
            .collect()
    }

    #[test]
    fn the_gaps_of_poisson_arrivals_are_exponential_and_those_of_even_ones_are_not() {
        let schedule = constant(1000.0, 20);
        let exponential = |gap: f64| 1.0 - (-gap).exp();
        for seed in 1..=5 {
            let starts = starts(&schedule, Arrivals::Poisson, seed);
            assert_eq!(starts.len(), 20_000);
            let distance = distance(gaps(&starts, 1000.0), exponential);
            assert!(distance < 1.63, "seed {seed}: {distance}");
        }
        let even = distance(gaps(&starts(&schedule, Arrivals::Even, 1), 1000.0), exponential);
        assert!(even > 50.0, "{even}");
    }

    #[test]
    fn poisson_arrivals_follow_a_rate_that_changes() {
        let slope = |from, to| Slope { from, to, over: Duration::from_secs(10) };
        let schedule = Schedule::slopes([slope(0.0, 1000.0), slope(1000.0, 1000.0)]);
        let starts = starts(&schedule, Arrivals::Poisson, 7);
        assert_eq!(starts.len(), 15_000);
        let share = |seconds: f64| {
            let arrivals =
                if seconds < 10.0 { 50.0 * seconds * seconds } else { 1000.0 * seconds - 5000.0 };
            arrivals / 15_000.0
        };
        let seconds: Vec<f64> = starts.iter().map(Duration::as_secs_f64).collect();
        let distance = distance(seconds, share);
        assert!(distance < 1.63, "{distance}");
    }

    #[test]
    fn one_seed_gives_the_same_arrivals_to_every_worker() {
        let schedule = constant(50.0, 4);
        let all = starts(&schedule, Arrivals::Poisson, 3);
        assert_eq!(all, starts(&schedule, Arrivals::Poisson, 3));
        assert_ne!(all, starts(&schedule, Arrivals::Poisson, 4));
        let mut shared = Vec::new();
        for worker in 0..3 {
            let mut calls = Calls::new(schedule.clone(), Arrivals::Poisson, 3);
            let own = (worker..).step_by(3).map_while(|n| calls.arrival(n));
            shared.extend(own);
        }
        shared.sort_unstable();
        assert_eq!(shared, all);
    }

    proptest! {
        #[test]
        fn scattered_arrivals_are_monotone_and_exact_in_count(
            slopes in prop::collection::vec((0.0..300.0_f64, 0.0..300.0_f64, 0.01..3.0_f64), 1..5),
            seed: u64,
        ) {
            let slopes = slopes
                .into_iter()
                .map(|(from, to, over)| Slope { from, to, over: Duration::from_secs_f64(over) });
            let schedule = Schedule::slopes(slopes);
            let starts = starts(&schedule, Arrivals::Poisson, seed);
            prop_assert_eq!(starts.len() as u64, schedule.count());
            prop_assert!(starts.is_sorted());
            prop_assert!(starts.last().is_none_or(|last| *last <= schedule.duration()));
        }
    }
}
