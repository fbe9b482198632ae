//! A request taken apart, so that a part of it can be changed: what redirects do to one.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};

use super::message::{Asks, Message};

/// A request in its parts.
pub(super) struct Letter {
    pub(super) method: Method,
    /// Path and query.
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Letter {
    /// The parts of `message`; nothing if it is no request.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let head = std::str::from_utf8(message.written_head()).ok()?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, uri) = (first.next()?.parse().ok()?, first.next()?.parse().ok()?);
        let mut headers = HeaderMap::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ")?;
            let name = HeaderName::try_from(name).ok()?;
            headers.append(name, HeaderValue::try_from(value).ok()?);
        }
        Some(Self { method, uri, headers, body: message.written_body() })
    }

    /// The parts put together again.
    pub(super) fn message(&self) -> Message {
        let asks = match self.method {
            Method::HEAD => Asks::Head,
            _ => Asks::Body,
        };
        let mut message = Message::default();
        let out = message.begin(&format!("{} ", self.method), asks);
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        out.extend_from_slice(path.as_bytes());
        message.end_target();
        let out = message.head();
        out.extend_from_slice(b" HTTP/1.1\r\n");
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
            for piece in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
        if self.headers.contains_key(CONTENT_LENGTH) {
            message.end_with(&self.body);
        } else {
            message.end_without_body();
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_again_is_what_it_was() {
        let mut message = Message::default();
        message.begin("POST ", Asks::Body).extend_from_slice(b"/a?b=c");
        message.end_target();
        message.head().extend_from_slice(b" HTTP/1.1\r\nhost: a\r\nx-a: 1\r\nx-a: b: c\r\n");
        for body in ["", "text"] {
            let mut message = message.clone();
            message.end_with(&Bytes::from_static(body.as_bytes()));
            let again = Letter::of(&message).unwrap().message();
            assert_eq!(again.wire(), message.wire());
            assert_eq!(again.path(), "/a");
        }
        message.end_without_body();
        assert_eq!(Letter::of(&message).unwrap().message().wire(), message.wire());
    }
}
