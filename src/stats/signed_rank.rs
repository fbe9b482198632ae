//! Wilcoxon's signed-rank test: do paired differences lean to one side?

use super::{finite, normal, ranks};

/// Up to this many non-zero differences the distribution is enumerated; its cost grows with the cube.
const LARGEST_EXACT: usize = 200;

/// What the signed-rank test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRank {
    /// Sum of the (mid-)ranks of the positive differences.
    pub w_plus: f64,
    /// The chance of a sum at least as large if differences lean to neither side.
    pub p_greater: f64,
    /// Twice the smaller tail, at most 1.
    pub p_two_sided: f64,
}

/// Wilcoxon's signed-rank test (1945) of differences against a centre of 0.
///
/// Zeros are left out before ranking, as Wilcoxon did; equal sizes share the mean of their ranks. Up
/// to 200 remaining differences the p values are exact, given the ties: every one of the 2ⁿ signings
/// of the ranks at hand is counted. Beyond, they are the normal approximation with the ties'
/// variance and a continuity correction.
///
/// Zeros alone are evidence for nothing: `w_plus` 0 and both p values 1. `None` without differences
/// or when one is not finite.
#[must_use]
pub fn signed_rank(differences: &[f64]) -> Option<SignedRank> {
    let moved: Vec<f64> =
        finite::all_finite(differences)?.iter().copied().filter(|d| *d != 0.0).collect();
    let sizes: Vec<f64> = moved.iter().map(|difference| difference.abs()).collect();
    let (ranks, groups) = ranks::doubled_mid_ranks(&sizes);
    let doubled: usize =
        moved.iter().zip(&ranks).filter(|(moved, _)| **moved > 0.0).map(|(_, rank)| rank).sum();
    let tails = if moved.len() <= LARGEST_EXACT {
        exact_tails(&ranks, doubled)
    } else {
        normal_tails(moved.len() as f64, ranks::tie_term(&groups), doubled as f64 / 2.0)
    };
    Some(SignedRank {
        w_plus: doubled as f64 / 2.0,
        p_greater: finite::probability(tails.upper),
        p_two_sided: finite::probability(2.0 * tails.upper.min(tails.lower)),
    })
}

/// Chances of a sum at least, and at most, as large as the one observed.
struct Tails {
    upper: f64,
    lower: f64,
}

fn exact_tails(ranks: &[usize], observed: usize) -> Tails {
    let total: usize = ranks.iter().sum();
    let mut chance = vec![0.0; total + 1];
    chance[0] = 1.0;
    let mut reach = 0;
    for &rank in ranks {
        for sum in (0..=reach).rev() {
            let half = chance[sum] / 2.0;
            chance[sum] = half;
            chance[sum + rank] += half;
        }
        reach += rank;
    }
    Tails { upper: chance[observed..].iter().sum(), lower: chance[..=observed].iter().sum() }
}

fn normal_tails(n: f64, tie_term: f64, observed: f64) -> Tails {
    let mean = n * (n + 1.0) / 4.0;
    let deviation = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - tie_term / 48.0).sqrt();
    let off = observed - mean;
    Tails {
        upper: normal::above((off - 0.5) / deviation),
        lower: normal::below((off + 0.5) / deviation),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn five_of_five_up_is_one_chance_in_thirty_two() {
        let test = signed_rank(&[0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
        assert!(close(test.w_plus, 15.0));
        assert!(close(test.p_greater, 1.0 / 32.0));
        assert!(close(test.p_two_sided, 1.0 / 16.0));
    }

    #[test]
    fn the_smallest_p_is_never_zero() {
        for n in 1..=30_u8 {
            let test = signed_rank(&vec![1.0; n.into()]).unwrap();
            assert!(close(test.p_greater, 0.5_f64.powi(n.into())), "{n}");
            assert!(test.p_greater > 0.0);
        }
    }

    #[test]
    fn zeros_are_left_out_before_ranking() {
        assert_eq!(signed_rank(&[0.0, 1.0, -0.0, 2.0, -3.0]), signed_rank(&[1.0, 2.0, -3.0]));
    }

    #[test]
    fn zeros_alone_are_evidence_for_nothing() {
        let nothing = SignedRank { w_plus: 0.0, p_greater: 1.0, p_two_sided: 1.0 };
        assert_eq!(signed_rank(&[0.0, 0.0, 0.0]), Some(nothing));
    }

    #[test]
    fn what_is_no_sample_has_no_test() {
        assert_eq!(signed_rank(&[]), None);
        assert_eq!(signed_rank(&[1.0, f64::NAN]), None);
        assert_eq!(signed_rank(&[f64::INFINITY]), None);
    }

    #[test]
    fn enumeration_and_approximation_meet_where_one_hands_over() {
        let differences: Vec<f64> =
            (1..=200).map(|i| f64::from(i) * if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
        let (ranks, groups) = ranks::doubled_mid_ranks(
            &differences.iter().map(|difference| difference.abs()).collect::<Vec<_>>(),
        );
        let exact = signed_rank(&differences).unwrap();
        let normal = normal_tails(200.0, ranks::tie_term(&groups), exact.w_plus);
        assert_eq!(ranks.len(), 200);
        assert!(exact.p_greater > 0.1);
        assert!((exact.p_greater - normal.upper).abs() < 1e-4);
    }

    #[test]
    fn many_differences_are_answered_without_enumeration() {
        let balanced: Vec<f64> = (0..1000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        let test = signed_rank(&balanced).unwrap();
        assert!(close(test.p_two_sided, 1.0));
    }

    /// All 2ⁿ signings, one by one.
    fn enumerated(differences: &[f64]) -> (f64, f64) {
        let moved: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
        let rank_of = |size: f64| {
            let below = moved.iter().filter(|d| d.abs() < size).count() as f64;
            let equal = moved.iter().filter(|d| (d.abs() - size).abs() < 1e-12).count() as f64;
            below + f64::midpoint(equal, 1.0)
        };
        let ranks: Vec<f64> = moved.iter().map(|d| rank_of(d.abs())).collect();
        let observed: f64 =
            moved.iter().zip(&ranks).filter(|(d, _)| **d > 0.0).map(|(_, r)| r).sum();
        let signings = 1_u32 << moved.len();
        let (mut upper, mut lower) = (0, 0);
        for signs in 0..signings {
            let sum: f64 = (0..moved.len()).filter(|i| signs >> i & 1 == 1).map(|i| ranks[i]).sum();
            upper += u32::from(sum >= observed - 1e-9);
            lower += u32::from(sum <= observed + 1e-9);
        }
        (f64::from(upper) / f64::from(signings), f64::from(lower) / f64::from(signings))
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn ties_and_zeros_are_counted_as_every_signing_one_by_one(
            differences in prop::collection::vec(-4_i32..=4, 1..11),
        ) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            let test = signed_rank(&differences).unwrap();
            let (upper, lower) = enumerated(&differences);
            prop_assert!(close(test.p_greater, upper));
            prop_assert!(close(test.p_two_sided, (2.0 * upper.min(lower)).min(1.0)));
        }
    }
}
