//! The whole file, read and checked: everything that does not depend on what is asked of it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable};

use crate::model::{EndpointGate, EnvironmentName, NameError, ScenarioName};

use super::DEFAULT_ENVIRONMENT;
use super::endpoint::{self, Details, EndpointText, Request};
use super::error::{ConfigError, Problems};
use super::problem::Problem;
use super::scenario::{self, Scenario};
use super::section::{Entry, Keys, Reading, Section};
use super::service::{Environment, Service};
use super::source::Source;
use super::text::Variables;

pub(super) static TOP_KEYS: Keys = Keys {
    known: &["service", "env", "endpoints", "scenarios", "gate"],
    later: &["login", "pages", "users"],
};

pub(super) static GATE_KEYS: Keys =
    Keys { known: &["factor", "min_delta", "errors", "metric"], later: &[] };

/// Syntax errors that are told at most: after the first ones the parser is guessing.
const SYNTAX_ERRORS: usize = 10;

/// Everything in `perfbase.toml`.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub(super) service: Service,
    pub(super) environments: Vec<(EnvironmentName, Environment)>,
    pub(super) endpoints: Vec<EndpointText>,
    pub(super) scenarios: Vec<(ScenarioName, Scenario)>,
    pub(super) gate: EndpointGate,
    pub(super) variables: Variables,
}

impl Document {
    /// Reads the text of the file.
    pub(super) fn read(
        text: &str,
        source: &Source,
        directory: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let reading = Reading {
            directory,
            source: text,
            problems: Problems::default(),
            references: RefCell::new(BTreeSet::new()),
        };
        for error in errors.iter().take(SYNTAX_ERRORS) {
            let span = error.span().unwrap_or(0..0);
            reading.problems.at(span, Problem::Syntax(error.message().to_owned()));
        }
        if !errors.is_empty() {
            // Whatever else is found in half a document may be the parser's own doing.
            return Err(reading.problems.into_error(Some(source)));
        }
        let mut document = Self::of(&table, &reading);
        if !reading.problems.is_empty() {
            return Err(reading.problems.into_error(Some(source)));
        }
        let names = reading.references.into_inner();
        document.variables = Variables::look_up(names.iter().map(String::as_str), env);
        Ok(document)
    }

    fn of<'t>(table: &'t Spanned<DeTable<'t>>, reading: &'t Reading<'t>) -> Self {
        let top = Section::of("perfbase.toml", table.get_ref(), &TOP_KEYS, reading);
        let (endpoints, names) = endpoints(&top);
        let scenarios = scenarios(&top);
        if let Some(names) = names {
            for pattern in scenarios.iter().filter_map(|(_, s)| s.endpoints.as_ref()).flatten() {
                pattern.check(&names, reading);
            }
        }
        let gate =
            top.value("gate").and_then(|value| Section::open("[gate]", value, &GATE_KEYS, reading));
        Self {
            service: top
                .value("service")
                .map(|value| Service::read(value, reading))
                .unwrap_or_default(),
            environments: environments(&top),
            endpoints,
            scenarios,
            gate: gate.map(|section| endpoint::gate(&section)).unwrap_or_default(),
            variables: Variables::default(),
        }
    }
}

fn environments(top: &Section<'_>) -> Vec<(EnvironmentName, Environment)> {
    let expected = "tables of their own, such as [env.staging]";
    let entries = top.entries("env", expected).into_iter();
    entries
        .filter_map(|(key, value)| {
            let environment = Environment::read(key.get_ref(), value, top.reading);
            let name: EnvironmentName = named("environment", (key, value), top.reading)?;
            if name.as_str() == DEFAULT_ENVIRONMENT {
                top.reading.problems.at(key.span(), Problem::DefaultEnvironment);
            }
            Some((name, environment?))
        })
        .collect()
}

fn scenarios(top: &Section<'_>) -> Vec<(ScenarioName, Scenario)> {
    let expected = "tables of their own, such as [scenarios.light]";
    let entries = top.entries("scenarios", expected).into_iter();
    entries
        .filter_map(|(key, value)| {
            let name: ScenarioName = named("scenario", (key, value), top.reading)?;
            if name.as_str() == scenario::LATER {
                let problem = Problem::NotYet(format!("the scenario `{name}`"));
                top.reading.problems.at(key.span(), problem);
                return None;
            }
            let scenario = Scenario::read(name.as_str(), value, top.reading)?;
            Some((name, scenario))
        })
        .collect()
}

fn named<N: std::str::FromStr<Err = NameError>>(
    what: &'static str,
    (key, _): Entry<'_>,
    reading: &Reading<'_>,
) -> Option<N> {
    key.get_ref()
        .parse()
        .map_err(|error| reading.problems.at(key.span(), Problem::Name { what, error }))
        .ok()
}

/// The endpoints, and the names of all that are there, broken ones included; no names if one of
/// them cannot be read, since then nobody knows what a pattern was to fit.
fn endpoints(top: &Section<'_>) -> (Vec<EndpointText>, Option<Vec<String>>) {
    let expected = "tables of their own, such as [endpoints.\"GET /health\"]";
    let reading = top.reading;
    let mut seen: HashMap<String, &Spanned<DeString<'_>>> = HashMap::new();
    let mut endpoints = Vec::new();
    let mut names = Vec::new();
    let mut readable = true;
    for (key, value) in top.entries("endpoints", expected) {
        let details = Details::read(key.get_ref(), value, reading);
        let Some(request) = Request::read(key, &reading.problems) else {
            readable = false;
            continue;
        };
        let identity = request.identity();
        if let Some(first) = seen.get(&identity) {
            let problem = Problem::DuplicateEndpoint {
                first: first.get_ref().to_string(),
                line: reading.line(first.span().start),
                second: key.get_ref().to_string(),
            };
            reading.problems.at(key.span(), problem);
            continue;
        }
        seen.insert(identity, key);
        names.push(request.name.to_string());
        endpoints.extend(details.and_then(|details| EndpointText::new(request, details, reading)));
    }
    (endpoints, readable.then_some(names))
}
