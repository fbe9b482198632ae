//! Who shares a connection with whom, and what one does to the others.

use super::frames::{ACK, PING};
use super::*;
use crate::load::spin::polls;

#[test]
fn users_take_connections_one_after_the_other_and_whoever_opens_one_is_told() {
    let address = answering(|peer, stream| peer.answer(stream, b"ok"));
    run(async {
        let transport = transport(address, 2, 1);
        let mut opened = Vec::new();
        let mut connections = Vec::new();
        for user in 0..5 {
            let (mut connection, is_opened) = connect(&transport, user).await.unwrap();
            opened.push(is_opened);
            let exchange = send(&mut connection).await.unwrap();
            assert_eq!((exchange.answer, exchange.bytes), (Ok(200), 2));
            assert!(exchange.sent <= exchange.first_byte.unwrap());
            assert!(exchange.first_byte.unwrap() <= exchange.end);
            connections.push(connection);
        }
        assert_eq!(opened, [true, false, true, false, true]);
        assert!(Rc::ptr_eq(&connections[2].link, &connections[3].link));
    });
}

#[test]
fn users_who_send_several_at_a_time_are_fewer_on_a_connection() {
    let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    for (streams, at_once, users, sends) in
        [(100, 1, 100, 1), (100, 30, 3, 30), (10, 30, 1, 10), (1, 1, 1, 1)]
    {
        let transport = transport(nobody, streams, at_once);
        assert_eq!((transport.users_each, transport.at_once()), (users, sends));
    }
}

#[test]
fn those_who_begin_together_wait_for_the_one_who_opens() {
    let address = answering(|peer, stream| peer.answer(stream, b""));
    run(async {
        let transport = transport(address, 3, 1);
        let (a, b, c) =
            tokio::join!(connect(&transport, 0), connect(&transport, 1), connect(&transport, 2));
        let opened = [a, b, c].map(|connection| connection.unwrap().1);
        assert_eq!(opened, [true, false, false]);
    });
}

#[test]
fn those_who_wait_hear_of_the_failure_and_the_next_tries_again() {
    let address = server(|number, stream| {
        if number == 0 {
            return None;
        }
        let mut peer = Peer::begin(stream, &[])?;
        peer.request();
        None
    });
    run(async {
        let transport = transport(address, 3, 1);
        let (a, b) = tokio::join!(transport.connect(0, drop), transport.connect(1, drop));
        assert_eq!([a.err(), b.err()], [Some(Failure::Reset); 2]);
        assert!(connect(&transport, 1).await.unwrap().1);
    });
}

#[test]
fn one_who_gives_up_opening_leaves_it_to_those_who_wait() {
    let (tell, told): (UnboundedSender<()>, UnboundedReceiver<()>) = unbounded_channel();
    let address = server(move |number, stream| {
        if number == 0 {
            // Its settings never come.
            let mut peer = Peer(stream);
            peer.preface()?;
            tell.send(()).unwrap();
            while peer.next().is_some() {}
            return None;
        }
        let mut peer = Peer::begin(stream, &[])?;
        while let Some(stream) = peer.request() {
            peer.answer(stream, b"");
        }
        None
    });
    run(async move {
        let transport = Rc::new(transport(address, 3, 1));
        let mut told = told;
        let opener = Rc::clone(&transport);
        let opener = tokio::task::spawn_local(async move { opener.connect(0, drop).await.is_ok() });
        told.recv().await.unwrap();
        let waiting = async { connect(&transport, 1).await.unwrap().1 };
        let giving_up = async { opener.abort() };
        assert!(tokio::join!(waiting, giving_up).0);
    });
}

#[test]
fn a_connection_ends_with_the_last_who_shares_it() {
    let (tell, told) = channel();
    let address = server(move |_, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        while let Some(stream) = peer.request() {
            peer.answer(stream, b"");
        }
        tell.send(()).unwrap();
        None
    });
    run(async {
        let transport = transport(address, 2, 1);
        let mut one = transport.connect(0, drop).await.unwrap();
        let mut other = transport.connect(1, drop).await.unwrap();
        assert!(send(&mut one).await.is_some());
        drop(one);
        assert_eq!(send(&mut other).await.unwrap().answer, Ok(200));
        drop(other);
        ended(told).await;
        assert!(connect(&transport, 1).await.unwrap().1);
    });
}

#[test]
fn a_request_that_is_given_up_is_cancelled_and_no_other() {
    let (tell, told) = channel();
    let address = server(move |_, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        let first = peer.request()?;
        let second = peer.request()?;
        peer.head(first, "200", &[]);
        peer.head(second, "200", &[]);
        let cancelled = peer.next_of(RST_STREAM)?;
        assert_eq!((cancelled.stream, cancelled.payload), (first, CANCEL.to_be_bytes().to_vec()));
        tell.send(()).unwrap();
        peer.send(DATA, END_STREAM, second, b"ok");
        // Late, and nobody's any more.
        peer.send(DATA, END_STREAM, first, b"late");
        let third = peer.request()?;
        peer.answer(third, b"");
        while peer.next().is_some() {}
        None
    });
    run(async {
        let transport = transport(address, 2, 1);
        let mut one = transport.connect(0, drop).await.unwrap();
        let mut other = transport.connect(1, drop).await.unwrap();
        let (mut first_half, second) = (Box::pin(send(&mut one)), send(&mut other));
        let giving_up = async {
            tokio::select! {
                _ = &mut first_half => panic!("it never ends"),
                () = heard_of(&transport) => {}
            }
            drop(first_half);
            ended(told).await;
        };
        let ((), second) = tokio::join!(giving_up, second);
        assert_eq!(second.unwrap().answer, Ok(200));
        assert!(one.survives());
        assert_eq!(send(&mut one).await.unwrap().answer, Ok(200));
    });
}

/// Waits until something has come over the first connection since now.
async fn heard_of(transport: &Http2) {
    let link = transport.connect(0, drop).await.unwrap().link;
    let now = Instant::now();
    while link.pulse.heard() <= now {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_connection_over_which_nothing_comes_gets_no_further_requests() {
    let (tell, told) = channel();
    let address = server(move |number, stream| {
        let mut peer = Peer::begin(stream, &[])?;
        let stream = peer.request()?;
        peer.answer(stream, b"");
        if number == 0 {
            peer.request()?;
            tell.send(()).unwrap();
        }
        while peer.next().is_some() {}
        None
    });
    run(async {
        let transport = transport(address, 2, 1);
        let mut one = transport.connect(0, drop).await.unwrap();
        let mut other = transport.connect(1, drop).await.unwrap();
        // With the answer all has come that there was to say when the connection began.
        assert_eq!(send(&mut one).await.unwrap().answer, Ok(200));
        tokio::select! {
            _ = send(&mut one) => panic!("it never ends"),
            () = ended(told) => {}
        }
        assert!(!one.survives());
        assert_eq!(send(&mut other).await, None);
        let (mut again, is_opened) = connect(&transport, 1).await.unwrap();
        assert!(is_opened);
        assert_eq!(send(&mut again).await.unwrap().answer, Ok(200));
    });
}

#[test]
fn what_the_service_allows_is_known_before_the_first_request() {
    let address = server(|_, stream| {
        let mut peer = Peer::begin(stream, &[(MAX_CONCURRENT_STREAMS, 7)])?;
        while peer.next().is_some() {}
        None
    });
    let open = run(Http2Connection::open(&Dial::plain(address), Scheme::HTTP));
    assert_eq!(open.map(|open| open.allows()).unwrap(), 7);
}

/// How many requests come until the client has heard, and sent, all that there was to hear and send.
fn requests_until_settled(peer: &mut Served) -> Option<usize> {
    let mut requests = 0;
    // What the first one finds unsent is sent before the second one is answered.
    for _ in 0..2 {
        peer.send(PING, 0, 0, &[0; 8]);
        loop {
            let frame = peer.next()?;
            match (frame.kind, frame.flags & ACK) {
                (PING, ACK) => break,
                (HEADERS, _) => requests += 1,
                _ => {}
            }
        }
    }
    Some(requests)
}

#[test]
fn a_service_that_takes_back_what_it_allowed_makes_requests_wait_and_none_fail() {
    // Says how many requests come in spite of it: first that it is taken back.
    let (tell, mut told) = unbounded_channel();
    let (go_on, may_go_on) = channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let address = server(move |_, stream| {
        let mut peer = Peer::begin(stream, &[(MAX_CONCURRENT_STREAMS, 3)])?;
        let mut under_way = peer.request()?;
        peer.settings(&[(MAX_CONCURRENT_STREAMS, 1)]);
        tell.send(requests_until_settled(&mut peer)?).unwrap();
        may_go_on.lock().unwrap().recv().ok()?;
        for is_last in [false, false, true] {
            tell.send(requests_until_settled(&mut peer)?).unwrap();
            peer.answer(under_way, b"");
            if !is_last {
                under_way = peer.request()?;
            }
        }
        while peer.next().is_some() {}
        None
    });
    run(async {
        let transport = transport(address, 3, 1);
        let connect = |user| transport.connect(user, drop);
        let (a, b, c) = tokio::join!(connect(0), connect(1), connect(2));
        let (mut a, mut b, mut c) = (a.unwrap(), b.unwrap(), c.unwrap());
        assert_eq!(a.allows(), 3);
        let others = async {
            assert_eq!(told.recv().await, Some(0));
            // They have begun when the service hears of it.
            tokio::join!(send(&mut b), send(&mut c), async { go_on.send(()).unwrap() })
        };
        let (a, (b, c, ())) = tokio::join!(send(&mut a), others);
        assert_eq!([a, b, c].map(|it| it.unwrap().answer), [Ok(200); 3]);
        for _ in 0..3 {
            assert_eq!(told.recv().await, Some(0), "one at a time");
        }
    });
}

#[test]
fn what_drives_a_connection_is_the_workers_work() {
    let address = answering(|peer, stream| peer.answer(stream, b"ok"));
    run(async {
        let mut connection = transport(address, 1, 1).connect(0, drop).await.unwrap();
        let before = polls();
        assert_eq!(send(&mut connection).await.unwrap().answer, Ok(200));
        assert!(polls() > before, "only the user of a request is not counted here");
    });
}
