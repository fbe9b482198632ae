//! The key `save`: which parts of an answer a user keeps, and under which names.

use http::HeaderName;
use regex::Regex;
use toml::de::DeValue;

use crate::model::{Save, Source};

use super::problem::Problem;
use super::section::{Section, in_order, likeliest, wrong_type};
use super::template::Resolving;
use super::text::is_identifier;

/// A part of an answer as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct SaveText {
    pub(super) name: String,
    from: Source,
}

/// What stands before a colon.
const KINDS: [&str; 3] = ["header", "cookie", "regex"];

/// Reads the key `save` of a section.
pub(super) fn read(section: &Section<'_>) -> Vec<SaveText> {
    const EXPECTED: &str = "a table of JSON pointers, such as { build = \"/build_id\" }";
    let reading = section.reading;
    let Some(value) = section.value("save") else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        section.problem("save", wrong_type("save", EXPECTED, value.get_ref()));
        return Vec::new();
    };
    let mut saves = Vec::new();
    for (key, value) in in_order(table) {
        let name = key.get_ref().to_string();
        if !is_identifier(&name) {
            reading.problems.at(key.span(), Problem::ValueName(name));
            continue;
        }
        if let Some(at) = reading.known.data_at(&name) {
            let problem = Problem::Taken { name, by: "a value of [data]", line: reading.line(at) };
            reading.problems.at(key.span(), problem);
            continue;
        }
        let DeValue::String(text) = value.get_ref() else {
            let expected = "a JSON pointer, such as \"/id\"";
            reading.problems.at(value.span(), wrong_type(&name, expected, value.get_ref()));
            continue;
        };
        match source(text) {
            Ok(from) => saves.push(SaveText { name, from }),
            Err(reason) => {
                let problem = Problem::SavedFrom { text: text.to_string(), reason };
                reading.problems.at(value.span(), problem);
            }
        }
    }
    saves
}

impl SaveText {
    /// The part of an answer, and where it is kept.
    pub(super) fn resolve(&self, resolving: &Resolving<'_>) -> Save {
        Save { slot: resolving.slots.of(&self.name), from: self.from.clone() }
    }
}

/// Where `text` says that a value stands.
fn source(text: &str) -> Result<Source, String> {
    if text.is_empty() || text.starts_with('/') {
        check_pointer(text)?;
        return Ok(Source::Json(text.to_owned()));
    }
    match text.split_once(':') {
        Some(("header", name)) => match name.trim().parse::<HeaderName>() {
            Ok(name) => Ok(Source::Header(name.as_str().to_owned())),
            Err(_) => Err(format!("`{name}` is not a header name")),
        },
        // A cookie's name is a token, as a header's is (RFC 6265, 4.1.1), but for its case.
        Some(("cookie", name)) if name.trim().parse::<HeaderName>().is_ok() => {
            Ok(Source::Cookie(name.trim().to_owned()))
        }
        Some(("cookie", name)) => Err(format!("`{name}` is not a cookie's name")),
        Some(("regex", pattern)) => {
            check_regex(pattern)?;
            Ok(Source::Regex(pattern.to_owned()))
        }
        Some((kind, _)) if likeliest(kind, KINDS).is_some() => {
            Err(format!("did you mean `{}:`?", likeliest(kind, KINDS).unwrap_or_default()))
        }
        _ => Err("a JSON pointer begins with a slash".to_owned()),
    }
}

/// Says what is wrong with a JSON Pointer that is empty or begins with a slash, if anything.
pub(super) fn check_pointer(text: &str) -> Result<(), String> {
    let mut after_tildes = text.split('~').skip(1);
    if after_tildes.any(|after| !after.starts_with(['0', '1'])) {
        return Err("in a JSON pointer `~` is followed by `0` or `1`: write `~0` for it".to_owned());
    }
    Ok(())
}

/// Says what is wrong with a regular expression, if anything.
pub(super) fn check_regex(pattern: &str) -> Result<(), String> {
    if pattern.is_empty() {
        return Err("the regular expression is empty".to_owned());
    }
    match Regex::new(pattern) {
        Ok(_) => Ok(()),
        Err(error) => {
            // The message draws the pattern first; the reason is its last line.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            Err(format!("not a regular expression: {reason}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_in_a_body_a_header_or_a_cookie() {
        for (text, expected) in [
            ("/build_id", Source::Json("/build_id".into())),
            ("/a~1b/0/~0c", Source::Json("/a~1b/0/~0c".into())),
            ("", Source::Json(String::new())),
            ("header:ETag", Source::Header("etag".into())),
            ("header: location", Source::Header("location".into())),
            ("cookie:SID", Source::Cookie("SID".into())),
            ("regex:code=(\\d+)", Source::Regex("code=(\\d+)".into())),
            ("regex:a:b", Source::Regex("a:b".into())),
        ] {
            assert_eq!(source(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused_with_its_reason() {
        for (text, reason) in [
            ("build_id", "begins with a slash"),
            ("/a~2", "followed by `0` or `1`"),
            ("/a~", "followed by `0` or `1`"),
            ("heder:etag", "did you mean `header:`?"),
            ("header:a b", "not a header name"),
            ("cookie:", "not a cookie's name"),
            ("regex:", "is empty"),
            ("regex:(", "unclosed group"),
            ("regex:[0-9]{1000}{1000}{1000}", "not a regular expression"),
        ] {
            let error = source(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
