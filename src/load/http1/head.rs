//! A response's status line and headers, and what they say of all that follows (RFC 9112).

use std::cell::RefCell;
use std::fmt;
use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use httparse::{Header, ParserConfig, Response, Status};

use crate::load::message::Asks;

/// Most headers of one response. With the bytes that are kept of a head it bounds what a server can
/// make perfbase hold.
pub(super) const MOST_HEADERS: usize = 100;

/// Longest head that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 4 << 10;

/// A complete head.
#[derive(Debug, Clone, PartialEq)]
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

/// The head that answered a request last, for users who want no headers. Where a service says the same
/// every time but for its date, one comparison is almost all the reading there is: the same bytes are
/// the same head.
#[derive(Clone, Default)]
pub(crate) struct LastHead(RefCell<Remembered>);

#[derive(Clone, Default)]
struct Remembered {
    bytes: Vec<u8>,
    /// What they are; nothing before the first.
    head: Option<Head>,
}

impl LastHead {
    /// Reads the head that `bytes` begin with, as [`read`] does. All answers read with it must be to
    /// requests that ask for the same.
    pub(super) fn read(&self, bytes: &[u8], asks: Asks) -> Result<Option<Head>, Malformed> {
        let mut last = self.0.borrow_mut();
        if last.head.is_some() && bytes.starts_with(&last.bytes) {
            return Ok(last.head.clone());
        }
        let head = read(bytes, asks, Headers::Ignored)?;
        if let Some(head) = &head
            && head.length <= LONGEST_REMEMBERED
        {
            last.bytes.clear();
            last.bytes.extend_from_slice(&bytes[..head.length]);
            last.head = Some(head.clone());
        }
        Ok(head)
    }
}

impl fmt::Debug for LastHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A header may hold a token.
        write!(f, "LastHead({} bytes)", self.0.borrow().bytes.len())
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::message::Message;

    fn response(age: usize, padding: usize) -> Vec<u8> {
        let padding = "x".repeat(padding);
        format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nage: {age}\r\npad: {padding}\r\n\r\nok")
            .into()
    }

    #[test]
    fn the_last_head_is_remembered_without_what_stands_behind_it() {
        let last = LastHead::default();
        for age in [1, 1, 2] {
            let bytes = response(age, 0);
            let head = last.read(&bytes, Asks::Body);
            assert_eq!(head, read(&bytes, Asks::Body, Headers::Ignored));
            assert_eq!(last.0.borrow().bytes, bytes[..bytes.len() - 2]);
        }
        let cut = &response(2, 0)[..30];
        assert_eq!(last.read(cut, Asks::Body), Ok(None));
        assert_eq!(last.read(b"nonsense\r\n\r\n", Asks::Body), Err(Malformed));
    }

    #[test]
    fn a_long_head_is_read_and_not_remembered() {
        let last = LastHead::default();
        let long = response(1, LONGEST_REMEMBERED);
        assert_eq!(last.read(&long, Asks::Body), read(&long, Asks::Body, Headers::Ignored));
        assert!(last.0.borrow().bytes.is_empty());
    }

    #[test]
    fn another_request_has_no_last_answer() {
        let mut message = Message::null();
        assert!(message.last().read(&response(1, 0), message.asks()).unwrap().is_some());
        message.clear();
        assert!(message.last().0.borrow().head.is_none());
    }

    #[test]
    fn what_is_remembered_is_in_no_debugging_output() {
        let last = LastHead::default();
        last.read(&response(1, 7), Asks::Body).unwrap();
        assert!(!format!("{last:?}").contains("xxx"));
    }
}
