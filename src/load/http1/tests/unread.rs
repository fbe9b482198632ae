//! What lies unread while the generator has something else to do.

use std::sync::mpsc;

use rustix::event::{PollFd, PollFlags, poll};

use super::unasked::below;
use super::*;

/// An exchange whose answer is there before it is read, and an instant between the two.
async fn kept_waiting(
    connection: &mut Http1Connection,
    answer: &mpsc::Sender<()>,
) -> (Exchange, Instant) {
    let watched = rustix::io::dup(below(connection)).unwrap();
    let mut exchange = std::pin::pin!(send(connection));
    let mut there = None;
    let exchange = poll_fn(|context| {
        let polled = exchange.as_mut().poll(context);
        if polled.is_pending() && there.is_none() {
            // The request has gone, and this thread looks at nothing else until its answer is there.
            answer.send(()).unwrap();
            poll(&mut [PollFd::new(&watched, PollFlags::IN)], None).unwrap();
            there = Some(Instant::now());
        }
        polled
    });
    let exchange = exchange.await.unwrap();
    (exchange, there.unwrap())
}

/// A service that answers once it is told to.
fn when_told(
    speak: impl Fn(TcpStream, &mpsc::Receiver<()>) + Send + 'static,
) -> (SocketAddr, mpsc::Sender<()>) {
    let (tell, told) = mpsc::channel();
    (server(move |stream| speak(stream, &told)), tell)
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn check(exchange: &Exchange, there: Instant) {
    assert_eq!(exchange.answer, Ok(200));
    assert!(exchange.sent <= exchange.end, "{exchange:?}");
    assert!(exchange.end <= there, "it came before {there:?}: {exchange:?}");
    assert!(exchange.read() >= there, "it was read after {there:?}: {exchange:?}");
    assert_eq!(exchange.receipt(), Receipt::AtOnce);
}

#[tokio::test]
async fn an_answer_that_lies_unread_took_no_longer_for_it() {
    let (address, answer) = when_told(|mut stream, told| {
        while head(&mut stream).is_some() && told.recv().is_ok() {
            stream.write_all(ANSWER).unwrap();
        }
    });
    let transport = Http1(Dial::plain(address));
    let mut connection = transport.connect(0, drop).await.unwrap();
    for _ in 0..3 {
        let (exchange, there) = kept_waiting(&mut connection, &answer).await;
        check(&exchange, there);
    }
}
