//! Real sockets and scripted bytes: what a server can send, and the class it ends in.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};

use super::super::deadline::{Deadline, Elapsed};
use super::super::delivery::{Parcel, deliver};
use super::super::lifetime::Lifetimes;
use super::super::message::{Asks, Message};
use super::super::request::Request;
use super::super::tls::{Trust, client_config};
use super::*;
use crate::model::{KeepAlive, Outcome, Receipt};

mod hyper_reads;
mod mutation;
mod table;
mod unasked;
mod unread;

use hyper_reads::hyper_reads;

/// Long enough for any answer that comes, short enough for one that never does.
const PATIENCE: Duration = Duration::from_millis(300);

/// Serves every connection with `serve` on a free port, until the test process ends.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            serve(stream.unwrap());
        }
    });
    address
}

/// Reads one request's head.
fn head(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
    }
    String::from_utf8(text).ok()
}

/// Answers each request with `bytes`, then closes after `requests` of them.
fn answering(bytes: impl Into<Vec<u8>>, requests: usize) -> SocketAddr {
    let bytes = bytes.into();
    server(move |mut stream| {
        for _ in 0..requests {
            if head(&mut stream).is_none() || stream.write_all(&bytes).is_err() {
                return;
            }
        }
    })
}

async fn send(connection: &mut Http1Connection) -> Option<Exchange> {
    connection.exchange(&Message::null(), &HeaderMap::new(), None).await
}

async fn once(address: SocketAddr) -> Result<Exchange, Elapsed> {
    let mut connection = Http1(Dial::plain(address)).connect(0, drop).await.unwrap();
    let mut deadline = Deadline::new(PATIENCE);
    let exchange = send(&mut connection);
    deadline.limit(Instant::now(), exchange).await.map(Option::unwrap)
}

async fn answer(bytes: &str) -> Result<u16, Failure> {
    once(answering(bytes, 1)).await.unwrap().answer
}

#[tokio::test]
async fn a_plain_answer_is_a_success_with_its_bytes() {
    let answer =
        once(answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 1)).await.unwrap();
    assert_eq!((answer.answer, answer.bytes), (Ok(200), 5));
    assert!(answer.end >= answer.sent);
}

#[tokio::test]
async fn bodies_end_by_length_by_chunks_and_by_the_end_of_the_connection() {
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(once(answering(chunked, 1)).await.unwrap().bytes, 5);
    let until_end = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end";
    assert_eq!(once(answering(until_end, 1)).await.unwrap().bytes, 13);
    assert_eq!(answer("HTTP/1.1 204 No Content\r\n\r\n").await, Ok(204));
    let informed = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(answer(informed).await, Ok(200));
}

#[tokio::test]
async fn unexpected_statuses_fail_in_their_class() {
    let status = |code: u16| format!("HTTP/1.1 {code} x\r\ncontent-length: 0\r\n\r\n");
    for (code, failure) in [
        (404, Failure::Status4xx),
        (408, Failure::Status408),
        (429, Failure::Limited),
        (503, Failure::Status5xx),
        (302, Failure::StatusOther),
    ] {
        let exchange = once(answering(status(code), 1)).await.unwrap();
        assert_eq!(Request::null().judge(&exchange), Outcome::Failed(failure), "{code}");
    }
}

#[tokio::test]
async fn a_503_that_says_when_to_come_back_is_a_limiter() {
    let limited = "HTTP/1.1 503 x\r\nRetry-After: 1\r\ncontent-length: 0\r\n\r\n";
    let exchange = once(answering(limited, 1)).await.unwrap();
    assert_eq!(Request::null().judge(&exchange), Outcome::Failed(Failure::Limited));
    let other = "HTTP/1.1 500 x\r\nRetry-After: 1\r\ncontent-length: 0\r\n\r\n";
    let exchange = once(answering(other, 1)).await.unwrap();
    assert_eq!(Request::null().judge(&exchange), Outcome::Failed(Failure::Status5xx));
}

#[tokio::test]
async fn what_is_not_http_fails_as_protocol() {
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(2 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(2000));
    for bytes in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        &huge,
        &many,
    ] {
        let name: String = bytes.chars().take(40).collect();
        assert_eq!(answer(bytes).await, Err(Failure::Protocol), "{name}");
    }
}

#[tokio::test]
async fn an_answer_cut_short_fails_as_reset_before_its_body_and_as_body_within() {
    assert_eq!(answer("").await, Err(Failure::Reset));
    assert_eq!(answer("HTTP/1.1 200 OK\r\ncont").await, Err(Failure::Reset));
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nnot a hundred";
    assert_eq!(answer(short).await, Err(Failure::Body));
    let chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc";
    assert_eq!(answer(chunk).await, Err(Failure::Body));
    let bad = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    assert_eq!(answer(bad).await, Err(Failure::Body));
}

#[tokio::test]
async fn a_reset_fails_as_what_was_under_way_at_every_byte() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    for length in 0..answer.len() {
        let address = server(move |mut stream| {
            // Closing with a request that was not read sends a reset.
            let _ = stream.read(&mut [0]);
            let _ = stream.write_all(&answer[..length]);
        });
        let failure = if length < answer.len() - 5 { Failure::Reset } else { Failure::Body };
        assert_eq!(once(address).await.unwrap().answer, Err(failure), "{length}");
    }
}

#[tokio::test]
async fn an_answer_before_the_end_of_a_long_request_is_heard_and_ends_the_connection() {
    let address = server(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
        let _ = stream.read(&mut [0]);
        std::thread::park();
    });
    let mut connection = Http1(Dial::plain(address)).connect(0, drop).await.unwrap();
    let mut message = Message::default();
    message.begin("POST ", Asks::Body).extend_from_slice(b"/ HTTP/1.1\r\nhost: a\r\n");
    message.end_with(&bytes::Bytes::from(vec![b'x'; 64 << 20]));
    let exchange = connection.exchange(&message, &HeaderMap::new(), None).await.unwrap();
    assert_eq!(exchange.answer, Ok(413));
    assert_eq!(send(&mut connection).await, None);
}

#[tokio::test]
async fn a_long_request_arrives_whole_with_its_users_headers() {
    let (tell, told) = std::sync::mpsc::channel();
    let address = server(move |mut stream| {
        let request = head(&mut stream).unwrap();
        let mut body = vec![0; 8 << 20];
        stream.read_exact(&mut body).unwrap();
        tell.send((request, body.iter().all(|&byte| byte == b'x'))).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    });
    let mut connection = Http1(Dial::plain(address)).connect(0, drop).await.unwrap();
    let mut message = Message::default();
    message.begin("POST ", Asks::Body).extend_from_slice(b"/ HTTP/1.1\r\nhost: a\r\n");
    message.end_with(&bytes::Bytes::from(vec![b'x'; 8 << 20]));
    let mut also = HeaderMap::new();
    also.insert(http::header::COOKIE, http::HeaderValue::from_static("a=1"));
    let exchange = connection.exchange(&message, &also, None).await.unwrap();
    assert_eq!(exchange.answer, Ok(204));
    assert!(exchange.first_byte.is_some_and(|at| exchange.sent <= at && at <= exchange.end));
    let (request, is_whole) = told.recv().unwrap();
    let expected = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 8388608\r\ncookie: a=1\r\n\r\n";
    assert_eq!(request, expected);
    assert!(is_whole);
}

#[tokio::test]
async fn the_first_byte_is_that_of_the_head_however_late_the_body_comes() {
    let (go_on, gone_on) = std::sync::mpsc::channel();
    let address = server(move |mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
        let _ = gone_on.recv();
        let _ = stream.write_all(b"ok");
    });
    let mut connection = Http1(Dial::plain(address)).connect(0, drop).await.unwrap();
    let message = Message::null();
    let mut course = Course {
        head: message.wire(),
        body: &[],
        written: 0,
        sent: None,
        is_first: true,
        is_unasked: false,
        first_byte: None,
        reading: Reading::new(message.asks(), message.last()),
        reply: None,
    };
    let head_is_read = poll_fn(|context| {
        assert!(connection.advance(&mut course, context).is_pending());
        if course.first_byte.is_some() { Poll::Ready(()) } else { Poll::Pending }
    });
    head_is_read.await;
    let between = Instant::now();
    go_on.send(()).unwrap();
    let exchange = poll_fn(|context| connection.advance(&mut course, context)).await.unwrap();
    let first = exchange.first_byte.unwrap();
    assert!(exchange.sent <= first && first <= between && between <= exchange.end);
    let Receipt::InParts { wait, body } = exchange.receipt() else { panic!("{exchange:?}") };
    assert_eq!(wait + body, exchange.end - exchange.sent);
    assert!(body >= exchange.end - between);
}

#[tokio::test]
async fn opening_a_stream_takes_time_for_tcp_and_for_tls() {
    let plain = Dial::plain(answering("", 0)).open().await.map(|(_, opening)| opening).unwrap();
    assert!(plain.connect > Duration::ZERO && (plain.dns, plain.tls) == (None, None), "{plain:?}");
    let name = ServerName::try_from("localhost").unwrap();
    let dial = Dial::tls(https(), client_config(Trust::Anything).unwrap(), name);
    let secure = dial.open().await.map(|(_, opening)| opening).unwrap();
    assert!(secure.connect > Duration::ZERO && secure.tls > Some(Duration::ZERO), "{secure:?}");
}

#[tokio::test]
async fn answers_that_never_end_are_given_up_in_time_and_memory() {
    let silent = server(|mut stream| {
        head(&mut stream);
        let _ = stream.read(&mut [0]);
    });
    assert_eq!(once(silent).await, Err(Elapsed));
    let endless_body = server(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while stream.write_all(b"1000\r\n").is_ok()
            && stream.write_all(&[b'x'; 0x1000]).is_ok()
            && stream.write_all(b"\r\n").is_ok()
        {}
    });
    assert_eq!(once(endless_body).await, Err(Elapsed));
    let stopped_within = server(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
        let _ = stream.read(&mut [0]);
    });
    assert_eq!(once(stopped_within).await, Err(Elapsed));
}

#[tokio::test]
async fn endless_headers_are_cut_off() {
    let endless = server(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert_eq!(once(endless).await.unwrap().answer, Err(Failure::Protocol));
}

#[tokio::test]
async fn a_connection_is_used_again_until_the_server_ends_it() {
    let address = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 2);
    let mut connection = Http1(Dial::plain(address)).connect(0, drop).await.unwrap();
    for _ in 0..2 {
        let exchange = send(&mut connection).await.unwrap();
        assert_eq!(exchange.answer, Ok(200));
    }
    // The end may arrive before or after the third request is handed over.
    let third = send(&mut connection).await.map(|exchange| exchange.answer);
    assert!(matches!(third, None | Some(Err(Failure::Reset))), "{third:?}");
}

#[tokio::test]
async fn an_announced_end_is_noticed_before_the_next_request() {
    let close = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let mut connection = Http1(Dial::plain(answering(close, 1))).connect(0, drop).await.unwrap();
    assert!(send(&mut connection).await.is_some());
    assert_eq!(send(&mut connection).await, None);
}

/// The connections of a server that answers everything and tells when one has ended.
fn telling_ends() -> (SocketAddr, std::sync::mpsc::Receiver<()>) {
    let (tell, told) = std::sync::mpsc::channel();
    let address = server(move |mut stream| {
        while head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
        let _ = tell.send(());
    });
    (address, told)
}

async fn deliver_over(transport: &Http1, connection: &mut Option<Http1Connection>) -> Exchange {
    let (message, also) = (Message::null(), HeaderMap::new());
    let parcel = Parcel { user: 0, message: &message, also: &also, reply: None };
    deliver(transport, connection, parcel, &mut None, drop).await
}

#[tokio::test]
async fn a_connection_for_one_request_is_closed_as_soon_as_it_is_answered() {
    let (address, ended) = telling_ends();
    let transport = Http1(Dial::plain(address).lasting(Lifetimes::new(KeepAlive::Never, 1)));
    let mut connection = None;
    for _ in 0..3 {
        assert_eq!(deliver_over(&transport, &mut connection).await.answer, Ok(204));
        assert!(connection.is_none());
        ended.recv().unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_is_too_old_is_closed_before_the_next_request() {
    let (address, ended) = telling_ends();
    let shortest = KeepAlive::For(Duration::from_nanos(1));
    let transport = Http1(Dial::plain(address).lasting(Lifetimes::new(shortest, 1)));
    let mut connection = None;
    assert_eq!(deliver_over(&transport, &mut connection).await.answer, Ok(204));
    assert!(connection.is_some() && ended.try_recv().is_err());
    assert_eq!(deliver_over(&transport, &mut connection).await.answer, Ok(204));
    ended.recv().unwrap();
}

#[tokio::test]
async fn nobody_listening_fails_as_connect() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(Http1(Dial::plain(address)).connect(0, drop).await.err(), Some(Failure::Connect));
}

/// An HTTPS server with a certificate of its own making.
fn https() -> SocketAddr {
    secure(|stream| {
        let mut buffer = [0; 4096];
        // A client that does not trust the certificate ends the handshake, and with it the read.
        if stream.read(&mut buffer).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    })
}

/// What a server talks through.
type Secure = StreamOwned<ServerConnection, TcpStream>;

/// Serves every connection with `serve`, through TLS with a certificate of its own making.
fn secure(serve: impl Fn(&mut Secure) + Send + 'static) -> SocketAddr {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key =
        tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    server(move |stream| {
        let session = ServerConnection::new(Arc::clone(&config)).unwrap();
        serve(&mut StreamOwned::new(session, stream));
    })
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_unless_anything_is_accepted() {
    let name = ServerName::try_from("localhost").unwrap();
    let address = https();
    let trusting = client_config(Trust::Anything).unwrap();
    let mut connection =
        Http1(Dial::tls(address, trusting, name.clone())).connect(0, drop).await.unwrap();
    let exchange = send(&mut connection).await.unwrap();
    assert_eq!(exchange.answer, Ok(200));

    if let Ok(system) = client_config(Trust::System) {
        let refused = Http1(Dial::tls(address, system, name)).connect(0, drop).await.err();
        assert_eq!(refused, Some(Failure::Tls));
    }
}

#[tokio::test]
async fn a_port_that_does_not_speak_tls_fails_as_tls() {
    let address = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let name = ServerName::try_from("localhost").unwrap();
    let transport = Http1(Dial::tls(address, client_config(Trust::Anything).unwrap(), name));
    assert_eq!(transport.connect(0, drop).await.err(), Some(Failure::Tls));
}
