//! A scripted service under paused time, for the engine's tests.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::capture::Reply;
use super::message::Message;
use super::transport::{Channel, Connection, Exchange, Refused, Transport, Upgraded};
use crate::model::{Failure, Opening, Page};

/// What the service does with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Answers with success after a time.
    Answer(Duration),
    /// Answers with success: its head after the first time, and its body after the second.
    InParts(Duration, Duration),
    /// Answers with this status after a time.
    Status(Duration, u16),
    /// Fails after a time; the connection is lost for classes that lose it.
    Fail(Duration, Failure),
    /// Answers at once, and the worker takes so long over the answer.
    Hold(Duration),
    /// Brings down whoever asks.
    Panic,
    /// Never answers.
    Hang,
    /// Had closed the connection before the request came.
    Closed,
    /// Says on a socket what nobody asked for, as soon as it can.
    Unasked,
}

/// A service that follows a script, and then does the same thing for ever.
#[derive(Clone)]
pub(crate) struct Service(Rc<State>);

struct State {
    script: RefCell<VecDeque<Act>>,
    then: Act,
    connect: Result<Duration, Failure>,
    /// How long a handshake takes; none without it.
    tls: Option<Duration>,
    connections: Cell<u32>,
    open: Cell<u32>,
    most_open: Cell<u32>,
    handed_over: RefCell<Vec<Duration>>,
    said: RefCell<Vec<String>>,
    closing: Cell<Duration>,
    begin: Instant,
}

impl Service {
    pub(crate) fn new(script: impl IntoIterator<Item = Act>, then: Act) -> Self {
        Self::connecting(script, then, Ok(Duration::ZERO))
    }

    pub(crate) fn connecting(
        script: impl IntoIterator<Item = Act>,
        then: Act,
        connect: Result<Duration, Failure>,
    ) -> Self {
        Self::securing(script, then, connect, None)
    }

    /// One that connects in two steps, the second of which is a TLS handshake.
    pub(crate) fn securing(
        script: impl IntoIterator<Item = Act>,
        then: Act,
        connect: Result<Duration, Failure>,
        tls: Option<Duration>,
    ) -> Self {
        Self(Rc::new(State {
            script: RefCell::new(script.into_iter().collect()),
            then,
            connect,
            tls,
            connections: Cell::new(0),
            open: Cell::new(0),
            most_open: Cell::new(0),
            handed_over: RefCell::default(),
            said: RefCell::default(),
            closing: Cell::default(),
            begin: Instant::now(),
        }))
    }

    /// Connections made so far.
    pub(crate) fn connections(&self) -> u32 {
        self.0.connections.get()
    }

    /// Most connections open at a time.
    pub(crate) fn most_open(&self) -> u32 {
        self.0.most_open.get()
    }

    /// Takes so long to answer the end of a socket.
    pub(crate) fn closing(self, after: Duration) -> Self {
        self.0.closing.set(after);
        self
    }

    /// What was said on sockets.
    pub(crate) fn said(&self) -> Vec<String> {
        self.0.said.borrow().clone()
    }

    /// When each request was handed over, from the service's begin.
    pub(crate) fn handed_over(&self) -> Vec<Duration> {
        self.0.handed_over.borrow().clone()
    }
}

impl Transport for Service {
    type Connection = FakeConnection;
    type Channel = FakeConnection;

    async fn upgrade(
        &self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
        opened: impl FnOnce(Opening),
    ) -> Result<Upgraded<FakeConnection>, Refused> {
        let mut connection = self.connect(0, opened).await.map_err(Refused::Failed)?;
        let sent = Instant::now();
        match connection.exchange(message, also, reply).await.map(|exchange| exchange.answer) {
            Some(Ok(200)) => Ok(Upgraded { channel: connection, sent }),
            Some(Ok(status)) => Err(Refused::Answered { status, retry_after: false }),
            Some(Err(failure)) => Err(Refused::Failed(failure)),
            None => Err(Refused::Failed(Failure::Reset)),
        }
    }

    fn at_once(&self) -> usize {
        Page::CONNECTIONS
    }

    async fn connect(
        &self,
        _user: u64,
        opened: impl FnOnce(Opening),
    ) -> Result<FakeConnection, Failure> {
        let state = &self.0;
        let begun = Instant::now();
        tokio::time::sleep(state.connect?).await;
        let connected = Instant::now();
        if let Some(handshake) = state.tls {
            tokio::time::sleep(handshake).await;
        }
        let tls = state.tls.map(|_| connected.elapsed());
        opened(Opening { dns: None, connect: connected - begun, tls });
        state.connections.set(state.connections.get() + 1);
        state.open.set(state.open.get() + 1);
        state.most_open.set(state.most_open.get().max(state.open.get()));
        Ok(FakeConnection(self.clone()))
    }
}

pub(crate) struct FakeConnection(Service);

impl Drop for FakeConnection {
    fn drop(&mut self) {
        let open = &self.0.0.open;
        open.set(open.get() - 1);
    }
}

/// A message is answered as a request would be: with its status as JSON.
impl Channel for FakeConnection {
    async fn say(&mut self, text: String) -> Result<(), Failure> {
        self.0.0.said.borrow_mut().push(text);
        Ok(())
    }

    async fn hear(&mut self) -> Result<Bytes, Failure> {
        let exchange = self.exchange(&Message::null(), &HeaderMap::new(), None).await;
        let status = exchange.ok_or(Failure::Reset)?.answer?;
        Ok(Bytes::from(format!("{{\"status\":{status}}}")))
    }

    async fn overhear(&mut self) -> Result<Option<Bytes>, Failure> {
        let is_next = self.0.0.script.borrow().front() == Some(&Act::Unasked);
        if is_next { self.hear().await.map(Some) } else { Ok(None) }
    }

    async fn close(&mut self) {
        // Something, as an answer to it may take.
        tokio::time::sleep(self.0.0.closing.get()).await;
    }
}

impl Connection for FakeConnection {
    async fn exchange(
        &mut self,
        _message: &Message,
        _also: &HeaderMap,
        _reply: Option<&mut Reply>,
    ) -> Option<Exchange> {
        let state = &self.0.0;
        let act = state.script.borrow_mut().pop_front().unwrap_or(state.then);
        let sent = Instant::now();
        if !matches!(act, Act::Closed) {
            state.handed_over.borrow_mut().push(sent - state.begin);
        }
        let (after, answer) = match act {
            Act::Closed => return None,
            Act::Panic => panic!("as the script says"),
            Act::Hang => std::future::pending().await,
            Act::Unasked => (Duration::ZERO, Ok(200)),
            Act::Hold(held) => {
                tokio::time::advance(held).await;
                (Duration::ZERO, Ok(200))
            }
            Act::Answer(after) | Act::InParts(after, _) => (after, Ok(200)),
            Act::Status(after, status) => (after, Ok(status)),
            Act::Fail(after, failure) => (after, Err(failure)),
        };
        tokio::time::sleep(after).await;
        let first = Instant::now();
        let first_byte = answer.is_ok().then_some(first);
        let end = match act {
            Act::InParts(_, rest) => {
                tokio::time::sleep(rest).await;
                Instant::now()
            }
            _ => first,
        };
        Some(Exchange { first_byte, bytes: 2, sent, ..Exchange::ended(end, answer) })
    }
}
