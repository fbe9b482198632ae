//! `[endpoints."GET /builds/{id}"]`: one request, what counts as its success, and its limits.

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Budgets, Endpoint, EndpointGate, EndpointName};

use super::endpoint_key::EndpointKey;
use super::headers::Header;
use super::problem::Problem;
use super::request::{Details, RequestText, check_path_text};
use super::section::{Keys, Reading, Section};
use super::template::{Resolving, TemplateText, Unknown};

pub(super) static KEYS: Keys = Keys {
    known: &[
        "path",
        "headers",
        "json",
        "form",
        "text",
        "file",
        "save",
        "cleanup",
        "expect",
        "target",
        "acceptable",
        "p95",
        "throughput",
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
    pub(super) request: RequestText,
    /// What deletes that which it made.
    pub(super) cleanup: Option<RequestText>,
    pub(super) budgets: Budgets,
    pub(super) gate: EndpointGate,
}

/// What stands below an endpoint's name.
#[derive(Debug, Clone)]
pub(super) struct Below {
    path: Option<TemplateText>,
    path_is_there: bool,
    details: Details,
    cleanup: Option<RequestText>,
    budgets: Budgets,
    gate: EndpointGate,
}

impl Below {
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
            details: Details::read(&section, "headers"),
            cleanup: RequestText::bare(&section, "cleanup")
                .filter(|it| names_something(it, reading)),
            budgets: budgets(&section),
            gate: gate(&section),
        })
    }
}

impl EndpointText {
    /// The endpoint of that name; nothing if there is no path to send, which is told.
    pub(super) fn new(key: EndpointKey, below: Below, reading: &Reading<'_>) -> Option<Self> {
        let path = match below.path.clone() {
            Some(path) => path,
            None => key.own_path(reading, below.path_is_there)?,
        };
        let (method, path_key, details) = (key.method, "path", below.details.clone());
        let request = RequestText { method, path, path_key, details };
        let Below { cleanup, budgets, gate, .. } = below;
        Some(Self { name: key.name, request, cleanup, budgets, gate })
    }

    /// The endpoint with its references replaced and the headers of service and environment;
    /// nothing if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Endpoint> {
        let request = self.request.resolve(layers, resolving)?;
        let cleanup = match &self.cleanup {
            None => None,
            Some(cleanup) => Some(cleanup.resolve(layers, resolving)?),
        };
        let (name, budgets, gate) = (self.name.clone(), self.budgets, self.gate);
        Some(Endpoint { name, request, budgets, gate, cleanup })
    }
}

/// Whether a deletion says which thing it deletes; told if not.
fn names_something(cleanup: &RequestText, reading: &Reading<'_>) -> bool {
    let names = cleanup.path.values().next().is_some();
    if !names {
        reading.problems.at(cleanup.path.span.clone(), Problem::CleanupOfNothing);
    }
    names
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
    Budgets { target, acceptable, throughput: section.rate("throughput") }
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
