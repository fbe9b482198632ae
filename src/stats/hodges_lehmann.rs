//! By how much one sample lies above another, whatever their common shape.

use super::{finite, mann_whitney, median, normal};

/// Up to this many values on both sides together the interval's ranks are exact.
const LARGEST_EXACT: usize = 100;

/// The Hodges–Lehmann shift, or ratio, and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Median of all pairwise differences (of their exponentials, for a ratio).
    pub point: f64,
    /// Lower end; `None` when there are too few values for one.
    pub low: Option<f64>,
    /// Upper end; `None` when there are too few values for one.
    pub high: Option<f64>,
    /// The chance that the interval holds the true shift; 1 without ends.
    pub coverage: f64,
}

/// The Hodges–Lehmann estimate (1963) of how far `after` lies above `before`: the median of all
/// differences `after_i - before_j`, with the interval from D₍l₎ to D₍mn+1-l₎ of the sorted
/// differences, l the largest rank with `P(U <= l - 1) <= (1 - confidence) / 2` under the
/// Mann–Whitney distribution.
///
/// The ranks are exact up to 100 values together, from the normal approximation (rounded outward)
/// beyond. In the unit of the values. Takes time and memory in proportion to the product of the two
/// counts. `None` when a side is empty or has a value that is not finite, when a difference is not
/// finite, and when `confidence` is not strictly between 0 and 1.
#[must_use]
pub fn hodges_lehmann(before: &[f64], after: &[f64], confidence: f64) -> Option<Shift> {
    let (before, after) = (finite::all_finite(before)?, finite::all_finite(after)?);
    let differences: Vec<f64> =
        after.iter().flat_map(|new| before.iter().map(move |old| new - old)).collect();
    let sorted = finite::sorted(&differences)?;
    let ends = ends(before.len(), after.len(), confidence)?;
    Some(Shift {
        point: finite::answer(median::of_sorted(&sorted))?,
        low: ends.rank.map(|rank| sorted[rank - 1]),
        high: ends.rank.map(|rank| sorted[sorted.len() - rank]),
        coverage: ends.coverage,
    })
}

/// The Hodges–Lehmann ratio `exp(median(ln after_i - ln before_j))`, with the interval of
/// [`hodges_lehmann`] on the logarithms.
///
/// A pure number. `None` as there, when a value is not above 0, and when a ratio is beyond the finite
/// numbers.
#[must_use]
pub fn hodges_lehmann_ratio(before: &[f64], after: &[f64], confidence: f64) -> Option<Shift> {
    let logs = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
    let shift = hodges_lehmann(&logs(before), &logs(after), confidence)?;
    let ratio = |log: f64| finite::answer(log.exp());
    Some(Shift {
        point: ratio(shift.point)?,
        low: shift.low.map(|low| ratio(low).ok_or(())).transpose().ok()?,
        high: shift.high.map(|high| ratio(high).ok_or(())).transpose().ok()?,
        coverage: shift.coverage,
    })
}

/// How many differences in from either side the interval ends.
struct Ends {
    rank: Option<usize>,
    coverage: f64,
}

fn ends(m: usize, n: usize, confidence: f64) -> Option<Ends> {
    let z = normal::two_sided_z(confidence)?;
    let (rank, outside) = if m + n <= LARGEST_EXACT {
        exact_rank(m, n, (1.0 - confidence) / 2.0)
    } else {
        normal_rank(m as f64, n as f64, z)
    };
    Some(Ends {
        rank: (rank > 0).then_some(rank),
        coverage: if rank > 0 { finite::probability(1.0 - 2.0 * outside) } else { 1.0 },
    })
}

/// The largest l with P(U <= l - 1) at most the tail, and that chance.
fn exact_rank(m: usize, n: usize, tail: f64) -> (usize, f64) {
    // A tail met exactly, as 0.05 by 3 against 3, must not be lost to rounding.
    let tail = tail * (1.0 + 1e-12);
    let mut below = 0.0;
    for (rank, chance) in mann_whitney::null_distribution(m, n).into_iter().enumerate() {
        if below + chance > tail {
            return (rank, below);
        }
        below += chance;
    }
    (0, 0.0)
}

fn normal_rank(m: f64, n: f64, z: f64) -> (usize, f64) {
    let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
    // P(U <= l - 1) with the continuity correction is Φ((l - 1/2 - mn/2) / deviation).
    let rank = (m * n / 2.0 + 0.5 - z * deviation).floor().max(0.0);
    (rank as usize, normal::below((rank - 0.5 - m * n / 2.0) / deviation))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values whose pairwise differences are 1..=n² in order, so that an end shows its rank.
    fn ranked(n: u32) -> (Vec<f64>, Vec<f64>) {
        let before = (0..n).map(|j| -f64::from(j)).collect();
        let after = (0..n).map(|i| f64::from(i * n + 1)).collect();
        (before, after)
    }

    #[test]
    fn the_interval_ends_at_the_published_differences() {
        for (n, low, high, coverage) in [
            (4, 1.0, 16.0, 0.971),
            (5, 3.0, 23.0, 0.968),
            (6, 6.0, 31.0, 0.959),
            (7, 9.0, 41.0, 0.962),
            (8, 14.0, 51.0, 0.950),
            (10, 24.0, 77.0, 0.957),
        ] {
            let (before, after) = ranked(n);
            let shift = hodges_lehmann(&before, &after, 0.95).unwrap();
            assert_eq!((shift.low, shift.high), (Some(low), Some(high)), "n {n}");
            assert!((shift.coverage - coverage).abs() <= 5e-4, "n {n}: {}", shift.coverage);
            assert!(shift.coverage >= 0.95);
        }
    }

    #[test]
    fn three_against_three_have_no_end_at_ninety_five_percent() {
        let (before, after) = ranked(3);
        let shift = hodges_lehmann(&before, &after, 0.95).unwrap();
        assert_eq!((shift.low, shift.high, shift.coverage), (None, None, 1.0));
        let shift = hodges_lehmann(&before, &after, 0.90).unwrap();
        assert_eq!((shift.low, shift.high), (Some(1.0), Some(9.0)));
    }

    #[test]
    fn exact_and_approximate_ranks_meet_where_one_hands_over() {
        let exact = exact_rank(50, 50, 0.025);
        let approximate = normal_rank(50.0, 50.0, normal::two_sided_z(0.95).unwrap());
        assert!(exact.0.abs_diff(approximate.0) <= 1, "{exact:?} and {approximate:?}");
        assert!((exact.1 - approximate.1).abs() < 1e-3);
        assert!(approximate.1 <= 0.025);
    }

    #[test]
    fn a_doubling_is_a_ratio_of_two() {
        let before = [1.0, 1.1, 0.9, 1.05, 0.95];
        let after: Vec<f64> = before.iter().map(|value| value * 2.0).collect();
        let ratio = hodges_lehmann_ratio(&before, &after, 0.95).unwrap();
        assert!((ratio.point - 2.0).abs() < 1e-9);
        assert!(ratio.low.unwrap() < 2.0 && ratio.high.unwrap() > 2.0);
    }

    #[test]
    fn equal_values_have_a_shift_of_nothing() {
        let shift = hodges_lehmann(&[5.0; 5], &[5.0; 5], 0.95).unwrap();
        assert_eq!((shift.point, shift.low, shift.high), (0.0, Some(0.0), Some(0.0)));
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        assert_eq!(hodges_lehmann(&[], &[1.0], 0.95), None);
        assert_eq!(hodges_lehmann(&[1.0], &[], 0.95), None);
        assert_eq!(hodges_lehmann(&[1.0], &[f64::NAN], 0.95), None);
        assert_eq!(hodges_lehmann(&[f64::MIN], &[f64::MAX], 0.95), None);
        assert_eq!(hodges_lehmann(&[1.0], &[1.0], 1.0), None);
        assert_eq!(hodges_lehmann_ratio(&[0.0], &[1.0], 0.95), None);
        assert_eq!(hodges_lehmann_ratio(&[1.0], &[-1.0], 0.95), None);
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn moving_one_side_moves_the_shift_and_its_ends(
            before in prop::collection::vec(-50.0..50.0_f64, 4..12),
            after in prop::collection::vec(-50.0..50.0_f64, 4..12),
            by in -20.0..20.0_f64,
        ) {
            let still = hodges_lehmann(&before, &after, 0.9).unwrap();
            let moved: Vec<f64> = after.iter().map(|value| value + by).collect();
            let moved = hodges_lehmann(&before, &moved, 0.9).unwrap();
            prop_assert!((moved.point - still.point - by).abs() < 1e-9);
            prop_assert!((moved.low.unwrap() - still.low.unwrap() - by).abs() < 1e-9);
            prop_assert!((moved.high.unwrap() - still.high.unwrap() - by).abs() < 1e-9);
        }

        #[test]
        fn the_interval_holds_zero_exactly_when_the_test_does_not_reject(
            before in prop::collection::vec(-5.0..5.0_f64, 4..9),
            after in prop::collection::vec(-5.0..9.0_f64, 4..9),
        ) {
            let shift = hodges_lehmann(&before, &after, 0.95).unwrap();
            let holds = shift.low.is_none_or(|low| low <= 0.0)
                && shift.high.is_none_or(|high| high >= 0.0);
            let test = mann_whitney::mann_whitney(&after, &before).unwrap();
            prop_assert_eq!(holds, test.p_two_sided > 0.05);
        }
    }
}
