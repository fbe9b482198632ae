//! What a service says on a new connection before anything was asked.

use super::*;

/// The TCP connection at the bottom.
pub(super) fn below(connection: &Http1Connection) -> &tokio::net::TcpStream {
    let stream = match &connection.stream {
        Stream::Tls(stream) => stream.get_ref().0,
        plain => plain,
    };
    let Stream::Plain(stream) = stream else { panic!("it is a socket") };
    &stream.socket
}

/// What `transport`'s first request on a connection comes to, which is not sent before something has
/// come.
async fn after_greeting(transport: &Http1) -> (Exchange, Http1Connection) {
    let mut connection = transport.connect(0, drop).await.unwrap();
    below(&connection).readable().await.unwrap();
    let exchange = send(&mut connection).await.unwrap();
    (exchange, connection)
}

/// Trusts whatever `address` shows.
fn trusting(address: SocketAddr) -> Http1 {
    let name = ServerName::try_from("localhost").unwrap();
    Http1(Dial::tls(address, client_config(Trust::Anything).unwrap(), name))
}

#[tokio::test]
async fn what_comes_before_the_first_request_is_no_answer_to_it() {
    for greeting in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        "SSH-2.0-x\r\n",
    ] {
        let address = server(move |mut stream| {
            let _ = stream.write_all(greeting.as_bytes());
            head(&mut stream);
        });
        let (exchange, _) = after_greeting(&Http1(Dial::plain(address))).await;
        assert_eq!(exchange.answer, Err(Failure::Protocol), "{greeting}");
    }
}

#[tokio::test]
async fn it_is_none_however_late_the_rest_of_it_comes() {
    let address = server(|mut stream| {
        let _ = stream.write_all(b"H");
        head(&mut stream);
        let _ = stream.write_all(b"TTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    let (exchange, _) = after_greeting(&Http1(Dial::plain(address))).await;
    assert_eq!(exchange.answer, Err(Failure::Protocol));
}

#[tokio::test]
async fn a_service_may_refuse_a_connection_before_it_is_asked() {
    for (status, said) in [(408, ""), (429, ""), (503, "retry-after: 1\r\n")] {
        let address = server(move |mut stream| {
            let head = format!("HTTP/1.1 {status} x\r\n{said}content-length: 0\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            while super::head(&mut stream).is_some() {}
        });
        let (exchange, connection) = after_greeting(&Http1(Dial::plain(address))).await;
        assert_eq!((exchange.answer, exchange.retry_after), (Ok(status), !said.is_empty()));
        // What it says to the request would be taken for the answer to the next.
        assert!(connection.is_spent());
    }
}

#[tokio::test]
async fn an_end_before_the_first_request_is_a_reset() {
    let (exchange, _) = after_greeting(&Http1(Dial::plain(server(drop)))).await;
    assert_eq!(exchange.answer, Err(Failure::Reset));
}

#[tokio::test]
async fn the_tickets_of_a_tls_session_are_no_such_bytes() {
    let (exchange, _) = after_greeting(&trusting(https())).await;
    assert_eq!(exchange.answer, Ok(200));
}

#[tokio::test]
async fn what_comes_through_tls_before_the_first_request_is_no_answer_either() {
    let address = secure(|stream| {
        while stream.conn.is_handshaking() && stream.conn.complete_io(&mut stream.sock).is_ok() {}
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        let _ = stream.read(&mut [0]);
    });
    let transport = trusting(address);
    let mut connection = transport.connect(0, drop).await.unwrap();
    let Stream::Tls(stream) = &mut connection.stream else { panic!("it is encrypted") };
    // Tickets may come first.
    let is_there = poll_fn(|context| {
        let (below, session) = stream.get_mut();
        let Stream::Plain(below) = below else { panic!("it is a socket") };
        while let Poll::Ready(ready) = below.socket.poll_read_ready(context) {
            ready.unwrap();
            let mut bytes = [0; 4096];
            let Ok(read) = below.try_read(&mut bytes) else { continue };
            session.read_tls(&mut &bytes[..read]).unwrap();
            if session.process_new_packets().unwrap().plaintext_bytes_to_read() > 0 {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    });
    is_there.await;
    assert_eq!(send(&mut connection).await.unwrap().answer, Err(Failure::Protocol));
}
