//! A service that is wrong without end, or sends more than anybody reads.

use super::link::{MOST_FAULTS, SMALL_FRAMES};
use super::*;

#[test]
fn a_connection_takes_so_many_wrong_answers_and_no_more() {
    let address = answering(|peer, stream| {
        peer.head(stream, "200", &[("content-length", "3")])
            && peer.send(DATA, END_STREAM, stream, b"four")
    });
    run(async {
        let transport = transport(address, 1, 1);
        let mut connection = transport.connect(0, drop).await.unwrap();
        for _ in 0..MOST_FAULTS {
            fails(send(&mut connection).await, Failure::Protocol);
            assert!(connection.survives());
        }
        fails(send(&mut connection).await, Failure::Protocol);
        assert!(!connection.survives());
        assert!(connect(&transport, 0).await.unwrap().1);
    });
}

#[test]
fn small_frames_that_nobody_reads_are_held_up_to_so_many() {
    let (tell, told) = channel();
    let address = server(move |_, stream| {
        let mut peer = Peer::begin(stream.try_clone().unwrap(), &[])?;
        let request = peer.request()?;
        // What the client says meanwhile is not looked at, so that it never waits to say it.
        let mut reading = Peer(stream);
        std::thread::spawn(move || while reading.next().is_some() {});
        peer.head(request, "200", &[]);
        while peer.send(DATA, 0, request, b"x") {}
        tell.send(()).unwrap();
        None
    });
    run(async {
        let (link, _) = Link::open(&Dial::plain(address)).await.unwrap();
        let request = http::Request::get("http://localhost/").body(()).unwrap();
        let (response, _) = link.sender().send_request(request, true).unwrap();
        let mut body = response.await.unwrap().into_body();
        ended(told).await;
        let mut held = 0;
        let error = loop {
            match body.data().await {
                Some(Ok(_)) => held += 1,
                Some(Err(error)) => break error,
                None => panic!("it has no end"),
            }
        };
        assert_eq!(
            (error.reason(), error.is_library()),
            (Some(h2::Reason::ENHANCE_YOUR_CALM), true)
        );
        // What a frame brings is taken off what it counts.
        assert!(held <= SMALL_FRAMES / 100 * 101, "{held}");
    });
}
