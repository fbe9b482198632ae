//! `perfbase compare --format json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::FailedCheckDoc;
use super::cleanup::CleanupDoc;
use super::counters::CounterRowDoc;
use super::requirement::RequirementDoc;
use super::run::{PercentileDoc, SessionDoc, by_class};
use super::stages::StagesDoc;
use crate::model::{
    Banner, Coverage, Decision, Difference, Limit, Row, Side, Verdict, Waiver, Warning,
};
use crate::report::document::{Against, CompareReport};
use crate::report::figure::millis;
use crate::report::words;

/// A run beside its baseline, judged.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "perfbase comparison")]
pub(super) struct ComparisonDocument {
    /// Name and version of this document's schema.
    #[schemars(extend("const" = "perfbase/comparison/1"))]
    schema: &'static str,
    /// `pass`, `failed`, `inconclusive`, `not_comparable`, or `open` while suspects have to be
    /// measured again.
    verdict: &'static str,
    /// How the process ends.
    exit_code: u8,
    coverage: CoverageDoc,
    /// The run's number in the history; null when it was not stored.
    number: Option<i64>,
    /// Where the run comes from.
    session: SessionDoc,
    scenario: String,
    environment: String,
    url: String,
    /// The baseline file; null when stored runs were compared.
    baseline_path: Option<String>,
    /// UUIDs of the runs it was judged against.
    baseline_runs: Vec<String>,
    /// CPU kernel time now over then, above 1 on a slower machine; null without anchors.
    speed_ratio: Option<f64>,
    /// The smallest ratio that could have been seen with 80 % power; null when nothing was judged.
    detectable_ratio: Option<f64>,
    /// What each stage of the run gave; null where its load does not change.
    stages: Option<StagesDoc>,
    /// What concerns the run as a whole.
    banners: Vec<FindingDoc>,
    /// Where the workloads differ; empty when the two are comparable.
    differences: Vec<DifferenceDoc>,
    /// One an endpoint: the plan's order, then what is missing.
    rows: Vec<RowDoc>,
    /// Metrics that add up, beside the baseline; empty when the two are not comparable.
    counters: Vec<CounterRowDoc>,
    /// What must hold besides the percentiles; empty when the two are not comparable.
    requirements: Vec<RequirementDoc>,
    /// What became of what the run made.
    cleanups: Vec<CleanupDoc>,
}

impl ComparisonDocument {
    pub(super) fn of(report: &CompareReport<'_>) -> Self {
        let CompareReport { number, run, against, comparison, exit } = *report;
        let Coverage { total, judged, new, missing, too_few } = comparison.coverage;
        Self {
            schema: "perfbase/comparison/1",
            verdict: verdict(&comparison.verdict),
            exit_code: exit.code(),
            coverage: CoverageDoc { total, judged, new, missing, too_few },
            number,
            session: SessionDoc::of(&run.session),
            scenario: run.scenario.to_string(),
            environment: run.environment.to_string(),
            url: run.url.clone(),
            baseline_path: match against {
                Against::File(path) => Some(path.display().to_string()),
                Against::Run { .. } => None,
            },
            baseline_runs: comparison.baseline.iter().map(ToString::to_string).collect(),
            speed_ratio: finite(comparison.speed_ratio),
            detectable_ratio: finite(comparison.detectable),
            stages: comparison.stages.as_ref().map(StagesDoc::of),
            banners: comparison.banners.iter().map(banner).collect(),
            differences: DifferenceDoc::of(&comparison.verdict),
            rows: comparison.rows.iter().map(RowDoc::of).collect(),
            counters: comparison.counters.iter().map(CounterRowDoc::of).collect(),
            requirements: RequirementDoc::all(&comparison.requirements),
            cleanups: CleanupDoc::all(&run.cleanups),
        }
    }
}

/// How much was judged.
#[derive(Debug, Serialize, JsonSchema)]
struct CoverageDoc {
    /// Endpoints of either side.
    total: usize,
    judged: usize,
    new: usize,
    missing: usize,
    too_few: usize,
}

/// A warning or a banner.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FindingDoc {
    /// Which one, a stable word.
    kind: &'static str,
    /// The same for people, with its figures.
    text: String,
}

/// One part in which two workloads differ.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DifferenceDoc {
    part: String,
    /// What decides it in `perfbase.toml`, by the names there; empty of what nothing there decides.
    settings: Vec<String>,
    /// How the baseline has it; null if it does not.
    was: Option<String>,
    /// How the run has it; null if it does not.
    is: Option<String>,
}

impl DifferenceDoc {
    pub(super) fn of(verdict: &Verdict) -> Vec<Self> {
        let Verdict::NotComparable(differences) = verdict else { return Vec::new() };
        let doc = |it: &Difference| Self {
            part: it.part.clone(),
            settings: it.settings(),
            was: it.was.clone(),
            is: it.is.clone(),
        };
        differences.iter().map(doc).collect()
    }
}

/// One endpoint, judged.
#[derive(Debug, Serialize, JsonSchema)]
struct RowDoc {
    endpoint: String,
    /// The percentile that was held to the limit: `p50`, `p95` or `p99`.
    metric: &'static str,
    /// `pass`, `not_confirmed`, `new`, `waived`, `too_few`, `rare`, `machine`, `suspect`, `missing`,
    /// `errors`, `regressed`, `over_budget` or `waiver_over`.
    decision: &'static str,
    /// Whether this makes the gate fail.
    red: bool,
    /// For `regressed`: whether a second measurement said so too; null otherwise.
    confirmed: Option<bool>,
    /// For `over_budget`: which percentile is above which limit; null otherwise.
    over_budget: Option<OverBudgetDoc>,
    /// Null for a new endpoint.
    before: Option<SideDoc>,
    /// Null for a missing endpoint.
    after: Option<SideDoc>,
    /// The metric after over the metric before; null where either has none.
    ratio: Option<f64>,
    /// What the metric may be; null where there is nothing to judge.
    limit: Option<LimitDoc>,
    target_ms: Option<f64>,
    acceptable_ms: Option<f64>,
    /// The p99 that is accepted.
    acceptable_p99_ms: Option<f64>,
    /// Whether the two sides are of different kinds or speeds of machine.
    other_machine: bool,
    waiver: Option<WaiverDoc>,
    warnings: Vec<FindingDoc>,
    /// The chain of reasons that led to the decision.
    reasons: Vec<ReasonDoc>,
}

impl RowDoc {
    fn of(row: &Row) -> Self {
        Self {
            endpoint: row.endpoint.to_string(),
            metric: row.metric.as_str(),
            decision: decision(row.decision),
            red: row.decision.is_red(),
            confirmed: match row.decision {
                Decision::Regressed { confirmed } => Some(confirmed),
                _ => None,
            },
            over_budget: match row.decision {
                Decision::OverBudget { metric, acceptable } => Some(OverBudgetDoc {
                    metric: metric.as_str(),
                    acceptable_ms: millis(acceptable),
                }),
                _ => None,
            },
            before: row.before.as_ref().map(SideDoc::of),
            after: row.after.as_ref().map(SideDoc::of),
            ratio: finite(row.ratio),
            limit: row.limit.as_ref().map(LimitDoc::of),
            target_ms: row.budgets.target.map(millis),
            acceptable_ms: row.budgets.acceptable.map(millis),
            acceptable_p99_ms: row.budgets.acceptable_p99.map(millis),
            other_machine: row.other_machine,
            waiver: row.waiver.as_ref().map(WaiverDoc::of),
            warnings: row.warnings.iter().map(warning).collect(),
            reasons: row
                .reasons
                .iter()
                .map(|reason| ReasonDoc { step: reason.step, text: reason.text.clone() })
                .collect(),
        }
    }
}

/// An absolute limit that is exceeded.
#[derive(Debug, Serialize, JsonSchema)]
struct OverBudgetDoc {
    /// The percentile that is: `p95` or `p99`.
    metric: &'static str,
    /// What it may be.
    acceptable_ms: f64,
}

/// One side of a row, medians over rounds.
#[derive(Debug, Serialize, JsonSchema)]
struct SideDoc {
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99: PercentileDoc,
    max_ms: f64,
    successes: u64,
    failures: u64,
    /// Failures by class; empty for a baseline, which does not keep them.
    by_class: BTreeMap<String, u64>,
    /// Requests of all rounds, whether these count or not, that were answered otherwise than expected; 0 for
    /// a baseline, which does not keep them.
    wrong_of_all: u64,
    /// Requests of all rounds; likewise.
    total_of_all: u64,
    /// Those of the successes that had an allowed status.
    allowed: u64,
    /// Checks that did not hold; empty for a baseline, which does not keep them.
    checks: Vec<FailedCheckDoc>,
    round_p95s_ms: Vec<f64>,
}

impl SideDoc {
    fn of(side: &Side) -> Self {
        Self {
            p50_ms: side.p50.map(millis),
            p95_ms: side.p95.map(millis),
            p99: PercentileDoc::of(side.p99),
            max_ms: millis(side.max),
            successes: side.outcomes.successes,
            failures: side.failures,
            by_class: by_class(&side.outcomes),
            wrong_of_all: side.of_all_rounds.wrong(),
            total_of_all: side.of_all_rounds.total(),
            allowed: side.allowed,
            checks: FailedCheckDoc::of(&side.outcomes),
            round_p95s_ms: side.round_p95s.iter().copied().map(millis).collect(),
        }
    }
}

/// What the metric may be.
#[derive(Debug, Serialize, JsonSchema)]
struct LimitDoc {
    value_ms: f64,
    /// The allowed ratio that was asked for.
    factor: f64,
    /// The floor that was added.
    delta_ms: f64,
    /// The ratio that results.
    k_eff: Option<f64>,
    /// Whether the floor has made the gate weak.
    weak: bool,
}

impl LimitDoc {
    fn of(limit: &Limit) -> Self {
        Self {
            value_ms: millis(limit.value),
            factor: limit.factor,
            delta_ms: millis(limit.delta),
            k_eff: finite(Some(limit.k_eff)),
            weak: limit.is_weak(),
        }
    }
}

/// Leave to exceed the limit.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WaiverDoc {
    ceiling_ms: f64,
    /// Last day, YYYY-MM-DD.
    until: String,
    reason: String,
}

impl WaiverDoc {
    pub(super) fn of(waiver: &Waiver) -> Self {
        Self {
            ceiling_ms: millis(waiver.ceiling),
            until: waiver.until.to_string(),
            reason: waiver.reason.clone(),
        }
    }
}

/// One step of the chain of reasons.
#[derive(Debug, Serialize, JsonSchema)]
struct ReasonDoc {
    /// The step of the method's table, 0 to 5.
    step: u8,
    text: String,
}

pub(super) fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Missing => "missing",
        Decision::New => "new",
        Decision::Errors { .. } => "errors",
        Decision::TooFew { .. } => "too_few",
        Decision::Rare { .. } => "rare",
        Decision::Pass => "pass",
        Decision::NotConfirmed => "not_confirmed",
        Decision::Suspect => "suspect",
        Decision::Regressed { .. } => "regressed",
        Decision::OverBudget { .. } => "over_budget",
        Decision::Machine => "machine",
        Decision::Waived => "waived",
        Decision::WaiverOver { .. } => "waiver_over",
    }
}

pub(super) fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "open",
        Verdict::Pass => "pass",
        Verdict::Failed => "failed",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotComparable(_) => "not_comparable",
    }
}

pub(super) fn warning(warning: &Warning) -> FindingDoc {
    let kind = match warning {
        Warning::Slower { .. } => "slower",
        Warning::StaleBaseline { .. } => "stale_baseline",
        Warning::P99 { .. } => "p99",
        Warning::UnstableTail { .. } => "unstable_tail",
        Warning::TargetMissed { .. } => "target_missed",
        Warning::WeakGate { .. } => "weak_gate",
        Warning::Allowed { .. } => "allowed",
        Warning::Limited { .. } => "limited",
        Warning::Repeated { .. } => "repeated",
    };
    FindingDoc { kind, text: words::warning(warning) }
}

fn banner(banner: &Banner) -> FindingDoc {
    let kind = match banner {
        Banner::OtherClass { .. } => "other_class",
        Banner::OtherSpeed { .. } => "other_speed",
        Banner::FasterMachine { .. } => "faster_machine",
        Banner::UniformMachine { .. } => "uniform_machine",
        Banner::UniformService { .. } => "uniform_service",
        Banner::Saturated(_) => "saturated",
        Banner::Unfinished => "unfinished",
        Banner::OldBaseline { .. } => "old_baseline",
        Banner::BehindBaseline { .. } => "behind_baseline",
        Banner::UnknownWaiver { .. } => "unknown_waiver",
        Banner::Stored => "stored",
    };
    FindingDoc { kind, text: words::banner(banner).1 }
}

/// JSON has no infinity.
fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}
