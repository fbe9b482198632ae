//! What comes of which bytes, however they are cut.

use super::super::reading::Rest;
use super::super::trial::{Then, Trial};
use super::hyper_reads;
use crate::load::message::Asks;
use crate::model::Failure;

use Rest::{Reusable, Spent};
use Then::{Ends, Waits};

/// Without headers, which are compared with hyper's.
enum Expected {
    Answered(u16, &'static str, Rest),
    Failed(Failure, u64),
    Waiting,
}

use Expected::{Answered, Failed, Waiting};

impl Expected {
    fn is(&self, trial: &Trial) -> bool {
        match (self, trial) {
            (Answered(status, body, rest), Trial::Answered { status: s, body: b, rest: r, .. }) => {
                status == s && body.as_bytes() == b && rest == r
            }
            (Failed(failure, bytes), Trial::Failed(f, b)) => failure == f && bytes == b,
            (Waiting, Trial::Waiting) => true,
            (Answered(..) | Failed(..) | Waiting, _) => false,
        }
    }
}

async fn holds(asks: Asks, bytes: &str, then: Then, expected: &Expected) {
    let name: String = format!("{asks:?} {then:?} {bytes:?}").chars().take(200).collect();
    let bytes = bytes.as_bytes();
    let trial = Trial::however_cut(asks, bytes, then, 0..=bytes.len(), &[]);
    assert!(expected.is(&trial), "{name}: {trial:?}");
    assert_eq!(hyper_reads(asks, bytes, then).await, trial, "hyper: {name}");
}

async fn all_hold(rows: &[(&str, Then, Expected)]) {
    for (bytes, then, expected) in rows {
        holds(Asks::Body, bytes, *then, expected).await;
    }
}

macro_rules! ok {
    ($($line:literal)*) => { concat!("HTTP/1.1 200 OK\r\n", $($line),*) };
}

#[tokio::test(start_paused = true)]
async fn a_body_with_a_length_ends_with_it() {
    all_hold(&[
        (ok!("content-length: 5\r\n\r\nhello"), Waits, Answered(200, "hello", Reusable)),
        (ok!("Content-LENGTH:5 \r\n\r\nhello"), Waits, Answered(200, "hello", Reusable)),
        (ok!("content-length: 0\r\n\r\n"), Waits, Answered(200, "", Reusable)),
        (ok!("content-length: 5\r\n\r\nhell"), Waits, Waiting),
        (ok!("content-length: 5\r\n\r\nhell"), Ends, Failed(Failure::Body, 4)),
        (ok!("content-length: 5\r\n\r\n"), Ends, Failed(Failure::Body, 0)),
        (ok!("content-length: 5\r\n\r\nhello and more"), Waits, Answered(200, "hello", Spent)),
        (ok!("content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"), Waits, Answered(200, "ok", Spent)),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn lengths_that_are_none_or_not_one_are_refused() {
    all_hold(&[
        (
            ok!("content-length: 2\r\ncontent-length: 2\r\n\r\nok"),
            Waits,
            Answered(200, "ok", Reusable),
        ),
        (ok!("content-length: 2, 2\r\n\r\nok"), Waits, Answered(200, "ok", Reusable)),
        (
            ok!("content-length: 2\r\ncontent-length: 3\r\n\r\nok"),
            Waits,
            Failed(Failure::Protocol, 0),
        ),
        (ok!("content-length: 2, 3\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length: 2,\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length: -2\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length: +2\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length: 2 2\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length: 0x2\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length:\r\n\r\nok"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("content-length: 18446744073709551616\r\n\r\n"), Waits, Failed(Failure::Protocol, 0)),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_chunked_body_ends_with_its_last_chunk() {
    all_hold(&[
        (
            ok!("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"),
            Waits,
            Answered(200, "abcde", Reusable),
        ),
        (
            ok!("transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nexpires: never\r\n\r\n"),
            Waits,
            Answered(200, "a", Reusable),
        ),
        (
            ok!("transfer-encoding: gzip, Chunked\r\n\r\n0\r\n\r\n"),
            Waits,
            Answered(200, "", Reusable),
        ),
        (
            ok!("transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
            Waits,
            Answered(200, "", Reusable),
        ),
        // A length beside it does not count (RFC 9112, section 6.3).
        (
            ok!("content-length: 9\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
            Waits,
            Answered(200, "a", Reusable),
        ),
        (
            ok!("transfer-encoding: chunked\r\ncontent-length: x\r\n\r\n0\r\n\r\n"),
            Waits,
            Answered(200, "", Reusable),
        ),
        (ok!("transfer-encoding: chunked\r\n\r\n0\r\n\r\nmore"), Waits, Answered(200, "", Spent)),
        (ok!("transfer-encoding: chunked\r\n\r\n3\r\nabc"), Ends, Failed(Failure::Body, 3)),
        (ok!("transfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n"), Waits, Failed(Failure::Body, 3)),
        (ok!("transfer-encoding: chunked\r\n\r\nzz\r\n"), Waits, Failed(Failure::Body, 0)),
        (
            ok!("transfer-encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n"),
            Waits,
            Failed(Failure::Body, 0),
        ),
        (ok!("transfer-encoding: chunked\r\n\r\n1\r\na\r\n"), Ends, Failed(Failure::Body, 1)),
        (ok!("transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"), Waits, Waiting),
        (
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            Waits,
            Failed(Failure::Protocol, 0),
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_with_neither_ends_with_its_connection() {
    all_hold(&[
        (ok!("\r\nuntil the end"), Ends, Answered(200, "until the end", Spent)),
        (ok!("\r\n"), Ends, Answered(200, "", Spent)),
        (ok!("\r\nuntil"), Waits, Waiting),
        (ok!("transfer-encoding: gzip\r\n\r\nabc"), Ends, Answered(200, "abc", Spent)),
        (
            ok!("transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
            Ends,
            Answered(200, "0\r\n\r\n", Spent),
        ),
        ("HTTP/1.0 200 OK\r\n\r\nabc", Ends, Answered(200, "abc", Spent)),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn some_answers_have_no_body_whatever_their_headers_say() {
    for status in ["204 No Content", "304 Not Modified"] {
        let bytes = format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\n\r\n");
        let expected = Answered(status[..3].parse().unwrap(), "", Reusable);
        holds(Asks::Body, &bytes, Waits, &expected).await;
    }
    let head = ok!("content-length: 9\r\n\r\n");
    holds(Asks::Head, head, Waits, &Answered(200, "", Reusable)).await;
    let chunked = ok!("transfer-encoding: chunked\r\n\r\n");
    holds(Asks::Head, chunked, Waits, &Answered(200, "", Reusable)).await;
    let more = ok!("content-length: 4\r\n\r\nbody");
    holds(Asks::Head, more, Waits, &Answered(200, "", Spent)).await;
    holds(Asks::Tunnel, ok!("\r\n"), Waits, &Answered(200, "", Spent)).await;
    let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno";
    holds(Asks::Tunnel, refused, Waits, &Answered(403, "no", Reusable)).await;
}

#[tokio::test(start_paused = true)]
async fn interim_answers_are_passed_over_and_an_upgrade_nobody_asked_for_is_an_answer() {
    all_hold(&[
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Waits, Answered(200, "", Reusable)),
        ("HTTP/1.1 103 Hints\r\nlink: a\r\nconnection: close\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 204 N\r\n\r\n", Waits, Answered(204, "", Reusable)),
        ("HTTP/1.1 100 Continue\r\n\r\n", Waits, Waiting),
        ("HTTP/1.1 100 Continue\r\n\r\n", Ends, Failed(Failure::Reset, 0)),
        ("HTTP/1.1 100 Continue\r\n\r\nnonsense", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", Waits, Answered(101, "", Spent)),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_used_again_unless_one_side_cannot() {
    all_hold(&[
        (ok!("connection: close\r\ncontent-length: 0\r\n\r\n"), Waits, Answered(200, "", Spent)),
        (ok!("connection: x, Close\r\ncontent-length: 0\r\n\r\n"), Waits, Answered(200, "", Spent)),
        (
            ok!("connection: close\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n"),
            Waits,
            Answered(200, "", Spent),
        ),
        (
            ok!("connection: keep-alive\r\ncontent-length: 0\r\n\r\n"),
            Waits,
            Answered(200, "", Reusable),
        ),
        ("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", Waits, Answered(200, "", Spent)),
        (
            "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n",
            Waits,
            Answered(200, "", Reusable),
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_fails_as_protocol_and_none_at_all_as_reset() {
    all_hold(&[
        ("", Waits, Waiting),
        ("", Ends, Failed(Failure::Reset, 0)),
        ("HTTP/1.1 200 OK\r\ncont", Ends, Failed(Failure::Reset, 0)),
        ("HTTP/1.1 200 OK\r\ncont", Waits, Waiting),
        ("SSH-2.0-OpenSSH_9.2\r\n", Waits, Failed(Failure::Protocol, 0)),
        ("<html>", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/1.1 abc OK\r\n\r\n", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/1.1 99 OK\r\n\r\n", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/1.1 099 OK\r\n\r\n", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/1.1 2000 OK\r\n\r\n", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/2.0 200 OK\r\n\r\n", Waits, Failed(Failure::Protocol, 0)),
        ("HTTP/1.1 200 O\u{7}K\r\n\r\n", Waits, Failed(Failure::Protocol, 0)),
        (ok!("no colon here\r\n\r\n"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("name : space\r\n\r\n"), Waits, Failed(Failure::Protocol, 0)),
        (ok!(": no name\r\n\r\n"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("a: b\r\n folded: c\r\n\r\n"), Waits, Failed(Failure::Protocol, 0)),
        (ok!("a: \u{0}\r\n\r\n"), Waits, Failed(Failure::Protocol, 0)),
        // Lenient where RFC 9112, section 2.2, allows it.
        ("\r\n\r\nHTTP/1.1 200 OK\ncontent-length: 2\n\nok", Waits, Answered(200, "ok", Reusable)),
        ("HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", Waits, Answered(200, "", Reusable)),
        (
            "HTTP/1.1 999 Oh\r\nx: \u{fc}\r\ncontent-length: 0\r\n\r\n",
            Waits,
            Answered(999, "", Reusable),
        ),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_head_is_bounded_in_its_length_and_in_its_headers() {
    let lines = |count: usize| "a: b\r\n".repeat(count);
    let many = |count| format!("HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n", lines(count));
    holds(Asks::Body, &many(99), Waits, &Answered(200, "", Reusable)).await;
    holds(Asks::Body, &many(100), Waits, &Failed(Failure::Protocol, 0)).await;

    // Cut at every byte these would take minutes.
    let long = |length: usize| {
        let line = "y".repeat(length);
        format!("HTTP/1.1 200 OK\r\nx: {line}\r\ncontent-length: 2\r\n\r\nok").into_bytes()
    };
    for (length, is_read) in [(60 << 10, true), (64 << 10, false), (1 << 20, false)] {
        let bytes = long(length);
        let whole = Trial::of(Asks::Body, [&bytes[..]], Waits);
        assert!(Trial::of(Asks::Body, bytes.chunks(4096), Waits) == whole, "{length}");
        assert_eq!(matches!(whole, Trial::Answered { .. }), is_read, "{length}");
        if !is_read {
            assert!(whole == Trial::Failed(Failure::Protocol, 0), "{length}");
        }
    }
}

#[test]
fn a_long_head_is_the_same_in_one_piece_and_byte_by_byte() {
    let line = "y".repeat(20_000);
    let fields = format!("x: {line}\ncontent-length: 2\r\n");
    for (head, then) in [
        (format!("\r\n\nHTTP/1.1 200 OK\n{fields}\r\nok"), Waits),
        (format!("HTTP/1.1 200 OK\r\n{fields}\nok"), Waits),
        (format!("HTTP/1.1 103 Early\n{fields}\nHTTP/1.1 200 OK\n{fields}\nok"), Waits),
        (format!("HTTP/1.1 200 OK\r\n{fields}"), Waits),
        (format!("HTTP/1.1 200 OK\r\n{fields}"), Ends),
        // What is none is told when it ends, at the latest.
        (format!("HTTP/1.1 200 OK\r\nx: {line}\r\na b: c\r\n\r\n"), Waits),
        (format!("HTTP/1.1 200 OK\r\nx: {line}\r\na b"), Ends),
    ] {
        let bytes = head.as_bytes();
        let whole = Trial::of(Asks::Body, [bytes], then);
        assert!(Trial::of(Asks::Body, bytes.chunks(1), then) == whole, "{head:.30} {then:?}");
    }
}
