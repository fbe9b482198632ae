//! Before the first measured request: is the service there, and at which address?

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Scheme;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::dial::{Address, Dial};
use super::http1::Http1;
use super::http2::{Http2Connection, Http2Factory};
use super::lifetime::Lifetimes;
use super::message::Message;
use super::origin::Origin;
use super::own_cookies::Cookies;
use super::request::Request;
use super::shortage::{Shortage, is_of_files};
use super::shutdown::Shutdown;
use super::spoken::{SpokenConnection, SpokenFactory};
use super::stamping::Stamping;
use super::supply::Supplies;
use super::tls::{for_http2, service_config};
use super::transport::Connection;
use super::values::Values;
use super::{EngineError, Event, Observer};
use crate::model::{self, Failure, Lookup, Plan, Protocol, Readiness};

/// Pause between two questions.
const POLL: Duration = Duration::from_millis(100);

/// How long one attempt to connect may take before any measurement, and one question after it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The service, found.
pub(crate) struct Reached {
    /// Leads to the one address that accepted a connection: all measured connections go there.
    pub(crate) factory: SpokenFactory,
    /// Where its name led; absent if it has none, or none that can be told.
    pub(crate) lookup: Option<Lookup>,
}

/// Waits until the service is ready, if the plan says how to tell, and finds the address that
/// accepts connections. Its name is looked up here and never again.
pub(crate) async fn reach(
    plan: &Plan,
    origin: &Origin,
    shutdown: &Shutdown,
    observer: &mut dyn Observer,
) -> Result<Reached, EngineError> {
    let site = Site::new(plan, origin)?;
    let reached = match &plan.ready {
        Some(ready) => site.wait(ready, shutdown, observer).await?,
        None => site.find().await?.0,
    };
    if let Some(lookup) = &reached.lookup {
        let (host, lookup) = (origin.host.clone(), lookup.clone());
        observer.observe(&Event::Resolved { host, lookup });
    }
    if let (SpokenFactory::Http2(http2), Some(planned)) =
        (&reached.factory, plan.connection.protocol.streams())
    {
        let (allowed, planned) = (http2.streams.get(), planned.get());
        if allowed < planned as usize {
            observer.observe(&Event::FewerStreams { allowed, planned });
        }
    }
    Ok(reached)
}

/// Where the service should be.
struct Site<'a> {
    plan: &'a Plan,
    origin: &'a Origin,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl<'a> Site<'a> {
    fn new(plan: &'a Plan, origin: &'a Origin) -> Result<Self, EngineError> {
        let tls = if origin.tls {
            let name = plan.connection.tls.server_name.as_ref().unwrap_or(&origin.host);
            let name = ServerName::try_from(name.clone())
                .map_err(|_| EngineError::Url(plan.base_url.written().to_owned()))?;
            Some((service_config(&plan.connection)?, name))
        } else {
            None
        };
        Ok(Self { plan, origin, tls })
    }

    /// Asks until the service says that it is ready.
    async fn wait(
        &self,
        ready: &Readiness,
        shutdown: &Shutdown,
        observer: &mut dyn Observer,
    ) -> Result<Reached, EngineError> {
        let url = self.plan.base_url.written();
        let request = format!("{} {url}{}", ready.method, ready.path.written());
        observer.observe(&Event::Waiting { request: request.clone(), deadline: ready.deadline });
        let question = model::Request::plain(ready.method.clone(), ready.path.clone().into());
        let (supplies, whom) = (Supplies::new(&[]), "see whether the service is ready");
        let question = Request::new(self.origin, &question, whom, &supplies, &[], Cookies::Alone)?;
        let mut made = None;
        let message = question
            .message(&Values::new(0), &mut made)
            .map_err(|_| EngineError::Url(request.clone()))?;
        let begin = Instant::now();
        loop {
            if let Some(signal) = shutdown.asked() {
                return Err(EngineError::Interrupted(signal));
            }
            let (failure, last) = match self.ask(message).await {
                Ok((reached, status)) if status.as_u16() < 400 => {
                    observer.observe(&Event::Ready { after: begin.elapsed() });
                    return Ok(reached);
                }
                Ok((_, status)) => (None, format!("it answered {status}")),
                Err((failure, why)) => (failure, why),
            };
            if begin.elapsed() + POLL >= ready.deadline {
                let waited = ready.deadline;
                return Err(EngineError::NotReady { request, waited, last, failure });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Asks once; what came instead of an answer is said in words, with the failure where it is one.
    async fn ask(
        &self,
        message: &Message,
    ) -> Result<(Reached, StatusCode), (Option<Failure>, String)> {
        let (reached, mut connection) = self.find().await.map_err(|error| match error {
            EngineError::Unreachable { failure, detail, .. } => (Some(failure), detail),
            other => (None, other.to_string()),
        })?;
        // What was opened to find it serves the question.
        let nothing = HeaderMap::new();
        let exchange = connection.exchange(message, &nothing, None);
        let exchange = tokio::time::timeout(CONNECT_TIMEOUT, exchange).await;
        let failed = |failure: Failure| (Some(failure), format!("no answer ({failure})"));
        let exchange = exchange.map_err(|_| failed(Failure::Timeout))?;
        let exchange = exchange.ok_or_else(|| failed(Failure::Reset))?;
        let status = exchange.answer.map_err(failed)?;
        let status = StatusCode::from_u16(status).map_err(|_| failed(Failure::Protocol))?;
        Ok((reached, status))
    }

    /// Looks the service up and connects to the first address that accepts it.
    async fn find(&self) -> Result<(Reached, SpokenConnection), EngineError> {
        let begin = Instant::now();
        let addresses = self.addresses().await?;
        let took = begin.elapsed();
        let mut last = self.unreachable(Failure::Dns, "the name has no address".to_owned());
        for address in &addresses {
            let open = self.open(address.clone());
            match tokio::time::timeout(CONNECT_TIMEOUT, open).await {
                Ok(Ok((factory, connection))) => {
                    let lookup = self.is_told().then(|| Lookup {
                        found: addresses.iter().map(ToString::to_string).collect(),
                        chosen: address.to_string(),
                        took,
                    });
                    return Ok((Reached { factory, lookup }, connection));
                }
                // Another address would need it too.
                Ok(Err((_, error))) if is_of_files(&error) => {
                    return Err(EngineError::Shortage(error));
                }
                Ok(Err((failure, error))) => {
                    last = self.unreachable(failure, format!("{address}: {error}"));
                }
                Err(_) => {
                    let seconds = CONNECT_TIMEOUT.as_secs();
                    let detail = format!("{address}: no answer within {seconds} s");
                    last = self.unreachable(Failure::Timeout, detail);
                }
            }
        }
        Err(last)
    }

    async fn addresses(&self) -> Result<Vec<Address>, EngineError> {
        #[cfg(unix)]
        if let Some(socket) = &self.plan.connection.socket {
            return Ok(vec![Address::Socket(socket.path.as_path().into())]);
        }
        let found = tokio::net::lookup_host((self.origin.host.as_str(), self.origin.port)).await;
        let found = found.map_err(|error| self.unreachable(Failure::Dns, error.to_string()))?;
        let mut distinct: Vec<SocketAddr> = Vec::new();
        for address in found {
            if !distinct.contains(&address) {
                distinct.push(address);
            }
        }
        Ok(distinct.into_iter().map(Address::Tcp).collect())
    }

    /// Opens a connection to `address`, and makes what opens others.
    async fn open(
        &self,
        address: Address,
    ) -> Result<(SpokenFactory, SpokenConnection), (Failure, io::Error)> {
        let tls = self.tls.as_ref();
        // Of this address alone: another one may be of a family that this machine does not have.
        let shortage = Shortage::default();
        let to = |tls| self.dial(address.clone(), tls).noting(shortage.clone());
        let stamping = Stamping::of(self.plan);
        let http1 = Http1(to(tls.map(|(config, _)| Arc::clone(config))).stamping(stamping));
        let Protocol::Http2 { streams } = self.plan.connection.protocol else {
            let (stream, _) = http1.0.open().await?;
            let connection = SpokenConnection::Http1(http1.over(stream));
            return Ok((SpokenFactory::Http1(http1), connection));
        };
        // Its connections are read by one task for all of their requests.
        let dial = to(tls.map(|(config, _)| for_http2(config))).stamping(Stamping::Unwanted);
        let scheme = if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
        let connection = Http2Connection::open(&dial, scheme.clone()).await?;
        let planned = NonZeroUsize::try_from(streams).unwrap_or(NonZeroUsize::MAX);
        let allowed = NonZeroUsize::new(connection.allows()).unwrap_or(planned);
        let factory = Http2Factory { dial, sockets: http1, scheme, streams: planned.min(allowed) };
        Ok((SpokenFactory::Http2(factory), SpokenConnection::Http2(connection)))
    }

    fn dial(&self, address: Address, tls: Option<Arc<ClientConfig>>) -> Dial {
        let policy = &self.plan.connection;
        let dial = Dial::to(address);
        let dial = match (tls, &self.tls) {
            (Some(config), Some((_, name))) => dial.encrypted(config, name.clone()),
            _ => dial,
        };
        dial.resuming(policy.tls.resumption)
            .lasting(Lifetimes::new(policy.keep_alive, self.plan.seed))
    }

    /// Whether the address was written in full: otherwise it may stand for a secret, and whatever
    /// names what it leads to would tell it.
    fn is_literal(&self) -> bool {
        self.plan.base_url.written() == self.plan.base_url.value()
    }

    /// Whether there was a name to look up, and it can be told where it led.
    fn is_told(&self) -> bool {
        let is_name = self.origin.host.parse::<IpAddr>().is_err();
        is_name && self.plan.connection.socket.is_none() && self.is_literal()
    }

    fn unreachable(&self, failure: Failure, detail: String) -> EngineError {
        EngineError::Unreachable {
            url: self.plan.base_url.written().to_owned(),
            is_socket: self.plan.connection.socket.is_some(),
            failure,
            detail: if self.is_literal() {
                detail
            } else {
                "its address comes from the environment".to_owned()
            },
        }
    }
}
