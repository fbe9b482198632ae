//! Where a series changes its distribution, found without assuming one.

mod energy;

use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use self::energy::Segment;
use super::finite;

/// How to look for changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EDivisive {
    /// Least number of values on either side of a change, at least 2.
    pub min_size: usize,
    /// Largest p of a change that is believed, strictly between 0 and 1.
    pub significance: f64,
    /// Number of random orders a change is held against, at least 1. The smallest p is
    /// 1 / (1 + permutations).
    pub permutations: usize,
    /// One seed, one sequence of orders.
    pub seed: u64,
}

impl Default for EDivisive {
    fn default() -> Self {
        Self { min_size: 2, significance: 0.05, permutations: 999, seed: 0 }
    }
}

/// A place where a series changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Index of the first value after the change.
    pub index: usize,
    /// The energy statistic: how far apart the two sides are, in the unit of the values times their
    /// number.
    pub q: f64,
    /// The share of random orders that split at least as well, this order among them; never 0.
    pub p: f64,
}

/// The changes of a series, in order: E-divisive (Matteson and James 2014) with the energy statistic
/// at α = 1, `Q = mn/(m+n) (2/(mn) ΣΣ|x-y| - ΣΣ|x-x'| / C(m,2) - ΣΣ|y-y'| / C(n,2))`, the best split
/// tested by permutation, `p = (1 + #{Q* >= Q}) / (1 + B)`, and both sides searched again after a split
/// whose p is at most `significance`.
///
/// Takes time in proportion to `permutations` x n log n a split, and memory in proportion to n. Empty
/// for a series that is too short to split or does not change. `None` when the series is empty or has
/// a value that is not finite, when its distances add up to no finite number, and when a setting is out
/// of its range.
#[must_use]
pub fn e_divisive(series: &[f64], search: EDivisive) -> Option<Vec<ChangePoint>> {
    search.check(series)?;
    let mut orders = Xoshiro256PlusPlus::seed_from_u64(search.seed);
    let mut changes = Vec::new();
    let mut open = Vec::from([Range { start: 0, end: series.len() }]);
    while let Some(range) = open.pop() {
        let Some(change) = test_split(&series[range.clone()], search, &mut orders) else {
            continue;
        };
        if change.p <= search.significance {
            let index = range.start + change.index;
            changes.push(ChangePoint { index, ..change });
            open.push(index..range.end);
            open.push(range.start..index);
        }
    }
    changes.sort_by_key(|change| change.index);
    Some(changes)
}

/// The best single split of a series with its p, significant or not, for a p that is to be adjusted
/// over several series. `significance` plays no part.
///
/// `None` as for [`e_divisive`], and when the series is too short to split.
#[must_use]
pub fn strongest_change(series: &[f64], search: EDivisive) -> Option<ChangePoint> {
    search.check(series)?;
    test_split(series, search, &mut Xoshiro256PlusPlus::seed_from_u64(search.seed))
}

impl EDivisive {
    fn check(&self, series: &[f64]) -> Option<()> {
        let level = self.significance > 0.0 && self.significance < 1.0;
        let sorted = finite::sorted(series)?;
        let range = sorted.last()? - sorted.first()?;
        // No sum of distances, doubled on the way, exceeds this.
        finite::answer(range * (series.len() as f64).powi(2) * 2.0)?;
        (self.min_size >= 2 && self.permutations >= 1 && level).then_some(())
    }
}

fn test_split(
    values: &[f64],
    search: EDivisive,
    orders: &mut Xoshiro256PlusPlus,
) -> Option<ChangePoint> {
    let mut segment = Segment::new(values)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    let best = segment.best_split(&order, search.min_size)?;
    // An order whose split is as good but for rounding is as good.
    let tolerance = 1e-9 * segment.mean_distance();
    if best.q <= tolerance {
        return Some(ChangePoint { index: best.index, q: best.q.max(0.0), p: 1.0 });
    }
    let mut as_good = 0_usize;
    for _ in 0..search.permutations {
        order.shuffle(orders);
        let shuffled = segment.best_split(&order, search.min_size)?;
        as_good += usize::from(shuffled.q >= best.q * (1.0 - 1e-9) - tolerance);
    }
    let p = (1 + as_good) as f64 / (1 + search.permutations) as f64;
    Some(ChangePoint { index: best.index, q: best.q, p })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;

    fn indices(series: &[f64], search: EDivisive) -> Vec<usize> {
        e_divisive(series, search).unwrap().iter().map(|change| change.index).collect()
    }

    #[test]
    fn the_published_series_change_where_published() {
        let stairs =
            [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149.0, 149.7, 149.5, 149.1, 148.8, 150.0];
        let dip = [2.02, 2.03, 2.01, 2.04, 1.82, 1.85, 1.79, 1.81, 1.80, 1.76, 1.78];
        for seed in 0..5 {
            let search = EDivisive { seed, ..EDivisive::default() };
            assert_eq!(indices(&stairs, search), [5, 8], "seed {seed}");
            assert_eq!(indices(&dip, search), [4], "seed {seed}");
        }
    }

    #[test]
    fn two_thousand_values_change_where_they_step() {
        let step: Vec<f64> = (0..2000).map(|i| f64::from(u8::from(i >= 1000))).collect();
        assert_eq!(indices(&step, EDivisive { permutations: 99, ..EDivisive::default() }), [1000]);
    }

    #[test]
    fn the_p_of_a_perfect_change_is_not_zero() {
        let step: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i >= 30))).collect();
        let change = strongest_change(&step, EDivisive::default()).unwrap();
        assert!((change.p - 0.001).abs() < 1e-12, "{}", change.p);
        assert_eq!(change.index, 30);
    }

    #[test]
    fn equal_values_do_not_change() {
        assert!(indices(&[3.3; 40], EDivisive::default()).is_empty());
        let none = strongest_change(&[3.3; 40], EDivisive::default()).unwrap();
        assert!((none.p - 1.0).abs() < 1e-12);
    }

    #[test]
    fn noise_is_called_a_change_as_often_as_the_level_says() {
        let mut draws = Xoshiro256PlusPlus::seed_from_u64(5);
        let called = (0..300)
            .filter(|&seed| {
                let noise: Vec<f64> = (0..20).map(|_| draws.random::<f64>()).collect();
                let search = EDivisive { permutations: 99, seed, ..EDivisive::default() };
                strongest_change(&noise, search).unwrap().p <= 0.05
            })
            .count();
        // 15 expected, standard deviation 3.8.
        assert!((4..=28).contains(&called), "{called} of 300");
    }

    #[test]
    fn a_series_too_short_to_split_has_no_change() {
        assert_eq!(e_divisive(&[1.0, 2.0, 3.0], EDivisive::default()), Some(vec![]));
        assert_eq!(strongest_change(&[1.0, 2.0, 3.0], EDivisive::default()), None);
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        let plain = EDivisive::default();
        assert_eq!(e_divisive(&[], plain), None);
        assert_eq!(e_divisive(&[1.0, f64::NAN, 2.0, 3.0], plain), None);
        for bad in [
            EDivisive { min_size: 1, ..plain },
            EDivisive { permutations: 0, ..plain },
            EDivisive { significance: 0.0, ..plain },
            EDivisive { significance: f64::NAN, ..plain },
        ] {
            assert_eq!(e_divisive(&[1.0; 8], bad), None);
        }
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(32))]
        #[test]
        fn moving_and_scaling_the_series_moves_no_change(
            before in prop::collection::vec(0.0..1.0_f64, 8..16),
            after in prop::collection::vec(5.0..6.0_f64, 8..16),
            scale in 0.1..10.0_f64,
            shift in -50.0..50.0_f64,
        ) {
            let series: Vec<f64> = before.iter().chain(&after).copied().collect();
            let moved: Vec<f64> = series.iter().map(|value| value * scale + shift).collect();
            let search = EDivisive { permutations: 99, ..EDivisive::default() };
            let change = strongest_change(&series, search).unwrap();
            prop_assert_eq!(change.index, before.len());
            prop_assert_eq!(strongest_change(&moved, search).unwrap().index, change.index);
        }
    }
}
