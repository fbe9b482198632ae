//! `perfbase init`.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use perfbase::config::{Config, Overrides};
use perfbase::init::{
    Choice, Inclusion, Written, from_curl, from_har, from_openapi, from_urls, write,
};
use proptest::prelude::*;
use serde_json::json;

use crate::project::{Ended, Project};
use crate::sample::{BRIEF, service};

const OPENAPI: &str = include_str!("../fixtures/init/openapi.yaml");
const HAR: &str = include_str!("../fixtures/init/recording.har");
const CURL: &str = include_str!("../fixtures/init/commands.sh");

/// What the fixtures have in the place of secrets.
const SECRET: &str = "hunter";

const ALL: Choice = Choice { changing: Inclusion::Sent, secured: Inclusion::Sent };

/// The names of the endpoints that the plan of a file has, every variable being set.
#[track_caller]
fn planned(text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    fs_err::write(directory.path().join("perfbase.toml"), text).unwrap();
    let set = |_: &str| Some("set".to_owned());
    let config = Config::load(None, directory.path(), &set)
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false, 100)));
    let plan = config
        .plan(&Overrides::default())
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false, 100)));
    plan.endpoints.iter().map(|endpoint| endpoint.name.to_string()).collect()
}

/// The file with every section that is a comment made one, as a person would.
fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The file, and what was said, with what differs from call to call as placeholders.
fn shown(project: &Project, ended: &Ended) -> String {
    let file = project.read("perfbase.toml");
    format!("{file}--- stdout\n{}--- stderr\n{}--- exit {}", ended.stdout, ended.stderr, ended.code)
}

#[track_caller]
fn snapshot(name: &str, project: &Project, ended: &Ended) {
    let text = shown(project, ended);
    assert!(!text.contains(SECRET), "{text}");
    insta::with_settings!({ filters => vec![(r"127\.0\.0\.1:\d{4,5}", "[address]")] }, {
        insta::assert_snapshot!(name, text);
    });
}

fn fixture(text: &str) -> Project {
    let project = Project::new();
    project.write("source", text);
    project
}

#[test]
fn urls_become_a_file_that_is_checked_and_run_as_it_is() {
    let (project, service) = (Project::new(), service());
    let (health, clients) =
        (format!("{}/health", service.url()), format!("{}/clients?full=1", service.url()));
    let ended = project.perfbase(&["init", &health, &clients]);
    assert_eq!(ended.code, 0, "{ended:?}");
    snapshot("urls", &project, &ended);
    assert_eq!(planned(&project.read("perfbase.toml")), ["GET /health", "GET /clients"]);
    let checked = project.perfbase(&["check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stdout.contains("GET /clients"), "{checked:?}");
    let ran = project.perfbase(&[&["run", "--rounds", "1"][..], &BRIEF].concat());
    assert!([0, 3].contains(&ran.code), "{ran:?}");
}

#[test]
fn an_openapi_document_becomes_what_can_be_sent_and_what_is_missing() {
    let project = fixture(OPENAPI);
    let ended = project.perfbase(&["init", "--openapi", "source"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    snapshot("openapi", &project, &ended);
    let sent = planned(&project.read("perfbase.toml"));
    assert_eq!(sent, ["GET /health", "GET /workflows", "GET /workflows/{workflow_id}"]);
    assert_eq!(project.perfbase(&["check"]).code, 0);
}

#[test]
fn what_changes_something_or_takes_credentials_is_sent_when_asked_for() {
    let project = fixture(OPENAPI);
    let all = ["init", "--openapi", "source", "http://127.0.0.1:8000", "--include-unsafe"];
    let ended = project.perfbase(&[&all[..], &["--include-secured"]].concat());
    assert_eq!(ended.code, 0, "{ended:?}");
    snapshot("openapi_all", &project, &ended);
    let missing = project.perfbase(&["check"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("`BEARER_AUTH` is not set"), "{missing:?}");
    let output = project.command().arg("check").env("BEARER_AUTH", "x").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_recording_becomes_its_service_without_its_secrets() {
    let project = fixture(HAR);
    let ended = project.perfbase(&["init", "--har", "source"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    snapshot("har", &project, &ended);
    let sent = planned(&project.read("perfbase.toml"));
    assert_eq!(sent, ["GET /", "GET /api/v1/builds/{id}"]);
}

#[test]
fn curl_commands_are_read_from_standard_input_as_well() {
    let project = Project::new();
    let mut child = project
        .command()
        .args(["init", "--curl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(CURL.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let ended = Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    snapshot("curl", &project, &ended);
    assert_eq!(planned(&project.read("perfbase.toml")), ["GET /health", "GET /workflows"]);
}

/// Every kind of source, all of it and the least of it.
fn every_output() -> Vec<Written> {
    let urls = ["http://host/a".to_owned(), "http://host/a/1".to_owned()];
    let descriptions = [
        from_urls(&urls).unwrap(),
        from_openapi("source", OPENAPI, None).unwrap(),
        from_har("source", HAR).unwrap(),
        from_curl("source", CURL).unwrap(),
    ];
    let both = |description| [Choice::default(), ALL].map(|choice| write(description, choice));
    descriptions.iter().flat_map(both).map(Result::unwrap).collect()
}

#[test]
fn every_output_is_a_configuration_with_a_plan() {
    for Written { text, sent, .. } in every_output() {
        assert_eq!(planned(&text).len(), sent, "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn comments_are_sections_once_what_is_missing_is_filled_in() {
    for Written { text, .. } in every_output() {
        let filled = uncommented(&text).replace("/{id}", "/1");
        let sections = text.matches("[endpoints.").count();
        assert_eq!(planned(&filled).len(), sections, "{filled}");
    }
}

#[test]
fn a_file_that_is_there_stays_unless_it_is_to_be_replaced() {
    let project = Project::new();
    project.write("perfbase.toml", "mine, and no TOML");
    let url = "http://127.0.0.1:9/health";
    let ended = project.perfbase(&["init", url]);
    assert_eq!(ended.code, 2, "{ended:?}");
    for part in ["perfbase.toml is there already", "--force replaces it"] {
        assert!(ended.stderr.contains(part), "{part}: {ended:?}");
    }
    assert_eq!(project.read("perfbase.toml"), "mine, and no TOML");
    assert_eq!(project.perfbase(&["init", url, "--force"]).code, 0);
    assert_eq!(planned(&project.read("perfbase.toml")), ["GET /health"]);
}

#[test]
fn the_file_goes_where_the_call_says() {
    let project = Project::new();
    let url = "http://127.0.0.1:9/health";
    let ended = project.perfbase(&["init", url, "-o", "-"]);
    assert_eq!(planned(&ended.stdout), ["GET /health"]);
    assert!(!project.path("perfbase.toml").exists());
    for arguments in [["-o", "one.toml"], ["--config", "two.toml"]] {
        let ended = project.perfbase(&[&["init", url][..], &arguments].concat());
        let next = format!("next: perfbase check --config {}", arguments[1]);
        assert!(ended.stderr.contains(&next), "{ended:?}");
        assert_eq!(planned(&project.read(arguments[1])), ["GET /health"]);
        assert_eq!(project.perfbase(&["check", "--config", arguments[1]]).code, 0);
    }
    let quiet = project.perfbase(&["-q", "init", url]);
    assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr.as_str()), (0, "", ""));
}

#[test]
fn a_source_of_which_nothing_can_be_sent_is_a_file_of_comments() {
    let project = fixture("curl http://host/a -d x=1\n");
    let ended = project.perfbase(&["init", "--curl", "source"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stderr.contains("warning: nothing can be sent as it is"), "{ended:?}");
    let file = uncommented(&project.read("perfbase.toml"));
    assert!(planned(&file).contains(&"POST /a".to_owned()), "{file}");
}

#[test]
fn bad_input_is_told_and_nothing_is_written() {
    let project = Project::new();
    for (option, source, said) in [
        ("--har", "", "source is empty"),
        ("--har", "<html>", "source is not JSON: line 1, column 1"),
        ("--har", "{\"a\": 1}", "source is no HAR file"),
        ("--har", "{\"log\": {\"entries\": []}}", "it has no entries"),
        ("--openapi", "{", "source is not JSON"),
        ("--openapi", "a: [\n", "source is not YAML"),
        ("--openapi", "swagger: '2.0'\npaths: {}", "it is Swagger 2.0"),
        ("--openapi", "openapi: 3.0.0\npaths: {/a: {get: {}}}", "at which address"),
        ("--curl", "wget http://host/", "no request in source"),
        ("--curl", "curl 'http://host/", "the quote that begins in line 1 never ends"),
    ] {
        project.write("source", source);
        let ended = project.perfbase(&["init", option, "source"]);
        assert_eq!(ended.code, 2, "{source}: {ended:?}");
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
        assert!(!project.path("perfbase.toml").exists(), "{source}");
    }
    for (arguments, said) in [
        (&["init"][..], "required"),
        (&["init", "localhost"], "no scheme"),
        (&["init", "--har", "none"], "none cannot be read"),
        (&["init", "--har", "."], "cannot be read"),
        (&["init", "--har", "source", "http://host/"], "cannot be used with"),
        (&["init", "--openapi", "source", "http://a", "http://b"], "one address"),
        (&["init", "http://a/", "--include-secured"], "--openapi"),
    ] {
        let ended = project.perfbase(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
        assert!(!project.path("perfbase.toml").exists(), "{arguments:?}");
    }
}

#[test]
fn a_source_that_is_too_large_or_no_text_is_told() {
    let project = Project::new();
    File::create(project.path("source")).unwrap().set_len(100 << 20).unwrap();
    for option in ["--har", "--openapi", "--curl"] {
        let ended = project.perfbase(&["init", option, "source"]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.stderr.contains("source has more than 64 MiB"), "{ended:?}");
    }
    fs_err::write(project.path("source"), b"\xff\xfe{\x00}\x00").unwrap();
    let ended = project.perfbase(&["init", "--har", "source"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("source is not UTF-8 text"), "{ended:?}");
    assert!(!project.path("perfbase.toml").exists());
}

#[test]
fn more_than_a_configuration_holds_is_not_written() {
    let commands: Vec<String> = (0..20_000)
        .map(|n| format!("curl http://host/a-{n} -H 'x-number: {n} and a few words more'"))
        .collect();
    let project = fixture(&commands.join("\n"));
    let ended = project.perfbase(&["init", "--curl", "source"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("a configuration has at most 1048576"), "{ended:?}");
    assert!(!project.path("perfbase.toml").exists());
}

#[test]
fn a_file_begins_with_the_permissions_of_any_new_file() {
    let project = Project::new();
    project.perfbase(&["init", "http://127.0.0.1:9/health"]);
    project.write("other", "");
    let permissions = |path: &Path| fs_err::metadata(path).unwrap().permissions();
    assert_eq!(permissions(&project.path("perfbase.toml")), permissions(&project.path("other")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_recorded_is_a_configuration_in_the_end(
        method in "(GET|POST|PUT|DELETE|get|X-Y)",
        path in "(/[a-z{}$%|^ü ]{0,6}){0,3}(\\?[a-z=&{}$# ]{0,8})?",
        header in "(x-[a-z]{1,4}|[A-Za-z :-]{0,6}|Content-Type|Authorization)",
        value in "([ -~]{0,12}|\\PC{0,6}|\\$?\\{[a-z]{1,3}\\}|application/json)",
        text in "(\\PC{0,20}|[{\\[\"a:0-9, $}\\]\n]{0,20}|\\{\"[a-z$]{1,4}\": (null|-?[0-9]{1,22}|\"\\$?\\{[a-z]{0,2}\\}\"|\\[\\])\\})",
    ) {
        let entry = json!({
            "request": {
                "method": method,
                "url": format!("http://host:8000{path}"),
                "headers": [{"name": header, "value": value}],
                "postData": {"mimeType": value, "text": text},
            },
            "response": {"status": 200},
        });
        let good = json!({
            "request": {"method": "GET", "url": "http://host:8000/good", "headers": []},
            "response": {"status": 200},
        });
        let har = json!({"log": {"entries": [entry, good]}}).to_string();
        let description = from_har("source", &har).unwrap();
        for choice in [Choice::default(), ALL] {
            let written = write(&description, choice).unwrap();
            prop_assert_eq!(planned(&written.text).len(), written.sent);
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,60}|(curl |[ '\"$\\\\{}a;|&>#-]){0,20}") {
        let _ = from_curl("source", &text);
        let _ = from_har("source", &text);
        let _ = from_openapi("source", &text, None);
    }
}
