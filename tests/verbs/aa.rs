//! `perfbase aa`.

use crate::project::Project;
use crate::sample::{BRIEF, is_saturated, service};

#[test]
fn the_noise_is_measured_told_stored_and_written() {
    let (project, service) = (Project::new(), service());
    let file = format!(
        "# ours\n[service]\nurl = \"{}\" # here\n\n[endpoints.\"GET /health\"]\n\n[gate]\n# the promise\nfactor = 2.0 # twice\n",
        service.url()
    );
    project.write("perfbase.toml", &file);
    let arguments =
        [&["aa", "--runs", "2", "--rounds", "3", "--write", "-f", "json"][..], &BRIEF].concat();
    let ended = project.perfbase(&arguments);
    let json = ended.json();
    assert_eq!(json["runs"].as_array().unwrap().len(), 2, "{ended:?}");
    assert_eq!(json["gate"]["factor"], 2.0);
    assert_eq!(json["exit_code"], ended.code);
    assert_eq!(json["endpoints"][0]["endpoint"], "GET /health");
    let history = project.perfbase(&["history", "-f", "json"]).json();
    assert_eq!(history["runs"].as_array().unwrap().len(), 2);
    let written = project.read("perfbase.toml");
    if json["proposal"].is_null() {
        // Too few sound rounds on a busy machine: nothing is written then.
        assert_eq!((written, ended.code), (file, 3), "{ended:?}");
        return;
    }
    assert_eq!(ended.code, 0, "{ended:?}");
    for kept in ["# ours\n", "# here\n", "# the promise\n", "# twice\n"] {
        assert!(written.contains(kept), "{written}");
    }
    let factor = format!("factor = {:?} # twice", json["proposal"]["factor"].as_f64().unwrap());
    assert!(written.contains(&factor), "{factor}: {written}");
    assert!(written.contains("min_delta = \""), "{written}");
    assert_eq!(project.perfbase(&["check"]).code, 0, "{written}");
}

#[test]
fn the_table_says_how_good_the_gate_is() {
    let (project, service) = (Project::new(), service());
    let url = format!("{}/health", service.url());
    let arguments = [&["aa", &url, "--runs", "2", "--rounds", "3"][..], &BRIEF].concat();
    let ended = project.perfbase(&arguments);
    for part in ["measured 2 times", "GET /health", "between runs", "the present gate (factor 2"] {
        assert!(ended.stdout.contains(part), "{part}: {ended:?}");
    }
    if !is_saturated(&ended) {
        assert!(ended.stdout.contains("the smallest gate"), "{ended:?}");
    }
}

#[test]
fn there_has_to_be_a_file_to_write_to_and_more_than_one_run() {
    let project = Project::new();
    let url = "http://127.0.0.1:9/health";
    let ended = project.perfbase(&["aa", url, "--write"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("no configuration file to write"), "{ended:?}");
    let ended = project.perfbase(&["aa", url, "--runs", "1"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("from 2 to 100"), "{ended:?}");
}

#[test]
fn a_target_that_is_not_there_is_no_noise() {
    let ended = Project::new().perfbase(&["aa", "http://127.0.0.1:9/health"]);
    assert_eq!(ended.code, 4, "{ended:?}");
}
