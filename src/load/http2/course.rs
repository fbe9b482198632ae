//! One response, as far as it has come.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use h2::client::ResponseFuture;
use h2::{Reason, RecvStream};
use http::StatusCode;
use http::header::RETRY_AFTER;
use tokio::time::Instant;

use super::wire::Pulse;
use crate::load::capture::Reply;
use crate::load::message::Asks;
use crate::load::transport::Exchange;
use crate::model::Failure;

/// A response under way.
pub(super) struct Course<'a> {
    pulse: &'a Pulse,
    sent: Instant,
    asks: Asks,
    place: Place,
    first_byte: Option<Instant>,
    status: u16,
    retry_after: bool,
    bytes: u64,
    reply: Option<&'a mut Reply>,
}

enum Place {
    Head(ResponseFuture),
    Body(RecvStream),
}

impl<'a> Course<'a> {
    /// The response to a request that was handed over at `sent`.
    pub(super) fn new(
        pulse: &'a Pulse,
        sent: Instant,
        asks: Asks,
        response: ResponseFuture,
        reply: Option<&'a mut Reply>,
    ) -> Self {
        Self {
            pulse,
            sent,
            asks,
            place: Place::Head(response),
            first_byte: None,
            status: 0,
            retry_after: false,
            bytes: 0,
            reply,
        }
    }

    /// Reads on, up to the end of the response.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        loop {
            match &mut self.place {
                Place::Head(response) => {
                    if self.first_byte.is_none()
                        && let Poll::Ready(Some(Ok(_))) = response.poll_informational(context)
                    {
                        self.first_byte = Some(self.pulse.heard());
                    }
                    let (head, body) = ready!(Pin::new(response).poll(context))?.into_parts();
                    self.first_byte.get_or_insert(self.pulse.heard());
                    self.place = Place::Body(body);
                    self.status = head.status.as_u16();
                    self.retry_after = head.status == StatusCode::SERVICE_UNAVAILABLE
                        && head.headers.contains_key(RETRY_AFTER);
                    if let Some(reply) = &mut self.reply {
                        reply.begin(self.status, head.headers);
                    }
                    if self.asks == Asks::Tunnel && head.status.is_success() {
                        return Poll::Ready(Ok(()));
                    }
                }
                Place::Body(body) => {
                    while let Some(data) = ready!(body.poll_data(context)) {
                        let data = data?;
                        self.bytes += data.len() as u64;
                        if let Some(reply) = &mut self.reply {
                            reply.add(&data);
                        }
                        // What does not belong to a stream any more needs no window.
                        let _ = body.flow_control().release_capacity(data.len());
                    }
                    ready!(body.poll_trailers(context))?;
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }

    /// The exchange that ended so. Nothing if another connection may be tried: the service says that
    /// it has not looked at the request, or the connection ended with nothing `written` since.
    pub(super) fn exchange(&self, ended: Result<(), h2::Error>, written: u64) -> Option<Exchange> {
        let error = match ended {
            Ok(()) => return Some(self.ended(self.pulse.heard(), Ok(self.status))),
            Err(error) => error,
        };
        let has_begun = matches!(self.place, Place::Body(_));
        let is_unseen = if error.is_remote() {
            error.is_go_away() || error.reason() == Some(Reason::REFUSED_STREAM)
        } else {
            error.is_io() && self.pulse.written() == written
        };
        if is_unseen && !has_begun {
            return None;
        }
        let failure = match (error.is_library(), has_begun) {
            (true, _) => Failure::Protocol,
            (false, true) => Failure::Body,
            (false, false) => Failure::Reset,
        };
        Some(self.ended(Instant::now(), Err(failure)))
    }

    fn ended(&self, end: Instant, answer: Result<u16, Failure>) -> Exchange {
        let Self { sent, first_byte, bytes, retry_after, .. } = *self;
        Exchange { sent, first_byte, bytes, retry_after, ..Exchange::ended(end, answer) }
    }
}
