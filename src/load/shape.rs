//! What the workers are told of a plan's load, whatever its shape.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

use super::presence::Presence;
use super::schedule::Schedule;
use super::slice::{Leaving, Seat, SliceLoad};
use super::slices::{Form, Slice};
use super::staging::Timeline;
use crate::model::{KeepAlive, Kind, Load, Plan, Rate, Stages};

/// The load of a slice of `plan`.
pub(crate) fn slice_load(plan: &Plan, slice: &Slice) -> SliceLoad {
    let over = slice.duration;
    match (&plan.load, slice.form) {
        (Load::Users(users), Form::Rising) => match plan.warm_up.spawn_rate {
            Some(rate) => rising(users.get(), rate, over),
            None => SliceLoad::Users(users.get()),
        },
        (Load::Users(users), Form::Level | Form::Stages) => SliceLoad::Users(users.get()),
        (Load::Rate { rate, arrivals, connections }, _) => SliceLoad::Arrivals {
            schedule: Schedule::constant(*rate, over),
            arrivals: *arrivals,
            users: users(*connections, plan),
        },
        (Load::StagedUsers(stages), Form::Stages) => {
            SliceLoad::Presence { presence: Presence::of(stages), leaving: Leaving::HangsUp }
        }
        (Load::StagedUsers(stages), Form::Level | Form::Rising) => {
            SliceLoad::Users((least(stages).ceil() as u32).max(1))
        }
        (Load::StagedRate { stages, arrivals, connections }, form) => SliceLoad::Arrivals {
            schedule: match (form, Rate::per_second(least(stages))) {
                (Form::Level | Form::Rising, Some(rate)) => Schedule::constant(rate, over),
                _ => Schedule::of(stages),
            },
            arrivals: *arrivals,
            users: users(*connections, plan),
        },
    }
}

/// How many users of an open loop have no more than so many connections together; at least one.
fn users(connections: NonZeroU32, plan: &Plan) -> u32 {
    (connections.get() / plan.connections_of_a_user()).max(1)
}

/// Fewest connections that the users of one worker have at a time, who send up to `at_once` requests each:
/// what pages and sockets take besides, and what an open loop or connections that are not kept take, is known
/// when it is taken. With HTTP/2 the service may allow less on each.
pub(crate) fn least_connections(plan: &Plan, seat: Seat, at_once: usize) -> u64 {
    let users = match (plan.kind, &plan.load) {
        _ if plan.connection.keep_alive == KeepAlive::Never => 1,
        (Kind::Limiter { .. }, _) | (_, Load::Rate { .. } | Load::StagedRate { .. }) => 1,
        // Who has no task connects to nothing.
        (Kind::Correctness { tasks }, load) => load.most_users().min(tasks.get()),
        (Kind::Load, load @ (Load::Users(_) | Load::StagedUsers(_))) => load.most_users(),
    };
    let users = u64::from(seat.share(users));
    plan.connection.protocol.streams().map_or(users, |streams| {
        users.div_ceil((u64::from(streams.get()) / (at_once as u64).max(1)).max(1))
    })
}

/// Users who are added one after the other, and are all there for the rest of the time.
fn rising(users: u32, rate: Rate, over: Duration) -> SliceLoad {
    let rise = rate.time_of(f64::from(users));
    let presence = Presence::rising(users, rate, over.saturating_sub(rise));
    SliceLoad::Presence { presence, leaving: Leaving::Stays }
}

/// The least load that a stage holds or, where none does, that a stage has in the mean: what
/// warms up must not be a test of its own.
fn least(stages: &Stages) -> f64 {
    let all = || stages.stages.iter().filter(|stage| stage.mean() > 0.0);
    let holding = all().filter(|stage| stage.holds()).map(|stage| stage.to).reduce(f64::min);
    holding.or_else(|| all().map(crate::model::Stage::mean).reduce(f64::min)).unwrap_or(0.0)
}

/// Which stage a request of such a slice belongs to.
pub(crate) fn timeline(plan: &Plan, slice: &Slice, begin: Instant) -> Option<Timeline> {
    match slice.form {
        Form::Stages => plan.load.stages().map(|stages| Timeline::new(stages, begin)),
        Form::Level | Form::Rising => None,
    }
}

/// How many threads send: one for each CPU, but no more than there are users. Those that keep a
/// schedule wait for it awake, so they are no more than thousands of arrivals a second, and leave
/// a CPU, if there is one, to everything else.
pub(crate) fn workers(plan: &Plan) -> u32 {
    const ARRIVALS_A_WORKER: f64 = 2000.0;
    let cpus = std::thread::available_parallelism().map_or(1, |cpus| cpus.get() as u32);
    let by_rate =
        |rate: f64| ((rate / ARRIVALS_A_WORKER).ceil() as u32).min(cpus.saturating_sub(1)).max(1);
    let useful = match &plan.load {
        load @ (Load::Users(_) | Load::StagedUsers(_)) => load.most_users(),
        Load::Rate { rate, connections, .. } => by_rate(rate.get()).min(users(*connections, plan)),
        Load::StagedRate { stages, connections, .. } => {
            by_rate(stages.most()).min(users(*connections, plan))
        }
    };
    cpus.min(useful).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::slices::Pace;
    use super::*;
    use crate::model::Protocol;

    #[test]
    fn users_of_an_open_loop_have_no_more_connections_than_there_may_be() {
        for (page, socket, connections, expected) in [
            (0, false, 12, 12),
            (1, false, 12, 12),
            (4, false, 12, 3),
            (8, false, 12, 2),
            (8, true, 12, 1),
            (0, true, 12, 6),
            (8, false, 5, 1),
        ] {
            let plan = super::super::slices::tests::arrivals(page, socket, connections);
            let slice = Pace::new(&plan).slices(&[0]).remove(0);
            let SliceLoad::Arrivals { users, .. } = slice_load(&plan, &slice) else {
                panic!("an open loop")
            };
            assert_eq!(users, expected, "{page} {socket} {connections}");
            assert_eq!(workers(&plan), 1);
        }
    }

    fn protocol(streams: u32) -> Protocol {
        Protocol::Http2 { streams: NonZeroU32::new(streams).unwrap() }
    }

    #[test]
    fn every_user_has_a_connection_unless_they_share_them_or_need_none_for_long() {
        let plan = |load| Plan { load, ..super::super::slices::tests::arrivals(0, false, 12) };
        let users = || plan(Load::Users(NonZeroU32::new(12).unwrap()));
        let sharing = |streams| {
            let mut plan = users();
            plan.connection.protocol = protocol(streams);
            plan
        };
        let mut brief = users();
        brief.connection.keep_alive = KeepAlive::Never;
        let few = |tasks| {
            let tasks = NonZeroU32::new(tasks).unwrap();
            Plan { kind: Kind::Correctness { tasks }, ..users() }
        };
        let arrivals = super::super::slices::tests::arrivals(0, false, 12);
        for (plan, at_once, expected) in [
            (users(), 1, [6, 6]),
            (sharing(100), 1, [1, 1]),
            (sharing(4), 1, [2, 2]),
            (sharing(4), 2, [3, 3]),
            (arrivals, 1, [1, 0]),
            (brief, 1, [1, 0]),
            (few(5), 1, [3, 2]),
            (few(50), 1, [6, 6]),
        ] {
            let of_worker = |index| least_connections(&plan, Seat { index, of: 2 }, at_once);
            assert_eq!([of_worker(0), of_worker(1)], expected);
        }
    }
}
