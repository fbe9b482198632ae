//! One worker's counters for one slice.

use std::time::Duration;

use tokio::time::Instant;

use super::staging::{Bucket, Timeline};
use super::turn::Start;
use crate::model::{Count, EndpointKind, Failure, Histogram, Opening, Outcome, Receipt, Sample};

/// What one worker records during one slice: a sample for each endpoint of the slice, or for each
/// of them in each stage. Owned by the worker alone; recorders meet at the end of the slice.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// What each endpoint of the slice is.
    kinds: Box<[EndpointKind]>,
    /// Stage after stage; in each, in the order of the slice's endpoints.
    samples: Vec<Sample>,
    /// By position among the plan's counters; empty while nothing has been counted.
    counts: Vec<Count>,
    /// Absent where the load does not change.
    timeline: Option<Timeline>,
    /// Until when a success is completed in the slice's time; nothing where it has none.
    until: Option<Instant>,
    /// How much later than their tasks those successes of each endpoint began that followed others of a
    /// task that a rate began.
    later: Box<[Histogram]>,
    /// What came after the top, piece by piece.
    buckets: Vec<Bucket>,
    /// How long answers lay until they were read.
    unread: Histogram,
    requests: u64,
    failures: u64,
    scratch: Histogram,
}

/// Which request something is recorded of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The endpoint's position in the slice.
    pub(crate) position: usize,
    /// When it should have begun.
    pub(crate) intended: Instant,
    /// What decided that.
    pub(crate) start: Start,
}

impl Place {
    /// The position of what is not measured: none of a slice.
    pub(crate) const UNMEASURED: usize = usize::MAX;
}

/// One request's times, as they are recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) latency: Duration,
    pub(crate) service_time: Duration,
    pub(crate) lag: Duration,
    pub(crate) receipt: Receipt,
    /// How long the answer lay until it was read, where that is known.
    pub(crate) unread: Option<Duration>,
}

/// A worker's counts so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub(crate) requests: u64,
    pub(crate) failures: u64,
    pub(crate) p95: Option<Duration>,
}

impl Recorder {
    /// For endpoints of these kinds, in each stage of the `timeline` if there is one, and for a slice
    /// that lasts `until` then, if it is measured by its time.
    pub(crate) fn new(
        kinds: Box<[EndpointKind]>,
        timeline: Option<Timeline>,
        until: Option<Instant>,
    ) -> Self {
        let stages = timeline.as_ref().map_or(1, Timeline::stages);
        let buckets = timeline.as_ref().map_or(0, Timeline::buckets);
        let completed = until.map(|_| 0);
        Self {
            later: kinds.iter().map(|_| Histogram::new()).collect(),
            samples: vec![Sample { completed, ..Sample::default() }; kinds.len() * stages],
            kinds,
            counts: Vec::new(),
            timeline,
            until,
            buckets: vec![Bucket::default(); buckets],
            unread: Histogram::new(),
            requests: 0,
            failures: 0,
            scratch: Histogram::new(),
        }
    }

    fn sample(&mut self, place: Place) -> &mut Sample {
        let stage = self.timeline.as_ref().map_or(0, |timeline| timeline.stage(place.intended));
        &mut self.samples[stage * self.kinds.len() + place.position]
    }

    /// Counts a request.
    pub(crate) fn request(&mut self, place: Place, outcome: Outcome, times: Times, bytes: u64) {
        let sample = self.sample(place);
        sample.outcomes.record(outcome);
        sample.lag.record(times.lag);
        sample.bytes += bytes;
        match outcome {
            Outcome::Success | Outcome::Allowed(_) => {
                sample.latency.record(times.latency);
                sample.received(times.service_time, times.receipt);
            }
            Outcome::Failed(_) => self.failures += 1,
        }
        if let Some(unread) = times.unread {
            self.unread.record(unread);
        }
        self.requests += 1;
        if outcome.is_success() {
            self.follow(place.position, place.start);
            self.complete(place.position, place, place.intended + times.latency);
        }
        if let Some(timeline) = &self.timeline
            && let Some(bucket) = timeline.bucket(place.intended)
        {
            self.buckets[bucket].record(outcome, times.latency);
        }
    }

    /// Counts a success of what stands at `position` that was asked for at `place` and ended at `end`, in the
    /// stage that was under way, or in the slice if it was.
    fn complete(&mut self, position: usize, place: Place, end: Instant) {
        if let Some(stage) = self.completed_in(place, end) {
            let completed = &mut self.samples[stage * self.kinds.len() + position].completed;
            *completed = completed.map(|completed| completed + 1);
        }
    }

    /// Notes how much later than its task a success of what stands at `position` began.
    fn follow(&mut self, position: usize, start: Start) {
        if let Start::Rate { after } = start
            && !after.is_zero()
        {
            self.later[position].record(after);
        }
    }

    /// In how much of a slice of that `duration` the requests of what stands at `position` could begin: one
    /// that follows others of a task that a rate begins cannot before they are answered, and after the end
    /// nothing that follows begins. By the fastest answers, for the reason that [`Self::is_in_time`] has.
    fn time_for(&self, position: usize, duration: Duration) -> Duration {
        let later = &self.later[position];
        // The others began with their tasks, which are sorted before them.
        let (all, later_ones) = (self.samples[position].latency.count(), later.count());
        let fastest = all as f64 * 0.05 - all.saturating_sub(later_ones) as f64;
        if later_ones == 0 || fastest < 0.0 {
            return duration;
        }
        duration.saturating_sub(later.quantile(fastest / later_ones as f64))
    }

    /// The stage in which what was asked for at `place` and ended at `end` is completed; nothing if it came
    /// after the time of the slice, or that has none.
    fn completed_in(&self, place: Place, end: Instant) -> Option<usize> {
        match &self.timeline {
            None => {
                self.until.filter(|until| end < *until || self.is_in_time(place, end)).map(|_| 0)
            }
            Some(timeline) => timeline.under_way(end),
        }
    }

    /// Whether an answer that came after the slice came no later than one that was asked for at its end
    /// can: where a rate decides what begins, nothing could be answered so long after its begin. By the
    /// fastest answers, because of a service that falls behind all others say nothing but how far. A user
    /// without a rate asks for the next when it has an answer, and so for no more than there is time for
    /// only as long as that lasts.
    fn is_in_time(&self, place: Place, end: Instant) -> bool {
        let fastest = || self.samples[place.position].latency.quantile(0.05);
        matches!(place.start, Start::Rate { .. })
            && self.until.is_some_and(|until| end < until + fastest())
    }

    /// Counts a connection made for a request, if that is measured.
    pub(crate) fn connection(&mut self, place: Place, opening: Opening) {
        if place.position != Place::UNMEASURED {
            let sample = self.sample(place);
            sample.connections += 1;
            sample.timing.opened(opening);
        }
    }

    /// Counts a step for which a user had not the values yet.
    pub(crate) fn skipped(&mut self, place: Place) {
        self.sample(place).outcomes.skipped += 1;
    }

    /// Counts a success whose request had to be sent a second time.
    pub(crate) fn repeated(&mut self, place: Place) {
        self.sample(place).outcomes.repeated += 1;
    }

    /// Counts messages that were there before anybody asked.
    pub(crate) fn unasked(&mut self, place: Place, many: u64) {
        if many > 0 {
            self.sample(place).outcomes.unasked += many;
        }
    }

    /// Counts an answer that a check did not hold for.
    pub(crate) fn failed_check(
        &mut self,
        place: Place,
        written: &str,
        found: impl FnOnce() -> String,
    ) {
        self.sample(place).outcomes.failed_check(written, found);
    }

    /// Counts `many` arrivals that were never sent.
    pub(crate) fn dropped(&mut self, place: Place, many: u64) {
        if many == 0 {
            return;
        }
        *self.sample(place).outcomes.failures.entry(Failure::Dropped).or_default() += many;
        self.requests += many;
        self.failures += many;
        if let Some(timeline) = &self.timeline
            && let Some(bucket) = timeline.bucket(place.intended)
        {
            self.buckets[bucket].drop_many(many);
        }
    }

    /// Adds what an answer read at `end` gives to the counter at `position` of the plan; a success without a
    /// number is missed. It is completed when the request at `place` is.
    pub(crate) fn count(
        &mut self,
        position: usize,
        place: Place,
        end: Instant,
        number: Option<f64>,
    ) {
        let is_completed = self.completed_in(place, end).is_some();
        if self.counts.len() <= position {
            let completed = self.until.map(|_| 0.0);
            self.counts.resize(position + 1, Count { completed, ..Count::default() });
        }
        let count = &mut self.counts[position];
        match number {
            Some(number) => {
                count.total += number;
                if let Some(completed) = count.completed.as_mut().filter(|_| is_completed) {
                    *completed += number;
                }
            }
            None => count.missed += 1,
        }
    }

    /// Counts a time that an answer read at `end` told for the timer at `position`, or that it told none. It is
    /// completed when the request at `place` is.
    pub(crate) fn time(
        &mut self,
        position: usize,
        place: Place,
        end: Instant,
        time: Option<Duration>,
    ) {
        let sample = self.sample(Place { position, ..place });
        match time {
            Some(time) => {
                sample.outcomes.record(Outcome::Success);
                sample.latency.record(time);
                self.follow(position, place.start);
                self.complete(position, place, end);
            }
            None => sample.outcomes.record(Outcome::Failed(Failure::Check)),
        }
    }

    /// How long answers lay until they were read, of those of which that is known.
    pub(crate) fn unread(&self) -> &Histogram {
        &self.unread
    }

    /// Requests that ended well so far.
    pub(crate) fn successes(&self) -> u64 {
        self.requests - self.failures
    }

    /// The counts so far, and the p95 of the load that there is now.
    pub(crate) fn progress(&mut self) -> Progress {
        self.scratch.clear();
        // Of stages, those of the one under way: all of them would be too much at every tick.
        let stage = self.timeline.as_ref().map_or(0, |timeline| timeline.stage(Instant::now()));
        let samples = self.samples.iter().skip(stage * self.kinds.len());
        for (sample, kind) in samples.zip(&self.kinds) {
            if kind.counts_as_request() {
                self.scratch.merge(&sample.latency);
            }
        }
        let p95 = (!self.scratch.is_empty()).then(|| self.scratch.quantile(0.95));
        Progress { requests: self.requests, failures: self.failures, p95 }
    }

    /// The samples, stage after stage in the order of the slice's endpoints, and without stages with the time
    /// of a slice of that `duration` in which what succeeded could begin; what was counted, in
    /// the order of the plan's counters as far as there was anything to count; and what came after
    /// the top.
    pub(crate) fn into_parts(
        mut self,
        duration: Duration,
    ) -> (Vec<Sample>, Vec<Count>, Vec<Bucket>) {
        if self.timeline.is_none() && self.until.is_some() {
            for position in 0..self.samples.len() {
                if !self.samples[position].latency.is_empty() {
                    self.samples[position].measured = self.time_for(position, duration);
                }
            }
        }
        (self.samples, self.counts, self.buckets)
    }
}

#[cfg(test)]
mod tests;
