//! Requests made ready before the first one is sent.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::uri::PathAndQuery;
use http::{Method, Uri};

use super::EngineError;
use crate::model::{Endpoint, Expect, Failure, Outcome, Plan};

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
    authority: HeaderValue,
    /// Path in front of every endpoint's, without a slash at the end.
    prefix: String,
}

impl Origin {
    /// Reads the plan's base URL.
    pub(crate) fn of(plan: &Plan) -> Result<Self, EngineError> {
        let written = || plan.base_url.written().to_owned();
        let url: Uri = plan.base_url.value().parse().map_err(|_| EngineError::Url(written()))?;
        let tls = match url.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(EngineError::Url(written())),
        };
        let authority = url.authority().ok_or_else(|| EngineError::Url(written()))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let authority =
            HeaderValue::from_str(authority.as_str()).map_err(|_| EngineError::Url(written()))?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        Ok(Self { tls, host, port, authority, prefix })
    }
}

/// One endpoint's request, encoded as far as it can be beforehand, and what counts as success.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    expect: Expect,
}

impl Request {
    /// Makes `endpoint`'s request to `origin` ready.
    pub(crate) fn new(origin: &Origin, endpoint: &Endpoint) -> Result<Self, EngineError> {
        let refused = |what: &str| EngineError::Request {
            endpoint: endpoint.name.clone(),
            what: what.to_owned(),
        };
        let method = Method::from_bytes(endpoint.method.as_str().as_bytes())
            .map_err(|_| refused("its method is not a token"))?;
        let path = format!("{}{}", origin.prefix, endpoint.path.value());
        let uri = PathAndQuery::try_from(path)
            .map_err(|_| refused("its path has characters that must be percent-encoded"))?;
        let mut headers = HeaderMap::new();
        headers.insert(HOST, origin.authority.clone());
        headers.insert(
            USER_AGENT,
            HeaderValue::from_static(concat!("perfbase/", env!("CARGO_PKG_VERSION"))),
        );
        let body = endpoint.body.as_ref().map(|body| Bytes::copy_from_slice(body.bytes()));
        if let Some(body) = &body {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        for (name, value) in &endpoint.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| refused(&format!("`{name}` is not a header name")))?;
            let mut value = HeaderValue::try_from(value.value()).map_err(|_| {
                refused(&format!("header `{name}` has characters that cannot be sent"))
            })?;
            value.set_sensitive(true);
            // The plan's own headers take the place of ours; a name given twice is sent twice.
            if name == HOST || name == USER_AGENT {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
        Ok(Self {
            method,
            uri: Uri::from(uri),
            headers,
            body: body.unwrap_or_default(),
            expect: endpoint.expect.clone(),
        })
    }

    /// A plain GET of `/`, for perfbase's own null handler.
    pub(crate) fn null() -> Self {
        Self {
            method: Method::GET,
            uri: Uri::from_static("/"),
            headers: HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]),
            body: Bytes::new(),
            expect: Expect::default(),
        }
    }

    /// How a complete response with `status` counts.
    pub(crate) fn judge(&self, status: u16) -> Outcome {
        if self.expect.accepts(status) {
            Outcome::Success
        } else {
            Outcome::Failed(match status {
                400..=499 => Failure::Status4xx,
                500..=599 => Failure::Status5xx,
                _ => Failure::StatusOther,
            })
        }
    }
}
