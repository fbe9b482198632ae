//! `[login]`: what each user does once before its first request.

use std::time::Duration;

use crate::model::{Expect, Login, Method};

use super::body::{self, BodyText};
use super::endpoint::{check_path_text, resolve_path};
use super::expect;
use super::headers::{self, Header};
use super::problem::Problem;
use super::request::split;
use super::save::{self, SaveText};
use super::section::{Entry, Keys, Reading, Section};
use super::template::{Resolving, TemplateText, Unknown};

pub(super) static KEYS: Keys = Keys {
    known: &[
        "request",
        "request_headers",
        "json",
        "form",
        "text",
        "file",
        "expect",
        "save",
        "headers",
        "renew",
    ],
    later: &[],
};

/// The login as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct LoginText {
    method: Method,
    path: TemplateText,
    headers: Vec<Header>,
    body: Option<BodyText>,
    expect: Expect,
    saves: Vec<SaveText>,
    /// Headers of all later requests.
    pub(super) then: Vec<Header>,
    renew: Option<Duration>,
}

impl LoginText {
    /// Reads `[login]`; nothing if there is no request to send, which is told.
    pub(super) fn read((key, value): Entry<'_>, reading: &Reading<'_>) -> Option<Self> {
        let section = Section::open("[login]", value, &KEYS, reading)?;
        if section.value("request").is_none() {
            let problem = Problem::Missing { section: "[login]".to_owned(), keys: "`request`" };
            reading.problems.at(key.span(), problem);
        }
        let request = request(&section);
        let headers = headers::read(&section, "request_headers");
        let body = body::read(&section);
        let expect = expect::read(&section);
        let saves = save::read(&section);
        let then = headers::read(&section, "headers");
        let renew = section.time("renew");
        let (method, path) = request?;
        Some(Self { method, path, headers, body, expect, saves, then, renew })
    }

    /// The values that it saves.
    pub(super) fn gives(&self) -> impl Iterator<Item = &str> {
        self.saves.iter().map(|save| save.name.as_str())
    }

    /// The texts that have places for values, with the headers of service and environment.
    pub(super) fn templates<'a>(&'a self, layers: [&'a [Header]; 2]) -> Vec<&'a TemplateText> {
        let [service, environment] = layers;
        let headers = headers::merged(&[service, environment, &self.headers]);
        let body = self.body.iter().flat_map(BodyText::templates);
        std::iter::once(&self.path)
            .chain(headers.into_iter().map(|header| &header.value))
            .chain(body)
            .collect()
    }

    /// The login with its references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Login> {
        let [service, environment] = layers;
        let mut headers = headers::resolve(&[service, environment, &self.headers], resolving);
        let then = headers::resolve(&[&self.then], resolving);
        let path = resolve_path("request", &self.path, resolving);
        let body = match &self.body {
            None => None,
            Some(body) => {
                headers::add_content_type(&mut headers, body);
                Some(body.resolve(resolving)?)
            }
        };
        Some(Login {
            method: self.method.clone(),
            path: path?,
            headers,
            body,
            expect: self.expect.clone(),
            saves: self.saves.iter().map(|save| save.resolve(resolving)).collect(),
            then,
            renew: self.renew,
        })
    }
}

fn request(section: &Section<'_>) -> Option<(Method, TemplateText)> {
    let reading = section.reading;
    let (written, span) =
        section.string("request", "method and path in quotes, such as \"POST /login\"")?;
    match split(written) {
        Ok((method, path)) => {
            let path = TemplateText::read(path, span, Unknown::Told, reading);
            check_path_text("request", &path, reading);
            Some((method, path))
        }
        Err(problem) => {
            section.problem("request", problem);
            None
        }
    }
}
