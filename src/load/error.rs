//! Why there is no measurement.

use std::io;
use std::time::Duration;

use super::shortage::is_of_ports;
use super::shutdown::Signal;
use crate::model::{Cleanup, ExitStatus, Failure, show_duration};

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The address is none.
    #[error("`{0}` is not an address that requests can be sent to")]
    Url(String),
    /// An endpoint's request cannot be sent.
    #[error("the request to {endpoint} cannot be sent: {what}")]
    Request {
        /// The endpoint, or `the login`.
        endpoint: String,
        /// What is wrong with it.
        what: String,
    },
    /// TLS could not be set up on this side.
    #[error("TLS cannot be set up: {0}")]
    TlsSetup(String),
    /// Nothing accepts connections there.
    #[error("{url} cannot be reached ({failure}): {detail}")]
    Unreachable {
        /// The address, as written.
        url: String,
        /// What failed.
        failure: Failure,
        /// What the system or the peer said.
        detail: String,
        /// Whether it is a Unix domain socket.
        is_socket: bool,
    },
    /// The service was not ready in time.
    #[error("{request} was not ready within {}: {last}", show_duration(*waited))]
    NotReady {
        /// What was asked.
        request: String,
        /// How long.
        waited: Duration,
        /// What came of the last attempt.
        last: String,
        /// What failed at it; absent where there was an answer.
        failure: Option<Failure>,
    },
    /// A user could not log in.
    #[error("a user cannot log in: {what}")]
    Login {
        /// What went wrong.
        what: String,
        /// Why there was no answer; absent where there was one, or nothing was asked.
        failure: Option<Failure>,
    },
    /// A request of the setup came to nothing.
    #[error("the setup request {request} came to nothing: {what}")]
    Setup {
        /// Method and path as written.
        request: String,
        /// What went wrong.
        what: String,
    },
    /// It ended before it began, and something that was made by then is left.
    #[error("{cause}{}", told(left))]
    LeftBehind {
        /// Why it ended.
        cause: Box<Self>,
        /// What is left.
        left: Vec<Cleanup>,
    },
    /// A signal asked to stop.
    #[error("stopped by a signal")]
    Interrupted(Signal),
    /// perfbase's own handler did not answer.
    #[error("the loopback check of perfbase itself got no answer")]
    NullHandler,
    /// A worker ended without a report.
    #[error("a load worker died")]
    WorkerDied,
    /// This process may not open as many connections as the plan takes.
    #[error(
        "the plan takes {planned} connections at a time, but this process may have {limit} files open, \
         {own} of which it needs for itself"
    )]
    OpenFiles {
        /// Connections.
        planned: u64,
        /// Most files.
        limit: u64,
        /// Files that are open besides connections.
        own: u64,
    },
    /// A connection could not be opened because of this machine.
    #[error("this machine, not the service, could not open another connection")]
    Shortage(#[source] io::Error),
    /// The system refused a thread, a port or a timer.
    #[error("the system refused what the load generator needs")]
    System(#[source] io::Error),
}

/// A line each.
fn told(left: &[Cleanup]) -> String {
    let lines = left.iter().map(|it| format!("\ncleanup of {}: {it}", it.subject()));
    lines.collect()
}

impl EngineError {
    /// The signal that stopped it, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        match self {
            Self::Interrupted(signal) => Some(*signal),
            Self::LeftBehind { cause, .. } => cause.signal(),
            _ => None,
        }
    }

    /// A login without an answer.
    pub(super) fn unanswered(failure: Failure) -> Self {
        Self::Login { what: format!("no answer ({failure})"), failure: Some(failure) }
    }

    /// Why a login was not answered, if that is what it is.
    pub(super) fn unanswered_login(&self) -> Option<Failure> {
        match self {
            Self::Login { failure, .. } => *failure,
            _ => None,
        }
    }

    /// The same, with what is left of that which was made before it.
    pub(super) fn leaving(self, left: Vec<Cleanup>) -> Self {
        if left.is_empty() { self } else { Self::LeftBehind { cause: Box::new(self), left } }
    }

    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreachable { failure: Failure::Dns, .. } => {
                Some("check the host name in the URL".to_owned())
            }
            Self::Unreachable { failure: Failure::Tls, detail, .. } => {
                Some(about_tls(detail).to_owned())
            }
            Self::Unreachable { is_socket: true, .. } => {
                Some("is the service running, and does it listen at this socket?".to_owned())
            }
            Self::Unreachable { failure: Failure::Protocol | Failure::Reset, .. } => Some(
                "does the service speak HTTP/2 there? write http = \"1.1\" if it does not"
                    .to_owned(),
            ),
            Self::Unreachable { .. } => {
                Some("is the service running, and is this its port?".to_owned())
            }
            Self::NotReady { failure: Some(Failure::Connect), .. } => Some(
                "nothing seems to listen there: is the service started, and is this its address (`url`)? \
                 if it only takes longer to start, raise `ready_timeout`"
                    .to_owned(),
            ),
            Self::NotReady { .. } => {
                Some("raise `ready_timeout` if it needs longer to start".to_owned())
            }
            Self::OpenFiles { .. } => Some(
                "raise the limit (ulimit -n), or plan with fewer users or `connections`".to_owned(),
            ),
            Self::Shortage(error) if is_of_ports(error) => Some(
                "no local port is free: each closed connection keeps its own for a minute, so let connections \
                 live longer (`keep_alive`, `connection_lifetime`) or plan with fewer"
                    .to_owned(),
            ),
            Self::Shortage(_) => Some(
                "check the limit of open files, of this process (ulimit -n) and of the whole machine"
                    .to_owned(),
            ),
            Self::System(_) => {
                Some("check the limit of open files (ulimit -n) and of processes".to_owned())
            }
            Self::Login { .. } => {
                Some("check `[login]`: its request, its credentials and what it saves".to_owned())
            }
            Self::Setup { .. } => {
                Some("check `[[setup]]`: the request, what it expects and what it saves".to_owned())
            }
            Self::LeftBehind { cause, .. } => cause.hint(),
            Self::Url(_)
            | Self::Request { .. }
            | Self::TlsSetup(_)
            | Self::Interrupted(_)
            | Self::NullHandler
            | Self::WorkerDied => None,
        }
    }

    /// How the process ends with it.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Url(_) | Self::Request { .. } | Self::OpenFiles { .. } => ExitStatus::Usage,
            Self::Interrupted(signal) => signal.exit_status(),
            Self::LeftBehind { cause, .. } => cause.exit_status(),
            Self::TlsSetup(_)
            | Self::Unreachable { .. }
            | Self::NotReady { .. }
            | Self::Login { .. }
            | Self::Setup { .. }
            | Self::NullHandler
            | Self::WorkerDied
            | Self::Shortage(_)
            | Self::System(_) => ExitStatus::Broken,
        }
    }
}

/// What to do about a handshake that failed with these words of rustls.
fn about_tls(detail: &str) -> &'static str {
    let says = |word: &str| detail.contains(word);
    if ["UnknownIssuer", "BadSignature", "CaUsedAsEndEntity"].into_iter().any(says) {
        "its certificate is not from an authority that is trusted here; name the authority's file, \
         tls = { ca = \"ca.pem\" } in [service] or SSL_CERT_FILE, or accept any certificate with --insecure"
    } else if says("Expired") || says("expired") || says("NotValidYet") {
        "its certificate is not valid now: renew it, look at this machine's clock, or accept any \
         certificate with --insecure"
    } else if says("NotValidForName") || says("not valid for name") {
        "name what its certificate is for, tls = { server_name = \"…\" } in [service], or accept any \
         certificate with --insecure"
    } else if says("CertificateRequired") || says("HandshakeFailure") {
        "if it wants a certificate of the client, name its files: tls = { certificate = \"client.pem\", \
         key = \"client.key\" } in [service]"
    } else {
        "check that the port speaks TLS, or accept any certificate with --insecure"
    }
}
