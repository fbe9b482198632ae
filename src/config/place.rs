//! Where connections go: what tells whether two addresses lead to one service.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::address::{Origin, prefix};
use crate::model::{HostPort, SocketFile};

/// What answers at an address.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Who listens at a Unix domain socket, whatever host is named to them.
    Socket {
        /// Without links as far as it is there.
        path: PathBuf,
        /// Nothing as long as it is not there.
        file: Option<FileId>,
    },
    /// Who listens at a port of a host, whatever is spoken there.
    Port(HostPort),
}

/// What a file is, under whatever name: the device it is on, and its number there.
type FileId = (u64, u64);

impl Place {
    /// Where a URL leads; nothing if it is no address. All spellings of an IP address are one.
    pub(super) fn of_url(url: &str) -> Option<Self> {
        host_port(url).map(Self::Port)
    }

    /// Where a socket leads, under whatever path.
    pub(super) fn of_socket(socket: &SocketFile) -> Self {
        let path = std::path::absolute(&socket.path).unwrap_or_else(|_| socket.path.clone());
        Self::Socket { file: file_id(&path), path: without_links(&path, MOST_LINKS) }
    }

    /// Whether the same answers there.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Socket { path, file }, Self::Socket { path: its_path, file: its_file }) => {
                path == its_path || (file.is_some() && file == its_file)
            }
            (Self::Port(port), Self::Port(its)) => port == its,
            (Self::Socket { .. }, Self::Port(_)) | (Self::Port(_), Self::Socket { .. }) => false,
        }
    }
}

fn host_port(url: &str) -> Option<HostPort> {
    let Origin { host, port, .. } = Origin::of(url)?;
    let host = host.to_string();
    Some(HostPort::new(host.trim_start_matches('[').trim_end_matches(']'), port))
}

/// Links that are followed one after the other; Linux follows as many.
const MOST_LINKS: u32 = 40;

/// The absolute `path` as the system reads it, also of what is not there yet: who listens may come
/// later, in a folder and by a link that are there already.
fn without_links(path: &Path, links: u32) -> PathBuf {
    if let Ok(whole) = fs::canonicalize(path) {
        return whole;
    }
    let (Some(parent), Some(last)) = (path.parent(), path.components().next_back()) else {
        return path.to_owned();
    };
    let mut folder = without_links(parent, links);
    if last == Component::ParentDir {
        folder.pop();
        return folder;
    }
    let whole = folder.join(last);
    match fs::read_link(&whole) {
        Ok(target) if links > 0 => without_links(&folder.join(target), links - 1),
        _ => whole,
    }
}

#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;

    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &Path) -> Option<FileId> {
    None
}

/// Whether two addresses lead to one service: by scheme, place and path.
#[must_use]
pub fn same_address(one: &str, other: &str) -> bool {
    let read = |url| Some((Origin::of(url)?.scheme, host_port(url)?, prefix(url)?.to_owned()));
    read(one).is_some() && read(one) == read(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads_to(one: &str, other: &str) -> bool {
        match (Place::of_url(one), Place::of_url(other)) {
            (Some(one), Some(other)) => one.is(&other),
            _ => false,
        }
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
