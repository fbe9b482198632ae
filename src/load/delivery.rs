//! Handing a message to the transport, over the connection there is or over a new one.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::capture::Reply;
use super::message::Message;
use super::transport::{Connection, Exchange, Transport};
use crate::model::{Failure, Opening};

/// How long after a request its connection's end can still be one that crossed it on the way: an end that
/// was under way before the request arrived is here within one round trip, and a round trip takes less
/// anywhere on a continent. What ends later has ended in answering.
const CROSSING: Duration = Duration::from_millis(100);

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

/// Sends over the connection there is, or over a new one. `began` is set when one is begun, and
/// `opened` is told when there is one.
///
/// A request that was kept from its answer by the end of a connection that was kept from the one
/// before is sent once more if that changes nothing (RFC 9110, section 9.2.2): with HTTP/1.1 the service
/// may end such a connection at any time, and nobody can know it in time. So is one that the service says
/// it has not looked at (RFC 9113, section 8.7), whatever it is. It is one exchange all the same, which
/// says so, and none is sent a third time.
pub(super) async fn deliver<T: Transport>(
    transport: &T,
    connection: &mut Option<T::Connection>,
    parcel: Parcel<'_>,
    began: &mut Option<Instant>,
    opened: impl FnOnce(Opening),
) -> Exchange {
    let Parcel { user, message, also, mut reply } = parcel;
    let mut tried = None;
    let mut lost = None;
    if let Some(open) = connection {
        match open.exchange(message, also, reply.as_deref_mut()).await {
            Some(exchange) => {
                let is_lost = open.ends_unannounced()
                    && exchange.ended_unanswered()
                    && exchange.end - exchange.sent <= CROSSING;
                if !is_lost || !message.is_idempotent() {
                    close_spent(connection);
                    return exchange;
                }
                lost = Some(exchange.sent);
            }
            None => tried = open.tried(),
        }
    }
    let failed = |failure| Exchange::failed(Instant::now(), failure);
    *connection = None;
    // It is the service that has kept the user since the request was handed over.
    *began = Some(lost.or(tried).unwrap_or_else(Instant::now));
    // What HTTP/2 says nobody has looked at was lost by nobody.
    let is_repeated = lost.is_some();
    let mut may_repeat = lost.or(tried).is_none();
    let mut opened = Some(opened);
    let exchange = loop {
        let tell = |opening| opened.take().map_or((), |opened| opened(opening));
        // Apart, because a TLS handshake's state would stay in every user's memory.
        let open = match Box::pin(transport.connect(user, tell)).await {
            Err(failure) => break failed(failure),
            Ok(open) => connection.insert(open),
        };
        let exchange = open.exchange(message, also, reply.as_deref_mut()).await;
        close_spent(connection);
        match exchange {
            Some(exchange) => break Exchange { is_repeated, ..exchange },
            // It was one that others had opened, and could be at its end.
            None if may_repeat && opened.is_some() => {
                *connection = None;
                may_repeat = false;
            }
            None => break failed(Failure::Reset),
        }
    };
    lost.map_or(exchange, |lost| repeated(lost, exchange, message))
}

/// What an exchange comes to whose request was handed over before, when its connection was `lost`.
fn repeated(lost: Instant, again: Exchange, message: &Message) -> Exchange {
    let answer = match again.answer {
        // Nobody knows what became of the first.
        Err(failure) if !failure.leaves_fate_unknown() => Err(Failure::Reset),
        other => other,
    };
    // What another status says of the second, it does not say of the first.
    let in_doubt = if message.is_safe() { None } else { Some(Failure::Reset) };
    Exchange { sent: lost, answer, in_doubt, ..again }
}

/// A user that pauses does not keep open what it cannot use.
fn close_spent(connection: &mut Option<impl Connection>) {
    if connection.as_ref().is_some_and(Connection::is_spent) {
        *connection = None;
    }
}

/// Closes a connection that is of no use after such a failure of its user's request.
pub(super) fn close_spoilt(connection: &mut Option<impl Connection>, failure: Failure) {
    if spoils(failure) && !connection.as_ref().is_some_and(Connection::survives) {
        *connection = None;
    }
}

/// Whether a connection that one user has for itself is of no use after such a failure.
fn spoils(failure: Failure) -> bool {
    match failure {
        Failure::Dns
        | Failure::Connect
        | Failure::Tls
        | Failure::Timeout
        | Failure::Reset
        | Failure::Protocol
        | Failure::Body => true,
        Failure::Status408
        | Failure::Status4xx
        | Failure::Status5xx
        | Failure::StatusOther
        | Failure::Check
        | Failure::Limited
        | Failure::Redirect
        | Failure::Dropped => false,
    }
}
