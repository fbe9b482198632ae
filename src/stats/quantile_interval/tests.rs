use proptest::prelude::*;

use super::*;

const P50: f64 = 0.50;
const P95: f64 = 0.95;
const P99: f64 = 0.99;

/// Rank, rank and coverage to four digits, each as enumerated from the binomial distribution.
type Enumerated = (u64, f64, u64, Option<u64>, Option<f64>);

const TABLE: [Enumerated; 23] = [
    (20, P50, 6, Some(15), Some(0.9586)),
    (20, P95, 17, None, None),
    (100, P50, 40, Some(61), Some(0.9648)),
    (100, P95, 90, Some(100), Some(0.9826)),
    (100, P99, 97, None, None),
    (200, P50, 86, Some(115), Some(0.9600)),
    (200, P95, 184, Some(197), Some(0.9672)),
    (200, P99, 195, None, None),
    (500, P50, 228, Some(273), Some(0.9559)),
    (500, P95, 465, Some(485), Some(0.9605)),
    (500, P99, 490, Some(500), Some(0.9802)),
    (1000, P50, 469, Some(532), Some(0.9537)),
    (1000, P95, 936, Some(964), Some(0.9581)),
    (1000, P99, 983, Some(997), Some(0.9761)),
    (2000, P50, 956, Some(1045), Some(0.9534)),
    (2000, P95, 1880, Some(1920), Some(0.9600)),
    (2000, P99, 1971, Some(1989), Some(0.9578)),
    (5000, P50, 2431, Some(2570), Some(0.9507)),
    (5000, P95, 4719, Some(4781), Some(0.9558)),
    (5000, P99, 4936, Some(4964), Some(0.9537)),
    (10_000, P50, 4902, Some(5099), Some(0.9512)),
    (10_000, P95, 9457, Some(9543), Some(0.9515)),
    (10_000, P99, 9880, Some(9920), Some(0.9558)),
];

#[test]
fn ranks_and_coverage_are_those_of_the_enumerated_table() {
    for (n, p, lower, upper, coverage) in TABLE {
        let interval = quantile_interval(n, p, 0.95);
        assert_eq!(interval.lower, Some(lower), "n {n}, p {p}");
        assert_eq!(interval.upper, upper, "n {n}, p {p}");
        if let Some(coverage) = coverage {
            assert!((interval.coverage - coverage).abs() <= 5e-5, "n {n}, p {p}: {interval:?}");
        }
    }
}

#[test]
fn a_finite_bound_takes_the_published_number_of_samples() {
    assert_eq!(samples_for_bound(0.90, 0.95), 29);
    assert_eq!(samples_for_bound(P95, 0.95), 59);
    assert_eq!(samples_for_bound(P99, 0.95), 299);
    assert_eq!(samples_for_bound(0.999, 0.95), 2995);
    assert_eq!(samples_for_bound(0.5, 0.5), 1);
    assert_eq!(samples_for_bound(0.5, 0.75), 2);
}

#[test]
fn the_p95_of_nineteen_samples_has_no_upper_bound() {
    // Its nearest rank is the largest value, which is no bound for the quantile.
    for n in 1..=19 {
        assert_eq!(quantile_interval(n, P95, 0.95).upper, None, "n {n}");
    }
}

#[test]
fn one_order_statistic_narrower_would_miss_the_confidence() {
    for (n, p, ..) in TABLE {
        let binomial = Binomial::new(p, n).unwrap();
        let interval = quantile_interval(n, p, 0.95);
        if let Some(lower) = interval.lower {
            assert!(
                binomial.cdf(lower - 1) <= 0.025 && binomial.cdf(lower) > 0.025,
                "n {n}, p {p}"
            );
        }
        if let Some(upper) = interval.upper {
            assert!(
                binomial.sf(upper - 1) <= 0.025 && binomial.sf(upper - 2) > 0.025,
                "n {n}, p {p}"
            );
        }
    }
}

#[test]
fn a_tail_met_exactly_is_met() {
    // The median lies beyond five values on one side with a chance of 1/32.
    let interval = quantile_interval(5, P50, 15.0 / 16.0);
    assert_eq!((interval.lower, interval.upper), (Some(1), Some(5)));
    assert!((interval.coverage - 15.0 / 16.0).abs() < 1e-12);
}

#[test]
fn the_largest_counts_are_answered() {
    assert!(quantile_interval(u64::MAX, P95, 0.95).coverage >= 0.0);
    assert!(samples_for_bound(1.0 - f64::EPSILON / 2.0, 0.95) > 1 << 53);
}

#[test]
fn what_has_no_answer_is_unbounded() {
    let unbounded = QuantileInterval { lower: None, upper: None, coverage: 1.0 };
    assert_eq!(quantile_interval(0, 0.5, 0.95), unbounded);
    for bad in [0.0, 1.0, -0.5, 1.5, f64::NAN, f64::INFINITY] {
        assert_eq!(quantile_interval(100, bad, 0.95), unbounded);
        assert_eq!(quantile_interval(100, 0.5, bad), unbounded);
        assert_eq!(samples_for_bound(bad, 0.95), u64::MAX);
        assert_eq!(samples_for_bound(0.95, bad), u64::MAX);
    }
}

/// Binomial probabilities by Pascal's triangle, for an answer that shares nothing with the code.
fn binomial(n: u64, p: f64) -> Vec<f64> {
    let mut chance = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; chance.len() + 1];
        for (k, c) in chance.iter().enumerate() {
            next[k] += c * (1.0 - p);
            next[k + 1] += c * p;
        }
        chance = next;
    }
    chance
}

proptest! {
    #![proptest_config(crate::stats::properties::fixed(256))]

    #[test]
    fn the_coverage_is_the_enumerated_one_and_never_below_the_confidence(
        n in 1_u64..120,
        p in 0.01..0.99_f64,
        confidence in 0.5..0.999_f64,
    ) {
        let interval = quantile_interval(n, p, confidence);
        let from = interval.lower.unwrap_or(0) as usize;
        let to = interval.upper.unwrap_or(n + 1) as usize;
        let enumerated: f64 = binomial(n, p)[from..to].iter().sum();
        prop_assert!((interval.coverage - enumerated).abs() < 1e-9);
        prop_assert!(interval.coverage >= confidence - 1e-12);
    }
}
