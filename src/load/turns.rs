//! In which order users, and arrivals, take what comes one after the other: rows and numbers.

use super::cast::Cast;
use crate::model::{Behaviour, Data, Endpoint, Load, Per, Request, Template};

/// A user's place among the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who {
    /// Its number, from 0.
    pub(crate) user: u64,
    /// How many users there are, on all workers; above `user`.
    pub(crate) users: u64,
}

/// How the draws from one source follow each other.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    /// For each place in the cycle of classes, how many places before it draw from the source, and
    /// behind the last one the number of all that do. Empty where every user draws.
    before: Box<[u64]>,
    /// Most draws of one task; at least 1.
    most: u64,
    /// Whether the login draws as well as what comes after it.
    is_shared: bool,
}

/// Who draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drawn {
    /// A request, or a user for all its requests.
    ByRequest,
    /// A login.
    ByLogin,
}

impl Turns {
    /// Every user draws once a task.
    pub(crate) fn everybody() -> Self {
        Self { before: Box::default(), most: 1, is_shared: false }
    }

    /// The turns at each source of `behaviour`.
    pub(crate) fn of(
        behaviour: &Behaviour,
        endpoints: &[Endpoint],
        cast: &Cast,
        load: &Load,
    ) -> Box<[Self]> {
        let turns = |data: &Data| {
            let draws: Vec<u64> =
                endpoints.iter().map(|endpoint| endpoint.action.draws(&data.slots)).collect();
            let login = behaviour.login.as_ref();
            let by_login = login.is_some_and(|login| {
                let mut slots = login.then.iter().flat_map(|(_, then)| then.slots());
                fills(data, &login.request) || slots.any(|slot| data.slots.contains(&slot))
            });
            let most = match data.per {
                Per::Request => cast.most_steps(&draws),
                Per::User => 1,
            };
            let by_all = by_login || load.is_open();
            Self {
                before: if by_all { Box::default() } else { cast.places(&draws) },
                most: most.max(1),
                is_shared: by_login && draws.iter().any(|&draws| draws > 0),
            }
        };
        behaviour.data.iter().map(turns).collect()
    }

    /// The user's place among those who draw.
    pub(crate) fn place(&self, who: Who) -> Who {
        let Some((&all, before)) = self.before.split_last().filter(|(all, _)| **all > 0) else {
            return who;
        };
        let cycle = before.len() as u64;
        let rank = |user: u64| user / cycle * all + before[(user % cycle) as usize];
        Who { user: rank(who.user), users: rank(who.users).max(1) }
    }

    /// The turn of the draw number `drawn` of an arrival's task.
    pub(crate) fn of_arrival(&self, arrival: u64, drawn: u64) -> u64 {
        arrival.saturating_mul(self.most).saturating_add(drawn)
    }

    /// How far the number of a turn lies behind the first one. No two turns have one number.
    pub(crate) fn number(&self, turn: u64, by: Drawn) -> u64 {
        if self.is_shared {
            turn.saturating_mul(2).saturating_add(u64::from(by == Drawn::ByLogin))
        } else {
            turn
        }
    }
}

/// The row of a user's draw number `drawn`, if `place` is its place: all users together read from
/// the top to the end and again, and each of them comes to every row.
pub(crate) fn row(place: Who, drawn: u64, rows: u64) -> u64 {
    let turn = place.users.saturating_mul(drawn).saturating_add(place.user);
    // After so many draws a user is at its first row again. Where it has not come to all of them by
    // then, it goes on beside those it knows.
    let apart = greatest_common_divisor(place.users, rows).max(1);
    let round = (rows / apart).max(1);
    turn.wrapping_add(drawn / round % apart) % rows.max(1)
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn fills(data: &Data, request: &Request) -> bool {
    request.templates().flat_map(Template::slots).any(|slot| data.slots.contains(&slot))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// One class of four draws.
    fn a_quarter() -> Turns {
        Turns { before: [0, 0, 0, 1, 1].into(), ..Turns::everybody() }
    }

    #[test]
    fn users_of_a_class_have_places_among_themselves() {
        let place = |user| a_quarter().place(Who { user, users: 10 });
        assert_eq!(place(2), Who { user: 0, users: 2 });
        assert_eq!(place(6), Who { user: 1, users: 2 });
    }

    #[test]
    fn logins_and_requests_at_one_source_never_have_the_same_number() {
        let turns = Turns { is_shared: true, ..Turns::everybody() };
        let numbers = (0..9)
            .flat_map(|turn| [Drawn::ByRequest, Drawn::ByLogin].map(|by| turns.number(turn, by)));
        assert_eq!(numbers.collect::<BTreeSet<_>>(), (0..18).collect());
    }

    #[test]
    fn the_draws_of_one_arrival_come_before_those_of_the_next() {
        let turns = Turns { most: 3, ..Turns::everybody() };
        assert_eq!([(0, 0), (0, 2), (1, 0)].map(|(n, k)| turns.of_arrival(n, k)), [0, 2, 3]);
    }

    #[test]
    fn one_user_reads_from_the_top_to_the_end_and_again() {
        let rows = (0..9).map(|drawn| row(Who { user: 0, users: 1 }, drawn, 4));
        assert_eq!(rows.collect::<Vec<_>>(), [0, 1, 2, 3, 0, 1, 2, 3, 0]);
    }

    proptest! {
        #[test]
        fn each_user_comes_to_every_row(user in 0_u64..40, more in 1_u64..40, rows in 1_u64..40) {
            let place = Who { user, users: user + more };
            let seen: BTreeSet<u64> = (0..rows).map(|drawn| row(place, drawn, rows)).collect();
            prop_assert_eq!(seen.len() as u64, rows);
        }

        #[test]
        fn all_users_together_take_each_row_as_often(users in 1_u64..40, rows in 1_u64..40) {
            let mut counts = vec![0; rows as usize];
            for (user, drawn) in (0..users).flat_map(|user| (0..rows).map(move |drawn| (user, drawn))) {
                counts[row(Who { user, users }, drawn, rows) as usize] += 1;
            }
            prop_assert!(counts.iter().all(|&count| count == users));
        }
    }
}
