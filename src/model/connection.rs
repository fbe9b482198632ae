//! How connections are made, how long they last, and how long anything may take.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Protocol, show_duration};

/// How connections are made and how long anything may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionPolicy {
    /// From when a user takes a request on to its last byte; past it the request has failed with
    /// *timeout*. An arrival that waited longer than this for a user is dropped.
    pub timeout: Duration,
    /// Accept any certificate; no authorities are named then.
    pub insecure: bool,
    /// What TLS connections are made with.
    pub tls: Tls,
    /// The Unix domain socket that connections are made to, in place of the URL's host and port.
    pub socket: Option<SocketFile>,
    /// How long connections are used.
    pub keep_alive: KeepAlive,
    /// Ask for compressed answers.
    pub compression: bool,
    /// What is spoken over them.
    pub protocol: Protocol,
}

impl ConnectionPolicy {
    /// What holds where only the timeout is said.
    #[must_use]
    pub fn within(timeout: Duration) -> Self {
        Self {
            timeout,
            insecure: false,
            tls: Tls::default(),
            socket: None,
            keep_alive: KeepAlive::Always,
            compression: false,
            protocol: Protocol::Http1,
        }
    }

    /// The same that accepts any certificate, whoever was trusted before.
    #[must_use]
    pub fn trusting_anybody(self) -> Self {
        Self { insecure: true, tls: Tls { authorities: None, ..self.tls }, ..self }
    }
}

/// The codings that are asked for with `compression`, as the header `accept-encoding` has them.
pub const CODINGS: &str = "gzip, deflate";

/// What TLS connections are made with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// The only certificate authorities that are trusted; the system's where none are given.
    pub authorities: Option<Authorities>,
    /// The client's own certificate.
    pub identity: Option<Identity>,
    /// The name that the service is asked for and its certificate must be for, in place of the
    /// URL's host.
    pub server_name: Option<String>,
    /// Whether a connection takes up the session of an earlier one.
    pub resumption: Resumption,
}

/// Whether a TLS connection takes up the session of an earlier one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Resumption {
    /// Where the service lets it.
    #[default]
    Resumed,
    /// Never: each handshake is a full one.
    Never,
}

/// Certificate authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorities {
    /// The file as written.
    pub file: String,
    /// Their certificates (DER).
    pub certificates: Vec<Vec<u8>>,
}

/// A client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate's file as written.
    pub certificate: String,
    /// The key's file as written.
    pub key: String,
    /// The certificate and what it leads to (DER).
    pub chain: Vec<Vec<u8>>,
    /// The key (DER).
    pub private: PrivateKey,
}

/// A private key. Shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(pub Vec<u8>);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// A Unix domain socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketFile {
    /// As written.
    pub written: String,
    /// Where it is.
    pub path: PathBuf,
}

/// How long connections are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// Until the service ends them.
    #[default]
    Always,
    /// Until they are about so old.
    For(Duration),
    /// For one request.
    Never,
}

impl fmt::Display for KeepAlive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("keep-alive"),
            Self::For(lifetime) => write!(f, "keep-alive for {}", show_duration(*lifetime)),
            Self::Never => f.write_str("one request each"),
        }
    }
}

/// Where the service's name led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The addresses that were found, with their port, in the order in which they were tried.
    pub found: Vec<String>,
    /// The one that all connections were made to.
    pub chosen: String,
    /// How long it took to find them.
    pub took: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        assert_eq!(format!("{:?}", PrivateKey(b"secret".to_vec())), "PrivateKey");
    }

    #[test]
    fn what_keeps_a_connection_is_said_in_words() {
        for (keep_alive, said) in [
            (KeepAlive::Always, "keep-alive"),
            (KeepAlive::For(Duration::from_secs(30)), "keep-alive for 30s"),
            (KeepAlive::Never, "one request each"),
        ] {
            assert_eq!(keep_alive.to_string(), said);
        }
    }
}
