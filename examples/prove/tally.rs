//! What came out, counted.

use std::collections::BTreeMap;

use perfbase::stats::{self, Estimate};

use super::trial::Trial;

/// The outcomes of one experiment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    trials: Vec<Trial>,
    exits: BTreeMap<u8, u64>,
}

impl Tally {
    /// Adds one compare.
    pub(crate) fn add(&mut self, trial: Trial) {
        *self.exits.entry(trial.exit).or_default() += 1;
        self.trials.push(trial);
    }

    /// Compares.
    pub(crate) fn n(&self) -> u64 {
        self.trials.len() as u64
    }

    /// Compares that ended with this exit code.
    pub(crate) fn count(&self, exit: u8) -> u64 {
        self.exits.get(&exit).copied().unwrap_or(0)
    }

    /// Compares that ended with none of the exit codes 0, 1 and 3.
    pub(crate) fn other(&self) -> u64 {
        self.n() - [0, 1, 3].map(|exit| self.count(exit)).iter().sum::<u64>()
    }

    /// Share that ended with this exit code, with a 95 % interval; `None` without compares.
    pub(crate) fn share(&self, exit: u8) -> Option<Estimate> {
        stats::wilson_interval(self.count(exit), self.n(), CONFIDENCE)
    }

    /// Share that the naive gate turned red.
    pub(crate) fn naive_red(&self) -> Option<Estimate> {
        let red = self.trials.iter().filter(|trial| trial.naive.is_red).count() as u64;
        stats::wilson_interval(red, self.n(), CONFIDENCE)
    }

    /// Share of compares that warned of a slower endpoint.
    pub(crate) fn warned(&self) -> Option<Estimate> {
        let warned = self.trials.iter().filter(|trial| trial.warned_slower).count() as u64;
        stats::wilson_interval(warned, self.n(), CONFIDENCE)
    }

    /// Median time of a compare, seconds.
    pub(crate) fn seconds(&self) -> Option<f64> {
        self.median(|trial| trial.seconds)
    }

    /// Median time that the naive gate would have taken, seconds.
    pub(crate) fn naive_seconds(&self) -> Option<f64> {
        self.median(|trial| trial.naive.seconds)
    }

    /// Rounds that did not count, of all rounds measured.
    pub(crate) fn invalid_rounds(&self) -> (usize, usize) {
        self.trials.iter().fold((0, 0), |(invalid, all), trial| {
            (invalid + trial.invalid_rounds, all + trial.rounds)
        })
    }

    fn median(&self, figure: impl Fn(&Trial) -> f64) -> Option<f64> {
        let figures: Vec<f64> = self.trials.iter().map(figure).collect();
        stats::median(&figures)
    }
}

const CONFIDENCE: f64 = 0.95;
