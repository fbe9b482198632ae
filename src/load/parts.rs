//! What a plan measures besides what users do by itself: parts of it, and what its answers add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Engine;
use super::engine::RoundOrder;
use super::team::Outcome;
use crate::model::{Count, EndpointName};

/// The time in which the requests of each of `endpoints` could begin in a stretch of load of that
/// `duration`: all of it, unless they follow others.
pub(super) fn times(
    endpoints: &[usize],
    duration: Duration,
    outcome: &Outcome,
) -> Vec<(usize, Duration)> {
    let time = |measured: Duration| if measured.is_zero() { duration } else { measured };
    let samples = endpoints.iter().zip(&outcome.samples);
    samples.map(|(&endpoint, sample)| (endpoint, time(sample.measured))).collect()
}

impl Engine<'_> {
    /// The plan's counters, with nothing counted.
    pub(super) fn counts(&self) -> BTreeMap<EndpointName, Count> {
        let counters = self.plan.behaviour.counters.iter();
        counters.map(|counter| (counter.name.clone(), Count::default())).collect()
    }

    /// Adds what a stretch of load brought to the counters whose requests could begin in it, by the
    /// `times` in which those of each endpoint could.
    pub(super) fn count(
        &self,
        counts: &mut BTreeMap<EndpointName, Count>,
        times: &[(usize, Duration)],
        outcome: &Outcome,
    ) {
        for (position, counter) in self.plan.behaviour.counters.iter().enumerate() {
            let Some(count) = counts.get_mut(&counter.name) else { continue };
            count.merge(&outcome.counts.get(position).copied().unwrap_or_default());
            let within = times.iter().filter(|(act, _)| counter.within.contains(act));
            count.measured += within.map(|(_, time)| *time).max().unwrap_or_default();
        }
    }

    pub(super) fn positions(&self, order: &RoundOrder<'_>) -> Vec<usize> {
        let all = 0..self.plan.endpoints.len();
        match order.only {
            Some(names) if self.pace.one_by_one() => {
                // A part is measured with the whole.
                let endpoints = &self.plan.endpoints;
                let acts: BTreeSet<usize> = all
                    .filter(|&position| names.contains(&endpoints[position].name))
                    .flat_map(|position| match endpoints[position].action.within() {
                        [] => vec![position],
                        acts => acts.to_vec(),
                    })
                    .collect();
                let all: BTreeSet<usize> =
                    acts.into_iter().flat_map(|act| self.pace.with_parts(act)).collect();
                all.into_iter().collect()
            }
            _ => all.collect(),
        }
    }
}
