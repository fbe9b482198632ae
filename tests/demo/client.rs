//! A plain client: one connection a request, nothing hidden.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use perfbase::demo::{LATENCY_HEADER, Options, Running};
use serde_json::Value;
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Null when there is no body.
    pub(crate) body: Value,
}

impl Answer {
    /// The latency that the service says it added, in microseconds.
    pub(crate) fn latency_us(&self) -> u64 {
        self.header(LATENCY_HEADER).parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {self:?}")).to_str().unwrap()
    }

    pub(crate) fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

/// A service that adds no latency.
pub(crate) fn quick() -> Running {
    Running::start(Options { latency_scale: 0.0, ..Options::default() }).unwrap()
}

/// A request without a token; `body` is sent as JSON when it is not null.
pub(crate) async fn call(service: &Running, method: &str, path: &str, body: Value) -> Answer {
    call_as(service, "", method, path, body).await
}

pub(crate) async fn get(service: &Running, path: &str) -> Answer {
    call(service, "GET", path, Value::Null).await
}

pub(crate) async fn call_as(
    service: &Running,
    token: &str,
    method: &str,
    path: &str,
    body: Value,
) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(service, token, method, path, body).await
}

pub(crate) async fn send(
    service: &Running,
    token: &str,
    method: &str,
    path: &str,
    body: String,
) -> Answer {
    let stream = TcpStream::connect(service.address()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", "demo");
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

/// A token for `user`.
pub(crate) async fn token(service: &Running, user: &str) -> String {
    let body = serde_json::json!({ "user_id": user });
    let answer = call(service, "POST", "/api/v1/auth/test-token", body).await;
    answer.body["access_token"].as_str().unwrap().to_owned()
}
