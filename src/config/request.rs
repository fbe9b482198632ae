//! What a request sends besides its name, wherever the file describes one.

use crate::model::{Expect, Method, Request, StatusRange, Template};

use super::address::check_path;
use super::body::{self, BodyText};
use super::checks::{self, CheckText};
use super::endpoint_key::split;
use super::expect;
use super::headers::{self, Header};
use super::problem::Problem;
use super::save::{self, SaveText};
use super::section::{Reading, Section};
use super::template::{Place, Resolving, TemplateText, Unknown, sample_of};

/// What is sent with method and path, and what is awaited.
#[derive(Debug, Clone)]
pub(super) struct Details {
    headers: Vec<Header>,
    body: Option<BodyText>,
    expect: Expect,
    allow: Vec<StatusRange>,
    checks: Vec<CheckText>,
    saves: Vec<SaveText>,
    redirects: u8,
}

/// Most redirects that are followed one after the other; browsers follow 20.
const MOST_REDIRECTS: u64 = 20;

/// A request as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct RequestText {
    pub(super) method: Method,
    pub(super) path: TemplateText,
    /// The key under which the path stands.
    pub(super) path_key: &'static str,
    pub(super) details: Details,
}

impl Details {
    /// Nothing besides method and path.
    pub(super) fn none() -> Self {
        Self {
            headers: Vec::new(),
            body: None,
            expect: Expect::default(),
            allow: Vec::new(),
            checks: Vec::new(),
            saves: Vec::new(),
            redirects: 0,
        }
    }

    /// Reads what stands in `section`, with the request's headers under the key `headers`.
    pub(super) fn read(section: &Section<'_>, headers: &str) -> Self {
        let expect = expect::read(section);
        let redirects = section.integer("redirects", 0..=MOST_REDIRECTS);
        Self {
            headers: headers::read(section, headers),
            body: body::read(section),
            allow: expect::read_allowed(section, &expect),
            expect,
            checks: checks::read(section),
            saves: save::read(section),
            redirects: redirects.and_then(|number| u8::try_from(number).ok()).unwrap_or(0),
        }
    }
}

impl RequestText {
    /// Reads a section that has method and path under `request` and its headers under the key
    /// `headers`; nothing if there is nothing to send, which is told.
    pub(super) fn read(section: &Section<'_>, headers: &str) -> Option<Self> {
        const KEY: &str = "request";
        let line = read_line(section, KEY);
        let details = Details::read(section, headers);
        let (method, path) = line?;
        Some(Self { method, path, path_key: KEY, details })
    }

    /// Reads the key `key`, which has method and path and nothing else; nothing if there is nothing
    /// to send, which is told.
    pub(super) fn bare(section: &Section<'_>, key: &'static str) -> Option<Self> {
        let (method, path) = read_line(section, key)?;
        Some(Self { method, path, path_key: key, details: Details::none() })
    }

    /// The values that it saves.
    pub(super) fn gives(&self) -> impl Iterator<Item = &str> {
        self.details.saves.iter().map(|save| save.name.as_str())
    }

    /// The texts that have places for values, those that answers are compared with included, with
    /// the headers of service and environment.
    pub(super) fn templates<'a>(&'a self, layers: [&'a [Header]; 2]) -> Vec<&'a TemplateText> {
        let [service, environment] = layers;
        let headers = headers::merged(&[service, environment, &self.details.headers]);
        let body = self.details.body.iter().flat_map(BodyText::templates);
        std::iter::once(&self.path)
            .chain(headers.into_iter().map(|header| &header.value))
            .chain(body)
            .chain(self.details.checks.iter().filter_map(CheckText::template))
            .collect()
    }

    /// The request with its references replaced and the headers of service and environment;
    /// nothing if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Request> {
        let [service, environment] = layers;
        let mut headers =
            headers::resolve(&[service, environment, &self.details.headers], resolving);
        let path = resolve_path(self.path_key, &self.path, resolving);
        let body = match &self.details.body {
            None => None,
            Some(text) => {
                let body = text.resolve(resolving)?;
                headers::add_content_type(&mut headers, text, &body, resolving.identity);
                Some(body)
            }
        };
        let checks = self.details.checks.iter().map(|check| check.resolve(resolving));
        let checks: Vec<_> = checks.collect();
        Some(Request {
            method: self.method.clone(),
            path: path?,
            headers,
            body,
            expect: self.details.expect.clone(),
            allow: self.details.allow.clone(),
            checks: checks.into_iter().collect::<Option<_>>()?,
            redirects: self.details.redirects,
            saves: self.details.saves.iter().map(|save| save.resolve(resolving)).collect(),
        })
    }
}

/// Method and path under `key`; nothing if they are not there or cannot be sent, which is told.
fn read_line(section: &Section<'_>, key: &'static str) -> Option<(Method, TemplateText)> {
    let (written, span) =
        section.string(key, "method and path in quotes, such as \"POST /login\"")?;
    match split(written) {
        Ok((method, path)) => {
            let path = TemplateText::read(path, span, Unknown::Told, section.reading);
            check_path_text(key, &path, section.reading);
            Some((method, path))
        }
        Err(problem) => {
            section.problem(key, problem);
            None
        }
    }
}

/// Tells what is wrong with a path as far as it does not depend on the environment.
pub(super) fn check_path_text(key: &str, path: &TemplateText, reading: &Reading<'_>) {
    let Some(sample) = path.sample() else { return };
    if let Err(reason) = check_path(&sample) {
        let key = key.to_owned();
        reading.problems.at(path.span.clone(), Problem::Path { key, reason });
    }
}

/// A path with its references replaced; nothing if it cannot be sent, which is told.
fn resolve_path(key: &str, path: &TemplateText, resolving: &Resolving<'_>) -> Option<Template> {
    let resolved = path.resolve(Place::Path, resolving)?;
    if let Err(reason) = check_path(&sample_of(&resolved)) {
        let problem = Problem::Path { key: key.to_owned(), reason };
        resolving.problems.at(path.span.clone(), problem);
        return None;
    }
    Some(resolved)
}
