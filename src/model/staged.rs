//! What a round of stages gave.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{EndpointName, Histogram, Outcomes, Percentiles, RunEndpoint, Sample, Share, Stages};

/// What a round of stages gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Staged {
    /// The stages it went through.
    pub stages: Stages,
    /// What each endpoint gave in each stage, by intended start, in the order of the stages;
    /// without service times and lags.
    pub samples: Vec<BTreeMap<EndpointName, Sample>>,
    /// The percentiles of all requests of each stage together, once the samples are settled; empty
    /// until then.
    pub together: Vec<Option<Percentiles>>,
    /// What came after the top, piece by piece; empty where nothing follows it.
    pub windows: Vec<Window>,
}

impl Staged {
    /// The percentiles of all requests of the stage at that position together; `None` without a
    /// success. `endpoints` are those of its run.
    #[must_use]
    pub fn together(&self, at: usize, endpoints: &[RunEndpoint]) -> Option<Percentiles> {
        if let Some(settled) = self.together.get(at) {
            return *settled;
        }
        let mut all = Histogram::new();
        self.requests(at, endpoints).for_each(|sample| all.merge(&sample.latency));
        Percentiles::of(&all)
    }

    /// Makes percentiles of the latencies of each stage, which it forgets.
    pub fn settle(&mut self, endpoints: &[RunEndpoint]) {
        let stages = 0..self.samples.len();
        self.together = stages.map(|at| self.together(at, endpoints)).collect();
        for sample in self.samples.iter_mut().flat_map(BTreeMap::values_mut) {
            drop(sample.settle());
        }
    }

    /// What the requests of the stage at that position gave, and nothing else that was measured in it.
    /// `endpoints` are those of its run.
    pub fn requests(&self, at: usize, endpoints: &[RunEndpoint]) -> impl Iterator<Item = &Sample> {
        let counts_as_request = |name: &EndpointName| {
            let planned = endpoints.iter().find(|endpoint| endpoint.name == *name);
            planned.is_none_or(RunEndpoint::counts_as_request)
        };
        let samples = self.samples.get(at).into_iter().flatten();
        samples.filter(move |(name, _)| counts_as_request(name)).map(|(_, sample)| sample)
    }

    /// Starts that were dropped in stages that need not succeed as a whole, as many as may fail
    /// there: what a stage is said to bear is no sign that its load was another.
    #[must_use]
    pub fn tolerated_drops(&self, endpoints: &[RunEndpoint]) -> u64 {
        let tolerated = self.stages.stages.iter().enumerate().map(|(at, stage)| {
            let least = stage.success.map_or(1.0, Share::get);
            let of_requests = || self.requests(at, endpoints).map(|sample| &sample.outcomes);
            let all: u64 = of_requests().map(Outcomes::total).sum();
            let dropped = of_requests().map(Outcomes::dropped).sum();
            let may_fail = all - ((all as f64 * least).ceil() as u64).min(all);
            may_fail.min(dropped)
        });
        tolerated.sum()
    }
}

/// A piece of the time after the top, all endpoints together, by intended start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its begin, from the end of the top.
    pub begin: Duration,
    /// How long it is.
    pub length: Duration,
    /// Successes.
    pub successes: u64,
    /// Failures.
    pub failures: u64,
    /// p95 of the latency of the successes; zero without one.
    pub p95: Duration,
}
