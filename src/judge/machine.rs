//! Whether both sides were measured on the same kind and speed of machine.

use super::durations::ratio;
use super::method::Method;
use crate::model::{Anchors, Banner, MachineClass};

/// The run's machine beside the baseline's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MachineChange {
    /// The classes differ.
    pub(super) other_class: bool,
    /// CPU kernel time now over then, above 1 on a slower machine; absent without anchors.
    pub(super) speed: Option<f64>,
}

impl MachineChange {
    /// Compares classes and anchors. Only the CPU kernel tells the speed: the null handler shares
    /// the network stack with the service, so that its time is not the machine's alone.
    pub(super) fn between(
        baseline: (&MachineClass, Anchors),
        run: (&MachineClass, Option<Anchors>),
    ) -> Self {
        let speed = run
            .1
            .and_then(|now| ratio(now.cpu_kernel, baseline.1.cpu_kernel))
            .filter(|speed| *speed > 0.0);
        Self { other_class: baseline.0 != run.0, speed }
    }

    /// Whether the speed is another: |ln c| > ln 1.25.
    pub(super) fn other_speed(self, method: &Method) -> bool {
        self.speed.is_some_and(|speed| speed.ln().abs() > method.speed_tolerance.ln())
    }

    /// Whether the rows carry *other machine*.
    pub(super) fn is_other(self, method: &Method) -> bool {
        self.other_class || self.other_speed(method)
    }

    /// Whether the machine may be why a ratio is above `factor`: what is left of `ratio` after the
    /// speed is taken out is not above it. On a machine of unknown speed it may always be, and on
    /// the same machine never.
    pub(super) fn explains(self, ratio: Option<f64>, factor: f64, method: &Method) -> bool {
        self.is_other(method)
            && match (self.speed, ratio) {
                (Some(speed), Some(ratio)) => ratio / speed <= factor,
                // Without a speed nothing can be taken out; a baseline of zero has no ratio.
                (None, _) | (_, None) => true,
            }
    }

    /// What the whole comparison has to say of the machine.
    pub(super) fn banners(
        self,
        baseline: &MachineClass,
        run: &MachineClass,
        method: &Method,
    ) -> Vec<Banner> {
        let mut banners = Vec::new();
        if self.other_class {
            banners.push(Banner::OtherClass { baseline: baseline.clone(), run: run.clone() });
        }
        match self.speed {
            Some(ratio) if ratio < 1.0 / method.speed_tolerance => {
                banners.push(Banner::FasterMachine { ratio });
            }
            Some(ratio) if self.other_speed(method) && !self.other_class => {
                banners.push(Banner::OtherSpeed { ratio });
            }
            _ => {}
        }
        banners
    }

    /// The state as a clause, with the figure.
    pub(super) fn describe(self, method: &Method) -> String {
        let speed = match self.speed {
            Some(speed) => format!("CPU kernel time {speed:.2}x the baseline's"),
            None => "no anchors to compare speeds".to_owned(),
        };
        match (self.other_class, self.other_speed(method)) {
            (true, _) => format!("another machine class; {speed}"),
            (false, true) => format!("same machine class at another speed: {speed}"),
            (false, false) => format!("same machine: {speed}"),
        }
    }
}
