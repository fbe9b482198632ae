//! One method of one path.

use http::HeaderName;

use crate::init::address::sendable;
use crate::init::description::Draft;
use crate::init::header;
use crate::init::tree::Tree;
use crate::init::variable::is_identifier;
use crate::model::{EndpointName, Method, is_reserved_header};

use super::document::Document;
use super::parameter::{self, Place};
use super::security::put_header;
use super::{request_body, security};

/// Characters of a summary that are shown at most.
const SUMMARY: usize = 100;

/// The endpoint of the method `method` of the path `template`. The error says why there is none.
pub(super) fn draft(
    document: &Document,
    method: &str,
    (template, path): (&str, &Tree),
    operation: &Tree,
) -> Result<Draft, String> {
    let shown = format!("{} {template}", method.to_ascii_uppercase());
    let method = Method::new(&method.to_ascii_uppercase()).ok_or_else(|| shown.clone())?;
    let template = Template::of(template);
    let written = template.written(&[]);
    format!("{method} {written}")
        .parse::<EndpointName>()
        .map_err(|error| format!("{}…: {error}", shown.chars().take(40).collect::<String>()))?;
    let mut draft = Draft::new(method, written.clone(), written);
    let summary = operation.text_of("summary").or_else(|| operation.text_of("operationId"));
    if let Some(summary) = summary.and_then(|text| text.lines().next()) {
        let short: String = summary.chars().take(SUMMARY).collect();
        draft.about.push(short.trim().to_owned());
    }
    if operation.is_true("deprecated") {
        draft.about.push("Deprecated.".to_owned());
    }
    let server = [operation, path].into_iter().find_map(|owner| owner.get("servers"));
    if server.is_some_and(|servers| !servers.items().is_empty()) {
        draft.missing.push("it has servers of its own".to_owned());
    }
    put_parameters(document, path, operation, &template, &mut draft);
    request_body::put(document, operation, &mut draft);
    security::put(document, operation, &mut draft);
    put_answers(document, operation, &mut draft);
    leave_out_headers(&mut draft);
    Ok(draft)
}

/// A path in its parts: texts, and names in braces between them.
struct Template<'d> {
    parts: Vec<Part<'d>>,
}

enum Part<'d> {
    Text(&'d str),
    /// As the document has it.
    Name(&'d str),
}

impl<'d> Template<'d> {
    fn of(path: &'d str) -> Self {
        // What some documents put behind it tells operations apart and is never sent.
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut parts = Vec::new();
        let mut pieces = path.split('{');
        parts.extend(pieces.next().map(Part::Text));
        for piece in pieces {
            match piece.split_once('}') {
                Some((name, rest)) => parts.extend([Part::Name(name), Part::Text(rest)]),
                None => parts.push(Part::Text(piece)),
            }
        }
        Self { parts }
    }

    /// The path with the values that are known; other names stay in their braces.
    fn written(&self, values: &[(&str, String)]) -> String {
        let mut written = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => written.push_str(&sendable(text)),
                Part::Name(name) => {
                    let value = values.iter().find(|(known, _)| known == name);
                    let named = || format!("{{{}}}", identifier(name));
                    written.push_str(&value.map_or_else(named, |(_, value)| value.clone()));
                }
            }
        }
        if written.starts_with('/') { written } else { format!("/{written}") }
    }

    fn names(&self) -> impl Iterator<Item = &'d str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(*name),
            Part::Text(_) => None,
        })
    }
}

/// A name that may stand in the braces of an endpoint: `pet-id` becomes `pet_id`.
fn identifier(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if is_identifier(&name) { name } else { format!("_{name}") }
}

fn put_parameters(
    document: &Document,
    path: &Tree,
    operation: &Tree,
    template: &Template<'_>,
    draft: &mut Draft,
) {
    let parameters = match parameter::required(document, path, operation) {
        Ok(parameters) => parameters,
        Err(why) => return draft.missing.push(why),
    };
    let (mut values, mut query) = (Vec::new(), Vec::new());
    for parameter in &parameters {
        let (name, place) = (parameter.name, parameter.place);
        // These three are described elsewhere in the document.
        let ignored = ["accept", "content-type", "authorization"];
        if place == Place::Header && ignored.contains(&name.to_ascii_lowercase().as_str()) {
            continue;
        }
        let Some((value, origin)) = parameter.value(document) else {
            match place {
                Place::Path => {}
                Place::Query => draft.missing.push(format!("no value for `?{name}=`")),
                Place::Header => draft.missing.push(format!("no value for the header `{name}`")),
                Place::Cookie => draft.missing.push(format!("no value for the cookie `{name}`")),
            }
            continue;
        };
        draft.about.push(format!("`{name}`: {}.", origin.words()));
        match place {
            Place::Path => values.push((name, value)),
            Place::Query => query.push(value),
            Place::Header => {
                let value = draft.variables.write(&value);
                put_header(draft, &name.to_ascii_lowercase(), value, ", ");
            }
            Place::Cookie => put_header(draft, "cookie", value, "; "),
        }
    }
    for name in template.names().filter(|name| !values.iter().any(|(known, _)| known == name)) {
        draft.missing.push(format!("no value for {{{}}}", identifier(name)));
    }
    draft.path = template.written(&values);
    if !query.is_empty() {
        draft.path = format!("{}?{}", draft.path, query.join("&"));
    }
}

/// What the document says of the answers: redirects that are meant, and streams without an end.
fn put_answers(document: &Document, operation: &Tree, draft: &mut Draft) {
    let answers = operation.get("responses").map(Tree::entries).unwrap_or_default();
    let statuses: Vec<&str> = answers.iter().map(|(status, _)| status.as_str()).collect();
    let is_success = |status: &&str| status.starts_with('2') || *status == "default";
    if !statuses.iter().any(is_success) {
        let redirects = statuses.iter().filter(|status| status.starts_with('3'));
        draft.expect.extend(redirects.filter_map(|status| status.parse::<u16>().ok()));
    }
    let success = answers.iter().find(|(status, _)| is_success(&status.as_str()));
    let content = success
        .and_then(|(_, answer)| document.resolve(answer).ok())
        .and_then(|answer| answer.get("content"))
        .map(Tree::entries)
        .unwrap_or_default();
    if !content.is_empty() && content.iter().all(|(kind, _)| kind.starts_with("text/event-stream"))
    {
        draft.missing.push("its answer is a stream of events, which does not end".to_owned());
    }
}

/// Leaves out headers that a configuration cannot have.
fn leave_out_headers(draft: &mut Draft) {
    let Draft { headers, missing, .. } = draft;
    headers.retain(|(name, value)| {
        let fits = if name.parse::<HeaderName>().is_err() {
            Err("that is no name of a header")
        } else if is_reserved_header(name) {
            Err("perfbase sets it itself")
        } else {
            header::fits(value)
        };
        if let Err(why) = fits {
            missing.push(format!("the header `{name}` cannot be set: {why}"));
        }
        fits.is_ok()
    });
}
