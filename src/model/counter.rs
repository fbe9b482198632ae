//! Metrics of the configuration's own: what answers add up to, and times that they tell.

use std::time::Duration;

use super::{EndpointName, Rate, RunId, Source};

/// A metric that adds up: how often a request succeeded, or numbers that its answers hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// What it is called.
    pub name: EndpointName,
    /// The endpoint whose request gives to it, by itself and inside of pages.
    pub from: EndpointName,
    /// Where the number stands that each success adds; `None` adds 1.
    pub adds: Option<Source>,
    /// What it must come to a second.
    pub least: Option<Rate>,
    /// The positions in the plan of what users do to send that request; at least one.
    pub within: Vec<usize>,
}

/// A time that answers tell, measured as latencies are.
#[derive(Debug, Clone, PartialEq)]
pub struct Timer {
    /// The endpoint whose request gives it, by itself and inside of pages.
    pub from: EndpointName,
    /// Where the number stands.
    pub at: Source,
    /// How long one of its unit is.
    pub unit: Duration,
    /// The positions in the plan of what users do to send that request; at least one.
    pub within: Vec<usize>,
}

impl Timer {
    /// The shortest time that is told apart from none; what is shorter counts as this.
    pub const SHORTEST: Duration = Duration::from_nanos(100);
    /// The longest time that can be one.
    pub const LONGEST: Duration = Duration::from_hours(24);
}

/// What a counter gave in one round (or in several that were added up).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Count {
    /// The sum.
    pub total: f64,
    /// Successes that had no number to add.
    pub missed: u64,
    /// Time in which its requests could begin.
    pub measured: Duration,
    /// What of the sum came within that time, as successes are counted. Absent where no time is
    /// measured, and in runs of a perfbase that did not tell it apart.
    pub completed: Option<f64>,
}

impl Count {
    /// Adds `other`.
    pub fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.missed += other.missed;
        self.measured += other.measured;
        self.completed = match (self.completed, other.completed) {
            (None, None) => None,
            (own, other) => Some(own.unwrap_or(0.0) + other.unwrap_or(0.0)),
        };
    }

    /// What came in time, a second of it; `None` where there was no time for it.
    #[must_use]
    pub fn per_second(&self) -> Option<f64> {
        let done = self.completed.unwrap_or(self.total);
        (!self.measured.is_zero()).then(|| done / self.measured.as_secs_f64())
    }
}

/// A counter's figures over the first-pass rounds that count.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterSummary {
    /// The counter.
    pub name: EndpointName,
    /// What it must come to a second.
    pub least: Option<Rate>,
    /// The sum over all rounds.
    pub total: f64,
    /// Successes that had no number to add.
    pub missed: u64,
    /// Median over rounds of the sum a second; absent without a round.
    pub per_second: Option<f64>,
    /// What came in time in each round, a second of it.
    pub rounds: Vec<f64>,
}

/// A counter's accepted figures.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineCounter {
    /// Median over all rounds of the sum a second.
    pub per_second: f64,
    /// What each session gave, oldest first.
    pub sessions: Vec<CounterSession>,
}

/// What one session gave for one counter.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterSession {
    /// The session's run.
    pub run: RunId,
    /// Each round's sum a second.
    pub rounds: Vec<f64>,
}

/// A counter beside its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct CounterRow {
    /// The counter.
    pub counter: EndpointName,
    /// The accepted sum a second; absent for a new counter.
    pub before: Option<f64>,
    /// The run's; absent for a counter that it does not have, and where no round counts.
    pub after: Option<f64>,
    /// The run's sum.
    pub total: f64,
    /// Successes that had no number to add.
    pub missed: u64,
    /// After over before; absent where either is, or where before is 0.
    pub ratio: Option<f64>,
    /// What deserves a look.
    pub warnings: Vec<CounterWarning>,
}

/// What deserves a look at a counter without being red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterWarning {
    /// It comes to less a second than the gate's factor allows.
    Fewer,
    /// It comes to more a second than the gate's factor allows.
    More,
    /// The baseline has it, the run has not.
    Missing,
    /// Answers had no number to add.
    Missed,
}
