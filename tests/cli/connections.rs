//! How connections are made, as a service sees it: over which socket, to which address, how often anew,
//! and what is asked for.

use std::io::Write;
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::project::{BRIEF, Project};
use super::server::{answering, head, nobody, quick, server};
use super::users::{counts, run};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A service whose section says `more`, measured at `GET /`.
fn project(url: &str, more: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"{url}\"\ntimeout = \"1m\"\n{more}\n[endpoints.\"GET /\"]\n"
    ))
}

#[track_caller]
fn all_succeed(project: &Project, more: &[&str]) -> i64 {
    let finished = run(project, more).measured();
    let counts = counts(project);
    let failed = counts.values().any(|it| it.failures > 0 || it.successes == 0);
    assert!(!failed, "{counts:?}\n{finished}");
    counts.values().map(|it| it.successes).sum()
}

/// Serves the sample service at a Unix domain socket too.
fn forward(path: &Path, to: SocketAddr) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        for inner in listener.incoming() {
            let (inner, outer) = (inner.unwrap(), TcpStream::connect(to).unwrap());
            outer.set_nodelay(true).unwrap();
            let (mut from, mut into) = (inner.try_clone().unwrap(), outer.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut into);
                let _ = into.shutdown(std::net::Shutdown::Both);
            });
            let (mut from, mut into) = (outer, inner);
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut into);
                let _ = into.shutdown(std::net::Shutdown::Both);
            });
        }
    });
}

#[test]
fn everything_goes_over_a_unix_domain_socket() {
    let service = quick();
    let address = service.url().trim_start_matches("http://").parse().unwrap();
    let project = Project::with(
        r#"
[service]
url = "http://nowhere.invalid/"
socket = "app.sock"
ready = "GET /health"
[[setup]]
request = "POST /api/v1/builds"
json = { prompt = "first", chains = ["a"] }
save = { project = "/build_id" }
[[cleanup]]
request = "DELETE /api/v1/builds/{project}"
[login]
request = "POST /api/v1/auth/test-token"
json = { user_id = "u1" }
save = { token = "/access_token" }
headers = { authorization = "Bearer {token}" }
[endpoints."GET /api/v1/builds/{project}"]
[endpoints."GET /health"]
[pages.both]
requests = ["GET /health", "GET /api/v1/builds/{project}"]
[sockets.feed]
path = "/ws"
send = "hello"
messages = 2
[scenarios.baseline]
endpoints = ["*"]
[invariants."one is there"]
request = "GET /api/v1/builds"
holds = '/total >= 1'
"#,
    );
    forward(&project.path("app.sock"), address);
    project.run(&["check"]).exits(0).says("app.sock");
    all_succeed(&project, &["--users", "2"]);
    let shown = project.run(&["show", "--format", "json"]).exits(0).json();
    assert_eq!(shown["requirements"][0]["met"], true, "{shown}");
    assert_eq!(shown["cleanups"][0]["deleted"], 1, "{shown}");
    assert_eq!(shown["lookup"], serde_json::Value::Null);
    assert_eq!(shown["workload"]["socket"], "Unix domain");
    project.run(&["show", "-v"]).exits(0).says("connect").never_says("looked up");
}

#[test]
fn tls_goes_over_a_unix_domain_socket_too() {
    let (address, certificate) = super::server::self_signed();
    let project = project(
        "https://localhost",
        "socket = \"s\"\ntls = { ca = \"ca.pem\" }\nready = \"GET /\"",
    );
    project.write("ca.pem", certificate);
    forward(&project.path("s"), address);
    all_succeed(&project, &["--users", "2"]);
}

#[test]
fn a_service_at_a_socket_hears_the_host_of_its_url() {
    let project = project("http://api.internal:8080/base", "socket = \"s\"");
    let listener = UnixListener::bind(project.path("s")).unwrap();
    let heard = Arc::new(Mutex::new(String::new()));
    let ears = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, ears): (UnixStream, _) = (stream.unwrap(), Arc::clone(&ears));
            std::thread::spawn(move || {
                while let Some(request) = head(&mut stream) {
                    *ears.lock().unwrap() = request;
                    if stream.write_all(OK).is_err() {
                        return;
                    }
                }
            });
        }
    });
    all_succeed(&project, &[]);
    let heard = heard.lock().unwrap();
    assert!(heard.starts_with("GET /base/ HTTP/1.1\r\nhost: api.internal:8080\r\n"), "{heard}");
}

#[test]
fn a_socket_that_is_none_is_named_with_what_to_check() {
    let project = project("http://localhost", "socket = \"app.sock\"");
    let run = || project.run(&[&["run"], &BRIEF[..]].concat()).exits(4);
    let socket = project.path("app.sock").display().to_string();
    let hint = "does it listen at this socket?";
    run().says("cannot be reached (connect)").says(&socket).says(hint);
    project.write("app.sock", "a file");
    run().says("cannot be reached (connect)").says(&socket).says(hint);
}

/// A listener at `::1`; tells it if this machine has no such address.
#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
fn at_ipv6() -> Option<TcpListener> {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0));
    if let Err(error) = &listener {
        println!("skipped: this machine has no ::1 ({error})");
    }
    listener.ok()
}

/// Serves every connection of `listener` on a thread of its own.
fn serve(listener: TcpListener, serve: impl Fn(TcpStream) + Send + Sync + 'static) {
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (serve, stream) = (Arc::clone(&serve), stream.unwrap());
            std::thread::spawn(move || serve(stream));
        }
    });
}

#[test]
fn ipv6_is_an_address_like_any_other() {
    let (Some(listener), Some(elsewhere)) = (at_ipv6(), at_ipv6()) else { return };
    let (port, other) =
        (listener.local_addr().unwrap().port(), elsewhere.local_addr().unwrap().port());
    let heard = Arc::new(Mutex::new(Vec::new()));
    for (listener, who) in [(listener, "home"), (elsewhere, "abroad")] {
        let ears = Arc::clone(&heard);
        serve(listener, move |mut stream| {
            while let Some(request) = head(&mut stream) {
                let path = request.split(' ').nth(1).unwrap().to_owned();
                let host = request.lines().find(|line| line.starts_with("host: ")).unwrap();
                ears.lock().unwrap().push(format!("{who} {path} {host}"));
                let to = match path.as_str() {
                    "/" => Some(format!("http://[::1]:{port}/home")),
                    "/home" => Some(format!("http://[::1]:{other}/end")),
                    _ => None,
                };
                let answer = to.map_or_else(
                    || OK.to_vec(),
                    |to| {
                        format!("HTTP/1.1 302 x\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
                            .into_bytes()
                    },
                );
                if stream.write_all(&answer).is_err() {
                    return;
                }
            }
        });
    }
    let project = project(&format!("http://[::1]:{port}"), "ready = \"GET /ready\"");
    let text = project.read("perfbase.toml") + "redirects = 2\n";
    project.write("perfbase.toml", text);
    all_succeed(&project, &[]);
    let heard = heard.lock().unwrap();
    let home = |path: &str| format!("home {path} host: [::1]:{port}");
    let abroad = format!("abroad /end host: [::1]:{other}");
    assert_eq!(heard[..4], [home("/ready"), home("/"), home("/home"), abroad]);
    let shown = project.run(&["show", "--format", "json"]).exits(0).json();
    assert_eq!(shown["lookup"], serde_json::Value::Null, "an address is not looked up");
    project.run(&["show", "-v"]).exits(0).says("connect").never_says("looked up");
}

#[test]
fn where_a_name_led_is_told_and_kept() {
    let address = answering(OK);
    let url = format!("http://localhost:{}", address.port());
    let named = project(&url, "");
    let finished = run(&named, &[]).measured().says(&format!("localhost is {address}"));
    let lookup = finished.json()["lookup"].clone();
    assert_eq!(lookup["chosen"], address.to_string());
    let found = lookup["found"].as_array().unwrap();
    assert!(found.contains(&lookup["chosen"]), "{lookup}");
    assert!(lookup["took_ms"].as_f64() > Some(0.0), "{lookup}");
    let shown = named.run(&["show", "--format", "json"]).exits(0).json();
    assert_eq!(shown["lookup"], lookup);
    named.run(&["show", "-v"]).exits(0).says(&format!("looked up  {address}"));
    named.run(&["show"]).exits(0).never_says("looked up");
    // Where the URL is a secret, nothing tells what it leads to.
    let hidden =
        project("http://${HOST}", "").variable("HOST", &format!("localhost:{}", address.port()));
    let finished = run(&hidden, &[]).measured().never_says("localhost").never_says("127.0.0.1");
    assert_eq!(finished.json()["lookup"], serde_json::Value::Null);
}

/// Answers every request over TCP; how many connections there were, and the last request.
fn counting() -> (SocketAddr, Arc<AtomicU64>, Arc<Mutex<String>>) {
    let (connections, last) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(String::new())));
    let (count, ears) = (Arc::clone(&connections), Arc::clone(&last));
    let address = server(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        while let Some(request) = head(&mut stream) {
            *ears.lock().unwrap() = request;
            if stream.write_all(OK).is_err() {
                return;
            }
        }
    });
    (address, connections, last)
}

#[test]
fn connections_are_used_again_unless_they_are_not_to_be() {
    for (more, is_kept) in [
        ("", true),
        ("connection_lifetime = \"1h\"", true),
        ("connection_lifetime = \"1ns\"", false),
        ("keep_alive = false", false),
    ] {
        let (address, connections, last) = counting();
        let project = project(&format!("http://{address}"), more);
        let requests = all_succeed(&project, &["--users", "2"]);
        let connections = connections.load(Ordering::Relaxed).cast_signed();
        if is_kept {
            // Two users, and the one that looked whether anybody is there.
            assert_eq!(connections, 3, "{more}");
        } else {
            // What was under way at the end of the round counts for the service alone.
            assert!(
                (requests + 1..=requests + 3).contains(&connections),
                "{more}: {connections} {requests}"
            );
        }
        let says_so = last.lock().unwrap().contains("\r\nconnection: close\r\n");
        assert_eq!(says_so, more == "keep_alive = false", "{more}");
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Answers `{"status": "ok"}`, compressed as `coding` says where that is asked for.
fn compressing(coding: &'static str) -> SocketAddr {
    server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let plain = b"{\"status\": \"ok\"}".to_vec();
            let asks = |it: &str| it.starts_with("accept-encoding: ") && it.contains(coding);
            let (body, said) = if request.lines().any(asks) {
                (gzip(&plain), format!("content-encoding: {coding}\r\n"))
            } else {
                (plain, String::new())
            };
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\n{said}content-length: {length}\r\n\r\n");
            if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
                return;
            }
        }
    })
}

#[test]
fn compressed_answers_are_asked_for_and_understood() {
    let checks =
        "checks = [\"/status == ok\", 'body contains \"ok\"']\nsave = { a = \"/status\" }\n";
    let length = gzip(b"{\"status\": \"ok\"}").len();
    for (more, size) in [("", 16), ("compression = true", length)] {
        let address = compressing("gzip");
        let project = project(&format!("http://{address}"), more);
        let text = project.read("perfbase.toml") + checks;
        project.write(
            "perfbase.toml",
            text.replace("\"/status == ok\"", &format!("\"/status == ok\", \"size == {size}\"")),
        );
        let requests = all_succeed(&project, &[]);
        let database = rusqlite::Connection::open(project.database()).unwrap();
        let bytes: i64 =
            database.query_row("SELECT sum(bytes) FROM samples", [], |row| row.get(0)).unwrap();
        assert_eq!(bytes, requests * i64::try_from(size).unwrap(), "{more}: as received");
    }
}

#[test]
fn a_header_that_asks_for_a_coding_of_its_own_is_left_as_it_is() {
    let own = |coding: &'static str| {
        let address = compressing(coding);
        let more = format!("compression = true\nheaders = {{ accept-encoding = \"{coding}\" }}");
        let project = project(&format!("http://{address}"), &more);
        let text = project.read("perfbase.toml") + "checks = [\"/status == ok\"]\n";
        project.write("perfbase.toml", text);
        project
    };
    all_succeed(&own("x-gzip"), &[]);
    let unknown = own("br");
    run(&unknown, &[]).measured().says("the body is encoded as br, which is not decoded");
    assert_eq!(counts(&unknown)["GET /"].successes, 0);
    // Without a look into the body it makes no difference.
    let address = compressing("br");
    let unread = project(&format!("http://{address}"), "headers = { accept-encoding = \"br\" }");
    all_succeed(&unread, &[]);
}

#[test]
fn a_plan_says_which_codings_are_asked_for() {
    const OWN: &str = "headers = { Accept-Encoding = \"br\" }";
    let endpoint = |name: &str, more: &str| format!("[endpoints.\"GET /{name}\"]\n{more}\n");
    let asks_for = |service: &str, endpoints: &str| {
        let service = format!("[service]\nurl = \"http://a\"\n{service}\n");
        let project = Project::with(&format!("{service}compression = true\n{endpoints}"));
        let said = project.run(&["check"]).exits(0).stdout;
        let line = said.lines().find_map(|line| line.strip_prefix("asks for"));
        line.unwrap_or_else(|| panic!("{said}")).trim().to_owned()
    };
    let plain = endpoint("a", "");
    assert_eq!(asks_for("", &plain), "gzip, deflate");
    assert_eq!(asks_for(OWN, &plain), "br, as a header says, and not for gzip, deflate");
    let both = plain + &endpoint("b", OWN);
    assert_eq!(asks_for("", &both), "gzip, deflate or br, where a header says so");
    // Who logs in brings it along.
    let brings = "[login]\nrequest = \"POST /login\"\nheaders = { accept-encoding = \"br\" }\n";
    let login = brings.to_owned() + &endpoint("a", "");
    assert_eq!(asks_for("", &login), "br, as a header says, and not for gzip, deflate");
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let (proxy, connections, _) = counting();
    let service = answering(OK);
    let mut project = project(&format!("http://{service}"), "ready = \"GET /\"");
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    {
        project = project.variable(name, &format!("http://{proxy}"));
    }
    all_succeed(&project, &[]);
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    // Nor where it could be reached in no other way.
    let url = format!("http://{}", nobody());
    let mut alone = self::project(&url, "");
    alone = alone.variable("http_proxy", &format!("http://{proxy}"));
    alone.run(&[&["run"], &BRIEF[..]].concat()).exits(4).says("cannot be reached (connect)");
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

#[test]
fn a_host_that_http_2_does_not_have_is_refused_before_anything_is_sent() {
    let project = |http: &str, endpoint: &str| {
        Project::with(&format!(
            "[service]\nurl = \"http://localhost:1\"\nhttp = \"{http}\"\n[data]\nn = [\"1\"]\n\
             [endpoints.\"GET /{endpoint}\"]\nheaders = {{ host = \"a b\" }}\n"
        ))
    };
    for endpoint in ["a", "{n}"] {
        let refused = project("2", endpoint).run(&["run"]).exits(2);
        refused.says("cannot be sent: its `host` is no host with or without a port");
        // HTTP/1.1 leaves it to the service.
        project("1.1", endpoint).run(&["run"]).exits(4).says("cannot be reached");
    }
}
