//! What an endpoint is called: method and path template.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeString;

use crate::model::{EndpointName, Method};

use super::address::check_path;
use super::error::Problems;
use super::problem::Problem;
use super::section::Reading;
use super::template::{TemplateText, Unknown};
use super::text::placeholders;

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// The key of an endpoint: method and path template.
pub(super) struct EndpointKey {
    pub(super) name: EndpointName,
    pub(super) span: Range<usize>,
    pub(super) method: Method,
    template: String,
}

impl EndpointKey {
    /// Reads a name such as `GET /builds/{id}`; blanks around its parts make no difference.
    pub(super) fn read(key: &Spanned<DeString<'_>>, problems: &Problems) -> Option<Self> {
        let span = key.span();
        let written = key.get_ref().as_ref();
        let refuse = |problem| {
            problems.at(span.clone(), problem);
            None
        };
        let (method, template) = match split(written) {
            Ok(parts) => parts,
            Err(problem) => return refuse(problem),
        };
        if template.contains('?') {
            return refuse(Problem::QueryInName(written.to_owned()));
        }
        // What stands in braces is not sent as it is, so that it may be any word.
        let without_braces: String = template.replace(['{', '}'], "");
        if let Err(reason) = check_path(&without_braces) {
            return refuse(Problem::Path { key: written.to_owned(), reason });
        }
        let named = placeholders(template).count();
        if template.matches('{').count() != named || template.matches('}').count() != named {
            let reason = "braces hold a name, such as `{id}`";
            return refuse(Problem::Path { key: written.to_owned(), reason });
        }
        match format!("{method} {template}").parse() {
            Ok(name) => Some(Self { name, span, method, template: template.to_owned() }),
            Err(error) => refuse(Problem::Name { what: "endpoint", error }),
        }
    }

    /// The path that the name itself gives, if every word in braces is a value. Otherwise that is
    /// told unless `path` is there (and then is wrong in another way, which has been told).
    pub(super) fn own_path(
        &self,
        reading: &Reading<'_>,
        path_is_there: bool,
    ) -> Option<TemplateText> {
        let unknown: Vec<&str> =
            placeholders(&self.template).filter(|name| !reading.known.refers(name)).collect();
        if unknown.is_empty() {
            let span = self.span.clone();
            return Some(TemplateText::read(&self.template, span, Unknown::Told, reading));
        }
        if !path_is_there {
            let likely = reading.known.likely(unknown.iter().copied());
            let names: Vec<String> = unknown.iter().map(|name| format!("{{{name}}}")).collect();
            let problem = Problem::TemplateWithoutPath { names: names.join(" and "), likely };
            reading.problems.at(self.span.clone(), problem);
        }
        None
    }
}

/// The same for every spelling of one endpoint: without the names in braces and with one blank.
pub(super) fn identity(written: &str) -> String {
    let words: Vec<&str> = written.split_whitespace().collect();
    let mut identity = words.join(" ");
    let names: Vec<String> = placeholders(&identity).map(|name| format!("{{{name}}}")).collect();
    for name in names {
        identity = identity.replacen(&name, "{}", 1);
    }
    identity
}

/// Method and path of `GET /health`.
pub(super) fn split(written: &str) -> Result<(Method, &str), Problem> {
    let not_one = || Problem::NotAnEndpoint(written.to_owned());
    let (word, path) = written.trim().split_once(char::is_whitespace).ok_or_else(not_one)?;
    let path = path.trim();
    if path.is_empty() || path.contains(char::is_whitespace) {
        return Err(not_one());
    }
    let unknown = || Problem::UnknownMethod {
        method: word.to_owned(),
        likely: METHODS
            .into_iter()
            .find(|known| strsim::osa_distance(&word.to_ascii_uppercase(), known) <= 1)
            .map(str::to_owned),
    };
    // Any token may be a method; one that is a letter away from a known one is a slip.
    let slip =
        || !METHODS.contains(&word) && METHODS.iter().any(|m| strsim::osa_distance(word, m) <= 1);
    match Method::new(word) {
        Some(method) if word != "CONNECT" && !slip() => Ok((method, path)),
        _ => Err(unknown()),
    }
}
