//! The WebSocket (RFC 6455), over the same streams as requests.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderMap;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::capture::Reply;
use super::handshake::Handshake;
use super::http1::UpgradeResponse;
use super::message::Message;
use super::stream::Stream;
use super::transport::{Channel, Refused};
use crate::model::Failure;

/// Longest message that is taken, in bytes; as of a body that is looked into.
const LONGEST_MESSAGE: usize = 8 << 20;

/// What a socket reads at a time, in bytes. It is allocated for each, so that the usual 128 KiB would
/// be most of a thousand users' memory.
const READ_AT_A_TIME: usize = 8 << 10;

/// A WebSocket.
pub(crate) struct WebSocket(WebSocketStream<Stream>);

impl WebSocket {
    /// Asks over `stream` to go on as a WebSocket.
    pub(crate) async fn open(
        mut stream: Stream,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Result<Self, Refused> {
        let handshake = Handshake::new(message, also);
        let asking = async {
            // An early answer may say why the rest is not taken; without one, reading fails too.
            let _ = stream.write_all(&handshake.request).await;
            let _ = stream.flush().await;
            UpgradeResponse::read(&mut stream).await
        };
        let response = asking.await.map_err(Refused::Failed)?;
        let UpgradeResponse { status, headers, retry_after, rest } = response;
        let is_agreed_to = handshake.is_agreed_to(&headers);
        if let Some(reply) = reply {
            reply.begin(status, headers);
        }
        if status != 101 {
            return Err(Refused::Answered { status, retry_after });
        }
        if !is_agreed_to {
            return Err(Refused::Failed(Failure::Protocol));
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AT_A_TIME)
            .write_buffer_size(0)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let opened =
            WebSocketStream::from_partially_read(stream, rest, Role::Client, Some(config)).await;
        Ok(Self(opened))
    }
}

/// What came: a message, nothing of interest, or why there is nothing more.
fn heard(frame: Option<Result<Frame, Error>>) -> Result<Option<Bytes>, Failure> {
    match frame {
        Some(Ok(Frame::Text(text))) => Ok(Some(text.into())),
        Some(Ok(Frame::Binary(bytes))) => Ok(Some(bytes)),
        // Pings are answered below this.
        Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => Ok(None),
        Some(Ok(Frame::Close(_))) | None => Err(Failure::Reset),
        Some(Err(error)) => Err(class_of(&error)),
    }
}

impl Channel for WebSocket {
    async fn say(&mut self, text: String) -> Result<(), Failure> {
        self.0.send(Frame::text(text)).await.map_err(|error| class_of(&error))
    }

    async fn hear(&mut self) -> Result<Bytes, Failure> {
        loop {
            if let Some(message) = heard(self.0.next().await)? {
                return Ok(message);
            }
            // One read can hold many small frames, and the timeout must have its turn.
            tokio::task::consume_budget().await;
        }
    }

    async fn overhear(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let next = poll_fn(|context| Poll::Ready(self.0.poll_next_unpin(context))).await;
            let Poll::Ready(frame) = next else { return Ok(None) };
            if let Some(message) = heard(frame)? {
                return Ok(Some(message));
            }
            tokio::task::consume_budget().await;
        }
    }

    async fn close(&mut self) {
        // It is over either way.
        if self.0.close(None).await.is_err() {
            return;
        }
        while let Some(Ok(frame)) = self.0.next().await {
            if frame.is_close() {
                return;
            }
            tokio::task::consume_budget().await;
        }
    }
}

fn class_of(error: &Error) -> Failure {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    match error {
        Error::Io(_)
        | Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(
            ProtocolError::HandshakeIncomplete
            | ProtocolError::ResetWithoutClosingHandshake
            | ProtocolError::SendAfterClosing
            | ProtocolError::ReceivedAfterClosing,
        ) => Failure::Reset,
        // No frame, no handshake, or longer than what is taken.
        _ => Failure::Protocol,
    }
}
