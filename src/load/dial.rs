//! Opening the byte stream to one address.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::stream::Stream;
use crate::model::{Failure, Opening};

/// Opens streams to one address.
#[derive(Clone)]
pub(crate) struct Dial {
    address: SocketAddr,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dial {
    /// TCP to `address`.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }

    /// TLS to `address`, whose certificate must be for `name`.
    pub(crate) fn tls(
        address: SocketAddr,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Self {
        Self { address, tls: Some((TlsConnector::from(config), name)) }
    }

    /// Opens a stream and says how long that took; the error says what the system or the peer said.
    pub(crate) async fn open(&self) -> Result<(Stream, Opening), (Failure, io::Error)> {
        let begun = Instant::now();
        let tcp =
            TcpStream::connect(self.address).await.map_err(|error| (Failure::Connect, error))?;
        // Without it a request in two writes waits for an acknowledgement.
        tcp.set_nodelay(true).map_err(|error| (Failure::Connect, error))?;
        let connected = Instant::now();
        let opening = Opening { dns: None, connect: connected - begun, tls: None };
        match &self.tls {
            None => Ok((Stream::Plain(tcp), opening)),
            Some((connector, name)) => {
                let handshake = connector.connect(name.clone(), tcp).await;
                let stream = handshake.map_err(|error| (Failure::Tls, error))?;
                let opening = Opening { tls: Some(connected.elapsed()), ..opening };
                Ok((Stream::Tls(Box::new(stream)), opening))
            }
        }
    }
}
