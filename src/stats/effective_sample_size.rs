//! How many independent values a series that remembers its past is worth.

use super::{finite, quantile};

/// The number of independent values that would know the `p` quantile as well as this series does, in
/// the order it was measured: `n / (1 + 2 Σ ρ_k)` with ρ the autocorrelation of the indicator "at
/// most the quantile", which is what a quantile's error follows.
///
/// The sum ends by Geyer's initial positive sequence (1992), before the first pair of
/// autocorrelations that is not positive. In [1, n]: a series that alternates is not credited with
/// more than its length. `None` when the series is empty or has a value that is not finite, when `p`
/// is not in [0, 1], and when the indicator never changes (all values equal, or a quantile that is
/// the largest value): nothing is known of its memory.
#[must_use]
pub fn effective_sample_size(series: &[f64], p: f64) -> Option<f64> {
    let threshold = quantile::quantile(series, p)?;
    let n = series.len() as f64;
    let share = series.iter().filter(|value| **value <= threshold).count() as f64 / n;
    let indicator: Vec<f64> =
        series.iter().map(|value| f64::from(u8::from(*value <= threshold)) - share).collect();
    let variance = autocovariance(&indicator, 0);
    if share >= 1.0 || variance <= 0.0 {
        return None;
    }
    let mut time = -1.0;
    for lag in (0..series.len()).step_by(2) {
        let pair = autocovariance(&indicator, lag) + autocovariance(&indicator, lag + 1);
        if pair <= 0.0 {
            break;
        }
        time += 2.0 * pair / variance;
    }
    finite::answer(if time > 1.0 { (n / time).max(1.0) } else { n })
}

/// The autocovariance with divisor n of values whose mean is 0; 0 beyond their length.
fn autocovariance(centred: &[f64], lag: usize) -> f64 {
    let later = centred.iter().skip(lag);
    centred.iter().zip(later).map(|(now, later)| now * later).sum::<f64>() / centred.len() as f64
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn noise(n: usize) -> Vec<f64> {
        let mut draws = Xoshiro256PlusPlus::seed_from_u64(3);
        (0..n).map(|_| draws.random::<f64>()).collect()
    }

    #[test]
    fn independent_values_count_nearly_in_full() {
        let size = effective_sample_size(&noise(2000), 0.95).unwrap();
        assert!((1600.0..=2000.0).contains(&size), "{size}");
    }

    #[test]
    fn values_that_stand_ten_times_count_about_once() {
        let series: Vec<f64> = noise(300).into_iter().flat_map(|value| [value; 10]).collect();
        let size = effective_sample_size(&series, 0.5).unwrap();
        assert!((200.0..=400.0).contains(&size), "{size}");
    }

    #[test]
    fn alternating_values_are_not_credited_beyond_their_number() {
        let series: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        assert_eq!(effective_sample_size(&series, 0.5), Some(100.0));
    }

    #[test]
    fn a_series_that_changes_once_is_worth_almost_nothing() {
        let series: Vec<f64> = (0..1000).map(|i| f64::from(u8::from(i >= 500))).collect();
        assert!(effective_sample_size(&series, 0.5).unwrap() < 10.0);
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        assert_eq!(effective_sample_size(&[], 0.5), None);
        assert_eq!(effective_sample_size(&[1.0, f64::NAN], 0.5), None);
        assert_eq!(effective_sample_size(&[1.0, 2.0], 1.5), None);
        assert_eq!(effective_sample_size(&[4.0; 50], 0.5), None);
        assert_eq!(effective_sample_size(&noise(19), 0.95), None);
    }
}
