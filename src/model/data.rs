//! Where a user's values come from.

use std::fmt;
use std::sync::Arc;

use super::Slot;

/// A value of one user at one moment.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    text: String,
    is_text: bool,
}

/// A source of values that are not learned from an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Where its values go; more than one for the columns of a table.
    pub slots: Vec<Slot>,
    /// What its values are.
    pub supply: Supply,
    /// How often one is drawn.
    pub per: Per,
}

/// What a source's values are.
#[derive(Debug, Clone, PartialEq)]
pub enum Supply {
    /// A random UUID (version 4).
    Uuid,
    /// A whole number from the first to the second, both included, each equally likely.
    Integer(i64, i64),
    /// Whole numbers one after the other from this one, none twice in a run: each user has every
    /// n-th of n users.
    Sequence(i64),
    /// The time at which the request is made ready.
    Timestamp(TimeFormat),
    /// A row of a table.
    Rows(Rows, Pick),
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFormat {
    /// RFC 3339, in UTC, with milliseconds.
    Rfc3339,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}

/// Which row is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Any, each equally likely.
    Random,
    /// One after the other, from the top again after the last; each user has every n-th of n users.
    Sequential,
    /// Each user has one of its own. There are at least as many rows as users.
    Unique,
}

/// How often a value is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// For each request; what stands twice in one request is the same in both places.
    Request,
    /// Once for each user.
    User,
}

/// A table of values: every row has one for each slot. At least one row. Shared, because many
/// threads read one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows(Arc<[Box<[Value]>]>);

impl Rows {
    /// A table; nothing if it has no row, or rows of different lengths.
    #[must_use]
    pub fn new(rows: Vec<Box<[Value]>>) -> Option<Self> {
        let columns = rows.first()?.len();
        rows.iter().all(|row| row.len() == columns).then(|| Self(rows.into()))
    }

    /// The rows.
    #[must_use]
    pub fn as_slice(&self) -> &[Box<[Value]>] {
        &self.0
    }
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_text: true }
    }

    /// Anything else of JSON (a number, `true`, a list), as JSON.
    #[must_use]
    pub fn json(json: impl Into<String>) -> Self {
        Self { text: json.into(), is_text: false }
    }

    /// Makes it an empty text, to be written in the memory that the last one had.
    pub fn rewrite_text(&mut self) -> &mut String {
        self.is_text = true;
        self.text.clear();
        &mut self.text
    }

    /// Makes it JSON, to be written in the memory that the last value had; it is none before.
    pub fn rewrite_json(&mut self) -> &mut String {
        self.is_text = false;
        self.text.clear();
        &mut self.text
    }

    /// The value as it stands in a path. May hold a secret: never show, log or store it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether JSON has it in quotes.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.is_text
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may be a token or a password.
        f.write_str("Value(..)")
    }
}

/// A generator as the file has it (`int 1..500`); of a table, how many rows it has.
impl fmt::Display for Supply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid => f.write_str("uuid"),
            Self::Integer(first, last) => write!(f, "int {first}..{last}"),
            Self::Sequence(first) => write!(f, "sequence {first}"),
            Self::Timestamp(TimeFormat::Rfc3339) => f.write_str("timestamp"),
            Self::Timestamp(TimeFormat::Seconds) => f.write_str("timestamp seconds"),
            Self::Timestamp(TimeFormat::Milliseconds) => f.write_str("timestamp milliseconds"),
            Self::Rows(rows, _) if rows.as_slice().len() == 1 => f.write_str("1 row"),
            Self::Rows(rows, _) => write!(f, "{} rows", rows.as_slice().len()),
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Random => "random",
            Self::Sequential => "sequential",
            Self::Unique => "unique",
        })
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Request => "each request",
            Self::User => "each user",
        })
    }
}
