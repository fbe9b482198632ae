//! What was decided of one endpoint.

use std::time::Duration;

use jiff::civil::Date;

use super::{Metric, Share};

/// Which side of a comparison has too little to judge by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// The run that is judged.
    Run,
    /// The rounds in which it was measured again.
    Again,
    /// What it is judged against.
    Baseline,
    /// Either; a figure is then the smaller one.
    Both,
}

/// What was decided of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// In the baseline, not measured. Red unless missing endpoints are allowed.
    Missing,
    /// Measured, not in the baseline.
    New,
    /// Too many failures: red.
    Errors {
        /// Share of failures.
        share: Share,
        /// What it may be.
        allowed: Share,
    },
    /// Not enough to judge: no verdict for this row.
    TooFew {
        /// Whose rounds or successes these are.
        of: Lacking,
        /// Its fewest valid rounds; those of the second look where that was too thin.
        rounds: usize,
        /// Its fewest successes a round; likewise.
        successes: u64,
        /// Successes a round that it takes.
        needed: u64,
    },
    /// Too little to judge of what happens only as often as something else lets it: no verdict on
    /// it, and none that would be missed.
    Rare {
        /// Fewest successes of any round of either side.
        successes: u64,
        /// Successes a round that it takes.
        needed: u64,
    },
    /// Within the limit.
    Pass,
    /// Above the limit at first, not when measured again.
    NotConfirmed,
    /// Above the limit, to be measured again.
    Suspect,
    /// Above the limit: red.
    Regressed {
        /// Whether a second measurement said so too; false when stored runs left no way to ask.
        confirmed: bool,
    },
    /// Above an absolute limit: red.
    OverBudget {
        /// The percentile that is.
        metric: Metric,
        /// That limit.
        acceptable: Duration,
    },
    /// Above the limit, but the machine explains it: no verdict for this row.
    Machine,
    /// Above the limit, with leave to be until a date.
    Waived,
    /// Above what a waiver allows, or past its date: red.
    WaiverOver {
        /// Its ceiling.
        ceiling: Duration,
        /// Its last day.
        until: Date,
    },
}

impl Decision {
    /// Whether this makes the gate fail. (`Missing` counts as red; a policy that allows it does
    /// not produce it.)
    #[must_use]
    pub fn is_red(self) -> bool {
        match self {
            Self::Missing
            | Self::Errors { .. }
            | Self::Regressed { .. }
            | Self::OverBudget { .. }
            | Self::WaiverOver { .. } => true,
            Self::New
            | Self::TooFew { .. }
            | Self::Rare { .. }
            | Self::Pass
            | Self::NotConfirmed
            | Self::Suspect
            | Self::Machine
            | Self::Waived => false,
        }
    }

    /// Whether this leaves the row without a verdict.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::TooFew { .. } | Self::Machine | Self::Suspect)
    }

    /// Whether the row was judged against the baseline.
    #[must_use]
    pub fn is_judged(self) -> bool {
        !matches!(self, Self::Missing | Self::New | Self::TooFew { .. } | Self::Rare { .. })
    }
}
