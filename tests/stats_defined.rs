//! Whatever numbers `stats` is given, it neither panics nor answers with NaN or an infinity.

use std::fmt::Debug;

use perfbase::stats;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Values of every kind a computation may meet: ordinary, tied, huge, tiny, not finite.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -1e3..1e3_f64,
        4 => (-3_i32..=3).prop_map(f64::from),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -0.0]),
    ]
}

fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => number(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        prop::collection::vec(-1e3..1e3_f64, 0..24),
        prop::collection::vec((-3_i32..=3).prop_map(f64::from), 0..24),
        prop::collection::vec(number(), 0..24),
        prop::collection::vec(wild(), 0..24),
    ]
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![6 => 0.0..=1.0_f64, 1 => wild(), 1 => (0.0..1e-9_f64).prop_map(|near| 1.0 - near)]
}

/// Every figure of an answer is shown by its debug text, whatever its fields.
fn is_defined(answer: &impl Debug) -> bool {
    let text = format!("{answer:?}");
    !text.contains("NaN") && !text.contains("inf")
}

macro_rules! defined {
    ($($answer:expr),+ $(,)?) => {
        $({
            let answer = $answer;
            prop_assert!(is_defined(&answer), "{} gave {answer:?}", stringify!($answer));
        })+
    };
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn one_sample_has_defined_answers(x in numbers(), p in share(), sensitivity in wild()) {
        defined!(
            stats::median(&x),
            stats::mad(&x),
            stats::quantile(&x, p),
            stats::harrell_davis(&x, p),
            stats::signed_rank(&x),
            stats::mann_kendall(&x),
            stats::effective_sample_size(&x, p),
            stats::holm(&x),
            stats::benjamini_hochberg(&x),
            stats::smallest_detectable_ratio(sensitivity, x.len(), 3),
        );
    }

    #[test]
    fn two_samples_have_defined_answers(
        x in numbers(),
        y in numbers(),
        confidence in share(),
        prior_df in wild(),
        prior_sd in wild(),
        between_sd in wild(),
    ) {
        let moderation = stats::Moderation { prior_df, prior_sd, between_sd };
        defined!(
            stats::moderated_t(&x, &y, moderation),
            stats::moderated_t(&x, &y, stats::Moderation::default()),
            stats::mann_whitney(&x, &y),
            stats::hodges_lehmann(&x, &y, confidence),
            stats::hodges_lehmann_ratio(&x, &y, confidence),
        );
    }

    #[test]
    fn points_have_defined_answers(
        points in prop::collection::vec((wild(), wild()), 0..16),
        plain in prop::collection::vec((0.1..1e3_f64, 0.1..1e3_f64), 0..16),
        confidence in share(),
        sensitivity in wild(),
    ) {
        for points in [points, plain] {
            let (mut x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            let law = stats::fit_usl(&x, &y);
            defined!(
                law,
                law.and_then(|law| law.peak()),
                law.and_then(|law| law.throughput(sensitivity)),
                stats::theil_sen(&x, &y, confidence),
            );
            x.sort_by(f64::total_cmp);
            for bend in [stats::Bend::Concave, stats::Bend::Convex] {
                for direction in [stats::Direction::Increasing, stats::Direction::Decreasing] {
                    defined!(stats::kneedle(&x, &y, bend, direction, sensitivity));
                }
            }
        }
    }

    #[test]
    fn resampling_has_defined_answers(
        x in numbers(),
        length in 0..30_usize,
        resamples in 0..20_usize,
        level in share(),
        seed in any::<u64>(),
    ) {
        for blocks in [stats::Blocks::Moving, stats::Blocks::Circular] {
            let setting =
                stats::Bootstrap { blocks, length, resamples, confidence: level, seed };
            defined!(stats::block_bootstrap(&x, stats::median, setting));
        }
        let search = stats::EDivisive {
            min_size: length,
            significance: level,
            permutations: resamples,
            seed,
        };
        let plain = stats::EDivisive { permutations: 19, ..stats::EDivisive::default() };
        defined!(
            stats::e_divisive(&x, search),
            stats::e_divisive(&x, plain),
            stats::strongest_change(&x, plain),
        );
    }

    #[test]
    fn counts_have_defined_answers(
        hits in prop_oneof![0..50_u64, any::<u64>()],
        n in prop_oneof![0..50_u64, 0..1_000_000_u64, any::<u64>()],
        p in share(),
        confidence in share(),
    ) {
        defined!(
            stats::wilson_interval(hits, n, confidence),
            stats::quantile_interval(n, p, confidence),
            stats::samples_for_bound(p, confidence),
        );
    }
}
