//! The examples of the repository, shortened: recorded on the healthy sample service, and red on one with the matching
//! fault. A machine that is too busy for any verdict is tried again, and then skipped; with the fault switched
//! on, nothing is ever a pass.

use perfbase::demo::{Options, Running};
use serde_json::Value;

use super::project::{BRIEF, Finished, Project};
use super::server::quick;

/// Where the sample service wants a token, and what its users log in with.
const SECRET: &str = "sesame";

/// The sample service, its latencies drawn ten times as long: far above what a machine adds to them.
fn service() -> Running {
    started(10.0)
}

fn started(latency_scale: f64) -> Running {
    Running::start(Options {
        latency_scale,
        token: Some(SECRET.to_owned()),
        password: Some(SECRET.to_owned()),
        ..Options::default()
    })
    .unwrap()
}

/// An example on `service`, with its long times made short; each of `shorter` has to be there.
fn example(name: &str, service: &Running, shorter: &[(&str, &str)]) -> Project {
    let path = format!("{}/examples/{name}/perfbase.toml", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(path).unwrap();
    text = text.replace("http://localhost:8000", &service.url());
    for (from, to) in shorter {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    Project::with(&text).variable("LOAD_PASSWORD", SECRET).variable("DASHBOARD_TOKEN", SECRET)
}

/// A load that carries a verdict in seconds. What is left out before it would be longer than the rest.
const SHORT: [&str; 10] = [
    "--users",
    "60",
    "--duration",
    "1s",
    "--rounds",
    "3",
    "--warm-up",
    "200ms",
    "--warm-up-requests",
    "1",
];

/// How often something is measured on a machine that is too busy: what all of this may take is bounded.
const TRIES: usize = 2;

/// What `measure` gives, and `None` while the machine is too busy for any verdict; nothing else is a reason for none.
#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
fn told(measure: impl Fn() -> Finished) -> Option<Finished> {
    let is_busy = |run: &Finished| run.code == Some(3) && run.to_string().contains("saturated");
    for _ in 0..TRIES {
        let measured = measure();
        if !is_busy(&measured) {
            return Some(measured);
        }
        println!("no verdict, the machine is too busy: {measured}");
    }
    None
}

/// Whether `project` is recorded on the healthy service.
fn is_recorded(project: &Project, flags: &[&str]) -> bool {
    let recorded = told(|| project.run(&[&["record"], flags].concat()));
    recorded.map(|recorded| recorded.exits(0)).is_some()
}

/// Switches `fault` on and compares: red, and so are these endpoints. Nothing if the machine is too busy.
fn red(service: &Running, project: &Project, flags: &[&str], fault: &str, endpoints: &[&str]) {
    service.set_faults(&[fault.parse().unwrap()]);
    let compared = told(|| project.run(&[&["compare", "--format", "json"], flags].concat()));
    service.set_faults(&[]);
    let Some(compared) = compared else { return };
    let compared = compared.exits(1);
    for endpoint in endpoints {
        assert_eq!(row(&compared, endpoint)["red"], true, "{endpoint}: {compared}");
    }
}

fn row(compared: &Finished, endpoint: &str) -> Value {
    let json = compared.json();
    let rows = json["rows"].as_array().unwrap();
    rows.iter().find(|row| row["endpoint"] == endpoint).unwrap().clone()
}

/// Runs a scenario once and briefly on a service that can do what it demands.
fn carried(project: &Project, scenario: &str, flags: &[&str]) -> Finished {
    let run = || project.run(&[&["run", "--scenario", scenario], flags].concat());
    run().measured()
}

/// A scenario with levels or stages, of which nothing is left out.
const BARE: [&str; 4] = ["--warm-up", "0s", "--warm-up-requests", "0"];

fn briefly(users: &str) -> Vec<&str> {
    [&BRIEF[..], &["--users", users]].concat()
}

#[test]
fn the_agent_platform_is_red_when_one_in_six_takes_too_long() {
    let service = service();
    let quicker = [
        ("\"1s..3s\"", "\"5ms..15ms\""),
        ("executions\" = 5", "executions\" = 1"),
        ("metrics\" = 3", "metrics\" = 1"),
    ];
    let project = example("agent-platform", &service, &quicker);
    let metrics = "GET /api/v1/agents/{agent}/metrics";
    let fault = "GET /api/v1/agents/{id}/metrics add=400ms share=16%";
    if is_recorded(&project, &SHORT) {
        red(&service, &project, &SHORT, fault, &[metrics]);
    }
    let peak = [&briefly("40")[..], &["--spawn-rate", "400/s"]].concat();
    carried(&project, "peak", &peak);
}

/// Users two hundred times as quick, and more of what is rare: a round lasts until there is enough of each.
const BUILDERS: [(&str, &str); 10] = [
    ("\"1s..3s\"", "\"5ms..15ms\""),
    ("\"500ms..1s\"", "\"2ms..5ms\""),
    ("\"5s..10s\"", "\"25ms..50ms\""),
    ("/code\" = 1", "/code\" = 10"),
    ("{build}\" = 5\n", "{build}\" = 10\n"),
    ("builds\" = 1\n", "builds\" = 10\n"),
    ("stats\" = 2\n", "stats\" = 5\n"),
    ("hold = \"5m\"", "hold = \"500ms\""),
    ("hold = \"30s\"", "hold = \"500ms\""),
    (
        "acceptable = \"3s\"\nacceptable_p99 = \"5s\"",
        "acceptable = \"500ms\"\nacceptable_p99 = \"500ms\"",
    ),
];

#[test]
fn the_build_platform_is_red_when_three_of_a_hundred_are_far_too_slow_and_when_no_ids_come() {
    let service = service();
    let project = example("build-platform", &service, &BUILDERS);
    let create = "POST /api/v1/builds";
    let leak = "POST /api/v1/builds error-share=100%";
    if is_recorded(&project, &SHORT) {
        // What a p95 does not see.
        let slow = "POST /api/v1/builds add=600ms share=3%";
        red(&service, &project, &SHORT, slow, &[create]);
        red(&service, &project, &SHORT, leak, &[create]);
    }
    service.set_faults(&[leak.parse().unwrap()]);
    let run = project.run(&[&["run"], &briefly("20")[..]].concat()).exits(3);
    run.says("nothing was measured of POST /api/v1/builds, which is no pass: all")
        .says("nothing was measured of GET /api/v1/builds/{build}, which is no pass: nothing was sent")
        .says("skipped for want of a value");
}

#[test]
fn the_build_platform_lets_nothing_fail_and_feeds_who_watches() {
    let service = started(0.0);
    let project = example("build-platform", &service, &BUILDERS);
    for (scenario, users) in [("normal", "10"), ("concurrent", "100")] {
        service.set_faults(&[]);
        carried(&project, scenario, &BARE).says(&format!("{users} users"));
        service.set_faults(&["POST /api/v1/builds error-share=20%".parse().unwrap()]);
        let red = project.run(&[&["run", "--scenario", scenario], &BARE[..]].concat());
        red.exits(1).says("not met").says("at least 100% succeed");
    }
    service.set_faults(&[]);
    let fed = carried(&project, "feed", &briefly("10"));
    fed.says("Build feed connect").says("Build feed message");
}

const AGENT: [(&str, &str); 6] = [
    ("\"1s..3s\"", "\"5ms..15ms\""),
    ("hold = \"5s\"", "hold = \"300ms\""),
    ("users = 500, success = \"95%\"", "users = 40, success = \"95%\""),
    ("users = 1000, success", "users = 60, success"),
    ("over = \"5s\"", "over = \"200ms\""),
    (
        "[scenarios.spike]\n",
        "[scenarios.spike]\nrounds = 1\nstages = [{ users = 1, over = \"0s\" }, \
         { users = 1, over = \"200ms\" }, { users = 20, over = \"100ms\" }, \
         { users = 20, over = \"200ms\" }, { users = 1, over = \"0s\" }, { users = 1, over = \"300ms\" }]\n",
    ),
];

#[test]
fn the_performance_agent_is_red_when_one_in_five_fails() {
    let service = service();
    let project = example("performance-agent", &service, &AGENT);
    let flags = [&["--scenario", "light"], &SHORT[..]].concat();
    if is_recorded(&project, &flags) {
        red(&service, &project, &flags, "GET /config error-share=20%", &["GET /config"]);
    }
}

#[test]
fn the_performance_agent_bears_its_stress_until_its_capacity_is_too_small() {
    let service = started(0.0);
    let project = example("performance-agent", &service, &AGENT);
    for scenario in ["normal", "peak", "heavy"] {
        carried(&project, scenario, &briefly("20"));
    }
    for scenario in ["stress", "batches", "spike"] {
        carried(&project, scenario, &BARE);
    }
    service.set_faults(&["add=5ms".parse().unwrap(), "capacity=2".parse().unwrap()]);
    for scenario in ["stress", "batches"] {
        let red = project.run(&[&["run", "--scenario", scenario], &BARE[..]].concat());
        red.exits(1).says("not met").says("at least 95% succeed");
    }
}

#[test]
fn the_performance_agent_gets_less_done_when_it_is_slow() {
    let service = started(0.0);
    // A part of what is demanded, on a machine that does other things too.
    let fewer = [("\"1000/s\"", "\"200/s\""), ("\"500/s\"", "\"50/s\""), ("\"100/s\"", "\"10/s\"")];
    let mut demands = AGENT.to_vec();
    // From the end, so that no figure is divided twice.
    demands.extend(fewer.iter().rev());
    let project = example("performance-agent", &service, &demands);
    let throughput =
        ["--scenario", "throughput", "--users", "8", "--duration", "300ms", "--rounds", "3"];
    let run = || project.run(&[&["run"], &throughput[..], &BARE].concat());
    if let Some(run) = told(run) {
        run.exits(0).says("throughput");
    }
    service.set_faults(&["GET /health add=60ms".parse().unwrap()]);
    let Some(red) = told(run) else { return };
    red.exits(1).says("throughput GET /health").says("not met");
}

const CONTRACT: [(&str, &str); 1] = [("hold = \"2m\"", "hold = \"500ms\"")];

#[test]
fn the_performance_contract_is_red_when_its_clients_take_twice_as_long() {
    let service = service();
    let project = example("performance-contract", &service, &CONTRACT);
    let flags = [&["--scenario", "light"], &SHORT[..]].concat();
    let fault = "GET /clients add=1200ms share=16%";
    if is_recorded(&project, &flags) {
        red(&service, &project, &flags, fault, &["GET /clients", "Dashboard home"]);
    }
}

#[test]
fn the_performance_contract_lets_none_of_fifty_fail() {
    let service = started(0.0);
    let project = example("performance-contract", &service, &CONTRACT);
    for scenario in ["baseline", "medium", "sustained"] {
        carried(&project, scenario, &briefly("20")).never_says(SECRET);
    }
    carried(&project, "concurrent", &BARE).says("50 users");
    service.set_faults(&["GET /signals error-share=2%".parse().unwrap()]);
    let red = project.run(&[&["run", "--scenario", "concurrent"], &BARE[..]].concat());
    red.exits(1).says("not met").says("at least 100% succeed");
}

#[test]
fn health_is_red_above_its_two_hundred_milliseconds() {
    let service = service();
    let project = example("correctness", &service, &[]);
    // The quickest endpoint and no other: sixty would ask for more than a busy machine can answer.
    let flags = [&["--users", "16"], &SHORT[2..]].concat();
    if is_recorded(&project, &flags) {
        red(&service, &project, &flags, "GET /health add=400ms share=16%", &["GET /health"]);
    }
}

/// How often is looked, as long as the machine is too busy to offer what is above the limit.
const LOOKS: usize = 3;

#[test]
fn a_limiter_that_is_off_is_red() {
    let service = quick();
    let project = example("correctness", &service, &[("windows = 3", "windows = 1")]);
    let on = ["GET /signals rate-limit=100/1s".parse().unwrap()];
    for (faults, code) in [(&on[..], 0), (&[], 1)] {
        service.set_faults(faults);
        let looks = (0..LOOKS).map(|_| project.run(&["run", "--scenario", "limits"]));
        // Whoever could not tell says so; nobody says the opposite.
        let known =
            looks.map(|run| run.exits_with_one_of(&[code, 3])).find(|run| run.code == Some(code));
        let Some(known) = known else { return };
        known.says("rejected");
    }
}
