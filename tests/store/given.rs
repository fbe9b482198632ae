//! Runs and comparisons with something in every column.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use perfbase::model::{
    Anchors, Banner, Block, Budgets, Carried, CiJob, Comparison, Count, Coverage, Decision, Delay,
    EndpointKind, EndpointName, Failure, GeneratorHealth, GitFacts, Limit, Lookup, MachineClass,
    Metric, Opening, Outcome, Outcomes, Pooled, Quantity, Rate, Receipt, Round, Row, Run,
    RunEndpoint, RunId, RunState, Sample, Session, Share, Side, Stage, Staged, Stages, Unsound,
    Validity, Verdict, Window, Workload,
};
use perfbase::store::{RunNumber, Store};

pub(crate) fn endpoint(name: &str) -> EndpointName {
    name.parse().unwrap()
}

/// A run with something in every column; the number makes it another one.
pub(crate) fn run(number: u32) -> Run {
    let id = format!("0198f1a2-7c3d-7e4f-8a5b-{number:012x}");
    Run {
        session: Session {
            run: id.parse().unwrap(),
            started: "2026-03-01T10:20:30.123456789Z".parse::<Timestamp>().unwrap()
                + SignedDuration::from_mins(i64::from(number)),
            perfbase: "0.1.0".into(),
            git: Some(GitFacts {
                commit: "1f".repeat(20),
                dirty: true,
                branch: Some("main".into()),
            }),
            ci: Some(CiJob { provider: "github-actions".into(), id: Some("77".into()) }),
        },
        scenario: "light".parse().unwrap(),
        environment: "staging".parse().unwrap(),
        url: "http://${HOST}:8000".into(),
        lookup: Some(Lookup {
            found: vec!["[::1]:8000".into(), "127.0.0.1:8000".into()],
            chosen: "127.0.0.1:8000".into(),
            took: Duration::from_micros(250),
        }),
        workload: Workload {
            parts: BTreeMap::from([
                ("load".into(), "10 users".into()),
                ("timeout".into(), "30s".into()),
            ]),
            endpoints: BTreeMap::from([(endpoint("GET /health"), "0123abcd".into())]),
        },
        endpoints: vec![
            RunEndpoint {
                budgets: Budgets {
                    target: Some(Duration::from_millis(50)),
                    acceptable: Some(Duration::from_millis(100)),
                    acceptable_p99: Some(Duration::from_millis(250)),
                    throughput: None,
                },
                ..RunEndpoint::new(endpoint("POST /builds"))
            },
            RunEndpoint::new(endpoint("GET /health")),
        ],
        seed: u64::MAX - u64::from(number),
        machine: MachineClass {
            cpu: "AMD EPYC 7763".into(),
            cpus: 4,
            arch: "x86_64".into(),
            quota_percent: Some(150),
            virtualised: true,
        },
        state: RunState::Running,
        rounds: Vec::new(),
        pooled: Pooled::default(),
        counters: vec![
            (endpoint("builds created"), Rate::per_second(2.5)),
            (endpoint("items"), None),
        ],
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

pub(crate) fn sample(scale: u64, successes: u64) -> Sample {
    let mut sample = Sample {
        bytes: successes * 100,
        connections: 3,
        measured: Duration::from_secs(2),
        completed: (scale > 1).then_some(successes / 2),
        ..Sample::default()
    };
    for nth in 1..=successes {
        let latency = Duration::from_micros(scale * (200 + nth * nth % 997));
        sample.latency.record(latency);
        let (wait, body) = (latency / 8, 3 * (latency / 8));
        sample.received(latency / 2, Receipt::InParts { wait, body });
        sample.lag.record(Duration::from_nanos(nth));
        sample.outcomes.record(Outcome::Success);
    }
    sample.outcomes.repeated = scale.min(successes);
    sample.outcomes.record(Outcome::Failed(Failure::Timeout));
    sample.outcomes.record(Outcome::Failed(Failure::Status5xx));
    let [dns, connect, tls] = [300, 100, 2000].map(Duration::from_micros);
    sample.timing.opened(Opening { dns: Some(dns), connect, tls: Some(tls) });
    sample.settle_phases();
    sample
}

pub(crate) fn round(index: u32) -> Round {
    let scale = u64::from(index + 1);
    Round {
        index,
        block: if index < 3 { Block::First } else { Block::Confirmation },
        staged: None,
        started: "2026-03-01T10:21:00Z".parse::<Timestamp>().unwrap()
            + SignedDuration::from_secs(i64::from(index)),
        measured: Duration::from_millis(1500),
        validity: if index == 1 {
            Validity::Invalid(vec![
                Unsound::Lag(Delay {
                    percentile: Metric::P95,
                    nanos: 5_000_000,
                    limit_nanos: 1_000_000,
                }),
                Unsound::PollDelay(Delay {
                    percentile: Metric::P95,
                    nanos: 4_000_000,
                    limit_nanos: 1_000_000,
                }),
                Unsound::Steal(Share::new(0.07)),
                Unsound::Busy(Share::new(0.9)),
                Unsound::MissedRate(Share::new(0.1)),
            ])
        } else {
            Validity::Valid
        },
        anchors: Anchors {
            cpu_kernel: Duration::from_micros(20_001),
            null_p50: Duration::from_nanos(30_001),
            null_p95: Duration::from_nanos(45_003),
        },
        generator: GeneratorHealth {
            busy: Share::new(0.31),
            steal: Share::new(0.01),
            crowding: Share::new(0.02),
            lag_p95: Duration::from_micros(12),
            lag_p99: Some(Duration::from_micros(15)),
            poll_delay_p95: (index != 0).then_some(Duration::from_micros(17)),
            poll_delay_p99: (index != 0).then_some(Duration::from_micros(29)),
            intended: 400,
            sent: 399,
        },
        samples: BTreeMap::from([
            (endpoint("GET /health"), sample(scale, 120)),
            (endpoint("POST /builds"), sample(10 * scale, if index == 2 { 0 } else { 40 })),
        ]),
        counts: BTreeMap::from([(
            endpoint("builds created"),
            Count {
                total: f64::from(index) * 10.5,
                missed: u64::from(index),
                measured: Duration::from_millis(1234),
                // Not known of every round.
                completed: (index > 1).then(|| f64::from(index) * 9.25),
            },
        )]),
    }
}

/// A round of a ramp and a stage that holds.
pub(crate) fn staged_round(index: u32) -> Round {
    let stage = |from, to, success| Stage { from, to, over: Duration::from_secs(3), success };
    let kept = |successes| {
        let mut sample = sample(3, successes);
        sample.keep_latency();
        sample.phases = None;
        sample
    };
    let samples = |a, b| {
        BTreeMap::from([(endpoint("GET /health"), kept(a)), (endpoint("POST /builds"), kept(b))])
    };
    let window = |begin, successes| Window {
        begin: Duration::from_millis(begin),
        length: Duration::from_millis(500),
        successes,
        failures: 3,
        p95: Duration::from_micros(1234),
    };
    let staged = Staged {
        stages: Stages {
            quantity: Quantity::Rate,
            stages: vec![
                stage(0.0, 12.5, None),
                stage(12.5, 12.5, Some(Share::new(0.99))),
                stage(12.5, 1.0, None),
            ],
        },
        samples: vec![samples(50, 0), samples(70, 1), samples(0, 0)],
        together: Vec::new(),
        windows: vec![window(0, 60), window(500, 0)],
    };
    Round { staged: Some(staged), ..round(index) }
}

pub(crate) fn whole(number: u32) -> Run {
    Run { state: RunState::Complete, rounds: (0..4).map(round).collect(), ..run(number) }
}

/// The same as it is kept: what is read of the database.
pub(crate) fn settled(mut run: Run) -> Run {
    for round in std::mem::take(&mut run.rounds) {
        run.add(round);
    }
    run
}

pub(crate) fn save(store: &mut Store, run: &Run) -> RunNumber {
    let number = store.begin_run(run).unwrap();
    for round in &run.rounds {
        store.save_round(number, round).unwrap();
    }
    store.save_requirements(number, &run.requirements).unwrap();
    store.save_cleanups(number, &run.cleanups).unwrap();
    store.finish_run(number, run.state).unwrap();
    number
}

pub(crate) fn comparison(run: RunId) -> Comparison {
    let side = |p95| Side {
        p50: None,
        p95: Some(Duration::from_millis(p95)),
        p99: Carried::More(1),
        max: Duration::from_millis(2 * p95),
        outcomes: Outcomes::default(),
        of_all_rounds: Outcomes::default(),
        failures: 0,
        allowed: 0,
        round_p95s: Vec::new(),
    };
    let row = |name, decision, after: Option<Side>| Row {
        metric: Metric::P95,
        endpoint: endpoint(name),
        kind: EndpointKind::Request,
        decision,
        before: Some(side(10)),
        ratio: after.as_ref().map(|_| 3.0),
        limit: after.as_ref().map(|_| Limit {
            value: Duration::from_millis(20),
            factor: 2.0,
            delta: Duration::from_millis(1),
            k_eff: 2.0,
        }),
        after,
        budgets: Budgets::default(),
        other_machine: false,
        waiver: None,
        warnings: Vec::new(),
        reasons: Vec::new(),
    };
    Comparison {
        run,
        baseline: vec![self::run(900).id(), self::run(901).id()],
        rows: vec![
            row("POST /builds", Decision::Regressed { confirmed: true }, Some(side(30))),
            row("GET /health", Decision::Missing, None),
        ],
        stages: None,
        counters: Vec::new(),
        requirements: Vec::new(),
        banners: vec![Banner::Stored],
        speed_ratio: Some(1.01),
        detectable: Some(1.3),
        coverage: Coverage { total: 2, judged: 1, missing: 1, ..Coverage::default() },
        verdict: Verdict::Failed,
    }
}

pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join(".perfbase/perfbase.db");
    (root, path)
}
