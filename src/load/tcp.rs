//! TCP that tells when what was read had come.
//!
//! The time that an answer lies in the socket until it is read is the generator's and not the
//! service's: a CPU that has to wake up, another user's turn, another process. Linux stamps what a
//! socket receives (`SO_TIMESTAMPNS`), so that the two need not be taken for one. Elsewhere, and
//! where the kernel gives no stamp, what is read is taken to have come just then.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::stamping::Stamping;

#[cfg(target_os = "linux")]
use stamped::Stamps;

/// A TCP connection.
pub(crate) struct Tcp {
    pub(super) socket: TcpStream,
    #[cfg(target_os = "linux")]
    stamps: Option<Stamps>,
}

/// What is known of what was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    /// When the last of it came.
    pub(crate) came: Instant,
    /// When it was read.
    pub(crate) read: Instant,
}

impl Tcp {
    /// A connection over which nothing was received yet.
    #[cfg(target_os = "linux")]
    pub(crate) fn new(socket: TcpStream, stamping: Stamping) -> Self {
        let stamps = (stamping == Stamping::Wanted).then(|| Stamps::ask(&socket));
        Self { socket, stamps }
    }

    /// A connection over which nothing was received yet.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new(socket: TcpStream, _stamping: Stamping) -> Self {
        Self { socket }
    }

    /// When what was read last had come, where the kernel tells.
    #[cfg(target_os = "linux")]
    pub(crate) fn received(&self) -> Option<Received> {
        self.stamps.as_ref().and_then(Stamps::last)
    }

    /// Nothing: the kernel does not tell.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "where the kernel tells, it tells of one connection")]
    pub(crate) fn received(&self) -> Option<Received> {
        None
    }

    /// Reads what has come, without being woken by what comes later.
    pub(crate) fn try_read(&self, memory: &mut [u8]) -> io::Result<usize> {
        self.socket.try_read(memory)
    }
}

impl AsyncRead for Tcp {
    #[cfg(target_os = "linux")]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { socket, stamps } = self.get_mut();
        match stamps {
            Some(stamps) => stamps.poll_read(socket, context, buffer),
            None => Pin::new(socket).poll_read(context, buffer),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(context, buffer)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}

#[cfg(target_os = "linux")]
mod stamped;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
