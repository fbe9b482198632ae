//! The text of the file: what is sent, what could be, and what to change.

use std::fmt::Write as _;

use crate::model::visible;

use super::block::{self, Headers};
use super::description::{Choice, Description, Draft};
use super::error::InitError;
use super::told::told;
use super::variable::Variables;

/// The largest configuration that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// Paths under which services say how they are.
const HEALTH: [&str; 8] =
    ["/health", "/healthz", "/ready", "/readyz", "/livez", "/ping", "/status", "/up"];

/// A file, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its text.
    pub text: String,
    /// How many endpoints it sends requests to.
    pub sent: usize,
    /// The variables without which these cannot be sent.
    pub variables: Vec<String>,
    /// What is missing, left out and to be done, line by line.
    pub told: Vec<String>,
}

/// Makes the file that `description` is.
///
/// # Errors
/// When it would be larger than what can be read.
pub fn write(description: &Description, choice: Choice) -> Result<Written, InitError> {
    let shared = shared_headers(&description.drafts);
    let (sent, held): (Vec<&Draft>, Vec<&Draft>) =
        description.drafts.iter().partition(|draft| draft.reasons(choice).is_empty());
    let mut needed = Variables::default();
    for draft in &sent {
        needed.extend(&draft.variables);
    }
    let mut later = Variables::default();
    for draft in &held {
        later.extend(&draft.variables);
    }

    let mut text = format!("# Written by `perfbase init` from {}.\n", line(&description.source));
    text.push_str("# `perfbase check` shows what is sent, `perfbase record` measures it.\n\n");
    put_service(description, &shared, &needed, &mut text);
    if let Some(ready) = sent.iter().find(|draft| is_health(draft)) {
        let path = &ready.path;
        let _ = write!(text, "# To wait until the service is ready:\n#ready = \"GET {path}\"\n");
    }
    for draft in &sent {
        text.push('\n');
        comment(&draft.about, &mut text);
        text.push_str(&block::endpoint(draft, &shared));
    }
    if !held.is_empty() {
        put_held(&held, choice, &shared, &later, &needed, &mut text);
    }
    text.push_str(CLOSING);
    if text.len() > MOST_BYTES {
        return Err(InitError::TooMuch { bytes: text.len(), most: MOST_BYTES });
    }
    let variables = needed.by_name().iter().map(|(name, _)| (*name).to_owned()).collect();
    let told = told(description, choice, &needed);
    Ok(Written { text, sent: sent.len(), variables, told })
}

const CLOSING: &str = "
# Limits of an endpoint's p95: a `target` that is missed is a warning, more than `acceptable` is red.
#[endpoints.\"GET /example\"]
#target = \"50ms\"
#acceptable = \"100ms\"

# How much load: `baseline`, `light`, `medium`, `spike`, `sustained` and `levels` are built in.
#[scenarios.peak]
#rate = \"200/s\"
#duration = \"60s\"

# What `perfbase compare` tolerates.
#[gate]
#factor = 2.0
";

fn put_service(description: &Description, shared: &Headers, needed: &Variables, text: &mut String) {
    if !needed.is_empty() {
        text.push_str(
            "# These variables of the environment are not in this file and have to be set:\n",
        );
        put_variables(needed, text);
    }
    text.push_str(&block::service(&description.url, description.insecure, shared));
}

fn put_variables(variables: &Variables, text: &mut String) {
    for (name, what) in variables.by_name() {
        let _ = writeln!(text, "# - {name}: {}", line(&what));
    }
}

fn put_held(
    held: &[&Draft],
    choice: Choice,
    shared: &Headers,
    later: &Variables,
    needed: &Variables,
    text: &mut String,
) {
    text.push_str("\n# Not sent. To send one, fill in what is missing and take away the `#` before its keys.\n");
    let known = needed.by_name();
    let mut more = Variables::default();
    later.by_name().into_iter().filter(|line| !known.contains(line)).for_each(|(name, what)| {
        more.refer(name, what);
    });
    if !more.is_empty() {
        text.push_str("# These take variables of the environment:\n");
        put_variables(&more, text);
    }
    for draft in held {
        text.push('\n');
        comment(&draft.about, text);
        for reason in draft.reasons(choice) {
            let _ = writeln!(text, "# Not sent: {}.", line(&reason));
        }
        for written in block::endpoint(draft, shared).lines() {
            let _ = writeln!(text, "#{written}");
        }
    }
}

fn comment(lines: &[String], text: &mut String) {
    for about in lines.iter().filter(|about| !about.is_empty()) {
        let _ = writeln!(text, "# {}", line(about));
    }
}

/// What comes from outside as a part of one line.
fn line(text: &str) -> String {
    visible(text).into_owned()
}

/// The headers that every endpoint sends alike, unless there is but one; the type of a body is
/// each body's own.
fn shared_headers(drafts: &[Draft]) -> Vec<(String, String)> {
    let Some((first, rest)) = drafts.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let shared = first.headers.iter().filter(|header| {
        header.0 != "content-type" && rest.iter().all(|draft| draft.headers.contains(header))
    });
    shared.cloned().collect()
}

/// Whether this is how the service says that it is well.
fn is_health(draft: &Draft) -> bool {
    let end = draft.template.rfind('/').map_or("", |at| &draft.template[at..]);
    draft.method.as_str() == "GET" && draft.path == draft.template && HEALTH.contains(&end)
}

#[cfg(test)]
mod tests;
