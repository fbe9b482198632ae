//! `[login]`: what each user does once before its first request.

use std::time::Duration;

use crate::model::Login;

use super::headers::{self, Header};
use super::problem::Problem;
use super::request::RequestText;
use super::section::{Entry, Keys, Reading, Section};
use super::template::Resolving;

pub(super) static KEYS: Keys = Keys {
    known: &[
        "request",
        "request_headers",
        "json",
        "form",
        "text",
        "file",
        "multipart",
        "expect",
        "checks",
        "schema",
        "redirects",
        "save",
        "headers",
        "renew",
    ],
    later: &[],
};

/// The login as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct LoginText {
    pub(super) request: RequestText,
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
        let request = RequestText::read(&section, "request_headers");
        let then = headers::read(&section, "headers");
        let renew = section.time("renew");
        Some(Self { request: request?, then, renew })
    }

    /// The login with its references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(
        &self,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<Login> {
        let request = self.request.resolve(layers, resolving);
        let then = headers::resolve(&[&self.then], resolving);
        Some(Login { request: request?, then, renew: self.renew })
    }
}
