//! Whether an answer is as it should be. Tested after the answer's time was taken, so that it is no
//! part of any latency.

use std::sync::Arc;

use http::header::HeaderName;
use jsonschema::{PatternOptions, Validator};
use regex::bytes::Regex;
use serde_json::Value as Json;

use super::capture::Reply;
use super::found::{Finding, Found};
use super::parsed::{Need, Parsed};
use super::render::render;
use super::values::Values;
use crate::model::{Check, Operand, Relation, Subject, Template, Test};

/// The checks of one request, made ready. Made for each worker: two threads that share a regular
/// expression wait for each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checks(Vec<Prepared>);

#[derive(Debug, Clone)]
struct Prepared {
    written: String,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Exists(Place),
    Absent(Place),
    Compare(Place, Relation, Awaited),
    Matches(Place, Regex),
    Schema(Arc<Validator>),
}

#[derive(Debug, Clone)]
enum Place {
    Status,
    Size,
    Body,
    Header(HeaderName),
    Json(String),
}

#[derive(Debug, Clone)]
enum Awaited {
    Json(Json),
    Text(Template),
}

/// An answer that is tested.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) reply: &'a Reply,
    pub(crate) body: &'a mut Parsed,
}

impl Checks {
    /// Makes `checks` ready.
    pub(crate) fn new(checks: &[Check]) -> Result<Self, String> {
        let prepared = |check: &Check| {
            let written = check.written.clone();
            let rule = Rule::new(&check.test).map_err(|why| format!("`{written}`: {why}"))?;
            Ok(Prepared { written, rule })
        };
        checks.iter().map(prepared).collect::<Result<_, String>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How each is written.
    pub(crate) fn written(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|check| check.written.as_str())
    }

    /// Whether any of them looks into the body.
    pub(crate) fn need_body(&self) -> bool {
        self.0.iter().any(|check| match &check.rule {
            Rule::Exists(place)
            | Rule::Absent(place)
            | Rule::Compare(place, ..)
            | Rule::Matches(place, _) => match place {
                Place::Body | Place::Json(_) => true,
                Place::Status | Place::Size | Place::Header(_) => false,
            },
            Rule::Schema(_) => true,
        })
    }

    /// Tests all of them, and tells of each that does not hold how it is written and what was found.
    pub(crate) fn test(
        &self,
        answer: &mut Answer<'_>,
        values: &Values,
        mut failed: impl FnMut(&str, &Finding),
    ) {
        for Prepared { written, rule } in &self.0 {
            if let Err(finding) = rule.test(answer, values) {
                failed(written, &finding);
            }
        }
    }
}

impl Rule {
    fn new(described: &Test) -> Result<Self, String> {
        Ok(match described {
            Test::Exists(subject) => Self::Exists(Place::new(subject)?),
            Test::Absent(subject) => Self::Absent(Place::new(subject)?),
            Test::Compare(subject, relation, operand) => {
                let awaited = match operand {
                    Operand::Json(json) => Awaited::Json(
                        serde_json::from_str(json).map_err(|error| error.to_string())?,
                    ),
                    Operand::Text(text) => Awaited::Text(text.clone()),
                };
                Self::Compare(Place::new(subject)?, *relation, awaited)
            }
            Test::Matches(subject, expression) => {
                let expression = Regex::new(expression).map_err(|error| error.to_string())?;
                Self::Matches(Place::new(subject)?, expression)
            }
            Test::Schema(text) => {
                let schema = serde_json::from_str(text).map_err(|error| error.to_string())?;
                // Linear time, whatever the patterns and the answers are.
                let validator = jsonschema::options()
                    .with_pattern_options(PatternOptions::regex())
                    .build(&schema)
                    .map_err(|error| error.to_string())?;
                Self::Schema(Arc::new(validator))
            }
        })
    }

    fn test(&self, answer: &mut Answer<'_>, values: &Values) -> Result<(), Finding> {
        match self {
            Self::Exists(place) => match place.find(answer, Need::Kind)? {
                Found::Nothing => Err(Finding::Nothing),
                Found::Number(_) | Found::Bytes(_) | Found::Json(_) => Ok(()),
            },
            Self::Absent(place) => match place.find(answer, Need::Kind)? {
                Found::Nothing => Ok(()),
                found => Err(Finding::There(found.kind())),
            },
            Self::Compare(place, relation, awaited) => {
                let found = place.find(answer, Need::Whole)?;
                match awaited {
                    Awaited::Json(json) => found.compare(*relation, json),
                    Awaited::Text(template) => {
                        let text = rendered(template, values)?;
                        found.compare_text(*relation, &text)
                    }
                }
            }
            Self::Matches(place, expression) => {
                let found = place.find(answer, Need::Whole)?;
                let matches = match &found {
                    Found::Nothing => return Err(Finding::Nothing),
                    Found::Bytes(bytes) => expression.is_match(bytes),
                    Found::Number(_) | Found::Json(_) => {
                        expression.is_match(found.text()?.as_bytes())
                    }
                };
                if matches { Ok(()) } else { Err(Finding::Mismatch(found.kind())) }
            }
            Self::Schema(validator) => {
                let body = answer.body.at(answer.reply, "", Need::Whole);
                let body = body.map_err(Finding::Unreadable)?.ok_or(Finding::Nothing)?;
                // The place in the schema, which is the user's own; that in the body may hold keys
                // of the service's.
                let unfit = |place: String| Finding::Unfit(format!("`{place}`"));
                validator.validate(body).map_err(|error| unfit(error.schema_path().to_string()))
            }
        }
    }
}

/// The text that an answer is compared with.
fn rendered(template: &Template, values: &Values) -> Result<String, Finding> {
    let mut text = Vec::new();
    // Nothing is sent while a value of a check is missing.
    render(template, values, &mut text).map_err(|_| Finding::Nothing)?;
    String::from_utf8(text).map_err(|_| Finding::NotText)
}

impl Place {
    fn new(subject: &Subject) -> Result<Self, String> {
        Ok(match subject {
            Subject::Status => Self::Status,
            Subject::Size => Self::Size,
            Subject::Body => Self::Body,
            Subject::Header(name) => {
                let refused = || format!("`{name}` is not a header name");
                Self::Header(name.parse().map_err(|_| refused())?)
            }
            Subject::Json(pointer) => Self::Json(pointer.clone()),
        })
    }

    fn find<'a>(&self, answer: &'a mut Answer<'_>, need: Need) -> Result<Found<'a>, Finding> {
        let some = |bytes: &'a [u8]| {
            if bytes.is_empty() { Found::Nothing } else { Found::Bytes(bytes) }
        };
        Ok(match self {
            Self::Status => Found::Number(u64::from(answer.status)),
            Self::Size => Found::Number(answer.reply.bytes),
            Self::Body => some(answer.body.plain(answer.reply).map_err(Finding::Unreadable)?),
            Self::Header(name) => match answer.reply.headers.get(name) {
                None => Found::Nothing,
                Some(value) => Found::Bytes(value.as_bytes()),
            },
            Self::Json(pointer) => {
                let found = answer.body.at(answer.reply, pointer, need);
                found.map_err(Finding::Unreadable)?.map_or(Found::Nothing, Found::Json)
            }
        })
    }
}

#[cfg(test)]
mod tests;
