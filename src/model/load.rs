//! Who sends, and when.

use std::fmt;
use std::num::NonZeroU32;

use super::{Rate, Stages};

/// Who sends, and when.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// Closed loop: each user sends its next request when the last one has ended. One user visits
    /// the endpoints one after the other in an order shuffled each round; several users each pick
    /// an endpoint at random for every request.
    Users(NonZeroU32),
    /// Open loop: arrivals are fixed by the schedule, whatever the service does.
    Rate {
        /// Arrivals a second.
        rate: Rate,
        /// How the arrivals are spaced.
        arrivals: Arrivals,
        /// Most connections at a time; an arrival that finds none within the timeout is dropped.
        connections: NonZeroU32,
    },
    /// Closed loop of as many users as the stages say; a user beyond that stops after the request
    /// under way.
    StagedUsers(Stages),
    /// Open loop at the rate that the stages say.
    StagedRate {
        /// Arrivals a second, over time.
        stages: Stages,
        /// How the arrivals are spaced.
        arrivals: Arrivals,
        /// Most connections at a time.
        connections: NonZeroU32,
    },
}

impl Load {
    /// How the load changes within a round; `None` where it does not.
    #[must_use]
    pub fn stages(&self) -> Option<&Stages> {
        match self {
            Self::Users(_) | Self::Rate { .. } => None,
            Self::StagedUsers(stages) | Self::StagedRate { stages, .. } => Some(stages),
        }
    }

    /// Users at most at a time; each connection of an open loop is one.
    #[must_use]
    pub fn most_users(&self) -> u32 {
        match self {
            Self::Users(users) => users.get(),
            Self::StagedUsers(stages) => stages.most().ceil() as u32,
            Self::Rate { connections, .. } | Self::StagedRate { connections, .. } => {
                connections.get()
            }
        }
    }

    /// Whether it is an open loop.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Users(_) | Self::StagedUsers(_) => false,
            Self::Rate { .. } | Self::StagedRate { .. } => true,
        }
    }
}

/// How the arrivals of an open loop are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arrivals {
    /// Evenly, where the rate is constant.
    #[default]
    Even,
    /// As those of a Poisson process that had exactly as many: at random, independent of each
    /// other.
    Poisson,
}

impl Arrivals {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Even, Self::Poisson];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Poisson => "poisson",
        }
    }
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
