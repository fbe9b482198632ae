//! p values of a family of tests, adjusted so that each can be held against one level.

/// Holm's step-down adjustment (Holm 1979): the adjusted p of the i-th smallest is
/// `max_{j <= i} min(1, (m - j + 1) p_(j))`. Rejecting where it is at most the level keeps the chance
/// of any false rejection in the family at that level, whatever the dependence.
///
/// In the order given, each in [0, 1]. A p that is NaN counts as 1: a test without an answer is no
/// evidence, and remains in the family. A p out of [0, 1] is taken to the nearer end.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let family = Family::new(p);
    let mut floor = 0.0_f64;
    let mut adjusted = vec![1.0; p.len()];
    for (before, &index) in family.ascending.iter().enumerate() {
        let left = (p.len() - before) as f64;
        floor = floor.max((left * family.p[index]).min(1.0));
        adjusted[index] = floor;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up adjustment (1995): the adjusted p of the i-th smallest is
/// `min_{j >= i} min(1, m p_(j) / j)`. Rejecting where it is at most the level keeps the expected
/// share of false rejections among the rejections at that level, for independent or positively
/// dependent tests.
///
/// In the order given, each in [0, 1]. NaN and values out of range as in [`holm`].
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let family = Family::new(p);
    let mut ceiling = 1.0_f64;
    let mut adjusted = vec![1.0; p.len()];
    for (before, &index) in family.ascending.iter().enumerate().rev() {
        ceiling = ceiling.min(family.p[index] * p.len() as f64 / (before + 1) as f64);
        adjusted[index] = ceiling;
    }
    adjusted
}

/// The p values made sound, and their indices from the smallest to the largest.
struct Family {
    p: Vec<f64>,
    ascending: Vec<usize>,
}

impl Family {
    fn new(p: &[f64]) -> Self {
        let p: Vec<f64> =
            p.iter().map(|&p| if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }).collect();
        let mut ascending: Vec<usize> = (0..p.len()).collect();
        ascending.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
        Self { p, ascending }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Benjamini and Hochberg 1995, the thrombolysis example, m = 15.
    const BH_1995: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ];

    fn rejected(adjusted: &[f64]) -> usize {
        adjusted.iter().filter(|&&p| p <= 0.05).count()
    }

    #[test]
    fn the_published_example_is_adjusted_as_published() {
        let expected = [
            0.0015,
            0.003,
            0.0095,
            0.035_625,
            0.0603,
            0.447 / 7.0,
            0.447 / 7.0,
            0.0645,
            0.0765,
            0.486,
            6.393 / 11.0,
            0.714_875,
            9.792 / 13.0,
            11.385 / 14.0,
            1.0,
        ];
        for (adjusted, expected) in benjamini_hochberg(&BH_1995).iter().zip(expected) {
            assert!((adjusted - expected).abs() < 1e-9, "{adjusted} instead of {expected}");
        }
    }

    #[test]
    fn at_five_percent_four_are_rejected_by_rate_and_three_by_family() {
        assert_eq!(rejected(&benjamini_hochberg(&BH_1995)), 4);
        assert_eq!(rejected(&holm(&BH_1995)), 3);
        assert_eq!(BH_1995.iter().filter(|&&p| p * 15.0 <= 0.05).count(), 3);
    }

    #[test]
    fn holm_never_lets_a_larger_p_overtake_a_smaller_one() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (adjusted, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((adjusted - expected).abs() < 1e-12, "{adjusted} instead of {expected}");
        }
    }

    #[test]
    fn a_test_without_an_answer_is_no_evidence_but_counts() {
        assert_eq!(holm(&[f64::NAN, 0.01]), [1.0, 0.02]);
        assert_eq!(benjamini_hochberg(&[f64::NAN, 0.01]), [1.0, 0.02]);
        assert_eq!(holm(&[-0.5, 2.0]), [0.0, 1.0]);
    }

    #[test]
    fn no_tests_need_no_adjustment() {
        assert!(holm(&[]).is_empty());
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn adjusting_keeps_the_order_and_never_helps(
            p in prop::collection::vec(0.0..=1.0_f64, 1..30),
        ) {
            let (rate, family) = (benjamini_hochberg(&p), holm(&p));
            for i in 0..p.len() {
                prop_assert!(p[i] <= rate[i] + 1e-15);
                prop_assert!(rate[i] <= family[i] + 1e-15);
                prop_assert!(family[i] <= 1.0);
                for j in 0..p.len() {
                    if p[i] <= p[j] {
                        prop_assert!(rate[i] <= rate[j]);
                        prop_assert!(family[i] <= family[j]);
                    }
                }
            }
        }
    }
}
