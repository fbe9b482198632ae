//! Where connections go: what tells whether two addresses lead to one service.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use url::Host;

use super::address::{Origin, prefix};
use crate::model::SocketFile;

/// What answers at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Who listens at a Unix domain socket, whatever host is named to them.
    Socket(PathBuf),
    /// Who listens at a port of a host, whatever is spoken there.
    Port(Host, u16),
}

impl Place {
    /// Where a URL leads; nothing if it is no address. All spellings of an IP address are one, and so
    /// are all names that a machine has for itself.
    pub(super) fn of_url(url: &str) -> Option<Self> {
        let Origin { host, port, .. } = Origin::of(url)?;
        let address: IpAddr = match host {
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.to_canonical(),
            // The dot of the root says that the name is whole, as it is without.
            Host::Domain(name) => match name.strip_suffix('.').unwrap_or(&name) {
                "localhost" => Ipv4Addr::LOCALHOST.into(),
                name => return Some(Self::Port(Host::Domain(name.to_owned()), port)),
            },
        };
        let is_own = address.is_unspecified() || address == IpAddr::from(Ipv6Addr::LOCALHOST);
        let host = match address {
            _ if is_own => Host::Ipv4(Ipv4Addr::LOCALHOST),
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        };
        Some(Self::Port(host, port))
    }

    /// Where a socket leads, under whatever path.
    pub(super) fn of_socket(socket: &SocketFile) -> Self {
        // Nobody listens at what is not there.
        Self::Socket(fs::canonicalize(&socket.path).unwrap_or_else(|_| socket.path.clone()))
    }
}

/// Whether two addresses lead to one service: by scheme, place and path.
#[must_use]
pub fn same_address(one: &str, other: &str) -> bool {
    let read = |url| Some((Origin::of(url)?.scheme, Place::of_url(url)?, prefix(url)?.to_owned()));
    read(one).is_some() && read(one) == read(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads_to(one: &str, other: &str) -> bool {
        Place::of_url(one).is_some() && Place::of_url(one) == Place::of_url(other)
    }

    #[test]
    fn one_address_in_any_spelling_leads_to_one_place() {
        for spelling in [
            "http://127.0.0.1:8000/v1",
            "http://LOCALHOST:8000",
            "http://localhost.:08000",
            "http://[::1]:8000",
            "http://[0:0:0:0:0:0:0:1]:8000",
            "http://[::ffff:127.0.0.1]:8000",
            "http://[::ffff:7f00:1]:8000",
            "http://127.1:8000",
            "http://2130706433:8000",
            "http://0x7f.0.0.1:8000",
            "http://017700000001:8000",
            "http://0.0.0.0:8000",
            "http://[::]:8000",
            // Whoever listens there is loaded, whatever is spoken.
            "https://127.0.0.1:8000",
        ] {
            assert!(leads_to(spelling, "http://127.0.0.1:8000"), "{spelling}");
        }
        assert!(leads_to("http://[::ffff:10.0.0.1]", "http://0xa000001:80"));
        assert!(leads_to("https://Prod.example.:0443/v1", "https://prod.example"));
    }

    #[test]
    fn another_host_or_port_is_another_place() {
        for other in [
            "http://127.0.0.1:8001",
            "http://127.0.0.2:8000",
            "http://[::2]:8000",
            "http://localhost.example:8000",
            "http://127.0.0.1.5:8000",
        ] {
            assert!(!leads_to(other, "http://127.0.0.1:8000"), "{other}");
            assert!(leads_to(other, other), "{other}");
        }
        assert!(!leads_to("http://prod.example", "https://prod.example"));
        assert!(!leads_to("none", "none"));
    }

    #[test]
    fn one_service_under_two_names_is_one() {
        assert!(same_address("http://localhost:80/", "http://127.0.0.1"));
        assert!(same_address("http://[::1]:8000", "http://LOCALHOST:8000/"));
        assert!(!same_address("http://localhost:8000", "http://localhost:8001"));
        assert!(!same_address("http://localhost/v1", "http://localhost/v2"));
        assert!(!same_address("http://localhost:8000", "https://localhost:8000"));
        assert!(!same_address("none", "none"));
    }
}
