//! When each user of a closed loop is at work: a pure function of its number.

use std::time::Duration;

use super::slope::Slope;
use crate::model::{Rate, Stages};

/// How many users are at work over time, in closed form.
///
/// User `i`, counted from 0, is at work while the curve is above `i`. So the users at work are the
/// curve rounded up, those who came last leave first, and nobody's time depends on how long an
/// answer took.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Presence {
    slopes: Vec<Slope>,
}

/// A stretch of time in which a user is at work, from the begin of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    pub(crate) entry: Entry,
}

/// How a user comes to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Together with others, so that it is found anywhere in what it does.
    Found,
    /// By itself, while the number of users rises: it begins at once.
    Comes,
}

impl Presence {
    /// The users that `stages` ask for.
    pub(crate) fn of(stages: &Stages) -> Self {
        Self { slopes: stages.stages.iter().map(Slope::of).collect() }
    }

    /// So many users, who come one after the other at a rate, and then stay for a time.
    pub(crate) fn rising(users: u32, rate: Rate, stay: Duration) -> Self {
        let users = f64::from(users);
        let over = rate.time_of(users);
        let rising = Slope { from: 0.0, to: users, over };
        Self { slopes: vec![rising, Slope { from: users, to: users, over: stay }] }
    }

    /// Users at most at a time.
    pub(crate) fn most(&self) -> u32 {
        let values = self.slopes.iter().flat_map(|slope| [slope.from, slope.to]);
        values.fold(0.0, f64::max).ceil() as u32
    }

    /// When `user` is at work, in order: no more stretches than the curve has slopes.
    pub(crate) fn stretches(&self, user: u64) -> Vec<Stretch> {
        let level = user as f64;
        let mut begin = Duration::ZERO;
        let mut stretches: Vec<Stretch> = Vec::new();
        for slope in &self.slopes {
            if let Some((from, to)) = slope.above(level) {
                let (from, to) = (begin + from, begin + to);
                match stretches.last_mut() {
                    Some(last) if last.to == from => last.to = to,
                    _ => {
                        // On a slope that is above the level from its begin on, all come at once.
                        let rises = slope.from <= level;
                        let entry = if rises { Entry::Comes } else { Entry::Found };
                        stretches.push(Stretch { from, to, entry });
                    }
                }
            }
            begin += slope.over;
        }
        stretches
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn presence(slopes: &[(f64, f64, f64)]) -> Presence {
        let slope =
            |&(from, to, seconds)| Slope { from, to, over: Duration::from_secs_f64(seconds) };
        Presence { slopes: slopes.iter().map(slope).collect() }
    }

    fn seconds(presence: &Presence, user: u64) -> Vec<(f64, f64)> {
        let of = |stretch: &Stretch| (stretch.from.as_secs_f64(), stretch.to.as_secs_f64());
        presence.stretches(user).iter().map(of).collect()
    }

    #[test]
    fn a_user_is_at_work_while_the_curve_is_above_its_number() {
        let spike = [
            (1.0, 1.0, 10.0),
            (1.0, 100.0, 9.9),
            (100.0, 100.0, 10.0),
            (100.0, 1.0, 9.9),
            (1.0, 1.0, 10.0),
        ];
        for (name, slopes, user, expected) in [
            ("all the time", &[(2.0, 2.0, 5.0)][..], 1, &[(0.0, 5.0)][..]),
            ("beyond the curve", &[(2.0, 2.0, 5.0)], 2, &[]),
            ("the first of a ramp", &[(0.0, 100.0, 10.0)], 0, &[(0.0, 10.0)]),
            ("the last of a ramp", &[(0.0, 100.0, 10.0)], 99, &[(9.9, 10.0)]),
            ("nobody after it", &[(0.0, 100.0, 10.0)], 100, &[]),
            ("the one that stays", &spike, 0, &[(0.0, 49.8)]),
            ("the first that comes", &spike, 1, &[(10.0, 39.8)]),
            ("the middle of a spike", &spike, 51, &[(15.0, 34.8)]),
            ("a part of a user is one", &[(1.5, 1.5, 4.0)], 1, &[(0.0, 4.0)]),
            (
                "two peaks",
                &[(9.0, 9.0, 1.0), (2.0, 2.0, 1.0), (9.0, 9.0, 1.0)],
                5,
                &[(0.0, 1.0), (2.0, 3.0)],
            ),
            ("a jump without time", &[(9.0, 9.0, 0.0), (2.0, 2.0, 1.0)], 5, &[]),
        ] {
            let found = seconds(&presence(slopes), user);
            let near = |(a, b): (&(f64, f64), &(f64, f64))| {
                (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6
            };
            let same = found.len() == expected.len() && found.iter().zip(expected).all(near);
            assert!(same, "{name}: {found:?} in place of {expected:?}");
        }
    }

    #[test]
    fn who_comes_while_the_number_rises_comes_alone() {
        let presence = presence(&[(2.0, 2.0, 1.0), (2.0, 5.0, 3.0), (9.0, 9.0, 1.0)]);
        let entry = |user| presence.stretches(user)[0].entry;
        assert_eq!([0, 1, 2, 4, 5, 8].map(entry), {
            use Entry::{Comes, Found};
            [Found, Found, Comes, Comes, Found, Found]
        });
    }

    #[test]
    fn users_that_are_added_come_at_their_rate_and_stay() {
        let rate = Rate::per_second(50.0).unwrap();
        let rising = Presence::rising(100, rate, Duration::from_secs(3));
        assert_eq!(rising.most(), 100);
        assert_eq!(seconds(&rising, 0), [(0.0, 5.0)]);
        assert_eq!(seconds(&rising, 50), [(1.0, 5.0)]);
        assert_eq!(rising.stretches(99)[0].entry, Entry::Comes);
    }

    proptest! {
        #[test]
        fn the_users_at_work_are_the_curve_rounded_up(
            slopes in prop::collection::vec((0_u32..40, 0_u32..40, 1_u32..5), 1..6),
            at in 0.0..1.0_f64,
        ) {
            let slopes: Vec<_> = slopes
                .iter()
                .map(|&(from, to, over)| (f64::from(from), f64::from(to), f64::from(over)))
                .collect();
            let presence = presence(&slopes);
            let total: f64 = slopes.iter().map(|slope| slope.2).sum();
            let now = at * total;
            let mut begin = 0.0;
            let mut value = 0.0;
            let mut near_an_edge = false;
            for (from, to, over) in &slopes {
                near_an_edge |= (now - begin).abs() < 1e-6;
                if now >= begin && now < begin + over {
                    value = from + (to - from) * (now - begin) / over;
                }
                begin += over;
            }
            prop_assume!(!near_an_edge && (value - value.round()).abs() > 1e-5 || value.fract().abs() < 1e-12);
            let at_work = (0..u64::from(presence.most()))
                .filter(|&user| {
                    seconds(&presence, user).iter().any(|&(from, to)| from <= now && now < to)
                })
                .count();
            prop_assert_eq!(at_work, value.ceil() as usize);
        }

        #[test]
        fn stretches_are_in_order_within_the_curve_and_few(
            slopes in prop::collection::vec((0.0..40.0_f64, 0.0..40.0_f64, 0.0..5.0_f64), 1..6),
            user in 0_u64..40,
        ) {
            let presence = presence(&slopes);
            let stretches = presence.stretches(user);
            prop_assert!(stretches.len() <= slopes.len());
            let end: Duration = presence.slopes.iter().map(|slope| slope.over).sum();
            let mut last = Duration::ZERO;
            for stretch in stretches {
                prop_assert!(last <= stretch.from && stretch.from < stretch.to && stretch.to <= end);
                last = stretch.to;
            }
        }
    }
}
