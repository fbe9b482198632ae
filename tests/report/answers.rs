//! What is told of answers besides their times.

use std::collections::BTreeMap;
use std::path::Path;

use perfbase::model::*;
use perfbase::report::{Document, Format, RecordReport, RunReport, Style};

use crate::fixture::*;
use crate::{snapshot, table};

fn heard() -> Outcomes {
    let failed = |count, first: &str| FailedCheck { count, first: first.to_owned() };
    Outcomes {
        allowed: BTreeMap::from([(404, 1_037), (409, 3)]),
        checks: BTreeMap::from([
            ("/status == \"ok\"".to_owned(), failed(12, "it is another text")),
            ("schema build.schema.json".to_owned(), failed(1, "the body does not fit `/type`")),
        ]),
        ..outcomes(2_060, &[(Failure::Check, 13), (Failure::Limited, 40)])
    }
}

fn summarized() -> RunSummary {
    let mut endpoint = endpoint("GET /builds/{id}", 5.1, 8.3, 12.9, 30.2);
    endpoint.outcomes = heard();
    summary(vec![endpoint])
}

#[test]
fn a_run_tells_failed_checks_a_limiter_and_allowed_statuses() {
    let (run, summary) = (run(), summarized());
    let report = RunReport { number: Some(43), run: &run, summary: &summary, requirements: &[] };
    snapshot("run_answers", &table(&Document::Run(report)));
}

#[test]
fn a_head_that_is_no_http_is_told_from_what_it_can_be() {
    let run = run();
    let shown = |name: &str| {
        let mut endpoint = endpoint(name, 5.1, 8.3, 12.9, 30.2);
        endpoint.outcomes = outcomes(50, &[(Failure::Protocol, 50)]);
        let summary = summary(vec![endpoint]);
        let report = RunReport { number: None, run: &run, summary: &summary, requirements: &[] };
        table(&Document::Run(report))
    };
    let hint = "a body behind the answer to HEAD";
    assert!(shown("HEAD /builds").contains(hint), "{}", shown("HEAD /builds"));
    assert!(!shown("GET /builds").contains(hint));
}

#[test]
fn a_comparison_says_that_nothing_is_as_expected() {
    let errors = Decision::Errors { share: Share::new(0.0), allowed: Share::new(0.01) };
    let mut red = row("GET /builds/{id}", 8.0, 1.3, errors);
    let after = red.after.as_mut().unwrap();
    after.outcomes = Outcomes { allowed: BTreeMap::from([(404, 60)]), ..outcomes(60, &[]) };
    (after.failures, after.allowed) = (0, 60);
    let shown = crate::tables::compare(&comparison(vec![red]));
    assert!(shown.contains("errors: not one of 60 answers is as expected"), "{shown}");
}

#[test]
fn wrong_answers_in_rounds_that_do_not_count_are_told_with_how_many_there_were() {
    let errors = Decision::Errors { share: Share::new(0.9766), allowed: Share::new(0.01) };
    let mut red = row("GET /builds/{id}", 8.0, 1.3, errors);
    let all = outcomes(2_060, &[(Failure::Status5xx, 86_000)]);
    red.after.as_mut().unwrap().of_all_rounds = all.clone();
    let shown = crate::tables::compare(&comparison(vec![red]));
    let told =
        "86 000 of 88 060 requests of all rounds, also those that do not count, had a wrong answer";
    // However the lines are broken.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&shown).contains(&format!("errors: {told} (98%), 1% may")), "{shown}");

    let mut died = endpoint("GET /builds/{id}", 5.1, 8.3, 12.9, 30.2);
    died.of_all_rounds = all;
    let (run, summary) = (run(), summary(vec![died]));
    let report = RunReport { number: None, run: &run, summary: &summary, requirements: &[] };
    let shown = table(&Document::Run(report));
    assert!(words(&shown).contains(&format!("GET /builds/{{id}} {told}")), "{shown}");
}

#[test]
fn json_has_them_too() {
    let (run, summary) = (run(), summarized());
    let report = RunReport { number: Some(43), run: &run, summary: &summary, requirements: &[] };
    let json = Document::Run(report).render(Format::Json, &Style::default());
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let requests = &document["endpoints"][0]["requests"];
    assert_eq!(requests["allowed"], serde_json::json!({ "404": 1037, "409": 3 }));
    assert_eq!(
        requests["checks"][0],
        serde_json::json!({
            "check": "/status == \"ok\"", "failed": 12, "first": "it is another text",
        })
    );
    assert_eq!(requests["by_class"]["limited"], 40);
}

#[test]
fn json_has_no_figures_of_a_run_of_which_no_round_counts() {
    let run = run();
    let mut summary = summarized();
    let endpoint = &mut summary.endpoints[0];
    assert!(endpoint.outcomes.successes > 0);
    endpoint.rounds.clear();
    (endpoint.max, endpoint.per_second) = (std::time::Duration::ZERO, None);
    let report = RunReport { number: Some(43), run: &run, summary: &summary, requirements: &[] };
    let json = Document::Run(report).render(Format::Json, &Style::default());
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let endpoint = &document["endpoints"][0];
    assert!(endpoint["max_ms"].is_null() && endpoint["per_second"].is_null(), "{endpoint}");
}

#[test]
fn a_comparison_tells_them_whatever_was_decided() {
    let mut passed = row("GET /builds/{id}", 8.0, 8.3, Decision::Pass);
    let after = passed.after.as_mut().unwrap();
    after.outcomes = heard();
    after.allowed = heard().allowed();
    let comparison = comparison(vec![passed]);
    snapshot("compare_answers", &crate::tables::compare(&comparison));
}

#[test]
fn a_baseline_of_allowed_answers_and_of_a_limiter_says_so() {
    let mut new =
        baseline(&[("GET /health", 0.8, 1.3, 2.4, 8.1), ("GET /x", 8.0, 12.3, 14.0, 31.0)]);
    new.endpoints.values_mut().last().unwrap().allowed = 1_300;
    let limited = [(name("GET /health"), Share::new(0.021))];
    let path = Path::new("performance_baselines.json");
    let (number, key) = (Some(43), &key());
    let report = RecordReport {
        number,
        path,
        key,
        old: None,
        new: &new,
        requirements: &[],
        limited: &limited,
    };
    snapshot("record_answers", &table(&Document::Record(report)));
}
