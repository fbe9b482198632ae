//! What is done under an endpoint's name.

use super::{EndpointName, Request};

/// What users do once for each measurement of an endpoint.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// They send a request.
    Request(Request),
    /// They open a page.
    Page(Page),
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
