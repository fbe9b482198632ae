//! Opening the byte stream to one address.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::lifetime::{Lifetime, Lifetimes};
use super::shortage::Shortage;
use super::stamping::Stamping;
use super::stream::Stream;
use super::tcp::Tcp;
use super::tls;
use crate::model::{Failure, Opening, Resumption};

/// Opens streams to one address.
#[derive(Clone)]
pub(crate) struct Dial {
    to: Address,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    resumption: Resumption,
    lifetimes: Lifetimes,
    shortage: Shortage,
    stamping: Stamping,
}

/// Where streams lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Socket(Arc<Path>),
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            #[cfg(unix)]
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

impl Dial {
    /// TCP to `address`.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self::to(Address::Tcp(address))
    }

    /// TLS to `address`, whose certificate must be for `name`.
    pub(crate) fn tls(
        address: SocketAddr,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Self {
        Self::plain(address).encrypted(config, name)
    }

    /// Whatever leads to `address`.
    pub(crate) fn to(to: Address) -> Self {
        let (resumption, lifetimes) = (Resumption::default(), Lifetimes::default());
        let (shortage, stamping) = (Shortage::default(), Stamping::default());
        Self { to, tls: None, resumption, lifetimes, shortage, stamping }
    }

    /// The same with TLS to somebody whose certificate must be for `name`.
    pub(crate) fn encrypted(self, config: Arc<ClientConfig>, name: ServerName<'static>) -> Self {
        Self { tls: Some((TlsConnector::from(config), name)), ..self }
    }

    /// The same with TLS sessions that are taken up again, or not.
    pub(crate) fn resuming(self, resumption: Resumption) -> Self {
        let tls = self.tls.map(|(connector, name)| {
            let own = tls::with_own_sessions(connector.config(), resumption);
            (TlsConnector::from(own), name)
        });
        Self { tls, resumption, ..self }
    }

    /// The same with connections that are used for so long.
    pub(crate) fn lasting(self, lifetimes: Lifetimes) -> Self {
        Self { lifetimes, ..self }
    }

    /// The same with streams that tell when something came, or do not.
    pub(crate) fn stamping(self, stamping: Stamping) -> Self {
        Self { stamping, ..self }
    }

    /// The same, which notes in `shortage` what this machine does not have.
    pub(crate) fn noting(self, shortage: Shortage) -> Self {
        Self { shortage, ..self }
    }

    /// The same for the worker of that index, which shares nothing with others that changes under load:
    /// neither TLS sessions nor the sequence of lifetimes.
    pub(crate) fn for_worker(&self, index: u32) -> Self {
        let own = self.clone().resuming(self.resumption);
        Self { lifetimes: self.lifetimes.for_worker(index), ..own }
    }

    /// Opens a stream and says how long that took; the error says what the system or the peer said.
    pub(crate) async fn open(&self) -> Result<(Stream, Opening), (Failure, io::Error)> {
        let begun = Instant::now();
        let stream = self.connect().await.map_err(|error| {
            self.shortage.note(&error);
            (Failure::Connect, error)
        })?;
        let connected = Instant::now();
        let opening = Opening { dns: None, connect: connected - begun, tls: None };
        match &self.tls {
            None => Ok((stream, opening)),
            Some((connector, name)) => {
                let handshake = connector.connect(name.clone(), stream).await;
                let stream = handshake.map_err(|error| (Failure::Tls, error))?;
                let opening = Opening { tls: Some(connected.elapsed()), ..opening };
                Ok((Stream::Tls(Box::new(stream)), opening))
            }
        }
    }

    async fn connect(&self) -> io::Result<Stream> {
        match &self.to {
            Address::Tcp(address) => {
                let tcp = TcpStream::connect(address).await?;
                // Without it a request in two writes waits for an acknowledgement.
                tcp.set_nodelay(true)?;
                Ok(Stream::Plain(Tcp::new(tcp, self.stamping)))
            }
            #[cfg(unix)]
            Address::Socket(path) => Ok(Stream::Unix(tokio::net::UnixStream::connect(path).await?)),
        }
    }

    /// What this machine did not have for a stream, of this or of any clone.
    pub(crate) fn shortage(&self) -> &Shortage {
        &self.shortage
    }

    /// How long the connection is used that was opened just now.
    pub(crate) fn lifetime(&self) -> Lifetime {
        self.lifetimes.next()
    }
}
