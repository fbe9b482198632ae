//! A generator at its limit: it says so, whatever the figures look like.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::project::{Finished, Project, signal};
use super::server::{answering, head, server};
use super::steady::conclusive;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// One round of a second, nothing before it.
const ROUND: [&str; 9] = [
    "--rounds",
    "1",
    "--duration",
    "1s",
    "--warm-up",
    "0s",
    "--warm-up-requests",
    "0",
    "--no-ready",
];

/// How long an answer lies unread, or is waited for.
const LONG: Duration = Duration::from_millis(20);

/// Does nothing for as long as that.
fn wait() {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(LONG);
}

/// Answers whatever it reads at once, in one write.
fn fast() -> SocketAddr {
    server(|mut stream| {
        let mut memory = [0; 4096];
        while let Ok(read) = stream.read(&mut memory)
            && read > 0
        {
            let asked = memory[..read].windows(4).filter(|it| it == b"\r\n\r\n").count();
            if stream.write_all(&ANSWER.repeat(asked)).is_err() {
                return;
            }
        }
    })
}

/// Every ground on which a round did not count, as it is stored.
fn grounds(project: &Project) -> Vec<String> {
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let mut grounds = database.prepare("SELECT DISTINCT ground FROM unsound_rounds").unwrap();
    grounds.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn answers_that_lie_unread_while_the_generator_does_not_run_make_it_saturated() {
    // Neither late nor busy: it only sees what came when it is let go on.
    let generator = Arc::new(AtomicU32::new(0));
    let stopped = Arc::clone(&generator);
    let has_holder = AtomicBool::new(false);
    let address = server(move |mut stream| {
        let mut claim = None;
        while head(&mut stream).is_some() {
            // The first that asks: before that, somebody only looks whether anybody is there.
            let is_holder = *claim.get_or_insert_with(|| !has_holder.swap(true, Ordering::SeqCst));
            let pid = stopped.load(Ordering::SeqCst);
            let is_held = is_holder && pid != 0 && signal(pid, "STOP");
            let is_alive = stream.write_all(ANSWER).is_ok();
            wait();
            if is_held {
                signal(pid, "CONT");
            }
            if !is_alive {
                return;
            }
        }
    });
    let project = Project::new();
    let url = format!("http://{address}/");
    let run = project.start(&[&["run", &url, "--users", "20"], &ROUND[..]].concat());
    generator.store(run.pid(), Ordering::SeqCst);
    let finished = run.finish().exits(3).says("saturated");
    let grounds = grounds(&project);
    assert!(grounds.iter().any(|it| it == "poll_delay"), "{grounds:?}\n{finished}");
}

#[test]
fn a_service_that_takes_as_long_does_not() {
    let address = server(|mut stream| {
        while head(&mut stream).is_some() {
            wait();
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    });
    let mut project = Project::new();
    let url = format!("http://{address}/");
    let run = || {
        project = Project::new();
        project.run(&[&["run", &url, "--users", "10"], &ROUND[..]].concat())
    };
    let Some(finished) = conclusive(run) else { return };
    finished.exits(0);
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let known = "SELECT count(*) FROM rounds WHERE poll_delay_p95_ns IS NOT NULL";
    let known: i64 = database.query_row(known, [], |row| row.get(0)).unwrap();
    assert_ne!(known, 0);
}

/// Every ground on which a round of a run did not count, in words.
fn said(finished: &Finished) -> Vec<String> {
    let run = finished.json();
    let rounds = run["rounds"].as_array().unwrap();
    let grounds = rounds.iter().flat_map(|round| round["grounds"].as_array().unwrap());
    grounds.map(|ground| ground.as_str().unwrap().to_owned()).collect()
}

/// Answers with 4 MiB that are next to nothing on the way: a moment for the service, and a long time for
/// who looks into them.
fn packed() -> SocketAddr {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b'x'; 4 << 20]).unwrap();
    let body = encoder.finish().unwrap();
    let length = body.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n");
    answering([head.into_bytes(), body].concat())
}

/// How often is measured while others take the CPU that the generator would be busy with.
const TRIES: u32 = 3;

#[test]
#[expect(clippy::print_stdout, reason = "what could not be seen belongs to a test's output")]
fn a_service_that_is_faster_than_the_generator_makes_it_saturated() {
    let address = packed();
    let text = format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /\"]\nchecks = ['body contains \"x\"']\n"
    );
    let run = [&["run", "--users", "2", "--format", "json"], &ROUND[..]].concat();
    for _ in 0..TRIES {
        let project = Project::with(&text);
        let finished = project.run(&run).exits(3);
        let round = &finished.json()["rounds"][0];
        assert_eq!(round["requests"]["GET /"]["failures"], 0);
        // It does nothing but work, as far as it is let.
        let busy = round["generator"]["busy_share"].as_f64().unwrap();
        assert!(busy > 0.2, "{finished}");
        project.run(&["show"]).exits(0).says("saturated");
        if said(&finished).iter().any(|it| it.starts_with("generator threads")) {
            return;
        }
        println!("busy is no ground, because others had the CPU: {finished}");
    }
}

#[test]
fn no_leave_makes_a_baseline_of_rounds_that_do_not_count() {
    let project = Project::new();
    let url = format!("http://{}/", fast());
    let load = ["--rate", "1000000/s", "--connections", "8", "--timeout", "100ms"];
    let record = ["record", &url, "--accept-anyway", "why not"];
    let finished = project.run(&[&record, &load[..], &ROUND[..]].concat()).exits(3);
    finished.says("no round counts").says("saturated").never_says("--accept-anyway");
    assert!(!project.baseline().exists());
}

#[test]
fn a_rate_that_no_generator_reaches_makes_it_saturated() {
    let project = Project::new();
    let url = format!("http://{}/", fast());
    let load = ["--rate", "1000000/s", "--connections", "8", "--timeout", "100ms"];
    let json = ["--format", "json"];
    let finished = project.run(&[&["run", &url], &load[..], &ROUND[..], &json].concat());
    let finished = finished.exits(3);
    let grounds = said(&finished);
    let missed = |it: &String| it.ends_with("of the intended starts were sent, under 95%");
    assert!(grounds.iter().any(missed), "{grounds:?}\n{finished}");
    project.run(&["show"]).exits(0).says("saturated");
}
