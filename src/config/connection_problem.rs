//! What keeps connections from being made as the configuration says.

/// Why connections cannot be made so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionProblem {
    /// A file of certificates, or of a key, that cannot be used.
    #[error("cannot use `{file}`: {reason}")]
    File {
        /// The file as written.
        file: String,
        /// Why not; nothing of a key.
        reason: String,
    },
    /// A key that takes a password.
    #[error("the key in `{0}` is encrypted, and perfbase asks for no password")]
    Encrypted(String),
    /// A key that belongs to another certificate.
    #[error("`{key}` is not the key of `{certificate}`")]
    KeyOfAnother {
        /// The key's file as written.
        key: String,
        /// The certificate's file as written.
        certificate: String,
    },
    /// A key about TLS for an address without TLS.
    #[error("`{0}` is said of an address that begins with `http://`")]
    WithoutHttps(&'static str),
    /// A name that no certificate can be for.
    #[error("`{0}` is not a host name or address")]
    ServerName(String),
    /// A path that no Unix domain socket can have.
    #[error("`{socket}` cannot be a Unix domain socket: {reason}")]
    Socket {
        /// As written.
        socket: String,
        /// Why not.
        reason: String,
    },
}

impl ConnectionProblem {
    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::File { .. } | Self::Socket { .. } => return None,
            Self::Encrypted(file) => {
                return Some(format!(
                    "decrypt it into a file that only you can read: openssl pkey -in {file} -out …"
                ));
            }
            Self::KeyOfAnother { .. } => {
                "the certificate of the client comes first in its file, before those it leads to"
            }
            Self::WithoutHttps(key) => {
                return Some(format!("write `https://`, or leave `{key}` out"));
            }
            Self::ServerName(_) => "write the name alone, without scheme and port",
        };
        Some(text.to_owned())
    }
}
