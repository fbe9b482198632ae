//! Where a redirect leads, and what of a request goes there (Fetch, section "HTTP-redirect fetch";
//! RFC 9110, section 15.4).
//!
//! What makes a user this user goes nowhere but to the service: another scheme, host or port gets
//! neither cookies nor bodies, and of the headers only those that say what kind of answer is
//! wanted. Once a chain has left the service, it stays like this even if it comes back.

use std::fmt;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_TYPE, HOST, HeaderMap, HeaderValue, LOCATION, USER_AGENT,
};
use http::uri::{PathAndQuery, Uri};
use http::{HeaderName, Method};
use url::Url;

use super::letter::Letter;
use super::message::Message;
use super::origin::Origin;
use crate::model::Part;

/// Longest address that is followed, in bytes.
const LONGEST: usize = 8 << 10;

/// The headers that another host may see, if nothing secret and no user's value is in them.
const HARMLESS: [HeaderName; 3] = [ACCEPT, ACCEPT_LANGUAGE, USER_AGENT];

/// The headers of `request` that another host may see.
pub(crate) fn headers_abroad(request: &crate::model::Request) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let plain = value.parts().iter().all(|part| match part {
            Part::Text(text) => text.written() == text.value(),
            Part::Value(..) => false,
        });
        let name = HARMLESS.into_iter().find(|harmless| harmless.as_str() == name);
        let value = value.as_constant().filter(|_| plain);
        let value = value.and_then(|value| HeaderValue::try_from(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// A chain of redirects.
pub(crate) struct Way<'r> {
    service: Url,
    /// Where the last request went.
    at: Url,
    /// The headers that another host may see.
    abroad: &'r HeaderMap,
    letter: Letter,
    has_left: bool,
}

/// Who gets the next request of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leg {
    /// The service, as the user.
    Home,
    /// Anybody else, or the service as if it were: as nobody.
    Abroad(Host),
}

/// A place to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) tls: bool,
    /// Name or address, without brackets.
    pub(crate) name: String,
    pub(crate) port: u16,
}

/// A redirect that cannot be followed: it has no address that can be used, or it would take what
/// is sent to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Astray;

impl<'r> Way<'r> {
    /// The chain that begins with `message` to the service.
    pub(crate) fn new(
        origin: &Origin,
        message: &Message,
        abroad: &'r HeaderMap,
    ) -> Result<Self, Astray> {
        let service = Url::parse(&origin.base()).map_err(|_| Astray)?;
        let letter = Letter::of(message).ok_or(Astray)?;
        // Not joined: a path that begins with two slashes is no host here.
        let mut at = service.clone();
        at.set_path(letter.uri.path());
        at.set_query(letter.uri.query());
        Ok(Self { service, at, abroad, letter, has_left: false })
    }

    /// What is sent next.
    pub(crate) fn message(&self) -> Message {
        self.letter.message()
    }

    /// Makes the message that an answer with `status` and `headers` asks for, and says where to.
    pub(crate) fn next(&mut self, status: u16, headers: &HeaderMap) -> Result<Leg, Astray> {
        let location = headers.get(LOCATION).ok_or(Astray)?;
        let location = std::str::from_utf8(location.as_bytes()).map_err(|_| Astray)?;
        if location.is_empty() || location.len() > LONGEST {
            return Err(Astray);
        }
        let mut to = self.at.join(location).map_err(|_| Astray)?;
        to.set_fragment(None);
        let host = Host::of(&to)?;
        self.change_method(status);
        let path = match to.query() {
            Some(query) => format!("{}?{query}", to.path()),
            None => to.path().to_owned(),
        };
        self.letter.uri = PathAndQuery::try_from(path).map(Uri::from).map_err(|_| Astray)?;
        self.has_left |= to.origin() != self.service.origin();
        if !self.has_left {
            self.at = to;
            return Ok(Leg::Home);
        }
        if !self.letter.body.is_empty() {
            return Err(Astray);
        }
        self.letter.headers = self.abroad.clone();
        self.letter.headers.insert(HOST, authority(&to)?);
        if !self.abroad.contains_key(USER_AGENT) {
            self.letter.headers.insert(USER_AGENT, super::request::user_agent());
        }
        self.at = to;
        Ok(Leg::Abroad(host))
    }

    /// A form that was sent asks for its result with GET, as browsers do.
    fn change_method(&mut self, status: u16) {
        let method = &self.letter.method;
        let becomes_get = match status {
            303 => *method != Method::GET && *method != Method::HEAD,
            301 | 302 => *method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.letter.method = Method::GET;
            self.letter.body = Bytes::new();
            for name in
                [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE]
            {
                self.letter.headers.remove(name);
            }
        }
    }
}

impl Host {
    fn of(url: &Url) -> Result<Self, Astray> {
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(Astray),
        };
        let name = url.host_str().ok_or(Astray)?;
        let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { tls, name, port: url.port_or_known_default().ok_or(Astray)? })
    }
}

/// Host and port as the `host` header has them; a name and password of the address are left out.
fn authority(url: &Url) -> Result<HeaderValue, Astray> {
    let host = url.host_str().ok_or(Astray)?;
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    HeaderValue::try_from(authority).map_err(|_| Astray)
}

impl fmt::Debug for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The addresses may hold a token.
        f.debug_struct("Way").field("has_left", &self.has_left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
