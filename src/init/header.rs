//! Which headers of a recorded request are taken over, and in which form.

use http::{HeaderName, HeaderValue};

use super::description::Draft;
use super::secret::{contains_secret, is_secret_header, looks_like_token, variable_name};
use super::variable::is_identifier;

/// Headers that belong to the connection, that a browser adds by itself, or that make an answer
/// depend on an earlier one. Those that begin with `sec-` and `proxy-` go as well.
const DROPPED: &[&str] = &[
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "alt-used",
    "cache-control",
    "connection",
    "content-length",
    "dnt",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "upgrade-insecure-requests",
];

/// Puts the headers that are worth it into `draft`, without their secrets. The type of the body
/// is the body's.
pub(super) fn put(headers: &[(String, String)], draft: &mut Draft) {
    for (name, value) in headers {
        let Ok(name) = name.trim().parse::<HeaderName>() else { continue };
        let (name, value) = (name.as_str(), value.trim());
        if name == "content-type" || is_dropped(name, value) {
            continue;
        }
        let written = if is_secret_header(name) {
            without_secret(name, value, draft)
        } else if looks_like_token(value) || contains_secret(value) {
            draft.variables.replace(value, &variable_name(name), format!("the header `{name}`"))
        } else {
            draft.variables.write(value)
        };
        if let Err(why) = fits(&written) {
            draft.about.push(format!("The header `{name}` is left out: {why}."));
            continue;
        }
        match draft.headers.iter_mut().find(|(known, _)| known == name) {
            // The same name twice is one list, which cookies separate in their own way.
            Some((_, earlier)) if *earlier != written => {
                let separator = if name == "cookie" { "; " } else { ", " };
                *earlier = format!("{earlier}{separator}{written}");
            }
            Some(_) => {}
            None => draft.headers.push((name.to_owned(), written)),
        }
    }
}

fn is_dropped(name: &str, value: &str) -> bool {
    DROPPED.contains(&name)
        || name.starts_with("sec-")
        || name.starts_with("proxy-")
        || value.is_empty()
        || (name == "accept" && value == "*/*")
        // Some interfaces want to be told who asks, but not that it is this browser.
        || (name == "user-agent" && value.starts_with("Mozilla/"))
}

/// The variable of the first user and password.
const BASIC: &str = "BASIC_CREDENTIALS";

/// Gives the user and password of `draft` a variable with this number: they are not those of others.
pub(super) fn number_basic_credentials(draft: &mut Draft, number: usize) {
    let name = format!("{BASIC}_{number}");
    let (old, new) = (format!("${{{BASIC}}}"), format!("${{{name}}}"));
    for (_, value) in &mut draft.headers {
        *value = value.replace(&old, &new);
    }
    draft.variables.rename(BASIC, &name);
}

/// A secret's reference; the scheme before it, such as `Bearer`, is none.
fn without_secret(name: &str, value: &str, draft: &mut Draft) -> String {
    let what = format!("the header `{name}`");
    let scheme = (name == "authorization")
        .then(|| value.split_once(' '))
        .flatten()
        .filter(|(scheme, rest)| is_scheme(scheme) && !rest.trim().contains([' ', ',']));
    match scheme {
        Some((scheme, secret)) => {
            let (variable, what) = match scheme.to_ascii_lowercase().as_str() {
                "bearer" => ("BEARER_TOKEN", what),
                "basic" => (BASIC, format!("{what}: user:password in base64")),
                _ => ("AUTHORIZATION", what),
            };
            format!("{scheme} {}", draft.variables.replace(secret.trim(), variable, what))
        }
        None => draft.variables.replace(value, &variable_name(name), what),
    }
}

fn is_scheme(word: &str) -> bool {
    !word.is_empty() && word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether a configuration can have the value.
pub(super) fn fits(written: &str) -> Result<(), &'static str> {
    if HeaderValue::from_str(written).is_err() {
        return Err("its value has characters that a header cannot have");
    }
    // References are none of these: nothing but a `$` stands before their brace.
    let mut words = written.split('{');
    let mut before = words.next().unwrap_or_default();
    for part in words {
        let name = part.split_once('}').map(|(name, _)| name).filter(|name| is_identifier(name));
        if name.is_some() && !before.ends_with('$') {
            return Err("a word in braces in it would be taken for a value of perfbase's own");
        }
        before = part;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Method;

    fn draft(headers: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::new(Method::new("GET").unwrap(), "/a".to_owned(), "/a".to_owned());
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        put(&headers, &mut draft);
        draft
    }

    fn kept(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        draft(headers).headers
    }

    #[test]
    fn headers_of_connection_and_browser_are_dropped() {
        let dropped = [
            (":authority", "a"),
            ("Host", "a"),
            ("Connection", "keep-alive"),
            ("Sec-Fetch-Mode", "cors"),
            ("User-Agent", "Mozilla/5.0"),
            ("Accept", "*/*"),
            ("If-None-Match", "\"x\""),
            ("Content-Type", "application/json"),
            ("x-empty", ""),
        ];
        assert_eq!(kept(&dropped), []);
        let expected =
            [("accept", "application/json"), ("user-agent", "probe/1"), ("x-tenant", "a")];
        let all: Vec<_> =
            kept(&[("Accept", "application/json"), ("User-Agent", "probe/1"), ("X-Tenant", "a")]);
        assert_eq!(all, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn secrets_become_references() {
        for (name, value, written, variable) in [
            ("Authorization", "Bearer hunter2", "Bearer ${BEARER_TOKEN}", "BEARER_TOKEN"),
            (
                "Authorization",
                "Basic aHVudGVyMg==",
                "Basic ${BASIC_CREDENTIALS}",
                "BASIC_CREDENTIALS",
            ),
            ("Authorization", "Token hunter2", "Token ${AUTHORIZATION}", "AUTHORIZATION"),
            ("Authorization", "hunter2", "${AUTHORIZATION}", "AUTHORIZATION"),
            ("Authorization", "AWS4 Credential=hunter2, b", "${AUTHORIZATION}", "AUTHORIZATION"),
            ("Authorization", "Bearer \u{f8ff}{MINE}", "Bearer ${MINE}", "MINE"),
            ("Cookie", "sid=hunter2", "${COOKIE}", "COOKIE"),
            ("X-Api-Key", "hunter2", "${X_API_KEY}", "X_API_KEY"),
            ("x-plain", "ghp_0123456789abcdefghij", "${X_PLAIN}", "X_PLAIN"),
        ] {
            let draft = draft(&[(name, value)]);
            assert_eq!(draft.headers[0].1, written);
            assert_eq!(draft.variables.by_name()[0].0, variable);
        }
    }

    #[test]
    fn what_a_configuration_cannot_have_is_left_out_and_told() {
        let draft = draft(&[("x-a", "a\u{1}b"), ("x-b", "a {word} b"), ("x-c", "${word} {}")]);
        assert_eq!(draft.headers, [("x-c".to_owned(), "$${word} {}".to_owned())]);
        assert_eq!(draft.about.len(), 2);
    }

    #[test]
    fn a_header_that_is_there_twice_is_one() {
        let twice = kept(&[("x-a", "1"), ("X-A", "2"), ("cookie", "a=1"), ("cookie", "b=2")]);
        let expected = [("x-a", "1, 2"), ("cookie", "${COOKIE}")];
        assert_eq!(twice, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
