//! What users can do, whichever section describes it.

use crate::model::{Budgets, Endpoint, EndpointGate, EndpointName};

use super::document::Document;
use super::endpoint::EndpointText;
use super::headers::Header;
use super::page::PageText;
use super::request::RequestText;
use super::template::{Resolving, TemplateText};

/// What a user does at a time, under a name of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act<'d> {
    /// It sends a request.
    Request(&'d EndpointText),
    /// It opens a page.
    Page(&'d PageText),
}

impl<'d> Act<'d> {
    /// Its name.
    pub(super) fn name(self) -> &'d EndpointName {
        match self {
            Self::Request(endpoint) => &endpoint.name,
            Self::Page(page) => &page.name,
        }
    }

    /// Its absolute limits.
    pub(super) fn budgets(self) -> Budgets {
        match self {
            Self::Request(endpoint) => endpoint.budgets,
            Self::Page(page) => page.budgets,
        }
    }

    /// What its gate has of its own.
    pub(super) fn gate(self) -> EndpointGate {
        match self {
            Self::Request(endpoint) => endpoint.gate,
            Self::Page(page) => page.gate,
        }
    }

    /// The values that it saves.
    pub(super) fn gives(self) -> impl Iterator<Item = &'d str> {
        self.requests().into_iter().flat_map(RequestText::gives)
    }

    /// The texts that have places for values, with the headers of service and environment.
    pub(super) fn templates<'a>(self, layers: [&'a [Header]; 2]) -> Vec<&'a TemplateText>
    where
        'd: 'a,
    {
        self.requests().into_iter().flat_map(|request| request.templates(layers)).collect()
    }

    /// What is measured of it, with its references replaced and the headers of service and
    /// environment; nothing if something is missing, which is told.
    pub(super) fn resolve(
        self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Endpoint> {
        match self {
            Self::Request(endpoint) => endpoint.resolve(layers, resolving),
            Self::Page(page) => page.resolve(layers, resolving),
        }
    }

    fn requests(self) -> Vec<&'d RequestText> {
        match self {
            Self::Request(endpoint) => vec![&endpoint.request],
            Self::Page(page) => page.requests.iter().map(|endpoint| &endpoint.request).collect(),
        }
    }
}

impl Document {
    /// Everything that users can do: endpoints first, each kind in the order of the file.
    pub(super) fn acts(&self) -> impl Iterator<Item = Act<'_>> {
        self.endpoints.iter().map(Act::Request).chain(self.pages.iter().map(Act::Page))
    }
}
