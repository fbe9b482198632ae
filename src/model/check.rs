//! What is asked of an answer besides its status, and what came of it.

use std::fmt;

use super::Template;

/// One condition on an answer. It is tested after the answer's time was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// As the file has it, which is its name in reports; holds no value of the environment.
    pub written: String,
    /// What is tested.
    pub test: Test,
}

/// What a check tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The subject is there.
    Exists(Subject),
    /// The subject is not there.
    Absent(Subject),
    /// The subject is there, and stands in this relation to something.
    Compare(Subject, Relation, Operand),
    /// A text of the subject matches this regular expression somewhere.
    Matches(Subject, String),
    /// The body is JSON that this JSON Schema accepts.
    Schema(String),
}

impl Test {
    /// The text on its right that may name values, if it has one.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::Compare(_, _, Operand::Text(text)) => Some(text),
            Self::Compare(_, _, Operand::Json(_))
            | Self::Exists(_)
            | Self::Absent(_)
            | Self::Matches(..)
            | Self::Schema(_) => None,
        }
    }
}

/// The part of an answer that a check looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The status, a number.
    Status,
    /// How many bytes the body has.
    Size,
    /// The body as text; not there when it is empty.
    Body,
    /// The header of this name, in lower case.
    Header(String),
    /// What stands at this JSON Pointer (RFC 6901) in a JSON body; the empty one is the whole of it.
    Json(String),
}

/// How a subject is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same. Numbers are compared by their value.
    Equal,
    /// Not the same.
    NotEqual,
    /// A smaller number.
    Less,
    /// A number not above.
    AtMost,
    /// A larger number.
    Greater,
    /// A number not below.
    AtLeast,
    /// A text has it somewhere, a list as an item, an object as a key.
    Contains,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 7] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::AtMost,
        Self::Greater,
        Self::AtLeast,
        Self::Contains,
    ];

    /// The relation as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Contains => "contains",
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a subject is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A JSON literal: of its type as well as of its value.
    Json(String),
    /// A text, which may hold a user's values or a secret of the environment. A number or a
    /// boolean is compared by how it is written.
    Text(Template),
}

/// A check that did not hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FailedCheck {
    /// How many answers it did not hold for.
    pub count: u64,
    /// What the first of them had instead, in short. Shows nothing of the answer's values.
    pub first: String,
}

impl FailedCheck {
    /// Adds what came later.
    pub fn merge(&mut self, later: &Self) {
        self.count += later.count;
        if self.first.is_empty() {
            self.first.clone_from(&later.first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_finding_stays() {
        let mut failed = FailedCheck::default();
        failed.merge(&FailedCheck { count: 2, first: "a number".to_owned() });
        failed.merge(&FailedCheck { count: 1, first: "a text".to_owned() });
        assert_eq!(failed, FailedCheck { count: 3, first: "a number".to_owned() });
    }
}
