//! What this machine lets one process have, which is never taken for the service's failure.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::project::{BRIEF, Finished, PERFBASE, Project};
use super::server::{head, server};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Runs with so many open files at most, which nothing can raise.
fn within(files: &str, project: &Project, more: &[&str]) -> Finished {
    let limited = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
    let shell = ["-c", &limited, PERFBASE, "run"];
    project.spawn(project.program("/bin/sh", &[&shell, more].concat())).finish()
}

fn project(url: &str, more: &str) -> Project {
    Project::with(&format!("[service]\nurl = \"{url}\"\n{more}\n[endpoints.\"GET /a\"]\n"))
}

#[test]
fn more_connections_than_files_may_be_open_are_refused_before_anything_is_sent() {
    let connections = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&connections);
    let address = server(move |mut stream| {
        count.fetch_add(1, Ordering::Relaxed);
        while head(&mut stream).is_some() && stream.write_all(OK).is_ok() {}
    });
    let url = format!("http://{address}");
    let levels = "[scenarios.baseline]\nlevels = [{ users = 1 }, { users = 99 }]\n";
    for (service, others, arguments, planned) in [
        ("", "", &["--users", "97"][..], 97),
        ("", levels, &[], 99),
        ("http = \"2\"\nstreams = 1\n", "", &["--users", "96"], 96),
    ] {
        let project = Project::with(&format!(
            "[service]\nurl = \"{url}\"\n{service}[endpoints.\"GET /a\"]\n{others}"
        ));
        within("90", &project, arguments)
            .exits(2)
            .says(&format!("takes {planned} connections at a time"))
            .says("may have 90 files open")
            .says("ulimit -n");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
    within("90", &project(&url, ""), &[&BRIEF[..], &["--users", "5"]].concat()).measured();
    // An open loop opens as many as it needs, and that is known when it does. A stage at so low a rate is as long as it
    // says; a round of nothing else lasts until there are enough answers.
    let stages = "[scenarios.few]\nrounds = 1\nconnections = 98\n\
                  stages = [{ rate = \"10/s\", over = \"0s\" }, { rate = \"10/s\", over = \"1s\" }]\n";
    let open =
        Project::with(&format!("[service]\nurl = \"{url}\"\n[endpoints.\"GET /a\"]\n{stages}"));
    let bare = ["--scenario", "few", "--warm-up", "0s", "--warm-up-requests", "0"];
    within("90", &open, &bare).measured();
    assert_ne!(connections.load(Ordering::Relaxed), 0);
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let address =
        server(|mut stream| while head(&mut stream).is_some() && stream.write_all(OK).is_ok() {});
    let project = project(&format!("http://{address}"), "");
    let raised = "ulimit -S -n 20; exec \"$0\" \"$@\"";
    let arguments = [&["-c", raised, PERFBASE, "run"], &BRIEF[..], &["--users", "30"]].concat();
    project.spawn(project.program("/bin/sh", &arguments)).finish().measured();
}

/// What becomes of `perfbase run` over the project that `configure` makes of a service's URL, if from the
/// first request to `path` on it can open no more files.
#[cfg(target_os = "linux")]
fn short_from(path: &str, configure: impl Fn(&str) -> Project, more: &[&str]) -> Finished {
    use std::sync::{Mutex, mpsc};

    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let (asked, is_asked) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let asks = format!(" {path} ");
    let address = server(move |mut stream| {
        if let Some(request) = head(&mut stream) {
            if request.lines().next().is_some_and(|line| line.contains(&asks)) {
                let _ = asked.send(());
                // It is dropped when the limit is set, and never waited for again.
                let _ = may_go_on.lock().unwrap().recv();
            }
            let _ = stream.write_all(OK);
        }
    });
    let project = configure(&format!("http://{address}"));
    let run = project.start(&[&["run"], more].concat());
    is_asked.recv().unwrap();
    let none = Rlimit { current: Some(3), maximum: Some(3) };
    let pid = Pid::from_raw(run.pid().cast_signed()).unwrap();
    prlimit(Some(pid), Resource::Nofile, none).unwrap();
    drop(go_on);
    run.finish()
        .exits(4)
        .says("this machine, not the service, could not open another connection")
        .says("Too many open files")
        .says("ulimit -n")
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_this_machine_cannot_open_ends_the_run_and_is_no_failure_of_the_service() {
    let configure = |url: &str| project(url, "keep_alive = false");
    short_from("/a", configure, &[&BRIEF[..], &["--users", "1"]].concat()).never_says("errors");
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_asks_a_limiter_on_for_whom_no_connection_can_be_opened() {
    // Half a day of requests would be left.
    let configure = |url: &str| {
        Project::with(&format!(
            "[service]\nurl = \"{url}\"\nkeep_alive = false\n\
             [endpoints.\"GET /a\"]\nlimiter = {{ limit = 2000, per = \"1h\" }}\n\
             [scenarios.limits]\nkind = \"limiter\"\nwindows = 12\n"
        ))
    };
    short_from("/a", configure, &["--scenario", "limits"]);
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_measured_after_an_invariant_could_not_be_asked_for_want_of_a_file() {
    let configure = |url: &str| {
        let asks = |path: &str| {
            format!("[invariants.{path}]\nrequest = \"GET /{path}\"\nholds = '/n == before(/n)'\n")
        };
        let invariants = [asks("first"), asks("then")].concat();
        project(url, &format!("keep_alive = false\n{invariants}"))
    };
    short_from("/first", configure, &BRIEF).never_says("warm-up").never_says("round 1");
}
