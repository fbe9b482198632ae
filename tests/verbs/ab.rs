//! `perfbase ab`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use perfbase::demo::{Fault, Options, Running};

use crate::project::{Ended, Project};
use crate::sample::{BRIEF, command, is_saturated, service};

fn ab(project: &Project, base: &str, head: &str, more: &[&str]) -> Ended {
    let sides = ["ab", "--base", base, "--head", head];
    project.perfbase(&[&sides[..], &BRIEF, more].concat())
}

fn health(service: &Running) -> String {
    format!("{}/health", service.url())
}

#[test]
fn two_services_are_measured_in_alternation_and_both_runs_are_kept() {
    let (project, base, head) = (Project::new(), service(), service());
    let ended = ab(&project, &health(&base), &health(&head), &["-f", "json", "--factor", "50"]);
    let json = ended.json();
    assert_eq!(json["exit_code"], ended.code, "{ended:?}");
    assert_eq!(json["rounds_needed"], 5);
    assert_eq!(json["base"]["url"], base.url());
    if !is_saturated(&ended) {
        // Nobody is fifty times as slow as itself.
        assert_eq!((ended.code, json["verdict"].as_str()), (0, Some("pass")), "{ended:?}");
        assert!(json["rows"][0]["pairs_ms"].as_array().unwrap().len() >= 3);
    }
    let history = project.perfbase(&["history", "-f", "json"]).json();
    let environments: Vec<&str> = history["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["environment"].as_str().unwrap())
        .collect();
    assert_eq!(environments, ["ab-head", "ab-base"]);
    let (one, other) = (rounds(&project, "1"), rounds(&project, "2"));
    assert_eq!(one, other, "as many rounds on both sides");
    assert!(one >= 6, "one more than it takes, and even");
}

fn rounds(project: &Project, run: &str) -> usize {
    let json = project.perfbase(&["show", run, "-f", "json"]).json();
    json["rounds"].as_array().unwrap().len()
}

#[test]
fn a_head_that_is_slower_is_red() {
    let project = Project::new();
    let slow: Fault = "GET /health add=20ms".parse().unwrap();
    let head = Running::start(Options {
        latency_scale: 0.0,
        faults: [slow].into_iter().collect(),
        ..Options::default()
    })
    .unwrap();
    let base = service();
    let ended = ab(&project, &health(&base), &health(&head), &["--factor", "1.5"]);
    if !is_saturated(&ended) {
        assert_eq!(ended.code, 1, "{ended:?}");
        for part in ["base against head", "GET /health", "regressed", "exit 1 (gate failed)"] {
            assert!(ended.stdout.contains(part), "{part}: {ended:?}");
        }
    }
}

#[test]
fn too_few_pairs_are_said_before_and_are_no_verdict_on_what_is_above() {
    let project = Project::new();
    let slow: Fault = "GET /health add=20ms".parse().unwrap();
    let head = Running::start(Options {
        latency_scale: 0.0,
        faults: [slow].into_iter().collect(),
        ..Options::default()
    })
    .unwrap();
    let base = service();
    let ended = ab(&project, &health(&base), &health(&head), &["--rounds", "3"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("it takes 5 (--rounds)"), "{ended:?}");
}

#[test]
fn commands_are_started_restarted_in_the_middle_and_stopped() {
    let project = Project::new();
    let counted = |name: &str| {
        let path = project.path(name);
        format!("echo x >> '{}'; exec {}", path.display(), command(&[]))
    };
    let (base, head) = (counted("base"), counted("head"));
    let url = "http://127.0.0.1:{port}/health";
    let commands = ["--base-cmd", &base, "--head-cmd", &head, "--rounds", "5", "--factor", "50"];
    let ended = ab(&project, url, url, &[&commands[..], &["-f", "json"]].concat());
    assert!([0, 3].contains(&ended.code), "{ended:?}");
    for side in ["base", "head"] {
        assert_eq!(project.read(side), "x\nx\n", "started twice");
        let json = ended.json();
        let url = json[side]["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap();
        assert!(std::net::TcpStream::connect(address).is_err(), "{side} is gone");
    }
}

#[test]
fn the_files_endpoints_are_measured_at_both_addresses() {
    let (project, base, head) = (Project::new(), service(), service());
    project.write(
        "perfbase.toml",
        "[service]\nurl = \"http://127.0.0.1:9\"\n[endpoints.\"GET /health\"]\n[endpoints.\"GET /clients\"]\n",
    );
    let ended = ab(&project, &base.url(), &head.url(), &["-f", "json", "--rounds", "3"]);
    let json = ended.json();
    let rows = json["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["endpoint"].as_str().unwrap()).collect();
    assert_eq!(names, ["GET /health", "GET /clients"]);
    assert!(json["rounds_needed"].as_u64().unwrap() > 0);
}

#[test]
fn the_same_address_under_any_name_is_refused() {
    let project = Project::new();
    for (base, head) in [
        ("http://127.0.0.1:9/health", "http://127.0.0.1:9/health"),
        ("http://localhost:9/health", "http://127.0.0.1:9/health"),
        ("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"),
    ] {
        let ended = ab(&project, base, head, &[]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.stderr.contains("are the same address"), "{ended:?}");
    }
    let ended = ab(&project, "http://127.0.0.1:9/a", "http://127.0.0.1:10/b", &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("different paths"), "{ended:?}");
    let ended = ab(&project, "http://127.0.0.1:{port}/a", "http://127.0.0.1:10/a", &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("takes --base-cmd"), "{ended:?}");
    assert_eq!(project.perfbase(&["ab", "--base", "http://127.0.0.1:9/a"]).code, 2);
    assert!(!project.path(".perfbase").exists(), "nothing was written");
}

#[test]
fn a_side_that_is_not_there_is_told() {
    let (project, base) = (Project::new(), service());
    let ended = ab(&project, &health(&base), "http://127.0.0.1:9/health", &[]);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.stderr.contains("http://127.0.0.1:9 cannot be reached"), "{ended:?}");
}

#[test]
fn a_command_that_never_becomes_ready_is_told_with_its_last_words() {
    let (project, base) = (Project::new(), service());
    let url = "http://127.0.0.1:{port}/health";
    for (command, said) in [
        ("echo no such table; exit 3", "ended before it was ready (exit status: 3)"),
        ("echo no such table; sleep 600", "did not accept connections"),
    ] {
        let more = ["--head-cmd", command, "--start-timeout", "1s"];
        let ended = ab(&project, &health(&base), url, &more);
        assert_eq!(ended.code, 4, "{ended:?}");
        for part in ["the command of the head", said, "| no such table"] {
            assert!(ended.stderr.contains(part), "{part}: {ended:?}");
        }
    }
    assert!(!project.path(".perfbase/perfbase.db").exists(), "no run was begun");
}

#[test]
fn a_command_that_dies_half_way_ends_the_measurement() {
    let (project, base) = (Project::new(), service());
    // It lives as long as the file is not there, which the base's requests have no part in.
    let dying = format!("{} & sleep 2; kill $!; echo out of memory; exit 9", command(&[]));
    let url = "http://127.0.0.1:{port}/health";
    let more = ["--head-cmd", &dying, "--rounds", "1000", "--duration", "60s"];
    let sides = ["ab", "--base", &health(&base), "--head", url, "--warm-up", "0s"];
    let ended = project.perfbase(&[&sides[..], &more].concat());
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.stderr.contains("the head"), "{ended:?}");
    let history = project.perfbase(&["history", "-f", "json"]).json();
    for run in history["runs"].as_array().unwrap() {
        assert_eq!(run["state"], "broken", "{history}");
    }
}

#[cfg(unix)]
#[test]
fn a_command_may_have_as_many_files_open_as_perfbase_was_started_with() {
    let project = Project::new();
    // It takes more for itself, as far as the hard limit goes.
    let limited = "ulimit -S -n 123; exec \"$0\" \"$@\"";
    let telling = "echo it has $(ulimit -S -n) files; exit 9";
    let ended = std::process::Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_perfbase"), "ab"])
        .args(["--base-cmd", telling, "--head-cmd", telling])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(4), "{ended:?}");
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("it has 123 files"), "{told}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_the_services_too() {
    let project = Project::new();
    let marked =
        |name: &str| format!("echo $$ > '{}'; exec {}", project.path(name).display(), command(&[]));
    let url = "http://127.0.0.1:{port}/health";
    let mut child = project
        .command()
        .args(["ab", "--base", url, "--head", url, "--base-cmd", &marked("base")])
        .args(["--head-cmd", &marked("head"), "--duration", "10m", "--warm-up", "0s"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("round 1")), "it measures");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let told: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{told:?}");
    for side in ["base", "head"] {
        let group = format!("-{}", project.read(side).trim());
        let alive = std::process::Command::new("kill")
            .args(["-0", "--", &group])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!alive.success(), "{side} is gone");
    }
    let history = project.perfbase(&["history", "-f", "json"]).json();
    for run in history["runs"].as_array().unwrap() {
        assert_eq!(run["state"], "interrupted");
    }
}
