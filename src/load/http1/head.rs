//! A response's status line and headers, and what they say of all that follows (RFC 9112).

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use httparse::{Header, ParserConfig, Response, Status};

use crate::load::message::Asks;

/// Most headers of one response. With the bytes that are kept of a head it bounds what a server can
/// make perfbase hold.
pub(super) const MOST_HEADERS: usize = 100;

/// A complete head.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    /// Whether the connection can be used again after the body.
    pub(super) persists: bool,
    /// Whether it says when to come back (`retry-after`).
    pub(super) retry_after: bool,
    /// Its bytes.
    pub(super) length: usize,
    /// Its headers, if anybody wants them.
    pub(super) headers: Option<HeaderMap>,
}

/// How a body's end is found (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// It is another head that was announced, and no response yet.
    Interim,
    Length(u64),
    Chunked,
    /// Until the connection ends.
    UntilEnd,
}

/// Whether a response's headers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Headers {
    Kept,
    Ignored,
}

/// What was received is no head of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads the head that `bytes` begin with; `None` while its end has not come.
pub(super) fn read(bytes: &[u8], asks: Asks, wanted: Headers) -> Result<Option<Head>, Malformed> {
    let mut memory = [const { MaybeUninit::<Header<'_>>::uninit() }; MOST_HEADERS];
    let mut response = Response::new(&mut []);
    let parsed = ParserConfig::default()
        .parse_response_with_uninit_headers(&mut response, bytes, &mut memory)
        .map_err(|_| Malformed)?;
    let (Status::Complete(length), Some(status), Some(version)) =
        (parsed, response.code, response.version)
    else {
        return Ok(None);
    };
    if status < 100 {
        return Err(Malformed);
    }
    let notes = Notes::of(version, response.headers);
    let (framing, persists) = notes.frame(status, asks)?;
    let retry_after = notes.retry_after;
    let headers = match (wanted, framing) {
        (Headers::Ignored, _) | (_, Framing::Interim) => None,
        (Headers::Kept, _) => Some(map(&bytes[..length], response.headers)?),
    };
    Ok(Some(Head { status, framing, persists, retry_after, length, headers }))
}

/// What the headers say of the body and the connection.
struct Notes<'a> {
    is_http_1_0: bool,
    length: Length,
    /// The last header of its name, whose last coding is the last of all.
    coding: Option<&'a [u8]>,
    persists: bool,
    retry_after: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Length {
    Absent,
    Known(u64),
    Wrong,
}

impl<'a> Notes<'a> {
    fn of(version: u8, headers: &[Header<'a>]) -> Self {
        let is_http_1_0 = version == 0;
        let mut notes = Self {
            is_http_1_0,
            length: Length::Absent,
            coding: None,
            persists: !is_http_1_0,
            retry_after: false,
        };
        let mut says_close = false;
        for Header { name, value } in headers {
            // Its length tells a name of no interest at once.
            match name.len() {
                10 if name.eq_ignore_ascii_case("connection") => {
                    if says_close || has_token(value, b"close") {
                        says_close = true;
                        notes.persists = false;
                    } else if !notes.persists {
                        notes.persists = has_token(value, b"keep-alive");
                    }
                }
                11 if name.eq_ignore_ascii_case("retry-after") => notes.retry_after = true,
                14 if name.eq_ignore_ascii_case("content-length") => notes.length.add(value),
                17 if name.eq_ignore_ascii_case("transfer-encoding") => notes.coding = Some(value),
                _ => {}
            }
        }
        notes
    }

    fn frame(&self, status: u16, asks: Asks) -> Result<(Framing, bool), Malformed> {
        let framing = match (status, asks) {
            // What follows is no HTTP/1.1.
            (101, _) | (200..=299, Asks::Tunnel) => return Ok((Framing::Length(0), false)),
            (100..=199, _) => Framing::Interim,
            (204 | 304, _) | (_, Asks::Head) => Framing::Length(0),
            _ => match (self.coding, self.length) {
                (Some(_), _) if self.is_http_1_0 => return Err(Malformed),
                (Some(coding), _) if ends_chunked(coding) => Framing::Chunked,
                (Some(_), _) | (None, Length::Absent) => Framing::UntilEnd,
                (None, Length::Known(length)) => Framing::Length(length),
                (None, Length::Wrong) => return Err(Malformed),
            },
        };
        Ok((framing, self.persists && framing != Framing::UntilEnd))
    }
}

impl Length {
    /// Several lengths are one if they are the same (RFC 9110, section 8.6).
    fn add(&mut self, value: &[u8]) {
        for number in value.split(|&byte| byte == b',') {
            let number = digits(number.trim_ascii());
            *self = match (*self, number) {
                (Self::Absent, Some(number)) => Self::Known(number),
                (Self::Known(before), Some(number)) if before == number => *self,
                _ => Self::Wrong,
            };
        }
    }
}

fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, &digit| {
        let value = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(value)
    })
}

fn has_token(value: &[u8], token: &[u8]) -> bool {
    is_visible(value)
        && value.split(|&byte| byte == b',').any(|it| it.trim_ascii().eq_ignore_ascii_case(token))
}

fn ends_chunked(value: &[u8]) -> bool {
    is_visible(value)
        && value
            .rsplit(|&byte| byte == b',')
            .next()
            .is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

fn is_visible(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// The headers as a map whose values share one copy of the head.
fn map(head: &[u8], headers: &[Header<'_>]) -> Result<HeaderMap, Malformed> {
    let begin = head.as_ptr().addr();
    let copy = Bytes::copy_from_slice(head);
    let mut map = HeaderMap::with_capacity(headers.len());
    for Header { name, value } in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed)?;
        // An empty value need not lie within the head.
        let at = if value.is_empty() { 0 } else { value.as_ptr().addr() - begin };
        let value = HeaderValue::from_maybe_shared(copy.slice(at..at + value.len()))
            .map_err(|_| Malformed)?;
        map.append(name, value);
    }
    Ok(map)
}
