//! How connections are made, in `check`, and where they led, in a run.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{ConnectionPolicy, KeepAlive, Lookup, Resumption};
use crate::report::figure::millis;

/// How connections are made. Files stand as written, and nothing of what is in them.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ConnectionDoc {
    /// The Unix domain socket; null where the URL's host and port are connected to.
    socket: Option<String>,
    /// Whether a connection serves more than one request.
    keep_alive: bool,
    /// About how old a connection gets; null where only the service ends it.
    lifetime_ms: Option<f64>,
    /// Whether compressed answers are asked for.
    compression: bool,
    tls: TlsDoc,
}

/// What TLS connections are made with.
#[derive(Debug, Serialize, JsonSchema)]
struct TlsDoc {
    /// The file of the only authorities that are trusted; null for the system's.
    ca: Option<String>,
    /// The file of the client's certificate; null without.
    certificate: Option<String>,
    /// The file of its key; null without.
    key: Option<String>,
    /// What the certificate must be for in place of the URL's host; null for that.
    server_name: Option<String>,
    /// Whether sessions are resumed where the service lets them.
    resumption: bool,
}

impl ConnectionDoc {
    pub(super) fn of(connection: &ConnectionPolicy) -> Self {
        let tls = &connection.tls;
        let identity = tls.identity.as_ref();
        Self {
            socket: connection.socket.as_ref().map(|socket| socket.written.clone()),
            keep_alive: connection.keep_alive != KeepAlive::Never,
            lifetime_ms: match connection.keep_alive {
                KeepAlive::For(lifetime) => Some(millis(lifetime)),
                KeepAlive::Always | KeepAlive::Never => None,
            },
            compression: connection.compression,
            tls: TlsDoc {
                ca: tls.authorities.as_ref().map(|it| it.file.clone()),
                certificate: identity.map(|it| it.certificate.clone()),
                key: identity.map(|it| it.key.clone()),
                server_name: tls.server_name.clone(),
                resumption: tls.resumption == Resumption::Resumed,
            },
        }
    }
}

/// Where the service's name led.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LookupDoc {
    /// The addresses that were found, with their port, in the order in which they were tried.
    found: Vec<String>,
    /// The one that all connections were made to.
    chosen: String,
    /// How long it took to find them.
    took_ms: f64,
}

impl LookupDoc {
    pub(super) fn of(lookup: &Lookup) -> Self {
        let Lookup { found, chosen, took } = lookup.clone();
        Self { found, chosen, took_ms: millis(took) }
    }
}
