use std::fs;

use jiff::Timestamp;

use super::*;
use crate::model::{
    Anchors, Block, GeneratorHealth, MachineClass, Outcome, Pooled, Round, Run, Sample, Session,
    Share, Validity, Workload,
};
use crate::store::RunRef;

fn run(id: u128) -> Run {
    Run {
        session: Session {
            run: RunId::new(uuid::Uuid::from_u128(id)),
            started: Timestamp::UNIX_EPOCH,
            perfbase: "0.1.0".into(),
            git: None,
            ci: None,
        },
        scenario: "light".parse().unwrap(),
        environment: "default".parse().unwrap(),
        url: "http://127.0.0.1:8000".into(),
        lookup: None,
        workload: Workload::default(),
        endpoints: Vec::new(),
        seed: 1,
        machine: MachineClass {
            cpu: "CPU".into(),
            cpus: 2,
            arch: "x86_64".into(),
            quota_percent: None,
            virtualised: false,
        },
        state: RunState::Running,
        rounds: Vec::new(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

fn round(index: u32) -> Round {
    let mut sample = Sample::default();
    for micros in 1..3000 {
        sample.latency.record(Duration::from_micros(micros * 7));
        sample.outcomes.record(Outcome::Success);
    }
    Round {
        index,
        block: Block::First,
        staged: None,
        started: Timestamp::UNIX_EPOCH,
        measured: Duration::from_secs(1),
        validity: Validity::Valid,
        anchors: Anchors {
            cpu_kernel: Duration::from_millis(20),
            null_p50: Duration::from_micros(30),
            null_p95: Duration::from_micros(40),
        },
        generator: GeneratorHealth {
            busy: Share::new(0.1),
            steal: Share::new(0.0),
            crowding: Share::new(0.0),
            lag_p95: Duration::ZERO,
            lag_p99: None,
            poll_delay_p95: None,
            poll_delay_p99: None,
            intended: 0,
            sent: 0,
        },
        samples: BTreeMap::from([("GET /health".parse().unwrap(), sample)]),
        counts: BTreeMap::new(),
    }
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_directory_made_for_the_database_keeps_itself_out_of_git() {
    let root = directory();
    let path = root.path().join(".perfbase/perfbase.db");
    Store::open(&path).unwrap();
    assert_eq!(fs::read_to_string(root.path().join(".perfbase/.gitignore")).unwrap(), "*\n");
    Store::open(root.path().join("beside.db")).unwrap();
    assert!(!root.path().join(".gitignore").exists(), "a directory that was there is left alone");
}

#[test]
fn a_full_disk_is_said_and_the_rounds_before_are_there() {
    let root = directory();
    let path = root.path().join("perfbase.db");
    let mut store = Store::open(&path).unwrap();
    let number = store.begin_run(&run(1)).unwrap();
    store.save_round(number, &round(0)).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages + 1).unwrap();
    let mut saved = 1;
    let error = loop {
        match store.save_round(number, &round(saved)) {
            Ok(()) => saved += 1,
            Err(error) => break error,
        }
        assert!(saved < 100, "the disk never gets full");
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("free some space"));
    let stored = Store::open_read_only(&path).unwrap().run(RunRef::Last(0)).unwrap();
    let mut measured = run(1);
    (0..saved).for_each(|index| measured.add(round(index)));
    assert_eq!((stored.rounds, stored.pooled), (measured.rounds, measured.pooled));
}

#[test]
fn a_locked_database_is_said_after_the_patience_is_over() {
    let root = directory();
    let path = root.path().join("perfbase.db");
    let holder = Store::open(&path).unwrap();
    holder.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = Store::open_within(&path, Duration::ZERO).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    Store::open_read_only(&path).unwrap();
    holder.connection.execute_batch("ROLLBACK").unwrap();
    Store::open_within(&path, Duration::ZERO).unwrap();
}

#[test]
fn a_value_that_makes_no_sense_is_damage() {
    let root = directory();
    let path = root.path().join("perfbase.db");
    let mut store = Store::open(&path).unwrap();
    let number = store.begin_run(&run(1)).unwrap();
    store.save_round(number, &round(0)).unwrap();
    for sql in [
        "UPDATE histograms SET latency = x'00'",
        "UPDATE histograms SET latency = substr(latency, 1, 60)",
        "UPDATE runs SET seed = 'seven'",
        "UPDATE runs SET scenario = ''",
    ] {
        let changed = store.connection.unchecked_transaction().unwrap();
        changed.execute(sql, []).unwrap();
        let error = crate::store::read::load(&changed, number).unwrap_err();
        let error = StoreError::from_sqlite(&path, error);
        assert!(matches!(error, StoreError::Damaged { .. }), "{sql}: {error:?}");
        changed.rollback().unwrap();
    }
}

#[test]
fn writing_through_a_connection_that_only_reads_is_said() {
    let root = directory();
    let path = root.path().join("perfbase.db");
    Store::open(&path).unwrap();
    let error = Store::open_read_only(&path).unwrap().begin_run(&run(1)).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    let names = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(
        names.into_iter().all(|name| !name.to_string_lossy().contains("-run-")),
        "a run that was not begun holds nothing"
    );
}

#[test]
fn a_file_that_nobody_writes_is_read_as_it_is() {
    let root = directory();
    let path = root.path().join("odd name?#%.db");
    let mut store = Store::open(&path).unwrap();
    store.begin_run(&run(1)).unwrap();
    drop(store);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let store = Store::connect(&path, &immutable(&path), flags, PATIENCE).unwrap();
    assert_eq!(store.check().unwrap(), Identity::Ours(schema::VERSION));
    assert_eq!(store.run(RunRef::Last(0)).unwrap().id(), run(1).id());
}

#[test]
fn a_run_whose_process_is_gone_is_interrupted() {
    let root = directory();
    let path = root.path().join("perfbase.db");
    let mut store = Store::open(&path).unwrap();
    let number = store.begin_run(&run(1)).unwrap();
    let state = || Store::open_read_only(&path).unwrap().run(RunRef::Last(0)).unwrap().state;
    let stored = || {
        let connection = Connection::open(&path).unwrap();
        connection.query_row("SELECT state FROM runs", [], |row| row.get::<_, String>(0)).unwrap()
    };
    assert_eq!(state(), RunState::Running);

    store.leases.remove(&number);
    assert_eq!(state(), RunState::Interrupted);
    assert_eq!(stored(), "running", "reading changes nothing");
    drop(Store::open(&path).unwrap());
    assert_eq!(stored(), "interrupted");
    drop(store);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing is left behind");
}
