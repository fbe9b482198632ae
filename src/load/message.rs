//! A request as the bytes that go over the wire.

use std::cell::OnceCell;
use std::fmt;
use std::io::Write;
use std::ops::Range;

use bytes::Bytes;
use http::HeaderMap;
use http::uri::Scheme;

use super::http1::LastHead;
use super::http2::Fields;

/// Memory for a request that its user keeps from one to the next, in bytes.
const USUAL: usize = 16 << 10;

/// Longest body that is copied behind its head so that one write takes both; a longer one is sent from
/// where it lies.
const LONGEST_COPY: usize = 16 << 10;

/// What a transport sends.
#[derive(Clone, Default)]
pub(crate) struct Message {
    /// Request line, headers, an empty line, and the body unless that is the `rest`.
    wire: Vec<u8>,
    /// Where the path is, without its query.
    path: Range<usize>,
    /// Where the empty line begins, and further headers can go.
    headers_end: usize,
    rest: Rest,
    asks: Asks,
    /// Memory for a body whose length must be known before its head is complete.
    body: Vec<u8>,
    /// The same for HTTP/2, made when it is first asked for; nothing if it cannot be.
    fields: OnceCell<Option<Box<Fields>>>,
    /// The head of its last answer.
    last: LastHead,
}

/// Where as much of the body is as does not lie behind its head.
#[derive(Clone, Default)]
enum Rest {
    #[default]
    Nowhere,
    /// Outside of the message, which shares it.
    Attached(Bytes),
    /// In the message's own memory for it.
    Own,
}

/// What kind of answer a request asks for, as far as its length depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Asks {
    /// One with a body.
    #[default]
    Body,
    /// A head that speaks of a body which does not follow (HEAD).
    Head,
    /// A tunnel, which begins where the body of a success would (CONNECT).
    Tunnel,
}

impl Message {
    /// A plain GET of `/`, for perfbase's own null handler.
    pub(crate) fn null() -> Self {
        let mut message = Self::default();
        message.begin("GET ", Asks::Body).extend_from_slice(b"/");
        message.end_target();
        message.head().extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\n");
        message.end_without_body();
        message
    }

    /// The path, without its query.
    pub(crate) fn path(&self) -> &str {
        // Who writes a path lets nothing but characters of one pass.
        std::str::from_utf8(&self.wire[self.path.clone()]).unwrap_or_default()
    }

    fn method(&self) -> &[u8] {
        self.wire.split(|&byte| byte == b' ').next().unwrap_or_default()
    }

    /// Whether it has the same effect when it is sent twice (RFC 9110, section 9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        matches!(self.method(), b"GET" | b"HEAD" | b"PUT" | b"DELETE" | b"OPTIONS" | b"TRACE")
    }

    /// Whether it is one that changes nothing (RFC 9110, section 9.2.1).
    pub(crate) fn is_safe(&self) -> bool {
        matches!(self.method(), b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE")
    }

    pub(crate) fn asks(&self) -> Asks {
        self.asks
    }

    /// Request line, headers, empty line, and the body's beginning.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// The head of its last answer over HTTP/1.1.
    pub(super) fn last(&self) -> &LastHead {
        &self.last
    }

    /// The request as HTTP/2 has it, to a service with that `scheme`; nothing if it cannot be sent so.
    pub(crate) fn fields(&self, scheme: &Scheme) -> Option<&Fields> {
        self.fields.get_or_init(|| Fields::of(self, scheme).map(Box::new)).as_deref()
    }

    /// Request line and headers, without the empty line behind them.
    pub(crate) fn written_head(&self) -> &[u8] {
        &self.wire[..self.headers_end]
    }

    /// The whole body.
    pub(crate) fn written_body(&self) -> Bytes {
        match &self.rest {
            Rest::Nowhere => Bytes::copy_from_slice(&self.wire[self.headers_end + 2..]),
            Rest::Attached(body) => body.clone(),
            Rest::Own => Bytes::copy_from_slice(&self.body),
        }
    }

    /// The rest of the body.
    pub(crate) fn attached(&self) -> &[u8] {
        match &self.rest {
            Rest::Nowhere => &[],
            Rest::Attached(body) => body,
            Rest::Own => &self.body,
        }
    }

    /// Writes [`Self::wire`] with the headers `also` to `out`, but for those that the request has
    /// already.
    pub(crate) fn write_with(&self, also: &HeaderMap, out: &mut Vec<u8>) {
        let (head, rest) = self.wire.split_at(self.headers_end);
        out.extend_from_slice(head);
        for (name, value) in also {
            let name = name.as_str().as_bytes();
            if !has_header(head, name) {
                for piece in [name, b": ", value.as_bytes(), b"\r\n"] {
                    out.extend_from_slice(piece);
                }
            }
        }
        out.extend_from_slice(rest);
    }

    /// Forgets the request, and gives back what is more than the usual memory for one: a large one is
    /// not to be every user's memory from then on.
    pub(super) fn clear(&mut self) {
        for memory in [&mut self.wire, &mut self.body] {
            memory.clear();
            memory.shrink_to(USUAL);
        }
        (self.path, self.headers_end, self.rest) = (0..0, 0, Rest::Nowhere);
        self.fields = OnceCell::new();
        self.last = LastHead::default();
    }

    /// Begins anew, with the text `start` up to where the path begins.
    pub(super) fn begin(&mut self, start: &str, asks: Asks) -> &mut Vec<u8> {
        self.clear();
        self.asks = asks;
        self.wire.extend_from_slice(start.as_bytes());
        self.path = self.wire.len()..self.wire.len();
        &mut self.wire
    }

    /// The path, as far as it has been written, with its query.
    pub(super) fn target(&self) -> &[u8] {
        &self.wire[self.path.start..]
    }

    /// Writes another path in place of the one there.
    pub(super) fn replace_target(&mut self, target: &str) {
        self.wire.truncate(self.path.start);
        self.wire.extend_from_slice(target.as_bytes());
    }

    /// Ends the path that has been written, which may have a query.
    pub(super) fn end_target(&mut self) {
        let target = self.target();
        let length = target.iter().position(|&byte| byte == b'?').unwrap_or(target.len());
        self.path.end = self.path.start + length;
    }

    /// Request line and headers so far, to go on with.
    pub(super) fn head(&mut self) -> &mut Vec<u8> {
        &mut self.wire
    }

    /// Where a body is written before [`Self::end_with_body`].
    pub(super) fn body(&mut self) -> &mut Vec<u8> {
        &mut self.body
    }

    /// Ends the head of a request that has no body.
    pub(super) fn end_without_body(&mut self) {
        // These are expected to have one, so that its absence has to be said (RFC 9110, section 8.6).
        if matches!(self.method(), b"POST" | b"PUT" | b"PATCH") {
            self.end_head(0);
        } else {
            self.end_headers();
        }
    }

    fn end_headers(&mut self) {
        self.headers_end = self.wire.len();
        self.wire.extend_from_slice(b"\r\n");
    }

    /// Ends the head of a request with what is in [`Self::body`].
    pub(super) fn end_with_body(&mut self) {
        self.end_head(self.body.len());
        if self.body.len() <= LONGEST_COPY {
            self.wire.extend_from_slice(&self.body);
        } else {
            self.rest = Rest::Own;
        }
    }

    /// Ends the head of a request with this body.
    pub(super) fn end_with(&mut self, body: &Bytes) {
        self.end_head(body.len());
        if body.len() <= LONGEST_COPY {
            self.wire.extend_from_slice(body);
        } else {
            self.rest = Rest::Attached(body.clone());
        }
    }

    fn end_head(&mut self, length: usize) {
        // Memory takes what is written.
        let _ = write!(self.wire, "content-length: {length}\r\n");
        self.end_headers();
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Path, headers and body may hold a token or a password.
        write!(f, "Message({} bytes)", self.wire.len() + self.attached().len())
    }
}

/// Whether `head`, as it is made here, has a header of that name in lower case.
fn has_header(head: &[u8], name: &[u8]) -> bool {
    head.split(|&byte| byte == b'\n')
        .skip(1)
        .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.first() == Some(&b':')))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::{AUTHORIZATION, COOKIE, HOST};

    use super::*;

    fn with(also: &HeaderMap) -> String {
        let mut out = Vec::new();
        Message::null().write_with(also, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_users_headers_go_behind_the_requests_own_which_stand_before_them() {
        let mut also = HeaderMap::new();
        also.insert(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        also.insert(HOST, HeaderValue::from_static("elsewhere"));
        also.insert(COOKIE, HeaderValue::from_static("a=1"));
        let expected =
            "GET / HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer a\r\ncookie: a=1\r\n\r\n";
        assert_eq!(with(&also), expected);
    }

    #[test]
    fn a_header_is_not_mistaken_for_one_whose_name_or_value_it_begins() {
        let head = b"GET /host: HTTP/1.1\r\nhostess: host: a\r\nx-host: b\r\n";
        assert!(!has_header(head, b"host"));
        assert!(has_header(head, b"hostess") && has_header(head, b"x-host"));
    }

    #[test]
    fn a_path_ends_before_its_query() {
        let mut message = Message::default();
        message.begin("GET ", Asks::Body).extend_from_slice(b"/a/b?c=/d?");
        message.end_target();
        assert_eq!(message.path(), "/a/b");
        assert_eq!(Message::null().path(), "/");
    }

    #[test]
    fn a_long_body_is_sent_from_where_it_lies_and_a_short_one_with_its_head() {
        let (short, long) = (LONGEST_COPY, LONGEST_COPY + 1);
        for (length, attached, own) in
            [(short, 0, false), (long, long, false), (short, 0, true), (long, long, true)]
        {
            let mut message = Message::default();
            message.begin("POST /", Asks::Body).extend_from_slice(b" HTTP/1.1\r\n");
            if own {
                message.body().resize(length, b'x');
                message.end_with_body();
            } else {
                message.end_with(&Bytes::from(vec![b'x'; length]));
            }
            assert_eq!(message.written_body(), vec![b'x'; length]);
            let mut with = Vec::new();
            message.write_with(&HeaderMap::new(), &mut with);
            assert_eq!(with, message.wire(), "no copy of what lies elsewhere");
            let head = format!("POST / HTTP/1.1\r\ncontent-length: {length}\r\n\r\n");
            assert!(message.wire().starts_with(head.as_bytes()));
            assert_eq!(message.attached().len(), attached);
            assert_eq!(message.wire().len() + attached, head.len() + length);
        }
    }

    #[test]
    fn one_large_request_does_not_keep_its_memory() {
        let mut message = Message::default();
        message.body().resize(4 << 20, b'x');
        message.end_with_body();
        message.clear();
        assert!(message.wire.capacity() <= USUAL && message.body.capacity() <= USUAL);
        assert_eq!((message.path(), message.attached()), ("", &[][..]));
    }
}
