//! The service as an address.

use http::Uri;
use http::header::{ACCEPT_ENCODING, CONNECTION, HeaderMap, HeaderValue};

use super::EngineError;
use crate::model::{CODINGS, KeepAlive, Login, Plan, Protocol};

/// Where requests go.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// Whether the connection is encrypted.
    pub(crate) tls: bool,
    /// Host name or address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// Host and port as the `host` header has them.
    pub(super) authority: HeaderValue,
    /// Path in front of every endpoint's, without a slash at the end.
    pub(super) prefix: String,
    /// What is spoken there.
    pub(super) protocol: Protocol,
    /// Headers of every request that follow from how connections are made.
    pub(super) also: HeaderMap,
    /// Headers that users bring with their identity: what is sent without being asked for gives way.
    pub(super) brought: Vec<String>,
}

impl Origin {
    /// Reads the plan's base URL.
    pub(crate) fn of(plan: &Plan) -> Result<Self, EngineError> {
        let written = || plan.base_url.written().to_owned();
        let origin = Self::parse(plan.base_url.value());
        let mut origin = origin.ok_or_else(|| EngineError::Url(written()))?;
        origin.protocol = plan.connection.protocol;
        if plan.connection.keep_alive == KeepAlive::Never {
            origin.also.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if plan.connection.compression {
            origin.also.insert(ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
        }
        Ok(origin)
    }

    /// Reads a base URL.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let tls = match url.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return None,
        };
        let authority = url.authority()?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority = HeaderValue::from_str(authority.as_str()).ok()?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        let (also, brought) = (HeaderMap::new(), Vec::new());
        let protocol = Protocol::Http1;
        Some(Self { tls, host, port, authority, prefix, protocol, also, brought })
    }

    /// The same for users with the identity that `login` gives.
    pub(crate) fn identified(&self, login: Option<&Login>) -> Self {
        let then = login.iter().flat_map(|login| &login.then);
        Self { brought: then.map(|(name, _)| name.clone()).collect(), ..self.clone() }
    }

    /// The same for requests that ask to go on as a WebSocket: over HTTP/1.1, whatever is spoken otherwise,
    /// and they say for themselves what becomes of their connection.
    pub(crate) fn upgrading(&self) -> Self {
        let mut upgrading = Self { protocol: Protocol::Http1, ..self.clone() };
        upgrading.also.remove(CONNECTION);
        upgrading
    }

    /// Scheme, host and port.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", String::from_utf8_lossy(self.authority.as_bytes()))
    }
}
