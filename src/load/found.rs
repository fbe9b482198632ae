//! What an answer has at a place, and how it compares with what should be there.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value as Json};

use super::capture::Why;
use crate::model::Relation;

/// What stands at a place.
pub(crate) enum Found<'a> {
    Nothing,
    Number(u64),
    Bytes(&'a [u8]),
    Json(&'a Json),
}

/// What an answer has in place of what it should. Shows nothing of what the service sent but its
/// status, its size and its types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Finding {
    #[error("there is nothing")]
    Nothing,
    #[error("there is {0}")]
    There(&'static str),
    #[error("it is {0}")]
    Number(u64),
    #[error("it is {0}")]
    Is(&'static str),
    #[error("it is another {0}")]
    Another(&'static str),
    #[error("it is that {0}")]
    That(&'static str),
    #[error("it is {0} without it")]
    Without(&'static str),
    #[error("it is {0} that does not match")]
    Mismatch(&'static str),
    #[error("it is not UTF-8")]
    NotText,
    #[error("{0}")]
    Unreadable(Why),
    #[error("the body does not fit {0}")]
    Unfit(String),
}

impl Found<'_> {
    /// What kind of thing it is, with an article.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Number(_) | Self::Json(Json::Number(_)) => "a number",
            Self::Bytes(_) | Self::Json(Json::String(_)) => "a text",
            Self::Json(Json::Null) => "null",
            Self::Json(Json::Bool(_)) => "a boolean",
            Self::Json(Json::Array(_)) => "a list",
            Self::Json(Json::Object(_)) => "an object",
        }
    }

    /// The same without the article.
    fn noun(&self) -> &'static str {
        let kind = self.kind();
        kind.split_once(' ').map_or(kind, |(_, noun)| noun)
    }

    /// It as a text: a number or a boolean as it is written, a list or an object as JSON. `null` is
    /// none.
    pub(crate) fn text(&self) -> Result<Cow<'_, str>, Finding> {
        Ok(match self {
            Self::Nothing => return Err(Finding::Nothing),
            Self::Json(Json::Null) => return Err(Finding::Is(self.kind())),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bytes(bytes) => {
                Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| Finding::NotText)?)
            }
            Self::Json(json) => text_of(json),
        })
    }

    /// Whether it is of a kind that `relation` can hold for.
    fn suits(&self, relation: Relation) -> Result<(), Finding> {
        match self {
            Self::Nothing => Err(Finding::Nothing),
            Self::Number(_) | Self::Json(Json::Null | Json::Bool(_) | Json::Number(_))
                if relation == Relation::Contains =>
            {
                Err(Finding::Is(self.kind()))
            }
            Self::Number(_) | Self::Bytes(_) | Self::Json(_) => Ok(()),
        }
    }

    /// Holds it to a JSON literal: of a type as well as of a value.
    pub(crate) fn compare(&self, relation: Relation, awaited: &Json) -> Result<(), Finding> {
        self.suits(relation)?;
        match (self, awaited) {
            (Self::Number(number), Json::Number(awaited)) => {
                self.ordered(relation, &Number::from(*number), awaited)
            }
            (Self::Json(Json::Number(number)), Json::Number(awaited)) => {
                self.ordered(relation, number, awaited)
            }
            (Self::Json(found), _) => self.compare_json(found, relation, awaited),
            (Self::Nothing | Self::Number(_) | Self::Bytes(_), _) => {
                self.compare_text(relation, &text_of(awaited))
            }
        }
    }

    fn compare_json(
        &self,
        found: &Json,
        relation: Relation,
        awaited: &Json,
    ) -> Result<(), Finding> {
        let holds = match (relation, found) {
            (Relation::Equal, _) => same(found, awaited),
            (Relation::NotEqual, _) => !same(found, awaited),
            (Relation::Contains, Json::Array(items)) => items.iter().any(|it| same(it, awaited)),
            (Relation::Contains, _) => return self.compare_text(relation, &text_of(awaited)),
            (Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast, _) => {
                return Err(Finding::Is(self.kind()));
            }
        };
        let is_alike = std::mem::discriminant(found) == std::mem::discriminant(awaited);
        if holds {
            Ok(())
        } else if is_alike || relation != Relation::Equal {
            Err(self.failing(relation))
        } else {
            Err(Finding::Is(self.kind()))
        }
    }

    /// Holds one number to another.
    fn ordered(&self, relation: Relation, found: &Number, awaited: &Number) -> Result<(), Finding> {
        let order = order(found, awaited);
        let holds = match relation {
            Relation::Equal => order == Some(Ordering::Equal),
            Relation::NotEqual => order != Some(Ordering::Equal),
            Relation::Less => order == Some(Ordering::Less),
            Relation::AtMost => order.is_some_and(Ordering::is_le),
            Relation::Greater => order == Some(Ordering::Greater),
            Relation::AtLeast => order.is_some_and(Ordering::is_ge),
            Relation::Contains => false,
        };
        if holds { Ok(()) } else { Err(self.failing(relation)) }
    }

    /// Holds it to a text: a number or a boolean by how it is written. No text is `null`.
    pub(crate) fn compare_text(&self, relation: Relation, awaited: &str) -> Result<(), Finding> {
        self.suits(relation)?;
        if relation == Relation::NotEqual && matches!(self, Self::Json(Json::Null)) {
            return Ok(());
        }
        let text = self.text()?;
        let number = |text: &str| serde_json::from_str::<Number>(text.trim()).ok();
        let numbers = || number(&text).zip(number(awaited));
        let is_number = matches!(self, Self::Number(_) | Self::Json(Json::Number(_)));
        let holds = match relation {
            Relation::Equal | Relation::NotEqual => {
                let alike = |(a, b): (Number, Number)| order(&a, &b) == Some(Ordering::Equal);
                let equal = text == awaited || is_number && numbers().is_some_and(alike);
                equal == (relation == Relation::Equal)
            }
            Relation::Contains => match self {
                Self::Json(Json::Array(items)) => items.iter().any(|it| text_of(it) == awaited),
                Self::Json(Json::Object(members)) => members.contains_key(awaited),
                _ => text.contains(awaited),
            },
            Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast => {
                // A header is a text even where it is a number; JSON tells them apart.
                let can_be = is_number || matches!(self, Self::Bytes(_));
                return match numbers().filter(|_| can_be) {
                    Some((found, awaited)) => self.ordered(relation, &found, &awaited),
                    None => Err(Finding::Is(self.kind())),
                };
            }
        };
        if holds { Ok(()) } else { Err(self.failing(relation)) }
    }

    /// What is found where `relation` does not hold. Statuses and sizes are no secrets.
    fn failing(&self, relation: Relation) -> Finding {
        match (self, relation) {
            (Self::Number(number), _) => Finding::Number(*number),
            (_, Relation::NotEqual) => Finding::That(self.noun()),
            (_, Relation::Contains) => Finding::Without(self.kind()),
            _ => Finding::Another(self.noun()),
        }
    }
}

/// A text without its quotes, anything else as JSON.
fn text_of(json: &Json) -> Cow<'_, str> {
    match json {
        Json::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Whether two are the same, numbers by their value: 1 is 1.0.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => order(a, b) == Some(Ordering::Equal),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let has = |(key, value): (&String, &Json)| b.get(key).is_some_and(|b| same(value, b));
            a.len() == b.len() && a.iter().all(has)
        }
        _ => a == b,
    }
}

fn order(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}
