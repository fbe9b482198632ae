//! The store from outside: whole runs, several processes, bad files, and every released schema.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

#[path = "store/given.rs"]
mod given;
#[path = "store/processes.rs"]
mod processes;

use std::fs;
use std::path::Path;
use std::time::Duration;

use given::{comparison, endpoint, place, round, run, save, settled, staged_round, whole};
use jiff::Timestamp;
use perfbase::model::{
    Block, Cleanup, ExitStatus, Failure, Met, Outcome, Rate, Requirement, RequirementKind, Round,
    Run, RunState, Unsound, Validity, Workload,
};
use perfbase::store::{HistoryFilter, RunNumber, RunRef, Store, StoreError};

/// Set to write the fixture of the present schema anew, before its release.
const WRITE_FIXTURE: &str = "PERFBASE_WRITE_FIXTURE";

#[test]
fn a_run_reads_back_as_it_was_measured() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let number = save(&mut store, &whole(1));
    for name in ["1", "last", "last~0", &whole(1).id().to_string()] {
        let read: RunRef = name.parse().unwrap();
        assert_eq!(store.number(read).unwrap(), number);
        assert_eq!(store.measured_rounds(read).unwrap(), whole(1).rounds);
        assert_eq!(store.run(read).unwrap(), settled(whole(1)));
    }
    assert_eq!(
        Store::open_read_only(&path).unwrap().run(RunRef::Last(0)).unwrap(),
        settled(whole(1))
    );
}

#[test]
fn a_run_that_knows_little_reads_back_too() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let mut little = Run { state: RunState::Broken, ..run(1) };
    little.session.git = None;
    little.session.ci = None;
    little.machine.quota_percent = None;
    little.workload = Workload::default();
    little.endpoints.clear();
    save(&mut store, &little);
    assert_eq!(store.run(RunRef::Last(0)).unwrap(), little);
}

#[test]
fn what_is_required_reads_back() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let invariant = Requirement {
        kind: RequirementKind::Invariant,
        subject: "counter is exact".into(),
        demand: "/value == count(\"POST /increment\", ok)".into(),
        found: "4961 == 5000".into(),
        met: Met::No,
    };
    let mut run = whole(1);
    run.endpoints[0].budgets.throughput = Rate::per_second(2.5);
    run.requirements = vec![invariant.clone(), Requirement { met: Met::Unknown, ..invariant }];
    let number = save(&mut store, &run);
    store.save_requirements(number, &run.requirements).unwrap();
    assert_eq!(store.run(RunRef::Number(number)).unwrap(), settled(run.clone()));
    run.requirements.pop();
    store.save_requirements(number, &run.requirements).unwrap();
    assert_eq!(store.run(RunRef::Number(number)).unwrap(), settled(run.clone()));
}

#[test]
fn a_round_of_stages_reads_back_as_it_was_measured() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let rounds = vec![staged_round(0), Round { staged: None, ..round(1) }, staged_round(2)];
    let staged = Run { state: RunState::Complete, rounds, ..run(1) };
    save(&mut store, &staged);
    assert_eq!(store.run(RunRef::Last(0)).unwrap(), settled(staged.clone()));
    assert_eq!(store.measured_rounds(RunRef::Last(0)).unwrap(), staged.rounds);
}

#[test]
fn what_was_deleted_and_what_is_left_is_stored_and_replaced() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let mut builds = Cleanup::new(Some("POST /builds".into()), "DELETE /builds/{build}".into());
    (builds.made, builds.deleted, builds.unknown) = (120, 117, 2);
    builds.leave("no connection", 1);
    builds.leave("status 500", 2);
    let mut project = Cleanup::new(None, "DELETE /projects/{project}".into());
    (project.made, project.deleted) = (1, 1);
    let mut run = whole(1);
    run.cleanups = vec![builds, project];
    let number = save(&mut store, &run);
    assert_eq!(store.run(RunRef::Number(number)).unwrap(), settled(run.clone()));
    run.cleanups.pop();
    store.save_cleanups(number, &run.cleanups).unwrap();
    assert_eq!(store.run(RunRef::Number(number)).unwrap(), settled(run.clone()));
}

#[test]
fn numbers_count_up_and_last_counts_back() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    for number in 1..=3 {
        assert_eq!(save(&mut store, &run(number)).get(), number);
    }
    assert_eq!(store.run(RunRef::Last(2)).unwrap().id(), run(1).id());
    for text in ["4", "0", "last~3", "0198f1a2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"] {
        let error = store.run(text.parse().unwrap()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("there is no run {text} in ")), "{error}");
        assert!(error.hint().unwrap().contains("perfbase history"));
    }
}

#[test]
fn history_is_newest_first_and_knows_percentiles_and_the_last_verdict() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    save(&mut store, &whole(1));
    save(&mut store, &Run { scenario: "spike".parse().unwrap(), ..whole(2) });
    save(&mut store, &Run { environment: "default".parse().unwrap(), ..whole(3) });
    let at = Timestamp::UNIX_EPOCH;
    for exit in [ExitStatus::Inconclusive, ExitStatus::GateFailed] {
        store.save_comparison(&comparison(run(1).id()), exit, at).unwrap();
    }

    let numbers = |limit, filter: &HistoryFilter| -> Vec<u32> {
        store.history(limit, filter).unwrap().iter().map(|entry| entry.number.get()).collect()
    };
    let all = HistoryFilter::default();
    assert_eq!(numbers(10, &all), [3, 2, 1]);
    assert_eq!(numbers(2, &all), [3, 2]);
    let light = HistoryFilter { scenario: Some("light".parse().unwrap()), ..all.clone() };
    assert_eq!(numbers(10, &light), [3, 1]);
    let staging = HistoryFilter { environment: Some("staging".parse().unwrap()), ..light };
    assert_eq!(numbers(10, &staging), [1]);

    let entry = store.history(1, &staging).unwrap().remove(0);
    assert_eq!((entry.valid_rounds, entry.invalid_rounds), (3, 1));
    assert_eq!((entry.state, entry.judged), (RunState::Complete, Some(ExitStatus::GateFailed)));
    let [builds, health] = entry.endpoints.as_slice() else { panic!("{entry:?}") };
    assert_eq!(builds.name, endpoint("POST /builds"), "the order of the plan");
    assert_eq!((health.successes, health.failures), (360, 6));
    assert_eq!(builds.rounds.len(), 2, "a round without a success has no percentile");
    let first = &whole(1).rounds[0].samples[&endpoint("GET /health")];
    assert_eq!(health.rounds[0].p95, first.latency.quantile(0.95));
    assert_eq!(health.rounds[2].block, Block::Confirmation);
    let last = &whole(1).rounds[3].samples[&endpoint("GET /health")];
    assert_eq!(health.max, Some(last.latency.max()));
}

#[test]
fn a_verdict_reads_back_with_its_rows() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let at: Timestamp = "2026-03-02T00:00:00.5Z".parse().unwrap();
    let unknown = store.save_comparison(&comparison(run(1).id()), ExitStatus::Pass, at);
    assert!(matches!(unknown, Err(StoreError::UnknownRun { .. })), "{unknown:?}");
    save(&mut store, &run(1));
    assert_eq!(store.last_verdict(RunRef::Last(0)).unwrap(), None);

    let judged = comparison(run(1).id());
    store.save_comparison(&judged, ExitStatus::GateFailed, at).unwrap();
    let stored = store.last_verdict(RunRef::Last(0)).unwrap().unwrap();
    assert_eq!((stored.at, stored.exit), (at, ExitStatus::GateFailed));
    assert_eq!((stored.baseline, stored.coverage), (judged.baseline, judged.coverage));
    let decisions: Vec<_> = stored.rows.iter().map(|row| row.decision.as_str()).collect();
    assert_eq!(decisions, ["regressed", "missing"]);
    assert_eq!(stored.rows[0].after_p95, Some(Duration::from_millis(30)));
    assert_eq!(stored.rows[0].limit, Some(Duration::from_millis(20)));
    assert_eq!(stored.rows[1].after_p95, None);
}

#[test]
fn nothing_is_stored_twice_and_nothing_without_its_run() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    let number = save(&mut store, &whole(1));
    assert!(matches!(store.begin_run(&run(1)), Err(StoreError::Duplicate { .. })));
    let error = store.save_round(number, &round(0)).unwrap_err();
    assert!(matches!(error, StoreError::Round { round: 0, .. }), "{error:?}");
    let none = RunNumber::new(9);
    assert!(matches!(store.save_round(none, &round(0)), Err(StoreError::UnknownRun { .. })));
    let finished = store.finish_run(none, RunState::Complete);
    assert!(matches!(finished, Err(StoreError::UnknownRun { .. })));
    assert_eq!(store.run(RunRef::Last(0)).unwrap(), settled(whole(1)));
}

#[test]
fn a_file_that_is_not_perfbases_is_refused_and_kept() {
    let (root, _) = place();
    let database = |name: &str, sql: &str| {
        let path = root.path().join(name);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        path
    };
    let text = root.path().join("notes.txt");
    fs::write(&text, "these are notes, ".repeat(100)).unwrap();
    let newer = root.path().join("newer.db");
    drop(Store::open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();

    for (path, told, remedy) in [
        (text, "is not a database", "another file"),
        (database("a.db", "CREATE TABLE a (b)"), "another program", "another file"),
        (database("b.db", "PRAGMA application_id = 12"), "another program", "another file"),
        (newer, "its schema is 99, this perfbase knows 18", "update perfbase"),
    ] {
        let before = fs::read(&path).unwrap();
        for result in [Store::open(&path), Store::open_read_only(&path)] {
            let error = result.unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
            assert!(error.hint().unwrap().contains(remedy), "{error:?}");
        }
        assert!(fs::read(&path).unwrap() == before, "{} was changed", path.display());
    }
}

#[test]
fn a_damaged_database_is_said_and_kept() {
    let (_root, path) = place();
    let mut store = Store::open(&path).unwrap();
    save(&mut store, &whole(1));
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let size = bytes.len();
    bytes[4096..size / 2].fill(0xA5);
    fs::write(&path, &bytes).unwrap();
    let error = Store::open(&path).and_then(|store| store.run(RunRef::Last(0))).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("move"), "{error:?}");
    assert!(fs::read(&path).unwrap() == bytes);
}

#[test]
fn where_there_is_nothing_there_is_nothing_to_read() {
    let (root, path) = place();
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("perfbase run"));
    assert!(!path.exists());
    let empty = root.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    assert!(matches!(Store::open_read_only(&empty), Err(StoreError::Missing { .. })));
    Store::open(&empty).unwrap();
}

#[test]
fn a_place_that_cannot_hold_a_database_is_said() {
    let (root, _) = place();
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    let mut places = vec![root.path().to_owned(), file.join("perfbase.db")];
    if cfg!(target_os = "linux") {
        // Nobody can create a file here, not even root.
        places.extend(["/proc/perfbase.db".into(), "/proc/perfbase/perfbase.db".into()]);
    }
    for path in places {
        let error = Store::open(&path).unwrap_err();
        let fitting = matches!(error, StoreError::Unopenable { .. } | StoreError::ReadOnly { .. });
        assert!(fitting, "{}: {error:?}", path.display());
        assert!(error.hint().unwrap().contains("permissions"));
    }
}

/// As a perfbase measured it that knew neither counters nor phases nor poll delays, nor when what was
/// asked for in a stage ended, nor what was sent again, nor what a p99 may be.
fn as_first_released(mut run: Run) -> Run {
    run.counters.clear();
    run.lookup = None;
    for endpoint in &mut run.endpoints {
        endpoint.budgets.acceptable_p99 = None;
    }
    for round in &mut run.rounds {
        round.counts.clear();
        for sample in round.samples.values_mut() {
            (sample.phases, sample.completed) = (None, None);
            sample.outcomes.repeated = 0;
        }
        round.generator.lag_p99 = None;
        (round.generator.poll_delay_p95, round.generator.poll_delay_p99) = (None, None);
        if let Validity::Invalid(grounds) = &mut round.validity {
            grounds.retain(|ground| !matches!(ground, Unsound::PollDelay { .. }));
        }
    }
    run
}

/// The database that the first released version wrote. `PERFBASE_WRITE_FIXTURE=1 cargo test
/// --test store first_released` made it; a released fixture is never made again.
#[test]
fn the_database_of_the_first_released_version_reads_back() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store/schema_1.db");
    if std::env::var_os(WRITE_FIXTURE).is_some() {
        fs::remove_file(&fixture).ok();
        let mut store = Store::open(&fixture).unwrap();
        save(&mut store, &whole(1));
        save(&mut store, &Run { state: RunState::Interrupted, ..run(2) });
        let at = "2026-03-02T00:00:00Z".parse().unwrap();
        store.save_comparison(&comparison(run(1).id()), ExitStatus::GateFailed, at).unwrap();
    }
    let (_root, path) = place();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    for writing in [false, true] {
        fs::copy(&fixture, &path).unwrap();
        let opened = if writing { Store::open(&path) } else { Store::open_read_only(&path) };
        let store = opened.unwrap();
        assert_eq!(store.run(RunRef::Last(1)).unwrap(), settled(as_first_released(whole(1))));
        let rounds = store.measured_rounds(RunRef::Last(1)).unwrap();
        assert_eq!(rounds, as_first_released(whole(1)).rounds);
        let last = store.run(RunRef::Last(0)).unwrap();
        assert_eq!(
            last,
            settled(as_first_released(Run { state: RunState::Interrupted, ..run(2) }))
        );
        let verdict = store.last_verdict(RunRef::Last(1)).unwrap().unwrap();
        assert_eq!((verdict.exit, verdict.rows.len()), (ExitStatus::GateFailed, 2));
        assert_eq!(store.history(9, &HistoryFilter::default()).unwrap().len(), 2);
    }
}

#[test]
fn allowed_statuses_and_failed_checks_read_back() {
    let (_root, path) = place();
    let mut run = whole(1);
    for sample in run.rounds.iter_mut().flat_map(|round| round.samples.values_mut()) {
        let outcomes = &mut sample.outcomes;
        for outcome in [Outcome::Allowed(404), Outcome::Allowed(409), Outcome::Allowed(404)] {
            outcomes.record(outcome);
        }
        outcomes.record(Outcome::Failed(Failure::Check));
        outcomes.record(Outcome::Failed(Failure::Limited));
        outcomes.failed_check("/a == 1", || "there is nothing".to_owned());
        outcomes.failed_check("size < 1kB", || "it is 2000".to_owned());
    }
    save(&mut Store::open(&path).unwrap(), &run);
    assert_eq!(Store::open(&path).unwrap().run(RunRef::Last(0)).unwrap(), settled(run));
}
