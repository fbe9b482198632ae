//! One user's line to the service: its connection, kept from request to request.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use super::deadline::{Deadline, Elapsed};
use super::recorder::{Recorder, Times};
use super::request::Request;
use super::transport::{Connection, Exchange, Transport};
use crate::model::{Failure, Outcome};

/// A connection that is made when it is first needed and again when it was lost, the timeout that
/// covers both, and the recorder that is told how each request ended.
pub(crate) struct Line<'a, T: Transport> {
    transport: &'a T,
    recorder: &'a RefCell<Recorder>,
    connection: Option<T::Connection>,
    deadline: Deadline,
}

/// One request to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    /// The endpoint's position in the slice.
    pub(crate) position: usize,
    /// What to send.
    pub(crate) request: &'a Request,
    /// When the request should begin.
    pub(crate) intended: Instant,
    /// From when on a delay is the generator's own: the intended start, or later when it was the
    /// service that kept the user.
    pub(crate) free: Instant,
}

impl<'a, T: Transport> Line<'a, T> {
    pub(crate) fn new(
        transport: &'a T,
        recorder: &'a RefCell<Recorder>,
        connection: Option<T::Connection>,
        timeout: Duration,
    ) -> Self {
        Self { transport, recorder, connection, deadline: Deadline::new(timeout) }
    }

    /// Sends one request, records it and says when and how it ended.
    pub(crate) async fn send(&mut self, turn: Turn<'_>) -> (Instant, Outcome) {
        let Self { transport, recorder, connection, deadline } = self;
        let mut began = None;
        let work = deliver(*transport, connection, turn.request, &mut began, || {
            recorder.borrow_mut().connection(turn.position);
        });
        let exchange = deadline.limit(turn.free, work).await.unwrap_or_else(|Elapsed| {
            let end = Instant::now();
            let outcome = Outcome::Failed(Failure::Timeout);
            // A request that was under way was handed over as soon as its user was free.
            Exchange { sent: began.unwrap_or(turn.free), end, outcome, bytes: 0 }
        });
        let Exchange { sent, end, outcome, bytes } = exchange;
        if let Outcome::Failed(failure) = outcome
            && spoils(failure)
        {
            *connection = None;
        }
        // Waiting for the handshake is the service's time; what came before it is the generator's.
        let acted = began.unwrap_or(sent);
        let times = Times {
            latency: end - turn.intended,
            service_time: end - sent,
            lag: acted.saturating_duration_since(turn.free),
        };
        recorder.borrow_mut().request(turn.position, outcome, times, bytes);
        (end, outcome)
    }

    /// The connection, for the next slice.
    pub(crate) fn hang_up(self) -> Option<T::Connection> {
        self.connection
    }
}

/// Sends over the connection there is, or over a new one. `began` is set when one is made.
async fn deliver<T: Transport>(
    transport: &T,
    connection: &mut Option<T::Connection>,
    request: &Request,
    began: &mut Option<Instant>,
    connected: impl FnOnce(),
) -> Exchange {
    if let Some(open) = connection
        && let Some(exchange) = open.exchange(request).await
    {
        return exchange;
    }
    let failed = |failure| {
        let now = Instant::now();
        Exchange { sent: now, end: now, outcome: Outcome::Failed(failure), bytes: 0 }
    };
    *connection = None;
    *began = Some(Instant::now());
    // Apart, because a TLS handshake's state would stay in every user's memory.
    match Box::pin(transport.connect()).await {
        Err(failure) => failed(failure),
        Ok(open) => {
            connected();
            let exchange = connection.insert(open).exchange(request).await;
            exchange.unwrap_or_else(|| failed(Failure::Reset))
        }
    }
}

/// Whether a connection is of no use after such a failure.
fn spoils(failure: Failure) -> bool {
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
        | Failure::Dropped => false,
    }
}
