//! Baselines for the tests of this room.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{
    Acceptance, Anchors, Baseline, BaselineEndpoint, BaselineFile, BaselineKey, CiJob,
    EndpointSession, GitFacts, MachineClass, Quantile, RunId, Session, Waiver, Workload,
};

pub(super) fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

pub(super) fn key(scenario: &str) -> BaselineKey {
    BaselineKey {
        scenario: scenario.parse().unwrap(),
        environment: "default".parse().unwrap(),
        machine: MachineClass {
            cpu: "AMD EPYC 7763".into(),
            cpus: 4,
            arch: "x86_64".into(),
            quota_percent: Some(150),
            virtualised: true,
        },
    }
}

pub(super) fn run_id(number: u128) -> RunId {
    RunId::new(uuid::Uuid::from_u128(number))
}

pub(super) fn session(number: u128) -> Session {
    Session {
        run: run_id(number),
        started: "2026-03-01T10:20:30.123456789Z".parse().unwrap(),
        perfbase: "0.1.0".into(),
        git: Some(GitFacts { commit: "c".repeat(40), dirty: true, branch: Some("main".into()) }),
        ci: Some(CiJob { provider: "github-actions".into(), id: None }),
    }
}

pub(super) fn acceptance() -> Acceptance {
    Acceptance {
        at: "2026-03-01T10:30:00Z".parse().unwrap(),
        by: Some("Ada <ada@example.com>".into()),
        reason: None,
        overruled: Vec::new(),
    }
}

pub(super) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    (times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2
}

/// An endpoint whose rounds had these p95s, in steps of 200 ns.
pub(super) fn endpoint(p95s: &[u64]) -> BaselineEndpoint {
    let times = |factor: u64| -> Vec<Duration> {
        p95s.iter().map(|steps| Duration::from_nanos(steps * 100 * factor)).collect()
    };
    let most = p95s.iter().copied().max().unwrap();
    BaselineEndpoint {
        p50: median(&times(1)),
        p95: median(&times(2)),
        p99: Some(median(&times(3))),
        max: Duration::from_nanos(most * 400),
        successes: 2000,
        failures: 3,
        repeated: 0,
        allowed: 0,
        ladder: vec![
            Quantile { p: 0.5, value: times(1)[0] },
            Quantile { p: 0.95, value: times(2)[0] },
            Quantile { p: 0.999, value: times(3)[0] },
        ],
        sessions: vec![EndpointSession {
            run: run_id(1),
            p50s: times(1),
            p95s: times(2),
            p99s: times(3),
            max: Duration::from_nanos(most * 400),
            successes: 2000,
            failures: 3,
            repeated: 0,
            allowed: 0,
            least_successes: (2000 / p95s.len() as u64).min(400),
        }],
        blessed: None,
    }
}

pub(super) fn baseline() -> Baseline {
    Baseline {
        workload: Workload {
            parts: BTreeMap::from([("load".into(), "10 users".into())]),
            endpoints: BTreeMap::from([("GET /health".parse().unwrap(), "0123abcd".into())]),
        },
        anchors: Anchors { cpu_kernel: micros(20_123), null_p50: micros(31), null_p95: micros(47) },
        sessions: vec![session(1)],
        acceptance: acceptance(),
        endpoints: BTreeMap::from([
            ("GET /health".parse().unwrap(), endpoint(&[10_000, 10_100, 9_900])),
            ("GET /\"odd\" ü".parse().unwrap(), endpoint(&[77])),
        ]),
        counters: BTreeMap::new(),
        waivers: BTreeMap::from([(
            "GET /health".parse().unwrap(),
            Waiver {
                ceiling: micros(9_000),
                until: "2026-12-31".parse().unwrap(),
                reason: "waits for the index".into(),
            },
        )]),
    }
}

pub(super) fn file() -> BaselineFile {
    BaselineFile { baselines: BTreeMap::from([(key("light"), baseline()), (key("a"), baseline())]) }
}
