//! Which order statistics bracket a quantile, whatever the distribution.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::finite;

/// A distribution-free interval for a quantile, as ranks of the sorted sample counted from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileInterval {
    /// Rank of the lower end; `None` when the sample is too small for one.
    pub lower: Option<u64>,
    /// Rank of the upper end; `None` when the sample is too small for one.
    pub upper: Option<u64>,
    /// The chance that the interval holds the quantile; a missing end holds everything beyond it.
    pub coverage: f64,
}

impl QuantileInterval {
    /// The interval that says nothing.
    const UNBOUNDED: Self = Self { lower: None, upper: None, coverage: 1.0 };
}

/// The exact equal-tailed interval [x₍l₎, x₍u₎] for the `p` quantile from `n` independent values
/// (Hahn and Meeker 1991): `l = #{k: F(k) <= a/2}` and `u = min{k + 1: F(k) >= 1 - a/2}` with F the
/// Binomial(n, p) distribution and a = 1 - `confidence`.
///
/// Each tail holds at most a/2, so `coverage` is at least `confidence`. With `n` = 0, or with `p` or
/// `confidence` not strictly between 0 and 1, there are no ends and the coverage is 1.
#[must_use]
pub fn quantile_interval(n: u64, p: f64, confidence: f64) -> QuantileInterval {
    if n == 0 || !inside(p) || !inside(confidence) {
        return QuantileInterval::UNBOUNDED;
    }
    let Ok(binomial) = Binomial::new(p, n) else { return QuantileInterval::UNBOUNDED };
    // A tail met exactly, as 1/32 by five values' median, must not be lost to rounding.
    let tail = (1.0 - confidence) / 2.0 * (1.0 + 1e-12);
    let below = |k: u64| binomial.cdf(k);
    let lower = first(n, |k| below(k) > tail);
    // The upper tail itself, for 1 - a/2 would lose the digits that decide at the far end.
    let last = first(n, |k| binomial.sf(k) <= tail);
    let missed_below = if lower == 0 { 0.0 } else { below(lower - 1) };
    let missed_above = if last < n { binomial.sf(last) } else { 0.0 };
    QuantileInterval {
        lower: (lower > 0).then_some(lower),
        upper: (last < n).then(|| last + 1),
        coverage: finite::probability(1.0 - missed_below - missed_above),
    }
}

/// How many independent values it takes until the largest of them bounds the `p` quantile from above
/// with the given one-sided confidence: the least n with `pⁿ <= 1 - confidence` (Wilks 1941).
///
/// `u64::MAX`, for no number suffices, when `p` or `confidence` is not strictly between 0 and 1.
#[must_use]
pub fn samples_for_bound(p: f64, confidence: f64) -> u64 {
    if !inside(p) || !inside(confidence) {
        return u64::MAX;
    }
    let enough = |n: f64| n * p.ln() <= (-confidence).ln_1p();
    let n = ((-confidence).ln_1p() / p.ln()).ceil().max(1.0);
    // The quotient may be one unit off around a whole number.
    let n = if n > 1.0 && enough(n - 1.0) { n - 1.0 } else { n };
    let n = if enough(n) { n } else { n + 1.0 };
    n as u64
}

fn inside(probability: f64) -> bool {
    probability > 0.0 && probability < 1.0
}

/// The least k in 0..=n for which the condition holds, for a condition that stays true once it is;
/// n when it never is.
fn first(n: u64, condition: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if condition(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests;
