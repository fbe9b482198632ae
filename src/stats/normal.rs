//! The standard normal distribution, as far as tests with many values lean on it.

use statrs::distribution::{ContinuousCDF, Normal};

/// P(Z <= z).
pub(super) fn below(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// P(Z > z), with all its digits far out.
pub(super) fn above(z: f64) -> f64 {
    Normal::standard().sf(z)
}

/// The z beyond which, on both sides together, a share of 1 - `confidence` lies; `None` unless the
/// confidence is strictly between 0 and 1.
pub(super) fn two_sided_z(confidence: f64) -> Option<f64> {
    (confidence > 0.0 && confidence < 1.0)
        .then(|| -Normal::standard().inverse_cdf((1.0 - confidence) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ninety_five_percent_lie_within_one_point_nine_six() {
        assert!((two_sided_z(0.95).unwrap() - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((below(1.959_963_984_540_054) - 0.975).abs() < 1e-11);
        assert!((above(1.959_963_984_540_054) - 0.025).abs() < 1e-11);
    }

    #[test]
    fn no_confidence_and_certainty_have_no_z() {
        for bad in [0.0, 1.0, -1.0, 2.0, f64::NAN] {
            assert_eq!(two_sided_z(bad), None);
        }
    }
}
