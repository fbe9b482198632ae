//! Bytes in the place of a socket: what comes of a response, for tests and fuzzing.

use http::HeaderMap;

use super::reading::{Progress, Reading, Rest};
use crate::load::capture::Reply;
use crate::load::message::Asks;
use crate::model::Failure;

/// What the peer does behind its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Waits,
    Ends,
}

/// What comes of a response.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trial {
    /// It is complete.
    Answered { status: u16, headers: HeaderMap, body: Vec<u8>, rest: Rest },
    /// It will never be, after so many bytes of its body.
    Failed(Failure, u64),
    /// There must be more.
    Waiting,
}

impl Trial {
    /// Reads a response that comes in these pieces.
    pub(super) fn of<'a>(
        asks: Asks,
        pieces: impl IntoIterator<Item = &'a [u8]>,
        then: Then,
    ) -> Self {
        let mut reading = Reading::new(asks);
        let mut reply = Reply { wants_body: true, ..Reply::default() };
        let mut progress = Progress::Open;
        for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
            progress = match progress {
                // What comes behind a response is found before the next request.
                Progress::Complete(_) => Progress::Complete(Rest::Spent),
                Progress::Open => match reading.feed(piece, Some(&mut reply)) {
                    Ok(progress) => progress,
                    Err(failure) => return Self::Failed(failure, reading.bytes()),
                },
            };
        }
        if progress == Progress::Open && then == Then::Ends {
            progress = match reading.end() {
                Ok(progress) => progress,
                Err(failure) => return Self::Failed(failure, reading.bytes()),
            };
        }
        match progress {
            Progress::Open => Self::Waiting,
            Progress::Complete(rest) => {
                assert_eq!(
                    reading.bytes(),
                    reply.body.len() as u64,
                    "bytes are counted as they are"
                );
                assert_eq!(reading.status(), reply.status);
                let Reply { status, headers, body, .. } = reply;
                Self::Answered { status, headers, body, rest }
            }
        }
    }

    /// The same, byte by byte and cut once at each place of `cuts`.
    ///
    /// # Panics
    /// When it is not the same.
    pub(super) fn however_cut(
        asks: Asks,
        bytes: &[u8],
        then: Then,
        cuts: impl IntoIterator<Item = usize>,
    ) -> Self {
        let whole = Self::of(asks, [bytes], then);
        assert_eq!(Self::of(asks, bytes.chunks(1), then), whole, "byte by byte");
        for cut in cuts {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(Self::of(asks, [first, second], then), whole, "cut at {cut}");
        }
        whole
    }
}

/// One try of a fuzzer: the first byte says what was asked, the second what the peer does at its end,
/// the rest is the response.
///
/// # Panics
/// When the response is read differently when it is cut differently.
#[cfg(fuzzing)]
pub fn fuzz_response(data: &[u8]) {
    let Some((asks, then, bytes)) = seed(data) else { return };
    let middle = bytes.len() / 2;
    Trial::however_cut(asks, bytes, then, [middle, middle / 2, middle + middle / 2]);
}

/// A seed's parts.
pub(super) fn seed(data: &[u8]) -> Option<(Asks, Then, &[u8])> {
    let (&[asks, then], bytes) = data.split_first_chunk()?;
    let asks = match asks {
        b'h' => Asks::Head,
        b't' => Asks::Tunnel,
        _ => Asks::Body,
    };
    Some((asks, if then == b'w' { Then::Waits } else { Then::Ends }, bytes))
}
