//! What the latencies of one sample come to.

use std::time::Duration;

use super::Histogram;

/// Percentiles of the latencies of one sample, by nearest rank to three significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percentiles {
    /// How many latencies there are; at least one.
    pub successes: u64,
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile; meaningful from 299 successes on.
    pub p99: Duration,
}

impl Percentiles {
    /// The percentiles of `latency`; nothing of none.
    #[must_use]
    pub fn of(latency: &Histogram) -> Option<Self> {
        (!latency.is_empty()).then(|| Self {
            successes: latency.count(),
            p50: latency.quantile(0.50),
            p95: latency.quantile(0.95),
            p99: latency.quantile(0.99),
        })
    }
}
