//! Paths made of values, none of which leads elsewhere.

use super::render::render_part;
use super::request::Unsendable;
use super::values::Values;
use crate::model::{Part, Template};

/// Appends the path and query `template` with the user's values in their places to `out`.
///
/// A segment with a value is refused if it comes out as nothing, `.` or `..`: with such an id
/// `/files/{id}` would be another resource, or all of them (RFC 3986, section 5.2.4).
pub(crate) fn render(
    template: &Template,
    values: &Values,
    out: &mut Vec<u8>,
) -> Result<(), Unsendable> {
    let mut segment = Segment { begin: out.len(), has_value: false };
    let mut is_path = true;
    for part in template.parts() {
        let begin = out.len();
        render_part(part, values, out).map_err(Unsendable::Missing)?;
        match part {
            Part::Value(..) => segment.has_value = true,
            Part::Text(_) if is_path => {
                for at in begin..out.len() {
                    if out[at] == b'/' || out[at] == b'?' {
                        segment.end(&out[..at])?;
                        segment = Segment { begin: at + 1, has_value: false };
                        is_path = out[at] == b'/';
                    }
                    if !is_path {
                        break;
                    }
                }
            }
            Part::Text(_) => {}
        }
    }
    if is_path { segment.end(out) } else { Ok(()) }
}

/// What stands between two slashes.
struct Segment {
    begin: usize,
    has_value: bool,
}

impl Segment {
    fn end(&self, written: &[u8]) -> Result<(), Unsendable> {
        let leads_elsewhere = matches!(&written[self.begin..], b"" | b"." | b"..");
        if self.has_value && leads_elsewhere { Err(Unsendable::Refused) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Escape, Resolved, Slot, Value};

    /// A path with the value in the place of each `*`.
    fn rendered(path: &str, value: &str) -> Result<String, Unsendable> {
        let mut parts = Vec::new();
        for (index, text) in path.split('*').enumerate() {
            if index > 0 {
                parts.push(Part::Value(Slot(0), Escape::Percent));
            }
            parts.push(Part::Text(Resolved::plain(text)));
        }
        let mut values = Values::new(1);
        values.set(Slot(0), &Value::text(value));
        let mut out = b"/prefix".to_vec();
        render(&Template::new(path, parts), &values, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_value_fills_a_segment_and_no_more() {
        for (path, value, expected) in [
            ("/files/*", "7", "/prefix/files/7"),
            ("/files/*", "../x", "/prefix/files/..%2Fx"),
            ("/files/*/x", "...", "/prefix/files/.../x"),
            ("/files/v*", "", "/prefix/files/v"),
            ("/files/*.json", ".", "/prefix/files/..json"),
            ("/files?id=*", "", "/prefix/files?id="),
            ("/files?at=/*", "..", "/prefix/files?at=/.."),
            ("/a/../b/*", "x", "/prefix/a/../b/x"),
        ] {
            assert_eq!(rendered(path, value).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn a_value_that_leads_elsewhere_is_refused() {
        for path in ["/files/*", "/files/*/x", "/files/*?a=b", "/*", "/files/**"] {
            assert_eq!(rendered(path, ""), Err(Unsendable::Refused), "{path}");
        }
        for (path, value) in [("/files/*", "."), ("/files/*/x", ".."), ("/.*", "."), ("/**", ".")] {
            assert_eq!(rendered(path, value), Err(Unsendable::Refused), "{path} {value}");
        }
    }
}
