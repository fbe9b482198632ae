//! Runs, baselines and comparisons with figures chosen by hand.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use perfbase::model::*;

pub(crate) fn us(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

pub(crate) fn ms(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1e3)
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn run_id(last: u8) -> RunId {
    format!("0198f3a2-5c00-7000-8000-0000000000{last:02x}").parse().unwrap()
}

pub(crate) fn name(text: &str) -> EndpointName {
    text.parse().unwrap()
}

pub(crate) fn session(last: u8) -> Session {
    Session {
        run: run_id(last),
        started: at("2026-11-20T10:03:27.123456Z"),
        perfbase: "0.1.0".into(),
        git: Some(GitFacts {
            commit: "5a82185d6f0c0a0e1b2c3d4e5f60718293a4b5c6".into(),
            dirty: true,
            branch: Some("main".into()),
        }),
        ci: None,
    }
}

pub(crate) fn machine() -> MachineClass {
    MachineClass {
        cpu: "AMD EPYC 7763 64-Core Processor".into(),
        cpus: 4,
        arch: "x86_64".into(),
        quota_percent: None,
        virtualised: true,
    }
}

pub(crate) fn anchors() -> Anchors {
    Anchors { cpu_kernel: ms(20.4), null_p50: us(38), null_p95: us(61) }
}

pub(crate) fn workload() -> Workload {
    Workload {
        parts: BTreeMap::from([
            ("load".into(), "10 users".into()),
            ("timeout".into(), "10s".into()),
        ]),
        endpoints: BTreeMap::new(),
    }
}

pub(crate) fn outcomes(successes: u64, failures: &[(Failure, u64)]) -> Outcomes {
    Outcomes { successes, failures: failures.iter().copied().collect(), ..Outcomes::default() }
}

pub(crate) fn round(index: u32, validity: Validity) -> Round {
    let sample = Sample { outcomes: outcomes(412, &[]), ..Sample::default() };
    let slow = Sample {
        outcomes: outcomes(400, &[(Failure::Timeout, 10), (Failure::Status5xx, 2)]),
        ..Sample::default()
    };
    Round {
        index,
        block: Block::First,
        staged: None,
        started: at("2026-11-20T10:03:27Z"),
        measured: ms(2_400.0),
        validity,
        anchors: anchors(),
        generator: GeneratorHealth {
            busy: Share::new(0.41),
            steal: Share::new(0.002),
            crowding: Share::new(0.01),
            lag_p95: us(70),
            lag_p99: Some(us(90)),
            poll_delay_p95: Some(us(40)),
            poll_delay_p99: Some(us(60)),
            intended: 0,
            sent: 0,
        },
        samples: BTreeMap::from([(name("GET /health"), sample), (name("GET /signals"), slow)]),
        counts: BTreeMap::new(),
    }
}

pub(crate) fn run() -> Run {
    Run {
        session: session(43),
        scenario: "light".parse().unwrap(),
        environment: "default".parse().unwrap(),
        url: "http://127.0.0.1:8000".into(),
        lookup: Some(Lookup {
            found: vec!["[::1]:8000".into(), "127.0.0.1:8000".into()],
            chosen: "127.0.0.1:8000".into(),
            took: ms(0.25),
        }),
        workload: workload(),
        endpoints: Vec::new(),
        seed: 42,
        machine: machine(),
        state: RunState::Complete,
        rounds: (0..5).map(|index| round(index, Validity::Valid)).collect(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

/// An endpoint with these percentiles in milliseconds, over five rounds of 412 successes.
pub(crate) fn endpoint(text: &str, p50: f64, p95: f64, p99: f64, max: f64) -> EndpointSummary {
    EndpointSummary {
        name: name(text),
        kind: EndpointKind::Request,
        budgets: Budgets::default(),
        p50: Carried::Value(ms(p50)),
        p95: Carried::Value(ms(p95)),
        p99: Carried::Value(ms(p99)),
        max: ms(max),
        rounds: [0.97, 1.0, 1.04, 0.99, 1.01]
            .iter()
            .map(|factor| RoundPercentiles {
                block: Block::First,
                successes: 412,
                p50: ms(p50 * factor),
                p95: ms(p95 * factor),
                p99: ms(p99 * factor),
            })
            .collect(),
        outcomes: outcomes(2_060, &[]),
        of_all_rounds: outcomes(2_060, &[]),
        connections: 0,
        phases: None,
        per_second: Some(171.7),
        pooled: Histogram::new(),
    }
}

/// The phases of an endpoint whose answers came in parts over TLS, after a redirect elsewhere; the
/// connections too few for percentiles.
pub(crate) fn every_phase() -> BTreeMap<Phase, PhaseSummary> {
    let of = |count, p50, p95, p99, max| PhaseSummary { count, p50, p95, p99, max };
    BTreeMap::from([
        (Phase::Dns, of(2, None, None, None, us(410))),
        (Phase::Connect, of(50, Some(us(85)), None, None, us(230))),
        (Phase::Tls, of(50, Some(us(1_310)), None, None, us(2_980))),
        (Phase::Wait, of(2_060, Some(us(4_710)), Some(us(7_640)), Some(us(11_800)), us(28_700))),
        (Phase::Body, of(2_060, Some(us(350)), Some(us(640)), Some(us(1_050)), us(4_100))),
    ])
}

/// The phases of an endpoint whose answers all came in one read, over connections that were there.
pub(crate) fn at_once() -> BTreeMap<Phase, PhaseSummary> {
    let of = |micros: [u64; 4]| {
        let [p50, p95, p99, max] = micros.map(us);
        PhaseSummary { count: 2_060, p50: Some(p50), p95: Some(p95), p99: Some(p99), max }
    };
    BTreeMap::from([(Phase::Wait, of([810, 1_290, 2_380, 8_100])), (Phase::Body, of([0; 4]))])
}

pub(crate) fn summary(endpoints: Vec<EndpointSummary>) -> RunSummary {
    RunSummary {
        endpoints,
        stages: None,
        counters: Vec::new(),
        anchors: Some(anchors()),
        valid_rounds: 5,
        invalid_rounds: 0,
    }
}

pub(crate) fn side(p95: f64) -> Side {
    let rounds = if p95 > 0.0 { 5 } else { 0 };
    Side {
        p50: (p95 > 0.0).then(|| ms(p95 * 0.6)),
        p95: (p95 > 0.0).then(|| ms(p95)),
        p99: Carried::Value(ms(p95 * 1.4)),
        max: ms(p95 * 3.0),
        outcomes: outcomes(412 * rounds, &[]),
        of_all_rounds: outcomes(412 * rounds, &[]),
        failures: 0,
        allowed: 0,
        round_p95s: (0..rounds).map(|at| ms(p95 * (0.98 + at as f64 * 0.01))).collect(),
    }
}

/// A row with these p95s in milliseconds and the usual limit.
pub(crate) fn row(text: &str, before: f64, after: f64, decision: Decision) -> Row {
    let value = (before * 2.0).max(before + 0.5);
    Row {
        endpoint: name(text),
        kind: EndpointKind::Request,
        metric: Metric::P95,
        decision,
        before: (before > 0.0).then(|| side(before)),
        after: (after > 0.0).then(|| side(after)),
        ratio: (before > 0.0 && after > 0.0).then(|| after / before),
        limit: (before > 0.0).then(|| Limit {
            value: ms(value),
            factor: 2.0,
            delta: us(500),
            k_eff: value / before,
        }),
        budgets: Budgets::default(),
        other_machine: false,
        waiver: None,
        warnings: Vec::new(),
        reasons: vec![
            Reason { step: 1, text: "5 rounds and 412 successes a round on both sides".into() },
            Reason { step: 3, text: format!("N {after:.2} ms against L {value:.2} ms") },
        ],
    }
}

/// A comparison of `rows` whose coverage and verdict follow from them.
pub(crate) fn comparison(rows: Vec<Row>) -> Comparison {
    let number =
        |wanted: fn(Decision) -> bool| rows.iter().filter(|row| wanted(row.decision)).count();
    let coverage = Coverage {
        total: rows.len(),
        judged: number(Decision::is_judged),
        new: number(|decision| decision == Decision::New),
        missing: number(|decision| decision == Decision::Missing),
        too_few: number(|decision| matches!(decision, Decision::TooFew { .. })),
    };
    let verdict = if rows.iter().any(|row| row.decision.is_red()) {
        Verdict::Failed
    } else if coverage.judged == 0 || rows.iter().any(|row| row.decision.is_open()) {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    };
    Comparison {
        run: run_id(43),
        baseline: vec![run_id(12)],
        detectable: (coverage.judged > 0).then_some(1.31),
        speed_ratio: Some(1.02),
        stages: None,
        banners: Vec::new(),
        rows,
        counters: Vec::new(),
        requirements: Vec::new(),
        coverage,
        verdict,
    }
}

/// The counters of a run: one, and one that no round counts of and that answers lack.
pub(crate) fn counted() -> Vec<CounterSummary> {
    let counter = |text: &str, total, missed, per_second: Option<f64>| CounterSummary {
        name: name(text),
        least: Rate::per_second(5.0),
        total,
        missed,
        per_second,
        rounds: per_second.into_iter().collect(),
    };
    vec![
        counter("builds created", 12_345.0, 0, Some(12.34)),
        counter("credits spent", 0.5, 7, None),
    ]
}

/// A counter as it was, one that fell, one that answers lack, a new one and one that is gone.
pub(crate) fn counters() -> Vec<CounterRow> {
    let row = |text: &str, before, after: Option<f64>, warnings: &[CounterWarning]| CounterRow {
        counter: name(text),
        before,
        after,
        total: after.unwrap_or_default() * 60.0,
        missed: u64::from(warnings.contains(&CounterWarning::Missed)) * 7,
        ratio: before.zip(after).map(|(before, after): (f64, f64)| after / before),
        warnings: warnings.to_vec(),
    };
    vec![
        row("builds created", Some(12.3), Some(12.0), &[]),
        row("items listed", Some(500.0), Some(100.0), &[CounterWarning::Fewer]),
        row("credits spent", Some(1.0), Some(1.0), &[CounterWarning::Missed]),
        row("seats", None, Some(3.0), &[]),
        row("builds deleted", Some(2.0), None, &[CounterWarning::Missing]),
    ]
}

/// One row for every decision there is.
pub(crate) fn every_decision() -> Vec<Row> {
    let until = "2026-12-31".parse().unwrap();
    let waiver = Waiver { ceiling: ms(40.0), until, reason: "index rebuild, PERF-12".into() };
    let mut errors = row(
        "GET /signals",
        8.1,
        8.3,
        Decision::Errors { share: Share::new(0.0286), allowed: Share::new(0.01) },
    );
    if let Some(after) = &mut errors.after {
        after.outcomes = outcomes(2_000, &[(Failure::Timeout, 50), (Failure::Status5xx, 10)]);
        after.failures = 60;
    }
    let mut weak = row("GET /ping", 0.11, 0.12, Decision::Pass);
    weak.warnings = vec![Warning::WeakGate { k_eff: 5.55 }];
    let mut spared = row("GET /patterns", 15.0, 33.0, Decision::Waived);
    spared.waiver = Some(waiver.clone());
    let mut over =
        row("GET /cost-to-serve", 15.0, 44.0, Decision::WaiverOver { ceiling: ms(40.0), until });
    over.waiver = Some(waiver);
    let mut slow = row(
        "GET /snapshot",
        300.0,
        520.0,
        Decision::OverBudget { metric: Metric::P95, acceptable: ms(500.0) },
    );
    slow.budgets =
        Budgets { target: Some(ms(400.0)), acceptable: Some(ms(500.0)), ..Budgets::default() };
    let mut elsewhere = row("GET /elsewhere", 10.0, 25.0, Decision::Machine);
    elsewhere.other_machine = true;
    vec![
        row("GET /health", 1.31, 1.29, Decision::Pass),
        weak,
        row("GET /clients", 12.31, 37.05, Decision::Regressed { confirmed: true }),
        row("GET /stored", 12.31, 37.05, Decision::Regressed { confirmed: false }),
        row("GET /flicker", 9.0, 17.1, Decision::NotConfirmed),
        row("GET /again", 9.0, 19.1, Decision::Suspect),
        errors,
        row(
            "POST /api/v1/builds",
            140.0,
            151.0,
            Decision::TooFew { of: Lacking::Run, rounds: 2, successes: 1, needed: 100 },
        ),
        elsewhere,
        spared,
        over,
        slow,
        row("GET /fresh", 0.0, 4.2, Decision::New),
        row("GET /gone", 5.0, 0.0, Decision::Missing),
    ]
}

/// One requirement for every state there is.
pub(crate) fn every_requirement() -> Vec<Requirement> {
    let of = |kind, subject: &str, demand: &str, found: &str, met| Requirement {
        kind,
        subject: subject.into(),
        demand: demand.into(),
        found: found.into(),
        met,
    };
    vec![
        of(RequirementKind::Throughput, "GET /health", "at least 1000/s", "1183.4/s", Met::Yes),
        of(
            RequirementKind::Invariant,
            "counter is exact",
            "/value - before(/value) == count(\"POST /increment\", ok)",
            "4961 == 5000",
            Met::No,
        ),
        of(
            RequirementKind::Invariant,
            "no build is lost",
            "/total == count(\"POST /builds\", ok)",
            "no answer: timeout",
            Met::Unknown,
        ),
    ]
}

/// A baseline of one session with these endpoints: name, p50, p95, p99 and max in milliseconds.
pub(crate) fn baseline(endpoints: &[(&str, f64, f64, f64, f64)]) -> Baseline {
    let figures = endpoints.iter().map(|&(text, p50, p95, p99, max)| {
        let session = EndpointSession {
            run: run_id(12),
            p50s: vec![ms(p50); 5],
            p95s: vec![ms(p95); 5],
            p99s: vec![ms(p99); 5],
            max: ms(max),
            successes: 2_060,
            failures: 0,
            repeated: 0,
            allowed: 0,
            least_successes: 412,
        };
        let endpoint = BaselineEndpoint {
            p50: ms(p50),
            p95: ms(p95),
            p99: Some(ms(p99)),
            max: ms(max),
            successes: 2_060,
            failures: 0,
            repeated: 0,
            allowed: 0,
            ladder: vec![Quantile { p: 0.95, value: ms(p95) }],
            sessions: vec![session],
            blessed: None,
        };
        (name(text), endpoint)
    });
    Baseline {
        workload: workload(),
        anchors: anchors(),
        sessions: vec![session(12)],
        acceptance: Acceptance {
            at: at("2026-11-20T10:05:00Z"),
            by: Some("Ada".into()),
            reason: None,
            overruled: Vec::new(),
        },
        endpoints: figures.collect(),
        counters: BTreeMap::new(),
        waivers: BTreeMap::new(),
    }
}

pub(crate) fn key() -> BaselineKey {
    BaselineKey {
        scenario: "light".parse().unwrap(),
        environment: "default".parse().unwrap(),
        machine: machine(),
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        gate: Gate::default(),
        endpoints: BTreeMap::new(),
        strictness: Strictness::Full,
        fail_on: FailOn::Red,
        leasts: BTreeMap::new(),
        throughputs: BTreeMap::new(),
        allow_missing: false,
    }
}
