//! One user's cookies for the one origin it talks to (RFC 6265), bounded whatever is sent.

use std::fmt;
use std::net::IpAddr;

use cookie::Cookie;
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use jiff::{SignedDuration, Timestamp};

/// Most cookies that a user keeps.
const MOST: usize = 50;

/// Longest `set-cookie` line that is kept, in bytes: the least that RFC 6265, section 6.1, asks of
/// a client.
const LONGEST: usize = 4096;

/// The origin that all of a user's cookies are from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'a> {
    /// Host name or address, without brackets.
    pub(crate) host: &'a str,
    /// Whether the connection is encrypted; without it no `Secure` cookie is kept.
    pub(crate) tls: bool,
}

/// One user's cookies.
#[derive(Clone, Default)]
pub(crate) struct Jar {
    /// In the order in which they are sent: longer paths first, older ones first among equals.
    cookies: Vec<Kept>,
    /// How many were ever new.
    born: u64,
}

#[derive(Clone)]
struct Kept {
    name: String,
    value: String,
    path: String,
    /// `None` for the host itself.
    domain: Option<String>,
    /// `None` for as long as the user lives.
    expires: Option<Timestamp>,
    born: u64,
}

/// The cookies that an answer sets, in its order. Lines that are no cookies are left out.
pub(crate) fn set_by(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = Cookie<'_>> {
    headers.get_all(SET_COOKIE).iter().filter_map(read)
}

fn read(line: &HeaderValue) -> Option<Cookie<'_>> {
    let text = std::str::from_utf8(line.as_bytes()).ok()?;
    Cookie::parse(text).ok()
}

impl Jar {
    /// Keeps what the answer to a request for `path` (as it was sent) sets, and deletes what it
    /// says has expired.
    pub(crate) fn keep(&mut self, site: Site<'_>, path: &str, headers: &HeaderMap, now: Timestamp) {
        let lines = headers.get_all(SET_COOKIE).iter().filter(|line| line.len() <= LONGEST);
        for cookie in lines.filter_map(read) {
            self.keep_one(site, path, &cookie, now);
        }
    }

    /// Appends the value of the `cookie` header of a request for `path` (as it is sent); nothing
    /// when no cookie goes there.
    pub(crate) fn write(&self, path: &str, now: Timestamp, out: &mut Vec<u8>) {
        let mut separator = "";
        let path = without_query(path);
        for kept in &self.cookies {
            if kept.is_alive(now) && path_matches(path, &kept.path) {
                for piece in [separator, &kept.name, "=", &kept.value] {
                    out.extend_from_slice(piece.as_bytes());
                }
                separator = "; ";
            }
        }
    }

    /// Whether there is nothing to send, whatever the path.
    pub(crate) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    fn keep_one(&mut self, site: Site<'_>, request: &str, cookie: &Cookie<'_>, now: Timestamp) {
        let domain = cookie.domain().filter(|domain| !domain.is_empty());
        let foreign = domain.is_some_and(|domain| !domain_matches(site.host, domain));
        if foreign || cookie.secure() == Some(true) && !site.tls {
            return;
        }
        let domain = domain.filter(|domain| !domain.eq_ignore_ascii_case(site.host));
        let given = cookie.path().filter(|path| path.starts_with('/'));
        let path = given.unwrap_or_else(|| default_path(request));
        let expires = expiry(cookie, now);

        let same = |kept: &Kept| {
            let domains = (kept.domain.as_deref(), domain);
            kept.name == cookie.name()
                && kept.path == path
                && (domains == (None, None)
                    || matches!(domains, (Some(a), Some(b)) if a.eq_ignore_ascii_case(b)))
        };
        let old = self.cookies.iter().position(same);
        if expires.is_some_and(|expires| expires <= now) {
            if let Some(old) = old {
                self.cookies.remove(old);
            }
        } else if let Some(old) = old {
            let old = &mut self.cookies[old];
            old.value.clear();
            old.value.push_str(cookie.value());
            old.expires = expires;
        } else {
            self.make_room(now);
            self.born += 1;
            let new = Kept {
                name: cookie.name().to_owned(),
                value: cookie.value().to_owned(),
                path: path.to_owned(),
                domain: domain.map(str::to_owned),
                expires,
                born: self.born,
            };
            let place = self.cookies.partition_point(|kept| kept.path.len() >= new.path.len());
            self.cookies.insert(place, new);
        }
    }

    /// Drops what has expired, and then the oldest.
    fn make_room(&mut self, now: Timestamp) {
        if self.cookies.len() >= MOST {
            self.cookies.retain(|kept| kept.is_alive(now));
        }
        if self.cookies.len() >= MOST {
            let oldest = self.cookies.iter().enumerate().min_by_key(|(_, kept)| kept.born);
            if let Some((oldest, _)) = oldest {
                self.cookies.remove(oldest);
            }
        }
    }
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A cookie is as good as a password.
        write!(f, "Jar({} cookies)", self.cookies.len())
    }
}

impl Kept {
    fn is_alive(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

/// When a cookie ends; `Max-Age` counts before `Expires` (RFC 6265, section 5.3).
fn expiry(cookie: &Cookie<'_>, now: Timestamp) -> Option<Timestamp> {
    if let Some(age) = cookie.max_age() {
        let age = SignedDuration::from_secs(age.whole_seconds());
        return Some(now.checked_add(age).unwrap_or(Timestamp::MAX));
    }
    let expires = cookie.expires_datetime()?;
    Some(Timestamp::from_second(expires.unix_timestamp()).unwrap_or(Timestamp::MAX))
}

/// RFC 6265, section 5.1.3. An address has no subdomains.
fn domain_matches(host: &str, domain: &str) -> bool {
    let (host_bytes, domain) = (host.as_bytes(), domain.as_bytes());
    let Some(rest) = host_bytes.len().checked_sub(domain.len()) else { return false };
    host_bytes[rest..].eq_ignore_ascii_case(domain)
        && (rest == 0 || host_bytes[rest - 1] == b'.' && host.parse::<IpAddr>().is_err())
}

/// RFC 6265, section 5.1.4.
fn path_matches(request: &str, cookie: &str) -> bool {
    request
        .strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

/// The path of a cookie that names none: the directory of the request.
fn default_path(request: &str) -> &str {
    match without_query(request).rfind('/') {
        None | Some(0) => "/",
        Some(end) => &request[..end],
    }
}

fn without_query(path: &str) -> &str {
    path.split_once('?').map_or(path, |(path, _)| path)
}

#[cfg(test)]
mod tests;
