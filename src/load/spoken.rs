//! Whichever version of HTTP the plan asks for, where what that choice costs is measured by nobody.

use http::HeaderMap;
use tokio::time::Instant;

use super::capture::Reply;
use super::http1::{Http1, Http1Connection};
use super::http2::{Http2, Http2Connection, Http2Factory};
use super::message::Message;
use super::shortage::Shortage;
use super::slice::Seat;
use super::transport::{Connection, Exchange, Factory, Refused, Transport, Upgraded};
use super::websocket::WebSocket;
use crate::model::{Failure, Opening};

/// Makes transports of either version.
#[derive(Clone)]
pub(crate) enum SpokenFactory {
    /// Over HTTP/1.1.
    Http1(Http1),
    /// Over HTTP/2.
    Http2(Http2Factory),
}

impl Factory for SpokenFactory {
    type Transport = Spoken;

    fn make(&self, seat: Seat, at_once: usize) -> Spoken {
        match self {
            Self::Http1(http1) => Spoken::Http1(http1.make(seat, at_once)),
            Self::Http2(http2) => Spoken::Http2(http2.make(seat, at_once)),
        }
    }
}

impl SpokenFactory {
    /// What this machine did not have for a connection, whoever wanted to open it.
    pub(crate) fn shortage(&self) -> &Shortage {
        match self {
            Self::Http1(http1) => http1.0.shortage(),
            Self::Http2(http2) => http2.dial.shortage(),
        }
    }
}

/// A transport of either version.
pub(crate) enum Spoken {
    /// HTTP/1.1.
    Http1(Http1),
    /// HTTP/2.
    Http2(Http2),
}

/// A connection of either version.
pub(crate) enum SpokenConnection {
    /// HTTP/1.1.
    Http1(Http1Connection),
    /// HTTP/2.
    Http2(Http2Connection),
}

impl Transport for Spoken {
    type Connection = SpokenConnection;
    type Channel = WebSocket;

    async fn connect(
        &self,
        user: u64,
        opened: impl FnOnce(Opening),
    ) -> Result<SpokenConnection, Failure> {
        Ok(match self {
            Self::Http1(http1) => SpokenConnection::Http1(http1.connect(user, opened).await?),
            Self::Http2(http2) => SpokenConnection::Http2(http2.connect(user, opened).await?),
        })
    }

    fn at_once(&self) -> usize {
        match self {
            Self::Http1(http1) => http1.at_once(),
            Self::Http2(http2) => http2.at_once(),
        }
    }

    async fn upgrade(
        &self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
        opened: impl FnOnce(Opening),
    ) -> Result<Upgraded<WebSocket>, Refused> {
        match self {
            Self::Http1(http1) => http1.upgrade(message, also, reply, opened).await,
            Self::Http2(http2) => http2.upgrade(message, also, reply, opened).await,
        }
    }
}

impl Connection for SpokenConnection {
    fn is_spent(&self) -> bool {
        match self {
            Self::Http1(http1) => http1.is_spent(),
            Self::Http2(http2) => http2.is_spent(),
        }
    }

    fn survives(&self) -> bool {
        match self {
            Self::Http1(http1) => http1.survives(),
            Self::Http2(http2) => http2.survives(),
        }
    }

    fn ends_unannounced(&self) -> bool {
        match self {
            Self::Http1(http1) => http1.ends_unannounced(),
            Self::Http2(http2) => http2.ends_unannounced(),
        }
    }

    fn tried(&self) -> Option<Instant> {
        match self {
            Self::Http1(http1) => http1.tried(),
            Self::Http2(http2) => http2.tried(),
        }
    }

    async fn exchange(
        &mut self,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Option<Exchange> {
        match self {
            Self::Http1(http1) => http1.exchange(message, also, reply).await,
            Self::Http2(http2) => http2.exchange(message, also, reply).await,
        }
    }
}
