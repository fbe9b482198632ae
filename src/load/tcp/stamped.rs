//! The kernel's time stamps of what a socket received.

use std::cell::RefCell;
use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use tokio::io::{Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Received;

/// Most bytes that are read at a time.
const READ: usize = 16 << 10;

/// Memory for what comes beside the bytes: one stamp takes 32.
const BESIDE: usize = 64;

thread_local! {
    /// What is read, on its way to whoever wants it, whose memory need not be written twice.
    static MEMORY: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ].into_boxed_slice());
}

/// The stamps of one connection.
#[derive(Debug, Default)]
pub(super) struct Stamps(Option<Received>);

impl Stamps {
    /// Has the kernel stamp what `stream` receives.
    pub(super) fn ask(stream: &TcpStream) -> Self {
        // Whoever cannot have stamps reads without.
        let _ = setsockopt(stream, sockopt::ReceiveTimestampns, &true);
        Self::default()
    }

    /// Of what was read last, if that had one.
    pub(super) fn last(&self) -> Option<Received> {
        self.0
    }

    /// Reads once there is something.
    pub(super) fn poll_read(
        &mut self,
        stream: &TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        MEMORY.with_borrow_mut(|memory| {
            let room = buffer.remaining().min(memory.len());
            let memory = &mut memory[..room];
            loop {
                ready!(stream.poll_read_ready(context))?;
                let mut received = None;
                let read = stream.try_io(Interest::READABLE, || {
                    let (bytes, stamp) = receive(stream, memory)?;
                    received = Some((bytes, stamp));
                    // Behind less than there was room for is nothing until the socket is ready anew,
                    // which the runtime has to hear: else the next read asks in vain.
                    if (1..room).contains(&bytes) {
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                    Ok(())
                });
                match (received, read) {
                    (Some((bytes, stamp)), _) => {
                        buffer.put_slice(&memory[..bytes]);
                        self.0 = stamp;
                        return Poll::Ready(Ok(()));
                    }
                    (None, Err(error)) if error.kind() != io::ErrorKind::WouldBlock => {
                        return Poll::Ready(Err(error));
                    }
                    (None, _) => {}
                }
            }
        })
    }
}

/// Reads what has come: how much, and when the last of it did.
fn receive(stream: &TcpStream, memory: &mut [u8]) -> io::Result<(usize, Option<Received>)> {
    let mut into = [IoSliceMut::new(memory)];
    let mut beside = [0; BESIDE];
    let message =
        recvmsg::<()>(stream.as_raw_fd(), &mut into, Some(&mut beside), MsgFlags::empty())?;
    let stamp = message.cmsgs()?.find_map(|beside| match beside {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
        _ => None,
    });
    let received = stamp.map(|stamp| {
        // The stamp is the system clock's, which may be set at any time: only its distance from now
        // is used, and whoever asks holds that against what cannot have been before.
        let unread = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().saturating_sub(stamp);
        let read = Instant::now();
        Received { came: read.checked_sub(unread).unwrap_or(read), read }
    });
    Ok((message.bytes, received))
}
