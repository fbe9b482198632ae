//! What comparing two live services round by round found.

use std::time::Duration;

use super::{Decision, EndpointName, RunId, Share, Verdict, Warning};

/// When is an endpoint of the head too slow beside the base?
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedGate {
    /// Allowed ratio, above 1; 1.25 by default, for what makes machines and sessions differ is the
    /// same on both sides.
    pub factor: f64,
    /// Allowed share of failures.
    pub errors: Share,
}

impl Default for PairedGate {
    fn default() -> Self {
        Self { factor: 1.25, errors: Share::new(0.01) }
    }
}

/// Two runs of one plan, measured in alternation on one machine, judged round by round.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedComparison {
    /// The run that is compared with.
    pub base: RunId,
    /// The run that is judged.
    pub head: RunId,
    /// One row an endpoint: the plan's order, then what only the base has.
    pub rows: Vec<PairedRow>,
    /// The allowed ratio.
    pub factor: f64,
    /// Pairs of rounds that it takes before any endpoint can be called slower, given how many were
    /// judged together.
    pub rounds_needed: usize,
    /// What it all comes to.
    pub verdict: Verdict,
}

/// One endpoint, judged on its pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedRow {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// What was decided.
    pub decision: Decision,
    /// Each pair's p95, base and head, in the order measured; only pairs of valid rounds.
    pub pairs: Vec<(Duration, Duration)>,
    /// Median of the base's p95s; absent without pairs.
    pub base: Option<Duration>,
    /// Median of the head's p95s; absent without pairs.
    pub head: Option<Duration>,
    /// exp(median of ln head - ln base) over the pairs; absent without pairs.
    pub ratio: Option<f64>,
    /// One-sided p of the signed-rank test for head above base.
    pub p: Option<f64>,
    /// The same adjusted after Holm over all judged endpoints.
    pub p_adjusted: Option<f64>,
    /// What deserves a look without being red.
    pub warnings: Vec<Warning>,
    /// What was found, with the figures.
    pub reason: String,
}
