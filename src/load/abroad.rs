//! A connection to somebody other than the service, for one request: where a redirect leads.

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
use crate::model::{Failure, Opening, Resumption};

/// Sends single requests to anybody.
#[derive(Clone)]
pub(crate) struct Abroad {
    /// Nothing where encrypted connections cannot be had.
    tls: Option<Arc<ClientConfig>>,
    shortage: Shortage,
}

impl Abroad {
    /// Reads the certificates that are trusted, which takes too long to be done under load. Its TLS
    /// sessions are its own.
    pub(crate) fn new(trust: Trust, resumption: Resumption) -> Self {
        let config = client_config(trust).ok();
        let tls = config.map(|config| with_own_sessions(&config, resumption));
        Self { tls, shortage: Shortage::default() }
    }

    /// Of a plan that sends nobody anywhere else.
    pub(crate) fn nowhere() -> Self {
        Self { tls: None, shortage: Shortage::default() }
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
            Err(failure) => Exchange::failed(Instant::now(), failure),
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
    ) -> Result<<Http1 as Transport>::Connection, Failure> {
        let begun = Instant::now();
        let addresses = tokio::net::lookup_host((host.name.as_str(), host.port)).await;
        let dns = Some(begun.elapsed());
        let mut taken = Opening::default();
        let mut last = Failure::Dns;
        // Of the last address alone: those before it may be of a family that this machine does not have.
        let mut shortage = Shortage::default();
        for address in addresses.map_err(|_| Failure::Dns)? {
            let dial = if host.tls {
                let name = ServerName::try_from(host.name.clone()).map_err(|_| Failure::Dns)?;
                Dial::tls(address, self.tls.clone().ok_or(Failure::Tls)?, name)
            } else {
                Dial::plain(address)
            };
            shortage = dial.shortage().clone();
            match Http1(dial).connect(0, |opening| taken = Opening { dns, ..opening }).await {
                Ok(connection) => {
                    opened(taken);
                    return Ok(connection);
                }
                Err(failure) => last = failure,
            }
        }
        self.shortage.note_of(&shortage);
        Err(last)
    }
}

impl std::fmt::Debug for Abroad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abroad").finish_non_exhaustive()
    }
}
