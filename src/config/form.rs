//! Forms: names with their values, as `application/x-www-form-urlencoded`.

use toml::Spanned;
use toml::de::DeValue;

use super::json::is_one_value;
use super::section::{Reading, Section, in_order, whole, wrong_type};
use super::template::{Draft, Place, Resolving, TemplateText, Unknown, percent_encoded};
use super::text::Text;

/// A form; a name may be there several times.
#[derive(Debug, Clone)]
pub(super) struct Form(Vec<(String, TemplateText)>);

impl Form {
    /// Reads the key `form` of a section.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        const EXPECTED: &str = "a table of strings and numbers, such as { page = 1 }";
        let value = section.value("form")?;
        let Some(table) = value.get_ref().as_table() else {
            section.problem("form", wrong_type("form", EXPECTED, value.get_ref()));
            return None;
        };
        let mut fields = Vec::new();
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            let items = match value.get_ref() {
                DeValue::Array(items) => items.iter().collect(),
                _ => vec![value],
            };
            let texts = items.into_iter().filter_map(|item| text(name, item, section.reading));
            fields.extend(texts.map(|text| (name.to_owned(), text)));
        }
        Some(Self(fields))
    }

    /// The texts that have places for values.
    pub(super) fn templates(&self) -> impl Iterator<Item = &TemplateText> {
        self.0.iter().map(|(_, text)| text)
    }

    /// Adds the form to `draft`; false if a reference of it is missing, which is told.
    pub(super) fn draft(&self, draft: &mut Draft, resolving: &Resolving<'_>) -> bool {
        let mut complete = true;
        for (index, (name, text)) in self.0.iter().enumerate() {
            if index > 0 {
                draft.raw("&");
            }
            draft.raw(&percent_encoded(name));
            draft.raw("=");
            complete &= draft.add(text, Place::Form, resolving);
        }
        complete
    }
}

/// One value of a form: a text with places for values, or anything else as it is written.
pub(super) fn text(
    name: &str,
    value: &Spanned<DeValue<'_>>,
    reading: &Reading<'_>,
) -> Option<TemplateText> {
    let plain = |written: String| Some(TemplateText::plain(Text { written, span: value.span() }));
    match value.get_ref() {
        DeValue::String(text) => {
            let unknown = if is_one_value(text) { Unknown::Told } else { Unknown::Kept };
            Some(TemplateText::read(text, value.span(), unknown, reading))
        }
        DeValue::Integer(integer) => match whole(integer) {
            Some(number) => plain(number.to_string()),
            None => plain(integer.as_str().to_owned()),
        },
        DeValue::Float(float) => plain(float.as_str().to_owned()),
        DeValue::Boolean(boolean) => plain(boolean.to_string()),
        DeValue::Datetime(time) => plain(time.to_string()),
        other @ (DeValue::Table(_) | DeValue::Array(_)) => {
            let expected = "a string, a number or a list of them";
            reading.problems.at(value.span(), wrong_type(name, expected, other));
            None
        }
    }
}
