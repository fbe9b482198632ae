//! Trends and memory of series, against pymannkendall, `SciPy` and `NumPy`.

use perfbase::stats;
use serde::Deserialize;

use crate::{both_close, close, read};

#[derive(Deserialize)]
struct Recorded {
    trends: Vec<Trend>,
    effective_sample_sizes: Vec<Remembering>,
}

#[derive(Deserialize)]
struct Trend {
    x: Vec<f64>,
    y: Vec<f64>,
    s: i64,
    variance: f64,
    z: f64,
    tau: f64,
    p_two_sided: f64,
    p_rising: f64,
    slope: f64,
    intercept: f64,
    low: Option<f64>,
    high: Option<f64>,
    scipy_low: f64,
    scipy_high: f64,
}

#[derive(Deserialize)]
struct Remembering {
    y: Vec<f64>,
    p: f64,
    size: f64,
}

fn recorded() -> Recorded {
    read(include_str!("../reference/trends.json"))
}

#[test]
fn mann_kendall_agrees_on_random_autocorrelated_and_tied_series() {
    for case in recorded().trends {
        let ours = stats::mann_kendall(&case.y).unwrap();
        let what = format!("n {}: {ours:?}", case.y.len());
        assert_eq!(ours.s, case.s, "{what}");
        assert!(close(ours.variance, case.variance), "{what}, not {}", case.variance);
        assert!(close(ours.z, case.z) && close(ours.tau, case.tau), "{what}");
        assert!(close(ours.p_two_sided, case.p_two_sided), "{what}, not {}", case.p_two_sided);
        assert!(close(ours.p_rising, case.p_rising), "{what}, not {}", case.p_rising);
    }
}

#[test]
fn theil_sen_agrees_and_its_interval_is_never_the_narrower() {
    for case in recorded().trends {
        let ours = stats::theil_sen(&case.x, &case.y, 0.95).unwrap();
        let what = format!("n {}: {ours:?}", case.y.len());
        assert!(close(ours.slope, case.slope), "{what}, not {}", case.slope);
        assert!(close(ours.intercept, case.intercept), "{what}, not {}", case.intercept);
        assert!(both_close(ours.low, case.low), "{what}, not {:?}", case.low);
        assert!(both_close(ours.high, case.high), "{what}, not {:?}", case.high);
        assert!(ours.low.is_none_or(|low| low <= case.scipy_low + 1e-12), "{what}");
        assert!(ours.high.is_none_or(|high| high >= case.scipy_high - 1e-12), "{what}");
    }
}

#[test]
fn the_effective_sample_size_agrees() {
    for case in recorded().effective_sample_sizes {
        let ours = stats::effective_sample_size(&case.y, case.p);
        assert!(both_close(ours, Some(case.size)), "{ours:?} instead of {}", case.size);
    }
}
