//! What a user keeps of an answer.

use std::fmt;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use regex::bytes::Regex;
use serde_json::Value as Json;

use super::coding::{self, Undecoded};
use super::cookies;
use super::parsed::{Need, Parsed};
use super::values::Values;
use crate::model::{EnvironmentName, Save, Slot, Source};

/// Longest value that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// Longest body that is kept to look into, in bytes; a longer one is read to its end all the same.
const LONGEST_BODY: usize = 8 << 20;

/// Memory for a body that a user keeps from one answer to the next, in bytes.
const USUAL_BODY: usize = 64 << 10;

/// An answer, complete once the exchange has ended well.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// How many bytes the body has, however many of them are kept.
    pub(crate) bytes: u64,
    /// Whether the body is longer than what is kept of one.
    pub(crate) is_cut: bool,
    /// Whether it is another host's, to which a redirect led.
    pub(crate) is_foreign: bool,
    /// The protected environment to which it leads, and where nobody followed.
    pub(crate) off_limits: Option<EnvironmentName>,
    /// Whether anybody wants the body.
    pub(crate) wants_body: bool,
}

/// What is kept of the answers to one request, made ready. Cloned for each worker: two threads
/// that share a regular expression wait for each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captures(Vec<Capture>);

#[derive(Debug, Clone)]
struct Capture {
    name: String,
    slot: Slot,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Json(String),
    Header(HeaderName),
    Cookie(String),
    Regex(Regex),
}

/// A place in an answer that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPlace {
    /// Not a JSON Pointer.
    #[error("`{0}` is not a JSON Pointer: it does not begin with a slash")]
    Pointer(String),
    /// Not a header.
    #[error("`{0}` is not a header name")]
    Header(String),
    /// Not a regular expression.
    #[error("`{expression}` is not a regular expression: {why}")]
    Regex {
        /// As written.
        expression: String,
        /// What is wrong with it.
        why: String,
    },
}

/// A value that an answer did not have. Shows nothing of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be saved: {why}")]
pub(crate) struct Missed {
    /// The value's name.
    pub(crate) name: String,
    /// What is wrong with the answer.
    pub(crate) why: Why,
}

/// Why a value cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Why {
    /// There is no body.
    #[error("the answer has no body")]
    NoBody,
    /// The body is something else, and the answer says so.
    #[error("the body is not JSON but {0}")]
    Other(String),
    /// The body is not JSON, or nested more deeply than `serde_json` follows (128).
    #[error("the body is not JSON")]
    NotJson,
    /// The pointer leads nowhere.
    #[error("the body has nothing at `{0}`")]
    NoPointer(String),
    /// The pointer leads to `null`.
    #[error("the body has null at `{0}`")]
    Null(String),
    /// The header is not there.
    #[error("the answer has no header `{0}`")]
    NoHeader(HeaderName),
    /// The header has bytes that are no visible characters.
    #[error("header `{0}` is not visible text")]
    Invisible(HeaderName),
    /// The cookie is not there.
    #[error("the answer does not set the cookie `{0}`")]
    NoCookie(String),
    /// Nothing matches, or the group has no part in the match.
    #[error("nothing in the body matches `{0}`")]
    NoMatch(String),
    /// What matches is not text.
    #[error("what matches `{0}` is not UTF-8")]
    NotText(String),
    /// The body is too long to be looked into.
    #[error("the body is longer than 8 MiB")]
    Cut,
    /// What is wanted of the body as a whole, as JSON, is too much.
    #[error("the JSON to be looked at has more than 250 000 values")]
    TooMany,
    /// The body is compressed in a way that nobody here knows.
    #[error("the body is encoded as {0}, which is not decoded")]
    Encoded(String),
    /// The body is not what it says it is.
    #[error("the body is not the {0} that it says it is")]
    Garbled(&'static str),
    /// Longer than a value may be.
    #[error("it is longer than 64 KiB")]
    TooLong,
}

impl Captures {
    /// Makes `saves` ready; `names` are those of all values, by slot.
    pub(crate) fn new(saves: &[Save], names: &[String]) -> Result<Self, NoPlace> {
        let capture = |save: &Save| {
            let name = names[save.slot.0].clone();
            Ok(Capture { name, slot: save.slot, place: Place::new(&save.from)? })
        };
        saves.iter().map(capture).collect::<Result<_, _>>().map(Self)
    }

    /// Whether any of it is kept in one of these `slots`.
    pub(crate) fn fill(&self, slots: &[Slot]) -> bool {
        self.0.iter().any(|capture| slots.contains(&capture.slot))
    }

    /// Whether any of it stands in a body.
    pub(crate) fn need_body(&self) -> bool {
        self.0.iter().any(|capture| capture.place.is_in_body())
    }

    /// Puts what `reply` has into `values`. Once a value is missed the others stay as they were;
    /// those that were saved before it are kept.
    pub(crate) fn take(
        &self,
        reply: &Reply,
        body: &mut Parsed,
        values: &mut Values,
    ) -> Result<(), Missed> {
        self.0.iter().try_for_each(|capture| capture.take(reply, body, values))
    }

    /// The same of what is kept in one of these `slots` alone.
    pub(crate) fn take_for(
        &self,
        slots: &[Slot],
        reply: &Reply,
        values: &mut Values,
    ) -> Result<(), Missed> {
        let mut body = Parsed::default();
        let mut wanted = self.0.iter().filter(|capture| slots.contains(&capture.slot));
        wanted.try_for_each(|capture| capture.take(reply, &mut body, values))
    }
}

impl Capture {
    fn take(&self, reply: &Reply, body: &mut Parsed, values: &mut Values) -> Result<(), Missed> {
        let Self { name, slot, place } = self;
        let found = if reply.is_cut && place.is_in_body() {
            Err(Why::Cut)
        } else {
            place.take(reply, body, *slot, values)
        };
        found.map_err(|why| Missed { name: name.clone(), why })
    }
}

impl Place {
    fn is_in_body(&self) -> bool {
        match self {
            Self::Json(_) | Self::Regex(_) => true,
            Self::Header(_) | Self::Cookie(_) => false,
        }
    }

    fn new(source: &Source) -> Result<Self, NoPlace> {
        Ok(match source {
            Source::Json(pointer) if pointer.is_empty() || pointer.starts_with('/') => {
                Self::Json(pointer.clone())
            }
            Source::Json(pointer) => return Err(NoPlace::Pointer(pointer.clone())),
            Source::Header(name) => {
                Self::Header(name.parse().map_err(|_| NoPlace::Header(name.clone()))?)
            }
            Source::Cookie(name) => Self::Cookie(name.clone()),
            Source::Regex(expression) => Self::Regex(Regex::new(expression).map_err(|error| {
                // The last line says what is wrong, those before it point to where.
                let error = error.to_string();
                let why = error.lines().last().unwrap_or_default();
                let why = why.trim().trim_start_matches("error: ").to_owned();
                NoPlace::Regex { expression: expression.clone(), why }
            })?),
        })
    }

    fn take(
        &self,
        reply: &Reply,
        body: &mut Parsed,
        slot: Slot,
        values: &mut Values,
    ) -> Result<(), Why> {
        let text = match self {
            Self::Json(pointer) => {
                let found = match body.at(reply, pointer, Need::Whole) {
                    // The text of so many values is longer than any that is kept.
                    Err(Why::TooMany) => return Err(Why::TooLong),
                    found => found?,
                };
                return keep_json(found, pointer, slot, values);
            }
            Self::Header(name) => {
                let header = reply.headers.get(name).ok_or_else(|| Why::NoHeader(name.clone()))?;
                header.to_str().map_err(|_| Why::Invisible(name.clone()))?
            }
            Self::Cookie(name) => {
                // The last one is the one that stays.
                let cookie = cookies::set_by(&reply.headers).rfind(|cookie| cookie.name() == name);
                let cookie = cookie.ok_or_else(|| Why::NoCookie(name.clone()))?;
                return keep_text(cookie.value(), slot, values);
            }
            Self::Regex(expression) => {
                let group = usize::from(expression.captures_len() > 1);
                let found =
                    expression.captures(body.plain(reply)?).and_then(|found| found.get(group));
                let found = found.ok_or_else(|| Why::NoMatch(expression.to_string()))?;
                std::str::from_utf8(found.as_bytes())
                    .map_err(|_| Why::NotText(expression.to_string()))?
            }
        };
        keep_text(text, slot, values)
    }
}

/// Numbers keep their digits up to 64 bits, and beyond as far as an `f64` has them.
fn keep_json(
    found: Option<&Json>,
    pointer: &str,
    slot: Slot,
    values: &mut Values,
) -> Result<(), Why> {
    match found {
        None => Err(Why::NoPointer(pointer.to_owned())),
        Some(Json::Null) => Err(Why::Null(pointer.to_owned())),
        Some(Json::String(text)) => keep_text(text, slot, values),
        Some(other @ (Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_))) => {
            let text = other.to_string();
            let text = bounded(&text)?;
            values.json(slot).push_str(text);
            Ok(())
        }
    }
}

fn keep_text(text: &str, slot: Slot, values: &mut Values) -> Result<(), Why> {
    let text = bounded(text)?;
    values.text(slot).push_str(text);
    Ok(())
}

fn bounded(text: &str) -> Result<&str, Why> {
    if text.len() > LONGEST { Err(Why::TooLong) } else { Ok(text) }
}

impl Reply {
    /// Begins anew with the head of an answer.
    pub(crate) fn begin(&mut self, status: u16, headers: HeaderMap) {
        self.forget();
        self.status = status;
        self.headers = headers;
        self.bytes = 0;
        self.is_cut = false;
        self.is_foreign = false;
        self.off_limits = None;
    }

    /// Forgets headers and body, and gives back what is more than the usual memory for one: a large
    /// answer is not to be every user's memory until the next one comes.
    pub(crate) fn forget(&mut self) {
        self.headers = HeaderMap::new();
        self.body.clear();
        self.body.shrink_to(USUAL_BODY);
    }

    /// Takes the next bytes of the body, as far as they are wanted.
    pub(crate) fn add(&mut self, data: &[u8]) {
        self.bytes += data.len() as u64;
        if self.wants_body {
            let room = LONGEST_BODY - self.body.len();
            self.is_cut |= data.len() > room;
            self.body.extend_from_slice(&data[..data.len().min(room)]);
        }
    }

    /// The body decoded; nothing if it is not coded.
    pub(super) fn decoded(&self) -> Result<Option<Vec<u8>>, Why> {
        if self.is_cut {
            return Err(Why::Cut);
        }
        coding::decoded(&self.headers, &self.body, LONGEST_BODY).map_err(|why| match why {
            Undecoded::Unknown(coding) => Why::Encoded(coding),
            Undecoded::Broken(coding) => Why::Garbled(coding),
            Undecoded::TooLong => Why::Cut,
        })
    }

    /// Why its decoded `body` cannot be read as JSON.
    pub(super) fn not_json(&self, body: &[u8]) -> Why {
        match self.media_type() {
            _ if body.is_empty() => Why::NoBody,
            Some(other) if !other.contains("json") => Why::Other(other.to_owned()),
            _ => Why::NotJson,
        }
    }

    /// What the answer says its body is, such as `text/html`, if that can be shown.
    fn media_type(&self) -> Option<&str> {
        let whole = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = whole.split(';').next()?.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/.+-".contains(c);
        let shown = !essence.is_empty() && essence.len() <= 40 && essence.chars().all(plain);
        shown.then_some(essence)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body may hold a token or a password.
        write!(f, "Reply({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests;
