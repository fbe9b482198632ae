//! Which stretches of load make up a round, and how long each lasts.

use std::time::Duration;

use crate::model::{Load, Plan, Sample};

/// A stretch of load on some endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Positions in the plan; what users do, and all that is measured as a part of it.
    pub(crate) endpoints: Vec<usize>,
    /// How long requests begin.
    pub(crate) duration: Duration,
    /// Which load there is.
    pub(crate) form: Form,
}

/// Which of a plan's loads a stretch has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The same all the time; where the plan has stages, that of their least.
    Level,
    /// Users are added at the plan's spawn rate.
    Rising,
    /// One pass through the plan's stages.
    Stages,
}

/// How long slices have to be, learned from how fast the endpoints answer.
///
/// One user visits the endpoints one after the other; several users and an open loop send them
/// mixed. A slice that is no pass through stages grows beyond its nominal length when the rate seen last says that it would end
/// with too few successes, so all workers know its length before it begins and end together.
#[derive(Debug)]
pub(crate) struct Pace {
    one_by_one: bool,
    staged: bool,
    round: Duration,
    /// How long it takes until all users are there.
    rise: Option<Duration>,
    warm_up: Duration,
    warm_up_requests: u64,
    /// Successes and failures a second last seen, for each endpoint.
    seen: Vec<Option<Seen>>,
    /// For each endpoint, those that it is a part of; none for what users do by itself.
    within: Vec<Vec<usize>>,
    /// For each endpoint, whether there need not be enough of it.
    may_be_rare: Vec<bool>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    successes_a_second: f64,
    mostly_fails: bool,
}

impl Seen {
    /// Whether more time brings more successes: it does not make failing requests succeed.
    fn helps(&self) -> bool {
        !self.mostly_fails && self.successes_a_second > 0.0
    }
}

/// Successes an endpoint should have in every round.
const ENOUGH: f64 = 400.0;
/// Rates differ from round to round; a slice is made longer by this much to be safe.
const MARGIN: f64 = 1.15;
/// What may be missing of [`ENOUGH`] before a slice is prolonged.
const NEGLIGIBLE: f64 = 0.1;
/// No slice grows beyond this.
const LONGEST: Duration = Duration::from_secs(30);
/// No warm-up of a slice lasts longer than this.
const LONGEST_WARM_UP: Duration = Duration::from_secs(10);

impl Pace {
    pub(crate) fn new(plan: &Plan) -> Self {
        let one_by_one = matches!(plan.load, Load::Users(users) if users.get() == 1)
            && plan.behaviour.classes.is_empty();
        Self {
            one_by_one,
            staged: plan.load.stages().is_some(),
            rise: plan.rise(),
            round: plan.duration / plan.rounds.get(),
            warm_up: plan.warm_up.duration,
            warm_up_requests: u64::from(plan.warm_up.requests),
            seen: vec![None; plan.endpoints.len()],
            within: plan
                .endpoints
                .iter()
                .map(|endpoint| endpoint.action.within().to_vec())
                .collect(),
            may_be_rare: plan
                .endpoints
                .iter()
                .map(|endpoint| endpoint.action.kind().may_be_rare())
                .collect(),
        }
    }

    /// Whether endpoints are measured one after the other.
    pub(crate) fn one_by_one(&self) -> bool {
        self.one_by_one
    }

    /// The slices of a round over the endpoints at `positions`, in that order.
    pub(crate) fn slices(&self, positions: &[usize]) -> Vec<Slice> {
        let nominal = self.part(self.round);
        if self.staged {
            let endpoints = positions.to_vec();
            return vec![Slice { endpoints, duration: nominal, form: Form::Stages }];
        }
        self.groups(positions)
            .map(|endpoints| {
                let duration = self.grown(&endpoints, nominal);
                Slice { endpoints, duration, form: Form::Level }
            })
            .collect()
    }

    /// How long a round over `endpoints` of the plan's endpoints takes, as far as is known.
    pub(crate) fn round_time(&self, endpoints: usize) -> Duration {
        let all: Vec<usize> = (0..self.seen.len()).collect();
        let whole: Duration = self.slices(&all).iter().map(|slice| slice.duration).sum();
        if self.one_by_one && !all.is_empty() {
            whole.mul_f64(endpoints as f64 / all.len() as f64)
        } else {
            whole
        }
    }

    /// How long a round over all endpoints takes at most, however slow they are.
    pub(crate) fn longest_round(&self) -> Duration {
        if self.staged {
            return self.round;
        }
        let most = longest(self.part(self.round));
        let all: Vec<usize> = (0..self.seen.len()).collect();
        self.groups(&all).map(|_| most).sum()
    }

    /// What is to be added to `slice` after all of it so far gave `samples`, because it ended with
    /// too few successes after all; `None` when there are enough, more would not help, or stages
    /// say how long it is.
    pub(crate) fn more(&self, slice: &Slice, samples: &[Sample]) -> Option<Slice> {
        if slice.form == Form::Stages {
            return None;
        }
        let spent = samples.iter().map(|sample| sample.measured).max().unwrap_or_default();
        let left = LONGEST.checked_sub(spent).filter(|left| !left.is_zero())?;
        let missing = slice.endpoints.iter().zip(samples).filter_map(|(&position, sample)| {
            let seen = self.wanted(position)?;
            let missing = ENOUGH - sample.outcomes.successes as f64;
            (missing > ENOUGH * NEGLIGIBLE).then(|| missing * MARGIN / seen.successes_a_second)
        });
        let seconds = missing.fold(0.0, f64::max);
        let duration = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())?;
        Some(Slice { duration: duration.min(left), ..slice.clone() })
    }

    /// The slices of the warm-up.
    pub(crate) fn warm_up_slices(&self, positions: &[usize]) -> Vec<Slice> {
        let least = self.part(self.warm_up).max(Duration::from_millis(1));
        let (duration, form) = match self.rise {
            None => (least, Form::Level),
            Some(rise) => (rise.saturating_add(least), Form::Rising),
        };
        self.groups(positions).map(|endpoints| Slice { endpoints, duration, form }).collect()
    }

    /// How long the warm-up takes at least; zero when none is wanted.
    pub(crate) fn warm_up_time(&self) -> Duration {
        let least = if self.warm_up_requests == 0 {
            self.warm_up
        } else {
            self.warm_up.max(Duration::from_millis(1))
        };
        least.saturating_add(self.rise.unwrap_or_default())
    }

    /// What is left to warm up after `slice` gave `samples`; `None` when it was enough, or more
    /// would not help.
    pub(crate) fn more_warm_up(&self, slice: &Slice, samples: &[Sample]) -> Option<Slice> {
        let wanted = slice.endpoints.iter().zip(samples);
        let wanted = wanted.filter(|(position, _)| !self.may_be_rare[**position]);
        let fewest = wanted.map(|(_, sample)| sample.outcomes.total()).min().unwrap_or(0);
        if fewest >= self.warm_up_requests || slice.duration >= LONGEST_WARM_UP {
            return None;
        }
        let factor = if fewest == 0 { 10.0 } else { self.warm_up_requests as f64 / fewest as f64 };
        let duration = slice.duration.mul_f64(factor * MARGIN).min(LONGEST_WARM_UP);
        Some(Slice { endpoints: slice.endpoints.clone(), duration, form: Form::Level })
    }

    /// Remembers how fast the endpoints of `slice` answered.
    pub(crate) fn learn(&mut self, slice: &Slice, samples: &[Sample]) {
        let seconds = slice.duration.as_secs_f64();
        for (&position, sample) in slice.endpoints.iter().zip(samples) {
            let outcomes = &sample.outcomes;
            if outcomes.total() > 0 && seconds > 0.0 {
                self.seen[position] = Some(Seen {
                    successes_a_second: outcomes.successes as f64 / seconds,
                    mostly_fails: outcomes.failed() > outcomes.successes,
                });
            }
        }
    }

    /// How fast that answered of which there should be enough, where more time brings more.
    fn wanted(&self, position: usize) -> Option<Seen> {
        self.seen[position].filter(|seen| seen.helps() && !self.may_be_rare[position])
    }

    fn groups(&self, positions: &[usize]) -> std::vec::IntoIter<Vec<usize>> {
        let groups: Vec<Vec<usize>> = if self.one_by_one {
            let acts = positions.iter().filter(|&&position| self.within[position].is_empty());
            acts.map(|&act| self.with_parts(act)).collect()
        } else {
            vec![positions.to_vec()]
        };
        groups.into_iter()
    }

    /// What is measured of `act`: itself and its parts.
    pub(crate) fn with_parts(&self, act: usize) -> Vec<usize> {
        let all = 0..self.within.len();
        let parts = all.filter(|&position| self.within[position].contains(&act));
        std::iter::once(act).chain(parts).collect()
    }

    /// One slice's part of a time for all that users do.
    fn part(&self, whole: Duration) -> Duration {
        let acts = self.within.iter().filter(|within| within.is_empty()).count();
        if self.one_by_one { whole / (acts.max(1) as u32) } else { whole }
    }

    fn grown(&self, endpoints: &[usize], nominal: Duration) -> Duration {
        let needed = endpoints
            .iter()
            .filter_map(|&position| self.wanted(position))
            .map(|seen| ENOUGH * MARGIN / seen.successes_a_second)
            .fold(0.0, f64::max);
        let most = longest(nominal);
        Duration::try_from_secs_f64(needed).unwrap_or(most).clamp(nominal, most)
    }
}

/// How long a slice may become.
fn longest(nominal: Duration) -> Duration {
    LONGEST.max(nominal)
}

#[cfg(test)]
pub(super) mod tests;
