//! Real sockets and scripted frames: who shares a connection, and what becomes of whom.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;
use crate::load::message::Asks;
use frames::{
    CANCEL, DATA, END_HEADERS, END_STREAM, HEADERS, MAX_CONCURRENT_STREAMS, PROTOCOL_ERROR, Peer,
    REFUSED_STREAM, RST_STREAM, SETTINGS,
};

mod bounds;
mod frames;
mod lasting;
mod sharing;

type Served = Peer<TcpStream>;

/// Serves every connection with `serve`, which is told its number, from 0, each on a thread of its own.
fn server(serve: impl Fn(usize, TcpStream) -> Option<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let serve = std::sync::Arc::clone(&serve);
            let stream = stream.unwrap();
            // Frames of one answer must not wait for an acknowledgement of each other.
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || serve(number, stream));
        }
    });
    address
}

/// Serves each request of every connection with `answer`.
fn answering(answer: impl Fn(&mut Served, u32) -> bool + Send + Sync + 'static) -> SocketAddr {
    server(move |_, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        while let Some(stream) = peer.request() {
            if !answer(&mut peer, stream) {
                break;
            }
        }
        None
    })
}

/// As a worker's runtime.
fn run<F: Future>(work: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    runtime.unwrap().block_on(work)
}

fn transport(address: SocketAddr, streams: usize, at_once: usize) -> Http2 {
    let factory = Http2Factory {
        dial: Dial::plain(address),
        sockets: Http1(Dial::plain(address)),
        scheme: Scheme::HTTP,
        streams: NonZeroUsize::new(streams).unwrap(),
    };
    factory.make(Seat::ONLY, at_once)
}

/// A connection for that user, and whether it was opened for it.
async fn connect(transport: &Http2, user: u64) -> Result<(Http2Connection, bool), Failure> {
    let mut is_opened = false;
    let connection = transport.connect(user, |_| is_opened = true).await?;
    Ok((connection, is_opened))
}

async fn send(connection: &mut Http2Connection) -> Option<Exchange> {
    connection.exchange(&Message::null(), &HeaderMap::new(), None).await
}

/// What comes of one request over a new connection.
fn once(answer: impl Fn(&mut Served, u32) -> bool + Send + Sync + 'static) -> Option<Exchange> {
    asking(&Message::null(), answer)
}

fn asking(
    message: &Message,
    answer: impl Fn(&mut Served, u32) -> bool + Send + Sync + 'static,
) -> Option<Exchange> {
    let address = answering(answer);
    run(async {
        let mut connection = transport(address, 100, 1).connect(0, drop).await.unwrap();
        connection.exchange(message, &HeaderMap::new(), None).await
    })
}

fn message(method: &str, asks: Asks, body: Option<Bytes>) -> Message {
    let mut message = Message::default();
    message.begin(method, asks).extend_from_slice(b"/");
    message.end_target();
    message.head().extend_from_slice(b" HTTP/1.1\r\nhost: a\r\n");
    match body {
        None => message.end_without_body(),
        Some(body) => message.end_with(&body),
    }
    message
}

#[track_caller]
fn fails(exchange: Option<Exchange>, failure: Failure) {
    assert_eq!(exchange.unwrap().answer, Err(failure));
}

/// Waits for a word of a server's thread, while connections are driven.
async fn ended(told: Receiver<()>) {
    tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap();
}

#[test]
fn heads_without_a_body_interim_heads_and_trailers_are_answers() {
    let head = message("HEAD ", Asks::Head, None);
    let exchange = asking(&head, |peer, stream| {
        peer.send(
            HEADERS,
            END_HEADERS | END_STREAM,
            stream,
            &frames::block("200", &[("content-length", "9")]),
        )
    });
    assert_eq!(exchange.unwrap().answer, Ok(200));
    for status in ["204", "304"] {
        let exchange = once(move |peer, stream| {
            let block = frames::block(status, &[("etag", "a")]);
            peer.send(HEADERS, END_HEADERS | END_STREAM, stream, &block)
        });
        assert_eq!(exchange.unwrap().answer, Ok(status.parse().unwrap()));
    }
    let exchange = once(|peer, stream| {
        let trailers = [0, 3, b'x', b'-', b'a', 1, b'b'];
        peer.head(stream, "103", &[("link", "a")])
            && peer.head(stream, "200", &[])
            && peer.send(DATA, 0, stream, b"body")
            && peer.send(HEADERS, END_HEADERS | END_STREAM, stream, &trailers)
    });
    let exchange = exchange.unwrap();
    assert_eq!((exchange.answer, exchange.bytes), (Ok(200), 4));
}

#[test]
fn what_is_wanted_of_an_answer_is_kept() {
    let address = answering(|peer, stream| {
        peer.head(stream, "503", &[("retry-after", "1")])
            && peer.send(DATA, 0, stream, b"to")
            && peer.send(DATA, END_STREAM, stream, b"day")
    });
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        let mut reply = Reply { wants_body: true, ..Reply::default() };
        let exchange =
            connection.exchange(&Message::null(), &HeaderMap::new(), Some(&mut reply)).await;
        assert!(exchange.unwrap().retry_after);
        assert_eq!((reply.status, &reply.body[..], reply.bytes), (503, &b"today"[..], 5));
        assert_eq!(reply.headers["retry-after"], "1");
    });
}

#[test]
fn a_long_body_is_sent_as_the_service_takes_it() {
    let long = Bytes::from(vec![b'x'; 200_000]);
    let exchange = asking(&message("POST ", Asks::Body, Some(long)), |peer, stream| {
        let mut taken = 0;
        while taken < 200_000 {
            let Some(data) = peer.next_of(DATA) else { return false };
            taken += data.payload.len();
            let more = u32::try_from(data.payload.len()).unwrap().to_be_bytes();
            peer.send(8, 0, 0, &more);
            peer.send(8, 0, stream, &more);
        }
        peer.answer(stream, b"")
    });
    assert_eq!(exchange.unwrap().answer, Ok(200));
}

#[test]
fn an_answer_longer_than_any_window_is_read_to_its_end() {
    const FRAMES: usize = 3000;
    let address = server(|_, stream| {
        let mut peer = Peer::begin(stream.try_clone().unwrap(), &[])?;
        let request = peer.request()?;
        // What the client says meanwhile is not looked at: its windows are those it said at first.
        let mut reading = Peer(stream);
        std::thread::spawn(move || while reading.next().is_some() {});
        peer.head(request, "200", &[]);
        for _ in 0..FRAMES {
            peer.send(DATA, 0, request, &[b'x'; 16384]);
        }
        peer.send(DATA, END_STREAM, request, b"");
        None
    });
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        let exchange = send(&mut connection).await.unwrap();
        assert_eq!((exchange.answer, exchange.bytes), (Ok(200), 16384 * FRAMES as u64));
    });
}

#[test]
fn a_stream_that_is_reset_before_its_answer_is_a_reset_and_later_a_broken_body() {
    fails(once(|peer, stream| peer.reset(stream, PROTOCOL_ERROR)), Failure::Reset);
    let half = |peer: &mut Served, stream| {
        peer.head(stream, "200", &[])
            && peer.send(DATA, 0, stream, b"half")
            && peer.reset(stream, CANCEL)
    };
    fails(once(half), Failure::Body);
}

#[test]
fn a_connection_that_is_lost_before_an_answer_is_a_reset_and_later_a_broken_body() {
    fails(once(|_, _| false), Failure::Reset);
    let half = |peer: &mut Served, stream| {
        peer.head(stream, "200", &[]);
        peer.send(DATA, 0, stream, b"half");
        false
    };
    fails(once(half), Failure::Body);
}

#[test]
fn what_http2_does_not_have_is_no_answer() {
    let long = |peer: &mut Served, stream| {
        peer.head(stream, "200", &[("content-length", "3")])
            && peer.send(DATA, END_STREAM, stream, b"four")
    };
    fails(once(long), Failure::Protocol);
    let short = |peer: &mut Served, stream| {
        peer.head(stream, "200", &[("content-length", "5")])
            && peer.send(DATA, END_STREAM, stream, b"four")
    };
    fails(once(short), Failure::Protocol);
    fails(once(|peer, stream| peer.send(DATA, END_STREAM, stream, b"no head")), Failure::Protocol);
    fails(
        once(|peer, stream| peer.send(HEADERS, END_HEADERS, stream, &[0xff; 9])),
        Failure::Protocol,
    );
    fails(once(|peer, _| peer.send(SETTINGS, 0, 1, &[])), Failure::Protocol);
    fails(once(|peer, stream| peer.head(stream, "200", &[("Upper", "a")])), Failure::Protocol);
}

#[test]
fn a_head_that_is_too_long_costs_its_own_request_alone() {
    let address = answering(|peer, stream| {
        if stream > 1 {
            return peer.answer(stream, b"");
        }
        let many = vec![("x", "0123456789012345678901234567890123456789"); 1000];
        let block = frames::block("200", &many);
        let (first, rest) = block.split_at(16000);
        peer.send(HEADERS, 0, stream, first);
        let mut rest = rest.chunks(16000).peekable();
        while let Some(part) = rest.next() {
            let flags = if rest.peek().is_some() { 0 } else { END_HEADERS };
            peer.send(frames::CONTINUATION, flags, stream, part);
        }
        true
    });
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        fails(send(&mut connection).await, Failure::Protocol);
        assert!(connection.survives());
        assert_eq!(send(&mut connection).await.unwrap().answer, Ok(200));
    });
}

#[test]
fn heads_without_end_are_given_up() {
    let endless = |peer: &mut Served, stream| {
        peer.send(HEADERS, 0, stream, &frames::block("200", &[]));
        while peer.send(frames::CONTINUATION, 0, stream, &frames::block("200", &[])) {}
        false
    };
    fails(once(endless), Failure::Protocol);
}

#[test]
fn a_request_that_was_not_looked_at_can_be_sent_again() {
    assert_eq!(once(|peer, stream| peer.reset(stream, REFUSED_STREAM)), None);
    assert_eq!(once(|peer, _| peer.go_away(0, 0)), None);
    let (tell, told) = channel();
    let address = server(move |_, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        let first = peer.request()?;
        let second = peer.request()?;
        tell.send([first, second]).unwrap();
        peer.go_away(first, 0);
        peer.answer(first, b"");
        while peer.next().is_some() {}
        None
    });
    run(async {
        let transport = transport(address, 3, 1);
        let mut one = transport.connect(0, drop).await.unwrap();
        let mut other = transport.connect(1, drop).await.unwrap();
        let (first, second) = tokio::join!(send(&mut one), send(&mut other));
        assert_eq!(first.unwrap().answer, Ok(200), "it was looked at");
        assert_eq!(second, None);
        assert_eq!(told.recv().unwrap(), [1, 3], "two streams of one connection");
        assert!(other.tried().is_some());
        assert!(!one.survives(), "it takes no more requests");
        assert!(connect(&transport, 1).await.unwrap().1);
        assert_eq!(send(&mut one).await, None);
    });
}

#[test]
fn a_connection_that_ended_unused_is_no_failure() {
    let (tell, told) = channel();
    let address = server(move |_, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        let request = peer.request()?;
        peer.answer(request, b"");
        drop(peer);
        tell.send(()).unwrap();
        None
    });
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        assert!(send(&mut connection).await.is_some());
        // Nothing is driven meanwhile, so that the end is only found when there is a request.
        told.recv().unwrap();
        assert_eq!(send(&mut connection).await, None);
    });
}

#[test]
fn settings_that_are_never_acknowledged_keep_nobody_waiting() {
    let address = server(|_, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        while let Some(frame) = peer.next() {
            if frame.kind == HEADERS {
                peer.answer(frame.stream, b"ok");
            }
        }
        None
    });
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        for _ in 0..3 {
            assert_eq!(send(&mut connection).await.unwrap().answer, Ok(200));
        }
    });
}

#[test]
fn a_service_of_another_protocol_is_told_before_anything_is_sent() {
    let address = server(|_, mut stream| {
        use std::io::{Read, Write};
        stream.read_exact(&mut [0; 24]).ok()?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").ok()?;
        while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        None
    });
    let (failure, said) =
        run(Http2Connection::open(&Dial::plain(address), Scheme::HTTP)).err().unwrap();
    assert_eq!(failure, Failure::Protocol);
    assert!(said.to_string().starts_with("it does not begin with HTTP/2"), "{said}");
}
