//! What a term of a statement is worth, how two of them compare, and what of it may be shown.
//!
//! A text of an answer may be a secret that the service sends back. Only a text that stands in the file is
//! shown, as it stands there; of any other no more than that it is one, and whether it is the same.

use super::interval::Interval;
use crate::model::{Comparator, Resolved, Scalar, Statement, Term};

/// What a term may be worth.
#[derive(Debug, Clone, Copy)]
pub(super) enum Worth<'a> {
    /// A number.
    Number(Interval),
    /// A text that stands in the file.
    Literal(&'a Resolved),
    /// A text of an answer.
    Text(&'a str),
    /// `true` or `false`.
    Truth(bool),
    /// `null`.
    Null,
}

impl<'a> Worth<'a> {
    pub(super) fn of(scalar: &'a Scalar) -> Self {
        match scalar {
            Scalar::Number(number) => Self::Number(Interval::of(*number)),
            Scalar::Text(text) => Self::Text(text),
            Scalar::Truth(truth) => Self::Truth(*truth),
            Scalar::Null => Self::Null,
        }
    }

    /// Whether the relation holds for any of the values that both may have; nothing if such things
    /// have no such relation, or are not exact enough to say.
    pub(super) fn may_hold(&self, relation: Comparator, other: &Self) -> Option<bool> {
        let are_same = match (self, other) {
            (Self::Number(a), Self::Number(b)) => return a.may_hold(relation, *b),
            (Self::Truth(a), Self::Truth(b)) => a == b,
            (Self::Null, Self::Null) => true,
            // Anything can be nothing.
            (Self::Null, _) | (_, Self::Null) => false,
            _ => self.text()? == other.text()?,
        };
        match relation {
            Comparator::Equal => Some(are_same),
            Comparator::Unequal => Some(!are_same),
            Comparator::Below | Comparator::AtMost | Comparator::Above | Comparator::AtLeast => {
                None
            }
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text.value()),
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Truth(_) | Self::Null => None,
        }
    }

    /// It as it may be shown: a text as `statement` has it, if it does.
    pub(super) fn show(&self, statement: &Statement) -> String {
        match self {
            Self::Number(interval) => interval.to_string(),
            Self::Literal(text) => Term::Text((*text).clone()).to_string(),
            Self::Text(text) => match literal(text, statement) {
                Some(term) => term.to_string(),
                None => Scalar::Text(String::new()).to_string(),
            },
            Self::Truth(truth) => Scalar::Truth(*truth).to_string(),
            Self::Null => Scalar::Null.to_string(),
        }
    }

    /// Both sides of `statement` as they may be shown, and whether a text that may not is the other.
    pub(super) fn show_both(&self, other: &Self, statement: &Statement) -> (String, String) {
        const SAME: &str = "the same text";
        const ANOTHER: &str = "another text";
        let hidden =
            |worth: &Self| matches!(worth, Self::Text(text) if literal(text, statement).is_none());
        let (left, right) = (self.show(statement), other.show(statement));
        match (self.text(), other.text()) {
            (Some(a), Some(b)) if hidden(other) => {
                (left, if a == b { SAME } else { ANOTHER }.to_owned())
            }
            (Some(_), Some(_)) if hidden(self) => (ANOTHER.to_owned(), right),
            _ => (left, right),
        }
    }
}

/// The text of the statement that is the same.
fn literal<'s>(text: &str, statement: &'s Statement) -> Option<&'s Term> {
    let is_it = |term: &&Term| matches!(term, Term::Text(known) if known.value() == text);
    statement.terms().into_iter().find(is_it)
}
