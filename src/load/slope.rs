//! A part of a curve over time: linear, in closed form both ways.

use std::time::Duration;

use crate::model::Stage;

/// A value that goes linearly `from` one number `to` another: users at work, or arrivals a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope {
    /// Its value at the begin; 0 or more.
    pub from: f64,
    /// Its value at the end; 0 or more.
    pub to: f64,
    /// How long it lasts.
    pub over: Duration,
}

impl Slope {
    /// The load of `stage`.
    #[must_use]
    pub fn of(stage: &Stage) -> Self {
        Self { from: stage.from, to: stage.to, over: stage.over }
    }

    /// Its integral: arrivals, where the value is a rate.
    pub(crate) fn area(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.over.as_secs_f64()
    }

    /// Time from its begin until its integral is `area`: the root of
    /// from t + (to - from) t^2 / (2 over) = area, in the form that does not cancel.
    pub(crate) fn reaches_area(&self, area: f64) -> Duration {
        if area <= 0.0 && self.from > 0.0 {
            return Duration::ZERO;
        }
        let slope = (self.to - self.from) / self.over.as_secs_f64();
        let root = (self.from * self.from + 2.0 * slope * area).max(0.0).sqrt();
        let seconds = if self.from + root > 0.0 { 2.0 * area / (self.from + root) } else { 0.0 };
        Duration::from_secs_f64(seconds).min(self.over)
    }

    /// The time from its begin to its end in which its value is above `level`, if there is any:
    /// what is linear crosses a level once at most.
    pub(crate) fn above(&self, level: f64) -> Option<(Duration, Duration)> {
        let crossing =
            || self.over.mul_f64(((level - self.from) / (self.to - self.from)).clamp(0.0, 1.0));
        let (begin, end) = match (self.from > level, self.to > level) {
            (true, true) => (Duration::ZERO, self.over),
            (false, true) => (crossing(), self.over),
            (true, false) => (Duration::ZERO, crossing()),
            (false, false) => return None,
        };
        (begin < end).then_some((begin, end))
    }
}
