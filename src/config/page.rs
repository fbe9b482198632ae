//! `[pages."Dashboard home"]`: requests that are sent together and measured as one.

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Action, Budgets, Endpoint, EndpointGate, EndpointName, Page};

use super::document::named;
use super::endpoint::{EndpointText, budgets, gate};
use super::headers::Header;
use super::names::EndpointNames;
use super::problem::Problem;
use super::section::{Entry, Keys, Reading, Section, judged_keys, out_of_range, wrong_type};
use super::template::Resolving;

pub(super) static KEYS: Keys = Keys { known: judged_keys!["requests",] };

/// A page as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct PageText {
    pub(super) name: EndpointName,
    /// What is sent, as the endpoints of these names describe it.
    pub(super) requests: Vec<EndpointText>,
    pub(super) budgets: Budgets,
    pub(super) gate: EndpointGate,
}

/// Reads `[pages]`, whose names come to those of `endpoints`; no page can name another.
pub(super) fn read(
    top: &Section<'_>,
    endpoints: &[EndpointText],
    names: &mut EndpointNames,
) -> Vec<PageText> {
    let expected = "tables of their own, such as [pages.\"Dashboard home\"]";
    let reading = top.reading;
    let mut added = Vec::new();
    let pages = top.entries("pages", expected).into_iter().filter_map(|entry| {
        let name: EndpointName = named("page", entry, reading)?;
        added.push((entry.0, name.clone()));
        PageText::read(name, entry, names, endpoints, reading)
    });
    let pages = pages.collect();
    for (key, name) in added {
        names.add_other("a page", name, key, reading);
    }
    pages
}

impl PageText {
    fn read(
        name: EndpointName,
        (key, value): Entry<'_>,
        names: &EndpointNames,
        endpoints: &[EndpointText],
        reading: &Reading<'_>,
    ) -> Option<Self> {
        const EXPECTED: &str = "a list of endpoints, such as [\"GET /clients\", \"GET /signals\"]";
        let title = format!("[pages.\"{name}\"]");
        let section = Section::open(&title, value, &KEYS, reading)?;
        if section.value("requests").is_none() {
            let problem = Problem::Missing { section: title, keys: "`requests`" };
            reading.problems.at(key.span(), problem);
        }
        let requests = section.array("requests", EXPECTED);
        if requests.as_ref().is_some_and(|(items, _)| items.is_empty()) {
            section.problem("requests", out_of_range("requests", EXPECTED));
        }
        let request = |item: &Spanned<DeValue<'_>>| {
            let DeValue::String(text) = item.get_ref() else {
                let problem = wrong_type("requests", EXPECTED, item.get_ref());
                reading.problems.at(item.span(), problem);
                return None;
            };
            let name = names.refer(text, item.span(), "endpoint", &[], reading)?;
            let endpoint = endpoints.iter().find(|endpoint| endpoint.name == name)?;
            if endpoint.cleanup.is_some() {
                reading.problems.at(item.span(), Problem::CleanupInPage(name.to_string()));
            }
            Some(endpoint.clone())
        };
        let items = requests.map(|(items, _)| items).unwrap_or_default();
        Some(Self {
            name,
            requests: items.iter().filter_map(request).collect(),
            budgets: budgets(&section),
            gate: gate(&section),
        })
    }

    /// The page with its references replaced and the headers of service and environment; nothing
    /// if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Endpoint> {
        // Every request is looked at, so that all that is missing is told.
        let requests: Vec<_> = self
            .requests
            .iter()
            .map(|text| Some((text.name.clone(), text.request.resolve(layers, resolving)?)))
            .collect();
        let page = Page { requests: requests.into_iter().collect::<Option<_>>()? };
        let (name, budgets, gate) = (self.name.clone(), self.budgets, self.gate);
        Some(Endpoint {
            name,
            action: Action::Page(page),
            budgets,
            gate,
            limiter: None,
            cleanup: None,
        })
    }
}
