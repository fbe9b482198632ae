//! `[service]` and `[env.NAME]`: where the service is and how it is spoken to.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Method, Readiness, Resolved};

use super::address::{check_base, check_path};
use super::connection::{AddressOf, ConnectionText};
use super::demand::Demand;
use super::endpoint_key::split;
use super::error::Problems;
use super::headers::{self, Header};
use super::problem::Problem;
use super::section::{Keys, Reading, Section};
use super::text::{Text, Variables, placeholders};

pub(super) static SERVICE_KEYS: Keys = Keys {
    known: &[
        "url",
        "ready",
        "ready_timeout",
        "headers",
        "timeout",
        "insecure",
        "tls",
        "socket",
        "keep_alive",
        "connection_lifetime",
        "compression",
        "http",
        "streams",
    ],
};

pub(super) static ENVIRONMENT_KEYS: Keys = Keys {
    known: &[
        "url",
        "ready",
        "ready_timeout",
        "headers",
        "timeout",
        "insecure",
        "tls",
        "socket",
        "keep_alive",
        "connection_lifetime",
        "compression",
        "http",
        "streams",
        "users",
        "rate",
        "arrivals",
        "connections",
        "spawn_rate",
        "duration",
        "protected",
    ],
};

/// How long the service may take to become ready, unless the file says otherwise.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

/// What `[service]` says, and what an environment says over it.
#[derive(Debug, Clone, Default)]
pub(super) struct Service {
    pub(super) url: Option<Text>,
    ready: Option<Ready>,
    ready_timeout: Option<Duration>,
    pub(super) headers: Vec<Header>,
    pub(super) connection: ConnectionText,
}

#[derive(Debug, Clone)]
struct Ready {
    method: Method,
    path: Text,
}

impl Service {
    /// Reads `[service]`.
    pub(super) fn read(value: &Spanned<DeValue<'_>>, reading: &Reading<'_>) -> Self {
        Section::open("[service]", value, &SERVICE_KEYS, reading)
            .map(|section| Self::of(&section))
            .unwrap_or_default()
    }

    fn of(section: &Section<'_>) -> Self {
        let url = section.text("url", "an address in quotes, such as \"http://localhost:8000\"");
        if let Some(url) = url.as_ref().filter(|url| url.is_literal() && !url.is_broken()) {
            check_url(url, &url.written, &section.reading.problems);
        }
        Self {
            url,
            ready: ready(section),
            ready_timeout: section.time("ready_timeout"),
            headers: headers::read(section, "headers"),
            connection: ConnectionText::read(section),
        }
    }

    /// Who gives the address of an environment that says this.
    pub(super) fn address_of(&self) -> AddressOf {
        if self.url.is_some() { AddressOf::Environment } else { AddressOf::Service }
    }

    /// What is waited for, if anything.
    pub(super) fn readiness(
        &self,
        environment: &Self,
        variables: &Variables,
        problems: &Problems,
    ) -> Option<Readiness> {
        let ready = environment.ready.as_ref().or(self.ready.as_ref())?;
        let path = ready.path.resolve(variables, problems)?;
        if let Err(reason) = check_path(path.value()) {
            let problem = Problem::Path { key: "ready".to_owned(), reason };
            problems.at(ready.path.span.clone(), problem);
            return None;
        }
        Some(Readiness {
            method: ready.method.clone(),
            path,
            deadline: environment.ready_timeout.or(self.ready_timeout).unwrap_or(READY_TIMEOUT),
        })
    }
}

fn check_url(url: &Text, value: &str, problems: &Problems) -> bool {
    let checked = check_base(value);
    if let Err(error) = checked {
        problems.at(url.span.clone(), Problem::Url { key: "url".to_owned(), error });
    }
    checked.is_ok()
}

/// An address with its references replaced and no slash at its end; nothing if it cannot be used,
/// which is told.
pub(super) fn resolve_url(
    url: &Text,
    variables: &Variables,
    problems: &Problems,
) -> Option<Resolved> {
    let resolved = url.resolve(variables, problems)?;
    check_url(url, resolved.value(), problems).then(|| {
        let trimmed = |text: &str| text.trim_end_matches('/').to_owned();
        Resolved::new(trimmed(resolved.written()), trimmed(resolved.value()))
    })
}

fn ready(section: &Section<'_>) -> Option<Ready> {
    let expected = "method and path in quotes, such as \"GET /health\"";
    let (written, span) = section.string("ready", expected)?;
    match split(written) {
        Ok((method, path)) => {
            let path = section.reading.text(path, span);
            if let Some(reason) = unready(&path) {
                section.problem("ready", Problem::Path { key: "ready".to_owned(), reason });
            }
            Some(Ready { method, path })
        }
        Err(problem) => {
            section.problem("ready", problem);
            None
        }
    }
}

/// Why `path` cannot be sent, as far as it can be told without the environment.
fn unready(path: &Text) -> Option<&'static str> {
    if placeholders(&path.written).next().is_some() {
        return Some("it is sent before there are users, so that it has no values");
    }
    let silent = Problems::default();
    let literal = path.is_literal().then(|| path.resolve(&Variables::default(), &silent))??;
    check_path(literal.value()).err()
}

/// What `[env.NAME]` says.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    /// What it says over `[service]`.
    pub(super) service: Service,
    /// What it says over the scenario.
    pub(super) demand: Demand,
    /// Whether it is only measured on purpose.
    pub(super) protected: bool,
}

impl Environment {
    /// Reads one environment.
    pub(super) fn read(
        name: &str,
        value: &Spanned<DeValue<'_>>,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        let section = Section::open(&format!("[env.{name}]"), value, &ENVIRONMENT_KEYS, reading)?;
        Some(Self {
            service: Service::of(&section),
            demand: Demand::read(&section),
            protected: section.boolean("protected").unwrap_or_default(),
        })
    }
}
