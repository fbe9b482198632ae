//! `perfbase run --format json` and `perfbase show --format json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::FailedCheckDoc;
use super::cleanup::CleanupDoc;
use super::connection::LookupDoc;
use super::counters::CounterDoc;
use super::phases::PhasesDoc;
use super::requirement::RequirementDoc;
use super::round::{RoundDoc, pass};
use super::stages::StagesDoc;
use crate::model::{
    Anchors, Budgets, Carried, EndpointSummary, MachineClass, Outcomes, Rate, RoundPercentiles,
    Session,
};
use crate::report::document::RunReport;
use crate::report::figure::millis;

/// A measured run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase run")]
pub(super) struct RunDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/run/1"))]
    schema: &'static str,
    /// The run's number in the history; null when it was not stored.
    number: Option<i64>,
    /// Where the run comes from.
    session: SessionDoc,
    scenario: String,
    environment: String,
    /// The service's address as written, without secrets.
    url: String,
    /// Where its name led when the run began; null if it has none, or none that can be told.
    lookup: Option<LookupDoc>,
    /// The seed that fixed the order of requests.
    seed: u64,
    machine: MachineDoc,
    /// `running`, `complete`, `interrupted` or `broken`.
    state: &'static str,
    /// First-pass rounds that count.
    valid_rounds: usize,
    /// Rounds of any pass that do not count.
    invalid_rounds: usize,
    /// Medians over the valid rounds; null without one.
    anchors: Option<AnchorsDoc>,
    /// What makes the run comparable: parts of the workload by name.
    workload: BTreeMap<String, String>,
    /// In the order of the plan.
    endpoints: Vec<EndpointDoc>,
    /// Metrics that add up, in the order of the plan.
    counters: Vec<CounterDoc>,
    /// What each stage gave; null where the load does not change.
    stages: Option<StagesDoc>,
    /// What must hold besides the percentiles.
    requirements: Vec<RequirementDoc>,
    /// What became of what it made.
    cleanups: Vec<CleanupDoc>,
    /// Every round in order, valid or not.
    rounds: Vec<RoundDoc>,
}

impl RunDocument {
    pub(super) fn of(report: &RunReport<'_>) -> Self {
        let RunReport { number, run, summary, requirements } = *report;
        Self {
            schema: "perfbase/run/1",
            number,
            session: SessionDoc::of(&run.session),
            scenario: run.scenario.to_string(),
            environment: run.environment.to_string(),
            url: run.url.clone(),
            lookup: run.lookup.as_ref().map(LookupDoc::of),
            seed: run.seed,
            machine: MachineDoc::of(&run.machine),
            state: run.state.as_str(),
            valid_rounds: summary.valid_rounds,
            invalid_rounds: summary.invalid_rounds,
            anchors: summary.anchors.as_ref().map(AnchorsDoc::of),
            workload: run.workload.parts.clone(),
            endpoints: summary.endpoints.iter().map(EndpointDoc::of).collect(),
            counters: summary.counters.iter().map(CounterDoc::of).collect(),
            stages: summary.stages.as_ref().map(StagesDoc::of),
            requirements: RequirementDoc::all(requirements),
            cleanups: CleanupDoc::all(&run.cleanups),
            rounds: run.rounds.iter().map(RoundDoc::of).collect(),
        }
    }
}

/// Where and when a run was measured.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SessionDoc {
    /// The run's UUID.
    run: String,
    /// When its first round began, RFC 3339 in UTC.
    started: String,
    /// The perfbase version that measured it.
    perfbase: String,
    /// Full commit id; null outside a checkout.
    commit: Option<String>,
    /// Whether tracked files differed from the commit.
    dirty: bool,
    branch: Option<String>,
    /// Which CI; null when started by hand.
    ci: Option<String>,
    /// The CI's own id of the job.
    ci_job: Option<String>,
}

impl SessionDoc {
    pub(super) fn of(session: &Session) -> Self {
        let (git, ci) = (session.git.as_ref(), session.ci.as_ref());
        Self {
            run: session.run.to_string(),
            started: session.started.to_string(),
            perfbase: session.perfbase.clone(),
            commit: git.map(|git| git.commit.clone()),
            dirty: git.is_some_and(|git| git.dirty),
            branch: git.and_then(|git| git.branch.clone()),
            ci: ci.map(|ci| ci.provider.clone()),
            ci_job: ci.and_then(|ci| ci.id.clone()),
        }
    }
}

/// The kind of machine that measured.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MachineDoc {
    cpu: String,
    /// Logical CPUs that perfbase could use.
    cpus: u32,
    arch: String,
    /// CPU quota in hundredths of a CPU; null without one.
    quota_percent: Option<u32>,
    virtualised: bool,
}

impl MachineDoc {
    pub(super) fn of(machine: &MachineClass) -> Self {
        let MachineClass { cpu, cpus, arch, quota_percent, virtualised } = machine.clone();
        Self { cpu, cpus, arch, quota_percent, virtualised }
    }
}

/// What the machine said of itself.
#[expect(clippy::struct_field_names, reason = "a duration's field names its unit")]
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct AnchorsDoc {
    /// Shortest time of a fixed CPU kernel.
    cpu_kernel_ms: f64,
    /// Median latency of a request to perfbase's own null handler.
    null_p50_ms: f64,
    /// p95 of the same.
    null_p95_ms: f64,
}

impl AnchorsDoc {
    pub(super) fn of(anchors: &Anchors) -> Self {
        Self {
            cpu_kernel_ms: millis(anchors.cpu_kernel),
            null_p50_ms: millis(anchors.null_p50),
            null_p95_ms: millis(anchors.null_p95),
        }
    }
}

/// One endpoint's figures over the valid rounds.
#[derive(Debug, Serialize, JsonSchema)]
struct EndpointDoc {
    endpoint: String,
    /// What is measured: `request`, `page`, `opening` and `message` of a socket, or `timer`, a time
    /// that answers tell, which is no request.
    kind: &'static str,
    p50: PercentileDoc,
    p95: PercentileDoc,
    p99: PercentileDoc,
    /// The largest latency in rounds that count; null without a success in them.
    max_ms: Option<f64>,
    /// The p95 that is wanted.
    target_ms: Option<f64>,
    /// The p95 that is accepted.
    acceptable_ms: Option<f64>,
    /// The p99 that is accepted.
    acceptable_p99_ms: Option<f64>,
    /// The successes a second that are demanded.
    throughput: Option<f64>,
    /// Successful requests that ended in measured time, a second of it; null where no round counts.
    per_second: Option<f64>,
    requests: OutcomesDoc,
    /// Connections made for its requests.
    connections: u64,
    /// Requests for each of these connections; null where none was made.
    requests_per_connection: Option<f64>,
    /// How long each phase took; null in a run of a perfbase that did not record it.
    phases: Option<PhasesDoc>,
    /// Each valid round with a success of this endpoint.
    rounds: Vec<PercentilesDoc>,
}

impl EndpointDoc {
    fn of(endpoint: &EndpointSummary) -> Self {
        let Budgets { target, acceptable, acceptable_p99, throughput } = endpoint.budgets;
        Self {
            endpoint: endpoint.name.to_string(),
            kind: endpoint.kind.as_str(),
            p50: PercentileDoc::of(endpoint.p50),
            p95: PercentileDoc::of(endpoint.p95),
            p99: PercentileDoc::of(endpoint.p99),
            max_ms: (!endpoint.rounds.is_empty()).then(|| millis(endpoint.max)),
            target_ms: target.map(millis),
            acceptable_ms: acceptable.map(millis),
            acceptable_p99_ms: acceptable_p99.map(millis),
            throughput: throughput.map(Rate::get),
            per_second: endpoint.per_second,
            requests: OutcomesDoc::of(&endpoint.outcomes),
            connections: endpoint.connections,
            requests_per_connection: endpoint.requests_per_connection(),
            phases: endpoint.phases.as_ref().map(PhasesDoc::of),
            rounds: endpoint.rounds.iter().map(PercentilesDoc::of).collect(),
        }
    }
}

/// A percentile, the median over rounds; or how much is missing to have one.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PercentileDoc {
    /// Null when the sample does not carry it.
    value_ms: Option<f64>,
    /// How many more successes a round it takes; 0 when there is a value.
    more: u64,
}

impl PercentileDoc {
    pub(super) fn of(percentile: Carried) -> Self {
        match percentile {
            Carried::Value(value) => Self { value_ms: Some(millis(value)), more: 0 },
            Carried::More(more) => Self { value_ms: None, more },
        }
    }
}

/// How requests ended.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct OutcomesDoc {
    successes: u64,
    failures: u64,
    /// Failures among all requests, 0 to 1.
    failed_share: f64,
    /// Failures by class; a class without failures is absent.
    by_class: BTreeMap<String, u64>,
    /// Those of the successes that had an allowed status, by status.
    allowed: BTreeMap<u16, u64>,
    /// Those of the successes whose request had to be sent a second time, because its connection was lost
    /// before anything of an answer came. What HTTP/2 says nobody had looked at is not among them.
    repeated: u64,
    /// Failures and repeated requests among all requests, 0 to 1: what an allowance for failures is held
    /// against.
    lost_share: f64,
    /// Checks that did not hold; one answer can fail several.
    checks: Vec<FailedCheckDoc>,
    /// Requests that were not sent, because the user did not have a value yet that they need; no
    /// part of the other counts.
    skipped: u64,
    /// Messages on a socket that came before the one that they would have been taken for the answer
    /// to; no part of the other counts.
    unasked: u64,
}

impl OutcomesDoc {
    pub(super) fn of(outcomes: &Outcomes) -> Self {
        Self {
            successes: outcomes.successes,
            failures: outcomes.failed(),
            failed_share: outcomes.failed_share().get(),
            by_class: by_class(outcomes),
            allowed: outcomes.allowed.clone(),
            repeated: outcomes.repeated,
            lost_share: outcomes.lost_share().get(),
            checks: FailedCheckDoc::of(outcomes),
            skipped: outcomes.skipped,
            unasked: outcomes.unasked,
        }
    }
}

/// Failures by the class's one-word name.
pub(super) fn by_class(outcomes: &Outcomes) -> BTreeMap<String, u64> {
    outcomes.failures.iter().map(|(class, number)| (class.as_str().to_owned(), *number)).collect()
}

/// One round's percentiles of one endpoint.
#[derive(Debug, Serialize, JsonSchema)]
struct PercentilesDoc {
    /// `first`, `confirmation` or `decider`.
    pass: &'static str,
    successes: u64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

impl PercentilesDoc {
    fn of(round: &RoundPercentiles) -> Self {
        Self {
            pass: pass(round.block),
            successes: round.successes,
            p50_ms: millis(round.p50),
            p95_ms: millis(round.p95),
            p99_ms: millis(round.p99),
        }
    }
}
