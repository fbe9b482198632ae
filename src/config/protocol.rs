//! `http` and `streams`: what is spoken to the service.

use std::num::NonZeroU32;

use crate::model::Protocol;

use super::section::Section;

/// Requests under way at a time on one connection, unless the file says otherwise: what services
/// usually allow, and the least that RFC 9113 wants them to (section 6.5.2).
const STREAMS: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// As many as there can be users.
const MOST_STREAMS: u32 = 100_000;

/// Reads both keys.
pub(super) fn read(section: &Section<'_>) -> Option<Protocol> {
    let words = [("1.1", Protocol::Http1), ("2", Protocol::Http2 { streams: STREAMS })];
    let protocol = section.choice("http", &words);
    let streams = section.count("streams", MOST_STREAMS);
    match (protocol, streams) {
        (Some(Protocol::Http2 { .. }), Some(streams)) => Some(Protocol::Http2 { streams }),
        // What `http` itself has wrong is told already.
        (None, _) if section.value("http").is_some() => None,
        (Some(Protocol::Http1) | None, Some(_)) => {
            section.conflict(
                "streams",
                "streams",
                "http = \"1.1\"",
                "only requests of HTTP/2 share a connection: write http = \"2\" beside `streams`, or leave it out",
            );
            protocol
        }
        (protocol, None) => protocol,
    }
}
