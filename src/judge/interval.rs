//! Numbers of which it is known only between what they lie.
//!
//! Decimal fractions are not exact in binary. Each number carries how far it may be off, which is worked
//! out along with it (Higham 2002, 3.3), so that what is lost that way is told from a lost cent.

use std::fmt;

use crate::model::{Comparator, Operation, Scalar};

/// Any number from `low` to `high`, each of which may be off by `doubt`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    low: f64,
    high: f64,
    doubt: f64,
}

/// Up to here all whole numbers are exact: 2^53.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

impl Interval {
    /// Whole numbers.
    pub(super) fn exact(low: u64, high: u64) -> Self {
        Self { low: low as f64, high: high as f64, doubt: 0.0 }
    }

    /// A number as it was read. A fraction may be off by two units in its last place: by one as it is
    /// read, and by one as whoever wrote it had worked it out.
    pub(super) fn of(number: f64) -> Self {
        let doubt = if number.fract() == 0.0 { 0.0 } else { 2.0 * f64::EPSILON * number.abs() };
        Self { low: number, high: number, doubt }
    }

    /// The negative of each.
    pub(super) fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low, doubt: self.doubt }
    }

    /// The interval of all results of two intervals (Moore 1966), with the doubt of both.
    pub(super) fn calculate(self, operation: Operation, other: Self) -> Self {
        let (a, b) = (self, other);
        let doubt = a.doubt + b.doubt;
        let result = match operation {
            Operation::Plus => Self { low: a.low + b.low, high: a.high + b.high, doubt },
            Operation::Minus => Self { low: a.low - b.high, high: a.high - b.low, doubt },
            Operation::Times => {
                let ends = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
                Self {
                    low: ends.into_iter().fold(f64::INFINITY, f64::min),
                    high: ends.into_iter().fold(f64::NEG_INFINITY, f64::max),
                    doubt: a.size() * b.doubt + b.size() * a.doubt + a.doubt * b.doubt,
                }
            }
        };
        result.rounded()
    }

    /// Whether the relation holds for any of the values that both may have.
    pub(super) fn may_hold(self, relation: Comparator, other: Self) -> bool {
        let (a, b) = (self, other);
        // So far apart they may be and still be the same.
        let margin = a.doubt + b.doubt;
        match relation {
            Comparator::Equal => a.low <= b.high + margin && b.low <= a.high + margin,
            // Only two single values can be nothing but equal.
            Comparator::Unequal => {
                !a.is_single() || !b.is_single() || (a.low - b.low).abs() > margin
            }
            Comparator::Below => a.low < b.high - margin,
            Comparator::AtMost => a.low <= b.high + margin,
            Comparator::Above => a.high > b.low + margin,
            Comparator::AtLeast => a.high >= b.low - margin,
        }
    }

    fn is_single(self) -> bool {
        self.low.total_cmp(&self.high).is_eq()
    }

    /// The larger size of its ends.
    fn size(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// The same, rounded as a result is that is not a whole number of exact ones.
    fn rounded(self) -> Self {
        let is_exact = self.doubt == 0.0 && self.size() <= LARGEST_EXACT;
        let lost = if is_exact { 0.0 } else { f64::EPSILON / 2.0 * self.size() };
        Self { doubt: self.doubt + lost, ..self }
    }
}

/// `5`, or `5 to 7`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (Scalar::Number(self.low), Scalar::Number(self.high));
        if self.is_single() { write!(f, "{low}") } else { write!(f, "{low} to {high}") }
    }
}
