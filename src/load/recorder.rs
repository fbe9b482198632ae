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
    /// What came after the top, piece by piece.
    buckets: Vec<Bucket>,
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
            samples: vec![Sample { completed, ..Sample::default() }; kinds.len() * stages],
            kinds,
            counts: Vec::new(),
            timeline,
            until,
            buckets: vec![Bucket::default(); buckets],
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
        self.requests += 1;
        if outcome.is_success() {
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
        place.start == Start::Rate && self.until.is_some_and(|until| end < until + fastest())
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
                self.complete(position, place, end);
            }
            None => sample.outcomes.record(Outcome::Failed(Failure::Check)),
        }
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

    /// The samples, stage after stage in the order of the slice's endpoints; what was counted, in
    /// the order of the plan's counters as far as there was anything to count; and what came after
    /// the top.
    pub(crate) fn into_parts(self) -> (Vec<Sample>, Vec<Count>, Vec<Bucket>) {
        (self.samples, self.counts, self.buckets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_answers_tell_is_in_no_count_and_no_percentile_of_all_requests() {
        let kinds = [EndpointKind::Request, EndpointKind::Timer];
        let mut recorder = Recorder::new(kinds.into(), None, None);
        let place = |position| Place { position, intended: Instant::now(), start: Start::User };
        let taken = Duration::from_millis(10);
        let times = Times {
            latency: taken,
            service_time: taken,
            lag: Duration::ZERO,
            receipt: Receipt::AtOnce,
        };
        recorder.request(place(0), Outcome::Success, times, 0);
        for _ in 0..99 {
            recorder.time(1, place(0), Instant::now(), Some(Duration::from_secs(9)));
        }
        let Progress { requests, failures, p95 } = recorder.progress();
        assert_eq!((requests, failures), (1, 0));
        assert!(p95.unwrap() < 2 * taken, "{p95:?}");
    }

    #[test]
    fn a_counter_comes_a_second_to_what_its_requests_do() {
        let begin = Instant::now();
        let second = Duration::from_secs(1);
        let counted = |until, start| {
            let mut recorder = Recorder::new([EndpointKind::Request].into(), None, until);
            for latency in [1, 9, 10, 12] {
                let latency = second * latency;
                let place = Place { position: 0, intended: begin, start };
                let times = Times {
                    latency,
                    service_time: latency,
                    lag: Duration::ZERO,
                    receipt: Receipt::AtOnce,
                };
                recorder.request(place, Outcome::Success, times, 0);
                recorder.count(1, place, begin + latency, Some(2.0));
                recorder.count(1, place, begin + latency, None);
            }
            let (samples, counts, _) = recorder.into_parts();
            assert_eq!(counts[0], Count { completed: until.map(|_| 0.0), ..Count::default() });
            (counts[1].total, counts[1].missed, counts[1].completed, samples[0].completed)
        };
        let until = Some(begin + 10 * second);
        // The sum is of all there is.
        assert_eq!(counted(until, Start::Rate), (8.0, 4, Some(6.0), Some(3)));
        assert_eq!(counted(until, Start::User), (8.0, 4, Some(4.0), Some(2)));
        assert_eq!(counted(None, Start::Rate), (8.0, 4, None, None));
    }

    #[test]
    fn what_ended_in_the_time_of_the_slice_is_completed_whenever_it_began() {
        let begin = Instant::now();
        let second = Duration::from_secs(1);
        let kinds = [EndpointKind::Request, EndpointKind::Timer];
        let completed = |until, start| {
            let mut recorder = Recorder::new(kinds.into(), None, until);
            let place = Place { position: 0, intended: begin, start };
            let failed = Outcome::Failed(Failure::Status5xx);
            for (latency, outcome) in [
                (1, Outcome::Success),
                (9, Outcome::Allowed(404)),
                // As long after the end as the fastest after the begin is in time.
                (10, Outcome::Success),
                (12, Outcome::Success),
                (1, failed),
            ] {
                let latency = second * latency;
                let times = Times {
                    latency,
                    service_time: latency,
                    lag: Duration::ZERO,
                    receipt: Receipt::AtOnce,
                };
                recorder.request(place, outcome, times, 0);
            }
            for end in [9, 10, 12] {
                // What an answer tells is no time after which it could have come.
                recorder.time(1, place, begin + second * end, Some(30 * second));
            }
            let samples = recorder.into_parts().0;
            samples.iter().map(|sample| sample.completed).collect::<Vec<_>>()
        };
        let until = Some(begin + 10 * second);
        assert_eq!(completed(until, Start::Rate), [Some(3), Some(2)]);
        // Who asks when it has an answer asks no more often for its last one.
        assert_eq!(completed(until, Start::User), [Some(2), Some(1)]);
        // As many as there are to be done, whatever time they take.
        assert_eq!(completed(None, Start::Rate), [None, None]);
    }
}
