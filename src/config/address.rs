//! Addresses and paths: what can be sent to, and the URLs of a call.

use std::net::Ipv6Addr;

use http::uri::Authority;
use url::Host;

use crate::model::{EndpointName, Method, Resolved, without_secrets};

use super::error::Problems;
use super::problem::Problem;
use super::target_problem::TargetProblem;
use super::url_error::UrlError;

/// A URL in its parts.
struct Parts<'a> {
    scheme: &'a str,
    authority: &'a str,
    /// Path and query, empty or beginning with a slash or question mark.
    path: &'a str,
}

fn parts(url: &str) -> Result<Parts<'_>, UrlError> {
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::NoScheme)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // Before all else: a password may hold a slash or a hash and be taken for a host or a path.
    if authority.contains('@') || (rest.contains('@') && host(authority).is_err()) {
        return Err(UrlError::UserInfo);
    }
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(UrlError::Scheme);
    }
    if path.contains('#') {
        return Err(UrlError::Fragment);
    }
    host(authority)?;
    if !path.bytes().all(is_path_byte) {
        return Err(UrlError::Path);
    }
    Ok(Parts { scheme, authority, path })
}

fn host(authority: &str) -> Result<(), UrlError> {
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    if let Some((_, port)) = authority[after_host..].split_once(':') {
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(UrlError::Port);
        }
    }
    let host = match authority.parse::<Authority>() {
        Ok(authority) if !authority.host().is_empty() => authority.host().to_owned(),
        _ => return Err(UrlError::Host),
    };
    // Else whoever looks it up reads an address in it that nothing here knows.
    match host.strip_prefix('[').map(|it| it.trim_end_matches(']')) {
        Some(address) if address.contains('%') => Err(UrlError::Zone),
        Some(address) if address.parse::<Ipv6Addr>().is_err() => Err(UrlError::Host),
        _ => Ok(()),
    }
}

fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)
}

/// Checks the address of a service: http or https, a host, perhaps a path, nothing else.
pub(super) fn check_base(url: &str) -> Result<(), UrlError> {
    let parts = parts(url)?;
    if parts.path.contains('?') { Err(UrlError::Query) } else { Ok(()) }
}

/// Checks what is sent as path and query.
pub(super) fn check_path(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        Err("it does not begin with a slash")
    } else if path.contains('#') {
        Err("it has a fragment (`#…`), which is never sent")
    } else if !path.bytes().all(is_path_byte) {
        Err("it has a character that has to be percent-encoded")
    } else {
        Ok(())
    }
}

/// Scheme, host and port, each in one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// In lower case.
    pub(super) scheme: String,
    /// As the URL standard reads it, in which a number is an IPv4 address.
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Origin {
    /// That of `url`; nothing if it is no address.
    pub(super) fn of(url: &str) -> Option<Self> {
        let scheme = parts(url).ok()?.scheme.to_ascii_lowercase();
        let (host, port) = host_and_port(url)?;
        let written = if host.contains(':') { format!("[{host}]") } else { host };
        // What the standard takes for no host is still the same host if it is written the same.
        let host = Host::parse(&written);
        let host = host.unwrap_or_else(|_| Host::Domain(written.to_ascii_lowercase()));
        Some(Self { scheme, host, port })
    }
}

/// The path in front of every endpoint's, without a slash at its end.
pub(super) fn prefix(url: &str) -> Option<&str> {
    Some(parts(url).ok()?.path.trim_end_matches('/'))
}

/// Host and port that connections to `url` go to; nothing if it is no address.
#[must_use]
pub fn host_and_port(url: &str) -> Option<(String, u16)> {
    let parts = parts(url).ok()?;
    let (host, port) = split_port(parts.authority);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let default = if parts.scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    Some((host.to_owned(), port.map_or(Some(default), |port| port.parse().ok())?))
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after_host = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_host..].find(':') {
        Some(at) => (&authority[..after_host + at], Some(&authority[after_host + at + 1..])),
        None => (authority, None),
    }
}

/// The URLs of a call: one service, and what is requested of it.
pub(super) struct Urls {
    /// Scheme, host and port of all of them.
    pub(super) base: Resolved,
    /// What each of them requests, by its method and path; the query is sent but not named.
    pub(super) requests: Vec<(EndpointName, Method, Resolved)>,
}

impl Urls {
    /// Reads the URLs of a call.
    pub(super) fn read(urls: &[String], problems: &Problems) -> Option<Self> {
        let mut base: Option<String> = None;
        let mut requests: Vec<(EndpointName, Method, Resolved)> = Vec::new();
        for url in urls {
            let parts = match parts(url) {
                Ok(parts) => parts,
                Err(error) => {
                    problems.add(Problem::Url { key: without_secrets(url), error });
                    continue;
                }
            };
            let this = format!("{}://{}", parts.scheme.to_ascii_lowercase(), parts.authority);
            match &base {
                None => base = Some(this),
                Some(first) if Origin::of(first) != Origin::of(&this) => {
                    problems
                        .add(TargetProblem::DifferentOrigins { first: first.clone(), other: this });
                    continue;
                }
                Some(_) => {}
            }
            let sent = if parts.path.starts_with('/') {
                parts.path.to_owned()
            } else {
                format!("/{}", parts.path)
            };
            let path = sent.split('?').next().unwrap_or("/");
            let name = format!("GET {path}");
            let Some(method) = Method::new("GET") else { continue };
            match name.parse::<EndpointName>() {
                Ok(name) if requests.iter().any(|(other, ..)| *other == name) => {
                    problems.add(TargetProblem::RepeatedUrl(name.to_string()));
                }
                Ok(name) => requests.push((name, method, Resolved::plain(sent))),
                Err(error) => problems.add(Problem::Name { what: "endpoint", error }),
            }
        }
        Some(Self { base: Resolved::plain(base?), requests })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_services_are_accepted() {
        for url in [
            "http://localhost",
            "http://127.0.0.1:8000",
            "HTTPS://api.example.com/v1/",
            "http://[::1]:8080/a",
        ] {
            assert_eq!(check_base(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (url, error) in [
            ("localhost:8000", UrlError::NoScheme),
            ("ftp://host/", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http://ho st/", UrlError::Host),
            ("http://bücher.example", UrlError::Host),
            ("http://[::1%1]/", UrlError::Zone),
            ("http://[fe80::1%25eth0]:80/", UrlError::Zone),
            ("http://[127.0.0.1]/", UrlError::Host),
            ("http://host:0", UrlError::Port),
            ("http://host:", UrlError::Port),
            ("http://host:99999/", UrlError::Port),
            ("http://host:80a/", UrlError::Port),
            ("http://host/#top", UrlError::Fragment),
            ("http://user:pass@host/", UrlError::UserInfo),
            ("http://user:pa/ss@host/", UrlError::UserInfo),
            ("http://user:p#ss@host/", UrlError::UserInfo),
            ("http://host/a b", UrlError::Path),
            ("http://host/{id}", UrlError::Path),
            ("http://host/?a=1", UrlError::Query),
        ] {
            assert_eq!(check_base(url), Err(error), "{url}");
        }
    }

    #[test]
    fn an_at_sign_in_a_path_is_no_password() {
        assert_eq!(check_base("http://host/@user"), Ok(()));
    }

    #[test]
    fn the_spelling_of_a_host_and_a_default_port_makes_no_other_origin() {
        let origin = |url| Origin::of(url).unwrap();
        assert_eq!(origin("http://Host:80/a"), origin("HTTP://host"));
        assert_eq!(origin("http://127.0.0.1"), origin("http://127.1:080"));
        assert_ne!(origin("http://host:8080"), origin("http://host"));
        assert_ne!(origin("https://host:80"), origin("http://host"));
        // The host that is named to a service decides what it answers.
        assert_ne!(origin("http://localhost"), origin("http://127.0.0.1"));
    }

    #[test]
    fn connections_go_to_host_and_port() {
        let to = |url| host_and_port(url);
        assert_eq!(to("http://a:8000/x"), Some(("a".to_owned(), 8000)));
        assert_eq!(to("https://a"), Some(("a".to_owned(), 443)));
        assert_eq!(to("http://[::1]"), Some(("::1".to_owned(), 80)));
        assert_eq!(to("a:8000"), None);
    }
}
