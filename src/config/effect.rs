//! What scenario and call say of a load that it cannot have, seen once file, environment and call
//! have met.

use std::time::Duration;

use crate::model::Load;

use super::demand::{ARRIVALS_OF_USERS, CONNECTIONS_OF_USERS, Demand};
use super::error::Problems;
use super::overrides::Overrides;
use super::problem::Problem;
use super::section::out_of_range;

/// Longest time until all users are there: as long as stages may be.
const LONGEST_RISE: Duration = Duration::from_hours(24);

/// Tells of what the call and `scenario` say without effect on `load`. An environment says what it
/// does for scenarios of users and of a rate alike; and a call that gives another amount takes the
/// place of the scenario's with all that belongs to that.
pub(super) fn check(
    load: &Load,
    demand: &Demand,
    asked: &Overrides,
    scenario: &Demand,
    problems: &Problems,
) {
    let is_replaced = asked.users.is_some() || asked.rate.is_some();
    let written = |is_there: bool| is_there && !is_replaced;
    let amount = match load {
        Load::Users(_) if asked.users.is_some() => "--users",
        Load::Rate { .. } if asked.rate.is_some() => "--rate",
        Load::Users(_) | Load::StagedUsers(_) => "users",
        Load::Rate { .. } | Load::StagedRate { .. } => "rate",
    };
    let open = load.is_open();
    for (key, is_there, help) in [
        ("--spawn-rate", open && asked.spawn_rate.is_some(), NO_USERS),
        ("spawn_rate", open && written(scenario.spawn_rate.is_some()), NO_USERS),
        ("--connections", !open && asked.connections.is_some(), CONNECTIONS_OF_USERS),
        ("connections", !open && written(scenario.connections.is_some()), CONNECTIONS_OF_USERS),
        ("arrivals", !open && written(scenario.arrivals.is_some()), ARRIVALS_OF_USERS),
    ] {
        if is_there {
            let (first, second) = (key.to_owned(), amount.to_owned());
            problems.add(Problem::Together { first, second, help });
        }
    }
    if let (Load::Users(users), Some(rate)) = (load, demand.spawn_rate)
        && rate.time_of(f64::from(users.get())) > LONGEST_RISE
    {
        let key = if asked.spawn_rate.is_some() { "--spawn-rate" } else { "spawn_rate" };
        let expected = format!("so fast that all {users} users are there within 24h");
        problems.add(out_of_range(key, &expected));
    }
}

/// What to do about users that are added to a rate.
const NO_USERS: &str = "a rate has no users that could be added: leave it out, or give users";
