//! Requests made ready, as far as they can be, before the first one is sent.

use std::fmt;

use bytes::Bytes;
use http::Method;
use http::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::uri::PathAndQuery;

use super::EngineError;
use super::capture::Captures;
use super::check::Checks;
use super::http2::is_authority;
use super::message::{Asks, Message};
use super::multipart;
use super::origin::Origin;
use super::own_cookies::{Cookies, OwnCookies};
use super::path;
use super::render::{Missing, render};
use super::supply::Supplies;
use super::tally::Tallies;
use super::values::Values;
use crate::model::{Body, Expect, Multipart, Protocol, Slot, StatusRange, Template};

mod outcome;

/// One request: what is sent, what counts as success, and what is kept of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    shape: Shape,
    expect: Expect,
    allow: Box<[StatusRange]>,
    /// What an expected answer has to be like.
    pub(crate) checks: Checks,
    /// What a user keeps of a success.
    pub(crate) captures: Captures,
    /// The sources, as positions in the plan's data, that it takes values from.
    pub(crate) draws: Box<[usize]>,
    /// Its `cookie` header, where that is joined with the user's own.
    pub(crate) cookies: OwnCookies,
    /// What a success gives to metrics.
    pub(crate) tallies: Tallies,
    /// The values that its answer is compared with.
    awaited: Box<[Slot]>,
    /// How many redirects one after the other are followed.
    pub(crate) redirects: u8,
    /// The headers that another host may see; empty where no redirect is followed.
    pub(crate) abroad: HeaderMap,
}

#[derive(Debug, Clone)]
enum Shape {
    /// The same for everybody.
    Fixed(Box<Message>),
    /// Filled in with a user's values.
    Filled(Box<Recipe>),
}

/// A message with places for values.
#[derive(Clone)]
struct Recipe {
    asks: Asks,
    /// With the space behind it.
    method: String,
    /// Path in front of every endpoint's.
    prefix: String,
    path: Template,
    /// What stands between the path and the headers with values: the protocol's version, and the
    /// headers that are the same for everybody.
    fixed: Vec<u8>,
    /// Name with colon, and value.
    filled: Vec<(String, Template)>,
    body: Option<Content>,
}

#[derive(Debug, Clone)]
enum Content {
    Text(Template),
    Bytes(Bytes),
    Multipart(Multipart),
}

/// Why a request cannot be made of a user's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsendable {
    /// The user has no such value yet.
    Missing(Missing),
    /// A value has characters that cannot stand where it is to be.
    Refused,
}

impl Request {
    /// Makes the request of `whom` to `origin` ready.
    pub(crate) fn new(
        origin: &Origin,
        request: &crate::model::Request,
        whom: &str,
        supplies: &Supplies,
        names: &[String],
        cookies: Cookies,
    ) -> Result<Self, EngineError> {
        let refused = |what| EngineError::Request { endpoint: whom.to_owned(), what };
        let recipe = Recipe::of(request, origin, cookies).map_err(refused)?;
        let slots: Vec<_> = request.templates().flat_map(Template::slots).collect();
        let awaited: Box<[Slot]> = request.awaited().flat_map(Template::slots).collect();
        let draws = supplies.needed(slots.iter().chain(&awaited).copied());
        let abroad = match request.redirects {
            0 => HeaderMap::new(),
            _ => super::redirect::headers_abroad(request),
        };
        // What needs no value is made once, and what cannot be sent is found before anything is.
        let shape = if slots.is_empty() {
            let nothing = Values::new(0);
            let mut message = Message::default();
            recipe.fill(&nothing, &mut message).map_err(|_| {
                let what = "its path or a header has characters that must be percent-encoded";
                refused(what.to_owned())
            })?;
            Shape::Fixed(Box::new(message))
        } else {
            Shape::Filled(Box::new(recipe))
        };
        let captures =
            Captures::new(&request.saves, names).map_err(|error| refused(error.to_string()))?;
        Ok(Self {
            shape,
            expect: request.expect.clone(),
            allow: request.allow.clone().into(),
            checks: Checks::new(&request.checks).map_err(refused)?,
            captures,
            draws,
            cookies: OwnCookies::of(request, cookies),
            tallies: Tallies::default(),
            awaited,
            redirects: request.redirects,
            abroad,
        })
    }

    /// A plain GET of `/`, for perfbase's own null handler.
    pub(crate) fn null() -> Self {
        Self {
            shape: Shape::Fixed(Box::new(Message::null())),
            expect: Expect::default(),
            allow: Box::default(),
            checks: Checks::default(),
            captures: Captures::default(),
            draws: Box::default(),
            cookies: OwnCookies::default(),
            tallies: Tallies::default(),
            awaited: Box::default(),
            redirects: 0,
            abroad: HeaderMap::new(),
        }
    }

    /// Whether its answer is looked into, beyond its status.
    pub(crate) fn inspects(&self) -> bool {
        self.redirects > 0 || !self.checks.is_empty() || self.tallies.inspect()
    }

    /// Whether its answer's body is looked into.
    pub(crate) fn needs_body(&self) -> bool {
        self.captures.need_body() || self.checks.need_body() || self.tallies.need_body()
    }

    /// The message for a user with these `values`; one that has to be made lies in `made`, in the
    /// memory of the last one.
    pub(crate) fn message<'a>(
        &'a self,
        values: &Values,
        made: &'a mut Option<Message>,
    ) -> Result<&'a Message, Unsendable> {
        self.cookies.check(values)?;
        if let Some(slot) = self.awaited.iter().find(|slot| values.get(**slot).is_none()) {
            return Err(Unsendable::Missing(Missing(*slot)));
        }
        match &self.shape {
            Shape::Fixed(message) => Ok(message),
            Shape::Filled(recipe) => {
                let made = made.get_or_insert_default();
                recipe.fill(values, made)?;
                Ok(made)
            }
        }
    }

    /// The message of a request that everybody sends alike; nothing if it takes a user's values.
    pub(crate) fn fixed(&self) -> Option<&Message> {
        match &self.shape {
            Shape::Fixed(message) if self.awaited.is_empty() => Some(message),
            Shape::Fixed(_) | Shape::Filled(_) => None,
        }
    }

    /// The values in its path, which says what it is about.
    pub(crate) fn path_slots(&self) -> impl Iterator<Item = Slot> {
        let path = match &self.shape {
            Shape::Fixed(_) => None,
            Shape::Filled(recipe) => Some(&recipe.path),
        };
        path.into_iter().flat_map(Template::slots)
    }
}

/// What perfbase calls itself.
pub(crate) fn user_agent() -> HeaderValue {
    HeaderValue::from_static(concat!("perfbase/", env!("CARGO_PKG_VERSION")))
}

impl Recipe {
    fn of(
        request: &crate::model::Request,
        origin: &Origin,
        cookies: Cookies,
    ) -> Result<Self, String> {
        let method = Method::from_bytes(request.method.as_str().as_bytes())
            .map_err(|_| "its method is not a token".to_owned())?;
        let mut headers = HeaderMap::new();
        headers.insert(HOST, origin.authority.clone());
        headers.insert(USER_AGENT, user_agent());
        headers.extend(origin.also.clone());
        for name in &origin.brought {
            headers.remove(name.as_str());
        }
        let mut filled = Vec::new();
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| format!("`{name}` is not a header name"))?;
            if name == COOKIE && cookies == Cookies::Joined {
                continue;
            }
            // The plan's own headers take the place of ours; a name given twice is sent twice.
            let is_ours = name == HOST || name == USER_AGENT || origin.also.contains_key(&name);
            let Some(constant) = value.as_constant() else {
                if is_ours {
                    headers.remove(&name);
                }
                filled.push((format!("{name}: "), value.clone()));
                continue;
            };
            let constant = HeaderValue::try_from(constant)
                .map_err(|_| format!("header `{name}` has characters that cannot be sent"))?;
            if is_ours {
                headers.insert(name, constant);
            } else {
                headers.append(name, constant);
            }
        }
        if let (Protocol::Http2 { .. }, Some(host)) = (origin.protocol, headers.get(HOST))
            && !is_authority(host)
        {
            return Err("its `host` is no host with or without a port, as HTTP/2 has it".to_owned());
        }
        let mut fixed = b" HTTP/1.1\r\n".to_vec();
        for (name, value) in &headers {
            for piece in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                fixed.extend_from_slice(piece);
            }
        }
        Ok(Self {
            asks: match method {
                Method::HEAD => Asks::Head,
                Method::CONNECT => Asks::Tunnel,
                _ => Asks::Body,
            },
            method: format!("{method} "),
            prefix: origin.prefix.clone(),
            path: request.path.clone(),
            fixed,
            filled,
            body: request.body.as_ref().map(|body| match body {
                Body::Text(text) => Content::Text(text.clone()),
                Body::Bytes(bytes) => Content::Bytes(Bytes::copy_from_slice(bytes)),
                Body::Multipart(parts) => Content::Multipart(parts.clone()),
            }),
        })
    }

    /// Writes the message for a user with these `values` over the one in `message`.
    fn fill(&self, values: &Values, message: &mut Message) -> Result<(), Unsendable> {
        let write = |template: &Template, out: &mut Vec<u8>| {
            render(template, values, out).map_err(Unsendable::Missing)
        };
        let out = message.begin(&self.method, self.asks);
        out.extend_from_slice(self.prefix.as_bytes());
        path::render(&self.path, values, out)?;
        let target = message.target();
        if target.is_empty() || !target.iter().all(|&byte| is_plain_in_path(byte)) {
            let read = PathAndQuery::try_from(target);
            let target = read.map_err(|_| Unsendable::Refused)?;
            message.replace_target(target.as_str());
        }
        message.end_target();
        let out = message.head();
        out.extend_from_slice(&self.fixed);
        for (name, value) in &self.filled {
            out.extend_from_slice(name.as_bytes());
            let begin = out.len();
            write(value, out)?;
            if !out[begin..].iter().all(|&byte| is_field_value(byte)) {
                return Err(Unsendable::Refused);
            }
            out.extend_from_slice(b"\r\n");
        }
        match &self.body {
            None => message.end_without_body(),
            Some(Content::Text(text)) => {
                write(text, message.body())?;
                message.end_with_body();
            }
            Some(Content::Bytes(bytes)) => message.end_with(bytes),
            Some(Content::Multipart(parts)) => {
                multipart::write(parts, values, message.body())?;
                message.end_with_body();
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its headers may hold a password.
        write!(f, "Recipe({}{:?})", self.method, self.path)
    }
}

/// Whether `byte` can stand in a path or query as it is. Of the others some can too, which
/// [`PathAndQuery`] knows.
fn is_plain_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%?&=+,:;@!$'()*".contains(&byte)
}

/// Whether `byte` can stand in a header's value (RFC 9110, section 5.5).
fn is_field_value(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || byte == b'\t'
}

/// Headers made of a user's values, such as those that carry its identity.
pub(crate) fn headers(
    templates: &[(HeaderName, Template)],
    values: &Values,
) -> Result<HeaderMap, Unsendable> {
    let mut headers = HeaderMap::with_capacity(templates.len());
    for (name, template) in templates {
        let mut text = Vec::new();
        render(template, values, &mut text).map_err(Unsendable::Missing)?;
        let mut value = HeaderValue::try_from(text).map_err(|_| Unsendable::Refused)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;
