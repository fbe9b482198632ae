//! Which measurements ask the kernel when something came.

use std::time::Duration;

use crate::model::{Pause, Plan};

/// Whether the kernel is to tell when something came, which makes a request dearer by a twentieth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stamping {
    /// It is.
    #[default]
    Wanted,
    /// It is not, and what is read is taken to have come just then.
    Unwanted,
}

impl Stamping {
    /// Most users without a pause who are worth it: more of them keep the generator busy all the time, so that
    /// what lies unread is the queue before it, which the load makes, and no CPU that wakes up.
    const MOST_RESTLESS: u32 = 16;

    /// What a plan's measurement wants.
    pub(crate) fn of(plan: &Plan) -> Self {
        let never = Pause::Constant(Duration::ZERO);
        let mut classes = plan.behaviour.classes.iter();
        let is_restless = !plan.load.is_open()
            && classes.all(|class| class.rate.is_none() && class.pause == never);
        if is_restless && plan.load.most_users() > Self::MOST_RESTLESS {
            Self::Unwanted
        } else {
            Self::Wanted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::slices::tests::plan;
    use super::*;
    use crate::model::{Arrivals, Behaviour, Load, Rate, UserClass};

    #[test]
    fn stamps_are_for_whoever_is_not_busy_all_the_time() {
        assert_eq!(Stamping::of(&plan(1, 1)), Stamping::Wanted);
        assert_eq!(Stamping::of(&plan(16, 1)), Stamping::Wanted);
        assert_eq!(Stamping::of(&plan(17, 1)), Stamping::Unwanted);
        let rate = Rate::per_second(1000.0).unwrap();
        let connections = 3000.try_into().unwrap();
        let load = Load::Rate { rate, arrivals: Arrivals::Even, connections };
        assert_eq!(Stamping::of(&Plan { load, ..plan(1, 1) }), Stamping::Wanted);
    }

    #[test]
    fn users_who_pause_leave_time_and_those_who_do_not_take_it() {
        let of = |pauses: &[u64], rate: Option<Rate>| {
            let class = |pause: &u64| UserClass {
                name: "people".to_owned(),
                weight: 1,
                pause: Pause::Constant(Duration::from_millis(*pause)),
                rate,
                tasks: Vec::new(),
            };
            let classes = pauses.iter().map(class).collect();
            let behaviour = Behaviour { classes, ..Behaviour::default() };
            Stamping::of(&Plan { behaviour, ..plan(1000, 1) })
        };
        assert_eq!(of(&[0], None), Stamping::Unwanted);
        assert_eq!(of(&[0, 5], None), Stamping::Wanted);
        assert_eq!(of(&[0], Rate::per_second(1.0)), Stamping::Wanted);
    }
}
