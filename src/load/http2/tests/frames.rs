//! HTTP/2 frame by frame (RFC 9113, section 4), for servers that say what no service should.

use std::io::{Read, Write};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) const PROTOCOL_ERROR: u32 = 1;
pub(crate) const REFUSED_STREAM: u32 = 7;
pub(crate) const CANCEL: u32 = 8;

pub(crate) const MAX_CONCURRENT_STREAMS: u16 = 3;

/// A frame that came.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// The server's side of a connection.
pub(crate) struct Peer<S>(pub(crate) S);

impl<S: Read + Write> Peer<S> {
    /// Takes the client's preface and says `settings`; nothing if the client goes.
    pub(crate) fn begin(stream: S, settings: &[(u16, u32)]) -> Option<Self> {
        let mut peer = Self(stream);
        peer.preface()?;
        peer.settings(settings).then_some(peer)
    }

    /// Says `settings`.
    pub(crate) fn settings(&mut self, settings: &[(u16, u32)]) -> bool {
        let mut payload = Vec::new();
        for (name, value) in settings {
            payload.extend_from_slice(&name.to_be_bytes());
            payload.extend_from_slice(&value.to_be_bytes());
        }
        self.send(SETTINGS, 0, 0, &payload)
    }

    /// Takes the client's preface.
    pub(crate) fn preface(&mut self) -> Option<()> {
        let mut preface = [0; 24];
        self.0.read_exact(&mut preface).ok()?;
        assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        Some(())
    }

    /// Sends a frame; says whether anybody takes it.
    pub(crate) fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        self.0.write_all(&frame).is_ok()
    }

    /// The next frame, whatever it is.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).ok()?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// The next frame of that kind. Settings and pings that come before are acknowledged.
    pub(crate) fn next_of(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.next()?;
            match (frame.kind, frame.flags & ACK) {
                (found, _) if found == kind => return Some(frame),
                (SETTINGS, 0) => drop(self.send(SETTINGS, ACK, 0, &[])),
                (PING, 0) => drop(self.send(PING, ACK, 0, &frame.payload)),
                _ => {}
            }
        }
    }

    /// The stream of the next request.
    pub(crate) fn request(&mut self) -> Option<u32> {
        self.next_of(HEADERS).map(|frame| frame.stream)
    }

    /// A head with such fields, behind which more comes.
    pub(crate) fn head(&mut self, stream: u32, status: &str, fields: &[(&str, &str)]) -> bool {
        self.send(HEADERS, END_HEADERS, stream, &block(status, fields))
    }

    /// A whole answer.
    pub(crate) fn answer(&mut self, stream: u32, body: &[u8]) -> bool {
        self.head(stream, "200", &[]) && self.send(DATA, END_STREAM, stream, body)
    }

    pub(crate) fn reset(&mut self, stream: u32, code: u32) -> bool {
        self.send(RST_STREAM, 0, stream, &code.to_be_bytes())
    }

    /// No stream above `last` was looked at.
    pub(crate) fn go_away(&mut self, last: u32, code: u32) -> bool {
        self.send(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat())
    }
}

/// Fields as literals without a name in any table (RFC 7541, section 6.2.2).
pub(crate) fn block(status: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in std::iter::once(&(":status", status)).chain(fields) {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}
