//! The middle of a sample and the spread around it, both deaf to a stray value.

use super::finite;

/// What a raw [`mad`] is multiplied by to estimate the standard deviation of a normal sample:
/// 1 / Φ⁻¹(3/4), rounded as the literature does.
pub const MAD_TO_SIGMA: f64 = 1.4826;

/// The median: the middle value, or the mean of the two middle values of an even count.
///
/// In the unit of the values. `None` without values or when one is not finite.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    finite::sorted(values).map(|sorted| of_sorted(&sorted))
}

/// The median absolute deviation from the median: `median |x - median x|` (Hampel 1974), raw.
///
/// In the unit of the values, at least 0; multiply by [`MAD_TO_SIGMA`] where a standard deviation is
/// wanted. `None` without values or when one is not finite.
#[must_use]
pub fn mad(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    median(&deviations)
}

/// The median of values that are in ascending order and not none.
pub(super) fn of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { sorted[middle - 1].midpoint(sorted[middle]) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[7.0]), Some(7.0));
    }

    #[test]
    fn what_is_no_sample_has_no_median_and_no_mad() {
        for values in [&[][..], &[1.0, f64::NAN], &[f64::NEG_INFINITY]] {
            assert_eq!(median(values), None);
            assert_eq!(mad(values), None);
        }
    }

    #[test]
    fn the_mad_is_raw_and_centred_on_the_median() {
        // Centred on the mean (22) it would be 19; scaled it would be 1.4826.
        assert_eq!(mad(&[1.0, 2.0, 3.0, 4.0, 100.0]), Some(1.0));
        assert_eq!(mad(&[5.0, 5.0, 5.0]), Some(0.0));
    }

    #[test]
    fn the_mad_of_a_normal_sample_estimates_its_deviation_once_scaled() {
        use statrs::distribution::{ContinuousCDF, Normal};
        let normal = Normal::new(10.0, 3.0).unwrap();
        let sample: Vec<f64> =
            (0..9999).map(|i| normal.inverse_cdf((f64::from(i) + 0.5) / 9999.0)).collect();
        let sigma = MAD_TO_SIGMA * mad(&sample).unwrap();
        assert!((sigma - 3.0).abs() < 1e-3, "{sigma}");
    }

    #[test]
    fn two_values_near_the_largest_number_have_a_finite_median() {
        assert_eq!(median(&[f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn the_median_moves_and_scales_with_the_sample(
            values in prop::collection::vec(-1e3..1e3_f64, 1..40),
            shift in -1e3..1e3_f64,
            scale in 0.01..100.0_f64,
        ) {
            let moved: Vec<f64> = values.iter().map(|v| v * scale + shift).collect();
            let expected = median(&values).unwrap() * scale + shift;
            prop_assert!((median(&moved).unwrap() - expected).abs() < 1e-8);
            let expected = mad(&values).unwrap() * scale;
            prop_assert!((mad(&moved).unwrap() - expected).abs() < 1e-8);
        }
    }
}
