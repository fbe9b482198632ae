//! A response, read from its bytes as they come. Knows neither socket nor clock.

use super::chunks::Chunks;
use super::head::{self, Framing, Head, Headers, LastHead};
use super::held::Held;
use crate::load::capture::Reply;
use crate::load::message::Asks;
use crate::model::Failure;

/// Longest head, in bytes. A response that is still announced after so many is none.
pub(super) const LONGEST_HEAD: usize = 64 << 10;

/// A response under way.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    asks: Asks,
    /// What answered the same request before.
    last: &'a LastHead,
    place: Place,
    /// The status of the head; zero before it has come.
    status: u16,
    persists: bool,
    retry_after: bool,
    /// Of the body.
    bytes: u64,
}

#[derive(Debug)]
enum Place {
    /// In the head; these bytes of it have come before.
    Head(Held),
    /// In a body of which so many bytes have not come yet.
    Length(u64),
    Chunked(Chunks),
    UntilEnd,
}

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// There must be more.
    Open,
    /// It is complete.
    Complete(Rest),
}

/// What a complete response leaves of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Another request can be sent.
    Reusable,
    /// The peer ends it, or has sent more than its response.
    Spent,
}

/// How far the heads are.
enum Heads {
    /// That of the response has come, and so much of its body.
    Read(Progress),
    /// The next begins here and has not come to its end.
    Partial(usize),
}

impl<'a> Reading<'a> {
    pub(super) fn new(asks: Asks, last: &'a LastHead) -> Self {
        Self {
            asks,
            last,
            place: Place::Head(Held::default()),
            status: 0,
            persists: false,
            retry_after: false,
            bytes: 0,
        }
    }

    /// The status, once the response is complete.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Whether the answer is a 503 that says when to come back (`retry-after`).
    pub(super) fn says_retry_after(&self) -> bool {
        self.retry_after && self.status == 503
    }

    /// Bytes of the body that have come.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes what was received next; what of it is wanted goes into `reply`.
    pub(super) fn feed(
        &mut self,
        data: &[u8],
        reply: Option<&mut Reply>,
    ) -> Result<Progress, Failure> {
        let Place::Head(held) = &mut self.place else { return self.body(data, reply) };
        if held.bytes().is_empty() {
            return match self.heads(data, reply)? {
                Heads::Read(progress) => Ok(progress),
                Heads::Partial(begin) => {
                    self.place = Place::Head(Held::of(data[begin..].to_vec()));
                    Ok(Progress::Open)
                }
            };
        }
        held.add(data);
        if !held.is_due() {
            return Ok(Progress::Open);
        }
        let mut held = std::mem::take(held);
        match self.heads(held.bytes(), reply)? {
            Heads::Read(progress) => Ok(progress),
            Heads::Partial(begin) => {
                if begin == 0 {
                    held.note_parsed();
                } else {
                    held = Held::of(held.bytes()[begin..].to_vec());
                }
                self.place = Place::Head(held);
                Ok(Progress::Open)
            }
        }
    }

    /// Takes the end of the connection.
    pub(super) fn end(&self) -> Result<Progress, Failure> {
        match &self.place {
            Place::UntilEnd => Ok(Progress::Complete(Rest::Spent)),
            Place::Head(_) | Place::Length(_) | Place::Chunked(_) => Err(self.lost()),
        }
    }

    /// The class of a connection that is lost at this point.
    pub(super) fn lost(&self) -> Failure {
        match &self.place {
            // Not all of a long one has been parsed.
            Place::Head(held) if head::read(held.bytes(), self.asks, Headers::Ignored).is_err() => {
                Failure::Protocol
            }
            Place::Head(_) => Failure::Reset,
            Place::Length(_) | Place::Chunked(_) | Place::UntilEnd => Failure::Body,
        }
    }

    /// Reads heads at the beginning of `data` up to the first that is a response's.
    fn heads(&mut self, data: &[u8], reply: Option<&mut Reply>) -> Result<Heads, Failure> {
        let mut begin = 0;
        loop {
            // Only what a head may have is looked at, so that its limit is the same for every cut.
            let within = &data[begin..data.len().min(begin + LONGEST_HEAD)];
            let head = match &reply {
                Some(_) => head::read(within, self.asks, Headers::Kept),
                None => self.last.read(within, self.asks),
            };
            let head = head.map_err(|_| Failure::Protocol)?;
            let Some(Head { status, framing, persists, retry_after, length, headers }) = head
            else {
                let is_too_long = within.len() == LONGEST_HEAD;
                return if is_too_long {
                    Err(Failure::Protocol)
                } else {
                    Ok(Heads::Partial(begin))
                };
            };
            begin += length;
            self.place = match framing {
                Framing::Interim => continue,
                Framing::Length(length) => Place::Length(length),
                Framing::Chunked => Place::Chunked(Chunks::new()),
                Framing::UntilEnd => Place::UntilEnd,
            };
            self.status = status;
            self.persists = persists;
            self.retry_after = retry_after;
            let mut reply = reply;
            if let (Some(reply), Some(headers)) = (reply.as_deref_mut(), headers) {
                reply.begin(status, headers);
            }
            return self.body(&data[begin..], reply).map(Heads::Read);
        }
    }

    fn body(&mut self, data: &[u8], mut reply: Option<&mut Reply>) -> Result<Progress, Failure> {
        let bytes = &mut self.bytes;
        let mut take = |data: &[u8]| {
            *bytes += data.len() as u64;
            if let Some(reply) = reply.as_deref_mut() {
                reply.add(data);
            }
        };
        let own = match &mut self.place {
            Place::Head(_) => None,
            Place::UntilEnd => {
                take(data);
                None
            }
            Place::Length(left) => {
                let length = usize::try_from(*left).map_or(data.len(), |n| n.min(data.len()));
                take(&data[..length]);
                *left -= length as u64;
                (*left == 0).then_some(length)
            }
            Place::Chunked(chunks) => chunks.feed(data, take).map_err(|_| Failure::Body)?,
        };
        Ok(match own {
            None => Progress::Open,
            Some(own) if self.persists && own == data.len() => Progress::Complete(Rest::Reusable),
            Some(_) => Progress::Complete(Rest::Spent),
        })
    }
}
