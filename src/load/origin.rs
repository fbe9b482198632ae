//! The service as an address.

use http::Uri;
use http::header::HeaderValue;

use super::EngineError;
use crate::model::{Login, Plan};

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
    /// Headers that users bring with their identity: what is sent without being asked for gives way.
    pub(super) brought: Vec<String>,
}

impl Origin {
    /// Reads the plan's base URL.
    pub(crate) fn of(plan: &Plan) -> Result<Self, EngineError> {
        let written = || plan.base_url.written().to_owned();
        Self::parse(plan.base_url.value()).ok_or_else(|| EngineError::Url(written()))
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
        Some(Self { tls, host, port, authority, prefix, brought: Vec::new() })
    }

    /// The same for users with the identity that `login` gives.
    pub(crate) fn identified(&self, login: Option<&Login>) -> Self {
        let then = login.iter().flat_map(|login| &login.then);
        Self { brought: then.map(|(name, _)| name.clone()).collect(), ..self.clone() }
    }

    /// Scheme, host and port.
    pub(crate) fn base(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", String::from_utf8_lossy(self.authority.as_bytes()))
    }
}
