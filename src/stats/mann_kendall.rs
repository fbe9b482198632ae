//! Does a series rise or fall, whatever the shape of it?

use super::{finite, normal, ranks};

/// What the Mann–Kendall test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs in which the later value is larger, less those in which it is smaller.
    pub s: i64,
    /// Variance of `s` without a trend, given the ties.
    pub variance: f64,
    /// `s`, one closer to 0, in standard deviations.
    pub z: f64,
    /// Kendall's tau: `s` over the number of pairs, in [-1, 1].
    pub tau: f64,
    /// The chance of such a rise, or a larger one, without a trend.
    pub p_rising: f64,
    /// The chance of such a trend in either direction, or a larger one, without a trend.
    pub p_two_sided: f64,
}

/// The Mann–Kendall test for a trend (Mann 1945, Kendall 1975) of equally spaced values, in order:
/// `S = Σ_{i<j} sign(x_j - x_i)`, `Var S = [n(n-1)(2n+5) - Σ t(t-1)(2t+5)] / 18` over groups of t
/// equal values, `z = (S - sign S) / sqrt(Var S)`, p values from the normal distribution.
///
/// Independent values are assumed; a series that remembers its past is called a trend too often.
/// Values that are all equal have no trend: `z` 0, p 1. Takes time in proportion to n². `None` with
/// fewer than 2 values or one that is not finite.
#[must_use]
pub fn mann_kendall(series: &[f64]) -> Option<MannKendall> {
    let n = finite::all_finite(series)?.len();
    if n < 2 {
        return None;
    }
    let s = rises_less_falls(series);
    let (_, groups) = ranks::doubled_mid_ranks(series);
    let variance = variance_of_s(n, &groups);
    let corrected = (s - s.signum()) as f64;
    let z = if variance > 0.0 { corrected / variance.sqrt() } else { 0.0 };
    Some(MannKendall {
        s,
        variance,
        z,
        tau: s as f64 / (n as f64 * (n as f64 - 1.0) / 2.0),
        p_rising: if variance > 0.0 { normal::above(z) } else { 1.0 },
        p_two_sided: finite::probability(2.0 * normal::above(z.abs())),
    })
}

/// Variance of Kendall's S for n values with groups of ties and no trend.
pub(super) fn variance_of_s(n: usize, groups: &[usize]) -> f64 {
    let term = |t: usize| {
        let t = t as f64;
        t * (t - 1.0) * (2.0 * t + 5.0)
    };
    (term(n) - groups.iter().copied().map(term).sum::<f64>()) / 18.0
}

fn rises_less_falls(series: &[f64]) -> i64 {
    let sign = |earlier: f64, later: f64| i64::from(later > earlier) - i64::from(later < earlier);
    let from = |i: usize| series[i + 1..].iter().map(|later| sign(series[i], *later)).sum::<i64>();
    (0..series.len()).map(from).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn five_rising_values_have_every_pair_rising() {
        let test = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!(test.s, 10);
        assert!((test.tau - 1.0).abs() < 1e-12);
        assert!((test.variance - 5.0 * 4.0 * 15.0 / 18.0).abs() < 1e-9);
    }

    #[test]
    fn ties_take_their_part_of_the_variance() {
        // n = 6 with groups of 3 and 2: [6 x 5 x 17 - 3 x 2 x 11 - 2 x 1 x 9] / 18.
        let test = mann_kendall(&[1.0, 1.0, 1.0, 2.0, 2.0, 3.0]).unwrap();
        assert!((test.variance - 426.0 / 18.0).abs() < 1e-9);
        assert_eq!(test.s, 11);
    }

    #[test]
    fn equal_values_have_no_trend() {
        let test = mann_kendall(&[7.0; 30]).unwrap();
        assert_eq!((test.s, test.z, test.tau), (0, 0.0, 0.0));
        assert!((test.p_two_sided - 1.0).abs() < 1e-12 && (test.p_rising - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        assert_eq!(mann_kendall(&[]), None);
        assert_eq!(mann_kendall(&[1.0]), None);
        assert_eq!(mann_kendall(&[1.0, f64::NAN, 2.0]), None);
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn a_reversed_series_has_the_opposite_trend(
            series in prop::collection::vec(-9_i32..9, 2..40),
        ) {
            let series: Vec<f64> = series.into_iter().map(f64::from).collect();
            let reversed: Vec<f64> = series.iter().rev().copied().collect();
            let (there, back) = (mann_kendall(&series).unwrap(), mann_kendall(&reversed).unwrap());
            prop_assert_eq!(there.s, -back.s);
            prop_assert!((there.p_two_sided - back.p_two_sided).abs() < 1e-12);
        }
    }
}
