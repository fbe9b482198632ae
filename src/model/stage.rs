//! Load that changes within a round, and the figures of its parts.

use std::time::Duration;

use super::{Carried, EndpointName, Outcomes, Share};

/// What there is more or less of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Users of a closed loop.
    Users,
    /// Arrivals a second of an open loop.
    Rate,
}

impl Quantity {
    /// The quantity's name, as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Rate => "rate",
        }
    }

    /// `load` of it: `1 user`, `100 users`, `200/s`.
    #[must_use]
    pub fn show(self, load: f64) -> String {
        // Three decimals are those of a rate.
        let number = format!("{load:.3}");
        let number = number.trim_end_matches('0').trim_end_matches('.');
        match self {
            Self::Users if number == "1" => "1 user".to_owned(),
            Self::Users => format!("{number} users"),
            Self::Rate => format!("{number}/s"),
        }
    }

    /// What a stage does, in words: `100 users`, `1 user → 100 users`.
    #[must_use]
    pub fn show_stage(self, stage: &Stage) -> String {
        if stage.from.total_cmp(&stage.to).is_eq() {
            self.show(stage.to)
        } else {
            format!("{} → {}", self.show(stage.from), self.show(stage.to))
        }
    }
}

/// A part of a round in which the load goes linearly from one value to another, or holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Load at its begin: users or arrivals a second, 0 or more.
    pub from: f64,
    /// Load at its end.
    pub to: f64,
    /// How long it lasts, above zero.
    pub over: Duration,
    /// The share of its requests that has to succeed.
    pub success: Option<Share>,
}

impl Stage {
    /// Whether its load is the same all the time, and more than nothing.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.from.total_cmp(&self.to).is_eq() && self.to > 0.0
    }

    /// Its mean load.
    #[must_use]
    pub fn mean(&self) -> f64 {
        f64::midpoint(self.from, self.to)
    }
}

/// The load of one round, stage after stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    /// What there is more or less of.
    pub quantity: Quantity,
    /// In order; at least one, and one with load.
    pub stages: Vec<Stage>,
}

impl Stages {
    /// How long all of them last together.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(|stage| stage.over).sum()
    }

    /// The most load at any moment.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.stages.iter().flat_map(|stage| [stage.from, stage.to]).fold(0.0, f64::max)
    }

    /// When each stage ends, from the begin of the round.
    #[must_use]
    pub fn ends(&self) -> Vec<Duration> {
        let mut end = Duration::ZERO;
        let ends = self.stages.iter().map(|stage| {
            end += stage.over;
            end
        });
        ends.collect()
    }

    /// Whether endpoints are judged on that stage: it holds, and none of its requests may fail. Of
    /// stages of which none is like that, those that hold are; if none holds, all are.
    #[must_use]
    pub fn is_judged(&self, stage: usize) -> bool {
        let holds = |stage: &Stage| stage.holds();
        let strict = |stage: &Stage| {
            stage.holds() && stage.success.is_none_or(|least| least >= Share::new(1.0))
        };
        let Some(stage) = self.stages.get(stage) else { return false };
        if self.stages.iter().any(strict) {
            strict(stage)
        } else {
            stage.holds() || !self.stages.iter().any(holds)
        }
    }

    /// The first of the stages that hold the most load; `None` where none holds.
    #[must_use]
    pub fn top(&self) -> Option<usize> {
        let holding = self.stages.iter().enumerate().filter(|(_, stage)| stage.holds());
        // `max_by` gives the last of several.
        holding.rev().max_by(|(_, a), (_, b)| a.to.total_cmp(&b.to)).map(|(at, _)| at)
    }

    /// The last of the stages that hold the top's load without a break.
    #[must_use]
    pub fn end_of_top(&self) -> Option<usize> {
        let top = self.top()?;
        let load = self.stages[top].to;
        let same = |stage: &Stage| stage.holds() && stage.to.total_cmp(&load).is_eq();
        Some(top + self.stages[top..].iter().take_while(|stage| same(stage)).count() - 1)
    }

    /// What the top is compared with: of the stages before it that hold, the one with the least
    /// load; where none does, the stage with the least mean load that is not the top's.
    #[must_use]
    pub fn before_top(&self) -> Option<usize> {
        let (top, end) = (self.top()?, self.end_of_top()?);
        let least = |stages: &mut dyn Iterator<Item = (usize, &Stage)>| {
            stages.min_by(|(_, a), (_, b)| a.mean().total_cmp(&b.mean())).map(|(at, _)| at)
        };
        let mut holding =
            self.stages.iter().enumerate().take(top).filter(|(_, stage)| stage.holds());
        least(&mut holding).or_else(|| {
            let others = self.stages.iter().enumerate();
            let mut others =
                others.filter(|(at, stage)| !(top..=end).contains(at) && stage.mean() > 0.0);
            least(&mut others)
        })
    }

    /// When the top is over and how long it goes on from there; `None` where nothing follows it.
    #[must_use]
    pub fn after_top(&self) -> Option<(Duration, Duration)> {
        let end = self.ends()[self.end_of_top()?];
        let left = self.duration().saturating_sub(end);
        (!left.is_zero()).then_some((end, left))
    }
}

/// Stages in figures, over the rounds that count.
#[derive(Debug, Clone, PartialEq)]
pub struct StagesSummary {
    /// What there is more or less of.
    pub quantity: Quantity,
    /// In order.
    pub stages: Vec<StageSummary>,
    /// How much slower it gets; absent where there is nothing to compare the top with.
    pub degradation: Option<Degradation>,
    /// Whether it is as fast as before again after the top.
    pub recovery: Recovery,
}

/// One stage's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct StageSummary {
    /// The stage.
    pub stage: Stage,
    /// How all of its requests ended, of all endpoints.
    pub outcomes: Outcomes,
    /// p95 of all endpoints' requests together, the median over rounds.
    pub p95: Carried,
    /// Successes that ended in it, a second; `None` where no round counts.
    pub per_second: Option<f64>,
}

impl StageSummary {
    /// The share of its requests that succeeded; of no requests, none did.
    #[must_use]
    pub fn success(&self) -> Share {
        Share::of(self.outcomes.at_once(), self.outcomes.total())
    }

    /// Whether fewer of its requests succeeded than have to.
    #[must_use]
    pub fn is_below(&self) -> bool {
        self.stage.success.is_some_and(|least| self.success() < least)
    }
}

/// p95 at the top beside p95 before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Degradation {
    /// The position of the stage that the top is compared with.
    pub before: usize,
    /// The position of the stage that holds the most load.
    pub top: usize,
    /// p95 at the top over p95 before, all endpoints together; absent where either has none.
    pub ratio: Option<f64>,
    /// The same of each endpoint, in the order of the plan.
    pub endpoints: Vec<Degraded>,
}

/// One endpoint's p95 at the top beside that before it, medians over rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Degraded {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// p95 before.
    pub before: Carried,
    /// p95 at the top.
    pub top: Carried,
    /// The second over the first; absent where either has none.
    pub ratio: Option<f64>,
}

/// When, after the end of the top, p95 is within [`Recovery::WITHIN`] times that of before again,
/// and no more requests fail than then; the median over rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Within this time, as finely as there are requests to tell.
    Within(Duration),
    /// Not within this time, when the stages were over.
    NotWithin(Duration),
    /// No stage follows the top.
    NotSeen,
    /// There is no p95 before the top to compare with.
    Unknown,
}

impl Recovery {
    /// How much slower than before counts as back.
    pub const WITHIN: f64 = 1.25;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(loads: &[(f64, f64, u64)]) -> Stages {
        let stage = |&(from, to, seconds)| Stage {
            from,
            to,
            over: Duration::from_secs(seconds),
            success: None,
        };
        Stages { quantity: Quantity::Users, stages: loads.iter().map(stage).collect() }
    }

    #[test]
    fn the_top_holds_the_most_and_is_compared_with_the_least_before_it() {
        for (name, loads, top, end, before) in [
            (
                "a spike",
                &[(1.0, 1.0, 9), (1.0, 9.0, 9), (9.0, 9.0, 9), (9.0, 1.0, 9), (1.0, 1.0, 9)][..],
                Some(2),
                Some(2),
                Some(0),
            ),
            ("nothing holds before", &[(0.0, 9.0, 9), (9.0, 9.0, 9)], Some(1), Some(1), Some(0)),
            (
                "the top goes on",
                &[(5.0, 5.0, 1), (9.0, 9.0, 1), (9.0, 9.0, 1), (2.0, 2.0, 1)],
                Some(1),
                Some(2),
                Some(0),
            ),
            (
                "the most comes first",
                &[(9.0, 9.0, 1), (5.0, 5.0, 1), (2.0, 2.0, 1)],
                Some(0),
                Some(0),
                Some(2),
            ),
            ("one load only", &[(9.0, 9.0, 1)], Some(0), Some(0), None),
            ("nothing holds", &[(0.0, 9.0, 1), (9.0, 0.0, 1)], None, None, None),
            ("silence is no load", &[(0.0, 0.0, 1), (9.0, 9.0, 1)], Some(1), Some(1), None),
        ] {
            let stages = stages(loads);
            let found = (stages.top(), stages.end_of_top(), stages.before_top());
            assert_eq!(found, (top, end, before), "{name}");
        }
    }

    #[test]
    fn what_holds_is_judged_and_everything_where_nothing_holds() {
        let spike = stages(&[(0.0, 9.0, 1), (9.0, 9.0, 1)]);
        assert_eq!([spike.is_judged(0), spike.is_judged(1)], [false, true]);
        let ramp = stages(&[(0.0, 9.0, 1)]);
        assert!(ramp.is_judged(0));
        let mut levels = stages(&[(1.0, 1.0, 1), (9.0, 9.0, 1)]);
        levels.stages[1].success = Some(Share::new(0.9));
        assert_eq!([levels.is_judged(0), levels.is_judged(1)], [true, false]);
        levels.stages[0].success = Some(Share::new(0.95));
        assert_eq!([levels.is_judged(0), levels.is_judged(1)], [true, true]);
    }

    #[test]
    fn what_follows_the_top_is_known() {
        let second = Duration::from_secs(1);
        let spike = stages(&[(1.0, 1.0, 1), (9.0, 9.0, 2), (9.0, 1.0, 3), (1.0, 1.0, 4)]);
        assert_eq!(spike.after_top(), Some((3 * second, 7 * second)));
        assert_eq!(stages(&[(0.0, 9.0, 1), (9.0, 9.0, 1)]).after_top(), None);
        assert_eq!(spike.ends(), [second, 3 * second, 6 * second, 10 * second]);
    }

    #[test]
    fn loads_are_written_with_their_unit() {
        assert_eq!(Quantity::Users.show(1.0), "1 user");
        assert_eq!(Quantity::Users.show(100.0), "100 users");
        assert_eq!(Quantity::Rate.show(1.5), "1.5/s");
        let stages = stages(&[(1.0, 9.0, 1), (9.0, 9.0, 1)]);
        let words: Vec<_> = stages.stages.iter().map(|it| Quantity::Users.show_stage(it)).collect();
        assert_eq!(words, ["1 user → 9 users", "9 users"]);
    }
}
