//! Users who talk over a WebSocket, with services that do and services that do not.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use perfbase::demo::Route;
use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, WebSocket};

use super::project::{BRIEF, Project};
use super::required::required;
use super::server::{encrypted, head, quick, server};
use super::users::{Counts, counts, run};

/// A socket of five messages at `url`, with more lines of its own.
pub(crate) fn feed(url: &str, more: &str) -> String {
    format!(
        "[service]\nurl = \"{url}\"\ntimeout = \"10s\"\n[endpoints.\"GET /health\"]\n\
         [scenarios.baseline]\nendpoints = [\"Build feed\"]\n\
         [sockets.\"Build feed\"]\npath = \"/ws\"\nmessages = 5\n{more}\n"
    )
}

const ECHO: &str = "send = { echo = { type = \"ping\" } }\nawait = '/echo/type == \"ping\"'";

#[test]
fn opening_and_messages_are_two_rows_of_the_sample_service() {
    let service = quick();
    let project = Project::with(&feed(&service.url(), ECHO));
    project.run(&["check"]).exits(0).says("Build feed connect").says("5 messages").says("101");
    let finished = run(&project, &["--users", "2"]).measured();
    let counts = counts(&project);
    let names: Vec<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(names, ["Build feed connect", "Build feed message"]);
    assert!(counts.values().all(|it| it.successes > 0 && it.failures == 0), "{counts:?}");
    let (connects, messages) =
        (counts["Build feed connect"].successes, counts["Build feed message"].successes);
    assert!(messages <= connects * 5 && messages > connects * 4, "{counts:?}\n{finished}");
    assert_eq!(service.handled(Route::Socket).cast_signed(), connects + messages);
    project.run(&["show"]).exits(0).says("Build feed connect").says("Build feed message");
}

#[test]
fn connections_for_one_request_each_are_no_matter_to_sockets() {
    let service = quick();
    let text = feed(&service.url(), ECHO).replace("[endpoints", "keep_alive = false\n[endpoints");
    let project = Project::with(&text.replace("[\"Build feed\"]", "[\"*\"]"));
    run(&project, &["--users", "2"]).measured();
    let counts = counts(&project);
    assert_eq!(counts.len(), 3, "{counts:?}");
    assert!(counts.values().all(|it| it.successes > 0 && it.failures == 0), "{counts:?}");
}

#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
#[test]
fn one_user_measures_a_socket_beside_its_endpoints_and_it_can_be_a_baseline() {
    let service = quick();
    let text = feed(&service.url(), ECHO).replace("[\"Build feed\"]", "[\"*\"]");
    let project = Project::with(&text);
    let why = ["--accept-anyway", "a busy machine is no matter here"];
    let brief = ["--rounds", "3", "--duration", "300ms", "--warm-up", "0s"];
    let recorded = project.run(&[&["record"], &brief[..], &why].concat());
    if recorded.exits_with_one_of(&[0, 3]).code == Some(3) {
        println!("skipped: the machine is too busy for any baseline");
        return;
    }
    let baseline: serde_json::Value =
        serde_json::from_str(&project.read("performance_baselines.json")).unwrap();
    let endpoints = baseline["baselines"][0]["endpoints"].as_object().unwrap();
    let names: Vec<&str> = endpoints.keys().map(String::as_str).collect();
    assert_eq!(names, ["Build feed connect", "Build feed message", "GET /health"]);
    let compared = project.run(&[&["compare", "--format", "json"], &brief[..]].concat());
    assert_eq!(compared.json()["rows"].as_array().unwrap().len(), 3, "{compared}");
}

#[test]
fn each_message_has_values_and_the_opening_has_headers_identity_and_cookies() {
    let heard = Arc::new(Mutex::new(Vec::<String>::new()));
    let ears = Arc::clone(&heard);
    let address = server(move |mut stream| {
        // The login comes over a connection of its own.
        let mut first = [0; 4];
        stream.peek(&mut first).unwrap();
        if &first == b"POST" {
            while head(&mut stream).is_some() {
                let answer = "HTTP/1.1 200 OK\r\nset-cookie: sid=s7; Path=/\r\ncontent-length: 9\r\n\r\n{\"t\":\"T\"}";
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
            return;
        }
        #[expect(clippy::result_large_err, reason = "the signature is the library's")]
        let note = |request: &Request, response: Response| {
            let names = ["authorization", "cookie", "x-mine", "x-service"];
            let headers = names.map(|name| request.headers()[name].to_str().unwrap().to_owned());
            ears.lock().unwrap().push(format!("{} {}", request.uri(), headers.join(" ")));
            Ok(response)
        };
        let Ok(mut socket) = tungstenite::accept_hdr(stream, note) else { return };
        while let Ok(message) = socket.read() {
            if message.is_text() {
                ears.lock().unwrap().push(message.to_text().unwrap().to_owned());
                let _ = socket.send(Message::text("anything"));
            }
        }
    });
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}/api\"\nheaders = {{ x-service = \"s\", x-mine = \"s\" }}\n\
         [data]\nn = \"sequence 1\"\nroom = [\"a b\"]\n[login]\nrequest = \"POST /login\"\n\
         save = {{ token = \"/t\" }}\nheaders = {{ authorization = \"Bearer {{token}}\" }}\n\
         [endpoints.\"GET /x\"]\n[scenarios.baseline]\nendpoints = [\"feed\"]\n\
         [sockets.feed]\npath = \"/ws/{{room}}\"\nmessages = 2\nheaders = {{ x-mine = \"${{MINE}}\" }}\n\
         send = {{ n = \"{{n}}\", by = \"{{token}}\" }}\n"
    ));
    let project = project.variable("MINE", "canary7f3a9c");
    run(&project, &["--users", "1"]).measured().never_says("canary7f3a9c");
    let heard = heard.lock().unwrap();
    assert_eq!(heard[0], "/api/ws/a%20b Bearer T sid=s7 canary7f3a9c s");
    assert_eq!(heard[1..3], [r#"{"n":1,"by":"T"}"#, r#"{"n":2,"by":"T"}"#]);
    assert!(heard[3].starts_with("/api/ws/a%20b"), "a new connection after two messages");
    assert_eq!(heard[4], r#"{"n":3,"by":"T"}"#);
    for (path, bytes) in project.files() {
        let found = bytes.windows(12).any(|window| window == b"canary7f3a9c");
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn a_socket_is_opened_over_tls_as_requests_are() {
    let (address, _) = encrypted(|stream| {
        let Ok(mut socket) = tungstenite::accept(stream) else { return };
        while let Ok(message) = socket.read() {
            if message.is_text() && socket.send(message).is_err() {
                return;
            }
        }
    });
    let url = format!("https://localhost:{}", address.port());
    let project = Project::with(&feed(&url, "send = \"hello\""));
    run(&project, &["--users", "1", "--insecure"]).measured();
    let counts = counts(&project);
    assert!(counts.values().all(|it| it.successes > 0 && it.failures == 0), "{counts:?}");
}

/// Measures the socket of a server that does `serve`; how often opening and a message failed, by
/// class.
pub(crate) fn failures(
    serve: impl Fn(TcpStream) + Send + Sync + 'static,
) -> [BTreeMap<String, i64>; 2] {
    failures_within("10s", serve)
}

fn failures_within(
    timeout: &str,
    serve: impl Fn(TcpStream) + Send + Sync + 'static,
) -> [BTreeMap<String, i64>; 2] {
    let address = server(serve);
    let text = feed(&format!("http://{address}"), ECHO).replace("10s", timeout);
    let project = Project::with(&text);
    let finished = run(&project, &["--users", "2"]);
    let json = finished.json();
    // Of all rounds, whether they count or not.
    let classes = |name: &str| {
        let mut sum = BTreeMap::new();
        for round in json["rounds"].as_array().unwrap() {
            for (class, count) in round["requests"][name]["by_class"].as_object().unwrap() {
                *sum.entry(class.clone()).or_default() += count.as_i64().unwrap();
            }
        }
        sum
    };
    finished.measured();
    ["Build feed connect", "Build feed message"].map(classes)
}

fn accepted(stream: TcpStream) -> Option<WebSocket<TcpStream>> {
    tungstenite::accept(stream).ok()
}

/// Agrees to the socket, waits for the first message, and says `bytes` whatever they are.
fn saying(bytes: &'static [u8]) -> impl Fn(TcpStream) + Send + Sync + 'static {
    move |stream| {
        let Some(mut socket) = accepted(stream) else { return };
        if socket.read().is_ok() {
            let _ = socket.get_mut().write_all(bytes);
            // Until the client goes.
            let _ = socket.get_mut().read_to_end(&mut Vec::new());
        }
    }
}

pub(crate) fn only(class: &str, found: &BTreeMap<String, i64>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), [class], "{found:?}");
}

#[test]
fn what_is_no_agreement_to_a_socket_is_a_failed_opening_of_its_class() {
    let answers: [(&str, &str); 8] = [
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "status_4xx"),
        ("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n", "status_5xx"),
        ("HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n", "limited"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "status_other"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "protocol"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-accept: bm90IHRoZSBrZXkgb2YgeW91cg==\r\n\r\n",
            "protocol",
        ),
        ("SSH-2.0-OpenSSH_9.9\r\n", "protocol"),
        ("", "reset"),
    ];
    for (answer, class) in answers {
        let [connect, message] = failures(move |mut stream| {
            head(&mut stream);
            // A client that has heard enough may be gone.
            let _ = stream.write_all(answer.as_bytes());
        });
        only(class, &connect);
        assert!(message.is_empty(), "{message:?}");
    }
}

#[test]
fn a_service_that_never_answers_is_a_timeout_and_no_hang() {
    let [connect, message] = failures_within("200ms", |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    only("timeout", &connect);
    assert!(message.is_empty());
    let [connect, message] = failures_within("2s", saying(b""));
    only("timeout", &message);
    assert!(connect.is_empty());
}

#[test]
fn an_endless_head_is_bounded_and_fails() {
    let [connect, _] = failures(|mut stream| {
        head(&mut stream);
        let mut line = b"HTTP/1.1 101 Switching Protocols\r\nx: ".to_vec();
        while stream.write_all(&line).is_ok() {
            line = vec![b'a'; 1 << 16];
        }
    });
    only("protocol", &connect);
}

#[test]
fn a_socket_that_is_closed_or_cut_in_the_middle_is_a_failed_message() {
    for says in [&b"\x88\x02\x03\xe8"[..], b"\x88\x00", b"\x81\x05hel"] {
        let [_, message] = failures(move |stream| {
            let Some(mut socket) = accepted(stream) else { return };
            if socket.read().is_ok() {
                let _ = socket.get_mut().write_all(says);
            }
        });
        only("reset", &message);
    }
}

#[test]
fn frames_that_are_none_and_messages_without_measure_are_failures() {
    // A masked frame, a reserved opcode, text that is not UTF-8, and one of 2^62 bytes.
    for says in [
        &b"\x81\x85\0\0\0\0hello"[..],
        b"\x8b\x00",
        b"\x81\x02\xff\xfe",
        b"\x82\x7f\x40\0\0\0\0\0\0\0",
    ] {
        let [_, message] = failures(saying(says));
        only("protocol", &message);
    }
}

#[test]
fn a_flood_beside_the_point_ends_with_the_timeout() {
    for frame in [&b"\x89\x00"[..], b"\x81\x02{}"] {
        let [_, message] = failures_within("500ms", move |stream| {
            let Some(mut socket) = accepted(stream) else { return };
            let flood = frame.repeat(4096);
            if socket.read().is_ok() {
                // The answers to the pings are never read, which must not stop the timeout either.
                while socket.get_mut().write_all(&flood).is_ok() {}
            }
        });
        only("timeout", &message);
    }
}

#[test]
fn a_user_who_is_refused_logs_in_anew_and_opens_the_socket_again() {
    // Refused once, when the identity has been used for as long as one must have been to count as
    // expired.
    let refused = Arc::new(Mutex::new(false));
    let was_refused = Arc::clone(&refused);
    // From the first request on: perfbase may take its time to begin.
    let begun = OnceLock::new();
    let address: SocketAddr = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let answer = if request.starts_with("POST") {
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned()
            } else {
                let mut refused = refused.lock().unwrap();
                let is_due = !*refused
                    && begun.get_or_init(Instant::now).elapsed() > Duration::from_millis(1500);
                *refused |= is_due;
                drop(refused);
                if is_due {
                    "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n".to_owned()
                } else {
                    let key = request.lines().find_map(|it| it.strip_prefix("Sec-WebSocket-Key: "));
                    let accept = derive_accept_key(key.unwrap().as_bytes());
                    format!(
                        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\
                         connection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
                    )
                }
            };
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
            if answer.starts_with("HTTP/1.1 101") {
                // Says something whatever is asked, once something is.
                if stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {
                    let _ = stream.write_all(b"\x81\x02ok");
                }
                // Until the client closes; then it need not wait.
                let _ = stream.read(&mut [0; 64]);
                return;
            }
        }
    });
    let more = "send = \"hello\"\nmessages = 1\n[login]\nrequest = \"POST /login\"";
    let text = feed(&format!("http://{address}"), more).replacen("messages = 5\n", "", 1);
    let project = Project::with(&text);
    let longer = ["run", "--rounds", "1", "--duration", "3s", "--warm-up", "0s"];
    project.run(&[&longer[..], &["--warm-up-requests", "0", "--users", "1"]].concat()).measured();
    let Counts { successes, failures, .. } = counts(&project)["Build feed connect"];
    assert!(*was_refused.lock().unwrap());
    assert!(successes > 1 && failures == 0, "{successes} {failures}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_conversation_that_hangs() {
    let address = server(saying(b""));
    let text = feed(&format!("http://{address}"), ECHO);
    let project = Project::with(&text.replace("10s", "1s"));
    let duration = ["run", "--rounds", "1", "--duration", "1h", "--warm-up", "0s", "--users", "3"];
    let mut measuring = project.start(&[&duration[..], &BRIEF[6..]].concat());
    measuring.wait_for("round 1 of 1");
    measuring.signal("INT");
    measuring.finish().exits(130).says("stopping");
}

#[test]
fn a_service_that_says_that_it_failed_is_a_failed_check_and_not_waited_for() {
    let more = "send = \"hello\"\nawait = '/type == \"pong\"'\nfail = \"/error exists\"";
    let address = server(|stream| {
        let Some(mut socket) = accepted(stream) else { return };
        while socket.read().is_ok_and(|message| message.is_text()) {
            let _ = socket.send(Message::text(r#"{"error": "busy"}"#));
        }
    });
    let project = Project::with(&feed(&format!("http://{address}"), more));
    let finished = run(&project, &["--users", "2"]).measured();
    let classes = &finished.json()["rounds"][0]["requests"]["Build feed message"]["by_class"];
    assert_eq!(classes.as_object().unwrap().keys().collect::<Vec<_>>(), ["check"], "{finished}");
    project.run(&["show"]).exits(0).says("fail /error exists");
}

#[test]
fn the_throughput_of_a_socket_is_that_of_its_messages() {
    let service = quick();
    for (least, is_met) in [("1/s", true), ("1000000/s", false)] {
        let demanded = format!("throughput = {{ \"Build feed\" = \"{least}\" }}\n[sockets");
        let text = feed(&service.url(), ECHO).replacen("[sockets", &demanded, 1);
        let project = Project::with(&text);
        let finished = run(&project, &["--users", "2"]);
        let requirement = required(&finished, is_met);
        assert_eq!(requirement["kind"], "throughput");
        assert_eq!(requirement["subject"], "Build feed message");
        assert_eq!(requirement["demand"], format!("at least {least}"));
    }
}
