//! One request, in `perfbase check --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::behaviour::name;
use crate::model::{Behaviour, Body, Request, Save};

/// What is sent, and what is kept of the answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RequestDoc {
    method: String,
    /// Path and query as written.
    path: String,
    /// Names of the headers, in lower case, in the order they are sent.
    headers: Vec<String>,
    /// Length of the body as written; null without one.
    body_bytes: Option<usize>,
    /// The statuses that count as a success.
    expect: String,
    /// Statuses that are allowed besides, such as `404` or `400-499`.
    allow: Vec<String>,
    /// What an expected answer has to be like, as the file has it.
    checks: Vec<String>,
    /// How many redirects one after the other are followed.
    redirects: u8,
    /// What a user keeps of a successful answer.
    saves: Vec<SaveDoc>,
}

impl RequestDoc {
    pub(super) fn of(request: &Request, behaviour: &Behaviour) -> Self {
        Self {
            method: request.method.to_string(),
            path: request.path.written().to_owned(),
            headers: request.headers.iter().map(|(name, _)| name.clone()).collect(),
            body_bytes: request.body.as_ref().map(Body::written_len),
            expect: request.expect.to_string(),
            allow: request.allow.iter().map(ToString::to_string).collect(),
            checks: request.checks.iter().map(|check| check.written.clone()).collect(),
            redirects: request.redirects,
            saves: saves(&request.saves, behaviour),
        }
    }
}

/// A part of an answer that a user keeps.
#[derive(Debug, Serialize, JsonSchema)]
struct SaveDoc {
    /// The name it is kept under.
    value: String,
    /// Where it stands: a JSON pointer, or `header:`, `cookie:` or `regex:` and what follows.
    from: String,
}

fn saves(saves: &[Save], behaviour: &Behaviour) -> Vec<SaveDoc> {
    let saves = saves
        .iter()
        .map(|save| SaveDoc { value: name(save.slot.0, behaviour), from: save.from.to_string() });
    saves.collect()
}
