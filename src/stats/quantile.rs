//! Quantiles of a sample: one of its values, or a smooth mean of them.

use statrs::function::beta::checked_beta_reg;

use super::finite;

/// The `p` quantile by nearest rank: the ⌈pn⌉-th smallest value, the smallest for `p` = 0.
///
/// Always one of the values. Below 1 / (1 - p) values it is the largest of them, which says little
/// of the quantile: see [`samples_for_bound`](super::samples_for_bound). `None` without values, when
/// one is not finite, and when `p` is not in [0, 1].
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let sorted = finite::sorted(values)?;
    sorted.get(nearest_rank(sorted.len(), p)? - 1).copied()
}

/// The Harrell–Davis estimate of the `p` quantile (1982): the mean of all order statistics, the i-th
/// weighed by `I_{i/n}(a, b) - I_{(i-1)/n}(a, b)` with I the regularised incomplete beta,
/// `a = (n + 1) p` and `b = (n + 1)(1 - p)`.
///
/// In the unit of the values; steadier than one order statistic, but moved by extreme values. At `p`
/// = 0 and 1 it is the smallest and the largest value, as in the limit. `None` as for [`quantile`].
#[must_use]
pub fn harrell_davis(values: &[f64], p: f64) -> Option<f64> {
    let sorted = finite::sorted(values)?;
    let n = sorted.len() as f64;
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let (a, b) = ((n + 1.0) * p, (n + 1.0) * (1.0 - p));
    if a <= 0.0 || b <= 0.0 {
        return Some(if a <= 0.0 { first } else { last });
    }
    let mut below = 0.0;
    let mut estimate = 0.0;
    for (value, rank) in sorted.iter().zip(1_u32..) {
        let up_to = checked_beta_reg(a, b, (f64::from(rank) / n).min(1.0)).ok()?;
        estimate += (up_to - below) * value;
        below = up_to;
    }
    finite::answer(estimate.clamp(first, last))
}

/// ⌈pn⌉ in 1..=n. A product that is whole but for rounding (0.07 x 100) is taken as whole.
fn nearest_rank(n: usize, p: f64) -> Option<usize> {
    let product = p * n as f64 * (1.0 - 4.0 * f64::EPSILON);
    (0.0..=1.0).contains(&p).then(|| (product.ceil() as usize).clamp(1, n))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counting(n: u32) -> Vec<f64> {
        (1..=n).map(f64::from).collect()
    }

    #[test]
    fn the_nearest_rank_is_one_of_the_values() {
        assert_eq!(quantile(&counting(20), 0.95), Some(19.0));
        assert_eq!(quantile(&counting(100), 0.99), Some(99.0));
        assert_eq!(quantile(&counting(5), 0.5), Some(3.0));
        assert_eq!(quantile(&counting(4), 0.5), Some(2.0));
        assert_eq!(quantile(&counting(7), 0.0), Some(1.0));
        assert_eq!(quantile(&counting(7), 1.0), Some(7.0));
    }

    #[test]
    fn rounding_does_not_move_a_whole_rank_up() {
        for percent in 1..=100 {
            let p = f64::from(percent) / 100.0;
            assert_eq!(quantile(&counting(100), p), Some(f64::from(percent)), "{percent} %");
        }
    }

    #[test]
    fn the_p95_of_nineteen_is_only_their_largest() {
        assert_eq!(quantile(&counting(19), 0.95), Some(19.0));
        assert!(crate::stats::samples_for_bound(0.95, 0.95) > 19);
    }

    #[test]
    fn harrell_davis_gives_the_published_values() {
        let values = [0.0, 25.0, 50.0, 75.0, 100.0];
        for (p, expected) in [
            (0.1, 4.812_909_470_656_74),
            (0.25, 19.248_110_357_858_3),
            (0.5, 50.0),
            (0.75, 80.751_889_642_141_7),
            (0.9, 95.187_090_529_343_3),
        ] {
            let estimate = harrell_davis(&values, p).unwrap();
            assert!((estimate - expected).abs() < 1e-9, "p {p}: {estimate}");
        }
        assert_eq!(harrell_davis(&values, 0.0), Some(0.0));
        assert_eq!(harrell_davis(&values, 1.0), Some(100.0));
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        for estimator in [quantile, harrell_davis] {
            assert_eq!(estimator(&[], 0.5), None);
            assert_eq!(estimator(&[1.0, f64::NAN], 0.5), None);
            for p in [-0.1, 1.1, f64::NAN] {
                assert_eq!(estimator(&[1.0, 2.0], p), None);
            }
        }
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn at_least_a_share_of_p_lies_at_or_below_the_quantile(
            values in prop::collection::vec(-1e3..1e3_f64, 1..60),
            p in 0.0..=1.0_f64,
        ) {
            let at = quantile(&values, p).unwrap();
            let below = values.iter().filter(|v| **v < at).count() as f64;
            let up_to = values.iter().filter(|v| **v <= at).count() as f64;
            prop_assert!(up_to >= p * values.len() as f64 - 1e-9);
            prop_assert!(below < (p * values.len() as f64).max(1e-9));
        }

        #[test]
        fn harrell_davis_moves_and_scales_with_the_sample(
            values in prop::collection::vec(-1e3..1e3_f64, 1..40),
            p in 0.0..=1.0_f64,
            scale in 0.1..10.0_f64,
            shift in -100.0..100.0_f64,
        ) {
            let moved: Vec<f64> = values.iter().map(|v| v * scale + shift).collect();
            let expected = harrell_davis(&values, p).unwrap() * scale + shift;
            prop_assert!((harrell_davis(&moved, p).unwrap() - expected).abs() < 1e-6);
        }
    }
}
