//! What is true of every URL and header, whoever reads one: what of it may be shown or set.

/// Headers, in lower case, that follow from the body and the connection; another value would break
/// the exchange.
const RESERVED_HEADERS: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether perfbase sets the header of that name, in lower case, itself.
#[must_use]
pub fn is_reserved_header(name: &str) -> bool {
    RESERVED_HEADERS.contains(&name)
}

/// A URL for a message: without what may be a secret.
#[must_use]
pub fn without_secrets(url: &str) -> String {
    // The last `@` first: a password may hold any other sign.
    let (before, after) = url.rsplit_once('@').map_or((None, url), |(b, a)| (Some(b), a));
    let after = after.split(['?', '#']).next().unwrap_or_default();
    match before.map(|before| before.split_once("://")) {
        None => after.to_owned(),
        Some(None) => format!("…@{after}"),
        Some(Some((scheme, _))) => format!("{scheme}://…@{after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_no_password_and_no_query() {
        assert_eq!(without_secrets("http://u:hunter2@host/a?token=x"), "http://…@host/a");
        assert_eq!(without_secrets("u:hunter2@host"), "…@host");
        assert_eq!(without_secrets("http://u:hun#ter?2@host"), "http://…@host");
    }
}
