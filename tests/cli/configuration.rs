//! What is wrong with a configuration: all of it at once, with file, line and caret, and exit 2.

use super::project::{Project, snapshot};

/// Every verb that reads the whole configuration.
const VERBS: [&str; 4] = ["check", "run", "record", "compare"];

/// The same errors whatever the verb, and nothing measured or written.
#[track_caller]
fn refused(configuration: &str, arguments: &[&str]) -> super::project::Finished {
    let project = Project::with(configuration);
    let said = |verb: &str| {
        let finished = project.run(&[&[verb], arguments].concat()).exits(2);
        assert_eq!(finished.stdout, "", "{finished}");
        finished
    };
    let first = said(VERBS[0]);
    for verb in &VERBS[1..] {
        assert_eq!(said(verb).stderr, first.stderr, "{verb}");
    }
    assert_eq!(project.files().len(), 1, "only the configuration is there");
    first
}

#[test]
fn every_error_is_told_at_once_with_its_place_and_the_likely_word() {
    let configuration = r#"
[service]
url = "http://127.0.0.1:1"
timeuot = "5s"
headers = { authorization = "Bearer ${PERFBASE_TEST_TOKEN}" }

[endpoints."GET /health"]
target = "50"

[scenarios.light]
duration = "10 parsecs"
rate = "200"
"#;
    snapshot!("all_at_once", refused(configuration, &[]));
}

#[test]
fn a_file_that_is_no_toml_is_pointed_at() {
    snapshot!("no_toml", refused("[service\nurl = 1", &[]));
}

#[test]
fn a_file_without_endpoints_measures_nothing() {
    snapshot!("no_endpoints", refused("[service]\nurl = \"http://127.0.0.1:1\"\n", &[]));
}

#[test]
fn an_unknown_scenario_is_named_with_those_there_are() {
    let configuration = "[service]\nurl = \"http://127.0.0.1:1\"\n[endpoints.\"GET /a\"]\n[scenarios.peak]\nrate = \"5/s\"\n";
    snapshot!("unknown_scenario", refused(configuration, &["--scenario", "paek"]));
}

#[test]
fn an_unknown_environment_is_named_with_those_there_are() {
    let configuration = "[service]\nurl = \"http://127.0.0.1:1\"\n[endpoints.\"GET /a\"]\n[env.staging]\nusers = 2\n";
    refused(configuration, &["--env", "stagign"]).says("stagign").says("staging");
}

#[test]
fn a_protected_environment_is_not_touched_without_being_told() {
    let configuration = "[service]\nurl = \"http://127.0.0.1:1\"\n[endpoints.\"GET /a\"]\n[env.production]\nprotected = true\n";
    refused(configuration, &["--env", "production"]).says("--allow-protected");
}

#[test]
fn without_a_file_and_a_url_there_is_nothing_to_measure() {
    let project = Project::new();
    for verb in VERBS {
        project.run(&[verb]).exits(2).says("nothing to measure").says("perfbase.toml");
    }
    project.run(&["run", "--config", "elsewhere.toml"]).exits(2).says("elsewhere.toml");
    assert_eq!(project.files(), []);
}

#[test]
fn a_url_that_is_none_is_pointed_at() {
    let project = Project::new();
    for url in ["localhost:8000", "ftp://localhost/", "http://", "http://user:pw@localhost/"] {
        let finished = project.run(&["run", url]).exits(2);
        assert_ne!(finished.stderr, "");
    }
    let two = ["run", "http://127.0.0.1:1/a", "http://127.0.0.1:2/b"];
    project.run(&two).exits(2).says("http://127.0.0.1:2");
    assert_eq!(project.files(), []);
}

#[test]
fn check_shows_the_plan_and_sends_nothing() {
    let project = Project::with(
        "[service]\nurl = \"http://127.0.0.1:1\"\nheaders = { authorization = \"Bearer ${TOKEN}\" }\n\
         [endpoints.\"GET /a\"]\ntarget = \"50ms\"\n[endpoints.\"POST /b\"]\njson = { key = \"${TOKEN}\" }\n",
    )
    .variable("TOKEN", "hunter2");
    let checked = project.run(&["check"]).exits(0).never_says("hunter2");
    checked
        .says("perfbase.toml")
        .says("http://127.0.0.1:1")
        .says("1 user, each sends when its last request ended")
        .says("GET /a")
        .says("POST /b")
        .says("nothing was sent");
    assert_eq!(project.files().len(), 1);
}
