//! A fixed number of tasks in place of a time: what is sent is the same on any machine.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::engine::{HEADWAY, RoundOrder};
use super::parts::times;
use super::sequence::stir;
use super::slice::{Order, SliceLoad};
use super::{Engine, EngineError, Event, Observer};
use crate::model::{Anchors, GeneratorHealth, Round, Share, Validity};

/// Tasks end by their number; this only keeps sums of times in their range.
const LONGEST: Duration = Duration::from_hours(24 * 365);

impl Engine<'_> {
    /// Sends `tasks` over all users, each its part as fast as its answers come. Nothing of the
    /// machine's speed is measured, for nothing is judged by it.
    pub(super) fn round_of_tasks(
        &mut self,
        tasks: u32,
        order: &RoundOrder<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Round, EngineError> {
        let (block, number, of) = (order.block, order.number, order.of);
        let (expected, left) = (Duration::ZERO, Duration::ZERO);
        observer.observe(&Event::Round { block, number, of, expected, left });
        let started = Timestamp::now();
        let begin = Instant::now();
        let users = self.plan.load.most_users();
        let index = order.index;
        let order = Order {
            endpoints: (0..self.plan.endpoints.len()).collect(),
            load: SliceLoad::Users(users),
            begin: begin + HEADWAY,
            duration: LONGEST,
            tasks: Some(tasks),
            timeline: None,
            seed: stir(&[self.plan.seed, u64::from(index)]),
        };
        let outcome = self.carry_out(&order, begin, None, observer)?;
        let measured = begin.elapsed();
        let mut counts = self.counts();
        self.count(&mut counts, &times(&order.endpoints, measured, &outcome), &outcome);
        let names = self.plan.endpoints.iter().map(|endpoint| endpoint.name.clone());
        let samples = names.zip(outcome.samples).map(|(name, mut sample)| {
            sample.measured = measured;
            sample.settle_phases();
            (name, sample)
        });
        Ok(Round {
            index,
            block,
            started,
            measured,
            validity: Validity::Valid,
            anchors: Anchors {
                cpu_kernel: Duration::ZERO,
                null_p50: Duration::ZERO,
                null_p95: Duration::ZERO,
            },
            generator: GeneratorHealth {
                busy: Share::new(0.0),
                steal: Share::new(0.0),
                crowding: Share::new(0.0),
                lag_p95: Duration::ZERO,
                lag_p99: None,
                poll_delay_p95: None,
                poll_delay_p99: None,
                intended: 0,
                sent: 0,
            },
            samples: samples.collect(),
            counts,
            staged: None,
        })
    }
}
