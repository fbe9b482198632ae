//! TOML values as JSON, in pieces: strings may have places for values and refer to the
//! environment.

use std::ops::Range;

use serde_json::{Number, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::problem::Problem;
use super::section::{Reading, in_order, whole};
use super::template::{Draft, Place, Resolving, TemplateText, Unknown};
use super::text::is_value_name;

/// JSON in pieces.
#[derive(Debug, Clone)]
pub(super) struct Json(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    /// JSON itself.
    Raw(String),
    /// A string that is quoted once it is resolved.
    String(TemplateText),
    /// A value in place of a whole string.
    Value(TemplateText),
}

/// What strings may have in them besides references to the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    /// Places for values.
    Templates,
    /// Nothing: they are values themselves.
    Plain,
}

impl Json {
    /// The JSON of a TOML value: compact, in the order written. What JSON cannot hold is told.
    pub(super) fn of(
        value: &Spanned<DeValue<'_>>,
        strings: Strings,
        reading: &Reading<'_>,
    ) -> Self {
        let mut json = Self(Vec::new());
        json.add(value, strings, reading);
        json
    }

    fn add(&mut self, value: &Spanned<DeValue<'_>>, strings: Strings, reading: &Reading<'_>) {
        let refuse = |what| reading.problems.at(value.span(), Problem::NotJson(what));
        match value.get_ref() {
            DeValue::String(text) => self.string(text, value.span(), strings, reading),
            DeValue::Integer(integer) => match whole(integer) {
                Some(number) if i64::try_from(number).is_ok() || u64::try_from(number).is_ok() => {
                    self.raw(&number.to_string());
                }
                _ => refuse("a whole number of more than 64 bits"),
            },
            DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
                Some(number) => self.raw(&number.to_string()),
                None => refuse("a number that is infinite or none at all"),
            },
            DeValue::Boolean(boolean) => self.raw(if *boolean { "true" } else { "false" }),
            DeValue::Datetime(time) => self.raw(&Value::from(time.to_string()).to_string()),
            DeValue::Array(items) => {
                self.raw("[");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.raw(",");
                    }
                    self.add(item, strings, reading);
                }
                self.raw("]");
            }
            DeValue::Table(table) => {
                self.raw("{");
                for (index, (key, item)) in in_order(table).into_iter().enumerate() {
                    if index > 0 {
                        self.raw(",");
                    }
                    self.raw(&Value::from(key.get_ref().as_ref()).to_string());
                    self.raw(":");
                    self.add(item, strings, reading);
                }
                self.raw("}");
            }
        }
    }

    fn string(&mut self, text: &str, span: Range<usize>, strings: Strings, reading: &Reading<'_>) {
        self.0.push(match strings {
            Strings::Plain => Piece::String(TemplateText::plain(reading.text(text, span))),
            Strings::Templates if is_one_value(text) => {
                Piece::Value(TemplateText::read(text, span, Unknown::Told, reading))
            }
            Strings::Templates => {
                Piece::String(TemplateText::read(text, span, Unknown::Kept, reading))
            }
        });
    }

    fn raw(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Raw(before)) => before.push_str(text),
            _ => self.0.push(Piece::Raw(text.to_owned())),
        }
    }

    /// The texts that have places for values.
    pub(super) fn templates(&self) -> impl Iterator<Item = &TemplateText> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Raw(_) => None,
            Piece::String(text) | Piece::Value(text) => Some(text),
        })
    }

    /// The JSON as written.
    pub(super) fn written(&self) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Raw(raw) => raw.clone(),
            Piece::String(text) | Piece::Value(text) => {
                Value::from(text.written.as_str()).to_string()
            }
        });
        pieces.collect()
    }

    /// Adds the JSON to `draft`; false if a reference of it is missing, which is told.
    pub(super) fn draft(&self, draft: &mut Draft, resolving: &Resolving<'_>) -> bool {
        let mut complete = true;
        for piece in &self.0 {
            match piece {
                Piece::Raw(raw) => draft.raw(raw),
                Piece::String(text) => {
                    draft.raw("\"");
                    complete &= draft.add(text, Place::Json, resolving);
                    draft.raw("\"");
                }
                Piece::Value(text) => {
                    for name in text.values() {
                        draft.json_value(name, resolving);
                    }
                }
            }
        }
        complete
    }
}

/// Whether `text` is a name in braces and nothing else.
pub(super) fn is_one_value(text: &str) -> bool {
    text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(is_value_name)
}
