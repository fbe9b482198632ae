//! What answers add up to, and times that they tell.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::project::Project;
use super::required::required;
use super::server::{answering, head, quick, server};
use super::users::{counts, run};

/// What was counted, in all rounds: sums and answers without a number.
fn counted(project: &Project) -> BTreeMap<String, (f64, i64)> {
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let mut counts = database
        .prepare("SELECT counter, sum(total), sum(missed) FROM counts GROUP BY counter")
        .unwrap();
    counts
        .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nx-items: 3\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

const METRICS: &str = r#"
[endpoints."GET /a"]
[endpoints."GET /b"]
[pages.both]
requests = ["GET /a", "GET /b"]
[metrics.visits]
count = "GET /a"
[metrics.items]
sum = "header:x-items"
from = "GET /a"
[metrics.lost]
sum = "/none"
from = "GET /b"
[metrics."queue time"]
timer = "/queued_ms"
from = "GET /a"
target = "1ms"
[metrics.wait]
timer = "/waited"
from = "GET /b"
unit = "s"
"#;

#[test]
fn successes_and_numbers_add_up_inside_of_pages_too_and_times_are_rows() {
    let address = answering(answer(r#"{"queued_ms": 250, "waited": "1.5"}"#));
    let text = format!("[service]\nurl = \"http://{address}\"\n{METRICS}");
    for users in ["1", "3"] {
        let project = Project::with(&text);
        let finished = run(&project, &["--users", users]).measured();
        let (rows, counted) = (counts(&project), counted(&project));
        let sent = |name: &str| rows[name].successes + rows["both"].successes;
        assert_eq!(counted["visits"], (sent("GET /a") as f64, 0), "{users} {finished}");
        assert_eq!(counted["items"], (3.0 * sent("GET /a") as f64, 0));
        assert_eq!(counted["lost"], (0.0, sent("GET /b")));
        assert_eq!(rows["queue time"].successes, sent("GET /a"));
        assert_eq!(rows["queue time"].failures, 0);
        let database = rusqlite::Connection::open(project.database()).unwrap();
        let max = |row: &str| -> f64 {
            let max = "SELECT max(max_ns) / 1e6 FROM samples WHERE endpoint = ?1";
            database.query_row(max, [row], |row| row.get(0)).unwrap()
        };
        assert!((max("queue time") - 250.0).abs() < 1.0, "{}", max("queue time"));
        assert!((max("wait") - 1500.0).abs() < 5.0, "{}", max("wait"));
        let shown = project.run(&["show"]).exits(0);
        shown.says("visits").says("queue time").says("lost found no number of 0 or more in");
    }
}

#[test]
fn an_allowed_answer_is_counted_like_any_success_and_no_number_is_looked_for_in_it() {
    let address = answering("HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n");
    for page in ["", "[pages.both]\nrequests = [\"GET /a\", \"GET /b\"]\n"] {
        let project = Project::with(&format!(
            "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /a\"]\nallow = [409]\n\
             [endpoints.\"GET /b\"]\nallow = [409]\n{page}\
             [metrics.visits]\ncount = \"GET /a\"\n\
             [metrics.items]\nsum = \"/items\"\nfrom = \"GET /a\"\n\
             [scenarios.right]\nkind = \"correctness\"\nusers = 2\nrequests = 12\nseed = 1\n"
        ));
        project.run(&["run", "--scenario", "right"]);
        let rows = counts(&project);
        let sent = rows["GET /a"].successes + rows.get("both").map_or(0, |both| both.successes);
        let counted = counted(&project);
        assert_eq!(counted["visits"], (sent as f64, 0), "{rows:?}");
        assert_eq!(counted["items"], (0.0, 0));
        assert!(sent > 0);
    }
}

#[test]
fn an_answer_without_a_time_is_a_counted_failure_of_the_timer_alone() {
    for body in
        [r#"{"queued_ms": -1}"#, r#"{"queued_ms": "soon"}"#, r#"{"queued_ms": 1e300}"#, "<html>"]
    {
        let address = answering(answer(body));
        let project = Project::with(&format!("[service]\nurl = \"http://{address}\"\n{METRICS}"));
        run(&project, &["--users", "2"]).measured();
        let rows = counts(&project);
        assert!(rows["GET /a"].successes > 0 && rows["GET /a"].failures == 0, "{rows:?}");
        assert_eq!(rows["queue time"].successes, 0, "{body}");
        assert!(rows["queue time"].failures > 0, "{body}");
    }
}

#[test]
fn fewer_than_the_least_fail_a_run_and_are_named() {
    let service = quick();
    for (least, is_met) in [("1000000/s", false), ("1/s", true)] {
        let project = Project::with(&format!(
            "[service]\nurl = \"{}\"\n[endpoints.\"GET /health\"]\n\
             [metrics.\"health checks\"]\ncount = \"GET /health\"\nleast = \"{least}\"\n",
            service.url()
        ));
        let finished = run(&project, &["--users", "2"]);
        let requirement = required(&finished, is_met);
        assert_eq!(requirement["kind"], "counter");
        assert_eq!(requirement["subject"], "health checks");
        assert_eq!(requirement["demand"], format!("at least {least}"));
    }
}

#[test]
fn a_metric_of_what_nothing_sends_is_told() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"GET /health\"]\n[endpoints.\"GET /clients\"]\n\
         [scenarios.baseline]\nendpoints = [\"GET /health\"]\n\
         [metrics.n]\ncount = \"GET /clients\"\nleast = \"1/s\"\n",
        service.url()
    ));
    let told = "`n` is not measured: nothing here sends GET /clients";
    project.run(&["check"]).exits(0).says(told);
    run(&project, &["--users", "2"]).measured().says(told);
}

/// Two timers of `GET /a` under a level at which so much has to succeed.
fn level(address: std::net::SocketAddr, least: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /a\"]\n\
         [metrics.one]\ntimer = \"/ms\"\nfrom = \"GET /a\"\n\
         [metrics.two]\ntimer = \"/none\"\nfrom = \"GET /a\"\n\
         [scenarios.s]\nrounds = 1\nwarm_up = \"0s\"\nwarm_up_requests = 0\n\
         hold = \"300ms\"\nlevels = [{{ users = 3, success = \"{least}\" }}]\n"
    ))
}

/// What was found of the only level, and how many requests there were in the rounds that count: those
/// that a busy machine spoiled are measured again, and count only where all of them are.
fn found(project: &Project, codes: &[i32]) -> (String, i64) {
    let json = project
        .run(&["run", "--scenario", "s", "--format", "json"])
        .exits_with_one_of(codes)
        .json();
    let found = json["requirements"][0]["found"].as_str().unwrap().to_owned();
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let requests = "SELECT sum(successes + failures) FROM samples JOIN rounds USING (run, round)
         WHERE endpoint = 'GET /a' AND valid = (SELECT max(valid) FROM rounds)";
    (found, database.query_row(requests, [], |row| row.get(0)).unwrap())
}

#[test]
fn times_that_answers_tell_make_no_level_green_and_none_red() {
    // Every second request fails; what the others tell is a success of the one timer.
    let nth = Arc::new(AtomicU32::new(0));
    let address = server(move |mut stream| {
        while head(&mut stream).is_some() {
            let fails = nth.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            let status = if fails { "500 No" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\n\r\n{{\"ms\": 3}}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let (found_, requests) = found(&level(address, "60%"), &[1]);
    assert!(found_.ends_with(&format!(" of {requests} requests")), "{found_}: {requests}");
    // No answer holds a time of the other timer, which is no failed request.
    let copes = answering(answer(r#"{"ms": 3}"#));
    let (found_, requests) = found(&level(copes, "100%"), &[0, 3]);
    assert_eq!(found_, format!("100% of {requests} requests"));
}

#[test]
fn a_count_alone_makes_no_user_a_person_and_check_shows_it_all() {
    let project = Project::with(&format!("[service]\nurl = \"http://localhost:1\"\n{METRICS}"));
    let check = project.run(&["check"]).exits(0);
    check.says("visits").says("header:x-items").says("/queued_ms of GET /a");
    let json = project.run(&["check", "--format", "json"]).exits(0).json();
    assert_eq!(json["counters"].as_array().unwrap().len(), 3);
    assert_eq!(json["endpoints"][3]["timer"]["from"], "GET /a");
}
