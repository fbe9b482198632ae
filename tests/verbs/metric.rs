//! `metric` in the configuration: which percentile is held to the limit.

use perfbase::model::Run;

use crate::project::{Project, run};

const FILE: &str = "[service]\nurl = \"http://127.0.0.1:9\"\n[endpoints.\"GET /a\"]\n";

/// A project whose baseline has p50 10 ms, p95 20 ms and p99 40 ms, and one run of which p50 has
/// tripled and nothing else.
fn project(file: &str) -> Project {
    let project = Project::new();
    let old = run(1, &[("GET /a", 20.0)]);
    project.accept(&[&old]);
    project.store(&slower_median(run(2, &[("GET /a", 20.0)])));
    project.write("perfbase.toml", file);
    project
}

fn slower_median(mut run: Run) -> Run {
    for sample in run.rounds.iter_mut().flat_map(|round| round.samples.values_mut()) {
        sample.latency.clear();
        for rank in 0..400 {
            let millis = if rank % 100 < 98 { 20 } else { 40 };
            sample.latency.record(std::time::Duration::from_millis(millis));
        }
    }
    run
}

#[test]
fn the_gates_metric_decides_and_the_table_says_which_it_is() {
    let usual = project(FILE).perfbase(&["compare", "last"]);
    assert_eq!(usual.code, 0, "{usual:?}");
    let file = format!("{FILE}[gate]\nmetric = \"p50\"\nfactor = 1.5\n");
    let project = project(&file);
    let ended = project.perfbase(&["compare", "last"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    for part in ["p50 ms", "regressed", ": p50 10.00 → 20.00 ms, 2.00x"] {
        assert!(ended.stdout.contains(part), "{part}: {}", ended.stdout);
    }
    let json = project.perfbase(&["compare", "last", "-f", "json"]).json();
    assert_eq!(json["rows"][0]["metric"], "p50");
    let check = project.perfbase(&["check"]);
    assert!(check.stdout.contains("red when p50 is over 1.50x"), "{}", check.stdout);
}

#[test]
fn an_endpoints_own_metric_wins() {
    let ended = project(&format!("{FILE}metric = \"p50\"\nfactor = 1.5\n"))
        .perfbase(&["compare", "last", "-v"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stdout.contains("judged on p50"), "{}", ended.stdout);
}

#[test]
fn an_unknown_metric_is_an_error_with_its_place() {
    let ended = project(&format!("{FILE}[gate]\nmetric = \"p75\"\n")).perfbase(&["check"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("metric") && ended.stderr.contains("p95"), "{ended:?}");
    assert!(ended.stderr.contains("perfbase.toml:5"), "{ended:?}");
}
