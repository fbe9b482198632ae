//! A t-test for few values a side that borrows part of its variance from experience.

use statrs::function::beta::checked_beta_reg;

use super::{finite, normal};

/// From here on Student's distribution is the normal one to seven digits.
const PRACTICALLY_NORMAL: f64 = 1e8;

/// What is known of the spread before looking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moderation {
    /// How many degrees of freedom the prior is worth; at least 0.
    pub prior_df: f64,
    /// The standard deviation expected within a side; at least 0.
    pub prior_sd: f64,
    /// The standard deviation between occasions that all values of a side share; at least 0, and 0
    /// when both sides are of one occasion.
    pub between_sd: f64,
}

impl Default for Moderation {
    fn default() -> Self {
        Self { prior_df: 4.0, prior_sd: 0.10, between_sd: 0.0 }
    }
}

/// What the moderated t-test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModeratedT {
    /// Mean after less mean before; of logarithms, the logarithm of the ratio.
    pub difference: f64,
    /// The moderated standard deviation of one value.
    pub sd: f64,
    /// The standard error of the difference, with what lies between occasions.
    pub standard_error: f64,
    /// The difference in standard errors.
    pub t: f64,
    /// Degrees of freedom, the prior's included.
    pub df: f64,
    /// The chance of a difference at least as large in either direction if there is none.
    pub p_two_sided: f64,
}

/// The moderated two-sample t-test (Smyth 2004) of the values `after` against those
/// `before`, for logarithms of measured values.
///
/// With s² the pooled variance of the two sides (divisor d = m + n - 2, m and n the counts):
/// `sd² = (d0 s0² + d s²) / (d0 + d)`, `standard_error² = sd² (1/m + 1/n) + 2 between_sd²`,
/// `t = (mean after - mean before) / standard_error`, with `d0 + d` degrees of freedom.
///
/// The prior keeps sides whose values happen to agree from claiming certainty: zero variance still
/// has a test. `None` when a side has no values or one that is not finite, when a parameter is
/// negative or not finite, and when values and prior give no standard error that is finite and above
/// 0.
#[must_use]
pub fn moderated_t(before: &[f64], after: &[f64], moderation: Moderation) -> Option<ModeratedT> {
    let Moderation { prior_df, prior_sd, between_sd } = moderation;
    if [prior_df, prior_sd, between_sd].iter().any(|known| !(known.is_finite() && *known >= 0.0)) {
        return None;
    }
    let (before, after) = (finite::all_finite(before)?, finite::all_finite(after)?);
    let own_df = (before.len() + after.len() - 2) as f64;
    let df = prior_df + own_df;
    let squares = squared_deviations(before) + squared_deviations(after);
    let variance = (prior_df * prior_sd.powi(2) + squares) / df;
    let spread = 1.0 / before.len() as f64 + 1.0 / after.len() as f64;
    let standard_error = (variance * spread + 2.0 * between_sd.powi(2)).sqrt();
    let difference = finite::mean(after) - finite::mean(before);
    let t = finite::answer(difference / standard_error)?;
    finite::all_finite(&[difference, variance, standard_error])?;
    Some(ModeratedT {
        difference,
        sd: variance.sqrt(),
        standard_error,
        t,
        df,
        p_two_sided: two_sided_p(t, df)?,
    })
}

/// Sum of squared deviations from the mean; divided by n - 1 it is the sample variance.
fn squared_deviations(values: &[f64]) -> f64 {
    let centre = finite::mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum()
}

/// P(|T| >= |t|) of Student's distribution, as an incomplete beta so that small tails keep their
/// digits.
fn two_sided_p(t: f64, df: f64) -> Option<f64> {
    // The continued fraction of the beta gives out long after the two distributions have met.
    let p = if df < PRACTICALLY_NORMAL {
        checked_beta_reg(df / 2.0, 0.5, df / (df + t * t)).ok()?
    } else {
        2.0 * normal::above(t.abs())
    };
    finite::answer(p).map(finite::probability)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Moderation = Moderation { prior_df: 0.0, prior_sd: 0.0, between_sd: 0.0 };

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn without_a_prior_it_is_students_test_with_the_sample_deviation() {
        // Both sides have variance 2.5 with divisor n - 1; with divisor n it would be 2 and t 1.118.
        let test =
            moderated_t(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 3.0, 4.0, 5.0, 6.0], PLAIN).unwrap();
        assert!(close(test.difference, 1.0));
        assert!(close(test.sd, 2.5_f64.sqrt()));
        assert!(close(test.t, 1.0));
        assert!(close(test.df, 8.0));
        assert!(close(test.p_two_sided, 0.346_593_507_087_334_16), "{}", test.p_two_sided);
    }

    #[test]
    fn the_prior_is_weighed_by_its_degrees_of_freedom() {
        let moderation = Moderation { prior_df: 4.0, prior_sd: 0.10, between_sd: 0.0 };
        let test = moderated_t(&[0.0, 0.2], &[1.0, 1.2], moderation).unwrap();
        // (4 x 0.01 + 2 x 0.02) / 6.
        assert!(close(test.sd.powi(2), 0.08 / 6.0));
        assert!(close(test.df, 6.0));
        assert!(close(test.t, 1.0 / (0.08_f64 / 6.0).sqrt()));
    }

    #[test]
    fn what_lies_between_occasions_counts_twice_and_is_not_averaged_away() {
        let moderation = Moderation { between_sd: 0.03, ..Moderation::default() };
        let test = moderated_t(&[0.0; 1000], &[0.1; 1000], moderation).unwrap();
        assert!(test.standard_error > 0.03 * 2.0_f64.sqrt());
        let within = test.sd.powi(2) * 2.0 / 1000.0;
        assert!(close(test.standard_error.powi(2), within + 2.0 * 0.0009));
    }

    #[test]
    fn zero_variance_does_not_disable_the_test() {
        let same = moderated_t(&[1.0; 5], &[1.0; 5], Moderation::default()).unwrap();
        assert!(close(same.t, 0.0));
        assert!(close(same.p_two_sided, 1.0));
        let slower = moderated_t(&[1.0; 5], &[1.5; 5], Moderation::default()).unwrap();
        assert!(slower.p_two_sided < 1e-4);
        assert!(slower.p_two_sided > 0.0);
    }

    #[test]
    fn one_value_a_side_rests_on_the_prior_alone() {
        let test = moderated_t(&[0.0], &[0.1], Moderation::default()).unwrap();
        assert!(close(test.sd, 0.10));
        assert!(close(test.df, 4.0));
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        let default = Moderation::default();
        assert_eq!(moderated_t(&[], &[1.0], default), None);
        assert_eq!(moderated_t(&[1.0], &[], default), None);
        assert_eq!(moderated_t(&[1.0, f64::NAN], &[1.0], default), None);
        assert_eq!(moderated_t(&[1.0], &[f64::INFINITY], default), None);
        assert_eq!(moderated_t(&[1.0; 3], &[2.0; 3], PLAIN), None);
        assert_eq!(moderated_t(&[1.0], &[2.0], PLAIN), None);
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let sides = (&[1.0, 2.0][..], &[1.0, 2.0][..]);
            assert_eq!(
                moderated_t(sides.0, sides.1, Moderation { prior_df: bad, ..default }),
                None
            );
            assert_eq!(
                moderated_t(sides.0, sides.1, Moderation { prior_sd: bad, ..default }),
                None
            );
            let between = Moderation { between_sd: bad, ..default };
            assert_eq!(moderated_t(sides.0, sides.1, between), None);
        }
    }

    #[test]
    fn a_prior_beyond_doubt_is_a_normal_test() {
        for prior_df in [1e7, 1e9, 1e264] {
            let certain = Moderation { prior_df, prior_sd: 1.0, between_sd: 0.0 };
            let test = moderated_t(&[0.0, 0.0], &[1.96, 1.96], certain).unwrap();
            assert!((test.p_two_sided - 0.049_995_790_296_440_9).abs() < 1e-6, "{test:?}");
        }
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn swapping_the_sides_turns_the_sign_and_keeps_p(
            a in prop::collection::vec(-5.0..5.0_f64, 1..10),
            b in prop::collection::vec(-5.0..5.0_f64, 1..10),
        ) {
            let there = moderated_t(&a, &b, Moderation::default()).unwrap();
            let back = moderated_t(&b, &a, Moderation::default()).unwrap();
            prop_assert!(close(there.t, -back.t));
            prop_assert!(close(there.p_two_sided, back.p_two_sided));
            prop_assert!((0.0..=1.0).contains(&there.p_two_sided));
        }
    }
}
