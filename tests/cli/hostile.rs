//! Servers that answer, but not as servers should: counted failures, and never a hang or a pass.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::project::{Finished, PERFBASE, Project};
use super::server::{answering, answering_once, head, server};

/// Measures a server briefly and gives the failures by class, as they are stored of every round, whether
/// the machine was quiet enough for it to count or not. Not one request may have succeeded.
#[track_caller]
fn failures(address: SocketAddr, timeout: &str) -> BTreeMap<String, i64> {
    let project = Project::new();
    let url = format!("http://{address}/");
    let finished = project.run_briefly(&url, &["--timeout", timeout, "--format", "json"]);
    let finished = finished.measured();
    assert_eq!(finished.json()["endpoints"][0]["p95"]["value_ms"], Value::Null, "{finished}");
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let successes: i64 =
        database.query_row("SELECT sum(successes) FROM samples", [], |row| row.get(0)).unwrap();
    assert_eq!(successes, 0, "{finished}");
    let mut classes =
        database.prepare("SELECT class, sum(count) FROM failures GROUP BY class").unwrap();
    let classes = classes.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    classes.collect::<Result<_, _>>().unwrap()
}

#[track_caller]
fn all_fail_as(class: &str, address: SocketAddr) {
    // Short where nothing else ends the wait; elsewhere a busy machine must not come first.
    let timeout = if class == "timeout" { "200ms" } else { "1m" };
    let failures = failures(address, timeout);
    let classes: Vec<&String> = failures.keys().collect();
    assert_eq!(classes, [class]);
    assert_ne!(failures[class], 0);
}

/// Answers each request with `begin`, then goes on with `more` for as long as somebody listens.
fn endless(begin: &'static [u8], more: &'static [u8]) -> SocketAddr {
    server(move |mut stream| {
        head(&mut stream);
        let mut alive = stream.write_all(begin).is_ok();
        while alive {
            alive = stream.write_all(more).is_ok();
        }
    })
}

/// Answers each request with `begin` and then `y` without end, byte by byte: each a while after the one
/// before it, and sooner than a wait for a single byte would end.
fn trickling(begin: &'static [u8]) -> SocketAddr {
    server(move |mut stream: TcpStream| {
        stream.set_nodelay(true).unwrap();
        head(&mut stream);
        // A client that waits says nothing, and one that has given up has gone.
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        for byte in begin.iter().chain(std::iter::repeat(&b'y')) {
            let waits = stream.read(&mut [0]).is_err_and(|error| {
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
            });
            if !waits || stream.write_all(&[*byte]).is_err() {
                return;
            }
        }
    })
}

/// Takes a request and keeps quiet.
fn silent() -> SocketAddr {
    server(|mut stream| {
        head(&mut stream);
        let _ = stream.read(&mut [0]);
    })
}

/// Every request succeeds, over a connection of its own.
#[track_caller]
fn all_succeed_apart(address: SocketAddr) {
    let project = Project::new();
    project.run_briefly(&format!("http://{address}/"), &["--timeout", "1m"]).measured();
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let counts = "SELECT sum(successes), sum(connections) FROM samples";
    let (successes, connections): (i64, i64) =
        database.query_row(counts, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let failures: i64 =
        database.query_row("SELECT count(*) FROM failures", [], |row| row.get(0)).unwrap();
    assert_eq!(failures, 0);
    assert_ne!(successes, 0);
    // What a user has left over from the warm-up or the round before may serve its first request.
    assert!(connections + 10 > successes, "{connections} connections for {successes} requests");
}

/// Answers each request with `bytes`, then ends its own half of the connection and goes on listening.
fn half_closed(bytes: &'static [u8]) -> SocketAddr {
    server(move |mut stream| {
        head(&mut stream);
        if stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write)).is_ok() {
            while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        }
    })
}

#[test]
fn a_service_that_answers_404_to_everything_shows_errors_and_no_latency() {
    all_fail_as("status_4xx", answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
}

#[test]
fn a_service_that_answers_500_to_everything_shows_errors_and_no_latency() {
    all_fail_as("status_5xx", answering("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"));
}

#[test]
fn a_redirect_is_not_followed_and_not_a_success() {
    let elsewhere = "HTTP/1.1 302 Found\r\nlocation: http://does-not-exist.invalid/\r\ncontent-length: 0\r\n\r\n";
    all_fail_as("status_other", answering(elsewhere));
}

#[test]
fn a_response_that_never_ends_is_given_up() {
    let body = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    all_fail_as("timeout", endless(body, b"10\r\nxxxxxxxxxxxxxxxx\r\n"));
}

#[test]
fn a_response_that_trickles_is_given_up() {
    all_fail_as("timeout", trickling(b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\nslowl"));
}

#[test]
fn a_response_that_never_begins_is_given_up() {
    all_fail_as("timeout", silent());
}

#[test]
fn a_response_cut_short_is_a_failure_of_its_body() {
    all_fail_as("body", answering_once("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"));
}

#[test]
fn a_connection_closed_without_a_word_is_a_reset() {
    all_fail_as("reset", answering_once(""));
}

#[test]
fn what_is_not_http_is_a_failure_of_the_protocol() {
    all_fail_as("protocol", answering_once("SSH-2.0-OpenSSH_9.2\r\n"));
}

#[test]
fn a_huge_header_is_a_failure_of_the_protocol() {
    all_fail_as("protocol", endless(b"HTTP/1.1 200 OK\r\nx: ", &[b'y'; 4096]));
}

#[test]
fn headers_that_trickle_are_given_up() {
    all_fail_as("timeout", trickling(b"HTTP/1.1 200 OK\r\nx: slowl"));
}

#[test]
fn announcements_without_end_are_given_up() {
    all_fail_as("timeout", endless(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"));
}

#[test]
fn a_body_that_stops_before_its_length_is_given_up() {
    all_fail_as("timeout", answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"));
}

#[test]
fn an_upgrade_that_nobody_asked_for_is_not_a_success() {
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    all_fail_as("status_other", answering(upgrade));
}

#[test]
fn two_lengths_are_a_failure_of_the_protocol() {
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc";
    all_fail_as("protocol", answering(two));
}

#[test]
fn a_header_of_64_kb_or_a_thousand_of_them_are_a_failure_of_the_protocol() {
    let long = "y".repeat(64 << 10);
    let long = format!("HTTP/1.1 200 OK\r\nx: {long}\r\ncontent-length: 0\r\n\r\n");
    all_fail_as("protocol", answering(long));
    let many = "a: b\r\n".repeat(1000);
    all_fail_as("protocol", answering(format!("HTTP/1.1 200 OK\r\n{many}\r\n")));
}

#[test]
fn a_chunk_that_is_none_is_a_failure_of_the_body() {
    let chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello, world\r\n";
    all_fail_as("body", answering(chunk));
}

/// Measures a server that answers with `bomb`, which is in gzip, by so many `users` with these `checks`, in
/// less memory than a gigabyte, or than what eight megabytes can become once they are JSON. Gives the
/// classes of the failures as well.
#[track_caller]
fn checked_in_little_memory(
    bomb: GzEncoder<Vec<u8>>,
    users: &str,
    checks: &str,
) -> (Finished, Vec<String>) {
    let bomb = bomb.finish().unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ";
    let head = format!("{head}{}\r\n\r\n", bomb.len());
    let address = answering([head.as_bytes(), &bomb].concat());
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\ncompression = true\ntimeout = \"1m\"\n\
         [endpoints.\"GET /\"]\nchecks = [{checks}]\n\
         [scenarios.once]\nkind = \"correctness\"\nusers = {users}\nrequests = {users}\n"
    ));
    let run = format!("ulimit -v 600000; exec {PERFBASE} run --scenario once --format json");
    let finished = project.spawn(project.program("/bin/sh", &["-c", &run])).finish();
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let mut classes = database.prepare("SELECT DISTINCT class FROM failures").unwrap();
    let classes = classes.query_map([], |row| row.get(0)).unwrap();
    let classes: Vec<String> = classes.collect::<Result<_, _>>().unwrap();
    (finished.exits(i32::from(!classes.is_empty())), classes)
}

fn gzip() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::default())
}

/// A list that has `item` for as often as goes into eight megabytes, in ten kilobytes.
fn list_of(item: &str) -> GzEncoder<Vec<u8>> {
    let mut bomb = gzip();
    let items = ((8 << 20) - 2) / (item.len() + 1) - 1;
    write!(bomb, "[{}{item}]", format!("{item},").repeat(items)).unwrap();
    bomb
}

#[test]
fn a_small_answer_that_becomes_a_huge_one_is_a_failure_of_its_check_and_takes_no_memory() {
    // A gigabyte of zeros, in a megabyte.
    let mut bomb = gzip();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1 << 10 {
        bomb.write_all(&zeros).unwrap();
    }
    let checks = "\"/a exists\", 'body contains \"a\"'";
    let (finished, classes) = checked_in_little_memory(bomb, "5", checks);
    finished.says("the body is longer than 8 MiB");
    assert_eq!(classes, ["check"]);
}

#[test]
fn json_of_more_values_than_there_is_memory_for_is_looked_into_all_the_same() {
    let (finished, classes) = checked_in_little_memory(list_of("{\"\":0}"), "2", "\"/0/0 == 0\"");
    finished.says("there is nothing");
    assert_eq!(classes, ["check"]);
    let (_, classes) = checked_in_little_memory(list_of("[0]"), "2", "\"/0/0 == 0\"");
    assert_eq!(classes, [""; 0]);
}

#[test]
fn json_of_more_values_than_there_is_memory_for_is_not_looked_at_as_a_whole() {
    let (finished, classes) =
        checked_in_little_memory(list_of("{\"\":0}"), "1", "\"json contains 0\"");
    finished.says("the JSON to be looked at has more than 250 000 values");
    assert_eq!(classes, ["check"]);
}

#[test]
fn what_is_not_the_gzip_that_it_says_is_a_failure_of_its_check() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 8\r\n\r\n{\"a\": 1}";
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{}\"\n[endpoints.\"GET /\"]\nchecks = [\"/a == 1\"]\n",
        answering(answer)
    ));
    let run = [&["run", "--format", "json"], &super::project::BRIEF[..]].concat();
    project.run(&run).measured().says("the body is not the gzip that it says it is");
}

#[test]
fn a_half_closed_connection_ends_what_has_not_come() {
    all_fail_as("reset", half_closed(b""));
    all_fail_as("reset", half_closed(b"HTTP/1.1 200 OK\r\ncontent-le"));
    all_fail_as("body", half_closed(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"));
    all_succeed_apart(half_closed(b"HTTP/1.1 200 OK\r\n\r\nuntil the end"));
}

#[test]
fn what_comes_behind_an_answer_costs_the_connection_and_nothing_else() {
    all_succeed_apart(answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more"));
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".repeat(2);
    all_succeed_apart(answering(two));
}

#[test]
fn nothing_that_only_fails_becomes_a_baseline_or_passes() {
    let address = answering("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n{}",
        super::steady::SCENARIO
    ));
    let record = ["record", "--scenario", "steady", "--duration", "300ms"];
    let refused = project.run(&record).exits(3);
    let refused = refused.says("this run does not deserve to be a baseline");
    // Where no round counts, that is the reason that is given.
    if !refused.stderr.contains("saturated") {
        refused
            .says("100% of the requests to GET /clients failed")
            .says("fix the service or the request");
    }
    assert!(!project.baseline().exists());
}

#[test]
fn a_service_that_fails_everything_fast_is_red_against_its_baseline() {
    // Each round has the time that it has in the baseline, for otherwise it is another workload.
    let address = answering("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n{}",
        super::steady::SCENARIO
    ));
    project.write("performance_baselines.json", &super::steady::RECORDED.baseline);
    let compare = ["compare", "--scenario", "steady", "--strict"];
    let Some(compared) = super::steady::conclusive(|| project.run(&compare)) else { return };
    compared
        .exits(1)
        .says("✗ GET /clients errors: 100% of the requests failed")
        .says("status 5xx")
        .says("exit 1 (gate failed)");
}

#[test]
fn control_characters_from_a_server_do_not_reach_the_terminal() {
    let address =
        answering("HTTP/1.1 200 \u{1b}[2J\u{7}\r\nx: \u{1b}[31m\r\ncontent-length: 0\r\n\r\n");
    let url = format!("http://{address}/");
    let project = Project::new();
    project.run_briefly(&url, &[]).measured().never_says("\u{1b}").never_says("\u{7}");
}
