//! What must hold besides the percentiles: a throughput.

use perfbase::demo::Running;
use perfbase::model::{Rate, Run};

use super::made_up;
use super::project::{Finished, Project};
use super::server::quick;
use super::steady::conclusive;

const FIGURES: [(&str, u64); 2] = [("GET /health", 10), ("GET /clients", 40)];

/// A load of two users who wait for each other, and this throughput of one endpoint.
fn demanding(service: &Running, throughput: &str) -> Project {
    let url = service.url();
    Project::with(&format!(
        "[service]\nurl = \"{url}\"\n[endpoints.\"GET /health\"]\n\
         [scenarios.short]\nusers = 2\nduration = \"600ms\"\nrounds = 3\nwarm_up = \"0s\"\n\
         warm_up_requests = 1\nthroughput = {{ \"GET /health\" = \"{throughput}\" }}\n"
    ))
}

#[test]
fn too_low_a_throughput_is_red_without_any_baseline() {
    let service = quick();
    for (throughput, code) in [("1/s", 0), ("900000/s", 1)] {
        let project = demanding(&service, throughput);
        let run = || project.run(&["run", "--scenario", "short"]);
        let Some(run) = conclusive(run) else { return };
        run.exits(code).says("throughput").says(&format!("at least {throughput}"));
    }
}

#[test]
fn a_run_that_does_not_reach_its_throughput_is_a_baseline_only_if_told() {
    let service = quick();
    let project = demanding(&service, "900000/s");
    let record = ["record", "--scenario", "short"];
    let Some(refused) = conclusive(|| project.run(&record)) else { return };
    refused.exits(3).says("not met: throughput GET /health").says("--accept-anyway");
    let anyway = [&record[..], &["--accept-anyway", "the hardware is to come"]].concat();
    let Some(accepted) = conclusive(|| project.run(&anyway)) else { return };
    accepted.exits(0).says("✗ not met").says("! accepted anyway");
}

#[test]
fn a_throughput_is_demanded_in_its_scenario_only() {
    let service = quick();
    let project = demanding(&service, "900000/s");
    let other = ["run", "--users", "2", "--duration", "600ms", "--rounds", "3", "--warm-up", "0s"];
    let Some(run) = conclusive(|| project.run(&other)) else { return };
    run.exits(0).never_says("at least");
}

/// Stored runs of which the second demands `least` successes a second.
fn stored(least: f64) -> Project {
    let project = Project::new();
    project.accept(&made_up::run(1, &FIGURES));
    let mut run: Run = made_up::run(2, &FIGURES);
    run.endpoints[0].budgets.throughput = Rate::per_second(least);
    project.store(&run);
    let summary = project.path("summary.md");
    project
        .variable("GITHUB_ACTIONS", "true")
        .variable("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())
}

#[test]
fn a_comparison_without_a_red_row_is_red_for_what_is_required() {
    let project = stored(1e9);
    let red = project.run(&["compare", "last"]).exits(1);
    let red = red.says("no row is red: what is required makes the gate fail");
    assert!(
        red.stderr.contains("::error title=perfbase%3A throughput GET /health not met::"),
        "{red}"
    );
    assert!(project.read("summary.md").contains("<b>✗ not met</b>"));
    project.run(&["show", "last"]).exits(0).says("at least 1000000000/s");
    let json = project.run(&["compare", "last", "--format", "json"]).exits(1).json();
    assert_eq!(json["requirements"][0]["met"], false);
    assert_eq!(json["requirements"][0]["kind"], "throughput");
}

#[test]
fn what_is_met_is_shown_and_decides_nothing() {
    let project = stored(0.001);
    project.run(&["compare", "last"]).exits(0).says("✓ met").never_says("::error");
}

/// The only requirement of a run, which is met or not, and the exit code with it; on a machine that
/// is too busy for any round to count, nobody knows.
pub(crate) fn required(finished: &Finished, is_met: bool) -> serde_json::Value {
    let json = finished.json();
    let [requirement] = &json["requirements"].as_array().unwrap()[..] else { panic!("{finished}") };
    if requirement["met"].is_null() {
        assert_eq!(requirement["found"], "too few rounds that count", "{finished}");
        assert_eq!(finished.code, Some(3), "{finished}");
    } else {
        assert_eq!(requirement["met"], is_met, "{finished}");
        assert_eq!(finished.code, Some(i32::from(!is_met)), "{finished}");
    }
    requirement.clone()
}
