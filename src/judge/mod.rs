//! Runs and baselines become comparisons and verdicts; pure.
//!
//! The contract is `docs/method.md`. Everything here is a function of its arguments: no clock, no
//! file, no printing; the time is passed in. The outer layer turns runs into round percentiles,
//! the inner one decides on those alone.

mod accept;
mod amend;
mod case;
mod chain;
mod compare;
mod control;
mod counters;
mod durations;
mod failures;
mod interval;
mod invariants;
mod limit;
mod limiter;
mod machine;
mod method;
mod mode;
mod noise;
mod paired;
mod passes;
mod phases;
mod proposal;
mod reasons;
mod refilled;
mod refusals;
mod requirements;
mod shift;
mod stages;
mod stretch;
mod summarize;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod unmeasured;
mod validity;
mod verdict;
mod warnings;
mod worth;

pub use accept::{accept, accept_anyway};
pub use amend::{AmendError, append, bless, waive};
pub use compare::{commits_behind, compare};
pub use control::control;
pub use failures::no_failures;
pub use invariants::invariants;
pub use limiter::limiter;
pub use mode::Mode;
pub use noise::noise;
pub use paired::{paired, rounds_needed};
pub use refusals::refusals;
pub use requirements::{exit_status, requirements};
pub use summarize::{P50_NEEDS, P95_NEEDS, P99_NEEDS, summarize, worst_p95};
pub use unmeasured::unmeasured;
pub use validity::validate_round;
