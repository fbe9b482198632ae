//! Before the first measured request: is the service there, and at which address?

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use tokio::time::Instant;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::dial::Dial;
use super::http1::Http1;
use super::http2::{self, Http2Factory};
use super::origin::Origin;
use super::shutdown::Shutdown;
use super::spoken::Reached;
use super::tls::{Trust, client_config, for_http2};
use super::{EngineError, Event, Observer};
use crate::model::{Failure, Plan, Protocol, Readiness};

/// Pause between two questions.
const POLL: Duration = Duration::from_millis(100);

/// How long one attempt to connect may take before any measurement.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until the service is ready, if the plan says how to tell, and finds the address that
/// accepts connections. All measured connections go to that one address.
pub(crate) async fn reach(
    plan: &Plan,
    origin: &Origin,
    shutdown: &Shutdown,
    observer: &mut dyn Observer,
) -> Result<Reached, EngineError> {
    let trust = if plan.connection.insecure { Trust::Anything } else { Trust::System };
    let tls = if origin.tls { Some(client_config(trust)?) } else { None };
    if let Some(ready) = &plan.ready {
        wait(plan, ready, tls.as_ref(), shutdown, observer).await?;
    }
    connect(plan, origin, tls, observer).await
}

async fn wait(
    plan: &Plan,
    ready: &Readiness,
    tls: Option<&Arc<ClientConfig>>,
    shutdown: &Shutdown,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let request = format!("{} {}{}", ready.method, plan.base_url.written(), ready.path.written());
    observer.observe(&Event::Waiting { request: request.clone(), deadline: ready.deadline });
    let builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(CONNECT_TIMEOUT);
    let builder = match plan.connection.protocol {
        Protocol::Http1 => builder,
        Protocol::Http2 { .. } => builder.http2_prior_knowledge(),
    };
    let client = match (tls, plan.connection.protocol) {
        (None, _) => builder.tls_backend_preconfigured((*client_config(Trust::Anything)?).clone()),
        (Some(config), Protocol::Http1) => builder.tls_backend_preconfigured((**config).clone()),
        (Some(config), Protocol::Http2 { .. }) => {
            builder.tls_backend_preconfigured((*for_http2(config)).clone())
        }
    }
    .build()
    .map_err(|error| EngineError::TlsSetup(error.without_url().to_string()))?;
    let method = reqwest::Method::from_bytes(ready.method.as_str().as_bytes())
        .map_err(|_| EngineError::Url(request.clone()))?;
    let url = format!("{}{}", plan.base_url.value(), ready.path.value());

    let begin = Instant::now();
    loop {
        if let Some(signal) = shutdown.asked() {
            return Err(EngineError::Interrupted(signal));
        }
        let last = match client.request(method.clone(), &url).send().await {
            Ok(response) if response.status().as_u16() < 400 => {
                observer.observe(&Event::Ready { after: begin.elapsed() });
                return Ok(());
            }
            Ok(response) => format!("it answered {}", response.status()),
            Err(error) if error.is_builder() => return Err(EngineError::Url(request)),
            Err(error) => innermost(&error.without_url()),
        };
        if begin.elapsed() + POLL >= ready.deadline {
            return Err(EngineError::NotReady { request, waited: ready.deadline, last });
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn connect(
    plan: &Plan,
    origin: &Origin,
    tls: Option<Arc<ClientConfig>>,
    observer: &mut dyn Observer,
) -> Result<Reached, EngineError> {
    // The host may stand for a secret, and whatever names the address would tell it.
    let is_literal = plan.base_url.written() == plan.base_url.value();
    let unreachable = |failure, detail: String| EngineError::Unreachable {
        url: plan.base_url.written().to_owned(),
        failure,
        detail: if is_literal {
            detail
        } else {
            "its address comes from the environment".to_owned()
        },
    };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((origin.host.as_str(), origin.port))
        .await
        .map_err(|error| unreachable(Failure::Dns, error.to_string()))?
        .collect();
    let name = ServerName::try_from(origin.host.clone())
        .map_err(|error| unreachable(Failure::Dns, error.to_string()))?;
    let mut last = unreachable(Failure::Dns, "the name has no address".to_owned());
    for address in addresses {
        let dial = |tls: Option<Arc<ClientConfig>>| match tls {
            None => Dial::plain(address),
            Some(config) => Dial::tls(address, config, name.clone()),
        };
        let http1 = Http1(dial(tls.clone()));
        let http2 = dial(tls.as_deref().map(for_http2));
        let probe = async {
            match plan.connection.protocol {
                Protocol::Http1 => http1.0.open().await.map(|_| None),
                Protocol::Http2 { streams } => {
                    http2::probe(&http2).await.map(|allowed| Some((streams, allowed)))
                }
            }
        };
        match tokio::time::timeout(CONNECT_TIMEOUT, probe).await {
            Ok(Ok(None)) => return Ok(Reached::Http1(http1)),
            Ok(Ok(Some((streams, allowed)))) => {
                let planned = NonZeroUsize::try_from(streams).unwrap_or(NonZeroUsize::MAX);
                let allowed = NonZeroUsize::new(allowed).unwrap_or(planned);
                if allowed < planned {
                    let (allowed, planned) = (allowed.get(), streams.get());
                    observer.observe(&Event::FewerStreams { allowed, planned });
                }
                return Ok(Reached::Http2(Http2Factory {
                    dial: http2,
                    sockets: http1,
                    scheme: if origin.tls { Scheme::HTTPS } else { Scheme::HTTP },
                    streams: planned.min(allowed),
                }));
            }
            Ok(Err((failure, error))) => {
                last = unreachable(failure, format!("{address}: {error}"));
            }
            Err(_) => {
                let detail = format!("{address}: no answer within {} s", CONNECT_TIMEOUT.as_secs());
                last = unreachable(Failure::Timeout, detail);
            }
        }
    }
    Err(last)
}

/// The last error of a chain: what the system said, without the layers in between.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
