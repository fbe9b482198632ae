//! The gate that people write by hand: all latencies of one pass in one heap, p95 of it, red when
//! it is above twice the old one. No rounds, no floor, no second look, no least number of requests.

use std::collections::BTreeMap;
use std::time::Duration;

use perfbase::model::{Block, EndpointName, Histogram, Round};

/// What the naive gate says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naive {
    /// Whether any endpoint is above twice its old p95.
    pub(crate) is_red: bool,
    /// How long it would have sent, seconds.
    pub(crate) seconds: f64,
}

/// Judges the first pass of `new` by that of `old`. It knows no invalid rounds: of each run it
/// takes the first `rounds` as they came.
pub(crate) fn judge(old: &[Round], new: &[Round], rounds: usize) -> Naive {
    let (before, after) = (pooled_p95s(old, rounds), pooled_p95s(new, rounds));
    let is_red = after.iter().any(|(endpoint, now)| {
        before.get(endpoint).is_some_and(|then| now.as_secs_f64() > 2.0 * then.as_secs_f64())
    });
    let sent: Duration = first_pass(new, rounds).map(|round| round.measured).sum();
    Naive { is_red, seconds: sent.as_secs_f64() }
}

fn first_pass(run: &[Round], rounds: usize) -> impl Iterator<Item = &Round> {
    run.iter().filter(|round| round.block == Block::First).take(rounds)
}

fn pooled_p95s(run: &[Round], rounds: usize) -> BTreeMap<EndpointName, Duration> {
    let mut pools: BTreeMap<EndpointName, Histogram> = BTreeMap::new();
    for (endpoint, sample) in first_pass(run, rounds).flat_map(|round| &round.samples) {
        pools.entry(endpoint.clone()).or_default().merge(&sample.latency);
    }
    pools.into_iter().map(|(endpoint, pool)| (endpoint, pool.quantile(0.95))).collect()
}
