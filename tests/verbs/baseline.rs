//! `perfbase baseline`.

use perfbase::model::{EnvironmentName, Unsound, Validity};
use perfbase::store::BaselineStore;

use crate::project::{Project, run};

const WAIVE: [&str; 9] = [
    "baseline",
    "waive",
    "GET /a",
    "--ceiling",
    "800ms",
    "--until",
    "2999-12-31",
    "--reason",
    "the index is being rebuilt",
];

fn project() -> Project {
    let project = Project::new();
    let old = run(1, &[("GET /a", 100.0), ("GET /b", 50.0)]);
    project.store(&old);
    project.accept(&[&old]);
    project
}

/// The arguments of a waiver with one of them replaced.
fn waive_with(from: &'static str, to: &'static str) -> Vec<&'static str> {
    WAIVE.into_iter().map(|argument| if argument == from { to } else { argument }).collect()
}

#[test]
fn show_prints_figures_and_waivers() {
    let project = project();
    assert_eq!(project.perfbase(&WAIVE).code, 0);
    let shown = project.perfbase(&["baseline", "show"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in ["1 baseline", "GET /a", "100.0", "by Ada", "up to 800ms until 2999-12-31"] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let json = project.perfbase(&["baseline", "show", "-f", "json"]).json();
    let baseline = &json["baselines"][0];
    assert_eq!(baseline["waivers"]["GET /a"]["ceiling_ms"], 800.0);
    assert!(
        (baseline["endpoints"]["GET /b"]["figures"]["p95_ms"].as_f64().unwrap() - 50.0).abs() < 0.1
    );
}

#[test]
fn show_without_a_file_or_a_fitting_baseline_says_so() {
    let ended = Project::new().perfbase(&["baseline", "show"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("there is no baseline file"), "{}", ended.stderr);
    let ended = project().perfbase(&["baseline", "show", "--scenario", "peak"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("has no such baseline"), "{}", ended.stderr);
    assert!(ended.stderr.contains("scenario `baseline`, environment `default`"));
}

#[test]
fn a_blessed_endpoint_moves_alone_and_keeps_the_reason() {
    let project = project();
    project.store(&run(2, &[("GET /a", 150.0), ("GET /b", 90.0)]));
    let arguments = ["baseline", "bless", "GET /a", "--reason", "now with search"];
    let ended = project.perfbase(&arguments);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("GET /a") && ended.stdout.contains("now with search"));
    assert!(!ended.stdout.contains("GET /b"), "{}", ended.stdout);
    let file = BaselineStore::read(project.path(Project::BASELINE)).unwrap();
    let baseline = file.baselines.values().next().unwrap();
    let p95 = |name: &str| baseline.endpoints[&name.parse().unwrap()].p95.as_millis();
    assert_eq!((p95("GET /a"), p95("GET /b")), (150, 50));
    let blessed = baseline.endpoints[&"GET /a".parse().unwrap()].blessed.as_ref().unwrap();
    assert_eq!(blessed.reason.as_deref(), Some("now with search"));
}

#[test]
fn what_cannot_be_blessed_changes_nothing() {
    let project = project();
    let mut saturated = run(3, &[("GET /a", 100.0), ("GET /b", 50.0)]);
    for round in &mut saturated.rounds {
        round.validity = Validity::Invalid(vec![Unsound::Busy(perfbase::model::Share::new(0.99))]);
    }
    project.store(&saturated);
    let before = project.read(Project::BASELINE);
    for (endpoint, run, reason, code, said) in [
        ("GET /a", "last", "why", 3, "saturated"),
        ("GET /nobody", "1", "why", 2, "did not measure GET /nobody"),
        ("GET /a", "1", "why", 2, "part of the baseline already"),
        ("GET /a", "1", "  ", 2, "--reason needs a text"),
        ("GET /a", "99", "why", 2, "99"),
        ("GET /a", "first", "why", 2, "is not a run"),
    ] {
        let arguments = ["baseline", "bless", endpoint, "--run", run, "--reason", reason];
        let ended = project.perfbase(&arguments);
        assert!(ended.stderr.contains(said), "{arguments:?}: {ended:?}");
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert_eq!(project.read(Project::BASELINE), before);
    }
}

#[test]
fn a_waiver_is_written_judged_by_and_taken_back() {
    let project = project();
    let ended = project.perfbase(&WAIVE);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("+ waiver") && ended.stdout.contains("git add"));
    project.store(&run(2, &[("GET /a", 350.0), ("GET /b", 50.0)]));
    let compared = project.perfbase(&["compare", "last"]);
    assert!(compared.stdout.contains("waived"), "{compared:?}");
    assert_eq!(compared.code, 0);
    project.store(&run(3, &[("GET /a", 850.0), ("GET /b", 50.0)]));
    let over = project.perfbase(&["compare", "last"]);
    assert!(over.stdout.contains("waiver over"), "{over:?}");
    assert_eq!(over.code, 1);

    let removed = project.perfbase(&["baseline", "waive", "GET /a", "--remove"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert!(removed.stdout.contains("- waiver"), "{}", removed.stdout);
    let again = project.perfbase(&["baseline", "waive", "GET /a", "--remove"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("no waiver for GET /a"), "{again:?}");
}

#[test]
fn a_waiver_that_makes_no_sense_is_refused_and_nothing_is_written() {
    let project = project();
    let before = project.read(Project::BASELINE);
    for (arguments, said) in [
        (waive_with("GET /a", "GET /nobody"), "no endpoint GET /nobody"),
        (waive_with("2999-12-31", "2020-01-01"), "2020-01-01 is over"),
        (waive_with("2999-12-31", "soon"), "`soon` is not a date"),
        (waive_with("2999-12-31", "2026-02-30"), "is not a date"),
        (waive_with("800ms", "90ms"), "ceiling for GET /a is not above"),
        (waive_with("800ms", "fast"), "not a duration"),
        (waive_with("the index is being rebuilt", " "), "--reason needs a text"),
        (vec!["baseline", "waive", "GET /a"], "--ceiling"),
    ] {
        let ended = project.perfbase(&arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(said), "{arguments:?}: {ended:?}");
        assert_eq!(project.read(Project::BASELINE), before);
    }
}

#[test]
fn of_several_baselines_the_meant_one_has_to_be_named() {
    let project = Project::new();
    let here = run(1, &[("GET /a", 100.0)]);
    let mut staging = run(2, &[("GET /a", 100.0)]);
    staging.environment = "staging".parse::<EnvironmentName>().unwrap();
    project.accept(&[&here, &staging]);
    let ended = project.perfbase(&WAIVE);
    assert_eq!(ended.code, 2);
    for part in ["several baselines", "environment `default`", "environment `staging`", "--env"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    let named: Vec<&str> = WAIVE.into_iter().chain(["--env", "staging"]).collect();
    assert_eq!(project.perfbase(&named).code, 0);

    // Of two machines, this one is meant.
    let mut elsewhere = run(3, &[("GET /a", 100.0)]);
    elsewhere.machine.cpus += 64;
    project.accept(&[&here, &elsewhere]);
    assert_eq!(project.perfbase(&WAIVE).code, 0);
    let file = BaselineStore::read(project.path(Project::BASELINE)).unwrap();
    let waived: Vec<_> = file.baselines.iter().filter(|(_, it)| !it.waivers.is_empty()).collect();
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0].0.machine, here.machine);
}

#[test]
fn diff_shows_what_a_review_has_to_see() {
    let project = project();
    project.git(&["init", "--initial-branch=trunk"]);
    let outside = project.perfbase(&["baseline", "diff"]);
    assert_eq!(outside.code, 2);
    assert!(outside.stderr.contains("git knows no commit `HEAD`"), "{outside:?}");
    project.git(&["add", Project::BASELINE]);
    project.git(&["commit", "--no-gpg-sign", "--message=first"]);
    let same = project.perfbase(&["baseline", "diff"]);
    assert!(same.stdout.contains("nothing has changed"), "{same:?}");

    project.store(&run(2, &[("GET /a", 150.0), ("GET /b", 50.0)]));
    assert_eq!(project.perfbase(&["baseline", "bless", "GET /a", "--reason", "search"]).code, 0);
    let changed = project.perfbase(&["baseline", "diff"]);
    for part in ["GET /a", "100.0", "→ 150", "1.50x", "blessed", "search"] {
        assert!(changed.stdout.contains(part), "{part}: {}", changed.stdout);
    }
    assert!(!changed.stdout.contains("GET /b"));
    let json = project.perfbase(&["baseline", "diff", "trunk", "-f", "json"]).json();
    assert_eq!(json["since"], "trunk");
    assert_eq!(json["baselines"][0]["endpoints"].as_array().unwrap().len(), 1);

    let unknown = project.perfbase(&["baseline", "diff", "nobody"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("git knows no commit `nobody`"), "{unknown:?}");
}

#[test]
fn diff_outside_a_checkout_says_so() {
    let ended = project().perfbase(&["baseline", "diff"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("is not in a git checkout"), "{ended:?}");
}

#[test]
fn a_waiver_for_an_endpoint_that_nobody_has_is_told() {
    let project = project();
    assert_eq!(project.perfbase(&WAIVE).code, 0);
    let path = project.path(Project::BASELINE);
    let text = project.read(Project::BASELINE);
    let (figures, waivers) = text.split_once("\"waivers\"").unwrap();
    fs_err::write(
        &path,
        format!("{figures}\"waivers\"{}", waivers.replacen("GET /a", "GET /x", 1)),
    )
    .unwrap();
    let compared = project.perfbase(&["compare", "last"]);
    assert!(compared.stdout.contains("has a waiver for GET /x"), "{compared:?}");
}

#[test]
fn a_baseline_that_is_many_commits_behind_is_told() {
    let project = Project::new();
    project.git(&["init", "--initial-branch=trunk"]);
    project.git(&["commit", "--no-gpg-sign", "--allow-empty", "--message=first"]);
    let head = || {
        let output = std::process::Command::new("git")
            .current_dir(project.path(""))
            .args(["rev-parse", "HEAD"])
            .output()
            .unwrap();
        let commit = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        Some(perfbase::model::GitFacts { commit, dirty: false, branch: None })
    };
    let mut old = run(1, &[("GET /a", 100.0)]);
    old.session.git = head();
    project.accept(&[&old]);
    // One stream in place of two hundred processes.
    let mut stream = String::new();
    for number in 0..201 {
        let from = if number == 0 { "from refs/heads/trunk^0\n" } else { "" };
        let commit = format!(
            "commit refs/heads/trunk\ncommitter Ada <ada@example.com> {} +0000\ndata 1\nx\n{from}\n",
            1_800_000_000 + number
        );
        stream.push_str(&commit);
    }
    project.write("stream", &stream);
    let ended = std::process::Command::new("git")
        .current_dir(project.path(""))
        .args(["fast-import", "--quiet"])
        .stdin(std::fs::File::open(project.path("stream")).unwrap())
        .status()
        .unwrap();
    assert!(ended.success());
    let mut new = run(2, &[("GET /a", 100.0)]);
    new.session.git = head();
    project.store(&new);
    let compared = project.perfbase(&["compare", "last"]);
    assert!(compared.stdout.contains("the baseline is 201 commits behind"), "{compared:?}");
    assert_eq!(compared.code, 0, "it is told and decides nothing");
}
