//! Handing a message to the transport, over the connection there is or over a new one.

use http::HeaderMap;
use tokio::time::Instant;

use super::capture::Reply;
use super::message::Message;
use super::transport::{Connection, Exchange, Transport};
use crate::model::Failure;

/// An exchange, and when a connection was begun for it, if one was.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) exchange: Exchange,
    pub(super) began: Option<Instant>,
}

impl Begun {
    /// Nothing was sent for a user who was free from `free` on.
    pub(super) fn nothing(free: Instant) -> Self {
        let end = Instant::now().max(free);
        Self {
            exchange: Exchange { sent: free, ..Exchange::failed(end, Failure::Check) },
            began: None,
        }
    }
}

/// What goes to the transport.
pub(super) struct Parcel<'a> {
    /// The number of the user who sends it.
    pub(super) user: u64,
    pub(super) message: &'a Message,
    pub(super) also: &'a HeaderMap,
    pub(super) reply: Option<&'a mut Reply>,
}

/// Sends over the connection there is, or over a new one. `began` is set when one is made.
pub(super) async fn deliver<T: Transport>(
    transport: &T,
    connection: &mut Option<T::Connection>,
    parcel: Parcel<'_>,
    began: &mut Option<Instant>,
    connected: impl FnOnce(),
) -> Exchange {
    let Parcel { user, message, also, mut reply } = parcel;
    let mut tried = None;
    if let Some(open) = connection {
        if let Some(exchange) = open.exchange(message, also, reply.as_deref_mut()).await {
            return exchange;
        }
        // From then on the service has kept the user.
        tried = open.tried();
    }
    let failed = |failure| Exchange::failed(Instant::now(), failure);
    *connection = None;
    *began = Some(tried.unwrap_or_else(Instant::now));
    // Apart, because a TLS handshake's state would stay in every user's memory.
    match Box::pin(transport.connect(user)).await {
        Err(failure) => failed(failure),
        Ok(open) => {
            if open.was_opened() {
                connected();
            }
            let exchange = connection.insert(open).exchange(message, also, reply).await;
            exchange.unwrap_or_else(|| failed(Failure::Reset))
        }
    }
}

/// Whether a connection that one user has for itself is of no use after such a failure.
pub(super) fn spoils(failure: Failure) -> bool {
    match failure {
        Failure::Dns
        | Failure::Connect
        | Failure::Tls
        | Failure::Timeout
        | Failure::Reset
        | Failure::Protocol
        | Failure::Body => true,
        Failure::Status4xx
        | Failure::Status5xx
        | Failure::StatusOther
        | Failure::Check
        | Failure::Limited
        | Failure::Redirect
        | Failure::Dropped => false,
    }
}
