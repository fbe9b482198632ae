//! Header tables: names in lower case, values that may refer to the environment.

use http::{HeaderName, HeaderValue};
use toml::de::DeValue;

use crate::model::Resolved;

use super::error::Problems;
use super::problem::Problem;
use super::section::{Section, in_order, wrong_type};
use super::text::{Text, Variables, placeholders};

/// Headers that follow from the body and the connection; another value would break the exchange.
const RESERVED: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// One header, its name in lower case.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: Text,
}

/// Reads the key `headers` of a section.
pub(super) fn read(section: &Section<'_>) -> Vec<Header> {
    let reading = section.reading;
    let Some(value) = section.value("headers") else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        section.problem("headers", wrong_type("headers", "a table of strings", value.get_ref()));
        return Vec::new();
    };
    let mut headers: Vec<Header> = Vec::new();
    for (key, value) in in_order(table) {
        let problem = |problem| reading.problems.at(key.span(), problem);
        let written = key.get_ref().as_ref();
        let Ok(name) = written.parse::<HeaderName>() else {
            problem(Problem::HeaderName(written.to_owned()));
            continue;
        };
        let name = name.as_str().to_owned();
        if RESERVED.contains(&name.as_str()) {
            problem(Problem::HeaderReserved(name));
            continue;
        }
        if headers.iter().any(|header| header.name == name) {
            problem(Problem::HeaderTwice(name));
            continue;
        }
        let DeValue::String(text) = value.get_ref() else {
            let wrong = wrong_type(&name, "a string", value.get_ref());
            reading.problems.at(value.span(), wrong);
            continue;
        };
        let text = reading.text(text, value.span());
        if let Some(capture) = placeholders(&text.written).next() {
            let what = format!("the captured value `{{{capture}}}` in a header");
            reading.problems.at(value.span(), Problem::NotYet(what));
        } else if text.is_literal() && !text.is_broken() {
            check(&name, &text, &text.written, &reading.problems);
        }
        headers.push(Header { name, value: text });
    }
    headers
}

fn check(name: &str, text: &Text, value: &str, problems: &Problems) -> bool {
    let fits = HeaderValue::from_str(value).is_ok();
    if !fits {
        problems.at(text.span.clone(), Problem::HeaderValue(name.to_owned()));
    }
    fits
}

/// The headers of all `layers`, the later ones over the earlier ones of the same name, in the
/// order in which the names first appear.
pub(super) fn resolve(
    layers: [&[Header]; 3],
    variables: &Variables,
    problems: &Problems,
) -> Vec<(String, Resolved)> {
    let mut merged: Vec<&Header> = Vec::new();
    for header in layers.into_iter().flatten() {
        match merged.iter_mut().find(|earlier| earlier.name == header.name) {
            Some(earlier) => *earlier = header,
            None => merged.push(header),
        }
    }
    merged
        .into_iter()
        .filter_map(|Header { name, value }| {
            let resolved = value.resolve(variables, problems)?;
            check(name, value, resolved.value(), problems).then(|| (name.clone(), resolved))
        })
        .collect()
}
