//! One request as the file describes it: what is sent, what counts as its success, what is kept.

use std::fmt;

use super::{Check, Multipart, Slot, Template};

/// A request, whoever sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, starting with a slash.
    pub path: Template,
    /// Headers in the order they are sent; names in lower case.
    pub headers: Vec<(String, Template)>,
    /// What is sent after the headers.
    pub body: Option<Body>,
    /// What counts as a success.
    pub expect: Expect,
    /// Other statuses that count as a success of a class of their own; none of `expect`.
    pub allow: Vec<StatusRange>,
    /// What an expected answer has to be like.
    pub checks: Vec<Check>,
    /// What is kept of a successful answer.
    pub saves: Vec<Save>,
    /// How many redirects one after the other are followed; 0 takes a redirect for an answer.
    pub redirects: u8,
}

impl Request {
    /// A request of nothing but method and path that any status from 200 to 299 satisfies.
    #[must_use]
    pub fn plain(method: Method, path: Template) -> Self {
        Self {
            method,
            path,
            headers: Vec::new(),
            body: None,
            expect: Expect::default(),
            allow: Vec::new(),
            checks: Vec::new(),
            saves: Vec::new(),
            redirects: 0,
        }
    }

    /// The texts that are sent.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let headers = self.headers.iter().map(|(_, value)| value);
        let body = self.body.iter().flat_map(Body::templates);
        std::iter::once(&self.path).chain(headers).chain(body)
    }

    /// The texts that answers are compared with.
    pub fn awaited(&self) -> impl Iterator<Item = &Template> {
        self.checks.iter().filter_map(|check| check.test.template())
    }

    /// Method and path as written: `GET /builds/{build}`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path.written())
    }
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Text, sent as UTF-8. JSON and forms are text too.
    Text(Template),
    /// Bytes read from a file when the plan was made.
    Bytes(Vec<u8>),
    /// Several parts.
    Multipart(Multipart),
}

impl Body {
    /// The texts in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let (text, parts) = match self {
            Self::Text(text) => (Some(text), None),
            Self::Bytes(_) => (None, None),
            Self::Multipart(parts) => (None, Some(parts)),
        };
        text.into_iter().chain(parts.into_iter().flat_map(Multipart::templates))
    }

    /// Its length in bytes as written; a resolved value's length would tell something of a secret.
    #[must_use]
    pub fn written_len(&self) -> usize {
        match self {
            Self::Text(text) => text.written().len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Multipart(parts) => parts.written_len(),
        }
    }
}

/// An HTTP method: an upper-case token such as `GET`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Method(String);

impl Method {
    /// The method of that name, if it is an upper-case token.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let token = |c: char| c.is_ascii_uppercase() || c == '-';
        (!name.is_empty() && name.len() <= 20 && name.chars().all(token))
            .then(|| Self(name.to_owned()))
    }

    /// The method as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The statuses that count as a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    statuses: Vec<StatusRange>,
}

impl Expect {
    /// Success on any of `statuses`; none given means 200 to 299.
    #[must_use]
    pub fn statuses(statuses: Vec<StatusRange>) -> Self {
        if statuses.is_empty() { Self::default() } else { Self { statuses } }
    }

    /// Whether `status` counts as a success.
    #[must_use]
    pub fn accepts(&self, status: u16) -> bool {
        self.statuses.iter().any(|range| range.holds(status))
    }
}

impl Default for Expect {
    fn default() -> Self {
        Self { statuses: vec![StatusRange { first: 200, last: 299 }] }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.statuses.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{range}")?;
        }
        Ok(())
    }
}

/// Statuses from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    /// Lowest status, 100 to 599.
    pub first: u16,
    /// Highest status, not below `first`.
    pub last: u16,
}

impl StatusRange {
    /// Whether `status` is one of them.
    #[must_use]
    pub fn holds(&self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

/// `200` or `200-299`.
impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        if first == last { write!(f, "{first}") } else { write!(f, "{first}-{last}") }
    }
}

/// A part of an answer that a user keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// Where it is kept.
    pub slot: Slot,
    /// Where it stands in the answer.
    pub from: Source,
}

/// Where a value stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a JSON body, at this pointer (RFC 6901).
    Json(String),
    /// In the header of this name, in lower case.
    Header(String),
    /// In the cookie of this name.
    Cookie(String),
    /// In the body, where the first group of this regular expression matches (or all of it).
    Regex(String),
}

/// As the file has it: `/build_id`, `header:etag`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(pointer) => f.write_str(pointer),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
            Self::Regex(pattern) => write!(f, "regex:{pattern}"),
        }
    }
}
