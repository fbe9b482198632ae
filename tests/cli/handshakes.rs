//! What services may say when a WebSocket is opened, and right after it.

use std::io::Write;
use std::net::TcpStream;

use tungstenite::WebSocket;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::Role;

use super::project::Project;
use super::server::{head, server};
use super::sockets::{failures, feed, only};
use super::users::{counts, run};

/// Agrees with these headers besides those that it takes, says `first` right behind them, and echoes
/// every message.
fn agreeing(headers: &'static str, first: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync {
    move |mut stream| {
        let Some(request) = head(&mut stream) else { return };
        let key = request.lines().find_map(|it| it.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = derive_accept_key(key.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n{headers}\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        if stream.write_all(&[head.as_bytes(), first].concat()).is_err() {
            return;
        }
        let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
        while let Ok(message) = socket.read() {
            if message.is_text() && socket.send(message).is_err() {
                return;
            }
        }
    }
}

#[test]
fn a_service_agrees_with_upgrade_among_the_tokens_of_connection() {
    for headers in [
        "Connection: keep-alive, Upgrade",
        "connection: upgrade, keep-alive",
        "Connection: keep-alive\r\nConnection: Upgrade",
    ] {
        let [connect, message] = failures(agreeing(headers, b""));
        assert!(connect.is_empty() && message.is_empty(), "{headers}: {connect:?} {message:?}");
    }
}

#[test]
fn a_service_that_agrees_to_what_was_not_asked_for_is_no_websocket() {
    for headers in [
        "Connection: keep-alive",
        "Connection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate",
        "Connection: Upgrade\r\nSec-WebSocket-Protocol: chat",
    ] {
        let [connect, _] = failures(agreeing(headers, b""));
        only("protocol", &connect);
    }
}

#[test]
fn a_service_that_speaks_first_has_not_answered_and_that_is_told() {
    let address = server(agreeing("Connection: Upgrade", b"\x81\x07welcome"));
    let text = feed(&format!("http://{address}"), "send = \"hello\"");
    let project = Project::with(&text);
    run(&project, &["--users", "1"]).measured().says("any message counts as the answer");
    let counts = counts(&project);
    assert!(counts.values().all(|it| it.successes > 0 && it.failures == 0), "{counts:?}");
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let unasked: i64 =
        database.query_row("SELECT sum(unasked) FROM samples", [], |row| row.get(0)).unwrap();
    // One each time, but for conversations that the end of a round kept from their first message; a
    // round is measured up to three times.
    let connects = counts["Build feed connect"].successes;
    assert!((connects - 3..=connects).contains(&unasked), "{unasked} of {connects}");
    project.run(&["show"]).exits(0).says("came unasked");
}
