//! Requests made ready, as far as they can be, before the first one is sent.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::uri::PathAndQuery;
use http::{Method, Uri};

use super::EngineError;
use super::capture::Captures;
use super::path;
use super::render::{Missing, render};
use super::supply::Supplies;
use super::values::Values;
use crate::model::{Body, Expect, Failure, Login, Outcome, Plan, Template};

/// Where requests go.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Whether the connection is encrypted.
    pub(crate) tls: bool,
    /// Host name or address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// Host and port as the `host` header has them.
    authority: HeaderValue,
    /// Path in front of every endpoint's, without a slash at the end.
    prefix: String,
    /// Headers that users bring with their identity: what is sent without being asked for gives way.
    brought: Vec<String>,
}

impl Origin {
    /// Reads the plan's base URL.
    pub(crate) fn of(plan: &Plan) -> Result<Self, EngineError> {
        let written = || plan.base_url.written().to_owned();
        let url: Uri = plan.base_url.value().parse().map_err(|_| EngineError::Url(written()))?;
        let tls = match url.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(EngineError::Url(written())),
        };
        let authority = url.authority().ok_or_else(|| EngineError::Url(written()))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority =
            HeaderValue::from_str(authority.as_str()).map_err(|_| EngineError::Url(written()))?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { tls, host, port, authority, prefix, brought: Vec::new() })
    }

    /// The same for users with the identity that `login` gives.
    pub(crate) fn identified(&self, login: Option<&Login>) -> Self {
        let then = login.iter().flat_map(|login| &login.then);
        Self { brought: then.map(|(name, _)| name.clone()).collect(), ..self.clone() }
    }
}

/// What a transport sends.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Message {
    /// A plain GET of `/`, for perfbase's own null handler.
    pub(crate) fn null() -> Self {
        Self {
            method: Method::GET,
            uri: Uri::from_static("/"),
            headers: HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]),
            body: Bytes::new(),
        }
    }
}

/// One request: what is sent, what counts as success, and what is kept of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    shape: Shape,
    expect: Expect,
    /// What a user keeps of a success.
    pub(crate) captures: Captures,
    /// The sources, as positions in the plan's data, that it takes values from.
    pub(crate) draws: Box<[usize]>,
    /// Its `cookie` header, where that is joined with the user's own.
    cookies: Option<Template>,
}

/// What becomes of a request's own `cookie` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookies {
    /// It is sent as it is.
    Alone,
    /// It is sent together with those that the user has: two such headers cannot be sent.
    Joined,
}

#[derive(Debug, Clone)]
enum Shape {
    /// The same for everybody.
    Fixed(Box<Message>),
    /// Filled in with a user's values.
    Filled(Box<Recipe>),
}

/// A message with places for values.
#[derive(Debug, Clone)]
struct Recipe {
    method: Method,
    prefix: String,
    path: Template,
    /// The headers that are the same for everybody.
    headers: HeaderMap,
    filled: Vec<(HeaderName, Template)>,
    body: Option<Body>,
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
        let mut recipe = Recipe::of(request, origin).map_err(refused)?;
        let cookies = match cookies {
            Cookies::Alone => None,
            Cookies::Joined => recipe.take_cookies(request),
        };
        let slots: Vec<_> = request.templates().flat_map(Template::slots).collect();
        let draws = supplies.needed(slots.iter().copied());
        // What needs no value is made once, and what cannot be sent is found before anything is.
        let shape = if slots.is_empty() {
            let nothing = Values::new(0);
            let message = recipe.fill(&nothing).map_err(|_| {
                let what = "its path or a header has characters that must be percent-encoded";
                refused(what.to_owned())
            })?;
            Shape::Fixed(Box::new(message))
        } else {
            Shape::Filled(Box::new(recipe))
        };
        let captures =
            Captures::new(&request.saves, names).map_err(|error| refused(error.to_string()))?;
        Ok(Self { shape, expect: request.expect.clone(), captures, draws, cookies })
    }

    /// A plain GET of `/`, for perfbase's own null handler.
    pub(crate) fn null() -> Self {
        Self {
            shape: Shape::Fixed(Box::new(Message::null())),
            expect: Expect::default(),
            captures: Captures::default(),
            draws: Box::default(),
            cookies: None,
        }
    }

    /// The message for a user with these `values`; one that has to be made lies in `made`.
    pub(crate) fn message<'a>(
        &'a self,
        values: &Values,
        made: &'a mut Option<Message>,
    ) -> Result<&'a Message, Unsendable> {
        if self.cookies.as_ref().is_some_and(|cookies| cookies.slots().next().is_some()) {
            let mut cookies = Vec::new();
            self.write_cookies(values, &mut cookies)?;
            HeaderValue::try_from(cookies).map_err(|_| Unsendable::Refused)?;
        }
        match &self.shape {
            Shape::Fixed(message) => Ok(message),
            Shape::Filled(recipe) => Ok(made.insert(recipe.fill(values)?)),
        }
    }

    /// Appends the cookies that are its own for a user with these `values` to `out`, where they are
    /// joined with the user's.
    pub(crate) fn write_cookies(
        &self,
        values: &Values,
        out: &mut Vec<u8>,
    ) -> Result<(), Unsendable> {
        match &self.cookies {
            Some(cookies) => render(cookies, values, out).map_err(Unsendable::Missing),
            None => Ok(()),
        }
    }

    /// How a complete response with `status` counts.
    pub(crate) fn judge(&self, status: u16) -> Outcome {
        if self.expect.accepts(status) {
            Outcome::Success
        } else {
            Outcome::Failed(match status {
                400..=499 => Failure::Status4xx,
                500..=599 => Failure::Status5xx,
                _ => Failure::StatusOther,
            })
        }
    }
}

impl Recipe {
    fn of(request: &crate::model::Request, origin: &Origin) -> Result<Self, String> {
        let method = Method::from_bytes(request.method.as_str().as_bytes())
            .map_err(|_| "its method is not a token".to_owned())?;
        let mut headers = HeaderMap::new();
        headers.insert(HOST, origin.authority.clone());
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("perfbase/", env!("CARGO_PKG_VERSION"))),
        );
        for name in &origin.brought {
            headers.remove(name.as_str());
        }
        let mut filled = Vec::new();
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| format!("`{name}` is not a header name"))?;
            let Some(value) = value.as_constant() else {
                filled.push((name, value.clone()));
                continue;
            };
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| format!("header `{name}` has characters that cannot be sent"))?;
            value.set_sensitive(true);
            // The plan's own headers take the place of ours; a name given twice is sent twice.
            if name == HOST || name == USER_AGENT {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
        Ok(Self {
            method,
            prefix: origin.prefix.clone(),
            path: request.path.clone(),
            headers,
            filled,
            body: request.body.clone(),
        })
    }

    /// Leaves out the `cookie` header; gives what it was.
    fn take_cookies(&mut self, request: &crate::model::Request) -> Option<Template> {
        self.headers.remove(COOKIE);
        self.filled.retain(|(name, _)| name != COOKIE);
        let mut headers = request.headers.iter();
        headers.find(|(name, _)| name == COOKIE.as_str()).map(|(_, value)| value.clone())
    }

    fn fill(&self, values: &Values) -> Result<Message, Unsendable> {
        let rendered = |template: &Template, start: &str| {
            let mut text = Vec::from(start);
            render(template, values, &mut text).map_err(Unsendable::Missing)?;
            Ok::<_, Unsendable>(text)
        };
        let mut path = Vec::from(self.prefix.as_str());
        path::render(&self.path, values, &mut path)?;
        let path = PathAndQuery::try_from(path).map_err(|_| Unsendable::Refused)?;
        let mut headers = self.headers.clone();
        for (name, value) in &self.filled {
            let value = rendered(value, "")?;
            let mut value = HeaderValue::try_from(value).map_err(|_| Unsendable::Refused)?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        let body = match &self.body {
            None => None,
            Some(Body::Text(text)) => Some(Bytes::from(rendered(text, "")?)),
            Some(Body::Bytes(bytes)) => Some(Bytes::copy_from_slice(bytes)),
        };
        if let Some(body) = &body {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        Ok(Message {
            method: self.method.clone(),
            uri: Uri::from(path),
            headers,
            body: body.unwrap_or_default(),
        })
    }
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
