//! Everything that is known of one endpoint when it is judged.

use std::time::Duration;

use jiff::civil::Date;

use super::Mode;
use super::durations::ratio;
use super::machine::MachineChange;
use super::method::Method;
use super::passes::{Passes, Standing};
use super::summarize::{P50_NEEDS, P95_NEEDS, P99_NEEDS, carried, least_successes};
use crate::model::{
    BaselineEndpoint, Block, Carried, EndpointKind, EndpointSummary, Gate, Limit, Metric, Outcomes,
    RoundPercentiles, Share, Side, Waiver,
};

/// What the run says of one endpoint.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct After {
    /// Each round's metric, which is held to the limit; of a later pass, of the rounds that have a say.
    pub(super) passes: Passes,
    /// Each round's p95, which is held to the absolute limit.
    pub(super) p95s: Passes,
    /// Each round's p99, likewise.
    pub(super) p99s: Passes,
    /// Valid rounds of the first pass.
    pub(super) rounds: usize,
    /// Fewest successes of any of them.
    pub(super) least_successes: u64,
    /// Rounds of the later passes that gave a figure, and the fewest successes of any of them.
    pub(super) again: (usize, u64),
    /// How all requests of all passes ended.
    pub(super) outcomes: Outcomes,
    /// The same with the rounds that do not count.
    pub(super) of_all_rounds: Outcomes,
    /// Median over the rounds of all passes.
    pub(super) p50: Option<Duration>,
    /// The same, where the sample carries it.
    pub(super) p95: Option<Duration>,
    /// Median over the rounds of all passes.
    pub(super) p99: Carried,
    /// The largest latency of all.
    pub(super) max: Duration,
    /// p95 of all latencies together.
    pub(super) pooled_p95: Duration,
}

impl After {
    /// What the summary holds, given how many first-pass rounds were valid, and whether the
    /// third pass has been tried. A round of a later pass has a say in a percentile if it has as many
    /// successes as a round of the first one needs for a verdict on it.
    pub(super) fn of(
        summary: &EndpointSummary,
        valid_rounds: usize,
        metric: Metric,
        is_exhausted: bool,
        method: &Method,
    ) -> Self {
        let rounds = |metric| {
            let least = method.needed_for(metric);
            let has_a_say = move |round: &&RoundPercentiles| {
                round.block == Block::First || round.successes >= least
            };
            summary.rounds.iter().filter(has_a_say)
        };
        let passes = |metric| {
            let of = |block| {
                let rounds = rounds(metric).filter(|round| round.block == block);
                rounds.map(|round| round.at(metric)).collect::<Vec<_>>()
            };
            Passes {
                first: of(Block::First),
                confirmation: of(Block::Confirmation),
                decider: of(Block::Decider),
                is_exhausted,
            }
        };
        let median = |metric, needed| {
            let rounds: Vec<_> = rounds(metric).copied().collect();
            let smallest = rounds.iter().map(|round| round.successes).min().unwrap_or(0);
            carried(&rounds, |round| round.at(metric), smallest, needed)
        };
        let again = || {
            let rounds = summary.rounds.iter().filter(|round| round.block != Block::First);
            rounds.map(|round| round.successes)
        };
        Self {
            passes: passes(metric),
            p95s: passes(Metric::P95),
            p99s: passes(Metric::P99),
            rounds: valid_rounds,
            least_successes: least_successes(&summary.rounds, valid_rounds),
            again: (again().count(), again().min().unwrap_or(0)),
            outcomes: summary.outcomes.clone(),
            of_all_rounds: summary.of_all_rounds.clone(),
            p50: median(Metric::P50, P50_NEEDS).value(),
            p95: median(Metric::P95, P95_NEEDS).value(),
            p99: median(Metric::P99, P99_NEEDS),
            max: summary.max,
            pooled_p95: summary.pooled.quantile(0.95),
        }
    }

    /// The row's side. Its percentiles are those that decide: over the rounds of all passes that have
    /// a say in them.
    pub(super) fn side(&self) -> Side {
        Side {
            p50: self.p50,
            p95: self.p95,
            p99: self.p99,
            max: self.max,
            outcomes: self.outcomes.clone(),
            of_all_rounds: self.of_all_rounds.clone(),
            failures: self.outcomes.failed(),
            allowed: self.outcomes.allowed(),
            round_p95s: self.p95s.all(),
        }
    }
}

/// The row's side of the baseline.
pub(super) fn baseline_side(baseline: &BaselineEndpoint) -> Side {
    let any = baseline.successes > 0;
    let least = baseline.least_successes();
    Side {
        p50: any.then_some(baseline.p50),
        p95: any.then_some(baseline.p95),
        p99: baseline
            .p99
            .map_or(Carried::More(P99_NEEDS.saturating_sub(least).max(1)), Carried::Value),
        max: baseline.max,
        outcomes: Outcomes {
            successes: baseline.successes,
            repeated: baseline.repeated,
            ..Outcomes::default()
        },
        of_all_rounds: Outcomes::default(),
        failures: baseline.failures,
        allowed: baseline.allowed,
        round_p95s: baseline.round_p95s().collect(),
    }
}

/// One endpoint, with all that its decision rests on.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) method: &'a Method,
    pub(super) mode: Mode,
    pub(super) machine: MachineChange,
    /// What is measured under its name.
    pub(super) kind: EndpointKind,
    /// The accepted figures; absent for a new endpoint.
    pub(super) before: Option<&'a BaselineEndpoint>,
    /// The measured figures; absent for an endpoint that is not in the plan.
    pub(super) after: Option<&'a After>,
    pub(super) gate: Gate,
    /// Absent without a baseline.
    pub(super) limit: Option<Limit>,
    /// The absolute limit of its p95.
    pub(super) acceptable: Option<Duration>,
    /// The absolute limit of its p99.
    pub(super) acceptable_p99: Option<Duration>,
    pub(super) waiver: Option<&'a Waiver>,
    /// Decides whether a waiver holds.
    pub(super) today: Date,
}

impl Case<'_> {
    /// Share of failures and requests that were sent again that is no error: the baseline's and a point more, or the budget.
    pub(super) fn allowed_failures(&self) -> Share {
        let before = self.before.map_or(0.0, |before| before.lost_share().get());
        Share::new((before + self.method.errors_slack).max(self.gate.errors.get()))
    }

    /// Successes a round that a verdict on the metric takes.
    pub(super) fn needed(&self) -> u64 {
        self.method.needed_for(self.gate.metric)
    }

    /// Whether the run has enough rounds of enough successes for a verdict on its p95.
    pub(super) fn measured_enough(&self) -> bool {
        self.measured(self.method.least_successes)
    }

    fn measured(&self, successes: u64) -> bool {
        self.after.is_some_and(|after| {
            after.rounds >= self.method.least_rounds && after.least_successes >= successes
        })
    }

    /// Whether it has an absolute limit.
    pub(super) fn has_budget(&self) -> bool {
        self.acceptable.is_some() || self.acceptable_p99.is_some()
    }

    /// Whether the p99 has an absolute limit, and rounds too small to be held to it.
    pub(super) fn has_too_few_for_p99(&self) -> bool {
        self.acceptable_p99.is_some() && !self.measured(self.method.needed_for(Metric::P99))
    }

    /// Whether both sides have.
    pub(super) fn both_enough(&self) -> bool {
        self.measured(self.needed())
            && self.before.is_some_and(|before| {
                before.round_p95s().count() >= self.method.least_rounds
                    && before.least_successes() >= self.needed()
            })
    }

    /// B: the metric in the baseline.
    pub(super) fn baseline(&self) -> Option<Duration> {
        self.before.filter(|before| before.successes > 0)?.at(self.gate.metric)
    }

    /// F over B.
    pub(super) fn ratio(&self) -> Option<f64> {
        ratio(self.after?.passes.all_median()?, self.baseline()?)
    }

    /// The waiver, if it holds today.
    pub(super) fn waiver_in_force(&self) -> Option<&Waiver> {
        self.waiver.filter(|waiver| self.today <= waiver.until)
    }

    /// Where the endpoint stands to its limit, or to its waiver's ceiling while one holds.
    pub(super) fn against_limit(&self) -> Option<Standing> {
        Some(self.standing(&self.after?.passes, self.limit?.value))
    }

    /// Where it stands to its absolute limits, with the same leave, and what these are.
    pub(super) fn against_budgets(&self) -> [Option<(Metric, Duration, Standing)>; 2] {
        let stands = |metric, passes: fn(&After) -> &Passes, limit: Option<Duration>| {
            let limit = limit?;
            Some((metric, limit, self.standing(passes(self.after?), limit)))
        };
        let p99 = self.acceptable_p99.filter(|_| !self.has_too_few_for_p99());
        [
            stands(Metric::P95, |after| &after.p95s, self.acceptable),
            stands(Metric::P99, |after| &after.p99s, p99),
        ]
    }

    fn standing(&self, passes: &Passes, ceiling: Duration) -> Standing {
        let raised = self.waiver_in_force().map_or(ceiling, |waiver| waiver.ceiling.max(ceiling));
        (self.method.standing)(passes, raised, self.mode, self.method.least_rounds)
    }

    /// Whether F is above the limit or the absolute limit, whatever a waiver says.
    pub(super) fn is_over(&self) -> bool {
        let over = |passes: fn(&After) -> &Passes, ceiling: Option<Duration>| {
            let median = self.after.and_then(|after| passes(after).all_median());
            median.zip(ceiling).is_some_and(|(median, ceiling)| median > ceiling)
        };
        over(|after| &after.passes, self.limit.map(|limit| limit.value))
            || over(|after| &after.p95s, self.acceptable)
            || over(|after| &after.p99s, self.acceptable_p99)
    }
}
