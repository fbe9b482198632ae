//! A service that ends kept connections in place of answers.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use perfbase::store::{RunRef, Store};
use serde_json::Value;

use super::project::Project;
use super::server::{head, server};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Which requests lose their connection, counted over all of them.
#[derive(Default)]
struct Losses {
    asked: AtomicU64,
    /// One of so many; none where it is 0.
    every: AtomicU64,
    /// This one alone; none where it is 0.
    only: AtomicU64,
}

impl Losses {
    fn lose(&self) -> bool {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let every = self.every.load(Ordering::SeqCst);
        number == self.only.load(Ordering::SeqCst) || every > 0 && number.is_multiple_of(every)
    }

    fn begin_anew(&self, every: u64, only: u64) {
        self.every.store(every, Ordering::SeqCst);
        self.only.store(only, Ordering::SeqCst);
        self.asked.store(0, Ordering::SeqCst);
    }
}

/// A service that answers all requests but those.
fn losing() -> (SocketAddr, Arc<Losses>) {
    let losses = Arc::new(Losses::default());
    let those = Arc::clone(&losses);
    let address = server(move |mut stream| {
        while head(&mut stream).is_some() {
            if those.lose() || stream.write_all(OK).is_err() {
                return;
            }
        }
    });
    (address, losses)
}

/// One user: a request that is sent again is then the next, which is not lost too.
fn project(address: SocketAddr, endpoint: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"{endpoint}\"]\n\
         [scenarios.baseline]\nusers = 1\nrounds = 3\nduration = \"100ms\"\n"
    ))
}

/// A measured run, every round of which counts, however busy the machine was: what the service loses does
/// not depend on it.
fn measured(project: &Project) {
    project.run(&["run", "--warm-up", "0s", "--warm-up-requests", "0"]).measured();
    let database = rusqlite::Connection::open(project.database()).unwrap();
    database.execute_batch("DELETE FROM unsound_rounds; UPDATE rounds SET valid = 1").unwrap();
}

/// A project whose service has lost nothing so far, which is its baseline.
fn with_baseline() -> (Project, Arc<Losses>) {
    let (address, losses) = losing();
    let project = project(address, "GET /");
    measured(&project);
    let store = Store::open(project.database()).unwrap();
    project.accept(&store.run(RunRef::Last(0)).unwrap());
    (project, losses)
}

fn requests(project: &Project) -> Value {
    let shown = project.run(&["show", "--format", "json"]).exits(0).json();
    shown["endpoints"][0]["requests"].clone()
}

#[test]
fn a_service_that_loses_the_connections_of_one_request_in_twenty_is_red_and_it_is_told() {
    let (project, losses) = with_baseline();
    losses.begin_anew(20, 0);
    measured(&project);
    let requests = requests(&project);
    let figure = |key: &str| requests[key].as_f64().unwrap();
    assert_eq!(requests["failures"], 0, "they came to something the second time: {requests}");
    let lost = figure("repeated") / figure("successes");
    assert!((0.04..0.06).contains(&lost), "{requests}");
    assert!((figure("lost_share") - lost).abs() < 1e-9, "{requests}");
    let how = "lost their connection and were sent again";
    project.run(&["show"]).exits(0).says("%) lost their connection");

    let red = project.run(&["compare", "last", "--format", "json"]).exits(1);
    let row = &red.json()["rows"][0];
    assert_eq!((&row["decision"], &row["red"]), (&"errors".into(), &true.into()), "{red}");
    let reasons = row["reasons"].as_array().unwrap();
    let reason = reasons.last().unwrap()["text"].as_str().unwrap();
    assert!(reason.contains(&format!("{how}, over 1%: red")), "{red}");
    assert_eq!(row["warnings"][0]["kind"], "repeated", "{red}");
    project.run(&["compare", "last"]).exits(1).says("of the requests lost their");
}

#[test]
fn a_single_end_that_crosses_a_request_is_counted_and_no_failure() {
    let (project, losses) = with_baseline();
    losses.begin_anew(0, 700);
    measured(&project);
    let requests = requests(&project);
    assert_eq!((&requests["failures"], &requests["repeated"]), (&0.into(), &1.into()));
    let shown = project.run(&["show"]).exits(0);
    shown.says("· GET /: 1 of ").says("lost their connection").never_says("the failures");
    let compared = project.run(&["compare", "last", "--format", "json"]);
    let row = &compared.json()["rows"][0];
    assert_ne!(row["decision"], "errors", "{compared}");
    let kinds: Vec<_> = row["warnings"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
    assert!(!kinds.contains(&&Value::from("repeated")), "{compared}");
}

#[test]
fn a_request_that_cannot_be_sent_twice_is_a_failure_when_it_is_lost() {
    let (address, losses) = losing();
    let project = project(address, "POST /");
    losses.begin_anew(20, 0);
    measured(&project);
    let requests = requests(&project);
    assert_eq!(requests["repeated"], 0, "{requests}");
    assert!(requests["by_class"]["reset"].as_u64().unwrap() > 0, "{requests}");
}

#[test]
fn a_service_that_loses_requests_of_a_correctness_run_is_red_and_one_that_ended_a_connection_is_not()
 {
    let (address, losses) = losing();
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /\"]\n\
         [scenarios.right]\nkind = \"correctness\"\nusers = 1\nrequests = 40\n"
    ));
    losses.begin_anew(4, 0);
    let red = project.run(&["run", "--scenario", "right"]).exits(1);
    red.says("of 40 requests lost their connection and were sent again").says("not met");
    project.run(&["compare", "last"]).exits(1);
    losses.begin_anew(0, 20);
    let met = project.run(&["run", "--scenario", "right"]).exits(0);
    met.says("1 of 40 requests lost their connection").says("✓ met");
}
