//! Stopped in the middle: by Ctrl-C, by SIGTERM, by SIGKILL; and two processes at a time.

#![cfg(unix)]

use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc;

use super::project::{Finished, Project};
use super::server::{head, quick, server};

/// A measurement of many short rounds, which ends only when it is stopped.
const LONG: [&str; 9] = [
    "--rounds",
    "1000",
    "--duration",
    "100s",
    "--warm-up",
    "0s",
    "--warm-up-requests",
    "0",
    "--no-ready",
];

/// Measures in `project` until the third round has begun, sends the signal, and waits for the end.
fn stopped(project: &Project, verb: &str, signal: &str) -> Finished {
    let service = quick();
    let url = format!("{}/health", service.url());
    let mut measuring = project.start(&[&[verb, &url], &LONG[..]].concat());
    measuring.wait_for("round 3 of 1000");
    measuring.signal(signal);
    measuring.finish()
}

/// The only run of `project`: its state, and how many rounds it has.
fn only_run(project: &Project) -> (String, usize) {
    let history = project.run(&["history", "--format", "json"]).exits(0).json();
    assert_eq!(history["runs"].as_array().unwrap().len(), 1, "{history}");
    let shown = project.run(&["show", "1", "--format", "json"]).exits(0).json();
    assert_eq!(shown["state"], history["runs"][0]["state"]);
    (shown["state"].as_str().unwrap().to_owned(), shown["rounds"].as_array().unwrap().len())
}

#[test]
fn ctrl_c_saves_the_finished_rounds_and_is_no_pass() {
    let project = Project::new();
    let finished = stopped(&project, "run", "INT").exits(130);
    let finished = finished.says("stopping").says("run 1 is interrupted");
    assert_eq!(finished.stdout, "", "{finished}");
    let (state, rounds) = only_run(&project);
    assert_eq!(state, "interrupted");
    assert!(rounds >= 2, "{rounds}");
    project.run(&["compare", "last"]).exits(3);
}

#[test]
fn a_recording_that_is_stopped_writes_no_baseline() {
    let project = Project::new();
    stopped(&project, "record", "TERM").exits(143).says("run 1 is interrupted");
    assert_eq!(only_run(&project).0, "interrupted");
    assert!(!project.baseline().exists());
}

#[test]
fn killed_in_the_middle_the_finished_rounds_are_there() {
    let project = Project::new();
    let killed = stopped(&project, "run", "KILL");
    assert_eq!(killed.code, None, "{killed}");
    let (state, rounds) = only_run(&project);
    assert_eq!(state, "interrupted");
    assert!(rounds >= 2, "{rounds}");
    project.run(&["show", "1"]).exits(0).says("GET /health");
    // Whoever opens the database for writing next notes it down and clears up.
    let service = quick();
    project.run_briefly(&format!("{}/health", service.url()), &[]).measured();
    project.run(&["history"]).exits(0).says("interrupted").says("complete");
    let left = project.files().into_iter().map(|(path, _)| path.display().to_string());
    assert_eq!(left.filter(|path| path.contains("-run-")).count(), 0, "no lease is left");
}

#[test]
fn a_second_ctrl_c_ends_at_once_though_an_answer_is_outstanding() {
    let (asked, request) = mpsc::channel();
    let asked = Mutex::new(asked);
    let address = server(move |mut stream| {
        head(&mut stream);
        let _ = asked.lock().unwrap().send(());
        // Never an answer: waiting for it would take the hour that is allowed.
        let _ = stream.read(&mut [0]);
    });
    let project = Project::new();
    let url = format!("http://{address}/");
    let mut measuring = project.start(&[&["run", &url, "--timeout", "1h"], &LONG[..]].concat());
    request.recv().unwrap();
    measuring.signal("INT");
    measuring.wait_for("Ctrl-C again stops at once");
    measuring.signal("INT");
    let finished = measuring.finish().exits(130);
    assert_eq!(finished.stdout, "", "{finished}");
    assert_eq!(only_run(&project), ("interrupted".to_owned(), 0));
}

#[test]
fn ctrl_c_before_the_service_is_ready_ends_it() {
    let address = super::server::answering("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n");
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\nready = \"GET /\"\nready_timeout = \"1h\"\n[endpoints.\"GET /\"]\n"
    ));
    let mut waiting = project.start(&["run"]);
    waiting.wait_for("waiting for GET");
    waiting.signal("INT");
    waiting.finish().exits(130);
}

#[test]
fn two_processes_on_one_database_both_finish() {
    let project = Project::new();
    let service = quick();
    let url = format!("{}/health", service.url());
    let arguments = ["run", &url, "--rounds", "4", "--duration", "200ms", "--warm-up", "0s"];
    let mut processes = [project.start(&arguments), project.start(&arguments)];
    for process in &mut processes {
        process.wait_for("round 1 of 4");
    }
    for process in processes {
        process.finish().measured().says("GET /health");
    }
    let history = project.run(&["history", "--format", "json"]).exits(0).json();
    let runs = history["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|run| run["state"] == "complete"), "{history}");
}
