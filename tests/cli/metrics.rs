//! What answers add up to, and times that they tell.

use std::collections::BTreeMap;

use super::project::Project;
use super::server::{answering, quick};
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
    let text = |least: &str| {
        format!(
            "[service]\nurl = \"{}\"\n[endpoints.\"GET /health\"]\n\
             [metrics.\"health checks\"]\ncount = \"GET /health\"\nleast = \"{least}\"\n",
            service.url()
        )
    };
    let project = Project::with(&text("1000000/s"));
    let failed = run(&project, &["--users", "2"]).exits_with_one_of(&[1, 3]);
    failed.says("health checks");
    let project = Project::with(&text("1/s"));
    run(&project, &["--users", "2"]).measured();
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
