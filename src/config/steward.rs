//! `[[setup]]`, `[[cleanup]]` and `[invariants.NAME]`: what perfbase itself asks of the service.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{EndpointName, Invariant, Steward, Term};

use super::headers::Header;
use super::names::EndpointNames;
use super::problem::Problem;
use super::request::RequestText;
use super::section::{Keys, Reading, Section};
use super::statement::{self, StatementText};
use super::template::Resolving;

pub(super) static SETUP_KEYS: Keys =
    Keys { known: &["request", "headers", "json", "form", "text", "file", "expect", "save"] };

pub(super) static CLEANUP_KEYS: Keys =
    Keys { known: &["request", "headers", "json", "form", "text", "file", "expect"] };

pub(super) static INVARIANT_KEYS: Keys =
    Keys { known: &["request", "headers", "json", "form", "text", "file", "expect", "holds"] };

/// Longest name of an invariant, in characters: it has to fit into a table.
const LONGEST_NAME: usize = 80;

/// What perfbase itself asks, as the file describes it.
#[derive(Debug, Clone, Default)]
pub(super) struct StewardText {
    pub(super) setup: Vec<RequestText>,
    pub(super) cleanup: Vec<RequestText>,
    pub(super) invariants: Vec<InvariantText>,
}

/// An invariant as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct InvariantText {
    name: String,
    pub(super) request: RequestText,
    holds: StatementText,
    /// Where `holds` stands.
    pub(super) span: Range<usize>,
}

impl StewardText {
    /// Reads the three sections of the file; `endpoints` are those that can be counted.
    pub(super) fn read(top: &Section<'_>, endpoints: &EndpointNames) -> Self {
        let expected = "tables of their own, such as [invariants.\"counter is exact\"]";
        let invariants = top.entries("invariants", expected).into_iter();
        Self {
            setup: requests(top, "setup", &SETUP_KEYS),
            cleanup: requests(top, "cleanup", &CLEANUP_KEYS),
            invariants: invariants
                .filter_map(|(key, value)| {
                    let name = key.get_ref().trim();
                    let readable = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
                    if !readable || name.chars().any(char::is_control) {
                        top.reading.problems.at(key.span(), Problem::InvariantName);
                    }
                    InvariantText::read(name, value, endpoints, top.reading)
                })
                .collect(),
        }
    }

    /// The same with references replaced and the headers of service and environment; what is
    /// missing is told.
    pub(super) fn resolve(&self, layers: [&[Header]; 2], resolving: &Resolving<'_>) -> Steward {
        let all = |requests: &[RequestText]| {
            requests.iter().filter_map(|request| request.resolve(layers, resolving)).collect()
        };
        let invariants = self.invariants.iter().filter_map(|invariant| {
            // Both, so that what is missing is told of both.
            let request = invariant.request.resolve(layers, resolving);
            let holds = invariant.holds.resolve(resolving);
            Some(Invariant { name: invariant.name.clone(), request: request?, holds: holds? })
        });
        Steward {
            setup: all(&self.setup),
            cleanup: all(&self.cleanup),
            invariants: invariants.collect(),
        }
    }
}

/// The requests under `key`, one a table.
fn requests(top: &Section<'_>, key: &str, keys: &'static Keys) -> Vec<RequestText> {
    let title = format!("[[{key}]]");
    let expected = format!("tables, each below a line of its own: {title}");
    let Some((items, _)) = top.array(key, &expected) else { return Vec::new() };
    items.iter().filter_map(|item| request(&title, item, keys, top.reading)).collect()
}

fn request(
    title: &str,
    item: &Spanned<DeValue<'_>>,
    keys: &'static Keys,
    reading: &Reading<'_>,
) -> Option<RequestText> {
    let section = Section::open(title, item, keys, reading)?;
    if section.value("request").is_none() {
        let problem = Problem::Missing { section: title.to_owned(), keys: "`request`" };
        reading.problems.at(item.span(), problem);
    }
    RequestText::read(&section, "headers")
}

impl InvariantText {
    /// The endpoints that it counts requests to.
    pub(super) fn counts(&self) -> impl Iterator<Item = &EndpointName> {
        self.holds.statement.terms().into_iter().filter_map(|term| match term {
            Term::Count(endpoint, _) => Some(endpoint),
            _ => None,
        })
    }

    fn read(
        name: &str,
        value: &Spanned<DeValue<'_>>,
        endpoints: &EndpointNames,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        let title = format!("[invariants.\"{name}\"]");
        let request = request(&title, value, &INVARIANT_KEYS, reading);
        // Opened once more without its keys, which have been told.
        let section = Section::inside(value, reading)?;
        if section.value("holds").is_none() {
            let problem = Problem::Missing { section: title, keys: "`holds`" };
            reading.problems.at(value.span(), problem);
        }
        let (written, span) = section.string("holds", "a comparison in quotes")?;
        let holds = statement::read(written, span.clone(), endpoints, reading);
        Some(Self { name: name.to_owned(), request: request?, holds: holds?, span })
    }
}
