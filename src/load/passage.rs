//! A pass through stages, as it goes and when it is over.

use std::time::Duration;

use tokio::time::Instant;

use super::Event;
use super::staging::windows;
use super::team::Outcome;
use crate::model::{EndpointName, Sample, Staged, Stages};

/// What each endpoint gave in the stages on which it is judged, and what each stage gave.
pub(crate) fn staged(
    stages: &Stages,
    names: &[EndpointName],
    outcome: &Outcome,
) -> (Vec<Sample>, Staged) {
    let mut judged = vec![Sample::default(); names.len()];
    let mut samples = Vec::new();
    for (at, (stage, of_stage)) in
        stages.stages.iter().zip(outcome.samples.chunks(names.len().max(1))).enumerate()
    {
        if stages.is_judged(at) {
            for (sum, sample) in judged.iter_mut().zip(of_stage) {
                let measured: Duration = sum.measured + stage.over;
                sum.merge(sample);
                sum.measured = measured;
            }
        }
        let kept = of_stage.iter().map(|sample| {
            let mut sample = Sample { measured: stage.over, ..sample.clone() };
            sample.keep_latency();
            sample
        });
        samples.push(names.iter().cloned().zip(kept).collect());
    }
    let windows = windows(stages, &outcome.buckets);
    (judged, Staged { stages: stages.clone(), samples, together: Vec::new(), windows })
}

/// Says when another stage begins.
pub(crate) struct StageWatch<'a> {
    stages: &'a Stages,
    ends: Vec<Duration>,
    begin: Instant,
    /// Stages that were told.
    told: usize,
}

impl<'a> StageWatch<'a> {
    /// Watches `stages` that begin at `begin`.
    pub(crate) fn new(stages: &'a Stages, begin: Instant) -> Self {
        Self { stages, ends: stages.ends(), begin, told: 0 }
    }

    /// The stage that is under way, if it was not told yet.
    pub(crate) fn look(&mut self) -> Option<Event> {
        let elapsed = self.begin.elapsed();
        let now = self.ends.partition_point(|end| *end <= elapsed);
        let stage = self.stages.stages.get(now).filter(|_| now >= self.told)?;
        self.told = now + 1;
        let load = self.stages.quantity.show_stage(stage);
        Some(Event::Stage { number: now + 1, of: self.ends.len(), load })
    }
}
