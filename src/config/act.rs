//! What users can do, whichever section describes it.

use crate::model::{Budgets, Endpoint, EndpointGate, EndpointName};

use super::document::Document;
use super::endpoint::EndpointText;
use super::headers::Header;
use super::page::PageText;
use super::request::RequestText;
use super::socket::SocketText;
use super::template::{Resolving, TemplateText};

/// What a user does at a time, under a name of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act<'d> {
    /// It sends a request.
    Request(&'d EndpointText),
    /// It opens a page.
    Page(&'d PageText),
    /// It opens a WebSocket and exchanges messages.
    Socket(&'d SocketText),
}

impl<'d> Act<'d> {
    /// Its name.
    pub(super) fn name(self) -> &'d EndpointName {
        match self {
            Self::Request(endpoint) => &endpoint.name,
            Self::Page(page) => &page.name,
            Self::Socket(socket) => &socket.name,
        }
    }

    /// Whether one of its names is taken: a page and a socket have one.
    pub(super) fn is_called(self, taken: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Request(endpoint) => endpoint.is_called(taken),
            Self::Page(page) => taken(page.name.as_str()),
            Self::Socket(socket) => taken(socket.name.as_str()),
        }
    }

    /// Whether a rate limiter is declared of it.
    pub(super) fn is_limited(self) -> bool {
        match self {
            Self::Request(endpoint) => endpoint.limiter.is_some(),
            Self::Page(_) | Self::Socket(_) => false,
        }
    }

    /// What is measured of it: names, what their gates have of their own, and absolute limits.
    pub(super) fn rows(self) -> Vec<(&'d EndpointName, EndpointGate, Budgets)> {
        match self {
            Self::Request(endpoint) => vec![(&endpoint.name, endpoint.gate, endpoint.budgets)],
            Self::Page(page) => vec![(&page.name, page.gate, page.budgets)],
            Self::Socket(socket) => [&socket.connect, &socket.message]
                .map(|row| (&row.name, row.gate, row.budgets))
                .into(),
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
        match self {
            Self::Socket(socket) => socket.templates(layers),
            Self::Request(_) | Self::Page(_) => {
                self.requests().into_iter().flat_map(|request| request.templates(layers)).collect()
            }
        }
    }

    /// What is measured of it, as it stands from the position `at` of a plan on, with references
    /// replaced and the headers of service and environment; nothing if something is missing, which
    /// is told.
    pub(super) fn resolve(
        self,
        at: usize,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Vec<Endpoint>> {
        match self {
            Self::Request(endpoint) => Some(vec![endpoint.resolve(layers, resolving)?]),
            Self::Page(page) => Some(vec![page.resolve(layers, resolving)?]),
            Self::Socket(socket) => Some(socket.resolve(at, layers, resolving)?.into()),
        }
    }

    /// Whether it sends the request of the endpoint `name`.
    pub(super) fn sends(self, name: &EndpointName) -> bool {
        match self {
            Self::Request(endpoint) => endpoint.name == *name,
            Self::Page(page) => page.requests.iter().any(|endpoint| endpoint.name == *name),
            Self::Socket(_) => false,
        }
    }

    /// The requests whose answers users hear as a whole.
    fn requests(self) -> Vec<&'d RequestText> {
        match self {
            Self::Request(endpoint) => vec![&endpoint.request],
            Self::Page(page) => page.requests.iter().map(|endpoint| &endpoint.request).collect(),
            Self::Socket(_) => Vec::new(),
        }
    }
}

impl Document {
    /// Everything that users can do: endpoints first, each kind in the order of the file.
    pub(super) fn acts(&self) -> impl Iterator<Item = Act<'_>> {
        let pages = self.pages.iter().map(Act::Page);
        let sockets = self.sockets.iter().map(Act::Socket);
        self.endpoints.iter().map(Act::Request).chain(pages).chain(sockets)
    }
}
