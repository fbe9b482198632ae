//! Bytes in the place of a socket: what comes of a response, for tests and fuzzing.

use http::HeaderMap;

use super::head::LastHead;
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

/// What is known of a response whose headers and body nobody wants: its status, the bytes of its body and
/// what is left of its connection, or how it failed after how many bytes; nothing while it must go on.
type Glance = Option<Result<(u16, u64, Rest), (Failure, u64)>>;

impl Trial {
    /// Reads a response that comes in these pieces.
    pub(super) fn of<'a>(
        asks: Asks,
        pieces: impl IntoIterator<Item = &'a [u8]>,
        then: Then,
    ) -> Self {
        let last = LastHead::default();
        let mut reply = Reply { wants_body: true, ..Reply::default() };
        match read(Reading::new(asks, &last), pieces, then, Some(&mut reply)) {
            None => Self::Waiting,
            Some(Err((failure, bytes))) => Self::Failed(failure, bytes),
            Some(Ok((status, bytes, rest))) => {
                assert_eq!(bytes, reply.body.len() as u64, "bytes are counted as they are");
                assert_eq!(status, reply.status);
                let Reply { status, headers, body, .. } = reply;
                Self::Answered { status, headers, body, rest }
            }
        }
    }

    /// The same, byte by byte and cut once at each place of `cuts`; and when nobody wants the headers
    /// and the head before it was the same, or that of `others`.
    ///
    /// # Panics
    /// When it is not the same.
    pub(super) fn however_cut(
        asks: Asks,
        bytes: &[u8],
        then: Then,
        cuts: impl IntoIterator<Item = usize>,
        others: &[u8],
    ) -> Self {
        let whole = Self::of(asks, [bytes], then);
        assert_eq!(Self::of(asks, bytes.chunks(1), then), whole, "byte by byte");
        let last = LastHead::default();
        read(Reading::new(asks, &last), [others], then, None);
        for _ in 0..2 {
            assert_eq!(whole.glance(), read(Reading::new(asks, &last), [bytes], then, None));
        }
        for cut in cuts {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(Self::of(asks, [first, second], then), whole, "cut at {cut}");
            let glance = read(Reading::new(asks, &last), [first, second], then, None);
            assert_eq!(whole.glance(), glance, "cut at {cut}, by the head before");
        }
        whole
    }

    fn glance(&self) -> Glance {
        match self {
            Self::Answered { status, body, rest, .. } => {
                Some(Ok((*status, body.len() as u64, *rest)))
            }
            Self::Failed(failure, bytes) => Some(Err((*failure, *bytes))),
            Self::Waiting => None,
        }
    }
}

fn read<'a>(
    mut reading: Reading<'_>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    then: Then,
    mut reply: Option<&mut Reply>,
) -> Glance {
    let mut progress = Ok(Progress::Open);
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        progress = match progress {
            // What comes behind a response is found before the next request.
            Ok(Progress::Complete(_)) => Ok(Progress::Complete(Rest::Spent)),
            Ok(Progress::Open) => reading.feed(piece, reply.as_deref_mut()),
            Err(_) => break,
        };
    }
    if progress == Ok(Progress::Open) && then == Then::Ends {
        progress = reading.end();
    }
    match progress {
        Ok(Progress::Open) => None,
        Ok(Progress::Complete(rest)) => Some(Ok((reading.status(), reading.bytes(), rest))),
        Err(failure) => Some(Err((failure, reading.bytes()))),
    }
}

/// One try of a fuzzer: the first byte says what was asked, the second what the peer does at its end,
/// the rest is the response.
///
/// # Panics
/// When the response is read differently when it is cut differently.
pub fn fuzz_response(data: &[u8]) {
    let Some((asks, then, bytes)) = seed(data) else { return };
    let middle = bytes.len() / 2;
    let others = &bytes[..bytes.len() - bytes.len() / 3];
    Trial::however_cut(asks, bytes, then, [middle, middle / 2, middle + middle / 2], others);
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
