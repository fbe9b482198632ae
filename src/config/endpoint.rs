//! `[endpoints."GET /builds/{id}"]`: one request, what counts as its success, and its limits.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use crate::model::{
    Budgets, Endpoint, EndpointGate, EndpointName, Expect, Method, Resolved, StatusRange,
};

use super::address::check_path;
use super::body::{self, BodyText};
use super::error::Problems;
use super::headers::{self, Header};
use super::problem::Problem;
use super::section::{Keys, Reading, Section, whole, wrong_type};
use super::text::{Text, Variables, placeholders};

pub(super) static KEYS: Keys = Keys {
    known: &[
        "path",
        "headers",
        "json",
        "text",
        "file",
        "expect",
        "target",
        "acceptable",
        "p95",
        "factor",
        "min_delta",
        "errors",
        "metric",
    ],
    later: &["save"],
};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// An endpoint as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct EndpointText {
    pub(super) name: EndpointName,
    pub(super) details: Details,
    method: Method,
    path: Text,
}

/// What stands below an endpoint's name.
#[derive(Debug, Clone)]
pub(super) struct Details {
    path: Option<Text>,
    path_is_there: bool,
    headers: Vec<Header>,
    body: Option<BodyText>,
    expect: Expect,
    pub(super) budgets: Budgets,
    pub(super) gate: EndpointGate,
}

impl Details {
    /// Reads the section of the endpoint `name`, whether or not that name can be used.
    pub(super) fn read(
        name: &str,
        value: &Spanned<DeValue<'_>>,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        let title = format!("[endpoints.\"{name}\"]");
        let section = Section::open(&title, value, &KEYS, reading)?;
        Some(Self {
            path: section
                .text("path", "a string that begins with a slash")
                .inspect(|path| check_path_text("path", path, reading)),
            path_is_there: section.value("path").is_some(),
            headers: headers::read(&section),
            body: body::read(&section),
            expect: expect(&section),
            budgets: budgets(&section),
            gate: gate(&section),
        })
    }
}

impl EndpointText {
    /// The endpoint of that name; nothing if there is no path to send, which is told.
    pub(super) fn new(request: Request, details: Details, reading: &Reading<'_>) -> Option<Self> {
        let path = match &details.path {
            Some(path) => path.clone(),
            None => request.own_path(reading, details.path_is_there)?,
        };
        Some(Self { name: request.name, details, method: request.method, path })
    }

    /// The endpoint with its references replaced and the headers of service and environment;
    /// nothing if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        service: &[Header],
        environment: &[Header],
        variables: &Variables,
        problems: &Problems,
    ) -> Option<Endpoint> {
        let mut headers =
            headers::resolve([service, environment, &self.details.headers], variables, problems);
        let body = match &self.details.body {
            None => None,
            Some(body) => {
                if !headers.iter().any(|(name, _)| name == "content-type") {
                    let content_type = Resolved::plain(body.content_type());
                    headers.push(("content-type".to_owned(), content_type));
                }
                Some(body.resolve(variables, problems)?)
            }
        };
        Some(Endpoint {
            name: self.name.clone(),
            method: self.method.clone(),
            path: resolve_path("path", &self.path, variables, problems)?,
            headers,
            body,
            expect: self.details.expect.clone(),
            budgets: self.details.budgets,
            gate: self.details.gate,
        })
    }
}

/// Tells what is wrong with a path as far as it does not depend on the environment.
pub(super) fn check_path_text(key: &str, path: &Text, reading: &Reading<'_>) {
    if path.is_broken() {
        return;
    }
    if let Some(name) = placeholders(&path.written).next() {
        let what = format!("the reference `{{{name}}}` to data or to a captured value");
        reading.problems.at(path.span.clone(), Problem::NotYet(what));
    } else if path.is_literal() {
        path.resolve(&Variables::default(), &reading.problems).inspect(|resolved| {
            if let Err(reason) = check_path(resolved.value()) {
                let key = key.to_owned();
                reading.problems.at(path.span.clone(), Problem::Path { key, reason });
            }
        });
    }
}

/// A path with its references replaced; nothing if it cannot be sent, which is told.
pub(super) fn resolve_path(
    key: &str,
    path: &Text,
    variables: &Variables,
    problems: &Problems,
) -> Option<Resolved> {
    let resolved = path.resolve(variables, problems)?;
    if let Err(reason) = check_path(resolved.value()) {
        problems.at(path.span.clone(), Problem::Path { key: key.to_owned(), reason });
        return None;
    }
    Some(resolved)
}

/// The key of an endpoint: method and path template.
pub(super) struct Request {
    pub(super) name: EndpointName,
    pub(super) span: Range<usize>,
    method: Method,
    template: String,
}

impl Request {
    /// Reads a name such as `GET /builds/{id}`; blanks around its parts make no difference.
    pub(super) fn read(key: &Spanned<DeString<'_>>, problems: &Problems) -> Option<Self> {
        let span = key.span();
        let written = key.get_ref().as_ref();
        let refuse = |problem| {
            problems.at(span.clone(), problem);
            None
        };
        let (method, template) = match split(written) {
            Ok(parts) => parts,
            Err(problem) => return refuse(problem),
        };
        if template.contains('?') {
            return refuse(Problem::QueryInName(written.to_owned()));
        }
        // What stands in braces is not sent, so that it may be any word.
        let without_braces: String = template.replace(['{', '}'], "");
        if let Err(reason) = check_path(&without_braces) {
            return refuse(Problem::Path { key: written.to_owned(), reason });
        }
        let named = placeholders(template).count();
        if template.matches('{').count() != named || template.matches('}').count() != named {
            let reason = "braces hold a name, such as `{id}`";
            return refuse(Problem::Path { key: written.to_owned(), reason });
        }
        match format!("{method} {template}").parse() {
            Ok(name) => Some(Self { name, span, method, template: template.to_owned() }),
            Err(error) => refuse(Problem::Name { what: "endpoint", error }),
        }
    }

    /// The same for every spelling of one endpoint: without the names in braces.
    pub(super) fn identity(&self) -> String {
        let mut identity = self.name.to_string();
        for name in placeholders(&self.template) {
            identity = identity.replacen(&format!("{{{name}}}"), "{}", 1);
        }
        identity
    }

    /// The path that the name itself gives; a template has none, which is told unless `path` is
    /// there (and then is wrong in another way, which has been told).
    fn own_path(&self, reading: &Reading<'_>, path_is_there: bool) -> Option<Text> {
        let names: Vec<String> =
            placeholders(&self.template).map(|name| format!("{{{name}}}")).collect();
        if names.is_empty() {
            return Some(Text { written: self.template.clone(), span: self.span.clone() });
        }
        if !path_is_there {
            let problem = Problem::TemplateWithoutPath(names.join(" and "));
            reading.problems.at(self.span.clone(), problem);
        }
        None
    }
}

/// Method and path of `GET /health`.
pub(super) fn split(written: &str) -> Result<(Method, &str), Problem> {
    let not_one = || Problem::NotAnEndpoint(written.to_owned());
    let (word, path) = written.trim().split_once(char::is_whitespace).ok_or_else(not_one)?;
    let path = path.trim();
    if path.is_empty() || path.contains(char::is_whitespace) {
        return Err(not_one());
    }
    let unknown = || Problem::UnknownMethod {
        method: word.to_owned(),
        likely: METHODS
            .into_iter()
            .find(|known| strsim::osa_distance(&word.to_ascii_uppercase(), known) <= 1)
            .map(str::to_owned),
    };
    // Any token may be a method; one that is a letter away from a known one is a slip.
    let slip =
        || !METHODS.contains(&word) && METHODS.iter().any(|m| strsim::osa_distance(word, m) <= 1);
    match Method::new(word) {
        Some(method) if word != "CONNECT" && !slip() => Ok((method, path)),
        _ => Err(unknown()),
    }
}

fn expect(section: &Section<'_>) -> Expect {
    let Some(value) = section.value("expect") else { return Expect::default() };
    let items = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let statuses = items.into_iter().filter_map(|item| {
        let range = match item.get_ref() {
            DeValue::Integer(integer) => {
                status(integer.as_str()).filter(|_| whole(integer).is_some_and(|n| n < 600))
            }
            DeValue::String(text) => status_range(text),
            other => {
                let expected = "a list of statuses, such as [200, \"3xx\"]";
                section.reading.problems.at(item.span(), wrong_type("expect", expected, other));
                return None;
            }
        };
        if range.is_none() {
            let text = section.reading.source.get(item.span()).unwrap_or_default();
            let text = text.trim_matches(['"', '\'']).to_owned();
            section.reading.problems.at(item.span(), Problem::Status(text));
        }
        range
    });
    Expect::statuses(statuses.collect())
}

fn status(text: &str) -> Option<StatusRange> {
    let number: u16 = text.trim().parse().ok()?;
    (100..=599).contains(&number).then_some(StatusRange { first: number, last: number })
}

fn status_range(text: &str) -> Option<StatusRange> {
    if let Some(class) = text.trim().strip_suffix("xx") {
        let class: u16 = class.parse().ok()?;
        return (1..=5)
            .contains(&class)
            .then_some(StatusRange { first: class * 100, last: class * 100 + 99 });
    }
    match text.split_once('-') {
        None => status(text),
        Some((first, last)) => {
            let range = StatusRange { first: status(first)?.first, last: status(last)?.last };
            (range.first <= range.last).then_some(range)
        }
    }
}

fn budgets(section: &Section<'_>) -> Budgets {
    section.excludes("acceptable", "p95", "`p95` is another word for `acceptable`: give one");
    let target = section.time("target");
    let (key, acceptable) = match section.value("acceptable") {
        Some(_) => ("acceptable", section.time("acceptable")),
        None => ("p95", section.time("p95")),
    };
    if target.zip(acceptable).is_some_and(|(target, acceptable)| target > acceptable) {
        section.problem("target", Problem::TargetAboveAcceptable(key));
    }
    Budgets { target, acceptable }
}

/// The keys `factor`, `min_delta` and `errors`, which `[gate]` and endpoints share.
pub(super) fn gate(section: &Section<'_>) -> EndpointGate {
    EndpointGate {
        factor: section.factor("factor"),
        min_delta: section.duration("min_delta"),
        errors: section.share("errors"),
        metric: section.metric("metric"),
    }
}
