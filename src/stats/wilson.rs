//! How well a share is known from a count.

use super::{Estimate, finite, normal};

/// Wilson's score interval (1927) for the share behind `hits` out of `n`:
/// `(h + z²/2 ± z sqrt(h (n - h) / n + z²/4)) / (n + z²)`.
///
/// All three in [0, 1]; unlike the textbook interval it is of use with no hits and with nothing but
/// hits. `None` when `n` is 0, `hits` exceed it or `confidence` is not strictly between 0 and 1.
#[must_use]
pub fn wilson_interval(hits: u64, n: u64, confidence: f64) -> Option<Estimate> {
    let z = normal::two_sided_z(confidence)?;
    if n == 0 || hits > n {
        return None;
    }
    let (hits, n) = (hits as f64, n as f64);
    let square = z * z;
    let centre = hits + square / 2.0;
    let half = z * (hits * (n - hits) / n + square / 4.0).sqrt();
    let end = |end: f64| finite::probability(end / (n + square));
    Some(Estimate { point: hits / n, low: end(centre - half), high: end(centre + half) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_alarm_in_a_hundred_still_allows_nearly_four_percent() {
        let share = wilson_interval(0, 100, 0.95).unwrap();
        assert!(share.low.abs() < 1e-12);
        assert!((share.high - 0.036_993_498_206_138_4).abs() < 1e-9, "{}", share.high);
    }

    #[test]
    fn hits_and_misses_are_mirror_images() {
        for hits in 0..=20 {
            let (hit, miss) = (
                wilson_interval(hits, 20, 0.9).unwrap(),
                wilson_interval(20 - hits, 20, 0.9).unwrap(),
            );
            assert!((hit.low - (1.0 - miss.high)).abs() < 1e-12);
            assert!(hit.low <= hit.point + 1e-12 && hit.point <= hit.high + 1e-12);
        }
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        assert_eq!(wilson_interval(0, 0, 0.95), None);
        assert_eq!(wilson_interval(2, 1, 0.95), None);
        assert_eq!(wilson_interval(1, 2, 1.0), None);
        assert_eq!(wilson_interval(1, 2, f64::NAN), None);
    }
}
