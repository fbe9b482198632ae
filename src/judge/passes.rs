//! Steps 3 and 4 on bare numbers: one pass, a second look, and a third when the two disagree.

use std::time::Duration;

use super::Mode;
use super::durations::median;

/// Each round's p95 of one endpoint, by the pass it was measured in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Passes {
    /// The scenario itself.
    pub(super) first: Vec<Duration>,
    /// The second look; empty if the endpoint was not measured again.
    pub(super) confirmation: Vec<Duration>,
    /// The third; empty likewise.
    pub(super) decider: Vec<Duration>,
    /// The third has been tried, whether any round of it counted or not: there is no further one.
    pub(super) is_exhausted: bool,
}

impl Passes {
    /// N: the median of the first pass.
    pub(super) fn first_median(&self) -> Option<Duration> {
        median(&self.first)
    }

    /// C: the median of the second look.
    pub(super) fn confirmation_median(&self) -> Option<Duration> {
        median(&self.confirmation)
    }

    /// F: the median of all rounds there are; N if there was one pass.
    pub(super) fn all_median(&self) -> Option<Duration> {
        median(&self.all())
    }

    /// Every round, in order.
    pub(super) fn all(&self) -> Vec<Duration> {
        [&*self.first, &*self.confirmation, &*self.decider].concat()
    }
}

/// How one endpoint stands to a ceiling: the limit, a waiver's, or a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// N is not above it, nor is F.
    Within,
    /// N or F is above it, and it takes another pass to know more.
    Suspect,
    /// N is above it, F is not.
    NotConfirmed,
    /// Above it.
    Above {
        /// Whether a second look said so too.
        confirmed: bool,
    },
    /// N is above it, and two more passes gave fewer rounds than a verdict takes.
    Unmeasurable,
}

/// Where `passes` stand to `ceiling`. `least_rounds` is what a second look takes to have a say of
/// its own: one with fewer leaves the question split. Nothing measured is nothing above.
pub(super) fn standing(
    passes: &Passes,
    ceiling: Duration,
    mode: Mode,
    least_rounds: usize,
) -> Standing {
    let above = |median: Option<Duration>| median.is_some_and(|median| median > ceiling);
    let was_above = above(passes.first_median());
    let looked_again = passes.confirmation.len() + passes.decider.len();
    // What was measured again beside a suspect, and is above the ceiling by all of its rounds, is
    // as split as a suspect whose second look disagrees.
    if !was_above && (looked_again == 0 || !above(passes.all_median())) {
        return Standing::Within;
    }
    if looked_again == 0 {
        return match mode {
            Mode::Live if passes.is_exhausted => Standing::Unmeasurable,
            Mode::Live => Standing::Suspect,
            Mode::Stored => Standing::Above { confirmed: false },
        };
    }
    let by_all = |confirmed| {
        if above(passes.all_median()) {
            Standing::Above { confirmed }
        } else {
            Standing::NotConfirmed
        }
    };
    let agrees = was_above
        && passes.confirmation.len() >= least_rounds
        && above(passes.confirmation_median()) == above(passes.all_median());
    if agrees {
        return by_all(true);
    }
    match mode {
        Mode::Live if passes.decider.is_empty() && !passes.is_exhausted => Standing::Suspect,
        Mode::Live if looked_again < least_rounds => Standing::Unmeasurable,
        Mode::Live | Mode::Stored => by_all(looked_again >= least_rounds),
    }
}
