//! The whole file, read and checked: everything that does not depend on what is asked of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use toml::Spanned;
use toml::de::DeTable;

use crate::model::{EndpointGate, EnvironmentName, NameError, ScenarioName};

use super::DEFAULT_ENVIRONMENT;
use super::data::{self, DataText};
use super::endpoint::{self, Below, EndpointText};
use super::endpoint_key::EndpointKey;
use super::error::Problems;
use super::login::LoginText;
use super::metrics::{self, MetricText};
use super::names::{EndpointNames, Named};
use super::page::{self, PageText};
use super::problem::Problem;
use super::scenario::Scenario;
use super::section::{Entry, Keys, Reading, Section};
use super::service::{Environment, Service};
use super::socket::{self, SocketText};
use super::steward::StewardText;
use super::text::Variables;
use super::users::{ClassText, Flow, check_classes};
use super::values::Known;

pub(super) static TOP_KEYS: Keys = Keys {
    known: &[
        "service",
        "env",
        "data",
        "login",
        "setup",
        "endpoints",
        "pages",
        "sockets",
        "metrics",
        "users",
        "flows",
        "scenarios",
        "invariants",
        "cleanup",
        "gate",
    ],
};

pub(super) static GATE_KEYS: Keys = Keys { known: &["factor", "min_delta", "errors", "metric"] };

/// Syntax errors that are told at most: after the first ones the parser is guessing.
const SYNTAX_ERRORS: usize = 10;

/// Everything in `perfbase.toml`.
#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub(super) service: Service,
    pub(super) environments: Vec<(EnvironmentName, Environment)>,
    pub(super) data: Vec<DataText>,
    pub(super) known: Known,
    pub(super) login: Option<LoginText>,
    pub(super) steward: StewardText,
    pub(super) endpoints: Vec<EndpointText>,
    pub(super) pages: Vec<PageText>,
    pub(super) sockets: Vec<SocketText>,
    pub(super) metrics: Vec<MetricText>,
    pub(super) classes: Vec<ClassText>,
    pub(super) scenarios: Vec<(ScenarioName, Scenario)>,
    pub(super) gate: EndpointGate,
    pub(super) variables: Variables,
}

impl Document {
    /// Reads the text of the file: as much as can be understood, and everything that is wrong.
    pub(super) fn read(
        text: &str,
        directory: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> (Self, Problems) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let reading = Reading {
            directory,
            source: text,
            problems: Problems::default(),
            references: RefCell::new(BTreeSet::new()),
            known: Known::default(),
        };
        for error in errors.iter().take(SYNTAX_ERRORS) {
            let span = error.span().unwrap_or(0..0);
            reading.problems.at(span, Problem::Syntax(error.message().to_owned()));
        }
        if !errors.is_empty() {
            // Whatever else is found in half a document may be the parser's own doing.
            return (Self::default(), reading.problems);
        }
        let data = data::read(table.get_ref(), &reading);
        let known = Known::of(&data, table.get_ref());
        let reading = Reading { known, ..reading };
        let document = Self::of(&table, &reading);
        let names = reading.references.into_inner();
        let variables = Variables::look_up(names.iter().map(String::as_str), env);
        (Self { data, known: reading.known, variables, ..document }, reading.problems)
    }

    /// Reads everything but the data.
    fn of<'t>(table: &'t Spanned<DeTable<'t>>, reading: &'t Reading<'t>) -> Self {
        let top = Section::of("perfbase.toml", table.get_ref(), &TOP_KEYS, reading);
        let (endpoints, mut names) = endpoints(&top);
        let of_endpoints = names.clone();
        let pages = page::read(&top, &endpoints, &mut names);
        let sockets = socket::read(&top, &mut names);
        let metrics = metrics::read(&top, &of_endpoints, &mut names);
        let flows = top.entries("flows", "tables of their own, such as [flows.browse]");
        let flows: Vec<Flow> =
            flows.into_iter().filter_map(|flow| Flow::read(flow, &names, reading)).collect();
        let users = top.entries("users", "tables of their own, such as [users.heavy]");
        let class_names: Vec<String> =
            users.iter().map(|(key, _)| key.get_ref().to_string()).collect();
        let classes = users
            .into_iter()
            .filter_map(|class| ClassText::read(class, &names, &flows, reading))
            .collect();
        let mut scenarios = scenarios(&top);
        for (_, scenario) in &mut scenarios {
            for demanded in scenario.throughput.iter_mut().flatten() {
                demanded.refer(&names, &sockets, reading);
            }
            if let Some(names) = names.all() {
                scenario.endpoints.iter().flatten().for_each(|it| it.check(names, reading));
            }
            check_classes(scenario.classes.as_deref().unwrap_or_default(), &class_names, reading);
        }
        let gate =
            top.value("gate").and_then(|value| Section::open("[gate]", value, &GATE_KEYS, reading));
        Self {
            service: top
                .value("service")
                .map(|value| Service::read(value, reading))
                .unwrap_or_default(),
            environments: environments(&top),
            login: top.entry("login").and_then(|entry| LoginText::read(entry, reading)),
            steward: StewardText::read(&top, &of_endpoints),
            endpoints,
            pages,
            sockets,
            metrics,
            classes,
            scenarios,
            gate: gate.map(|section| endpoint::gate(&section)).unwrap_or_default(),
            ..Self::default()
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
            let scenario = Scenario::read(name.as_str(), value, top.reading)?;
            Some((name, scenario))
        })
        .collect()
}

/// A name that a section has as its key; one that cannot be used is told.
pub(super) fn named<N: std::str::FromStr<Err = NameError>>(
    what: &'static str,
    (key, _): Entry<'_>,
    reading: &Reading<'_>,
) -> Option<N> {
    key.get_ref()
        .parse()
        .map_err(|error| reading.problems.at(key.span(), Problem::Name { what, error }))
        .ok()
}

/// The endpoints, and the names of all that are there, broken ones included.
fn endpoints(top: &Section<'_>) -> (Vec<EndpointText>, EndpointNames) {
    let expected = "tables of their own, such as [endpoints.\"GET /health\"]";
    let reading = top.reading;
    let mut endpoints = Vec::new();
    let mut names = EndpointNames::default();
    for (key, value) in top.entries("endpoints", expected) {
        let below = Below::read(key.get_ref(), value, reading);
        let Some(own) = EndpointKey::read(key, &reading.problems) else {
            names.add_unreadable();
            continue;
        };
        let written = key.get_ref().to_string();
        let at = key.span().start;
        let given = below.as_ref().and_then(|below| below.name.clone());
        let name = given.as_ref().map_or_else(|| own.name.clone(), |(name, _)| name.clone());
        let what = "an endpoint";
        if let Some(first) = names.add(Named { what, name, written, at }) {
            let problem = Problem::DuplicateEndpoint {
                first: first.written.clone(),
                line: reading.line(first.at),
                second: key.get_ref().to_string(),
            };
            reading.problems.at(key.span(), problem);
            continue;
        }
        if let Some((name, span)) = given.filter(|(name, _)| *name != own.name) {
            let (written, at) = (key.get_ref().to_string(), key.span().start);
            if let Some(first) = names.add_name(Named { what, name: name.clone(), written, at }) {
                let (name, line) = (name.to_string(), reading.line(first.at));
                let problem = Problem::Taken { name, by: "an endpoint", line };
                reading.problems.at(span, problem);
                continue;
            }
        }
        endpoints.extend(below.and_then(|below| EndpointText::new(own, below, reading)));
    }
    (endpoints, names)
}
