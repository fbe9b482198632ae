//! What the judge found.

use std::time::Duration;

use super::{
    Budgets, Carried, CounterRow, Decision, Difference, EndpointKind, EndpointName, ExitStatus,
    MachineClass, Metric, Outcomes, Requirement, RunId, Share, StagesSummary, Unsound, Waiver,
};

/// A run beside its baseline, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The run that was judged.
    pub run: RunId,
    /// The sessions of the baseline.
    pub baseline: Vec<RunId>,
    /// One row an endpoint: the plan's order, then what is missing.
    pub rows: Vec<Row>,
    /// What each stage of the run gave; absent where its load does not change.
    pub stages: Option<StagesSummary>,
    /// Metrics that add up, beside the baseline: the run's order, then what is missing.
    pub counters: Vec<CounterRow>,
    /// What must hold besides the percentiles.
    pub requirements: Vec<Requirement>,
    /// What concerns the run as a whole.
    pub banners: Vec<Banner>,
    /// The machine's speed now over its speed then: the ratio of the CPU kernel's times, above 1
    /// on a slower machine. Absent without anchors.
    pub speed_ratio: Option<f64>,
    /// The smallest ratio this comparison could have seen with 80 % power, over its judged rows;
    /// absent when nothing was judged.
    pub detectable: Option<f64>,
    /// How much of the baseline was judged.
    pub coverage: Coverage,
    /// What it all comes to.
    pub verdict: Verdict,
}

impl Comparison {
    /// The endpoints that have to be measured again before there is a verdict.
    pub fn suspects(&self) -> impl Iterator<Item = &EndpointName> {
        self.rows.iter().filter(|row| row.decision == Decision::Suspect).map(|row| &row.endpoint)
    }
}

/// One endpoint, judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// What is measured under its name.
    pub kind: EndpointKind,
    /// The percentile that is held to the limit.
    pub metric: Metric,
    /// What was decided.
    pub decision: Decision,
    /// The baseline's figures; absent for a new endpoint.
    pub before: Option<Side>,
    /// The run's figures; absent for a missing endpoint.
    pub after: Option<Side>,
    /// The metric after over the metric before; absent where either has none.
    pub ratio: Option<f64>,
    /// What the metric may be; absent where there is nothing to judge.
    pub limit: Option<Limit>,
    /// Absolute limits.
    pub budgets: Budgets,
    /// Whether the two sides are of different kinds or speeds of machine.
    pub other_machine: bool,
    /// Set when the committed file grants leave to exceed the limit.
    pub waiver: Option<Waiver>,
    /// What deserves a look without being red.
    pub warnings: Vec<Warning>,
    /// The chain of reasons that led to the decision, in order.
    pub reasons: Vec<Reason>,
}

/// One side of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Median over rounds.
    pub p50: Option<Duration>,
    /// Median over rounds.
    pub p95: Option<Duration>,
    /// Median over rounds.
    pub p99: Carried,
    /// Largest of all.
    pub max: Duration,
    /// How the requests ended; a baseline's failures have no classes, see `failures`.
    pub outcomes: Outcomes,
    /// The same of all rounds, whether they count or not; empty for a baseline.
    pub of_all_rounds: Outcomes,
    /// Failed requests.
    pub failures: u64,
    /// Those of the successes that had an allowed status; a baseline's have no statuses.
    pub allowed: u64,
    /// Each round's p95.
    pub round_p95s: Vec<Duration>,
}

impl Side {
    /// Median over rounds of that percentile; absent where there is none.
    #[must_use]
    pub fn at(&self, metric: Metric) -> Option<Duration> {
        match metric {
            Metric::P50 => self.p50,
            Metric::P95 => self.p95,
            Metric::P99 => self.p99.value(),
        }
    }
}

/// What an endpoint's p95, or the metric of its gate, may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The limit itself: max(factor x B, B + delta).
    pub value: Duration,
    /// The allowed ratio that was asked for.
    pub factor: f64,
    /// The floor that was added: max(`min_delta`, 3 x 1.4826 x MAD, 2 x null-handler p95).
    pub delta: Duration,
    /// The ratio that results, limit over B.
    pub k_eff: f64,
}

impl Limit {
    /// Above this `k_eff` the row is marked as a weak gate.
    pub const WEAK: f64 = 4.0;

    /// Whether the floor has made the gate weak.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.k_eff > Self::WEAK
    }
}

/// What deserves a look without being red.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// Slower within the limit, beyond the noise.
    Slower {
        /// p95 after over p95 before.
        ratio: f64,
        /// Adjusted p of the moderated t-test.
        p: f64,
    },
    /// Much faster: the baseline is stale and the gate wide.
    StaleBaseline {
        /// What the gate has become: limit over the p95 of now.
        gate_now: f64,
    },
    /// p99 rose by more than 2.5.
    P99 {
        /// p99 after over p99 before.
        ratio: f64,
    },
    /// Pooled p95 over the limit though the median of the rounds is not.
    UnstableTail {
        /// The pooled p95.
        pooled_p95: Duration,
    },
    /// p95 over the wanted one.
    TargetMissed {
        /// The wanted one.
        target: Duration,
    },
    /// The floor has made the gate weak.
    WeakGate {
        /// The ratio that results.
        k_eff: f64,
    },
    /// Much more or much less of the successes has an allowed status: the figures are of other
    /// answers.
    Allowed {
        /// Its share of the successes in the baseline.
        before: Share,
        /// Its share now.
        after: Share,
    },
    /// A limiter answered in place of the service: the figures are of what it let through.
    Limited {
        /// Its share of all requests.
        share: Share,
    },
    /// Requests came to something only when they were sent a second time.
    Repeated {
        /// Their share of all requests.
        share: Share,
    },
}

/// One step of the chain that led to a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The step of the method's table, 0 to 5.
    pub step: u8,
    /// What was found, with the figures.
    pub text: String,
}

/// What concerns the run as a whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Banner {
    /// Measured on another kind of machine than the baseline.
    OtherClass {
        /// The baseline's.
        baseline: MachineClass,
        /// The run's.
        run: MachineClass,
    },
    /// Same class, but the machine's speed differs by more than a quarter.
    OtherSpeed {
        /// CPU kernel time now over then.
        ratio: f64,
    },
    /// The machine is faster than it was: the gate has lost sensitivity.
    FasterMachine {
        /// CPU kernel time now over then.
        ratio: f64,
    },
    /// All endpoints slowed down alike and so did the anchors.
    UniformMachine {
        /// The median ratio.
        ratio: f64,
    },
    /// All endpoints slowed down alike and the anchors did not: it is the service.
    UniformService {
        /// The median ratio.
        ratio: f64,
    },
    /// Too few valid rounds.
    Saturated(Vec<Unsound>),
    /// The run was not measured to its end.
    Unfinished,
    /// The baseline is old.
    OldBaseline {
        /// Its age in days.
        days: i64,
    },
    /// Much was committed since the baseline was measured.
    BehindBaseline {
        /// Commits of the run that the baseline's last session did not have.
        commits: u64,
    },
    /// The file grants leave to an endpoint that neither side has.
    UnknownWaiver {
        /// That endpoint.
        endpoint: EndpointName,
    },
    /// Stored runs are compared: a suspect cannot be measured again.
    Stored,
}

/// How much of the baseline was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Endpoints of either side.
    pub total: usize,
    /// Judged against the baseline.
    pub judged: usize,
    /// Without a baseline, and with enough to judge by what needs none.
    pub new: usize,
    /// In the baseline only.
    pub missing: usize,
    /// With too little to judge.
    pub too_few: usize,
}

/// What a comparison comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Suspects have to be measured again first.
    Open,
    /// Every judged endpoint passed, and at least one was judged.
    Pass,
    /// At least one row is red, or one requirement is not met.
    Failed,
    /// Nothing is red, and at least one row or requirement has no verdict, or nothing was judged.
    Inconclusive,
    /// The two have different workloads.
    NotComparable(Vec<Difference>),
}

impl Verdict {
    /// How the process ends with it.
    #[must_use]
    pub fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Pass => ExitStatus::Pass,
            Self::Failed => ExitStatus::GateFailed,
            Self::Open | Self::Inconclusive => ExitStatus::Inconclusive,
            Self::NotComparable(_) => ExitStatus::Usage,
        }
    }
}
