//! Fields and files become one body, `multipart/form-data` (RFC 7578; RFC 2046, section 5.1).

use super::render::render;
use super::request::Unsendable;
use super::values::Values;
use crate::model::{Content, Multipart};

/// Writes the body for a user with these `values` to `body`.
///
/// # Errors
/// When a value is missing, or one holds the boundary: it would end its part.
pub(crate) fn write(
    parts: &Multipart,
    values: &Values,
    body: &mut Vec<u8>,
) -> Result<(), Unsendable> {
    let Multipart { boundary, parts } = parts;
    for part in parts {
        for piece in ["--", boundary, "\r\n", &part.head, "\r\n"] {
            body.extend_from_slice(piece.as_bytes());
        }
        match &part.content {
            Content::Bytes(bytes) => body.extend_from_slice(bytes),
            Content::Text(text) => {
                let begin = body.len();
                render(text, values, body).map_err(Unsendable::Missing)?;
                // What stands in the file has been looked at when the boundary was chosen.
                let is_new = text.slots().next().is_some();
                if is_new && String::from_utf8_lossy(&body[begin..]).contains(boundary) {
                    return Err(Unsendable::Refused);
                }
            }
        }
        body.extend_from_slice(b"\r\n");
    }
    for piece in ["--", boundary, "--\r\n"] {
        body.extend_from_slice(piece.as_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Escape, FormPart, Part, Resolved, Slot, Template};

    fn parts() -> Multipart {
        let part = |head: &str, content| FormPart { head: head.to_owned(), content };
        let text = [Part::Text(Resolved::plain("v ")), Part::Value(Slot(0), Escape::None)];
        Multipart {
            boundary: "line".to_owned(),
            parts: vec![
                part("a: 1\r\n", Content::Text(Template::new("v {a}", text.to_vec()))),
                part("b: 2\r\n", Content::Bytes(vec![0, 255, b'\r'])),
            ],
        }
    }

    fn with(value: &str) -> Values {
        let mut values = Values::new(1);
        values.text(Slot(0)).push_str(value);
        values
    }

    fn body(parts: &Multipart, values: &Values) -> Result<Vec<u8>, Unsendable> {
        let mut body = Vec::new();
        write(parts, values, &mut body).map(|()| body)
    }

    #[test]
    fn parts_follow_one_another_as_they_are() {
        let mut expected =
            "--line\r\na: 1\r\n\r\nv ü\r\n--line\r\nb: 2\r\n\r\n".as_bytes().to_vec();
        expected.extend_from_slice(&[0, 255, b'\r']);
        expected.extend_from_slice(b"\r\n--line--\r\n");
        assert_eq!(body(&parts(), &with("ü")), Ok(expected));
    }

    #[test]
    fn a_value_cannot_end_its_part() {
        assert!(matches!(body(&parts(), &Values::new(1)), Err(Unsendable::Missing(_))));
        assert_eq!(body(&parts(), &with("\r\n--line--")), Err(Unsendable::Refused));
    }

    #[test]
    fn its_length_as_written_is_that_of_the_body() {
        assert_eq!(parts().written_len(), body(&parts(), &with("{a}")).unwrap().len());
    }
}
