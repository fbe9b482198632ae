//! The version of HTTP that a service is spoken to in.

use std::fmt;
use std::num::NonZeroU32;

/// How requests share connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// HTTP/1.1 (RFC 9112): a connection for each user.
    #[default]
    Http1,
    /// HTTP/2 (RFC 9113): users share connections. Agreed upon in the TLS handshake (ALPN), or known
    /// beforehand where there is none.
    Http2 {
        /// Most requests under way at a time on one connection.
        streams: NonZeroU32,
    },
}

impl Protocol {
    /// Most requests under way at a time on one connection, where they may be several.
    #[must_use]
    pub fn streams(self) -> Option<NonZeroU32> {
        match self {
            Self::Http1 => None,
            Self::Http2 { streams } => Some(streams),
        }
    }

    /// As the configuration has it.
    #[must_use]
    pub fn version(self) -> &'static str {
        match self {
            Self::Http1 => "1.1",
            Self::Http2 { .. } => "2",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http1 => f.write_str("HTTP/1.1"),
            Self::Http2 { streams: NonZeroU32::MIN } => {
                f.write_str("HTTP/2, 1 stream a connection")
            }
            Self::Http2 { streams } => write!(f, "HTTP/2, {streams} streams a connection"),
        }
    }
}
