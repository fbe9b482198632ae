//! The slope of a line through points, deaf to stray ones.

use super::{finite, mann_kendall, median, normal, ranks};

/// The Theil–Sen line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TheilSen {
    /// Median slope, in units of y for one unit of x.
    pub slope: f64,
    /// Where the line meets x = 0: median y - slope x median x, in the unit of y.
    pub intercept: f64,
    /// Lower end of the slope's interval; `None` when there are too few points for one.
    pub low: Option<f64>,
    /// Upper end of the slope's interval; `None` when there are too few points for one.
    pub high: Option<f64>,
}

/// The Theil–Sen line (Theil 1950) through the points (x, y): the median of the slopes of all pairs
/// with different x, with Sen's two-sided interval (1968). With N slopes in ascending order and
/// `C = z sqrt(Var S)`, Var S being Kendall's with the ties of x and y, the interval goes from the
/// ⌊(N - C) / 2⌋-th slope to its mirror image: rounded outward, where rounding to nearest may leave a
/// bound one order statistic too narrow.
///
/// For a one-sided bound at 95 % take a confidence of 0.90. Time and memory grow with the square of
/// the number of points. `None` when x and y differ in length, when fewer than 2 different x are
/// given, when a value or a slope is not finite, and when `confidence` is not strictly between 0 and 1.
#[must_use]
pub fn theil_sen(x: &[f64], y: &[f64], confidence: f64) -> Option<TheilSen> {
    let z = normal::two_sided_z(confidence)?;
    let (x, y) = (finite::all_finite(x)?, finite::all_finite(y)?);
    if x.len() != y.len() {
        return None;
    }
    let slopes = finite::sorted(&pairwise_slopes(x, y))?;
    let slope = finite::answer(median::of_sorted(&slopes))?;
    let rank = bound_rank(x, y, slopes.len(), z);
    Some(TheilSen {
        slope,
        intercept: finite::answer(median::median(y)? - slope * median::median(x)?)?,
        low: rank.map(|rank| slopes[rank - 1]),
        high: rank.map(|rank| slopes[slopes.len() - rank]),
    })
}

fn pairwise_slopes(x: &[f64], y: &[f64]) -> Vec<f64> {
    let mut slopes = Vec::with_capacity(x.len() * (x.len() - 1) / 2);
    for later in 1..x.len() {
        for earlier in 0..later {
            let run = x[later] - x[earlier];
            if run != 0.0 {
                slopes.push((y[later] - y[earlier]) / run);
            }
        }
    }
    slopes
}

/// How many slopes in from either side the interval ends, counted from 1.
fn bound_rank(x: &[f64], y: &[f64], slopes: usize, z: f64) -> Option<usize> {
    let groups = |values| ranks::doubled_mid_ranks(values).1.into_iter().filter(|tied| *tied > 1);
    let ties: Vec<usize> = groups(x).chain(groups(y)).collect();
    let variance = mann_kendall::variance_of_s(x.len(), &ties).max(0.0);
    let rank = ((slopes as f64 - z * variance.sqrt()) / 2.0).floor();
    // Without a pair that differs in y the variance says 0, and one slope has no rank below it.
    let rank = (rank as usize).min(slopes.div_ceil(2));
    (rank >= 1).then_some(rank)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counting(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
    }

    #[test]
    fn five_rising_values_rise_by_one() {
        let line = theil_sen(&counting(5), &[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        assert!((line.slope - 1.0).abs() < 1e-12 && (line.intercept - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_stray_point_does_not_turn_the_line() {
        let mut y: Vec<f64> = counting(21).iter().map(|x| 3.0 * x - 2.0).collect();
        y[20] = 1e6;
        let line = theil_sen(&counting(21), &y, 0.95).unwrap();
        assert!((line.slope - 3.0).abs() < 1e-9 && (line.intercept + 2.0).abs() < 1e-9);
        assert!((line.low.unwrap() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn two_and_three_points_bound_nothing() {
        for n in [2, 3] {
            let line = theil_sen(&counting(n), &counting(n), 0.95).unwrap();
            assert_eq!((line.low, line.high), (None, None), "{n} points");
        }
    }

    #[test]
    fn equal_values_have_a_slope_of_nothing() {
        let line = theil_sen(&counting(25), &[4.0; 25], 0.95).unwrap();
        assert_eq!((line.slope, line.low, line.high), (0.0, Some(0.0), Some(0.0)));
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        assert_eq!(theil_sen(&[], &[], 0.95), None);
        assert_eq!(theil_sen(&[1.0], &[1.0], 0.95), None);
        assert_eq!(theil_sen(&[1.0, 1.0], &[1.0, 2.0], 0.95), None);
        assert_eq!(theil_sen(&[1.0, 2.0], &[1.0], 0.95), None);
        assert_eq!(theil_sen(&[1.0, f64::NAN], &[1.0, 2.0], 0.95), None);
        assert_eq!(theil_sen(&[0.0, 1e-300], &[0.0, f64::MAX], 0.95), None);
        assert_eq!(theil_sen(&[1.0, 2.0], &[1.0, 2.0], 1.0), None);
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn adding_a_line_adds_its_slope_to_slope_and_ends(
            y in prop::collection::vec(-9.0..9.0_f64, 8..30),
            slope in -5.0..5.0_f64,
        ) {
            let x = counting(y.len());
            let tilted: Vec<f64> = y.iter().zip(&x).map(|(y, x)| y + slope * x).collect();
            let (plain, tilted) =
                (theil_sen(&x, &y, 0.95).unwrap(), theil_sen(&x, &tilted, 0.95).unwrap());
            prop_assert!((tilted.slope - plain.slope - slope).abs() < 1e-9);
            prop_assert!((tilted.low.unwrap() - plain.low.unwrap() - slope).abs() < 1e-9);
            prop_assert!((tilted.high.unwrap() - plain.high.unwrap() - slope).abs() < 1e-9);
            prop_assert!(plain.low <= Some(plain.slope) && Some(plain.slope) <= plain.high);
        }
    }
}
