//! Texts with places for a user's own values, such as `/builds/{build}`.

use super::Resolved;

/// A value's position among the plan's values; see `Behaviour::values`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub usize);

/// A text with places for values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    written: String,
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Sent as it is. May hold a secret of the environment.
    Text(Resolved),
    /// A user's value, written so that it fits where it stands.
    Value(Slot, Escape),
}

/// How a value is written where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As it is: in a text body and in a header.
    None,
    /// Percent-encoded: in a path, a query and a form.
    Percent,
    /// Within a JSON string.
    JsonString,
    /// In place of a whole JSON string: a text is quoted, a number stays one.
    Json,
}

impl Template {
    /// A template as the file has it, in pieces.
    #[must_use]
    pub fn new(written: impl Into<String>, parts: Vec<Part>) -> Self {
        Self { written: written.into(), parts }
    }

    /// A text without places for values.
    #[must_use]
    pub fn constant(text: Resolved) -> Self {
        Self { written: text.written().to_owned(), parts: vec![Part::Text(text)] }
    }

    /// The template as written, safe to show.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Its pieces.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The values it needs, in the order in which they stand.
    pub fn slots(&self) -> impl Iterator<Item = Slot> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(slot, _) => Some(*slot),
        })
    }

    /// The text to send, if it is the same for every user. May hold a secret: never show it.
    #[must_use]
    pub fn as_constant(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.value()),
                Part::Value(..) => None,
            })
            .collect()
    }
}

impl From<Resolved> for Template {
    fn from(text: Resolved) -> Self {
        Self::constant(text)
    }
}
