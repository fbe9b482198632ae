//! Templates become the bytes that are sent.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::values::Values;
use crate::model::{Escape, Part, Slot, Template, Value};

/// A value that a template needs and the user does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) Slot);

/// Everything but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Appends `template` with the user's values in their places to `out`. Nothing is taken away from
/// `out` when a value is missing: the pieces before it stay.
///
/// A value in a header may hold a line break; who makes the header refuses it.
pub(crate) fn render(
    template: &Template,
    values: &Values,
    out: &mut Vec<u8>,
) -> Result<(), Missing> {
    template.parts().iter().try_for_each(|part| render_part(part, values, out))
}

/// Appends one piece of a template, as [`render`] does all.
pub(crate) fn render_part(part: &Part, values: &Values, out: &mut Vec<u8>) -> Result<(), Missing> {
    match part {
        Part::Text(text) => out.extend_from_slice(text.value().as_bytes()),
        Part::Value(slot, escape) => {
            write(values.get(*slot).ok_or(Missing(*slot))?, *escape, out);
        }
    }
    Ok(())
}

fn write(value: &Value, escape: Escape, out: &mut Vec<u8>) {
    let text = value.as_str();
    match escape {
        Escape::Percent => {
            for piece in utf8_percent_encode(text, RESERVED) {
                out.extend_from_slice(piece.as_bytes());
            }
        }
        Escape::JsonString => {
            let begin = out.len();
            quote(text, out);
            out.pop();
            out.remove(begin);
        }
        Escape::Json if value.is_text() => quote(text, out),
        Escape::None | Escape::Json => out.extend_from_slice(text.as_bytes()),
    }
}

fn quote(text: &str, out: &mut Vec<u8>) {
    // A text always has a JSON form, and memory takes what is written.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode;
    use proptest::prelude::*;

    use super::*;
    use crate::model::Resolved;

    fn text(text: &str) -> Part {
        Part::Text(Resolved::plain(text))
    }

    fn rendered(parts: Vec<Part>, known: &[Value]) -> Result<String, Missing> {
        let mut values = Values::new(known.len() + 1);
        for (slot, value) in known.iter().enumerate() {
            values.set(Slot(slot), value);
        }
        let mut out = Vec::new();
        render(&Template::new("", parts), &values, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn escaped(value: Value, escape: Escape) -> String {
        rendered(vec![Part::Value(Slot(0), escape)], &[value]).unwrap()
    }

    #[test]
    fn values_stand_between_the_texts_and_secrets_in_the_clear() {
        let parts = vec![
            text("/builds/"),
            Part::Value(Slot(0), Escape::Percent),
            Part::Text(Resolved::new("?key=${KEY}&n=", "?key=hunter2&n=")),
            Part::Value(Slot(1), Escape::Percent),
        ];
        let known = [Value::text("a b"), Value::json("7")];
        assert_eq!(rendered(parts, &known).unwrap(), "/builds/a%20b?key=hunter2&n=7");
    }

    #[test]
    fn a_value_is_written_so_that_it_fits_where_it_stands() {
        let rows: [(Value, Escape, &str); 12] = [
            (Value::text("a/b?c=d&e"), Escape::None, "a/b?c=d&e"),
            (Value::json("[1, 2]"), Escape::None, "[1, 2]"),
            (Value::text("A-Za.z_0~9"), Escape::Percent, "A-Za.z_0~9"),
            (Value::text("../a?b#c%&+ "), Escape::Percent, "..%2Fa%3Fb%23c%25%26%2B%20"),
            (Value::text("ü€"), Escape::Percent, "%C3%BC%E2%82%AC"),
            (Value::json("-7"), Escape::Percent, "-7"),
            (Value::text("say \"hi\"\n\u{1}ü"), Escape::JsonString, "say \\\"hi\\\"\\n\\u0001ü"),
            (Value::json("{\"a\":1}"), Escape::JsonString, "{\\\"a\\\":1}"),
            (Value::text(""), Escape::JsonString, ""),
            (Value::text("say \"hi\""), Escape::Json, "\"say \\\"hi\\\"\""),
            (Value::json("7"), Escape::Json, "7"),
            (Value::text("7"), Escape::Json, "\"7\""),
        ];
        for (value, escape, expected) in rows {
            let written = value.as_str().to_owned();
            assert_eq!(escaped(value, escape), expected, "{written} as {escape:?}");
        }
    }

    #[test]
    fn the_first_missing_value_is_named() {
        let parts = vec![
            Part::Value(Slot(0), Escape::None),
            Part::Value(Slot(2), Escape::None),
            Part::Value(Slot(1), Escape::None),
        ];
        let known = [Value::text("a"), Value::text("b")];
        assert_eq!(rendered(parts, &known), Err(Missing(Slot(2))));
    }

    #[test]
    fn what_was_there_before_stays() {
        let mut out = b"before ".to_vec();
        let template = Template::new("{a}", vec![Part::Value(Slot(0), Escape::JsonString)]);
        let mut values = Values::new(1);
        values.set(Slot(0), &Value::text("\""));
        render(&template, &values, &mut out).unwrap();
        assert_eq!(out, b"before \\\"");
    }

    proptest! {
        #[test]
        fn percent_encoding_is_undone_by_decoding_and_leaves_no_delimiter(value in any::<String>()) {
            let escaped = escaped(Value::text(&value), Escape::Percent);
            let decoded = percent_decode(escaped.as_bytes()).decode_utf8().unwrap();
            prop_assert_eq!(&decoded, &value);
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
            prop_assert!(escaped.chars().all(plain), "{}", escaped);
        }

        #[test]
        fn a_text_in_json_is_read_back_as_it_was(value in any::<String>()) {
            let whole = escaped(Value::text(&value), Escape::Json);
            prop_assert_eq!(&serde_json::from_str::<String>(&whole).unwrap(), &value);
            let inner = escaped(Value::text(&value), Escape::JsonString);
            prop_assert_eq!(format!("\"{inner}\""), whole);
        }

        #[test]
        fn a_template_without_values_is_its_constant(texts in prop::collection::vec(".{0,9}", 0..5)) {
            let template = Template::new("", texts.iter().map(|part| text(part)).collect());
            let rendered = rendered(template.parts().to_vec(), &[]).unwrap();
            prop_assert_eq!(Some(rendered), template.as_constant());
        }
    }
}
