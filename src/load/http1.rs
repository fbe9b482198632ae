//! HTTP/1.1 over TCP or TLS, driven by the user that owns the connection.
//!
//! There is no pool and no task for the connection: the poll that waits for the response also moves
//! the bytes. A plain request costs one write, one read and no allocation. What is read goes through
//! memory on the stack, so that a connection holds none while it waits.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_rustls::rustls::Error as TlsError;

use super::capture::Reply;
use super::dial::Dial;
use super::lifetime::Lifetime;
use super::message::Message;
use super::slice::Seat;
use super::stream::Stream;
use super::transport::{Connection, Exchange, Factory, Refused, Transport, Upgraded};
use super::websocket::WebSocket;
use crate::model::{Failure, Opening, Page};
pub(super) use head::LastHead;
use reading::{Progress, Reading, Rest};
pub(super) use upgrade::UpgradeResponse;

mod chunks;
mod head;
mod held;
mod reading;
#[cfg(any(test, fuzzing))]
mod trial;
mod upgrade;
#[cfg(any(test, fuzzing))]
pub use trial::fuzz_response;

/// Most bytes that are read at a time.
const READ: usize = 16 << 10;

/// Memory that a connection keeps for what it sends, in bytes.
const USUAL: usize = 4 << 10;

/// Opens HTTP/1.1 connections to one address.
#[derive(Clone)]
pub(crate) struct Http1(pub(crate) Dial);

impl Factory for Http1 {
    type Transport = Self;

    fn make(&self, seat: Seat, _at_once: usize) -> Self {
        Self(self.0.for_worker(seat.index))
    }
}

impl Transport for Http1 {
    type Connection = Http1Connection;
    type Channel = WebSocket;

    async fn upgrade(
        &self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
        opened: impl FnOnce(Opening),
    ) -> Result<Upgraded<WebSocket>, Refused> {
        let open = self.0.open().await;
        let (stream, opening) = open.map_err(|(failure, _)| Refused::Failed(failure))?;
        opened(opening);
        let sent = Instant::now();
        let channel = WebSocket::open(stream, message, also, reply).await?;
        Ok(Upgraded { channel, sent })
    }

    fn at_once(&self) -> usize {
        Page::CONNECTIONS
    }

    async fn connect(
        &self,
        _user: u64,
        opened: impl FnOnce(Opening),
    ) -> Result<Http1Connection, Failure> {
        let (stream, opening) = self.0.open().await.map_err(|(failure, _)| failure)?;
        opened(opening);
        Ok(self.over(stream))
    }
}

impl Http1 {
    /// The connection over a stream that was opened just now.
    pub(crate) fn over(&self, stream: Stream) -> Http1Connection {
        let lifetime = self.0.lifetime();
        Http1Connection { stream, own: Vec::new(), state: Rest::Reusable, lifetime, is_new: true }
    }
}

/// One HTTP/1.1 connection.
pub(crate) struct Http1Connection {
    stream: Stream,
    /// A request with its user's own headers, while it is sent.
    own: Vec<u8>,
    state: Rest,
    lifetime: Lifetime,
    /// Whether nothing was sent over it yet.
    is_new: bool,
}

impl Connection for Http1Connection {
    fn is_spent(&self) -> bool {
        self.state == Rest::Spent
    }

    async fn exchange(
        &mut self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Option<Exchange> {
        let is_new = std::mem::take(&mut self.is_new);
        if self.state == Rest::Spent || self.lifetime.is_over() && !is_new {
            return None;
        }
        // It is, unless the exchange comes to its end.
        self.state = Rest::Spent;
        let mut own = std::mem::take(&mut self.own);
        let head = if also.is_empty() {
            message.wire()
        } else {
            own.clear();
            message.write_with(also, &mut own);
            &own
        };
        let mut course = Course {
            head,
            body: message.attached(),
            written: 0,
            sent: None,
            first_byte: None,
            reading: Reading::new(message.asks(), message.last()),
            reply,
            is_first: is_new,
            is_unasked: false,
        };
        let exchange = poll_fn(|context| self.advance(&mut course, context)).await;
        own.shrink_to(USUAL);
        self.own = own;
        exchange
    }
}

/// An exchange under way.
struct Course<'a> {
    /// What is sent: the head, with as much of the body as lies behind it.
    head: &'a [u8],
    /// What is sent then.
    body: &'a [u8],
    /// Of both.
    written: usize,
    sent: Option<Instant>,
    first_byte: Option<Instant>,
    reading: Reading<'a>,
    reply: Option<&'a mut Reply>,
    /// Of its connection.
    is_first: bool,
    /// Whether something was there before the request was.
    is_unasked: bool,
}

impl Course<'_> {
    fn is_written(&self) -> bool {
        self.written == self.head.len() + self.body.len()
    }

    /// What the response says once it is complete.
    fn answer(&self) -> Result<u16, Failure> {
        match self.reading.status() {
            // These a service can say of a connection, of which it has read nothing.
            status @ (408 | 429 | 503) => Ok(status),
            // It cannot be the answer to a request that was not there (RFC 9112, section 9.2).
            _ if self.is_unasked => Err(Failure::Protocol),
            status => Ok(status),
        }
    }

    fn ended(&self, sent: Instant, end: Instant, answer: Result<u16, Failure>) -> Exchange {
        let (first_byte, bytes) = (self.first_byte, self.reading.bytes());
        let retry_after = self.reading.says_retry_after();
        Exchange { sent, first_byte, bytes, retry_after, ..Exchange::ended(end, answer) }
    }
}

impl Http1Connection {
    /// Goes on as far as the connection lets it.
    fn advance(
        &mut self,
        course: &mut Course<'_>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Exchange>> {
        let sent = match course.sent {
            Some(sent) => sent,
            None => match self.stream.unasked(context) {
                Poll::Pending => *course.sent.insert(Instant::now()),
                // The peer has ended it since the last response, or sent what nobody asked for.
                Poll::Ready(_) if !course.is_first => return Poll::Ready(None),
                // There is no other connection to take instead, and reading tells what it is.
                Poll::Ready(received) => {
                    let sent = *course.sent.insert(Instant::now());
                    course.is_unasked = true;
                    let received = received.as_ref().map(Option::as_slice);
                    if let Some(exchange) = self.receive(course, sent, received) {
                        return Poll::Ready(Some(exchange));
                    }
                    sent
                }
            },
        };
        match self.write(course, context) {
            Poll::Ready(Err(_)) if course.written == 0 && !course.is_first => {
                return Poll::Ready(None);
            }
            // An early response may say why the rest is not taken; without one, reading fails too.
            Poll::Ready(Ok(()) | Err(_)) | Poll::Pending => {}
        }
        self.read(course, sent, context).map(Some)
    }

    fn write(
        &mut self,
        course: &mut Course<'_>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut stream = Pin::new(&mut self.stream);
        while !course.is_written() {
            let written = match course.head.get(course.written..) {
                Some(head) if course.body.is_empty() => stream.as_mut().poll_write(context, head),
                Some(head) if !head.is_empty() => {
                    let both = [io::IoSlice::new(head), io::IoSlice::new(course.body)];
                    stream.as_mut().poll_write_vectored(context, &both)
                }
                _ => {
                    let rest = &course.body[course.written - course.head.len()..];
                    stream.as_mut().poll_write(context, rest)
                }
            };
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => course.written += written,
            }
        }
        stream.poll_flush(context)
    }

    fn read(
        &mut self,
        course: &mut Course<'_>,
        sent: Instant,
        context: &mut Context<'_>,
    ) -> Poll<Exchange> {
        let mut memory = [const { MaybeUninit::uninit() }; READ];
        loop {
            let mut buffer = ReadBuf::uninit(&mut memory);
            let received = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            let received = received.as_ref().map(|()| buffer.filled());
            if let Some(exchange) = self.receive(course, sent, received) {
                return Poll::Ready(exchange);
            }
        }
    }

    /// Takes what was read: bytes, the end (none) or an error. Says what the exchange came to once it
    /// is over.
    fn receive(
        &mut self,
        course: &mut Course<'_>,
        sent: Instant,
        received: Result<&[u8], &io::Error>,
    ) -> Option<Exchange> {
        let stamped = match received {
            Ok([_, ..]) => self.stream.received(),
            Ok([]) | Err(_) => None,
        };
        // What was there before the request came with it.
        let came = stamped.map_or_else(Instant::now, |stamped| stamped.came.max(sent));
        let progress = match received {
            Err(error) => Err(lost(&course.reading, error)),
            Ok([]) => course.reading.end(),
            Ok(data) => {
                course.first_byte.get_or_insert(came);
                course.reading.feed(data, course.reply.as_deref_mut())
            }
        };
        match progress {
            Ok(Progress::Open) => None,
            Ok(Progress::Complete(rest)) => {
                // What has not been sent by now would be taken for the next request, and what is
                // still to be answered for the next answer.
                let ends =
                    !course.is_written() || course.is_unasked || self.lifetime == Lifetime::Once;
                self.state = if ends { Rest::Spent } else { rest };
                let unread = stamped.map(|stamped| stamped.read.saturating_duration_since(came));
                Some(Exchange { unread, ..course.ended(sent, came, course.answer()) })
            }
            Err(failure) => Some(course.ended(sent, came, Err(failure))),
        }
    }
}

/// The class of a connection that is lost with `error`.
fn lost(reading: &Reading<'_>, error: &io::Error) -> Failure {
    match reading.lost() {
        Failure::Reset => unanswered(error),
        other => other,
    }
}

/// The class of a connection that is lost with `error` before anything of an answer has come to its end.
fn unanswered(error: &io::Error) -> Failure {
    // A server that wants a client certificate says so once its own part of the handshake is over.
    let is_tls = error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<TlsError>);
    if is_tls { Failure::Tls } else { Failure::Reset }
}

#[cfg(test)]
mod tests;
