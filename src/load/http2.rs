//! HTTP/2 over TCP or TLS: users share connections, each request is a stream of its own.
//!
//! A worker's users take connections one after the other, so that who shares one with whom follows
//! from their numbers alone. There are never more requests under way on a connection than its streams:
//! nobody waits for a free one unless the service takes back what it allowed, and then that wait is in
//! the latency. Framing, header compression and flow control are the h2 crate's.

use std::future::poll_fn;
use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;

use bytes::Bytes;
use h2::client::SendRequest;
use http::HeaderMap;
use http::uri::Scheme;
use tokio::time::Instant;

use super::capture::Reply;
use super::dial::Dial;
use super::http1::Http1;
use super::line::REFUSED_PAUSE;
use super::message::Message;
use super::slice::Seat;
use super::transport::{Connection, Exchange, Factory, Refused, Transport, Upgraded};
use super::websocket::WebSocket;
use crate::model::{Failure, Opening};
use course::Course;
use link::Link;
use pool::Pool;

mod course;
mod fields;
mod link;
mod pool;
mod wire;

pub(crate) use fields::{Fields, is_authority};

/// What the transports of all workers are made of.
#[derive(Clone)]
pub(crate) struct Http2Factory {
    /// Where requests go.
    pub(crate) dial: Dial,
    /// Where each WebSocket is opened, over an HTTP/1.1 connection of its own.
    pub(crate) sockets: Http1,
    pub(crate) scheme: Scheme,
    /// Most requests under way at a time on one connection.
    pub(crate) streams: NonZeroUsize,
}

impl Factory for Http2Factory {
    type Transport = Http2;

    fn make(&self, seat: Seat, at_once: usize) -> Http2 {
        let Self { dial, sockets, scheme, streams } = self;
        let at_once = at_once.clamp(1, streams.get());
        Http2 {
            dial: dial.for_worker(seat.index),
            sockets: sockets.make(seat, at_once),
            scheme: scheme.clone(),
            at_once,
            users_each: streams.get() / at_once,
            workers: u64::from(seat.of.max(1)),
            pool: Pool::default(),
        }
    }
}

/// Opens HTTP/2 connections to one address, for users who share them.
pub(crate) struct Http2 {
    dial: Dial,
    sockets: Http1,
    scheme: Scheme,
    /// Most requests of one user under way at a time.
    at_once: usize,
    /// Users who share a connection.
    users_each: usize,
    /// A worker's users have every so many-th number.
    workers: u64,
    pool: Pool,
}

impl Transport for Http2 {
    type Connection = Http2Connection;
    type Channel = WebSocket;

    async fn connect(
        &self,
        user: u64,
        opened: impl FnOnce(Opening),
    ) -> Result<Http2Connection, Failure> {
        let place = usize::try_from(user / self.workers).unwrap_or(usize::MAX);
        let link = self.pool.join(place / self.users_each, &self.dial, opened).await?;
        Ok(Http2Connection::over(link, self.scheme.clone()))
    }

    fn at_once(&self) -> usize {
        self.at_once
    }

    async fn upgrade(
        &self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
        opened: impl FnOnce(Opening),
    ) -> Result<Upgraded<WebSocket>, Refused> {
        self.sockets.upgrade(message, also, reply, opened).await
    }
}

/// A user's share of a connection.
pub(crate) struct Http2Connection {
    link: Rc<Link>,
    sender: SendRequest<Bytes>,
    scheme: Scheme,
    /// Whether nothing was sent over it yet.
    is_new: bool,
    tried: Option<Instant>,
}

impl Http2Connection {
    /// One that is shared with nobody; the error says what the system or the peer said.
    pub(crate) async fn open(dial: &Dial, scheme: Scheme) -> Result<Self, (Failure, io::Error)> {
        let (link, _) = Link::open(dial).await?;
        Ok(Self::over(Rc::new(link), scheme))
    }

    fn over(link: Rc<Link>, scheme: Scheme) -> Self {
        Self { sender: link.sender(), link, scheme, is_new: true, tried: None }
    }

    /// Most requests that the service allows to be under way at a time on the connection.
    pub(crate) fn allows(&self) -> usize {
        self.link.allows()
    }
}

/// A request that HTTP/2 does not have. Its user waits, else it would keep its worker for itself.
async fn unsendable(sent: Instant) -> Option<Exchange> {
    Box::pin(tokio::time::sleep(REFUSED_PAUSE)).await;
    Some(Exchange::failed(sent, Failure::Protocol))
}

impl Connection for Http2Connection {
    fn survives(&self) -> bool {
        self.link.is_usable()
    }

    /// A service that ends it says how far it has come (GOAWAY).
    fn ends_unannounced(&self) -> bool {
        false
    }

    fn tried(&self) -> Option<Instant> {
        self.tried
    }

    async fn exchange(
        &mut self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Option<Exchange> {
        self.tried = None;
        let is_new = std::mem::take(&mut self.is_new);
        if self.link.is_given_up() || self.link.is_aged() && !is_new {
            return None;
        }
        let pulse = &*self.link.pulse;
        let (sent, written) = (Instant::now(), pulse.written());
        let unsendable = || unsendable(sent);
        let Some(fields) = message.fields(&self.scheme) else { return unsendable().await };
        let Some(request) = fields.request(also) else { return unsendable().await };
        let watch = self.link.watch(sent);
        // An error says that the connection takes no more requests, whatever becomes of the others.
        let ready = poll_fn(|context| self.sender.poll_ready(context)).await;
        let sending = ready.map(|()| self.sender.send_request(request, fields.body.is_empty()));
        let (response, mut body) = match sending {
            Ok(Ok(begun)) => begun,
            // Of our own making: a request that HTTP/2 does not have.
            Ok(Err(error)) if error.reason().is_none() && !error.is_io() => {
                watch.end();
                return unsendable().await;
            }
            Err(_) | Ok(Err(_)) => {
                watch.end();
                self.tried = Some(sent);
                return None;
            }
        };
        if !fields.body.is_empty() {
            // A service that wants no more of it says so in its answer.
            let _ = body.send_data(fields.body.clone(), true);
        }
        let mut course = Course::new(pulse, sent, message.asks(), response, reply);
        let ended = poll_fn(|context| course.advance(context)).await;
        watch.end();
        let exchange = course.exchange(ended, written);
        if exchange.is_none() {
            self.tried = Some(sent);
        }
        exchange
    }
}

#[cfg(test)]
mod tests;
