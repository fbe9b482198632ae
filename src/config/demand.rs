//! How much load, for how long: what scenarios, environments and flags have in common.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{Load, Rate};

use super::section::Section;

/// Most users of a closed loop, and most connections of an open one: beyond, one machine has
/// neither the ports nor the memory.
pub(super) const MOST_USERS: u32 = 100_000;

/// Connections of an open loop, unless something else is said.
pub(super) const CONNECTIONS: NonZeroU32 = NonZeroU32::new(1000).unwrap();

/// How much load, for how long, as far as one place says so.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Demand {
    pub(super) arrivals: Option<Arrivals>,
    pub(super) connections: Option<NonZeroU32>,
    pub(super) duration: Option<Duration>,
}

/// What decides when requests are sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arrivals {
    /// Closed loop.
    Users(NonZeroU32),
    /// Open loop.
    Rate(Rate),
}

impl Demand {
    /// Reads the keys `users`, `rate`, `connections` and `duration` of a section.
    pub(super) fn read(section: &Section<'_>) -> Self {
        section.excludes(
            "users",
            "rate",
            "`users` wait for their answers, a `rate` does not: give one",
        );
        let users = section.count("users", MOST_USERS).map(Arrivals::Users);
        Self {
            arrivals: section.rate("rate").map(Arrivals::Rate).or(users),
            connections: section.count("connections", MOST_USERS),
            duration: section.time("duration"),
        }
    }

    /// What this says, and what `weaker` says where this is silent.
    pub(super) fn or(self, weaker: Self) -> Self {
        Self {
            arrivals: self.arrivals.or(weaker.arrivals),
            connections: self.connections.or(weaker.connections),
            duration: self.duration.or(weaker.duration),
        }
    }

    /// Who sends, and when; one user where nothing is said.
    pub(super) fn load(self) -> Load {
        match self.arrivals {
            None => Load::Users(NonZeroU32::MIN),
            Some(Arrivals::Users(users)) => Load::Users(users),
            Some(Arrivals::Rate(rate)) => {
                Load::Rate { rate, connections: self.connections.unwrap_or(CONNECTIONS) }
            }
        }
    }
}
