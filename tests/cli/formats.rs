//! JSON for programs, as the committed schemas say; Markdown for reviews.

use super::made_up::run;
use super::project::{BRIEF, Finished, Project};
use super::server::quick;
use super::steady::RECORDED;

/// What `finished` wrote is one JSON document as `schemas/FILE` says.
#[track_caller]
fn fits(schema: &str, finished: &Finished) {
    let path = format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = finished.json();
    let errors: Vec<String> = validator.iter_errors(&document).map(|it| it.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{finished}");
}

/// A project with a baseline, a run that passes and one that is red, has a new endpoint and lacks one.
fn judged() -> Project {
    let project = Project::new();
    let figures = [("GET /health", 10), ("GET /clients", 40), ("GET /gone", 5)];
    project.accept(&run(1, &figures));
    project.store(&run(1, &figures));
    project.store(&run(2, &[("GET /health", 10), ("GET /clients", 90), ("GET /new", 1)]));
    project
}

#[test]
fn a_measured_run_and_its_record_are_as_their_schemas_say() {
    let service = quick();
    let project = Project::new();
    let url = format!("{}/health", service.url());
    fits("run.json", &project.run_briefly(&url, &["--format", "json"]).measured());
    if let Some(recorded) = &RECORDED.finished {
        fits("record.json", recorded);
    }
}

#[test]
fn stored_runs_and_verdicts_on_them_are_as_their_schemas_say() {
    let project = judged();
    let json = |arguments: &[&str]| project.run(&[arguments, &["--format", "json"]].concat());
    fits("comparison.json", &json(&["compare", "1"]).exits(0));
    fits("comparison.json", &json(&["compare", "last"]).exits(1));
    fits("comparison.json", &json(&["compare", "1", "2"]).exits(1));
    fits("history.json", &json(&["history"]).exits(0));
    fits("run.json", &json(&["show", "2"]).exits(0));
}

#[test]
fn a_plan_is_as_its_schema_says() {
    let project = Project::with(
        "[service]\nurl = \"http://localhost:1\"\nready = \"GET /health\"\n[endpoints.\"POST /a\"]\njson = { a = 1 }\np95 = \"1s\"\n",
    );
    for more in [&[][..], &["--rate", "90/m"], &["--users", "7"]] {
        fits("check.json", &project.run(&[&["check", "--format", "json"], more].concat()).exits(0));
    }
}

#[test]
fn json_is_alone_on_stdout_and_quiet_means_no_word_on_stderr() {
    let service = quick();
    let project = Project::new();
    let url = format!("{}/health", service.url());
    let finished = project.run_briefly(&url, &["--format", "json", "--quiet"]).measured();
    assert_eq!(finished.json()["endpoints"][0]["endpoint"], "GET /health");
    assert_eq!(finished.stderr, "");
}

#[test]
fn markdown_is_written_for_every_result() {
    let project = judged();
    for arguments in [&["compare", "last"][..], &["history"], &["show", "last"]] {
        let finished = project.run(&[arguments, &["--format", "markdown"]].concat());
        assert!(finished.stdout.contains("| :-- |"), "{finished}");
    }
    let red = project.run(&["compare", "last", "--format", "markdown"]).exits(1);
    red.says("<b>✗ regressed</b>").says("GET /gone");
    let service = quick();
    let url = format!("{}/health", service.url());
    project
        .run_briefly(&url, &["--format", "markdown"])
        .measured()
        .says("<code>GET /health</code>");
}

#[test]
fn tables_fit_a_hundred_columns_and_hold_no_colour_in_a_file() {
    let project = judged();
    for arguments in [&["compare", "last"][..], &["history"], &["show", "1", "-v"]] {
        let finished = project.run(arguments).never_says("\u{1b}");
        for line in finished.stdout.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
    let coloured = project.run(&["history", "--color", "always"]).exits(0);
    coloured.says("\u{1b}[");
    project
        .run(&[&["run", "http://127.0.0.1:1/"], &BRIEF[..]].concat())
        .exits(4)
        .never_says("\u{1b}");
}
