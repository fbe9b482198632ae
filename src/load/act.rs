//! What users can do at a time, made ready before the first time.

use super::EngineError;
use super::page::Page;
use super::request::{Origin, Request};
use super::socket::Socket;
use super::supply::Supplies;
use crate::model::{Action, Endpoint, Plan};

/// What a user does in one turn.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It sends a request.
    Request(Request),
    /// It opens a page.
    Page(Page),
    /// It opens a WebSocket and exchanges messages.
    Socket(Box<Socket>),
    /// None of its own: it is measured as a part of another act.
    Part,
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
    ) -> Result<Self, EngineError> {
        let names = &plan.behaviour.values;
        let endpoint = &plan.endpoints[position];
        let ready = |request, name: &str| Request::new(origin, request, name, supplies, names);
        match &endpoint.action {
            Action::Request(request) => Ok(Self::Request(ready(request, endpoint.name.as_str())?)),
            Action::Page(page) => {
                let requests = page.requests.iter();
                let requests = requests.map(|(name, request)| ready(request, name.as_str()));
                Ok(Self::Page(Page::new(requests.collect::<Result<_, _>>()?)))
            }
            Action::Socket(socket) => {
                let open = ready(&socket.open, socket.name.as_str())?;
                let is_row = |it: &Endpoint| it.action == Action::Messages(position);
                let row = plan.endpoints.iter().position(is_row).unwrap_or(position);
                Ok(Self::Socket(Box::new(Socket::new(socket, open, row, supplies))))
            }
            Action::Messages(_) => Ok(Self::Part),
        }
    }
}
