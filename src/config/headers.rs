//! Header tables: names in lower case, values that may refer to the environment and to a user's
//! values.

use http::{HeaderName, HeaderValue};
use toml::de::DeValue;

use crate::model::{Body, Resolved, Template, is_reserved_header};

use super::body::BodyText;
use super::error::Problems;
use super::problem::Problem;
use super::section::{Section, in_order, wrong_type};
use super::template::{Place, Resolving, TemplateText, Unknown, sample_of};

/// One header, its name in lower case.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: TemplateText,
}

/// Reads the table of headers under `key`.
pub(super) fn read(section: &Section<'_>, key: &str) -> Vec<Header> {
    let reading = section.reading;
    let Some(value) = section.value(key) else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        section.problem(key, wrong_type(key, "a table of strings", value.get_ref()));
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
        if is_reserved_header(&name) {
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
        let text = TemplateText::read(text, value.span(), Unknown::Told, reading);
        if let Some(sample) = text.sample() {
            check(&name, &text, &sample, &reading.problems);
        }
        headers.push(Header { name, value: text });
    }
    headers
}

fn check(name: &str, text: &TemplateText, value: &str, problems: &Problems) -> bool {
    let fits = HeaderValue::from_str(value).is_ok();
    if !fits {
        problems.at(text.span.clone(), Problem::HeaderValue(name.to_owned()));
    }
    fits
}

/// The headers of all `layers`, the later ones over the earlier ones of the same name, in the
/// order in which the names first appear.
pub(super) fn merged<'h>(layers: &[&'h [Header]]) -> Vec<&'h Header> {
    let mut merged: Vec<&Header> = Vec::new();
    for header in layers.iter().copied().flatten() {
        match merged.iter_mut().find(|earlier| earlier.name == header.name) {
            Some(earlier) => *earlier = header,
            None => merged.push(header),
        }
    }
    merged
}

/// The headers of all `layers` as they are sent; those that cannot be are told and left out.
pub(super) fn resolve(layers: &[&[Header]], resolving: &Resolving<'_>) -> Vec<(String, Template)> {
    let headers = merged(layers).into_iter().filter_map(|Header { name, value }| {
        let resolved = value.resolve(Place::Plain, resolving)?;
        check(name, value, &sample_of(&resolved), resolving.problems)
            .then(|| (name.clone(), resolved))
    });
    headers.collect()
}

/// Adds what `body` is sent as, unless the headers say so, or those of its sender's `identity`.
/// Several parts are always sent as what they are: nobody else knows what separates them.
pub(super) fn add_content_type(
    headers: &mut Vec<(String, Template)>,
    text: &BodyText,
    body: &Body,
    identity: &[Header],
) {
    const NAME: &str = "content-type";
    let is_multipart = matches!(body, Body::Multipart(_));
    if is_multipart {
        headers.retain(|(name, _)| name != NAME);
    }
    let is_brought = !is_multipart && identity.iter().any(|header| header.name == NAME);
    if !is_brought && !headers.iter().any(|(name, _)| name == NAME) {
        headers.push((NAME.to_owned(), Resolved::plain(text.content_type(body)).into()));
    }
}
