//! A connection to somebody other than the service, for one request: where a redirect leads.

use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderMap;
use tokio::time::Instant;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::capture::Reply;
use super::dial::Dial;
use super::http1::Http1;
use super::message::Message;
use super::redirect::Host;
use super::shortage::Shortage;
use super::tls::{Trust, client_config, with_own_sessions};
use super::transport::{Connection, Exchange, Transport};
use crate::model::{EnvironmentName, Failure, HostPort, OffLimits, Opening, Resumption};

/// Sends single requests to anybody.
#[derive(Clone)]
pub(crate) struct Abroad {
    /// Nothing where encrypted connections cannot be had.
    tls: Option<Arc<ClientConfig>>,
    shortage: Shortage,
    off_limits: Box<[OffLimits]>,
}

impl Abroad {
    /// Reads the certificates that are trusted, which takes too long to be done under load. Its TLS
    /// sessions are its own. Nothing is sent to where it is `off_limits`.
    pub(crate) fn new(trust: Trust, resumption: Resumption, off_limits: &[OffLimits]) -> Self {
        let config = client_config(trust).ok();
        let tls = config.map(|config| with_own_sessions(&config, resumption));
        Self { tls, shortage: Shortage::default(), off_limits: off_limits.into() }
    }

    /// Of a plan that sends nobody anywhere else.
    pub(crate) fn nowhere() -> Self {
        Self { tls: None, shortage: Shortage::default(), off_limits: Box::default() }
    }

    /// Notes in `shortage` from now on what this machine does not have for a connection.
    pub(crate) fn heed(&mut self, shortage: &Shortage) {
        self.shortage = shortage.clone();
    }

    /// Sends `message` to `host` and reads the answer into `reply`. The connection is not kept;
    /// `opened` is told how long it took to have it.
    pub(crate) async fn exchange(
        &self,
        host: &Host,
        message: &Message,
        reply: &mut Reply,
        opened: impl FnOnce(Opening),
    ) -> Exchange {
        match self.connect(host, opened).await {
            Err(Unreached::Failed(failure)) => Exchange::failed(Instant::now(), failure),
            Err(Unreached::OffLimits(environment)) => {
                reply.off_limits = Some(environment.clone());
                Exchange::failed(Instant::now(), Failure::Redirect)
            }
            Ok(mut connection) => {
                let exchange =
                    connection.exchange(message, &HeaderMap::new(), Some(&mut *reply)).await;
                reply.is_foreign = true;
                exchange.unwrap_or_else(|| Exchange::failed(Instant::now(), Failure::Reset))
            }
        }
    }

    async fn connect(
        &self,
        host: &Host,
        opened: impl FnOnce(Opening),
    ) -> Result<<Http1 as Transport>::Connection, Unreached<'_>> {
        self.enter(&HostPort::new(&host.name, host.port))?;
        let begun = Instant::now();
        let addresses = tokio::net::lookup_host((host.name.as_str(), host.port)).await;
        let dns = begun.elapsed();
        let addresses = addresses.map_err(|_| Failure::Dns)?;
        let (connection, opening) = self.reach(host, addresses).await?;
        opened(Opening { dns: Some(dns), ..opening });
        Ok(connection)
    }

    /// Connects to the first of the `addresses` of `host` that accepts it.
    async fn reach(
        &self,
        host: &Host,
        addresses: impl Iterator<Item = SocketAddr>,
    ) -> Result<(<Http1 as Transport>::Connection, Opening), Unreached<'_>> {
        let mut taken = Opening::default();
        let mut last = Failure::Dns;
        // Of the last address alone: those before it may be of a family that this machine does not have.
        let mut shortage = Shortage::default();
        for address in addresses {
            // A name that leads to where it is off limits says so only now.
            self.enter(&HostPort::of_address(address.ip(), address.port()))?;
            let dial = if host.tls {
                let name = ServerName::try_from(host.name.clone()).map_err(|_| Failure::Dns)?;
                Dial::tls(address, self.tls.clone().ok_or(Failure::Tls)?, name)
            } else {
                Dial::plain(address)
            };
            shortage = dial.shortage().clone();
            match Http1(dial).connect(0, |opening| taken = opening).await {
                Ok(connection) => return Ok((connection, taken)),
                Err(failure) => last = failure,
            }
        }
        self.shortage.note_of(&shortage);
        Err(last.into())
    }

    fn enter(&self, at: &HostPort) -> Result<(), Unreached<'_>> {
        let found = self.off_limits.iter().find(|it| it.at == *at);
        found.map_or(Ok(()), |found| Err(Unreached::OffLimits(&found.environment)))
    }
}

/// Why there is no connection.
enum Unreached<'a> {
    /// There could be none.
    Failed(Failure),
    /// There, this environment is protected.
    OffLimits(&'a EnvironmentName),
}

impl From<Failure> for Unreached<'_> {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Why a redirect to a protected environment is not followed, in words.
pub(super) fn off_limits(environment: &EnvironmentName) -> String {
    format!("it leads to the protected environment `{environment}`")
}

impl std::fmt::Debug for Abroad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abroad").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_name_that_is_found_where_it_is_off_limits_is_not_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let host = Host { tls: false, name: "live.example".to_owned(), port: address.port() };
        let reached = |host: &str, port| {
            let environment = "production".parse().unwrap();
            let off_limits = [OffLimits { environment, at: HostPort::new(host, port) }];
            Abroad { off_limits: off_limits.into(), ..Abroad::nowhere() }
        };
        let barred = reached("localhost", address.port());
        let ended = barred.reach(&host, [address].into_iter()).await;
        assert!(matches!(ended, Err(Unreached::OffLimits(_))));
        for elsewhere in [reached("localhost", 1), reached("other.example", address.port())] {
            assert!(elsewhere.reach(&host, [address].into_iter()).await.is_ok());
        }
    }
}
