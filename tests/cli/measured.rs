//! Verdicts on what was measured live: unchanged, slower, slower for a while, failing.

use perfbase::demo::Fault;
use serde_json::Value;

use super::project::{BRIEF, Finished};
use super::server::quick;
use super::steady::{COMPARE, judged, recorded, service};

/// Three times as long, and one in six longer still: p95 is then where no machine brings the others.
const SLOW_CLIENTS: [&str; 2] = ["GET /clients factor=3", "GET /clients add=400ms share=16%"];

fn faults(texts: &[&str]) -> Vec<Fault> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Each endpoint with its decision.
fn decisions(compared: &Finished) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = compared.json();
    let rows = rows["rows"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["endpoint"]), text(&row["decision"]))).collect()
}

fn rows<'a>(all: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, decision)| ((*name).to_owned(), (*decision).to_owned())).collect()
}

#[test]
fn nothing_changed_is_a_pass() {
    let service = service();
    let project = recorded(&service);
    let Some(compared) = judged(|| project.run(&COMPARE)) else { return };
    let compared = compared.exits(0);
    compared.says("judged 3 of 3 · exit 0 (pass)").never_says("regressed");
    project.run(&["history"]).exits(0).says("pass");
}

#[test]
fn one_endpoint_three_times_slower_is_red_confirmed_and_alone() {
    let service = service();
    let project = recorded(&service);
    service.set_faults(&faults(&SLOW_CLIENTS));
    let Some(compared) = judged(|| project.run(&COMPARE)) else { return };
    compared
        .exits(1)
        .says("✗ GET /clients regressed")
        .says("confirmed by a second measurement")
        .says("measuring again, round 3 of 3")
        .says("judged 3 of 3 · exit 1 (gate failed)")
        .never_says("✗ GET /patterns")
        .never_says("✗ GET /signals");
    project.run(&["history"]).exits(0).says("gate failed");
    project.run(&["show", "last", "-v"]).exits(0).says("6  again");
}

#[test]
fn slower_for_a_while_is_not_confirmed_and_passes() {
    let service = service();
    let project = recorded(&service);
    let compared = judged(|| {
        service.set_faults(&faults(&SLOW_CLIENTS));
        let mut comparing = project.start(&[&COMPARE[..], &["--format", "json"]].concat());
        // Said at the start of the second pass, and not at all when the first came to nothing.
        if comparing.says_before_its_end("measuring again, round 1 of 3") {
            service.set_faults(&[]);
        }
        comparing.finish()
    });
    let Some(compared) = compared else { return };
    let compared = compared.exits(0);
    assert_eq!(
        decisions(&compared),
        rows(&[
            ("GET /clients", "not_confirmed"),
            ("GET /signals", "pass"),
            ("GET /patterns", "pass")
        ]),
        "{compared}"
    );
}

#[test]
fn an_endpoint_that_fails_is_red_whatever_its_latency() {
    let service = service();
    let project = recorded(&service);
    service.set_faults(&faults(&["GET /signals error-share=50%"]));
    let Some(compared) = judged(|| project.run(&COMPARE)) else { return };
    compared
        .exits(1)
        .says("✗ GET /signals errors")
        .says("status 5xx")
        .never_says("✗ GET /patterns")
        .never_says("✗ GET /clients");
}

#[test]
fn without_a_baseline_nothing_is_measured_and_nothing_passes() {
    let service = quick();
    let project = super::steady::project(&service);
    project
        .run(&COMPARE)
        .exits(3)
        .says("there is no baseline for scenario `steady` in environment `default`")
        .says("hint: record one with `perfbase record`");
    assert!(!project.database().exists(), "nothing was measured");
}

#[test]
fn another_load_is_not_comparable_and_says_what_differs() {
    let service = quick();
    let project = recorded(&service);
    project
        .run(&[&COMPARE[..], &["--users", "5", "--timeout", "3s"]].concat())
        .exits(2)
        .says("not comparable")
        .says("load: 48 users then, 5 users now")
        .says("timeout: 10s then, 3s now")
        .never_says("round:");
    assert!(!project.database().exists(), "nothing was measured");
}

#[test]
fn too_few_requests_are_no_verdict_and_no_baseline() {
    let service = quick();
    let project = recorded(&service);
    let url = format!("{}/health", service.url());
    let refused = project.run(&[&["record", &url], &BRIEF[..]].concat()).exits(3);
    let refused = refused.says("does not deserve to be a baseline");
    // Where no round counts, that is the reason that is given.
    if !refused.stderr.contains("saturated") {
        refused.says("use --rounds 3 or more");
    }
    assert_eq!(project.read("performance_baselines.json"), super::steady::RECORDED.baseline);
}
