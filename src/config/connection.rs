//! How connections are made, of `[service]` and `[env.NAME]`.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::ServerName;

use crate::model::{ConnectionPolicy, KeepAlive, Protocol, Resolved, Resumption, SocketFile, Tls};

use super::certificates;
use super::connection_problem::ConnectionProblem;
use super::error::Problems;
use super::problem::Problem;
use super::protocol;
use super::section::{Keys, Section};

pub(super) static TLS_KEYS: Keys =
    Keys { known: &["ca", "certificate", "key", "server_name", "resumption"] };

const TIMEOUT: Duration = Duration::from_secs(10);

/// What a section says of connections.
#[derive(Debug, Clone, Default)]
pub(super) struct ConnectionText {
    timeout: Option<Duration>,
    insecure: Option<(bool, Range<usize>)>,
    tls: Option<TlsText>,
    socket: Option<SocketFile>,
    keep_alive: Option<(KeepAlive, Range<usize>)>,
    compression: Option<bool>,
    protocol: Option<Protocol>,
}

/// The table `tls`. Its files are read when it is used: those of another environment may lie on
/// other machines only.
#[derive(Debug, Clone)]
struct TlsText {
    span: Range<usize>,
    ca: Option<FileText>,
    certificate: Option<FileText>,
    key: Option<FileText>,
    server_name: Option<String>,
    resumption: Option<bool>,
}

/// A file as written, and where its path stands.
#[derive(Debug, Clone)]
pub(super) struct FileText {
    pub(super) written: String,
    pub(super) span: Range<usize>,
}

/// Who gives the address that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AddressOf {
    Service,
    Environment,
    Call,
}

impl ConnectionText {
    /// Reads what `section` says.
    pub(super) fn read(section: &Section<'_>) -> Self {
        let read = Self {
            timeout: section.time("timeout"),
            insecure: section.boolean("insecure").zip(section.key_span("insecure")),
            tls: TlsText::read(section),
            socket: socket(section),
            keep_alive: keep_alive(section),
            compression: section.boolean("compression"),
            protocol: protocol::read(section),
        };
        if let (Some((true, _)), Some(ca)) =
            (&read.insecure, read.tls.as_ref().and_then(|tls| tls.ca.as_ref()))
        {
            let (first, second) = ("insecure".to_owned(), "ca".to_owned());
            let help = "`ca` says who is trusted, and `insecure` trusts anybody: leave one out";
            section.reading.problems.at(ca.span.clone(), Problem::Together { first, second, help });
        }
        read
    }

    /// What holds for `url`, whose files lie in `directory`, where this is said by `[service]` and
    /// `own` by the environment. What cannot be used is told.
    pub(super) fn resolve(
        &self,
        own: &Self,
        (url, of): (Option<&Resolved>, AddressOf),
        directory: &Path,
        problems: &Problems,
    ) -> ConnectionPolicy {
        let tls = match &own.tls {
            Some(tls) => Some((tls, AddressOf::Environment)),
            None => self.tls.as_ref().map(|tls| (tls, AddressOf::Service)),
        };
        let is_plain = url.is_some_and(|url| !url.value().starts_with("https:"));
        let tls = match tls {
            // What is said of one address may not fit the one that takes its place.
            Some((_, by)) if is_plain && of > by => Tls::default(),
            Some((tls, _)) if is_plain => {
                problems.at(tls.span.clone(), ConnectionProblem::WithoutHttps("tls").into());
                Tls::default()
            }
            Some((tls, _)) => tls.resolve(directory, problems),
            None => Tls::default(),
        };
        let keep_alive = own.keep_alive.as_ref().or(self.keep_alive.as_ref());
        let protocol = own.protocol.or(self.protocol).unwrap_or_default();
        if let (Some((KeepAlive::Never, span)), Protocol::Http2 { .. }) = (keep_alive, protocol) {
            let (first, second) = ("keep_alive = false".to_owned(), "http = \"2\"".to_owned());
            let help = "connections of HTTP/2 are kept (RFC 9113, section 9.1): leave one out, or say with \
                        `connection_lifetime` how long";
            problems.at(span.clone(), Problem::Together { first, second, help });
        }
        // Who is trusted is for the innermost section to say that speaks of it, with either key.
        let names_authorities = own.tls.as_ref().is_some_and(|tls| tls.ca.is_some());
        let insecure = match (&own.insecure, &self.insecure) {
            (Some(said), _) => Some((said, AddressOf::Environment)),
            (None, Some(said)) if !names_authorities => Some((said, AddressOf::Service)),
            (None, _) => None,
        };
        let is_insecure = match insecure {
            Some(((true, _), by)) if is_plain && of > by => false,
            Some(((true, span), _)) if is_plain => {
                problems.at(span.clone(), ConnectionProblem::WithoutHttps("insecure").into());
                false
            }
            said => said.is_some_and(|((is_insecure, _), _)| *is_insecure),
        };
        let policy = ConnectionPolicy {
            timeout: own.timeout.or(self.timeout).unwrap_or(TIMEOUT),
            insecure: false,
            tls,
            socket: self.socket(own, of).cloned(),
            keep_alive: keep_alive.map(|(keep_alive, _)| *keep_alive).unwrap_or_default(),
            compression: own.compression.or(self.compression).unwrap_or_default(),
            protocol,
        };
        if is_insecure { policy.trusting_anybody() } else { policy }
    }

    /// The socket that leads to an address given by `of`, where this is said by `[service]` and `own` by
    /// the environment.
    pub(super) fn socket<'a>(&'a self, own: &'a Self, of: AddressOf) -> Option<&'a SocketFile> {
        // A socket is a part of the address.
        match of {
            AddressOf::Service => own.socket.as_ref().or(self.socket.as_ref()),
            AddressOf::Environment => own.socket.as_ref(),
            AddressOf::Call => None,
        }
    }
}

/// What holds where neither a section nor the call says anything.
pub(super) fn unsaid() -> ConnectionPolicy {
    ConnectionPolicy::within(TIMEOUT)
}

impl TlsText {
    fn read(section: &Section<'_>) -> Option<Self> {
        let value = section.value("tls")?;
        let tls = Section::open("tls", value, &TLS_KEYS, section.reading)?;
        let file = |key| {
            let (written, span) = tls.string(key, "the path of a PEM file")?;
            Some(FileText { written: written.to_owned(), span })
        };
        for (given, missing, keys) in
            [("certificate", "key", "`key`"), ("key", "certificate", "`certificate`")]
        {
            if tls.value(given).is_some() && tls.value(missing).is_none() {
                tls.problem(given, Problem::Missing { section: "`tls`".to_owned(), keys });
            }
        }
        Some(Self {
            span: value.span(),
            ca: file("ca"),
            certificate: file("certificate"),
            key: file("key"),
            server_name: server_name(&tls),
            resumption: tls.boolean("resumption"),
        })
    }

    fn resolve(&self, directory: &Path, problems: &Problems) -> Tls {
        let identity = self.certificate.as_ref().zip(self.key.as_ref());
        Tls {
            authorities: self
                .ca
                .as_ref()
                .and_then(|ca| certificates::authorities(ca, directory, problems)),
            identity: identity.and_then(|(certificate, key)| {
                certificates::identity(certificate, key, directory, problems)
            }),
            server_name: self.server_name.clone(),
            resumption: match self.resumption {
                Some(false) => Resumption::Never,
                Some(true) | None => Resumption::Resumed,
            },
        }
    }
}

fn server_name(tls: &Section<'_>) -> Option<String> {
    let (name, _) = tls.string("server_name", "a host name in quotes")?;
    let fits = ServerName::try_from(name).is_ok();
    if !fits {
        tls.problem("server_name", ConnectionProblem::ServerName(name.to_owned()).into());
    }
    fits.then(|| name.to_owned())
}

fn keep_alive(section: &Section<'_>) -> Option<(KeepAlive, Range<usize>)> {
    let lifetime = section.time("connection_lifetime");
    let keep_alive = match (section.boolean("keep_alive"), lifetime) {
        (Some(false), lifetime) => {
            if lifetime.is_some() {
                const HELP: &str = "without keep-alive a connection lives for one request";
                let (first, second) = ("keep_alive = false", "connection_lifetime");
                section.conflict("connection_lifetime", first, second, HELP);
            }
            KeepAlive::Never
        }
        (_, Some(lifetime)) => KeepAlive::For(lifetime),
        (Some(true), None) => KeepAlive::Always,
        (None, None) => return None,
    };
    let span = section.key_span("keep_alive").or_else(|| section.key_span("connection_lifetime"));
    Some((keep_alive, span?))
}

fn socket(section: &Section<'_>) -> Option<SocketFile> {
    let (written, _) = section.string("socket", "the path of a Unix domain socket")?;
    let path = section.reading.directory.join(written);
    if let Err(reason) = addressable(written, &path) {
        let socket = written.to_owned();
        section.problem("socket", ConnectionProblem::Socket { socket, reason }.into());
        return None;
    }
    Some(SocketFile { written: written.to_owned(), path })
}

/// Whether the system can connect to `path`, if there is a socket.
#[cfg(unix)]
fn addressable(written: &str, path: &Path) -> Result<(), String> {
    if written.is_empty() {
        return Err("it names nothing".to_owned());
    }
    if written.contains('\0') {
        return Err("it has a null character in it".to_owned());
    }
    let length = path.as_os_str().len();
    let too_long =
        |_| format!("with its folders it has {length} bytes, more than a socket can have");
    std::os::unix::net::SocketAddr::from_pathname(path).map(|_| ()).map_err(too_long)
}

#[cfg(not(unix))]
fn addressable(_: &str, _: &Path) -> Result<(), String> {
    Err("there are none on this system".to_owned())
}
