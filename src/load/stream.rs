//! The byte stream below HTTP.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::tcp::{Received, Tcp};

/// TCP or a Unix domain socket, with or without TLS. An enum and not a boxed trait: the hot path
/// branches and calls.
pub(crate) enum Stream {
    Plain(Tcp),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
    Tls(Box<TlsStream<Self>>),
}

impl Stream {
    /// Whether both ends mean to speak `protocol`: as they agreed in the handshake (ALPN), or without
    /// one because it was known before.
    pub(crate) fn agrees_to(&self, protocol: &[u8]) -> bool {
        match self {
            Self::Plain(_) => true,
            #[cfg(unix)]
            Self::Unix(_) => true,
            Self::Tls(stream) => stream.get_ref().1.alpn_protocol() == Some(protocol),
        }
    }

    /// When what was read last had come, and when it was read, where the kernel tells.
    pub(crate) fn received(&self) -> Option<Received> {
        match self {
            Self::Plain(stream) => stream.received(),
            #[cfg(unix)]
            Self::Unix(_) => None,
            Self::Tls(stream) => stream.get_ref().0.received(),
        }
    }

    /// What has come that has not been read: an error, an end (no byte), or the first byte, which is
    /// read by that. `context` need not be woken by what comes later.
    pub(crate) fn unasked(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        let mut byte = [0];
        let read = match self {
            // What is known to be empty is not asked, and nobody is registered to be woken.
            Self::Plain(stream) => stream.try_read(&mut byte),
            #[cfg(unix)]
            Self::Unix(stream) => stream.try_read(&mut byte),
            Self::Tls(stream) => {
                let mut buffer = ReadBuf::new(&mut byte);
                let read = Pin::new(stream).poll_read(context, &mut buffer);
                return read.map_ok(|()| buffer.filled().first().copied());
            }
        };
        match read {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            read => Poll::Ready(read.map(|length| byte[..length].first().copied())),
        }
    }
}

macro_rules! delegate {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Plain(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
            Stream::Tls(stream) => {
                let $stream = Pin::new(stream);
                $call
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        delegate!(self, stream => stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        delegate!(self, stream => stream.poll_write(context, buffer))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        delegate!(self, stream => stream.poll_write_vectored(context, buffers))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, stream => stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self, stream => stream.poll_shutdown(context))
    }
}
