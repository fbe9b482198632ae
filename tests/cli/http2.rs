//! Services that speak HTTP/2, well and badly.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};

use perfbase::demo::{Options, Route, Running};

use super::project::{BRIEF, Finished, Project};
use super::server::{agreeing, answering, encrypted, quick, server};
use super::users::{counts, run};
use frames::{DATA, END_STREAM, HEADERS, MAX_CONCURRENT_STREAMS, Peer, REFUSED_STREAM};

#[path = "../../src/load/http2/tests/frames.rs"]
pub(super) mod frames;

/// A service at `url` that is spoken to in HTTP/2, with more lines of its own.
fn spoken(url: &str, more: &str) -> Project {
    Project::with(&format!("[service]\nurl = \"{url}\"\nhttp = \"2\"\n{more}\n"))
}

const A: &str = "[endpoints.\"GET /a\"]\n";

/// Serves every request over HTTP/2 as `answer` says, as long as it says so.
fn serving(
    settings: &'static [(u16, u32)],
    answer: impl Fn(&mut Peer<TcpStream>, u32) -> bool + Send + Sync + 'static,
) -> SocketAddr {
    server(move |stream| {
        let Some(mut peer) = Peer::begin(stream, settings) else { return };
        while let Some(stream) = peer.request() {
            if !answer(&mut peer, stream) {
                return;
            }
        }
    })
}

fn connections(project: &Project) -> i64 {
    let database = rusqlite::Connection::open(project.database()).unwrap();
    database.query_row("SELECT sum(connections) FROM samples", [], |row| row.get(0)).unwrap()
}

/// Every failure of a run, by class.
fn failures(project: &Project) -> BTreeMap<String, i64> {
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let mut classes =
        database.prepare("SELECT class, sum(count) FROM failures GROUP BY class").unwrap();
    let classes = classes.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    classes.collect::<Result<_, _>>().unwrap()
}

/// Nothing but successes; how many.
#[track_caller]
fn all_succeed(project: &Project, finished: &Finished) -> i64 {
    let counts = counts(project);
    assert!(
        counts.values().all(|it| it.successes > 0 && it.failures == 0),
        "{counts:?}\n{finished}"
    );
    counts.values().map(|it| it.successes).sum()
}

#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
#[test]
fn a_service_is_recorded_and_compared_and_never_with_one_of_http_1_1() {
    let service = quick();
    let text = format!(
        "[service]\nurl = \"{}\"\nhttp = \"2\"\nready = \"GET /health\"\n\
         [endpoints.\"GET /health\"]\n[endpoints.\"GET /clients\"]\n",
        service.url()
    );
    let project = Project::with(&text);
    let brief = ["--rounds", "3", "--duration", "300ms", "--warm-up", "0s"];
    let why = ["--accept-anyway", "a busy machine is no matter here"];
    project.run(&["check"]).exits(0).says("HTTP/2, 100 streams a connection");
    let recorded = project.run(&[&["record"], &brief[..], &why].concat());
    if recorded.exits_with_one_of(&[0, 3]).code == Some(3) {
        println!("skipped: the machine is too busy for any baseline");
        return;
    }
    let compared = project.run(&[&["compare", "--format", "json"], &brief[..]].concat());
    assert_eq!(compared.json()["rows"].as_array().unwrap().len(), 2, "{compared}");
    project.run(&["show"]).exits(0).says(" · HTTP/2");
    project.write("perfbase.toml", text.replace("\"2\"", "\"1.1\""));
    let compared = project.run(&[&["compare"], &brief[..]].concat());
    compared.exits(2).says("connection").says("HTTP/2, 100 streams a connection");
}

#[test]
fn users_share_connections_and_whoever_opens_one_has_it_counted() {
    let service = quick();
    let project = spoken(&service.url(), "streams = 4\n[endpoints.\"GET /health\"]\n");
    let finished = run(&project, &["--users", "10"]).measured();
    all_succeed(&project, &finished);
    // One worker needs three, as many workers as users need one each.
    let connections = connections(&project);
    assert!((3..=10).contains(&connections), "{connections}\n{finished}");
}

#[test]
fn a_rate_is_sent_over_shared_connections() {
    let service = quick();
    let project = spoken(&service.url(), "[endpoints.\"GET /health\"]\n");
    let finished = run(&project, &["--rate", "500/s"]).measured();
    all_succeed(&project, &finished);
    assert!(connections(&project) < 20, "{finished}");
}

#[test]
fn identities_values_pages_redirects_setup_and_cleanup_are_as_over_http_1_1() {
    let service = Running::start(Options { latency_scale: 0.0, ..Options::default() }).unwrap();
    let project = spoken(
        &service.url(),
        "[login]\nrequest = \"POST /api/v1/auth/test-token\"\njson = { user_id = \"ann\" }\n\
         save = { token = \"/access_token\" }\nheaders = { authorization = \"Bearer {token}\" }\n\
         [endpoints.\"POST /api/v1/builds\"]\njson = { prompt = \"a shop\", chains = [\"ethereum\"] }\n\
         save = { build = \"/build_id\" }\n\
         [endpoints.\"GET /api/v1/builds/{build}\"]\nchecks = [\"/build_id == {build}\"]\n\
         [endpoints.\"GET /health\"]\n[endpoints.\"GET /clients\"]\n[endpoints.\"GET /workflows/latest\"]\nredirects = 3\n\
         [endpoints.\"POST /counter/increment\"]\n\
         [pages.home]\nrequests = [\"GET /health\", \"GET /clients\", \"GET /health\"]\n\
         [flows.build]\nsteps = [\"POST /api/v1/builds\", \"GET /api/v1/builds/{build}\", \"home\", \"GET /workflows/latest\", \
         \"POST /counter/increment\"]\n\
         [users.one]\ntasks = { build = 1 }\n\
         [[setup]]\nrequest = \"GET /health\"\n[[cleanup]]\nrequest = \"GET /health\"\n\
         [invariants.exact]\nrequest = \"GET /counter\"\n\
         holds = '/value - before(/value) == count(\"POST /counter/increment\", ok)'\n",
    );
    let finished = run(&project, &["--users", "3"]).measured();
    all_succeed(&project, &finished);
    let json = finished.json();
    assert_eq!(json["requirements"][0]["met"], true, "{finished}");
    assert!(service.handled(Route::Health) > 2);
    assert!(json["workload"]["connection"].as_str().unwrap().contains("HTTP/2"));
}

#[test]
fn a_websocket_is_opened_over_a_connection_of_its_own() {
    let service = quick();
    let project = spoken(
        &service.url(),
        "[endpoints.\"GET /health\"]\n[scenarios.baseline]\nendpoints = [\"feed\"]\n\
         [sockets.feed]\npath = \"/ws\"\nmessages = 2\nsend = { echo = 1 }\nawait = '/echo == 1'\n",
    );
    let finished = run(&project, &["--users", "2"]).measured();
    all_succeed(&project, &finished);
}

#[test]
fn a_limiter_is_watched_over_a_shared_connection() {
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let address = server(move |stream| {
        counter.fetch_add(1, Ordering::Relaxed);
        let Some(mut peer) = Peer::begin(stream, &[]) else { return };
        while let Some(stream) = peer.request() {
            let head = frames::block("429", &[("retry-after", "1")]);
            peer.send(HEADERS, frames::END_HEADERS | END_STREAM, stream, &head);
        }
    });
    let project = spoken(
        &format!("http://{address}"),
        "[endpoints.\"GET /a\"]\nlimiter = { limit = 5, per = \"100ms\" }\n\
         [scenarios.limits]\nkind = \"limiter\"\nwindows = 1\n",
    );
    let finished = project.run(&["run", "--scenario", "limits", "--format", "json"]);
    assert_eq!(finished.json()["requirements"].as_array().unwrap().len(), 5, "{finished}");
    assert_eq!(
        opened.load(Ordering::Relaxed),
        2,
        "one to see what it allows, one for all requests"
    );
}

#[test]
fn a_service_that_speaks_nothing_else_is_waited_for_and_measured() {
    let address = serving(&[], |peer, stream| peer.answer(stream, b"ok"));
    let project = spoken(&format!("http://{address}"), &format!("ready = \"GET /ready\"\n{A}"));
    let finished = run(&project, &["--users", "2"]).measured().says("ready after");
    all_succeed(&project, &finished);
}

#[test]
fn over_tls_both_ends_agree_to_it() {
    let (address, certificate) = agreeing(&["h2", "http/1.1"], |stream| {
        assert_eq!(stream.conn.alpn_protocol().unwrap_or(b"h2"), b"h2");
        let Some(mut peer) = Peer::begin(stream, &[]) else { return };
        while let Some(stream) = peer.request() {
            peer.answer(stream, b"ok");
        }
    });
    let url = format!("https://localhost:{}", address.port());
    let project = spoken(&url, &format!("ready = \"GET /ready\"\n{A}"));
    project.write("authority.pem", certificate);
    let file = project.path("authority.pem");
    let project = project.variable("SSL_CERT_FILE", file.to_str().unwrap());
    let finished = run(&project, &["--users", "2"]).measured();
    all_succeed(&project, &finished);
}

/// `perfbase run` fails before anything was measured.
#[track_caller]
fn refused(url: &str, more: &[&str]) -> Finished {
    let project = spoken(url, A);
    let finished = project.run(&[&["run"], &BRIEF[..], more].concat()).exits(4);
    assert_eq!(finished.stdout, "", "nothing was measured");
    finished
}

#[test]
fn a_service_that_does_not_speak_it_is_told_before_anything_is_measured() {
    let hint = "does the service speak HTTP/2 there? write http = \"1.1\" if it does not";
    let address = answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    refused(&format!("http://{address}"), &[]).says("cannot be reached (protocol)").says(hint);
    let (address, _) = encrypted(|mut stream| drop(stream.conn.complete_io(&mut stream.sock)));
    let url = format!("https://localhost:{}", address.port());
    refused(&url, &["--insecure"]).says("it does not agree to HTTP/2 (ALPN)").says(hint);
    let (address, _) =
        agreeing(&["http/1.1"], |mut stream| drop(stream.conn.complete_io(&mut stream.sock)));
    let url = format!("https://localhost:{}", address.port());
    refused(&url, &["--insecure"]).says("it does not agree to HTTP/2 (ALPN)").says(hint);
}

#[test]
fn a_service_that_allows_one_request_at_a_time_gets_more_connections_and_is_told() {
    let too_many = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&too_many);
    let address = server(move |stream| {
        let settings = [(MAX_CONCURRENT_STREAMS, 1)];
        let Some(mut peer) = Peer::begin(stream, &settings) else { return };
        let mut waiting: Option<u32> = None;
        while let Some(frame) = peer.next() {
            match (frame.kind, waiting) {
                (HEADERS, None) => {
                    // Answered only when what is sent behind it has come, if anything has.
                    waiting = Some(frame.stream);
                    peer.send(frames::PING, 0, 0, &[0; 8]);
                }
                (HEADERS, Some(_)) => seen.store(true, Ordering::Relaxed),
                (frames::PING, Some(stream)) => {
                    peer.answer(stream, b"");
                    waiting = None;
                }
                _ => {}
            }
        }
    });
    let project = spoken(&format!("http://{address}"), A);
    let finished = run(&project, &["--users", "5"]).measured();
    let finished = finished.says("the service allows 1 stream a connection, not 100");
    all_succeed(&project, &finished);
    assert!(!too_many.load(Ordering::Relaxed));
    assert!(connections(&project) >= 5);
}

#[test]
fn a_connection_that_goes_away_in_the_middle_loses_nothing() {
    let answered = AtomicI64::new(0);
    let address = serving(&[], move |peer, stream| {
        if answered.fetch_add(1, Ordering::Relaxed) % 20 == 19 {
            // This one and all that are on the way were not looked at.
            peer.go_away(stream - 2, 0);
            while peer.next().is_some() {}
            return false;
        }
        peer.answer(stream, b"ok")
    });
    let project = spoken(&format!("http://{address}"), A);
    let finished = run(&project, &["--users", "1"]).measured();
    let successes = all_succeed(&project, &finished);
    assert!(connections(&project) >= successes / 20, "{finished}");
}

#[test]
fn requests_that_are_refused_once_are_sent_again_and_always_are_failures() {
    let asked = AtomicI64::new(0);
    let once = serving(&[], move |peer, stream| {
        if asked.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
            peer.reset(stream, REFUSED_STREAM)
        } else {
            peer.answer(stream, b"ok")
        }
    });
    let project = spoken(&format!("http://{once}"), A);
    let finished = run(&project, &["--users", "1"]).measured();
    // The first of all is on a new connection, which is tried once.
    let failed: i64 = failures(&project).values().sum();
    assert!(failed <= 1, "{finished}");
    let always = serving(&[], |peer, stream| peer.reset(stream, REFUSED_STREAM));
    let project = spoken(&format!("http://{always}"), A);
    run(&project, &["--users", "3"]).measured();
    assert_eq!(failures(&project).keys().collect::<Vec<_>>(), ["reset"]);
}

/// Whoever is answered so fails in that class, and in no other.
#[track_caller]
fn all_fail_as(
    class: &str,
    answer: impl Fn(&mut Peer<TcpStream>, u32) -> bool + Send + Sync + 'static,
) {
    let address = serving(&[], answer);
    let project = spoken(&format!("http://{address}"), A);
    let timeout = if class == "timeout" { "200ms" } else { "1m" };
    let finished = run(&project, &["--users", "3", "--timeout", timeout]).measured();
    let failures = failures(&project);
    assert_eq!(failures.keys().collect::<Vec<_>>(), [class], "{finished}");
    assert_eq!(counts(&project)["GET /a"].successes, 0);
}

#[test]
fn streams_that_are_reset_and_connections_that_are_dropped_are_counted_by_class() {
    all_fail_as("reset", |peer, stream| peer.reset(stream, frames::PROTOCOL_ERROR));
    all_fail_as("body", |peer, stream| {
        peer.head(stream, "200", &[])
            && peer.send(DATA, 0, stream, b"half")
            && peer.reset(stream, frames::CANCEL)
    });
    all_fail_as("reset", |_, _| false);
    all_fail_as("status_5xx", |peer, stream| {
        peer.head(stream, "500", &[]) && peer.send(DATA, END_STREAM, stream, b"")
    });
}

#[test]
fn what_is_no_http2_is_counted_by_class() {
    all_fail_as("protocol", |peer, stream| {
        peer.head(stream, "200", &[("content-length", "1")])
            && peer.send(DATA, END_STREAM, stream, b"more")
    });
    all_fail_as("protocol", |peer, stream| {
        peer.send(HEADERS, 0, stream, &frames::block("200", &[]));
        while peer.send(frames::CONTINUATION, 0, stream, &frames::block("200", &[])) {}
        false
    });
}

#[test]
fn answers_that_never_come_are_given_up_one_by_one() {
    all_fail_as("timeout", |_, _| true);
    all_fail_as("timeout", |peer, stream| peer.head(stream, "200", &[]));
    all_fail_as("timeout", |peer, stream| {
        while peer.head(stream, "103", &[("link", "a")]) {}
        false
    });
    all_fail_as("timeout", |peer, stream| {
        peer.head(stream, "200", &[]);
        while peer.send(DATA, 0, stream, &[b'x'; 16384]) {}
        false
    });
}

#[test]
fn a_page_sends_all_it_has_at_once_over_one_connection() {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let address = server(move |stream| {
        let Some(mut peer) = Peer::begin(stream, &[]) else { return };
        let mut waiting = Vec::new();
        while let Some(frame) = peer.next() {
            if frame.kind == HEADERS {
                waiting.push(frame.stream);
                seen.fetch_max(waiting.len(), Ordering::Relaxed);
                // A page is answered when all of it has come.
                if waiting.len() == 8 {
                    for stream in waiting.drain(..) {
                        peer.answer(stream, b"");
                    }
                }
            }
        }
    });
    let eight: Vec<String> = (0..8).map(|n| format!("[endpoints.\"GET /{n}\"]")).collect();
    let named: Vec<String> = (0..8).map(|n| format!("\"GET /{n}\"")).collect();
    let project = spoken(
        &format!("http://{address}"),
        &format!(
            "streams = 20\n{}\n[pages.all]\nrequests = [{}]\n[scenarios.baseline]\nendpoints = [\"all\"]\n",
            eight.join("\n"),
            named.join(", ")
        ),
    );
    let finished = run(&project, &["--users", "1"]).measured();
    all_succeed(&project, &finished);
    assert_eq!(most.load(Ordering::Relaxed), 8);
    assert_eq!(connections(&project), 1);
}
