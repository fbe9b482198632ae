//! The seam between who sends when, and what goes over the wire.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::capture::Reply;
use super::message::Message;
use super::slice::Seat;
use crate::model::{Failure, Opening, Receipt};

/// Makes the transport of each worker.
pub(crate) trait Factory: Clone + Send + 'static {
    /// What it makes.
    type Transport: Transport + 'static;

    /// The transport of one of several workers, whose users send up to `at_once` requests at a time. It
    /// shares nothing with others that changes.
    fn make(&self, seat: Seat, at_once: usize) -> Self::Transport;
}

/// Opens connections to one service.
pub(crate) trait Transport {
    /// What it opens.
    type Connection: Connection;
    /// What messages are exchanged on.
    type Channel: Channel;

    /// Opens a connection for the user of that number, or has it share one. `opened` is told how long
    /// opening took once there is one that was opened for this user.
    async fn connect(
        &self,
        user: u64,
        opened: impl FnOnce(Opening),
    ) -> Result<Self::Connection, Failure>;

    /// Most requests that one user has under way at a time, each over what [`Self::connect`] gave.
    fn at_once(&self) -> usize;

    /// Opens a connection, as above, and makes a WebSocket of it with `message` and the headers
    /// `also`; the head of the answer goes into `reply`.
    async fn upgrade(
        &self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
        opened: impl FnOnce(Opening),
    ) -> Result<Upgraded<Self::Channel>, Refused>;
}

/// A WebSocket that a service agreed to.
#[derive(Debug)]
pub(crate) struct Upgraded<C> {
    pub(crate) channel: C,
    /// When the request for it was handed to the socket.
    pub(crate) sent: Instant,
}

/// Why there is no WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The request was not answered.
    Failed(Failure),
    /// It was answered with another status than 101.
    Answered {
        /// That status.
        status: u16,
        /// Whether the answer says when to come back (`retry-after`).
        retry_after: bool,
    },
}

/// A WebSocket. After a failure, or when given up half-way, it must be dropped.
pub(crate) trait Channel {
    /// Sends a text.
    async fn say(&mut self, text: String) -> Result<(), Failure>;

    /// The next message, of a bounded length.
    async fn hear(&mut self) -> Result<Bytes, Failure>;

    /// The next message, if it has come already.
    async fn overhear(&mut self) -> Result<Option<Bytes>, Failure>;

    /// Says that nothing more will be sent, and waits until the peer has said so too or has gone.
    async fn close(&mut self);
}

/// One connection, or a share of one, used for one request at a time.
pub(crate) trait Connection {
    /// Whether nothing more can be sent over it, so that it can as well be closed.
    fn is_spent(&self) -> bool {
        false
    }

    /// Whether it can be used again though an exchange over it failed or was given up.
    fn survives(&self) -> bool {
        false
    }

    /// Whether its end, where it is not announced in an answer, is never announced.
    fn ends_unannounced(&self) -> bool {
        true
    }

    /// When the request was handed over that the last exchange came back from with nothing.
    fn tried(&self) -> Option<Instant> {
        None
    }

    /// Sends `message` with the headers `also` and reads the response to its last byte; what of it
    /// is wanted goes into `reply`. `None` when the connection turns out to have ended before
    /// anything was handed over, or the service says that it has not looked at the request, so that
    /// another one can be tried. Memory does not follow the
    /// response's size. After a failure, or when given up half-way, the connection must be dropped
    /// unless it [survives](Self::survives).
    async fn exchange(
        &mut self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Option<Exchange>;
}

/// One request and its response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exchange {
    /// When the request was handed to the socket.
    pub(crate) sent: Instant,
    /// When the first byte of the answer came, be it an interim one, and after redirects that of
    /// the last answer; `None` if there was none, or what came is not one answer.
    pub(crate) first_byte: Option<Instant>,
    /// When the last body byte came, or the failure was noticed. Where the kernel does not tell when
    /// something came, it is when it was read.
    pub(crate) end: Instant,
    /// How long the last of a complete answer lay until it was read, where the kernel tells.
    pub(crate) unread: Option<Duration>,
    /// The status of a complete response, or why there is none.
    pub(crate) answer: Result<u16, Failure>,
    /// Body bytes received.
    pub(crate) bytes: u64,
    /// Whether the answer is a 503 that says when to come back (`retry-after`).
    pub(crate) retry_after: bool,
    /// Whether its request was sent again because its connection was lost before anything of an answer
    /// came; not where HTTP/2 said that nobody had looked at it.
    pub(crate) is_repeated: bool,
    /// What it is in place of a failure that says that nothing was done: what was sent before the last
    /// answer may have done something. `None` where nothing was, or nobody doubts what became of it.
    pub(crate) in_doubt: Option<Failure>,
}

impl Exchange {
    /// How the answer came. No clock is read for it: the parts add up to the service time.
    pub(crate) fn receipt(&self) -> Receipt {
        match self.first_byte {
            Some(first) if first == self.end => Receipt::AtOnce,
            Some(first) => Receipt::InParts { wait: first - self.sent, body: self.end - first },
            None => Receipt::Unseen,
        }
    }

    /// When it was over for whoever reads it.
    pub(crate) fn read(&self) -> Instant {
        self.end + self.unread.unwrap_or_default()
    }

    /// Whether its connection ended before anything of an answer came.
    pub(crate) fn ended_unanswered(&self) -> bool {
        self.answer == Err(Failure::Reset) && self.first_byte.is_none()
    }

    /// Nothing came of it, for a reason known `at` once.
    pub(crate) fn failed(at: Instant, failure: Failure) -> Self {
        Self::ended(at, Err(failure))
    }

    /// It ended so, as if it had been sent at its end and had taken nothing.
    #[inline]
    pub(crate) fn ended(end: Instant, answer: Result<u16, Failure>) -> Self {
        Self {
            sent: end,
            first_byte: None,
            end,
            unread: None,
            answer,
            bytes: 0,
            retry_after: false,
            is_repeated: false,
            in_doubt: None,
        }
    }
}
