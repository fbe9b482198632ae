//! Verdicts on stored runs whose figures were chosen by hand.

use perfbase::model::{Run, RunState, Share, Unsound, Validity};

use super::made_up::{endpoint, fail, run, sample};
use super::project::{Project, snapshot};

const HEALTH: (&str, u64) = ("GET /health", 10);
const CLIENTS: (&str, u64) = ("GET /clients", 40);

/// A project whose baseline is health at 10 ms and clients at 40 ms, with `run` in its history.
fn judged(run: &Run) -> Project {
    let project = Project::new();
    project.accept(&self::run(1, &[HEALTH, CLIENTS]));
    project.store(run);
    project
}

const LAST: [&str; 2] = ["compare", "last"];

#[test]
fn the_same_figures_pass() {
    let project = judged(&run(2, &[HEALTH, CLIENTS]));
    snapshot!("pass", project.run(&LAST).exits(0));
}

#[test]
fn above_twice_the_baseline_is_red_and_says_that_nothing_was_measured_again() {
    let project = judged(&run(2, &[HEALTH, ("GET /clients", 90)]));
    snapshot!("regressed", project.run(&LAST).exits(1));
    project.run(&["history"]).exits(0).says("gate failed");
}

#[test]
fn just_below_twice_the_baseline_is_not_red_but_for_a_smaller_factor() {
    let project = judged(&run(2, &[HEALTH, ("GET /clients", 75)]));
    project.run(&LAST).exits(0);
    project.run(&["compare", "last", "--factor", "1.5"]).exits(1).says("✗ GET /clients regressed");
    project.run(&["compare", "last", "--fail-on", "warn"]).exits(1).says("slower");
}

#[test]
fn an_endpoint_of_the_baseline_that_is_not_there_is_red_unless_allowed() {
    let project = judged(&run(2, &[HEALTH]));
    let missing = project.run(&LAST);
    // The requests of a run are a part of what makes it comparable.
    snapshot!("missing", missing.exits(1));
    project.run(&["compare", "last", "--allow-missing"]).exits(0).says("1 missing");
}

#[test]
fn an_endpoint_without_a_baseline_is_listed_and_not_red() {
    let project = judged(&run(2, &[HEALTH, CLIENTS, ("GET /signals", 700)]));
    project.run(&LAST).exits(0).says("+ GET /signals new").says("judged 2 of 3: 1 new");
}

#[test]
fn nothing_but_new_endpoints_is_no_pass() {
    let project = judged(&run(2, &[("GET /signals", 10)]));
    project.run(&["compare", "last", "--allow-missing"]).exits(3).says("judged 0 of 3");
}

#[test]
fn failures_over_the_budget_are_red_though_the_rest_is_fast() {
    let mut failing = run(2, &[HEALTH, ("GET /clients", 5)]);
    fail(&mut failing, "GET /clients", 20);
    let project = judged(&failing);
    project.run(&LAST).exits(1).says("✗ GET /clients errors").says("status 5xx");
    project.run(&["compare", "last", "--errors", "10%"]).exits(0);
}

#[test]
fn too_few_requests_are_no_verdict_and_say_how_many_more() {
    let mut short = run(2, &[HEALTH, CLIENTS]);
    for round in &mut short.rounds {
        round.samples.insert(endpoint("GET /clients"), sample(40, 30));
    }
    let project = judged(&short);
    let few =
        project.run(&LAST).exits(3).says("? GET /clients too few: the run has 5 valid rounds");
    few.says("with 30 successes at least; it takes 3 with 100").says("next: more time");
}

#[test]
fn a_baseline_of_too_few_rounds_is_named_and_not_the_run() {
    let project = Project::new();
    let mut short = run(1, &[HEALTH]);
    short.rounds.truncate(2);
    project.accept_anyway(&short);
    project.store(&run(2, &[HEALTH]));
    let few = project.run(&LAST).exits(3).says("too few: the baseline has 2 valid rounds");
    few.says("next: `perfbase record` with more time").never_says("the run has");
    project.store(&short);
    let two =
        project.run(&["compare", "2", "1"]).exits(3).says("too few: run 2 has 2 valid rounds");
    two.says("next: `perfbase run` with more time");
}

#[test]
fn a_run_without_valid_rounds_is_saturated_and_no_verdict() {
    let mut busy = run(2, &[HEALTH, CLIENTS]);
    for round in &mut busy.rounds[..3] {
        round.validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.97))]);
    }
    let project = judged(&busy);
    project.run(&LAST).exits(3).says("saturated").says("97%");
    let said = project.run(&LAST).exits(3).says("the run has 2 valid rounds");
    said.says("lower the load").never_says("next: more time");
}

#[test]
fn where_no_round_counted_it_is_said_and_no_more_requests_are_asked_for() {
    let mut busy = run(2, &[HEALTH]);
    for round in &mut busy.rounds {
        round.validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.97))]);
    }
    let project = judged(&busy);
    let said = project.run(&LAST).exits(3).says("saturated: no round counted in 5 tries");
    said.says("? GET /health too few: no round of the run counted").never_says("next: more time");
    project.run(&["show"]).exits(0).says("no round counted").never_says("59 more");
}

#[test]
fn an_interrupted_run_is_no_verdict_though_its_rounds_would_pass() {
    let project = judged(&Run { state: RunState::Interrupted, ..run(2, &[HEALTH, CLIENTS]) });
    project.run(&LAST).exits(3).says("inconclusive");
    project.store(&run(3, &[HEALTH, CLIENTS]));
    project.run(&["compare", "2", "1"]).exits(3).says("inconclusive");
}

#[test]
fn strict_is_twice_the_baseline_and_nothing_else() {
    // Half a millisecond is within the floor of the full rule and above twice under the bare one.
    let project = Project::new();
    project.accept(&run(1, &[("GET /health", 1)]));
    let mut tiny = run(2, &[("GET /health", 1)]);
    for round in &mut tiny.rounds {
        round.anchors.null_p95 *= 20;
        round.samples.insert(endpoint("GET /health"), sample(3, 400));
    }
    tiny.rounds.truncate(1);
    project.store(&tiny);
    project.run(&LAST).exits(3).says("too few");
    project.run(&["compare", "last", "--strict"]).exits(1).says("regressed");
}

#[test]
fn another_machine_class_is_said_and_its_slowness_is_no_regression() {
    let mut elsewhere = run(2, &[HEALTH, ("GET /clients", 90)]);
    elsewhere.machine.cpus = 2;
    for round in &mut elsewhere.rounds {
        round.anchors.cpu_kernel *= 2;
    }
    let project = judged(&elsewhere);
    snapshot!("other_machine", project.run(&LAST).exits(3));
}

#[test]
fn what_another_machine_does_not_explain_is_red_there_too() {
    let mut elsewhere = run(2, &[HEALTH, ("GET /clients", 400)]);
    elsewhere.machine.cpus = 2;
    let project = judged(&elsewhere);
    project.run(&LAST).exits(1).says("✗ GET /clients regressed").says("machine");
}

#[test]
fn another_workload_is_not_comparable_and_says_what_differs() {
    let mut other = run(2, &[HEALTH, CLIENTS]);
    other.workload.parts.insert("load".to_owned(), "50 users".to_owned());
    other.workload.parts.insert("round".to_owned(), "2s".to_owned());
    let project = judged(&other);
    snapshot!("not_comparable", project.run(&LAST).exits(2));
}

#[test]
fn a_baseline_file_that_is_not_there_is_not_spoken_of_as_if_it_were() {
    let project = Project::new();
    project.store(&run(1, &[HEALTH]));
    let none = project.run(&LAST).exits(3).says("error: there is no performance_baselines.json");
    none.says("no baseline for scenario `light`").says("perfbase record");
}

#[test]
fn history_marks_the_runs_of_the_baseline() {
    let project = judged(&run(2, &[HEALTH, CLIENTS]));
    project.store(&run(1, &[HEALTH, CLIENTS]));
    let marked = project.run(&["history"]).exits(0);
    assert_eq!(marked.stdout.matches('◆').count(), 2, "its row and what it means: {marked}");
    let runs = project.run(&["history", "--format", "json"]).exits(0).json();
    let marks: Vec<bool> =
        runs["runs"].as_array().unwrap().iter().map(|run| run["baseline"] == true).collect();
    assert_eq!(marks, [true, false]);
    project.write("performance_baselines.json", "{");
    let unmarked = project.run(&["history"]).exits(0).says("warning: no run is marked");
    assert!(!unmarked.stdout.contains('◆'), "{unmarked}");
}

#[test]
fn a_baseline_of_another_scenario_or_environment_is_none() {
    let mut other = run(2, &[HEALTH, CLIENTS]);
    other.environment = "staging".parse().unwrap();
    let project = judged(&other);
    project.run(&LAST).exits(3).says("no baseline for scenario `light` in environment `staging`");
}

#[test]
fn two_stored_runs_are_judged_the_second_against_the_first() {
    let project = Project::new();
    project.store(&run(1, &[HEALTH, CLIENTS]));
    project.store(&run(2, &[HEALTH, ("GET /clients", 90)]));
    snapshot!("two_runs", project.run(&["compare", "1", "2"]).exits(1));
    project.run(&["compare", "last~1", "last"]).exits(1);
    project.run(&["compare", "2", "1"]).exits(0).says("faster");
    assert!(!project.baseline().exists(), "comparing never writes a baseline");
}

#[test]
fn runs_that_are_not_there_are_named() {
    let project = judged(&run(2, &[HEALTH]));
    snapshot!("no_such_run", project.run(&["compare", "7"]).exits(2));
    project.run(&["show", "7"]).exits(2).says("there is no run 7");
    project.run(&["compare", "seven"]).exits(2).says("seven").says("http://");
    project.run(&["compare", "1", "2", "3"]).exits(2).says("at most two stored runs");
    project.run(&["show", "0"]).exits(2);
}

#[test]
fn history_and_show_tell_of_every_run() {
    let project = judged(&run(2, &[HEALTH, CLIENTS]));
    project.store(&Run { state: RunState::Interrupted, ..run(3, &[HEALTH]) });
    project.run(&LAST);
    snapshot!("history", project.run(&["history"]).exits(0));
    project.run(&["history", "--env", "staging"]).exits(0).never_says("light");
    snapshot!("show", project.run(&["show", "1", "-v"]).exits(0));
}
