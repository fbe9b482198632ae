//! Numbers of which it is known only between what they lie.
//!
//! Whole numbers are exact. Decimal fractions are not, in binary: each of them carries how far it may be off,
//! which is worked out along with it (Higham 2002, 3.3), so that what is lost that way is told from a lost
//! cent.

use std::fmt;

use crate::model::{Comparator, Number, Operation};

/// Any number between two, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Interval {
    /// The lowest and the highest, exactly.
    Whole(i128, i128),
    /// Not exactly.
    Decimal(Decimal),
}

/// Any number from `low` to `high`, each of which may be off by `doubt`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Decimal {
    low: f64,
    high: f64,
    doubt: f64,
}

/// What may be off by so much may be another whole number.
const HALF: f64 = 0.5;

/// From here on a whole number in binary may stand for another: 2^53.
const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;

impl Interval {
    /// Whole numbers.
    pub(super) fn exact(low: u64, high: u64) -> Self {
        Self::Whole(low.into(), high.into())
    }

    /// A number as it was read. A fraction may be off by two units in its last place: by one as it is
    /// read, and by one as whoever wrote it had worked it out.
    pub(super) fn of(number: Number) -> Self {
        match number {
            Number::Whole(whole) => Self::Whole(whole, whole),
            Number::Decimal(number) => {
                let doubt = 2.0 * f64::EPSILON * number.abs();
                Self::Decimal(Decimal { low: number, high: number, doubt })
            }
        }
    }

    /// The negative of each.
    pub(super) fn negated(self) -> Self {
        Self::Whole(0, 0).calculate(Operation::Minus, self)
    }

    /// The interval of all results of two intervals (Moore 1966).
    pub(super) fn calculate(self, operation: Operation, other: Self) -> Self {
        let exact = match (self, other) {
            (Self::Whole(..), Self::Decimal(_)) | (Self::Decimal(_), _) => None,
            (Self::Whole(a, b), Self::Whole(c, d)) => whole((a, b), operation, (c, d)),
        };
        let inexact = || Self::Decimal(self.decimal().calculate(operation, other.decimal()));
        exact.unwrap_or_else(inexact)
    }

    /// Whether the relation holds for any of the values that both may have; nothing if it depends on
    /// what may be off by a whole number.
    pub(super) fn may_hold(self, relation: Comparator, other: Self) -> Option<bool> {
        match (self, other) {
            (Self::Whole(a, b), Self::Whole(c, d)) => {
                Some(relates((a, b), relation, (c, d), |one, another| one > another))
            }
            (Self::Whole(..), Self::Decimal(_)) | (Self::Decimal(_), _) => {
                self.decimal().may_hold(relation, other.decimal())
            }
        }
    }

    fn decimal(self) -> Decimal {
        match self {
            Self::Whole(low, high) => {
                Decimal { low: low as f64, high: high as f64, doubt: 0.0 }.rounded()
            }
            Self::Decimal(decimal) => decimal,
        }
    }
}

/// What is made of whole numbers, unless it is too large.
fn whole((a, b): (i128, i128), operation: Operation, (c, d): (i128, i128)) -> Option<Interval> {
    Some(match operation {
        Operation::Plus => Interval::Whole(a.checked_add(c)?, b.checked_add(d)?),
        Operation::Minus => Interval::Whole(a.checked_sub(d)?, b.checked_sub(c)?),
        Operation::Times => {
            let ends = [a.checked_mul(c)?, a.checked_mul(d)?, b.checked_mul(c)?, b.checked_mul(d)?];
            Interval::Whole(ends.into_iter().min()?, ends.into_iter().max()?)
        }
    })
}

/// Whether the relation holds for any number of the first interval and any of the second; `is_above` says
/// which number is above which.
fn relates<N: Copy + PartialEq>(
    (low, high): (N, N),
    relation: Comparator,
    (others_low, others_high): (N, N),
    is_above: impl Fn(N, N) -> bool,
) -> bool {
    match relation {
        Comparator::Equal => !is_above(low, others_high) && !is_above(others_low, high),
        // Only two single values can be nothing but equal.
        Comparator::Unequal => {
            let are_single = low == high && others_low == others_high;
            !are_single || is_above(low, others_low) || is_above(others_low, low)
        }
        Comparator::Below => is_above(others_high, low),
        Comparator::AtMost => !is_above(low, others_high),
        Comparator::Above => is_above(high, others_low),
        Comparator::AtLeast => !is_above(others_low, high),
    }
}

impl Decimal {
    /// The interval of all results, with the doubt of both.
    fn calculate(self, operation: Operation, other: Self) -> Self {
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

    /// Two are the same within what both may be off by, unless that is as much as from one whole number to
    /// the next.
    fn may_hold(self, relation: Comparator, other: Self) -> Option<bool> {
        let margin = self.doubt + other.doubt;
        let holds = |margin: f64| {
            let (a, b) = ((self.low, self.high), (other.low, other.high));
            relates(a, relation, b, |one, another| one > another + margin)
        };
        let is_finite = margin.is_finite() && self.is_finite() && other.is_finite();
        let is_sure = is_finite && (margin < HALF || holds(margin) == holds(-margin));
        is_sure.then(|| holds(margin))
    }

    fn is_finite(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// The larger size of its ends.
    fn size(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// The same, rounded as a result is that is not a whole number of exact ones.
    fn rounded(self) -> Self {
        let is_exact = self.doubt == 0.0 && self.size() < FIRST_INEXACT;
        let lost = if is_exact { 0.0 } else { f64::EPSILON / 2.0 * self.size() };
        Self { doubt: self.doubt + lost, ..self }
    }
}

/// `5`, or `5 to 7`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = match self {
            Self::Whole(low, high) => (Number::Whole(*low), Number::Whole(*high)),
            Self::Decimal(it) => (Number::Decimal(it.low), Number::Decimal(it.high)),
        };
        if low == high { write!(f, "{low}") } else { write!(f, "{low} to {high}") }
    }
}
