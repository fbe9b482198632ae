//! Why a text is not an address that can be used.

/// Why a text is not an address that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No `http://` or `https://` in front.
    #[error("it does not begin with `http://` or `https://`")]
    NoScheme,
    /// Another scheme than http and https.
    #[error("its scheme is neither `http` nor `https`")]
    Scheme,
    /// A user name or password.
    #[error("it has a user name or password in it")]
    UserInfo,
    /// A fragment, which is never sent.
    #[error("it has a fragment (`#…`), which is never sent")]
    Fragment,
    /// A query where only an address belongs.
    #[error("it has a query")]
    Query,
    /// No host, or one that cannot be.
    #[error("its host is missing or has characters that a host cannot have")]
    Host,
    /// An IPv6 address with a zone (`%eth0`), which the URL standard has not.
    #[error("its host has a zone (`%…`), which a URL cannot have")]
    Zone,
    /// A port that is no number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// A character that a path cannot have.
    #[error("its path has a character that has to be percent-encoded")]
    Path,
}
