//! Quantiles and their intervals, against `SciPy`.

use perfbase::stats;
use serde::Deserialize;

use crate::{both_close, close, read};

#[derive(Deserialize)]
struct Recorded {
    samples: Vec<Sample>,
    intervals: Vec<Interval>,
    bounds: Vec<Bound>,
}

#[derive(Deserialize)]
struct Sample {
    values: Vec<f64>,
    p: f64,
    nearest_rank: f64,
    harrell_davis: f64,
    median: f64,
    mad: f64,
}

#[derive(Deserialize)]
struct Interval {
    n: u64,
    p: f64,
    confidence: f64,
    lower: Option<u64>,
    upper: Option<u64>,
    coverage: f64,
}

#[derive(Deserialize)]
struct Bound {
    p: f64,
    confidence: f64,
    n: u64,
}

fn recorded() -> Recorded {
    read(include_str!("../reference/quantiles.json"))
}

#[test]
fn quantiles_median_and_mad_agree() {
    for sample in recorded().samples {
        let (values, p) = (&sample.values, sample.p);
        assert!(both_close(stats::quantile(values, p), Some(sample.nearest_rank)));
        let smooth = stats::harrell_davis(values, p);
        assert!(
            both_close(smooth, Some(sample.harrell_davis)),
            "n {}, p {p}: {smooth:?} instead of {}",
            values.len(),
            sample.harrell_davis
        );
        assert!(both_close(stats::median(values), Some(sample.median)));
        assert!(both_close(stats::mad(values), Some(sample.mad)));
    }
}

#[test]
fn quantile_intervals_agree() {
    for Interval { n, p, confidence, lower, upper, coverage } in recorded().intervals {
        let ours = stats::quantile_interval(n, p, confidence);
        let case = format!("n {n}, p {p}, confidence {confidence}: {ours:?}");
        assert_eq!((ours.lower, ours.upper), (lower, upper), "{case}");
        assert!(close(ours.coverage, coverage), "{case}, not {coverage}");
    }
}

#[test]
fn samples_for_a_bound_agree() {
    for Bound { p, confidence, n } in recorded().bounds {
        assert_eq!(stats::samples_for_bound(p, confidence), n, "p {p}, {confidence}");
    }
}
