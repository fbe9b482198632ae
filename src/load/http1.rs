//! HTTP/1.1 over TCP or TLS: hyper's connection, driven by the user that owns it.
//!
//! A pool or a task for the connection would cost a wake-up and a lock a request; here the same
//! poll that waits for the response also moves the bytes.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::capture::Reply;
use super::request::Message;
use super::stream::Stream;
use super::transport::{Connection, Exchange, Transport};
use crate::model::Failure;

/// Opens HTTP/1.1 connections to one address.
#[derive(Clone)]
pub(crate) struct Http1 {
    address: SocketAddr,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Http1 {
    /// Plain HTTP to `address`.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }

    /// HTTPS to `address`, whose certificate must be for `name`.
    pub(crate) fn tls(
        address: SocketAddr,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Self {
        Self { address, tls: Some((TlsConnector::from(config), name)) }
    }

    /// Opens the stream below HTTP; the error says what the system or the peer said.
    pub(crate) async fn open(&self) -> Result<Stream, (Failure, std::io::Error)> {
        let tcp =
            TcpStream::connect(self.address).await.map_err(|error| (Failure::Connect, error))?;
        // Without it a request in two writes waits for an acknowledgement.
        tcp.set_nodelay(true).map_err(|error| (Failure::Connect, error))?;
        match &self.tls {
            None => Ok(Stream::Plain(tcp)),
            Some((connector, name)) => connector
                .connect(name.clone(), tcp)
                .await
                .map(|stream| Stream::Tls(Box::new(stream)))
                .map_err(|error| (Failure::Tls, error)),
        }
    }
}

impl Transport for Http1 {
    type Connection = Http1Connection;

    async fn connect(&self) -> Result<Http1Connection, Failure> {
        let stream = self.open().await.map_err(|(failure, _)| failure)?;
        let (sender, driver) = http1::Builder::new()
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| Failure::Protocol)?;
        Ok(Http1Connection { sender, driver: Driver::Open(Box::pin(driver)) })
    }
}

/// One HTTP/1.1 connection.
pub(crate) struct Http1Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

/// The half of the connection that moves bytes. It must not be polled again once it has ended.
enum Driver {
    Open(Pin<Box<http1::Connection<TokioIo<Stream>, Full<Bytes>>>>),
    Closed,
}

impl Driver {
    fn turn(&mut self, context: &mut Context<'_>) {
        if let Self::Open(connection) = self
            && connection.as_mut().poll(context).is_ready()
        {
            *self = Self::Closed;
        }
    }
}

impl Http1Connection {
    /// Turns the driver, then asks `poll`; the waker is registered with both.
    async fn driven<T>(
        driver: &mut Driver,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> T {
        std::future::poll_fn(|context| {
            driver.turn(context);
            poll(context)
        })
        .await
    }

    /// Reads the body to its end, and keeps of it what `reply` has room for.
    async fn body(
        driver: &mut Driver,
        mut body: Incoming,
        mut reply: Option<&mut Reply>,
    ) -> Result<u64, u64> {
        let mut bytes = 0;
        while !body.is_end_stream() {
            let frame = std::future::poll_fn(|context| {
                // A short body came with the head; then a turn of the driver would be for nothing.
                let frame = Pin::new(&mut body).poll_frame(context);
                if frame.is_ready() {
                    return frame;
                }
                driver.turn(context);
                Pin::new(&mut body).poll_frame(context)
            })
            .await;
            match frame {
                Some(Ok(frame)) => {
                    let Some(data) = frame.data_ref() else { continue };
                    bytes += data.len() as u64;
                    if let Some(reply) = reply.as_deref_mut() {
                        reply.add(data);
                    }
                }
                Some(Err(_)) => return Err(bytes),
                None => break,
            }
            // One read can hold thousands of small chunks; without a pause for each few of them
            // the timeout and the other users would have to wait for all.
            tokio::task::consume_budget().await;
        }
        Ok(bytes)
    }
}

impl Connection for Http1Connection {
    async fn exchange(
        &mut self,
        message: &Message,
        also: &HeaderMap,
        mut reply: Option<&mut Reply>,
    ) -> Option<Exchange> {
        let Self { sender, driver } = self;
        let ended = |sent, answer, bytes, retry_after| {
            Some(Exchange { sent, end: Instant::now(), answer, bytes, retry_after })
        };

        // The turn of the driver notices an end that the peer sent since the last response.
        Self::driven(driver, |context| sender.poll_ready(context)).await.ok()?;
        let mut request = http::Request::new(Full::new(message.body.clone()));
        *request.method_mut() = message.method.clone();
        *request.uri_mut() = message.uri.clone();
        *request.headers_mut() = message.headers.clone();
        // The endpoint's own header stands before the user's of the same name.
        for (name, value) in also {
            if !message.headers.contains_key(name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let sent = Instant::now();
        let mut response = pin!(sender.send_request(request));
        match Self::driven(driver, |context| response.as_mut().poll(context)).await {
            Err(error) if error.is_canceled() => None,
            Err(error) => ended(sent, Err(class_of(&error)), 0, false),
            Ok(response) => {
                let (head, body) = response.into_parts();
                let status = head.status.as_u16();
                let retry_after = status == 503 && head.headers.contains_key(RETRY_AFTER);
                if let Some(reply) = reply.as_deref_mut() {
                    reply.begin(status, head.headers);
                }
                match Self::body(driver, body, reply).await {
                    Ok(bytes) => ended(sent, Ok(status), bytes, retry_after),
                    Err(bytes) => ended(sent, Err(Failure::Body), bytes, retry_after),
                }
            }
        }
    }
}

/// The class of an error that came before the response's body.
fn class_of(error: &hyper::Error) -> Failure {
    if error.is_parse() || error.is_user() { Failure::Protocol } else { Failure::Reset }
}

#[cfg(test)]
mod tests;
