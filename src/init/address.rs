//! URLs of a source in the form that a configuration takes.

use http::uri::Authority;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::error::InitError;
use crate::model::without_secrets;

/// What no path or query of a configuration has as it is, beyond what a parsed URL has encoded.
const NOT_SENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// All but the unreserved characters (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Reads the address of a request or of a service.
pub(super) fn parse(text: &str) -> Result<Url, InitError> {
    let refuse = |why: &str| InitError::Url { url: without_secrets(text), why: why.to_owned() };
    if !text.contains("://") {
        return Err(refuse("it has no scheme, such as `http://`"));
    }
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(refuse("its scheme is neither http nor https"));
    }
    if url.port() == Some(0) {
        return Err(refuse("nothing listens on port 0"));
    }
    // Browsers take more for a host than HTTP does.
    if url.host_str().is_none_or(|host| host.parse::<Authority>().is_err()) {
        return Err(refuse("its host has a character that no host has"));
    }
    Ok(url)
}

/// Scheme, host and port.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The path that is sent.
pub(super) fn path(url: &Url) -> String {
    sendable(url.path())
}

/// `text` with everything encoded that neither path nor query of a configuration can hold.
pub(super) fn sendable(text: &str) -> String {
    utf8_percent_encode(text, NOT_SENT).to_string()
}

/// A value that becomes a part of a path or query.
pub(super) fn component(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_with_a_host_is_measured() {
        for (text, why) in [
            ("localhost:8000/health", "no scheme"),
            ("ftp://host/", "neither http nor https"),
            ("http://", "empty host"),
            ("http://host:0/", "port 0"),
            ("http://host:x/", "invalid port"),
            ("http://{host}/", "no host has"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn what_a_configuration_cannot_hold_is_encoded_once() {
        let url = parse("HTTP://Host:80/a b/{x}|ü%20?q={y}").unwrap();
        assert_eq!(origin(&url), "http://host");
        assert_eq!(path(&url), "/a%20b/%7Bx%7D%7C%C3%BC%20");
        assert_eq!(sendable(url.query().unwrap()), "q=%7By%7D");
        assert_eq!(component("a/b c"), "a%2Fb%20c");
    }
}
