//! What a scenario is for.

use std::num::NonZeroU32;

/// What a scenario is for, and so how it ends and what it is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Load for a time; latencies are judged.
    #[default]
    Load,
    /// A fixed number of tasks over all users; only failures and invariants are judged.
    Correctness {
        /// How many.
        tasks: NonZeroU32,
    },
    /// To see whether the endpoints' rate limiters do what is declared of them. One user sends, and
    /// no latency is measured: rounds, warm-up and load have no part in it.
    Limiter {
        /// For how many windows each limiter is asked above its limit.
        windows: NonZeroU32,
        /// Most connections at a time.
        connections: NonZeroU32,
    },
}

impl Kind {
    /// The part of a workload that tells the kind of a scenario, where that is not [`Self::Load`].
    pub const PART: &'static str = "kind";

    /// The word of [`Self::Correctness`].
    pub const CORRECTNESS: &'static str = "correctness";

    /// Its word, as in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Correctness { .. } => Self::CORRECTNESS,
            Self::Limiter { .. } => "limiter",
        }
    }
}
