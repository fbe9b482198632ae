//! Load that changes, planned and measured.

use schemars::JsonSchema;
use serde::Serialize;

use super::run::{OutcomesDoc, PercentileDoc};
use crate::model::{Degradation, Degraded, Recovery, Stage, StageSummary, StagesSummary};
use crate::report::figure::millis;

/// A part of a round in which the load goes linearly from one value to another, or holds.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StageDoc {
    /// Users, or arrivals a second, at its begin.
    from: f64,
    /// The same at its end.
    to: f64,
    over_ms: f64,
    /// The share of its requests that has to succeed, 0 to 1; null where nothing is said.
    success_share: Option<f64>,
}

impl StageDoc {
    pub(super) fn of(stage: &Stage) -> Self {
        Self {
            from: stage.from,
            to: stage.to,
            over_ms: millis(stage.over),
            success_share: stage.success.map(crate::model::Share::get),
        }
    }
}

/// What the stages gave, over the rounds that count.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct StagesDoc {
    /// What there is more or less of: `users`, or arrivals a second (`rate`).
    quantity: &'static str,
    /// In order.
    stages: Vec<StageFiguresDoc>,
    /// Null where there is nothing to compare the top with.
    degradation: Option<DegradationDoc>,
    recovery: RecoveryDoc,
}

impl StagesDoc {
    pub(super) fn of(summary: &StagesSummary) -> Self {
        Self {
            quantity: summary.quantity.as_str(),
            stages: summary.stages.iter().map(StageFiguresDoc::of).collect(),
            degradation: summary.degradation.as_ref().map(DegradationDoc::of),
            recovery: RecoveryDoc::of(summary.recovery),
        }
    }
}

/// One stage's figures, all endpoints together.
#[derive(Debug, Serialize, JsonSchema)]
struct StageFiguresDoc {
    stage: StageDoc,
    requests: OutcomesDoc,
    /// The share of its requests that succeeded, 0 to 1.
    success_share: f64,
    /// Whether that is less than has to succeed.
    below: bool,
    /// The median over rounds.
    p95: PercentileDoc,
    /// Successful requests that ended in it, a second; null where no round counts.
    per_second: Option<f64>,
}

impl StageFiguresDoc {
    fn of(stage: &StageSummary) -> Self {
        Self {
            stage: StageDoc::of(&stage.stage),
            requests: OutcomesDoc::of(&stage.outcomes),
            success_share: stage.success().get(),
            below: stage.is_below(),
            p95: PercentileDoc::of(stage.p95),
            per_second: stage.per_second,
        }
    }
}

/// p95 at the top beside p95 before it.
#[derive(Debug, Serialize, JsonSchema)]
struct DegradationDoc {
    /// Position, from 0, of the stage that the top is compared with.
    before: usize,
    /// Position of the stage that holds the most load.
    top: usize,
    /// p95 at the top over p95 before, all endpoints together; null where either has none.
    ratio: Option<f64>,
    /// In the order of the plan.
    endpoints: Vec<DegradedDoc>,
}

impl DegradationDoc {
    fn of(degradation: &Degradation) -> Self {
        let Degradation { before, top, ratio, endpoints } = degradation;
        let endpoints = endpoints.iter().map(DegradedDoc::of).collect();
        Self { before: *before, top: *top, ratio: *ratio, endpoints }
    }
}

/// One endpoint's p95, medians over rounds.
#[derive(Debug, Serialize, JsonSchema)]
struct DegradedDoc {
    endpoint: String,
    before: PercentileDoc,
    top: PercentileDoc,
    /// The second over the first; null where either has none.
    ratio: Option<f64>,
}

impl DegradedDoc {
    fn of(degraded: &Degraded) -> Self {
        Self {
            endpoint: degraded.endpoint.to_string(),
            before: PercentileDoc::of(degraded.before),
            top: PercentileDoc::of(degraded.top),
            ratio: degraded.ratio,
        }
    }
}

/// When it is as fast as before again, from the end of the top.
#[derive(Debug, Serialize, JsonSchema)]
struct RecoveryDoc {
    /// Whether it was seen to come back; null where no stage follows the top, or there is nothing
    /// to compare with.
    back: Option<bool>,
    /// How long it took at most; where it did not come back, how long was watched.
    within_ms: Option<f64>,
}

impl RecoveryDoc {
    fn of(recovery: Recovery) -> Self {
        match recovery {
            Recovery::Within(time) => Self { back: Some(true), within_ms: Some(millis(time)) },
            Recovery::NotWithin(time) => Self { back: Some(false), within_ms: Some(millis(time)) },
            Recovery::NotSeen | Recovery::Unknown => Self { back: None, within_ms: None },
        }
    }
}
