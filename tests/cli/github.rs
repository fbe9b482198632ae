//! Under GitHub Actions: the job's summary and annotations, on red as on green.

use super::made_up::run;
use super::project::Project;

const FIGURES: [(&str, u64); 2] = [("GET /health", 10), ("GET /clients", 40)];

/// A project in a GitHub job, with a baseline and a run of these figures.
fn job(figures: &[(&str, u64)]) -> Project {
    let project = Project::new();
    let summary = project.path("summary.md");
    project.accept(&run(1, &FIGURES));
    project.store(&run(2, figures));
    project
        .variable("GITHUB_ACTIONS", "true")
        .variable("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())
}

#[test]
fn a_red_row_becomes_an_annotation_and_the_summary_is_written_before_the_exit_code() {
    let project = job(&[("GET /health", 10), ("GET /clients", 90)]);
    project.write("summary.md", "# What other steps wrote\n");
    let red = project.run(&["compare", "last"]).exits(1);
    let annotation = red.stderr.lines().find(|line| line.starts_with("::error")).unwrap();
    assert!(annotation.contains("GET /clients regressed"), "{annotation}");
    assert_eq!(red.stderr.matches("::error").count(), 1, "{red}");
    let summary = project.read("summary.md");
    assert!(summary.starts_with("# What other steps wrote\n"), "{summary}");
    assert!(summary.contains("<b>✗ regressed</b>") && summary.contains("exit 1"), "{summary}");
}

#[test]
fn a_pass_has_a_summary_and_no_annotation() {
    let project = job(&FIGURES);
    project.run(&["compare", "last"]).exits(0).never_says("::error");
    assert!(project.read("summary.md").contains("exit 0"));
}

#[test]
fn no_verdict_has_a_summary_too() {
    let mut short = run(2, &FIGURES);
    short.rounds.truncate(1);
    let project = job(&FIGURES);
    project.store(&perfbase::model::Run { session: run(3, &FIGURES).session, ..short });
    project.run(&["compare", "last"]).exits(3);
    assert!(project.read("summary.md").contains("exit 3"));
}

#[test]
fn a_summary_that_cannot_be_written_changes_no_verdict() {
    for (figures, code) in [(FIGURES, 0), ([("GET /health", 10), ("GET /clients", 90)], 1)] {
        let project = job(&figures).variable("GITHUB_STEP_SUMMARY", "/proc/summary.md");
        project.run(&["compare", "last"]).exits(code).says("the job summary cannot be written");
    }
}

#[test]
fn outside_of_github_nothing_of_it_happens() {
    let project = job(&[("GET /health", 10), ("GET /clients", 90)]).variable("GITHUB_ACTIONS", "");
    project.run(&["compare", "last"]).exits(1).never_says("::error");
    assert!(!project.path("summary.md").exists());
}
