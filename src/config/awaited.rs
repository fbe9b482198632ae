//! The key `await`: which message of a WebSocket is the answer.

use crate::model::Awaited;

use super::problem::Problem;
use super::save::pointer;
use super::section::Section;

/// Reads the key `await` of a section.
pub(super) fn read(section: &Section<'_>) -> Option<Awaited> {
    const KEY: &str = "await";
    let (text, _) = section.string(KEY, "a check, such as \"/type == \\\"pong\\\"\"")?;
    match awaited(text) {
        Ok(awaited) => Some(awaited),
        Err(reason) => {
            section.problem(KEY, Problem::Awaited { text: text.to_owned(), reason });
            None
        }
    }
}

fn awaited(text: &str) -> Result<Awaited, String> {
    let not_one = || "write one such as `/type == \"pong\"`".to_owned();
    let (place, value) = text.split_once(" == ").ok_or_else(not_one)?;
    let place = place.trim();
    if !place.is_empty() && !place.starts_with('/') {
        return Err("a JSON pointer begins with a slash".to_owned());
    }
    pointer(place)?;
    let value: serde_json::Value = serde_json::from_str(value.trim())
        .map_err(|_| format!("`{}` is no JSON: texts stand in quotes", value.trim()))?;
    Ok(Awaited { pointer: place.to_owned(), value: value.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_compared_with_a_value() {
        for (text, pointer, value) in [
            ("/type == \"pong\"", "/type", "\"pong\""),
            ("  /a/0  ==  7 ", "/a/0", "7"),
            ("/done == true", "/done", "true"),
            (" == {\"b\": 1}", "", "{\"b\":1}"),
            ("/text == \"a == b\"", "/text", "\"a == b\""),
        ] {
            let expected = Awaited { pointer: pointer.to_owned(), value: value.to_owned() };
            assert_eq!(awaited(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_check_is_refused_with_its_reason() {
        for (text, reason) in [
            ("/type", "write one such as"),
            ("/type = \"pong\"", "write one such as"),
            ("type == 1", "begins with a slash"),
            ("/a~2 == 1", "followed by `0` or `1`"),
            ("/type == pong", "texts stand in quotes"),
            ("/type == ", "texts stand in quotes"),
        ] {
            let error = awaited(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
