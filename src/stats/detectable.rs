//! What a comparison could have seen at all.

use super::finite;

/// z(0.95) + z(0.80): a one-sided test at 5 % with 80 % power.
const ONE_SIDED_5_POWER_80: f64 = 2.49;

/// The smallest true ratio that a one-sided comparison at 5 % finds with 80 % power:
/// `exp(2.49 s sqrt(1/before + 1/after))`, the usual sample-size formula solved for the effect.
///
/// `sd` is the standard deviation of the logarithms of one side's values, `before` and `after`
/// count the values of each side. At least 1. `None` for a negative or non-finite `sd`, for a side
/// without values, and where the ratio is beyond the finite numbers.
#[must_use]
pub fn smallest_detectable_ratio(sd: f64, before: usize, after: usize) -> Option<f64> {
    if before == 0 || after == 0 {
        return None;
    }
    detectable_ratio(sd * (1.0 / before as f64 + 1.0 / after as f64).sqrt())
}

/// The same where the standard error of the difference of the logarithms is known as a whole:
/// `exp(2.49 standard_error)`. At least 1. `None` for one that is negative or not finite, and where
/// the ratio is beyond the finite numbers.
#[must_use]
pub fn detectable_ratio(standard_error: f64) -> Option<f64> {
    if !(standard_error.is_finite() && standard_error >= 0.0) {
        return None;
    }
    finite::answer((ONE_SIDED_5_POWER_80 * standard_error).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_against_five_at_a_tenth_sees_seventeen_percent() {
        let ratio = smallest_detectable_ratio(0.10, 5, 5).unwrap();
        assert!((ratio - 1.170_559_017_544_811_3).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn no_spread_sees_any_change() {
        assert_eq!(smallest_detectable_ratio(0.0, 5, 5), Some(1.0));
    }

    #[test]
    fn more_values_see_smaller_changes() {
        let few = smallest_detectable_ratio(0.2, 3, 3);
        let more = smallest_detectable_ratio(0.2, 10, 10);
        assert!(more < few);
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        assert_eq!(smallest_detectable_ratio(f64::NAN, 5, 5), None);
        assert_eq!(smallest_detectable_ratio(-0.1, 5, 5), None);
        assert_eq!(smallest_detectable_ratio(0.1, 0, 5), None);
        assert_eq!(smallest_detectable_ratio(0.1, 5, 0), None);
        assert_eq!(smallest_detectable_ratio(1e6, 1, 1), None);
    }
}
