//! What is done under an endpoint's name.

use std::num::NonZeroU32;

use super::{Check, EndpointKind, EndpointName, Request, Slot, Template, Timer};

/// What users do once for each measurement of an endpoint; or what else they do, of which this is
/// a part that is measured on its own.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// They send a request.
    Request(Request),
    /// They open a page.
    Page(Page),
    /// They open a WebSocket and exchange messages. Measured under this name is its opening: until
    /// the service has agreed to it.
    Socket(Box<Socket>),
    /// The messages of the socket at this position in the plan, each from when it is sent until it is
    /// answered.
    Messages(usize),
    /// A time that answers tell.
    Timer(Timer),
}

impl Action {
    /// What it is that is measured of it.
    #[must_use]
    pub fn kind(&self) -> EndpointKind {
        match self {
            Self::Request(_) => EndpointKind::Request,
            Self::Page(_) => EndpointKind::Page,
            Self::Socket(_) => EndpointKind::Opening,
            Self::Messages(_) => EndpointKind::Message,
            Self::Timer(_) => EndpointKind::Timer,
        }
    }

    /// The positions in the plan of what users do to have this measured as a part of it; none where
    /// they do it by itself.
    #[must_use]
    pub fn within(&self) -> &[usize] {
        match self {
            Self::Request(_) | Self::Page(_) | Self::Socket(_) => &[],
            Self::Messages(socket) => std::slice::from_ref(socket),
            Self::Timer(timer) => &timer.within,
        }
    }

    /// The requests that are sent, whose answers are heard as a whole.
    #[must_use]
    pub fn requests(&self) -> Vec<&Request> {
        match self {
            Self::Request(request) => vec![request],
            Self::Page(page) => page.requests.iter().map(|(_, request)| request).collect(),
            Self::Socket(_) | Self::Messages(_) | Self::Timer(_) => Vec::new(),
        }
    }

    /// The texts that users' values stand in: those that are sent, and those that messages are
    /// compared with.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Socket(socket) => {
                let awaited = socket.checks().filter_map(|check| check.test.template());
                socket.open.templates().chain([&socket.send]).chain(awaited).collect()
            }
            Self::Request(_) | Self::Page(_) | Self::Messages(_) | Self::Timer(_) => {
                self.requests().into_iter().flat_map(Request::templates).collect()
            }
        }
    }

    /// How often users draw from a source of data that has these slots, each time.
    #[must_use]
    pub fn draws(&self, slots: &[Slot]) -> u64 {
        let fills = |text: &&Template| text.slots().any(|slot| slots.contains(&slot));
        match self {
            Self::Socket(socket) => {
                let awaited = socket.checks().filter_map(|check| check.test.template());
                let each = [&socket.send].into_iter().chain(awaited).any(|text| fills(&text));
                let opening = socket.open.templates().any(|text| fills(&text));
                u64::from(opening) + u64::from(each) * u64::from(socket.messages.get())
            }
            Self::Request(_) | Self::Page(_) | Self::Messages(_) | Self::Timer(_) => {
                let drawn = |request: &&Request| {
                    request.templates().chain(request.awaited()).any(|text| fills(&text))
                };
                self.requests().iter().filter(|request| drawn(request)).count() as u64
            }
        }
    }
}

/// Requests that are sent together, as a browser does, and measured as one: from the intended start
/// to the last byte of the last answer. It succeeds if all of them do.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// At least one, each under the name of the endpoint that describes it, in the order in which
    /// they are begun.
    pub requests: Vec<(EndpointName, Request)>,
}

impl Page {
    /// Most connections over which one user asks for a page: what browsers open to a host.
    pub const CONNECTIONS: usize = 6;
}

/// A WebSocket (RFC 6455): a connection on which messages are sent and answered one after the
/// other.
#[derive(Debug, Clone, PartialEq)]
pub struct Socket {
    /// What tasks call it.
    pub name: EndpointName,
    /// The request that opens it: a GET without a body. Only status 101 is a success.
    pub open: Request,
    /// The text of each message.
    pub send: Template,
    /// Which message is the answer; `None` for the next one, whatever it is.
    pub awaited: Option<Check>,
    /// Which message says that the answer will not come.
    pub failed: Option<Check>,
    /// Messages that are sent before it is closed.
    pub messages: NonZeroU32,
}

impl Socket {
    /// What messages are compared with.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.awaited.iter().chain(&self.failed)
    }
}
