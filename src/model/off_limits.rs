//! Where nothing is sent unless it is sent there on purpose.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::EnvironmentName;

/// Who listens at a port of a host, whatever is spoken there. Compares equal where it is known to be
/// the same; no name is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    host: Host,
    port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// Without the dot of the root.
    Name(String),
}

impl HostPort {
    /// A `port` of a `host` as the URL standard writes it, without brackets.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Self::of_address(address, port);
        }
        // The dot of the root says that the name is whole, as it is without.
        match host.strip_suffix('.').unwrap_or(host) {
            "localhost" => Self::of_address(Ipv4Addr::LOCALHOST.into(), port),
            name => Self { host: Host::Name(name.to_owned()), port },
        }
    }

    /// A `port` at an `address`. `127.0.0.1` and `::1` are one, and those that stand for every address
    /// of a machine are it too; the others that a machine has for itself, such as `127.0.0.2`, are not:
    /// another service may listen at each of them.
    #[must_use]
    pub fn of_address(address: IpAddr, port: u16) -> Self {
        let address = address.to_canonical();
        let is_own = address.is_unspecified() || address == IpAddr::from(Ipv6Addr::LOCALHOST);
        let address = if is_own { Ipv4Addr::LOCALHOST.into() } else { address };
        Self { host: Host::Address(address), port }
    }
}

/// Where the service of a protected environment listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffLimits {
    /// The environment.
    pub environment: EnvironmentName,
    /// Where its service listens.
    pub at: HostPort,
}
