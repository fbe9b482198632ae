//! Statements about the service's state after a load, as they were read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{EndpointName, Failure, Request, Resolved};

/// A request, and what must hold of its answer after the load.
#[derive(Debug, Clone, PartialEq)]
pub struct Invariant {
    /// Its name in the configuration.
    pub name: String,
    /// What is asked.
    pub request: Request,
    /// What must hold.
    pub holds: Statement,
}

/// Two terms that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// As the file has it.
    pub written: String,
    /// What stands on the left.
    pub left: Term,
    /// How they are to relate.
    pub relation: Comparator,
    /// What stands on the right.
    pub right: Term,
}

/// How two terms are to relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// A part of a statement that has a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// What the statement says itself, unless it is a text.
    Constant(Scalar),
    /// A text that the statement says itself.
    Text(Resolved),
    /// What the answer after the load has.
    After(Place),
    /// What the answer to the same request before the load had.
    Before(Place),
    /// How many requests of the whole run ended so.
    Count(EndpointName, Counted),
    /// The negative of a number.
    Negative(Box<Self>),
    /// Two numbers and what is made of them.
    Of(Box<Self>, Operation, Box<Self>),
}

/// What is made of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
}

/// A place in an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Its status.
    Status,
    /// In its JSON body, at this pointer (RFC 6901).
    Json(String),
}

/// Which requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Successes, those with an allowed status included.
    Ok,
    /// Successes with an expected status.
    Expected,
    /// Successes with a status that is allowed besides.
    Allowed,
    /// Failures of any class.
    Failed,
    /// All that were sent.
    All,
    /// Failures of one class.
    Class(Failure),
}

/// A value without parts. A text of an answer may be a secret that the service sends back, and is never
/// shown.
#[derive(Clone, PartialEq)]
pub enum Scalar {
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// `true` or `false`.
    Truth(bool),
    /// `null`.
    Null,
}

/// A number as it was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number, exactly: written without a fraction or an exponent.
    Whole(i128),
    /// Any other: the closest that binary has.
    Decimal(f64),
}

impl Number {
    /// A number with a fraction or an exponent: the closest that binary has, whole or not, for it may have been
    /// rounded to that. Nothing from 2^53 on, where it is the closest to other whole numbers too.
    #[must_use]
    pub fn from_binary(number: f64) -> Option<Self> {
        const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;
        (number.abs() < FIRST_INEXACT).then_some(Self::Decimal(number))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{number}"),
        }
    }
}

/// An answer, as far as a statement asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its status.
    pub status: u16,
    /// What stands at the pointers; where nothing does, why.
    pub values: BTreeMap<String, Result<Scalar, String>>,
}

/// The answers to one invariant's request.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Before the load; absent when the statement does not ask for it.
    pub before: Option<Result<Found, String>>,
    /// After it.
    pub after: Result<Found, String>,
}

impl Statement {
    /// Both terms with all that they are made of, from left to right.
    #[must_use]
    pub fn terms(&self) -> Vec<&Term> {
        let mut terms = Vec::new();
        self.left.walk(&mut terms);
        self.right.walk(&mut terms);
        terms
    }

    /// The texts that it says itself, from left to right.
    pub fn texts_mut(&mut self) -> Vec<&mut Resolved> {
        let mut texts = Vec::new();
        self.left.gather(&mut texts);
        self.right.gather(&mut texts);
        texts
    }

    /// The JSON pointers that it asks for, before or after.
    #[must_use]
    pub fn pointers(&self) -> BTreeSet<String> {
        let pointer = |term: &Term| match term {
            Term::After(Place::Json(pointer)) | Term::Before(Place::Json(pointer)) => {
                Some(pointer.clone())
            }
            _ => None,
        };
        self.terms().into_iter().filter_map(pointer).collect()
    }

    /// Whether it asks for the answer before the load.
    #[must_use]
    pub fn looks_back(&self) -> bool {
        self.terms().iter().any(|term| matches!(term, Term::Before(_)))
    }

    /// Whether it judges the status itself, so that any is an answer.
    #[must_use]
    pub fn judges_status(&self) -> bool {
        let status =
            |term: &&Term| matches!(term, Term::After(Place::Status) | Term::Before(Place::Status));
        self.terms().iter().any(status)
    }
}

impl Term {
    fn gather<'t>(&'t mut self, texts: &mut Vec<&'t mut Resolved>) {
        match self {
            Self::Text(text) => texts.push(text),
            Self::Negative(term) => term.gather(texts),
            Self::Of(left, _, right) => {
                left.gather(texts);
                right.gather(texts);
            }
            Self::Constant(_) | Self::After(_) | Self::Before(_) | Self::Count(..) => {}
        }
    }

    fn walk<'t>(&'t self, terms: &mut Vec<&'t Self>) {
        terms.push(self);
        match self {
            Self::Negative(term) => term.walk(terms),
            Self::Of(left, _, right) => {
                left.walk(terms);
                right.walk(terms);
            }
            Self::Constant(_)
            | Self::Text(_)
            | Self::After(_)
            | Self::Before(_)
            | Self::Count(..) => {}
        }
    }
}

/// As the file has it.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(scalar) => write!(f, "{scalar}"),
            Self::Text(text) => write!(f, "{:?}", shortened(text.written())),
            Self::After(place) => write!(f, "{place}"),
            Self::Before(place) => write!(f, "before({place})"),
            Self::Count(endpoint, counted) => write!(f, "count(\"{endpoint}\", {counted})"),
            Self::Negative(term) => write!(f, "-{term}"),
            Self::Of(left, operation, right) => write!(f, "({left} {operation} {right})"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Json(pointer) if pointer.is_empty() || pointer.contains([' ', ',', '(', ')']) => {
                write!(f, "json(\"{pointer}\")")
            }
            Self::Json(pointer) => f.write_str(pointer),
        }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("ok"),
            Self::Expected => f.write_str("expected"),
            Self::Allowed => f.write_str("allowed"),
            Self::Failed => f.write_str("failed"),
            Self::All => f.write_str("all"),
            Self::Class(failure) => write!(f, "{failure}"),
        }
    }
}

/// Longest text that is shown of a statement, in characters.
const SHOWN: usize = 60;

fn shortened(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() { shown + "…" } else { shown }
}

/// Of a text only that it is one.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(_) => f.write_str("a text"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
