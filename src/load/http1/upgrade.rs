//! The head of an answer to a request that asks for another protocol on the same connection.

use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::head::{self, Framing, Headers};
use super::held::Held;
use super::reading::LONGEST_HEAD;
use super::{READ, unanswered};
use crate::load::message::Asks;
use crate::model::Failure;

/// Such an answer, up to the end of its head.
#[derive(Debug)]
pub(crate) struct UpgradeResponse {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Whether it says when to come back (`retry-after`).
    pub(crate) retry_after: bool,
    /// What has come behind the head.
    pub(crate) rest: Vec<u8>,
}

impl UpgradeResponse {
    /// Reads from `stream` up to the end of the first head that is a response's.
    ///
    /// # Errors
    /// When the connection ends before that, or what comes is no such head.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Self, Failure> {
        let mut begun = Held::default();
        let mut buffer = vec![0; READ].into_boxed_slice();
        loop {
            let length = begun.bytes().len();
            let within = &begun.bytes()[..length.min(LONGEST_HEAD)];
            let head = if begun.is_due() {
                head::read(within, Asks::Body, Headers::Kept).map_err(|_| Failure::Protocol)?
            } else {
                None
            };
            match head {
                Some(head) => {
                    let rest = begun.into_bytes().split_off(head.length);
                    if head.framing == Framing::Interim {
                        begun = Held::unparsed(rest);
                        continue;
                    }
                    return Ok(Self {
                        status: head.status,
                        headers: head.headers.unwrap_or_default(),
                        retry_after: head.retry_after,
                        rest,
                    });
                }
                None if within.len() == LONGEST_HEAD => return Err(Failure::Protocol),
                None if begun.is_due() => begun.note_parsed(),
                None => {}
            }
            let failure = match stream.read(&mut buffer).await {
                Ok(0) => Failure::Reset,
                Err(error) => unanswered(&error),
                Ok(read) => {
                    begun.add(&buffer[..read]);
                    continue;
                }
            };
            // Not all of a long one has been parsed.
            let parsed = head::read(begun.bytes(), Asks::Body, Headers::Ignored);
            return Err(parsed.map_or(Failure::Protocol, |_| failure));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<UpgradeResponse, Failure> {
        UpgradeResponse::read(&mut &bytes[..]).await
    }

    #[tokio::test]
    async fn what_comes_behind_the_head_is_kept_and_interim_heads_are_passed_over() {
        let bytes =
            b"HTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 101 Yes\r\nUpgrade: b\r\n\r\n\x81\x00";
        let response = read(bytes).await.unwrap();
        assert_eq!((response.status, &response.rest[..]), (101, &b"\x81\x00"[..]));
        assert_eq!(response.headers["upgrade"], "b");
    }

    #[tokio::test]
    async fn what_is_no_head_or_does_not_end_is_a_failure() {
        for (bytes, failure) in [
            (&b""[..], Failure::Reset),
            (b"HTTP/1.1 101 Yes\r\nUpgrade", Failure::Reset),
            (b"SSH-2.0-OpenSSH_9.9\r\n", Failure::Protocol),
        ] {
            assert_eq!(read(bytes).await.unwrap_err(), failure);
        }
        let endless = [&b"HTTP/1.1 101 Yes\r\nx: "[..], &vec![b'a'; 2 * LONGEST_HEAD]].concat();
        assert_eq!(read(&endless).await.unwrap_err(), Failure::Protocol);
    }
}
