//! A connection to somebody other than the service, for one request: where a redirect leads.

use std::cell::OnceCell;
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
use super::tls::{Trust, client_config};
use super::transport::{Connection, Exchange, Transport};
use crate::model::Failure;

/// Sends single requests to anybody.
#[derive(Clone)]
pub(crate) struct Abroad {
    trust: Trust,
    /// Made for the first host that wants it; nothing where it cannot be.
    tls: OnceCell<Option<Arc<ClientConfig>>>,
}

impl Abroad {
    pub(crate) fn new(trust: Trust) -> Self {
        Self { trust, tls: OnceCell::new() }
    }

    /// Sends `message` to `host` and reads the answer into `reply`. The connection is not kept.
    pub(crate) async fn exchange(
        &self,
        host: &Host,
        message: &Message,
        reply: &mut Reply,
    ) -> Exchange {
        match self.connect(host).await {
            Err(failure) => Exchange::failed(Instant::now(), failure),
            Ok(mut connection) => {
                let exchange = connection.exchange(message, &HeaderMap::new(), Some(reply)).await;
                exchange.unwrap_or_else(|| Exchange::failed(Instant::now(), Failure::Reset))
            }
        }
    }

    async fn connect(&self, host: &Host) -> Result<<Http1 as Transport>::Connection, Failure> {
        let addresses = tokio::net::lookup_host((host.name.as_str(), host.port)).await;
        let mut last = Failure::Dns;
        for address in addresses.map_err(|_| Failure::Dns)? {
            let dial = if host.tls {
                let config = self.tls.get_or_init(|| client_config(self.trust).ok());
                let name = ServerName::try_from(host.name.clone()).map_err(|_| Failure::Dns)?;
                Dial::tls(address, config.clone().ok_or(Failure::Tls)?, name)
            } else {
                Dial::plain(address)
            };
            match Http1(dial).connect(0).await {
                Ok(connection) => return Ok(connection),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }
}

impl std::fmt::Debug for Abroad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abroad").field("trust", &self.trust).finish_non_exhaustive()
    }
}
