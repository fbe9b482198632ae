//! `perfbase check --format json`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Serialize;

use super::behaviour::{ClassDoc, DataDoc, LoginDoc};
use super::limiter::{LimiterDoc, LimitersDoc};
use super::request::RequestDoc;
use super::stages::StageDoc;
use crate::model::{Arrivals, Endpoint, FailOn, Load, Plan, Policy, Rate, Readiness, Strictness};
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
    load: LoadDoc,
    /// Measured time of all rounds together.
    duration_ms: f64,
    rounds: u32,
    warm_up: WarmUpDoc,
    /// What is waited for; null when nothing is.
    ready: Option<ReadyDoc>,
    timeout_ms: f64,
    /// Whether any certificate is accepted.
    insecure: bool,
    seed: u64,
    gate: GateDoc,
    /// What makes a run comparable: parts of the workload by name.
    workload: BTreeMap<String, String>,
    /// What each user does first; null without a login.
    login: Option<LoginDoc>,
    /// Where values come from; no value is in it.
    data: Vec<DataDoc>,
    /// Who the users are; empty for users who pick any endpoint.
    classes: Vec<ClassDoc>,
    endpoints: Vec<PlannedDoc>,
}

impl CheckDocument {
    pub(super) fn of(report: &CheckReport<'_>) -> Self {
        let CheckReport { path, plan, policy } = *report;
        let behaviour = &plan.behaviour;
        Self {
            schema: "perfbase/check/1",
            path: path.map(|path| path.display().to_string()),
            scenario: plan.scenario.to_string(),
            environment: plan.environment.to_string(),
            limiters: LimitersDoc::of(plan),
            url: plan.base_url.written().to_owned(),
            load: LoadDoc::of(plan),
            duration_ms: millis(plan.duration),
            rounds: plan.rounds.get(),
            warm_up: WarmUpDoc {
                duration_ms: millis(plan.warm_up.duration),
                requests: plan.warm_up.requests,
            },
            ready: plan.ready.as_ref().map(ReadyDoc::of),
            timeout_ms: millis(plan.connection.timeout),
            insecure: plan.connection.insecure,
            seed: plan.seed,
            gate: GateDoc::of(policy),
            workload: plan.workload.parts.clone(),
            login: behaviour.login.as_ref().map(|login| LoginDoc::of(login, behaviour)),
            data: behaviour.data.iter().map(|data| DataDoc::of(data, behaviour)).collect(),
            classes: behaviour.classes.iter().map(|class| ClassDoc::of(class, plan)).collect(),
            endpoints: plan.endpoints.iter().map(|it| PlannedDoc::of(it, plan)).collect(),
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

/// One request that would be measured.
#[derive(Debug, Serialize, JsonSchema)]
struct PlannedDoc {
    endpoint: String,
    #[serde(flatten)]
    request: RequestDoc,
    target_ms: Option<f64>,
    acceptable_ms: Option<f64>,
    /// The successes a second that are demanded.
    throughput: Option<f64>,
    /// Null where the gate's own value holds.
    factor: Option<f64>,
    /// Null where the gate's own value holds.
    min_delta_ms: Option<f64>,
    /// Null where the gate's own value holds.
    errors_share: Option<f64>,
    /// Null where the gate's own value holds.
    metric: Option<&'static str>,
    /// The rate limiter that guards it; null without.
    limiter: Option<LimiterDoc>,
}

impl PlannedDoc {
    fn of(endpoint: &Endpoint, plan: &Plan) -> Self {
        Self {
            endpoint: endpoint.name.to_string(),
            request: RequestDoc::of(&endpoint.request, &plan.behaviour),
            target_ms: endpoint.budgets.target.map(millis),
            acceptable_ms: endpoint.budgets.acceptable.map(millis),
            throughput: endpoint.budgets.throughput.map(crate::model::Rate::get),
            factor: endpoint.gate.factor,
            min_delta_ms: endpoint.gate.min_delta.map(millis),
            errors_share: endpoint.gate.errors.map(crate::model::Share::get),
            metric: endpoint.gate.metric.map(crate::model::Metric::as_str),
            limiter: endpoint.limiter.as_ref().map(LimiterDoc::of),
        }
    }
}
