//! How far a statistic would wander over other samples of a series that remembers its past.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{Estimate, finite, quantile};

/// Where blocks may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// Only where a whole block fits (Künsch 1989); values near the ends are drawn less often.
    Moving,
    /// Anywhere, the series' end being followed by its beginning (Politis and Romano 1992); every
    /// value is drawn equally often.
    Circular,
}

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Where blocks may begin.
    pub blocks: Blocks,
    /// Values a block, 1 to the length of the series; 1 is the bootstrap of independent values. See
    /// [`block_length`].
    pub length: usize,
    /// Number of resampled series, at least 1; 1000 or more for an interval.
    pub resamples: usize,
    /// Two-sided confidence, strictly between 0 and 1.
    pub confidence: f64,
    /// One seed, one sequence of draws.
    pub seed: u64,
}

/// The customary block length ⌈n^(1/3)⌉ (Hall, Horowitz and Jing 1995) for a series of `n`; at least
/// 1.
#[must_use]
pub fn block_length(n: usize) -> usize {
    let mut length = 1_usize;
    while length.saturating_pow(3) < n {
        length += 1;
    }
    length
}

/// The block bootstrap's percentile interval of a statistic of a series, in the order it was
/// measured. `point` is the statistic of the series itself; the ends are quantiles of the statistic
/// over the resampled series, each made of blocks laid end to end and cut to the series' length.
///
/// In the unit of the statistic. `None` when the series is empty or has a value that is not finite,
/// when a setting is out of its range, and when the statistic has no finite value for the series or
/// for one of the resampled ones.
pub fn block_bootstrap(
    series: &[f64],
    statistic: impl Fn(&[f64]) -> Option<f64>,
    bootstrap: Bootstrap,
) -> Option<Estimate> {
    let Bootstrap { blocks, length, resamples, confidence, seed } = bootstrap;
    let n = finite::all_finite(series)?.len();
    if !(1..=n).contains(&length) || resamples == 0 || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let starts = match blocks {
        Blocks::Moving => n - length + 1,
        Blocks::Circular => n,
    };
    let mut draws = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut resampled = Vec::with_capacity(n + length);
    let mut statistics = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        resampled.clear();
        while resampled.len() < n {
            let start = draws.random_range(0..starts as u64) as usize;
            resampled.extend((start..start + length).map(|at| series[at % n]));
        }
        resampled.truncate(n);
        statistics.push(statistic(&resampled)?);
    }
    let tail = (1.0 - confidence) / 2.0;
    Some(Estimate {
        point: finite::answer(statistic(series)?)?,
        low: quantile::quantile(&statistics, tail)?,
        high: quantile::quantile(&statistics, 1.0 - tail)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::median;

    const SETTING: Bootstrap = Bootstrap {
        blocks: Blocks::Circular,
        length: 1,
        resamples: 2000,
        confidence: 0.95,
        seed: 7,
    };

    fn mean(values: &[f64]) -> Option<f64> {
        finite::all_finite(values).map(finite::mean)
    }

    /// Independent draws, uniform on [0, 1).
    fn noise(n: usize) -> Vec<f64> {
        let mut draws = Xoshiro256PlusPlus::seed_from_u64(11);
        (0..n).map(|_| draws.random::<f64>()).collect()
    }

    #[test]
    fn one_seed_gives_one_interval_and_another_seed_another() {
        let series = noise(50);
        let once = block_bootstrap(&series, mean, SETTING).unwrap();
        assert_eq!(block_bootstrap(&series, mean, SETTING), Some(once));
        let other = Bootstrap { seed: 8, ..SETTING };
        assert_ne!(block_bootstrap(&series, mean, other), Some(once));
    }

    #[test]
    fn independent_values_have_the_standard_error_of_the_mean() {
        let series = noise(400);
        let estimate = block_bootstrap(&series, mean, SETTING).unwrap();
        let error = (1.0_f64 / 12.0 / 400.0).sqrt();
        let width = (estimate.high - estimate.low) / (2.0 * 1.96);
        assert!((width / error - 1.0).abs() < 0.1, "{width} instead of {error}");
    }

    #[test]
    fn blocks_see_the_doubt_that_single_values_hide() {
        // Each value stands ten times in a row: ten times the variance of the mean.
        let series: Vec<f64> = noise(40).into_iter().flat_map(|value| [value; 10]).collect();
        let single = block_bootstrap(&series, mean, SETTING).unwrap();
        for blocks in [Blocks::Moving, Blocks::Circular] {
            let blocked = Bootstrap { blocks, length: 20, ..SETTING };
            let blocked = block_bootstrap(&series, mean, blocked).unwrap();
            assert!(blocked.high - blocked.low > 2.0 * (single.high - single.low));
        }
    }

    #[test]
    fn a_moving_block_never_crosses_the_end_and_a_circular_one_does() {
        let series: Vec<f64> = (0..10).map(f64::from).collect();
        let wraps = |values: &[f64]| {
            let pairs = values.chunks_exact(2);
            Some(f64::from(u8::from(pairs.into_iter().any(|p| p[0] > 8.5 && p[1] < 0.5))))
        };
        let two = Bootstrap { length: 2, confidence: 0.999, ..SETTING };
        let moving = Bootstrap { blocks: Blocks::Moving, ..two };
        assert!(block_bootstrap(&series, wraps, moving).unwrap().high < 0.5);
        assert!(block_bootstrap(&series, wraps, two).unwrap().high > 0.5);
    }

    #[test]
    fn one_block_of_the_whole_series_leaves_nothing_to_chance() {
        let series = noise(9);
        let whole = Bootstrap { length: 9, ..SETTING };
        let estimate = block_bootstrap(&series, median, whole).unwrap();
        assert_eq!((estimate.low, estimate.high), (estimate.point, estimate.point));
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        let series = [1.0, 2.0, 3.0];
        assert_eq!(block_bootstrap(&[], mean, SETTING), None);
        assert_eq!(block_bootstrap(&[1.0, f64::NAN], mean, SETTING), None);
        assert_eq!(block_bootstrap(&series, |_| None, SETTING), None);
        assert_eq!(block_bootstrap(&series, |_| Some(f64::NAN), SETTING), None);
        for bad in [
            Bootstrap { length: 0, ..SETTING },
            Bootstrap { length: 4, ..SETTING },
            Bootstrap { resamples: 0, ..SETTING },
            Bootstrap { confidence: 1.0, ..SETTING },
            Bootstrap { confidence: f64::NAN, ..SETTING },
        ] {
            assert_eq!(block_bootstrap(&series, mean, bad), None);
        }
    }

    #[test]
    fn the_customary_block_grows_with_the_cube_root() {
        let lengths = [0, 1, 2, 8, 9, 27, 1000].map(block_length);
        assert_eq!(lengths, [1, 1, 2, 2, 3, 3, 10]);
        assert!(block_length(usize::MAX) > 1000);
    }
}
