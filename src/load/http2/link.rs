//! One connection, shared by several users and driven by a task of its own.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, Connection, SendRequest};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_rustls::rustls::{AlertDescription, Error as TlsError};

use super::wire::{Pulse, Wire};
use crate::load::dial::Dial;
use crate::load::lifetime::Lifetime;
use crate::load::spin::counted;
use crate::model::{Failure, Opening};

/// What the service may send on one stream before anything was read of it, in bytes. More than lies
/// between two ends at 1 GB/s and 10 ms, so that it never waits for the client to read.
const STREAM_WINDOW: u32 = 16 << 20;

/// The same over all streams of a connection.
const CONNECTION_WINDOW: u32 = 1 << 30;

/// Longest head that is read, in bytes; as with HTTP/1.1.
const LONGEST_HEAD: u32 = 64 << 10;

/// Frames of a few bytes that are held until their user reads them, each of which takes more memory
/// than it brings. A service that sends more at once is not followed.
pub(super) const SMALL_FRAMES: usize = 50_000;

/// What such a frame counts against the limit, in bytes.
const SMALL_FRAME: usize = 256;

/// For how long, and for how many, answers are expected to requests that were given up: they are
/// passed over, and are no fault of the service's.
const LATE: Duration = Duration::from_mins(1);
const MOST_LATE: usize = 10_000;

/// Streams that a connection may have to end because of what came on them.
pub(super) const MOST_FAULTS: usize = 10_000;

/// A connection that several users send over. It ends when none of them has it any more.
pub(super) struct Link {
    sender: SendRequest<Bytes>,
    pub(super) pulse: Rc<Pulse>,
    is_given_up: Cell<bool>,
    lifetime: Lifetime,
    /// What the service allowed at first.
    allows: usize,
    driver: AbortHandle,
}

impl Link {
    /// Opens a connection and says how long its stream took; the error says what the system or the peer
    /// said.
    pub(super) async fn open(dial: &Dial) -> Result<(Self, Opening), (Failure, io::Error)> {
        let (stream, opening) = match dial.open().await {
            Err((_, error)) if is_no_protocol(&error) => return Err(disagreement()),
            other => other?,
        };
        if !stream.agrees_to(b"h2") {
            return Err(disagreement());
        }
        let (wire, pulse) = Wire::new(stream);
        let (sender, mut connection) =
            settings().handshake(wire).await.map_err(|error| refused(&error))?;
        // How many streams the service allows is in its first frame. Nothing is sent before that.
        let begun = poll_fn(|context| {
            let ended = Pin::new(&mut connection).poll(context);
            let allows = sender.current_max_send_streams();
            match ended {
                _ if allows > 0 => Poll::Ready(Ok(allows)),
                Poll::Ready(ended) => Poll::Ready(Err(ended)),
                Poll::Pending => Poll::Pending,
            }
        });
        let allows = begun.await.map_err(|ended| match ended {
            Ok(()) => closed(),
            Err(error) => refused(&error),
        })?;
        let driver = tokio::task::spawn_local(counted(drive(connection))).abort_handle();
        let lifetime = dial.lifetime();
        let link = Self { sender, pulse, is_given_up: Cell::new(false), lifetime, allows, driver };
        Ok((link, opening))
    }

    /// Most requests that the service allows to be under way at a time.
    pub(super) fn allows(&self) -> usize {
        self.allows
    }

    /// Where one user hands its requests over.
    pub(super) fn sender(&self) -> SendRequest<Bytes> {
        self.sender.clone()
    }

    /// Whether requests can be sent over it.
    pub(super) fn is_usable(&self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        // Nobody waits with it, so that it is ready unless the connection takes nothing any more.
        !self.is_given_up.get()
            && matches!(self.sender.clone().poll_ready(&mut context), Poll::Ready(Ok(())))
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.is_given_up.get()
    }

    /// Whether it is so old that nothing more is to begin on it.
    pub(super) fn is_aged(&self) -> bool {
        self.lifetime.is_over()
    }

    /// Watches over a request that was handed over at `sent`.
    pub(super) fn watch(&self, sent: Instant) -> Watch<'_> {
        Watch { link: self, sent, is_over: false }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Otherwise it says goodbye, to which there may be nobody left to listen.
        if self.is_given_up.get() {
            self.driver.abort();
        }
    }
}

/// A request under way. If it is given up when nothing at all has come over its connection since, not
/// even of other requests, the connection gets no further ones.
pub(super) struct Watch<'a> {
    link: &'a Link,
    sent: Instant,
    is_over: bool,
}

impl Watch<'_> {
    /// The request has ended.
    pub(super) fn end(mut self) {
        self.is_over = true;
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.is_over && self.link.pulse.heard() <= self.sent {
            self.link.is_given_up.set(true);
        }
    }
}

/// Moves what is sent and received, as long as the connection lasts.
async fn drive(connection: Connection<Wire, Bytes>) {
    // Whoever has a request under way hears of its end.
    let _ = connection.await;
}

fn settings() -> Builder {
    let mut builder = Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        // As long as it is zero, the service has not said yet what it allows.
        .initial_max_send_streams(0)
        .max_header_list_size(LONGEST_HEAD)
        .data_frame_budget(SMALL_FRAMES * SMALL_FRAME)
        .max_concurrent_reset_streams(MOST_LATE)
        .reset_stream_duration(LATE)
        .max_local_error_reset_streams(Some(MOST_FAULTS))
        .enable_push(false);
    builder
}

/// Whether the service ended the handshake because it speaks nothing that was offered.
fn is_no_protocol(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<TlsError>());
    let alert = AlertDescription::NoApplicationProtocol;
    error.is_some_and(|error| *error == TlsError::AlertReceived(alert))
}

fn disagreement() -> (Failure, io::Error) {
    (Failure::Protocol, io::Error::other("it does not agree to HTTP/2 (ALPN)"))
}

fn closed() -> (Failure, io::Error) {
    (Failure::Reset, io::Error::other("it ended the connection instead of beginning with HTTP/2"))
}

/// What an error before the first request means.
fn refused(error: &h2::Error) -> (Failure, io::Error) {
    // A service that wants a certificate of the client says so once its own part of the handshake is
    // over: TLS errors are those of invalid data.
    match error.get_io() {
        Some(io) if io.kind() == io::ErrorKind::InvalidData => {
            return (Failure::Tls, io::Error::other(io.to_string()));
        }
        Some(_) => return closed(),
        None => {}
    }
    (Failure::Protocol, io::Error::other(format!("it does not begin with HTTP/2 ({error})")))
}
