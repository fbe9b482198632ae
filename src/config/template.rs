//! Texts with places for values: `{build}` stands for a user's value of that name.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::{Escape, Part, Resolved, Template};

use super::error::Problems;
use super::headers::Header;
use super::section::Reading;
use super::text::{Passage, Text, Variables, passages};
use super::values::Slots;

/// A text of the file with places for values.
#[derive(Debug, Clone)]
pub(super) struct TemplateText {
    pub(super) written: String,
    pub(super) span: Range<usize>,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    /// Sent as it is, once its references to the environment are replaced.
    Text(Text),
    /// The value of this name.
    Value(String),
}

/// What becomes of a word in braces that is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is told: where it stands, nothing else can be meant.
    Told,
    /// It stays: the text may have braces of its own.
    Kept,
}

/// Where a text is sent, which decides how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A path or query: the text is encoded in the file already.
    Path,
    /// A header or a text body.
    Plain,
    /// Within a JSON string.
    Json,
    /// A form.
    Form,
}

/// What turns texts of the file into those that are sent.
#[derive(Clone, Copy)]
pub(super) struct Resolving<'a> {
    pub(super) variables: &'a Variables,
    pub(super) slots: &'a Slots,
    pub(super) problems: &'a Problems,
    /// Headers that whoever sends them brings besides.
    pub(super) identity: &'a [Header],
}

/// What stands for a value where a text is checked before there is one.
const SAMPLE: &str = "x";

impl TemplateText {
    /// Reads a text; notes its references and tells values that are not there.
    pub(super) fn read(
        written: &str,
        span: Range<usize>,
        unknown: Unknown,
        reading: &Reading<'_>,
    ) -> Self {
        let text = reading.text(written, span);
        let is_value = |name: &str| match unknown {
            Unknown::Told => true,
            Unknown::Kept => reading.known.refers(name),
        };
        let pieces = passages(&text.written, is_value).into_iter().map(|passage| match passage {
            Passage::Plain(written) => Piece::Text(Text { written, span: text.span.clone() }),
            Passage::Value(name) => {
                if let Some(problem) = reading.known.problem(&name) {
                    reading.problems.at(text.span.clone(), problem);
                }
                Piece::Value(name)
            }
        });
        let pieces = pieces.collect();
        Self { written: text.written, span: text.span, pieces }
    }

    /// A text that has no places for values, whatever it has in braces.
    pub(super) fn plain(text: Text) -> Self {
        let (written, span) = (text.written.clone(), text.span.clone());
        Self { written, span, pieces: vec![Piece::Text(text)] }
    }

    /// The values it needs.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(name) => Some(name.as_str()),
        })
    }

    /// What would be sent, as far as it can be told when the file is read: without references to
    /// the environment, and with a sample in place of each value.
    pub(super) fn sample(&self) -> Option<String> {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Value(_) => Some(SAMPLE.to_owned()),
            Piece::Text(text) if text.is_literal() => {
                let silent = Problems::default();
                Some(text.resolve(&Variables::default(), &silent)?.value().to_owned())
            }
            Piece::Text(_) => None,
        });
        pieces.collect()
    }

    /// The template with its references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, place: Place, resolving: &Resolving<'_>) -> Option<Template> {
        let mut draft = Draft::default();
        draft.add(self, place, resolving).then(|| draft.finish())
    }
}

/// What of a template would be sent, with a sample in place of each value.
pub(super) fn sample_of(template: &Template) -> String {
    let parts = template.parts().iter().map(|part| match part {
        Part::Text(text) => text.value(),
        Part::Value(..) => SAMPLE,
    });
    parts.collect()
}

impl Place {
    fn escape(self) -> Escape {
        match self {
            Self::Path | Self::Form => Escape::Percent,
            Self::Plain => Escape::None,
            Self::Json => Escape::JsonString,
        }
    }

    /// A text as it stands there.
    fn write(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Path | Self::Plain => Cow::Borrowed(text),
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
            }
            Self::Form => percent_encoded(text),
        }
    }
}

/// All but the unreserved (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` with every byte encoded that is not unreserved.
pub(super) fn percent_encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

/// A template that is put together.
#[derive(Debug, Default)]
pub(super) struct Draft {
    written: String,
    parts: Vec<Part>,
    /// What has been added since the last value: as written, and as sent.
    open: (String, String),
}

impl Draft {
    /// Adds what is the same as written and as sent.
    pub(super) fn raw(&mut self, text: &str) {
        self.text(text, text);
    }

    /// Adds a text of the file; false if a reference of it is missing, which is told.
    pub(super) fn add(
        &mut self,
        text: &TemplateText,
        place: Place,
        resolving: &Resolving<'_>,
    ) -> bool {
        let mut complete = true;
        for piece in &text.pieces {
            match piece {
                Piece::Value(name) => {
                    let slot = resolving.slots.of(name);
                    self.value(&format!("{{{name}}}"), Part::Value(slot, place.escape()));
                }
                Piece::Text(text) => {
                    let text = text.resolve(resolving.variables, resolving.problems);
                    complete &= text.is_some();
                    if let Some(text) = text {
                        self.text(&place.write(text.written()), &place.write(text.value()));
                    }
                }
            }
        }
        complete
    }

    /// Adds a value in place of a whole JSON string.
    pub(super) fn json_value(&mut self, name: &str, resolving: &Resolving<'_>) {
        let slot = resolving.slots.of(name);
        self.value(&format!("\"{{{name}}}\""), Part::Value(slot, Escape::Json));
    }

    fn text(&mut self, written: &str, value: &str) {
        self.written.push_str(written);
        self.open.0.push_str(written);
        self.open.1.push_str(value);
    }

    fn value(&mut self, written: &str, part: Part) {
        self.close();
        self.written.push_str(written);
        self.parts.push(part);
    }

    fn close(&mut self) {
        let (written, value) = std::mem::take(&mut self.open);
        if !written.is_empty() {
            self.parts.push(Part::Text(Resolved::new(written, value)));
        }
    }

    /// The template.
    pub(super) fn finish(mut self) -> Template {
        self.close();
        Template::new(self.written, self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_the_unreserved_is_encoded() {
        assert_eq!(percent_encoded("aZ9-._~"), "aZ9-._~");
        assert_eq!(percent_encoded("a b&c=d/é"), "a%20b%26c%3Dd%2F%C3%A9");
    }

    #[test]
    fn texts_are_written_as_their_place_asks() {
        assert_eq!(Place::Json.write("a\"b\n"), "a\\\"b\\n");
        assert_eq!(Place::Plain.write("a\"b\n"), "a\"b\n");
        assert_eq!(Place::Form.write("a b"), "a%20b");
    }
}
