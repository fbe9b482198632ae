//! `perfbase check --format json`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Serialize;

use super::behaviour::{ClassDoc, DataDoc, LoginDoc};
use super::connection::ConnectionDoc;
use super::counters::PlannedCounterDoc;
use super::limiter::LimitersDoc;
use super::planned::PlannedDoc;
use super::request::RequestDoc;
use super::stages::StageDoc;
use crate::model::{
    Arrivals, FailOn, Invariant, Kind, Load, Plan, Policy, Rate, Readiness, Strictness,
};
use crate::report::document::CheckReport;
use crate::report::figure::millis;

/// A plan that was resolved and not run. Texts stand as written: what a reference stands for is
/// in none of them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase check")]
pub(super) struct CheckDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/check/1"))]
    schema: &'static str,
    /// The configuration file; null when everything came from flags.
    path: Option<String>,
    scenario: String,
    environment: String,
    /// Null where a load is measured; otherwise load, duration, rounds, warm-up and gate have no part in
    /// the scenario.
    limiters: Option<LimitersDoc>,
    /// The service's address as written.
    url: String,
    /// `load`, `correctness` or `limiter`.
    kind: &'static str,
    /// Tasks of all users together; null unless the kind is correctness.
    requests: Option<u32>,
    load: LoadDoc,
    /// Measured time of all rounds together.
    duration_ms: f64,
    /// What that may become where endpoints are so slow that they are measured for longer, and every round
    /// is measured again as often as it may be; warm-up not included. Null where no load is measured
    /// for a time.
    at_most_ms: Option<f64>,
    rounds: u32,
    warm_up: WarmUpDoc,
    /// What is waited for; null when nothing is.
    ready: Option<ReadyDoc>,
    timeout_ms: f64,
    /// Whether any certificate is accepted.
    insecure: bool,
    /// How connections are made.
    connection: ConnectionDoc,
    /// The version of HTTP: `1.1` or `2`.
    http: &'static str,
    /// Most requests under way at a time on one connection; null where it is one.
    streams: Option<u32>,
    seed: u64,
    gate: GateDoc,
    /// What makes a run comparable: parts of the workload by name.
    workload: BTreeMap<String, String>,
    /// What each user does first; null without a login.
    login: Option<LoginDoc>,
    /// What is sent before anything is measured.
    setup: Vec<RequestDoc>,
    /// What is sent after everything.
    cleanup: Vec<RequestDoc>,
    /// What must hold after the load.
    invariants: Vec<InvariantDoc>,
    /// Where values come from; no value is in it.
    data: Vec<DataDoc>,
    /// Who the users are; empty for users who pick any endpoint.
    classes: Vec<ClassDoc>,
    endpoints: Vec<PlannedDoc>,
    /// Metrics that add up.
    counters: Vec<PlannedCounterDoc>,
}

impl CheckDocument {
    pub(super) fn of(report: &CheckReport<'_>) -> Self {
        let CheckReport { path, plan, policy, at_most } = *report;
        let behaviour = &plan.behaviour;
        Self {
            schema: "perfbase/check/1",
            path: path.map(|path| path.display().to_string()),
            scenario: plan.scenario.to_string(),
            environment: plan.environment.to_string(),
            limiters: LimitersDoc::of(plan),
            url: plan.base_url.written().to_owned(),
            kind: plan.kind.as_str(),
            requests: match plan.kind {
                Kind::Load | Kind::Limiter { .. } => None,
                Kind::Correctness { tasks } => Some(tasks.get()),
            },
            load: LoadDoc::of(plan),
            duration_ms: millis(plan.duration),
            at_most_ms: (plan.kind == Kind::Load).then(|| millis(at_most)),
            rounds: plan.rounds.get(),
            warm_up: WarmUpDoc {
                duration_ms: millis(plan.warm_up.duration),
                requests: plan.warm_up.requests,
            },
            ready: plan.ready.as_ref().map(ReadyDoc::of),
            timeout_ms: millis(plan.connection.timeout),
            insecure: plan.connection.insecure,
            connection: ConnectionDoc::of(&plan.connection),
            http: plan.connection.protocol.version(),
            streams: plan.connection.protocol.streams().map(NonZeroU32::get),
            seed: plan.seed,
            gate: GateDoc::of(policy),
            workload: plan.workload.parts.clone(),
            login: behaviour.login.as_ref().map(|login| LoginDoc::of(login, behaviour)),
            setup: plan.steward.setup.iter().map(|it| RequestDoc::of(it, behaviour)).collect(),
            cleanup: plan.steward.cleanup.iter().map(|it| RequestDoc::of(it, behaviour)).collect(),
            invariants: plan.steward.invariants.iter().map(InvariantDoc::of).collect(),
            data: behaviour.data.iter().map(|data| DataDoc::of(data, behaviour)).collect(),
            classes: behaviour.classes.iter().map(|class| ClassDoc::of(class, plan)).collect(),
            endpoints: plan.endpoints.iter().map(|it| PlannedDoc::of(it, plan)).collect(),
            counters: behaviour.counters.iter().map(PlannedCounterDoc::of).collect(),
        }
    }
}

/// Something that must hold after the load.
#[derive(Debug, Serialize, JsonSchema)]
struct InvariantDoc {
    invariant: String,
    /// Method and path of what is asked.
    request: String,
    /// What must hold, as written.
    holds: String,
}

impl InvariantDoc {
    fn of(invariant: &Invariant) -> Self {
        Self {
            invariant: invariant.name.clone(),
            request: invariant.request.line(),
            holds: invariant.holds.written.clone(),
        }
    }
}

/// Who sends: users in a closed loop, or arrivals at a rate in an open one.
#[derive(Debug, Serialize, JsonSchema)]
struct LoadDoc {
    /// Users at most at a time; null in the open loop.
    users: Option<u32>,
    /// The highest rate; null in the closed loop.
    rate_per_second: Option<f64>,
    /// Most connections in the open loop; null in the closed one.
    connections: Option<u32>,
    /// How arrivals are spaced in the open loop: `even` or `poisson`; null in the closed one.
    arrivals: Option<&'static str>,
    /// What each round goes through; empty where the load does not change.
    stages: Vec<StageDoc>,
    /// Users that are added a second before anything is measured; null where all come at once.
    spawn_rate_per_second: Option<f64>,
}

impl LoadDoc {
    fn of(plan: &Plan) -> Self {
        let stages = plan.load.stages().map(|stages| stages.stages.as_slice()).unwrap_or_default();
        let stages = stages.iter().map(StageDoc::of).collect();
        let open = |rate: f64, connections: NonZeroU32, arrivals: Arrivals| Self {
            users: None,
            rate_per_second: Some(rate),
            connections: Some(connections.get()),
            arrivals: Some(arrivals.as_str()),
            stages: Vec::new(),
            spawn_rate_per_second: None,
        };
        match &plan.load {
            Load::Users(_) | Load::StagedUsers(_) => Self {
                users: Some(plan.load.most_users()),
                rate_per_second: None,
                connections: None,
                arrivals: None,
                stages,
                spawn_rate_per_second: plan.warm_up.spawn_rate.map(Rate::get),
            },
            Load::Rate { rate, arrivals, connections } => open(rate.get(), *connections, *arrivals),
            Load::StagedRate { stages: of, arrivals, connections } => {
                Self { stages, ..open(of.most(), *connections, *arrivals) }
            }
        }
    }
}

/// What is sent first and not counted, whichever of the two takes longer.
#[derive(Debug, Serialize, JsonSchema)]
struct WarmUpDoc {
    duration_ms: f64,
    /// Requests an endpoint.
    requests: u32,
}

/// What tells that the service can be measured.
#[derive(Debug, Serialize, JsonSchema)]
struct ReadyDoc {
    method: String,
    path: String,
    deadline_ms: f64,
}

impl ReadyDoc {
    fn of(ready: &Readiness) -> Self {
        Self {
            method: ready.method.to_string(),
            path: ready.path.written().to_owned(),
            deadline_ms: millis(ready.deadline),
        }
    }
}

/// When an endpoint is too far above its baseline.
#[derive(Debug, Serialize, JsonSchema)]
struct GateDoc {
    /// Allowed ratio to the baseline.
    factor: f64,
    /// Least allowed increase.
    min_delta_ms: f64,
    /// Allowed share of failures, 0 to 1.
    errors_share: f64,
    /// Whether the bare rule holds: no floor, one pass.
    strict: bool,
    /// The percentile that is held to the limit: `p50`, `p95` or `p99`.
    metric: &'static str,
    /// Whether warnings make the gate fail.
    fail_on_warn: bool,
    allow_missing: bool,
}

impl GateDoc {
    fn of(policy: &Policy) -> Self {
        Self {
            factor: policy.gate.factor,
            min_delta_ms: millis(policy.gate.min_delta),
            errors_share: policy.gate.errors.get(),
            metric: policy.gate.metric.as_str(),
            strict: policy.strictness == Strictness::Bare,
            fail_on_warn: policy.fail_on == FailOn::Warn,
            allow_missing: policy.allow_missing,
        }
    }
}
