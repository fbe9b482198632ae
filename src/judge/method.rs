//! The rules and numbers of the method as one value, so that a test can break each of them in
//! turn.

use std::time::Duration;

use jiff::SignedDuration;

use super::Mode;
use super::chain::Rule;
use super::passes::{Passes, Standing};
use super::summarize::P99_NEEDS;
use crate::model::Metric;

/// Everything the judge decides by, besides the policy.
#[derive(Clone, Copy)]
pub(super) struct Method {
    /// The rules for one endpoint, in the order in which they are asked; the first that answers
    /// decides.
    pub(super) chain: &'static [Rule],
    /// The same for the bare rule.
    pub(super) bare_chain: &'static [Rule],
    /// Steps 3 and 4: how one pass, a second look and a third are put together.
    pub(super) standing: fn(&Passes, Duration, Mode, usize) -> Standing,
    /// Fewest valid rounds on either side.
    pub(super) least_rounds: usize,
    /// Fewest successes in each of them.
    pub(super) least_successes: u64,
    /// By how much the share of failures may exceed the baseline's.
    pub(super) errors_slack: f64,
    /// By how much the share of allowed statuses may differ from the baseline's, either way.
    pub(super) allowed_slack: f64,
    /// Multiples of the baseline's deviation between rounds that the floor allows.
    pub(super) noise_multiple: f64,
    /// Multiples of the null handler's p95 that the floor allows.
    pub(super) null_multiple: f64,
    /// Up to how many times the baseline's null handler the run's is taken to be.
    pub(super) null_growth: f64,
    /// Above this ratio of speeds, either way, it is another machine.
    pub(super) speed_tolerance: f64,
    /// Fewest endpoints that can show a uniform shift.
    pub(super) shift_endpoints: usize,
    /// The median ratio above which all together have shifted.
    pub(super) shift_ratio: f64,
    /// The median deviation from it, as a ratio, below which the spread is narrow.
    pub(super) shift_spread: f64,
    /// The ratio above which *slower* is worth saying.
    pub(super) slower_ratio: f64,
    /// Adjusted p below which it is.
    pub(super) significance: f64,
    /// The ratio below which the baseline is stale.
    pub(super) stale_ratio: f64,
    /// The ratio of p99 above which it is worth saying.
    pub(super) p99_ratio: f64,
    /// Fewest successes a round for that.
    pub(super) p99_successes: u64,
    /// Age at which a baseline is old.
    pub(super) old: SignedDuration,
    /// Commits since, beyond which it is.
    pub(super) commits: u64,
}

impl Method {
    /// The method as published.
    pub(super) const PUBLISHED: Self = Self {
        chain: super::chain::FULL,
        bare_chain: super::chain::BARE,
        standing: super::passes::standing,
        least_rounds: 3,
        least_successes: 100,
        errors_slack: 0.01,
        allowed_slack: 0.1,
        noise_multiple: 3.0,
        null_multiple: 2.0,
        null_growth: 2.0,
        speed_tolerance: 1.25,
        shift_endpoints: 5,
        shift_ratio: 1.3,
        shift_spread: 1.15,
        slower_ratio: 1.25,
        significance: 0.05,
        stale_ratio: 0.67,
        p99_ratio: 2.5,
        p99_successes: 300,
        old: SignedDuration::from_hours(90 * 24),
        commits: 200,
    };

    /// Successes that a round must have for a verdict on its `metric`.
    pub(super) fn needed_for(&self, metric: Metric) -> u64 {
        match metric {
            Metric::P50 | Metric::P95 => self.least_successes,
            Metric::P99 => self.least_successes.max(P99_NEEDS),
        }
    }
}
