//! How long the rounds of a plan may take.

use std::time::Duration;

use super::slices::Pace;
use crate::model::Plan;

/// A round that does not count is measured again at most so often.
pub const REDONE: u32 = 2;

/// The most time in which the rounds of one pass over `plan` send requests, where every slice grows as long
/// as it may and every round is measured again as often as it may be. Warm-up, anchors and the last
/// answers of each slice come on top of it.
#[must_use]
pub fn most_time(plan: &Plan) -> Duration {
    let rounds = plan.rounds.get().saturating_mul(1 + REDONE);
    Pace::new(plan).longest_round().saturating_mul(rounds)
}
