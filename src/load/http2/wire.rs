//! The byte stream of a connection, which notes what it does: whoever shares it sees only a part.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use crate::load::stream::Stream;

/// What a stream has done so far.
#[derive(Debug)]
pub(super) struct Pulse {
    written: Cell<u64>,
    heard: Cell<Instant>,
}

impl Pulse {
    /// Bytes written.
    pub(super) fn written(&self) -> u64 {
        self.written.get()
    }

    /// When it was last read from; when it began, before that.
    pub(super) fn heard(&self) -> Instant {
        self.heard.get()
    }
}

/// A stream with its pulse.
pub(super) struct Wire {
    stream: Stream,
    pulse: Rc<Pulse>,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> (Self, Rc<Pulse>) {
        let pulse = Rc::new(Pulse { written: Cell::new(0), heard: Cell::new(Instant::now()) });
        (Self { stream, pulse: Rc::clone(&pulse) }, pulse)
    }

    fn note(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(written)) = written {
            self.pulse.written.set(self.pulse.written.get() + *written as u64);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.pulse.heard.set(Instant::now());
        Poll::Ready(read)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.note(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.note(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
