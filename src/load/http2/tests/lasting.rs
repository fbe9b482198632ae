//! How long connections last, and what becomes of requests and answers that they carry.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::load::delivery::{Parcel, deliver};
use crate::load::lifetime::Lifetimes;
use crate::load::parsed::{Need, Parsed};
use crate::model::KeepAlive;

async fn deliver_over(
    transport: &Http2,
    connection: &mut Option<Http2Connection>,
    message: &Message,
) -> (Exchange, bool) {
    let also = HeaderMap::new();
    let parcel = Parcel { user: 0, message, also: &also, reply: None };
    let mut is_opened = false;
    let opened = |_| is_opened = true;
    let exchange = deliver(transport, connection, parcel, &mut None, opened).await;
    (exchange, is_opened)
}

/// What comes of a second request after one that was answered, and how many requests the service saw,
/// where it treats each but the first as `treat` does.
fn second(
    message: &Message,
    treat: impl Fn(&mut Served, u32, usize) -> bool + Send + Sync + 'static,
) -> (Exchange, usize) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    let address = answering(move |peer, stream| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => peer.answer(stream, b""),
        number => treat(peer, stream, number),
    });
    run(async {
        let transport = transport(address, 1, 1);
        let mut connection = None;
        let (first, is_opened) = deliver_over(&transport, &mut connection, message).await;
        assert!(first.answer == Ok(200) && is_opened && !first.is_repeated);
        let (second, _) = deliver_over(&transport, &mut connection, message).await;
        (second, seen.load(Ordering::SeqCst))
    })
}

#[test]
fn a_request_whose_connection_is_lost_has_failed_for_a_service_would_say_what_it_did_not_look_at() {
    let lost_once = |peer: &mut Served, stream, number| number > 1 && peer.answer(stream, b"");
    let (exchange, seen) = second(&Message::null(), lost_once);
    assert_eq!((exchange.answer, seen), (Err(Failure::Reset), 2));
}

/// What comes of a first request over a connection that another user opened, where the service says so
/// with `unseen` that it has not looked at it; and whether a connection was opened for it.
fn first_of_another(
    unseen: impl Fn(&mut Served, u32) -> bool + Send + Sync + 'static,
) -> (Exchange, bool) {
    let seen = AtomicUsize::new(0);
    let address = answering(move |peer, stream| match seen.fetch_add(1, Ordering::SeqCst) {
        1 => unseen(peer, stream),
        _ => peer.answer(stream, b""),
    });
    run(async {
        let transport = transport(address, 2, 1);
        let (mut one, mut other) = (None, None);
        let post = message("POST ", Asks::Body, None);
        assert!(deliver_over(&transport, &mut one, &post).await.1);
        deliver_over(&transport, &mut other, &post).await
    })
}

#[test]
fn a_first_request_over_what_others_opened_is_sent_once_more_if_it_was_not_looked_at() {
    let refused = |peer: &mut Served, stream| peer.reset(stream, REFUSED_STREAM);
    let (exchange, is_opened) = first_of_another(refused);
    assert_eq!((exchange.answer, is_opened), (Ok(200), false));
    assert!(!exchange.is_repeated, "nobody has lost it");
}

#[test]
fn a_connection_over_which_a_request_has_to_be_sent_again_is_counted() {
    let (exchange, is_opened) = first_of_another(|peer, _| peer.go_away(1, 0));
    assert_eq!((exchange.answer, is_opened), (Ok(200), true));
    assert!(!exchange.is_repeated, "nobody has lost it");
}

#[test]
fn a_request_that_is_reset_alone_is_not_repeated() {
    let reset = |peer: &mut Served, stream, _| peer.reset(stream, PROTOCOL_ERROR);
    let (exchange, seen) = second(&Message::null(), reset);
    assert_eq!((exchange.answer, seen), (Err(Failure::Reset), 2));
}

#[test]
fn a_request_that_was_not_looked_at_is_sent_once_more_whatever_it_is() {
    let refused = |peer: &mut Served, stream, number| match number {
        1 => peer.reset(stream, REFUSED_STREAM),
        _ => peer.answer(stream, b""),
    };
    let (exchange, seen) = second(&message("POST ", Asks::Body, None), refused);
    assert_eq!((exchange.answer, seen), (Ok(200), 3));
    // Nobody has lost what was not looked at, or doubts what became of it.
    assert!(!exchange.is_repeated && exchange.in_doubt.is_none());
    let always = |peer: &mut Served, stream, _| peer.reset(stream, REFUSED_STREAM);
    let (exchange, seen) = second(&Message::null(), always);
    assert_eq!((exchange.answer, seen), (Err(Failure::Reset), 3));
}

#[test]
fn a_connection_that_is_too_old_gets_no_further_requests_of_any_user() {
    let address = answering(|peer, stream| peer.answer(stream, b""));
    let shortest = Lifetimes::new(KeepAlive::For(Duration::from_nanos(1)), 1);
    let factory = Http2Factory {
        dial: Dial::plain(address).lasting(shortest),
        sockets: Http1(Dial::plain(address)),
        scheme: Scheme::HTTP,
        streams: NonZeroUsize::new(2).unwrap(),
    };
    run(async {
        let transport = factory.make(Seat::ONLY, 1);
        let (mut one, is_opened) = connect(&transport, 0).await.unwrap();
        assert!(is_opened);
        assert_eq!(send(&mut one).await.unwrap().answer, Ok(200), "one is always sent over it");
        assert_eq!(send(&mut one).await, None);
        assert_eq!(one.tried(), None, "nothing was handed over");
        assert!(connect(&transport, 1).await.unwrap().1);
    });
}

#[test]
fn a_compressed_answer_is_understood() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(b"{\"status\": \"ok\"}").unwrap();
    let body = encoder.finish().unwrap();
    let length = body.len() as u64;
    let address = answering(move |peer, stream| {
        peer.head(stream, "200", &[("content-encoding", "gzip")])
            && peer.send(DATA, END_STREAM, stream, &body)
    });
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        let mut reply = Reply { wants_body: true, ..Reply::default() };
        let (message, also) = (Message::null(), HeaderMap::new());
        let exchange = connection.exchange(&message, &also, Some(&mut reply)).await.unwrap();
        assert_eq!((exchange.answer, exchange.bytes), (Ok(200), length));
        let mut body = Parsed::default();
        let status = body.at(&reply, "/status", Need::Whole).unwrap();
        assert_eq!(status.unwrap(), "ok");
    });
}
