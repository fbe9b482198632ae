//! The WebSocket (RFC 6455), over the same streams as requests.

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::uri::{Authority, Scheme};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::capture::Reply;
use super::letter::Letter;
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
        stream: Stream,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Result<Self, Refused> {
        let request = request(message, also).ok_or(Refused::Failed(Failure::Protocol))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_AT_A_TIME)
            .write_buffer_size(0)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        let (opened, head) = match opened.await {
            Ok((socket, answer)) => (Ok(Self(socket)), answer.into_parts().0),
            Err(Error::Http(answer)) => {
                let head = answer.into_parts().0;
                (Err(Refused::Status(head.status.as_u16())), head)
            }
            Err(error) => return Err(Refused::Failed(class_of(&error))),
        };
        if let Some(reply) = reply {
            reply.begin(head.status.as_u16(), head.headers);
        }
        opened
    }
}

/// The request that opens a WebSocket; nothing if its host is none.
fn request(message: &Message, also: &HeaderMap) -> Option<http::Request<()>> {
    let Letter { uri, mut headers, .. } = Letter::of(message)?;
    // The socket's own header stands before the user's of the same name.
    for (name, value) in also {
        if !headers.contains_key(name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::try_from(generate_key()).ok()?);
    let authority = Authority::try_from(headers.get(HOST)?.as_bytes()).ok()?;
    let mut uri = uri.into_parts();
    // Whether there is TLS was decided below this; the scheme is not sent.
    uri.scheme = Scheme::try_from("ws").ok();
    uri.authority = Some(authority);
    let mut request = http::Request::new(());
    *request.uri_mut() = http::Uri::from_parts(uri).ok()?;
    *request.headers_mut() = headers;
    Some(request)
}

impl Channel for WebSocket {
    async fn say(&mut self, text: String) -> Result<(), Failure> {
        self.0.send(Frame::text(text)).await.map_err(|error| class_of(&error))
    }

    async fn hear(&mut self) -> Result<Bytes, Failure> {
        loop {
            match self.0.next().await {
                Some(Ok(Frame::Text(text))) => return Ok(text.into()),
                Some(Ok(Frame::Binary(bytes))) => return Ok(bytes),
                // Pings are answered below this.
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => {}
                Some(Ok(Frame::Close(_))) | None => return Err(Failure::Reset),
                Some(Err(error)) => return Err(class_of(&error)),
            }
            // One read can hold many small frames, and the timeout must have its turn.
            tokio::task::consume_budget().await;
        }
    }

    async fn close(&mut self) {
        // It is over either way.
        let _ = self.0.close(None).await;
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
