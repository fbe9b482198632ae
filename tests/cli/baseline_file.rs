//! The baseline file as others may leave it: refused with the reason, and never damaged.

use std::fs;

use super::made_up::run;
use super::project::{BRIEF, Project, snapshot};
use super::server::quick;

const FIGURES: [(&str, u64); 2] = [("GET /health", 10), ("GET /clients", 40)];

/// A project with one stored run, whose baseline file is `change` made of that of the same run.
fn changed(change: impl FnOnce(String) -> String) -> Project {
    let project = Project::new();
    let run = run(1, &FIGURES);
    project.accept(&run);
    project.store(&run);
    let good = project.read("performance_baselines.json");
    project.write("performance_baselines.json", change(good));
    project
}

/// Comparing and recording refuse the file, and it stays as it is.
#[track_caller]
fn refused(project: &Project) -> super::project::Finished {
    let before = fs::read(project.baseline()).unwrap();
    let service = quick();
    let url = format!("{}/health", service.url());
    for verb in ["record", "compare"] {
        project.run(&[&[verb, &url], &BRIEF[..]].concat()).exits(2);
    }
    assert_eq!(service.handled(perfbase::demo::Route::Health), 0, "nothing was measured");
    let finished = project.run(&["compare", "last"]).exits(2);
    assert_eq!(fs::read(project.baseline()).unwrap(), before);
    finished
}

#[test]
fn a_file_of_somebody_else_is_not_overwritten() {
    let project = changed(|_| "{\"benchmarks\": [1, 2, 3]}\n".to_owned());
    snapshot!("foreign", refused(&project));
}

#[test]
fn a_truncated_file_is_pointed_at() {
    let project = changed(|good| good[..good.len() / 2].to_owned());
    refused(&project).says("performance_baselines.json:");
}

#[test]
fn an_empty_file_is_no_baseline() {
    refused(&changed(|_| String::new()));
}

#[test]
fn a_merge_conflict_is_pointed_at() {
    refused(&changed(|good| good.replace("\"p95\"", "<<<<<<< HEAD\n\"p95\"")));
}

#[test]
fn a_percentile_that_is_not_that_of_its_rounds_is_told_with_both_figures() {
    let mut measured = String::new();
    let edited = changed(|good| {
        let (before, rest) = good.split_once("\"GET /health\": {").unwrap();
        let (between, rest) = rest.split_once("\"p95\": ").unwrap();
        let (p95, after) = rest.split_once(',').unwrap();
        measured = format!("the median of the rounds in `sessions` is {p95} ms");
        format!("{before}\"GET /health\": {{{between}\"p95\": 9.0000,{after}")
    });
    refused(&edited).says("GET /health: `latency_ms.p95` is 9.0000 ms").says(&measured);
}

#[test]
fn a_file_of_a_newer_perfbase_is_not_touched() {
    let project = changed(|good| {
        let mut file: serde_json::Value = serde_json::from_str(&good).unwrap();
        file["perfbase_baseline"] = 99.into();
        file.to_string()
    });
    snapshot!("newer", refused(&project));
}

#[test]
fn a_file_that_cannot_be_written_is_found_out_before_anything_is_measured() {
    let project = Project::new();
    let service = quick();
    let url = format!("{}/health", service.url());
    // Not even the superuser can create a file there.
    let elsewhere = "/proc/performance_baselines.json";
    project
        .run(&[&["record", &url, "--baseline", elsewhere], &BRIEF[..]].concat())
        .exits(2)
        .says(elsewhere)
        .says("cannot write");
    assert_eq!(service.handled(perfbase::demo::Route::Health), 0, "nothing was measured");
    assert_eq!(project.files(), []);
}

#[test]
fn a_folder_in_place_of_the_file_is_told() {
    let project = Project::new();
    fs::create_dir(project.baseline()).unwrap();
    let url = "http://127.0.0.1:1/health";
    for verb in ["record", "compare"] {
        project.run(&[verb, url]).exits(2).says("performance_baselines.json");
    }
}

#[test]
fn a_baseline_of_another_machine_class_is_used_and_the_difference_told() {
    let project = changed(|good| good.replace("Made-up CPU", "Another CPU"));
    project.run(&["compare", "last"]).exits(0).says("Another CPU");
}
