//! Load that changes: planned, measured and judged.

use std::num::NonZeroU32;
use std::path::Path;

use perfbase::load::most_time;
use perfbase::model::*;
use perfbase::report::{Against, CheckReport, CompareReport, Document, RunReport};

use crate::fixture::*;
use crate::plans::plan;
use crate::{snapshot, table};

fn stage(from: f64, to: f64, seconds: f64) -> Stage {
    Stage { from, to, over: ms(seconds * 1e3), success: None }
}

/// A spike of users, seen to its end.
fn spike() -> StagesSummary {
    let of = |stage, failures: u64, p95| StageSummary {
        stage,
        outcomes: outcomes(4_000, &[(Failure::Status5xx, failures)]),
        p95,
        per_second: Some(133.3),
    };
    let value = |p95| Carried::Value(ms(p95));
    let degraded = |endpoint: &str, before, top, ratio| Degraded {
        endpoint: name(endpoint),
        before,
        top,
        ratio,
    };
    StagesSummary {
        quantity: Quantity::Users,
        stages: vec![
            of(stage(1.0, 1.0, 10.0), 0, value(1.31)),
            of(stage(1.0, 100.0, 10.0), 0, value(7.2)),
            of(
                Stage { success: Some(Share::new(0.99)), ..stage(100.0, 100.0, 20.0) },
                60,
                value(21.5),
            ),
            of(stage(100.0, 1.0, 5.0), 1, value(9.9)),
            of(
                Stage { success: Some(Share::new(0.9)), ..stage(1.0, 1.0, 15.0) },
                0,
                Carried::More(12),
            ),
        ],
        degradation: Some(Degradation {
            before: 0,
            top: 2,
            ratio: Some(16.4),
            endpoints: vec![
                degraded("GET /health", value(1.1), value(18.2), Some(16.5)),
                degraded("GET /clients", Carried::More(3), value(30.1), None),
            ],
        }),
        recovery: Recovery::Within(ms(5_500.0)),
    }
}

fn level() -> Requirement {
    Requirement {
        kind: RequirementKind::Level,
        subject: "100 users".into(),
        demand: "at least 99% succeed".into(),
        found: "98.52% of 4060 requests".into(),
        met: Met::No,
    }
}

/// Every document of stages.
pub(crate) fn with_stages(each: &mut impl FnMut(&str, &Document<'_>)) {
    let (run, requirements) = (run(), [level()]);
    let mut summary = summary(vec![endpoint("GET /health", 0.82, 1.31, 2.4, 8.12)]);
    summary.stages = Some(spike());
    let report =
        RunReport { number: Some(43), run: &run, summary: &summary, requirements: &requirements };
    each("run_staged", &Document::Run(report));

    let mut judged = comparison(Vec::new());
    judged.stages = Some(spike());
    judged.requirements = requirements.into();
    let compare = CompareReport {
        number: Some(43),
        run: &run,
        against: Against::File(Path::new("performance_baselines.json")),
        comparison: &judged,
        exit: ExitStatus::GateFailed,
    };
    each("compare_staged", &Document::Compare(compare));

    let policy = policy();
    let mut plan = plan();
    plan.rounds = NonZeroU32::new(3).unwrap();
    let stages = spike().stages.into_iter().map(|it| it.stage).collect();
    plan.load = Load::StagedUsers(Stages { quantity: Quantity::Users, stages });
    let mut check = |name: &str, plan: &Plan| {
        each(
            name,
            &Document::Check(CheckReport {
                path: None,
                plan,
                policy: &policy,
                at_most: most_time(plan),
            }),
        );
    };
    check("check_staged", &plan);
    plan.load = Load::StagedRate {
        stages: Stages {
            quantity: Quantity::Rate,
            stages: vec![stage(0.0, 200.0, 10.0), stage(200.0, 200.0, 60.0)],
        },
        arrivals: Arrivals::Poisson,
        connections: NonZeroU32::new(50).unwrap(),
    };
    check("check_staged_rate", &plan);
    plan.load = Load::Users(NonZeroU32::new(500).unwrap());
    plan.warm_up.spawn_rate = Rate::per_second(50.0);
    check("check_spawn_rate", &plan);
    plan.connection = ConnectionPolicy {
        tls: Tls {
            authorities: Some(Authorities { file: "pki/ca.pem".into(), certificates: Vec::new() }),
            identity: Some(Identity {
                certificate: "client.pem".into(),
                key: "client.key".into(),
                chain: Vec::new(),
                private: PrivateKey(b"hunter2".to_vec()),
            }),
            server_name: Some("api.internal".into()),
            resumption: Resumption::Never,
        },
        socket: Some(SocketFile { written: "app.sock".into(), path: "/run/app.sock".into() }),
        keep_alive: KeepAlive::For(ms(30_000.0)),
        compression: true,
        ..plan.connection
    };
    check("check_connections", &plan);
    plan.connection = ConnectionPolicy {
        keep_alive: KeepAlive::Never,
        tls: Tls { resumption: Resumption::Never, ..Tls::default() },
        ..ConnectionPolicy::within(ms(10_000.0))
    };
    check("check_connections_once", &plan);
}

fn shown(summary_of: StagesSummary) -> String {
    let run = run();
    let mut summary = summary(vec![endpoint("GET /health", 0.82, 1.31, 2.4, 8.12)]);
    summary.stages = Some(summary_of);
    table(&Document::Run(RunReport {
        number: None,
        run: &run,
        summary: &summary,
        requirements: &[],
    }))
}

#[test]
fn stages_are_a_table_with_what_they_come_to() {
    with_stages(&mut |name, document| snapshot(name, &table(document)));
}

#[test]
fn what_is_not_known_of_stages_is_said() {
    for (recovery, said) in [
        (Recovery::NotWithin(ms(20_000.0)), "not back within 20s after the top"),
        (Recovery::NotSeen, "not seen, no stage follows the top"),
        (Recovery::Unknown, "time to come back not known"),
    ] {
        let shown = shown(StagesSummary { recovery, ..spike() });
        assert!(shown.contains(said), "{shown}");
    }
    let mut unknown = spike();
    unknown.degradation.as_mut().unwrap().ratio = None;
    let shown = shown(unknown);
    assert!(
        shown.contains("degradation not known: too few successes at 1 user or 100 users"),
        "{shown}"
    );
}
