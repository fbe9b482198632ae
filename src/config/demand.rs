//! How much load, for how long: what scenarios, environments and flags have in common.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{Arrivals, Load, Quantity, Rate};

use super::section::Section;
use super::stages::{HOLD, Steps};

/// Most users of a closed loop, and most connections of an open one: beyond, one machine has
/// neither the ports nor the memory.
pub(super) const MOST_USERS: u32 = 100_000;

/// Connections of an open loop, unless something else is said.
pub(super) const CONNECTIONS: NonZeroU32 = NonZeroU32::new(1000).unwrap();

/// How much load, for how long, as far as one place says so.
#[derive(Debug, Clone, Default)]
pub(super) struct Demand {
    pub(super) amount: Option<Amount>,
    pub(super) connections: Option<NonZeroU32>,
    pub(super) duration: Option<Duration>,
    /// How fast users are added.
    pub(super) spawn_rate: Option<Rate>,
    /// How the arrivals of an open loop are spaced.
    pub(super) arrivals: Option<Arrivals>,
    /// How long a level is held.
    pub(super) hold: Option<Duration>,
}

/// What decides when requests are sent.
#[derive(Debug, Clone)]
pub(super) enum Amount {
    /// Closed loop.
    Users(NonZeroU32),
    /// Open loop.
    Rate(Rate),
    /// Either of them, changing.
    Steps(Steps),
}

impl Demand {
    /// Reads the keys `users`, `rate`, `connections`, `duration`, `spawn_rate` and `arrivals` of
    /// a section.
    pub(super) fn read(section: &Section<'_>) -> Self {
        section.excludes(
            "users",
            "rate",
            "`users` wait for their answers, a `rate` does not: give one",
        );
        section.excludes("rate", "spawn_rate", "a `rate` has no users that could be added");
        section.excludes("users", "arrivals", ARRIVALS_OF_USERS);
        section.excludes("users", "connections", CONNECTIONS_OF_USERS);
        let users = section.count("users", MOST_USERS).map(Amount::Users);
        Self {
            amount: section.rate("rate").map(Amount::Rate).or(users),
            connections: section.count("connections", MOST_USERS),
            duration: section.time("duration"),
            spawn_rate: section.rate("spawn_rate"),
            arrivals: section.choice("arrivals", &Arrivals::ALL.map(|it| (it.as_str(), it))),
            hold: None,
        }
    }

    /// What this says, and what `weaker` says where this is silent.
    pub(super) fn or(self, weaker: Self) -> Self {
        Self {
            amount: self.amount.or(weaker.amount),
            connections: self.connections.or(weaker.connections),
            duration: self.duration.or(weaker.duration),
            spawn_rate: self.spawn_rate.or(weaker.spawn_rate),
            arrivals: self.arrivals.or(weaker.arrivals),
            hold: self.hold.or(weaker.hold),
        }
    }

    /// The stages or levels, if the load changes.
    pub(super) fn steps(&self) -> Option<&Steps> {
        match &self.amount {
            Some(Amount::Steps(steps)) => Some(steps),
            None | Some(Amount::Users(_) | Amount::Rate(_)) => None,
        }
    }

    /// Who sends, and when; one user where nothing is said.
    pub(super) fn load(&self) -> Load {
        let connections = self.connections.unwrap_or(CONNECTIONS);
        let arrivals = self.arrivals.unwrap_or_default();
        match &self.amount {
            None => Load::Users(NonZeroU32::MIN),
            Some(Amount::Users(users)) => Load::Users(*users),
            Some(Amount::Rate(rate)) => Load::Rate { rate: *rate, arrivals, connections },
            Some(Amount::Steps(steps)) => {
                let stages = steps.resolve(self.hold.unwrap_or(HOLD));
                match steps.quantity() {
                    Quantity::Users => Load::StagedUsers(stages),
                    Quantity::Rate => Load::StagedRate { stages, arrivals, connections },
                }
            }
        }
    }
}

/// What to do about arrivals of users.
pub(super) const ARRIVALS_OF_USERS: &str =
    "users send when they are free; `arrivals` spaces the requests of a `rate`";

/// What to do about connections of users.
pub(super) const CONNECTIONS_OF_USERS: &str =
    "each user has one of its own; `connections` are the most that a `rate` may take";
