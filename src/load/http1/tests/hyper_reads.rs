//! hyper's reading of the same bytes, in the words of ours.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::reading::Rest;
use super::super::trial::{Then, Trial};
use crate::load::message::Asks;
use crate::model::Failure;

/// Longer than anything that goes on. Time is paused, so it passes when nothing can go on.
const EVER: Duration = Duration::from_hours(1);

/// What hyper makes of `bytes`. It says nothing of the headers of a response that fails.
pub(super) async fn hyper_reads(asks: Asks, bytes: &[u8], then: Then) -> Trial {
    let (ours, mut peers) = tokio::io::duplex(bytes.len() + (64 << 10));
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(64 << 10)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(ours))
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    sender.ready().await.unwrap();
    let method = match asks {
        Asks::Body => "GET",
        Asks::Head => "HEAD",
        Asks::Tunnel => "CONNECT",
    };
    let uri = if asks == Asks::Tunnel { "localhost:80" } else { "/" };
    let request = http::Request::builder().method(method).uri(uri).body(Empty::new()).unwrap();
    let pending = sender.send_request(request);
    // An answer that comes before its request would be taken for something else.
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(peers.read_u8().await.unwrap());
    }
    peers.write_all(bytes).await.unwrap();
    let mut peers = Some(peers);
    if then == Then::Ends {
        // Only its sending: hyper must be able to write its request.
        peers.as_mut().unwrap().shutdown().await.unwrap();
    }
    let read = tokio::time::timeout(EVER, async {
        let response = pending.await.map_err(|error| {
            assert!(!error.is_canceled(), "{error}");
            (if error.is_parse() { Failure::Protocol } else { Failure::Reset }, 0)
        })?;
        let (parts, mut body) = response.into_parts();
        let mut data = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| (Failure::Body, data.len() as u64))?;
            data.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
        Ok::<_, (Failure, u64)>((parts, data))
    })
    .await;
    let trial = match read {
        Err(_) => Trial::Waiting,
        Ok(Err((failure, bytes))) => Trial::Failed(failure, bytes),
        Ok(Ok((parts, body))) => {
            let again = tokio::time::timeout(EVER, sender.ready()).await;
            let is_ready = matches!(again, Ok(Ok(()))) && !driver.is_finished();
            let rest = if is_ready { Rest::Reusable } else { Rest::Spent };
            let status = parts.status.as_u16();
            Trial::Answered { status, headers: parts.headers, body, rest }
        }
    };
    driver.abort();
    trial
}
