//! One worker's counters for one slice.

use std::time::Duration;

use crate::model::{Failure, Histogram, Outcome, Sample};

/// What one worker records during one slice: a sample for each endpoint of the slice. Owned by the
/// worker alone; recorders meet at the end of the slice.
#[derive(Debug)]
pub(crate) struct Recorder {
    samples: Vec<Sample>,
    requests: u64,
    failures: u64,
    scratch: Histogram,
}

/// One request's times, as they are recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) latency: Duration,
    pub(crate) service_time: Duration,
    pub(crate) lag: Duration,
}

/// A worker's counts so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub(crate) requests: u64,
    pub(crate) failures: u64,
    pub(crate) p95: Option<Duration>,
}

impl Recorder {
    pub(crate) fn new(endpoints: usize) -> Self {
        Self {
            samples: vec![Sample::default(); endpoints],
            requests: 0,
            failures: 0,
            scratch: Histogram::new(),
        }
    }

    /// Counts a request to the endpoint at `position` of the slice.
    pub(crate) fn request(&mut self, position: usize, outcome: Outcome, times: Times, bytes: u64) {
        let sample = &mut self.samples[position];
        sample.outcomes.record(outcome);
        sample.lag.record(times.lag);
        sample.bytes += bytes;
        self.requests += 1;
        match outcome {
            Outcome::Success => {
                sample.latency.record(times.latency);
                sample.service_time.record(times.service_time);
            }
            Outcome::Failed(_) => self.failures += 1,
        }
    }

    /// Counts a connection made for a request to the endpoint at `position`, if it is one of the
    /// slice's: a login is not.
    pub(crate) fn connection(&mut self, position: usize) {
        if let Some(sample) = self.samples.get_mut(position) {
            sample.connections += 1;
        }
    }

    /// Counts a step of the endpoint at `position` for which a user had not the values yet.
    pub(crate) fn skipped(&mut self, position: usize) {
        self.samples[position].outcomes.skipped += 1;
    }

    /// Counts `many` arrivals for the endpoint at `position` that were never sent.
    pub(crate) fn dropped(&mut self, position: usize, many: u64) {
        if many > 0 {
            *self.samples[position].outcomes.failures.entry(Failure::Dropped).or_default() += many;
            self.requests += many;
            self.failures += many;
        }
    }

    /// The counts so far.
    pub(crate) fn progress(&mut self) -> Progress {
        self.scratch.clear();
        for sample in &self.samples {
            self.scratch.merge(&sample.latency);
        }
        let p95 = (!self.scratch.is_empty()).then(|| self.scratch.quantile(0.95));
        Progress { requests: self.requests, failures: self.failures, p95 }
    }

    /// The samples, in the order of the slice's endpoints.
    pub(crate) fn into_samples(self) -> Vec<Sample> {
        self.samples
    }
}
