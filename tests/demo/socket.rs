use std::net::TcpStream;

use perfbase::demo::{Options, Route, Running};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::client::{get, quick};

fn open(service: &Running) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(service.address()).unwrap();
    tungstenite::client(format!("ws://{}/ws", service.address()), stream).unwrap().0
}

fn say(socket: &mut WebSocket<TcpStream>, text: &str) {
    socket.send(Message::text(text)).unwrap();
}

fn hear(socket: &mut WebSocket<TcpStream>) -> Value {
    serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap()
}

#[test]
fn an_echo_comes_back_as_it_was() {
    let service = quick();
    let mut socket = open(&service);
    for said in [json!("hello"), json!({ "n": [1, 2] }), Value::Null] {
        let said = json!({ "echo": said });
        say(&mut socket, &said.to_string());
        assert_eq!(hear(&mut socket), said);
    }
}

#[test]
fn a_job_reports_each_step_and_then_that_it_is_done() {
    let service = quick();
    let mut socket = open(&service);
    say(&mut socket, r#"{"job": 3}"#);
    for step in 1..=3 {
        assert_eq!(hear(&mut socket), json!({ "progress": step, "of": 3 }));
    }
    assert_eq!(hear(&mut socket), json!({ "done": 3 }));
}

#[test]
fn what_is_no_message_of_the_service_gets_an_error_and_the_talk_goes_on() {
    let service = quick();
    let mut socket = open(&service);
    for bad in ["nonsense", r#"{"shout": 1}"#, r#"{"job": 0}"#, r#"{"job": 1001}"#] {
        say(&mut socket, bad);
        assert!(hear(&mut socket)["error"].is_string(), "{bad}");
    }
    say(&mut socket, r#"{"echo": 1}"#);
    assert_eq!(hear(&mut socket), json!({ "echo": 1 }));
}

#[test]
fn each_message_sent_is_a_request_that_faults_can_hit() {
    let service = Running::start(Options {
        latency_scale: 0.0,
        faults: vec!["GET /ws error-share=100% after=1 clear-after=1".parse().unwrap()],
        ..Options::default()
    })
    .unwrap();
    let mut socket = open(&service);
    say(&mut socket, r#"{"echo": 1}"#);
    assert_eq!(hear(&mut socket), json!({ "error": "an error that was asked for" }));
    say(&mut socket, r#"{"echo": 1}"#);
    assert_eq!(hear(&mut socket), json!({ "echo": 1 }));
    assert_eq!(service.handled(Route::Socket), 3);
}

#[tokio::test]
async fn a_plain_request_is_told_that_this_is_a_websocket() {
    let service = quick();
    let answer = get(&service, "/ws").await;
    assert_eq!(answer.status, 400);
    assert!(answer.error().contains("header"), "{answer:?}");
}
