//! Shares, against statsmodels.

use perfbase::stats;
use serde::Deserialize;

use crate::{close, read};

#[derive(Deserialize)]
struct Recorded {
    shares: Vec<Share>,
}

#[derive(Deserialize)]
struct Share {
    hits: u64,
    n: u64,
    confidence: f64,
    low: f64,
    high: f64,
}

#[test]
fn wilsons_interval_agrees() {
    let recorded: Recorded = read(include_str!("../reference/shares.json"));
    for case in recorded.shares {
        let ours = stats::wilson_interval(case.hits, case.n, case.confidence).unwrap();
        assert!(close(ours.low, case.low), "{ours:?}, not {}", case.low);
        assert!(close(ours.high, case.high), "{ours:?}, not {}", case.high);
    }
}
