//! `[endpoints."GET /builds/{id}"]`: one request, what counts as its success, and its limits.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Action, Budgets, Endpoint, EndpointGate, EndpointName, Limiter};

use super::endpoint_key::EndpointKey;
use super::headers::Header;
use super::limiter;
use super::problem::Problem;
use super::request::{Details, RequestText, check_path_text};
use super::section::{Keys, Reading, Section, judged_keys};
use super::template::{Resolving, TemplateText, Unknown};

pub(super) static KEYS: Keys = Keys {
    known: judged_keys![
        "path",
        "headers",
        "json",
        "form",
        "text",
        "file",
        "multipart",
        "save",
        "cleanup",
        "expect",
        "allow",
        "checks",
        "schema",
        "redirects",
        "name",
        "limiter",
    ],
};

/// An endpoint as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct EndpointText {
    pub(super) name: EndpointName,
    /// Method and path template, which is the name unless the file gives another.
    pub(super) key: EndpointName,
    pub(super) request: RequestText,
    /// What deletes that which it made.
    pub(super) cleanup: Option<RequestText>,
    pub(super) budgets: Budgets,
    pub(super) gate: EndpointGate,
    pub(super) limiter: Option<Limiter>,
}

/// What stands below an endpoint's name.
#[derive(Debug, Clone)]
pub(super) struct Below {
    /// The name that the file gives, and where.
    pub(super) name: Option<(EndpointName, Range<usize>)>,
    path: Option<TemplateText>,
    path_is_there: bool,
    details: Details,
    cleanup: Option<RequestText>,
    budgets: Budgets,
    gate: EndpointGate,
    limiter: Option<Limiter>,
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
        let own = section.string("name", "a name in quotes, such as \"Create build\"");
        let own = own.and_then(|(own, span)| match own.trim().parse() {
            Ok(name) => Some((name, span)),
            Err(error) => {
                section.problem("name", Problem::Name { what: "endpoint", error });
                None
            }
        });
        Some(Self {
            name: own,
            path: section
                .template("path", "a string that begins with a slash", Unknown::Told)
                .inspect(|path| check_path_text("path", path, reading)),
            path_is_there: section.value("path").is_some(),
            details: Details::read(&section, "headers"),
            cleanup: RequestText::bare(&section, "cleanup")
                .filter(|it| names_something(it, reading)),
            budgets: budgets(&section),
            gate: gate(&section),
            limiter: limiter::read(name, &section),
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
        let name = below.name.clone().map_or_else(|| key.name.clone(), |(name, _)| name);
        let Below { cleanup, budgets, gate, limiter, .. } = below;
        Some(Self { name, key: key.name, request, cleanup, budgets, gate, limiter })
    }

    /// Whether `matches` its name, or its method and path.
    pub(super) fn is_called(&self, matches: impl Fn(&str) -> bool) -> bool {
        matches(self.name.as_str()) || matches(self.key.as_str())
    }

    /// The endpoint with its references replaced and the headers of service and environment;
    /// nothing if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Endpoint> {
        let action = Action::Request(self.request.resolve(layers, resolving)?);
        let cleanup = match &self.cleanup {
            None => None,
            Some(cleanup) => Some(cleanup.resolve(layers, resolving)?),
        };
        let Self { name, budgets, gate, limiter, .. } = self.clone();
        Some(Endpoint { name, action, budgets, gate, limiter, cleanup })
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

/// The keys `target`, `acceptable`, `p95` and `acceptable_p99`.
pub(super) fn budgets(section: &Section<'_>) -> Budgets {
    section.excludes("acceptable", "p95", "`p95` is another word for `acceptable`: give one");
    let target = section.time("target");
    let (key, acceptable) = match section.value("acceptable") {
        Some(_) => ("acceptable", section.time("acceptable")),
        None => ("p95", section.time("p95")),
    };
    if target.zip(acceptable).is_some_and(|(target, acceptable)| target > acceptable) {
        section.problem("target", Problem::TargetAboveAcceptable(key));
    }
    let acceptable_p99 = section.time("acceptable_p99");
    // No p99 is below its p95: what is allowed of the one would not be of the other.
    let least = [(key, acceptable), ("target", target)];
    let least = least.into_iter().find_map(|(key, time)| Some((key, time?)));
    if let Some((key, time)) = least
        && acceptable_p99.is_some_and(|p99| time > p99)
    {
        section.problem("acceptable_p99", Problem::P99BelowP95(key));
    }
    Budgets { target, acceptable, acceptable_p99, throughput: None }
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
