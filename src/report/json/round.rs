//! One round of a run, as JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::run::{AnchorsDoc, OutcomesDoc};
use crate::model::{Block, Round, Validity};
use crate::report::figure::millis;

/// One round: whether it counts, and what machine and generator said.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RoundDoc {
    /// Position in the run, from 0.
    index: u32,
    /// `first`, `confirmation` or `decider`.
    pass: &'static str,
    /// When it began, RFC 3339 in UTC.
    started: String,
    measured_ms: f64,
    valid: bool,
    /// Why it does not count; empty when it does.
    grounds: Vec<String>,
    anchors: AnchorsDoc,
    generator: GeneratorDoc,
    /// By endpoint.
    requests: BTreeMap<String, OutcomesDoc>,
}

impl RoundDoc {
    pub(super) fn of(round: &Round) -> Self {
        let grounds = match &round.validity {
            Validity::Valid => Vec::new(),
            Validity::Invalid(grounds) => grounds.iter().map(ToString::to_string).collect(),
        };
        let generator = &round.generator;
        Self {
            index: round.index,
            pass: pass(round.block),
            started: round.started.to_string(),
            measured_ms: millis(round.measured),
            valid: round.validity.is_valid(),
            grounds,
            anchors: AnchorsDoc::of(&round.anchors),
            generator: GeneratorDoc {
                busy_share: generator.busy.get(),
                steal_share: generator.steal.get(),
                crowding_share: generator.crowding.get(),
                lag_p95_ms: millis(generator.lag_p95),
                lag_p99_ms: generator.lag_p99.map(millis),
                poll_delay_p95_ms: generator.poll_delay_p95.map(millis),
                poll_delay_p99_ms: generator.poll_delay_p99.map(millis),
                intended: generator.intended,
                sent: generator.sent,
            },
            requests: round
                .samples
                .iter()
                .map(|(name, sample)| (name.to_string(), OutcomesDoc::of(&sample.outcomes)))
                .collect(),
        }
    }
}

/// What the load generator said of itself.
#[derive(Debug, Serialize, JsonSchema)]
struct GeneratorDoc {
    /// CPU time of the busiest worker while load was due, 0 to 1.
    busy_share: f64,
    /// CPU time the hypervisor took, 0 to 1.
    steal_share: f64,
    /// CPU time that other processes took from the CPU anchor.
    crowding_share: f64,
    /// p95 of the lag that the generator caused.
    lag_p95_ms: f64,
    /// p99 of the same; null of a run that was stored without it.
    lag_p99_ms: Option<f64>,
    /// p95 of how long what had come lay before the generator looked; null where it was not at work long enough to tell.
    poll_delay_p95_ms: Option<f64>,
    /// p99 of the same, likewise.
    poll_delay_p99_ms: Option<f64>,
    /// Starts that a rate asked for, be it of arrivals or of users; 0 where nothing has a rate.
    intended: u64,
    /// Those of them that were sent.
    sent: u64,
}

/// The name of a pass.
pub(super) fn pass(block: Block) -> &'static str {
    match block {
        Block::First => "first",
        Block::Confirmation => "confirmation",
        Block::Decider => "decider",
    }
}
