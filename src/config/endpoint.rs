//! `[endpoints."GET /builds/{id}"]`: one request, what counts as its success, and its limits.

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Budgets, Endpoint, EndpointGate, EndpointName, Expect, Method, Template};

use super::address::check_path;
use super::body::{self, BodyText};
use super::expect;
use super::headers::{self, Header};
use super::problem::Problem;
use super::request::Request;
use super::save::{self, SaveText};
use super::section::{Keys, Reading, Section};
use super::template::{Place, Resolving, TemplateText, Unknown, sample_of};

pub(super) static KEYS: Keys = Keys {
    known: &[
        "path",
        "headers",
        "json",
        "form",
        "text",
        "file",
        "save",
        "expect",
        "target",
        "acceptable",
        "p95",
        "factor",
        "min_delta",
        "errors",
        "metric",
    ],
    later: &[],
};

/// An endpoint as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct EndpointText {
    pub(super) name: EndpointName,
    pub(super) details: Details,
    method: Method,
    path: TemplateText,
}

/// What stands below an endpoint's name.
#[derive(Debug, Clone)]
pub(super) struct Details {
    path: Option<TemplateText>,
    path_is_there: bool,
    headers: Vec<Header>,
    body: Option<BodyText>,
    expect: Expect,
    saves: Vec<SaveText>,
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
                .template("path", "a string that begins with a slash", Unknown::Told)
                .inspect(|path| check_path_text("path", path, reading)),
            path_is_there: section.value("path").is_some(),
            headers: headers::read(&section, "headers"),
            body: body::read(&section),
            expect: expect::read(&section),
            saves: save::read(&section),
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

    /// The values that it saves.
    pub(super) fn gives(&self) -> impl Iterator<Item = &str> {
        self.details.saves.iter().map(|save| save.name.as_str())
    }

    /// The texts that have places for values, with the headers of `layers`.
    pub(super) fn templates<'a>(&'a self, layers: [&'a [Header]; 2]) -> Vec<&'a TemplateText> {
        let [service, environment] = layers;
        let headers = headers::merged(&[service, environment, &self.details.headers]);
        let body = self.details.body.iter().flat_map(BodyText::templates);
        std::iter::once(&self.path)
            .chain(headers.into_iter().map(|header| &header.value))
            .chain(body)
            .collect()
    }

    /// The endpoint with its references replaced and the headers of service and environment;
    /// nothing if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Endpoint> {
        let [service, environment] = layers;
        let mut headers =
            headers::resolve(&[service, environment, &self.details.headers], resolving);
        let body = match &self.details.body {
            None => None,
            Some(body) => {
                headers::add_content_type(&mut headers, body);
                Some(body.resolve(resolving)?)
            }
        };
        Some(Endpoint {
            name: self.name.clone(),
            method: self.method.clone(),
            path: resolve_path("path", &self.path, resolving)?,
            headers,
            body,
            expect: self.details.expect.clone(),
            saves: self.details.saves.iter().map(|save| save.resolve(resolving)).collect(),
            budgets: self.details.budgets,
            gate: self.details.gate,
        })
    }
}

/// Tells what is wrong with a path as far as it does not depend on the environment.
pub(super) fn check_path_text(key: &str, path: &TemplateText, reading: &Reading<'_>) {
    let Some(sample) = path.sample() else { return };
    if let Err(reason) = check_path(&sample) {
        let key = key.to_owned();
        reading.problems.at(path.span.clone(), Problem::Path { key, reason });
    }
}

/// A path with its references replaced; nothing if it cannot be sent, which is told.
pub(super) fn resolve_path(
    key: &str,
    path: &TemplateText,
    resolving: &Resolving<'_>,
) -> Option<Template> {
    let resolved = path.resolve(Place::Path, resolving)?;
    if let Err(reason) = check_path(&sample_of(&resolved)) {
        let problem = Problem::Path { key: key.to_owned(), reason };
        resolving.problems.at(path.span.clone(), problem);
        return None;
    }
    Some(resolved)
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
