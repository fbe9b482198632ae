//! Load that changes: stages, levels, users that are added, arrivals at random.

use std::collections::BTreeMap;
use std::time::Duration;

use perfbase::demo::{Options, Running};
use perfbase::model::{Failure, Outcome, Quantity, Share, Stage, Staged, Stages};

use super::made_up;
use super::project::Project;
use super::server::quick;

/// A service that answers so many at a time at most, and others with 503 at once.
fn limited(capacity: u32) -> Running {
    let fault = format!("capacity={capacity}").parse().unwrap();
    Running::start(Options { faults: vec![fault], ..Options::default() }).unwrap()
}

/// Users who pause, so that what they are refused does not make them send all the more.
fn project(service: &Running, scenario: &str) -> Project {
    let url = service.url();
    Project::with(&format!(
        "[service]\nurl = \"{url}\"\n[endpoints.\"GET /health\"]\n[endpoints.\"GET /clients\"]\n\
         [users.u]\npause = \"5ms..15ms\"\n\
         tasks = {{ \"GET /health\" = 1, \"GET /clients\" = 1 }}\n\
         [scenarios.s]\nrounds = 1\nwarm_up = \"0s\"\nwarm_up_requests = 0\n{scenario}\n"
    ))
}

const RUN: [&str; 5] = ["run", "--scenario", "s", "--format", "json"];

const LEVELS: &str = "hold = \"300ms\"\nlevels = [{ users = 2, success = \"100%\" }, \
                      { users = 40, success = \"99%\" }]";

#[test]
fn levels_are_green_on_a_service_that_copes_and_red_on_one_that_does_not() {
    let copes = quick();
    let run = project(&copes, LEVELS).run(&RUN).measured();
    let requirements = run.json()["requirements"].clone();
    let met: Vec<_> = requirements.as_array().unwrap().iter().map(|it| it["met"].clone()).collect();
    assert_eq!(met, [true, true], "{requirements}");

    let full = limited(1);
    let project = project(&full, LEVELS);
    // That nothing may fail at a level is red however busy the machine is.
    project.run(&RUN[..3]).exits(1).says("level").says("40 users").says("not met").says("≥ 99%");
    let refused = project.run(&["record", "--scenario", "s"]);
    refused.exits(3).says("not met: level 40 users: demanded at least 99% succeed");
}

#[test]
fn a_level_below_its_least_share_is_red_in_a_comparison() {
    const HEALTH: &str = "GET /health";
    for (failures, code) in [(4, 0), (5, 1)] {
        let project = Project::new();
        project.accept(&made_up::run(1, &[(HEALTH, 10)]));
        let mut run = made_up::run(2, &[(HEALTH, 10)]);
        let (load, over) = (40.0, Duration::from_secs(2));
        let stage = Stage { from: load, to: load, over, success: Some(Share::new(0.99)) };
        for round in &mut run.rounds {
            let mut sample = made_up::sample(10, 400);
            for _ in 0..failures {
                sample.outcomes.record(Outcome::Failed(Failure::Status5xx));
            }
            round.staged = Some(Staged {
                stages: Stages { quantity: Quantity::Users, stages: vec![stage] },
                samples: vec![BTreeMap::from([(made_up::endpoint(HEALTH), sample)])],
                together: Vec::new(),
                windows: Vec::new(),
            });
        }
        project.store(&run);
        let compared = project.run(&["compare", "last"]).exits(code);
        if code == 1 {
            compared.says("not met").says("40 users").says("98.76% of 2025 requests");
        }
    }
}

#[test]
fn a_spike_is_told_stage_by_stage_with_its_recovery() {
    let service = quick();
    let stages = "stages = [{ users = 1, over = \"0s\" }, { users = 1, over = \"300ms\" }, \
                  { users = 20, over = \"200ms\" }, { users = 20, over = \"300ms\" }, \
                  { users = 1, over = \"0s\" }, { users = 1, over = \"600ms\" }]";
    let project = project(&service, stages);
    let run = project.run(&RUN).measured().says("stage 3 of 4: 20 users");
    let stages = run.json()["stages"].clone();
    let of = |at: usize| stages["stages"][at].clone();
    let loads: Vec<_> = (0..4).map(|at| of(at)["stage"]["to"].as_f64().unwrap()).collect();
    assert_eq!(loads, [1.0, 20.0, 20.0, 1.0]);
    for at in 0..4 {
        assert!(of(at)["requests"]["successes"].as_u64() > Some(0), "{stages}");
        assert_eq!(of(at)["success_share"], 1.0, "{stages}");
    }
    // What is stored is what was shown.
    let shown = project.run(&["show", "last", "--format", "json"]).exits(0);
    assert_eq!(shown.json()["stages"], stages);
}

#[test]
fn invariants_count_the_requests_of_all_stages() {
    const ADDED: &str = "/value - before(/value) == count(\"POST /counter/increment\", ok)";
    const NONE: &str = "count(\"POST /counter/increment\", failed) == 0";
    for (service, holds, met) in [(quick(), ADDED, true), (limited(1), NONE, false)] {
        let project = Project::with(&format!(
            "[service]\nurl = \"{}\"\n[endpoints.\"POST /counter/increment\"]\n\
             [invariants.it]\nrequest = \"GET /counter\"\nholds = '{holds}'\n\
             [scenarios.s]\nrounds = 1\nwarm_up = \"0s\"\nwarm_up_requests = 0\n\
             stages = [{{ users = 1, over = \"0s\" }}, {{ users = 1, over = \"200ms\" }}, \
             {{ users = 20, over = \"0s\" }}, {{ users = 20, over = \"300ms\" }}]\n",
            service.url()
        ));
        let run = project.run(&RUN).exits_with_one_of(&[0, 1, 3]);
        assert_eq!(run.json()["requirements"][0]["met"], met, "{holds}\n{run}");
    }
}

#[test]
fn users_that_are_added_are_told() {
    let service = quick();
    let url = service.url();
    let project = Project::with(&format!(
        "[service]\nurl = \"{url}\"\n[login]\nrequest = \"POST /api/v1/auth/login\"\n\
         json = {{ username = \"load\", password = \"secret\" }}\nsave = {{ token = \"/access_token\" }}\n\
         headers = {{ authorization = \"Bearer {{token}}\" }}\n\
         [endpoints.\"GET /api/v1/users/me/stats\"]\n[scenarios.s]\nusers = 10\nrounds = 1\n\
         duration = \"200ms\"\nwarm_up = \"0s\"\nwarm_up_requests = 0\n"
    ));
    let spawned = ["run", "--scenario", "s", "--spawn-rate", "100/s"];
    project.run(&spawned).measured().says("warm-up");
    let check = project.run(&["check", "--scenario", "s", "--spawn-rate", "100/s"]);
    check.says("added at 100/s").says("100ms until all users are there");
}

#[test]
fn arrivals_at_random_are_as_many_as_even_ones() {
    let service = quick();
    let url = service.url();
    let project = Project::with(&format!(
        "[service]\nurl = \"{url}\"\n[endpoints.\"GET /health\"]\n[scenarios.s]\nrounds = 1\n\
         rate = \"1000/s\"\nduration = \"500ms\"\narrivals = \"poisson\"\nwarm_up = \"0s\"\n\
         warm_up_requests = 0\n"
    ));
    let run = project.run(&RUN).measured();
    // So many that no slice grows.
    let rounds = run.json()["rounds"].clone();
    for round in rounds.as_array().unwrap() {
        assert_eq!(round["generator"]["intended"], 500, "{rounds}");
    }
    assert_eq!(run.json()["workload"]["arrivals"], "poisson");
}

#[test]
fn what_a_class_does_not_do_is_told_by_every_verb_that_measures() {
    let service = quick();
    let url = service.url();
    let project = Project::with(&format!(
        "[service]\nurl = \"{url}\"\n[endpoints.\"GET /health\"]\n\
         [users.often]\nweight = 9999\ntasks = {{ \"GET /health\" = 1 }}\n\
         [users.rare]\nweight = 1\ntasks = {{ \"GET /health\" = 1 }}\n\
         [scenarios.s]\nrounds = 1\nrate = \"1000/s\"\nduration = \"500ms\"\n\
         warm_up = \"0s\"\nwarm_up_requests = 0\n"
    ));
    for verb in [&["check"][..], &["run"], &["record"], &["aa", "--runs", "2"]] {
        let told = project.run(&[verb, &["--scenario", "s"]].concat());
        told.says("none of the 500 arrivals of a round are of the class `rare` (weight 1)");
    }
}
