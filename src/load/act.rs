//! What users can do at a time, made ready before the first time.

use super::EngineError;
use super::origin::Origin;
use super::own_cookies::Cookies;
use super::page::Page;
use super::request::Request;
use super::socket::Socket;
use super::supply::Supplies;
use super::tally::Tallies;
use crate::model::{Action, Endpoint, EndpointKind, EndpointName, Plan};

/// What a user does in one turn.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are requests, which shall cost no pointer"
)]
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It sends a request.
    Request(Request),
    /// It opens a page.
    Page(Page),
    /// It opens a WebSocket and exchanges messages.
    Socket(Box<Socket>),
    /// None of its own: it is measured as a part of another act.
    Part(EndpointKind),
}

impl Act {
    /// Makes what stands at `position` of the plan ready.
    ///
    /// # Errors
    /// When something of it cannot be sent.
    pub(crate) fn new(
        plan: &Plan,
        position: usize,
        origin: &Origin,
        supplies: &Supplies,
        cookies: Cookies,
    ) -> Result<Self, EngineError> {
        let names = &plan.behaviour.values;
        let endpoint = &plan.endpoints[position];
        let ready = |origin: &Origin, request, name: &EndpointName| {
            let tallies = Tallies::of(name, plan).map_err(|error| EngineError::Request {
                endpoint: name.to_string(),
                what: error.to_string(),
            })?;
            let mut request =
                Request::new(origin, request, name.as_str(), supplies, names, cookies)?;
            request.tallies = tallies;
            Ok::<_, EngineError>(request)
        };
        match &endpoint.action {
            Action::Request(request) => Ok(Self::Request(ready(origin, request, &endpoint.name)?)),
            Action::Page(page) => {
                let requests = page.requests.iter();
                let requests = requests
                    .map(|(name, request)| Ok((name.to_string(), ready(origin, request, name)?)));
                Ok(Self::Page(Page::new(requests.collect::<Result<_, EngineError>>()?)))
            }
            Action::Socket(socket) => {
                let open = ready(&origin.upgrading(), &socket.open, &socket.name)?;
                let is_row = |it: &Endpoint| it.action == Action::Messages(position);
                let row = plan.endpoints.iter().position(is_row).unwrap_or(position);
                let ready = Socket::new(socket, open, row, supplies);
                let ready = ready.map_err(|what| EngineError::Request {
                    endpoint: socket.name.to_string(),
                    what,
                })?;
                Ok(Self::Socket(Box::new(ready)))
            }
            Action::Messages(_) | Action::Timer(_) => Ok(Self::Part(endpoint.action.kind())),
        }
    }
}

impl Act {
    /// What it is that is measured of it.
    pub(crate) fn kind(&self) -> EndpointKind {
        match self {
            Self::Request(_) => EndpointKind::Request,
            Self::Page(_) => EndpointKind::Page,
            Self::Socket(_) => EndpointKind::Opening,
            Self::Part(kind) => *kind,
        }
    }

    /// How many requests it sends at a time, where nothing else limits them.
    pub(crate) fn at_once(&self) -> usize {
        match self {
            Self::Page(page) => page.requests().len(),
            Self::Request(_) | Self::Socket(_) | Self::Part(_) => 1,
        }
    }

    /// The requests that it sends.
    pub(crate) fn requests(&self) -> &[Request] {
        match self {
            Self::Request(request) => std::slice::from_ref(request),
            Self::Page(page) => page.requests(),
            Self::Socket(_) | Self::Part(_) => &[],
        }
    }
}
