//! What is told of the phases of requests, and of the connections made for them.

use std::io::Write;

use serde_json::Value;

use super::made_up;
use super::project::{BRIEF, Finished, Project};
use super::server::{answering, answering_once, head, self_signed, server};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// The only endpoint of a run's document.
fn only(run: &Finished) -> Value {
    run.json()["endpoints"][0].clone()
}

fn count(endpoint: &Value, phase: &str) -> Option<u64> {
    endpoint["phases"][phase]["count"].as_u64()
}

/// What a run tells whose first round counts: one that is measured again on a busy machine finds the
/// connections open that the one before has made.
fn json(project: &Project, more: &[&str]) -> Value {
    let arguments = [&["run", "--format", "json"], &BRIEF[..], more].concat();
    let counts = |run: &Finished| run.json()["rounds"][0]["valid"] == true;
    let mut tries = (0..9).map(|_| project.run(&arguments).measured());
    let Some(run) = tries.find(counts) else {
        panic!("no first round counts: is this machine busy?")
    };
    only(&run)
}

#[test]
fn every_success_waits_and_connections_are_made_where_the_service_closes_them() {
    let kept = json(&Project::new(), &[&format!("http://{}/", answering(OK))]);
    let successes = kept["requests"]["successes"].as_u64();
    assert!(successes > Some(0), "{kept}");
    assert_eq!((count(&kept, "wait"), count(&kept, "body")), (successes, successes));
    assert_eq!((count(&kept, "connect"), kept["connections"].as_u64()), (Some(1), Some(1)));
    assert_eq!((count(&kept, "dns"), count(&kept, "tls")), (None, None));
    assert_eq!(kept["requests_per_connection"].as_f64(), successes.map(|it| it as f64));

    let closing = OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let closed = json(&Project::new(), &[&format!("http://{}/", answering_once(closing))]);
    let successes = closed["requests"]["successes"].as_u64();
    assert_eq!(closed["requests"]["failures"], 0, "{closed}");
    assert_eq!((count(&closed, "connect"), closed["connections"].as_u64()), (successes, successes));
    assert!(closed["phases"]["connect"]["max_ms"].as_f64() > Some(0.0), "{closed}");
}

#[test]
fn a_body_that_comes_after_its_head_is_told_apart_from_the_wait() {
    let address = server(|mut stream| {
        stream.set_nodelay(true).unwrap();
        let (head_of, body) = OK.split_at(OK.len() - 2);
        while head(&mut stream).is_some()
            && stream.write_all(head_of.as_bytes()).is_ok()
            && stream.write_all(body.as_bytes()).is_ok()
        {}
    });
    let endpoint = json(&Project::new(), &[&format!("http://{address}/")]);
    let successes = endpoint["requests"]["successes"].as_u64();
    assert_eq!((count(&endpoint, "wait"), count(&endpoint, "body")), (successes, successes));
    assert!(endpoint["phases"]["body"]["max_ms"].as_f64() > Some(0.0), "{endpoint}");
}

#[test]
fn each_connection_with_tls_has_its_handshake() {
    let (address, _) = self_signed();
    let url = format!("https://localhost:{}/", address.port());
    let endpoint = json(&Project::new(), &[&url, "--insecure"]);
    assert_eq!(count(&endpoint, "tls"), endpoint["connections"].as_u64());
    assert_eq!(count(&endpoint, "tls"), count(&endpoint, "connect"));
    assert!(endpoint["phases"]["tls"]["max_ms"].as_f64() > Some(0.0), "{endpoint}");
}

#[test]
fn a_name_is_looked_up_within_a_request_only_where_a_redirect_leads_to_it() {
    let elsewhere = answering(OK).port();
    let to = format!(
        "HTTP/1.1 302 x\r\nlocation: http://localhost:{elsewhere}/\r\ncontent-length: 0\r\n\r\n"
    );
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{}\"\n[endpoints.\"GET /away\"]\nredirects = 1\n",
        answering(to)
    ));
    let endpoint = json(&project, &[]);
    let successes = endpoint["requests"]["successes"].as_u64();
    assert!(successes > Some(0), "{endpoint}");
    assert_eq!(count(&endpoint, "dns"), successes);
    assert_eq!(count(&endpoint, "connect"), successes.map(|abroad| abroad + 1));
    assert_eq!(count(&endpoint, "wait"), successes);
}

#[test]
fn a_run_is_stored_with_its_phases_and_shown_with_them() {
    let project = Project::new();
    let url = format!("http://{}/", answering(OK));
    let measured = json(&project, &[&url]);
    let shown = project.run(&["show", "--format", "json"]).exits(0);
    assert_eq!(only(&shown)["phases"], measured["phases"]);
    assert_eq!(only(&shown)["connections"], measured["connections"]);
    let verbose = project.run(&["show", "-v"]).exits(0);
    verbose.says("connect").says("wait").says("body").says("new connections");
    project.run(&["show"]).exits(0).never_says("new connections");
}

#[test]
fn a_run_of_before_there_were_phases_says_so() {
    let project = Project::new();
    let mut old = made_up::run(1, &[("GET /health", 10)]);
    for sample in old.rounds.iter_mut().flat_map(|round| round.samples.values_mut()) {
        sample.phases = None;
    }
    project.store(&old);
    project.run(&["show", "-v"]).exits(0).says("phases: not recorded").says("new connections");
    assert!(only(&project.run(&["show", "--format", "json"]).exits(0))["phases"].is_null());
}
