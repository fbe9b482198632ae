//! Which stage a request belongs to, and what came after the top.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Histogram, Outcome, Stages, Window};

/// The stages of a slice on the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timeline {
    begin: Instant,
    /// When each stage ends.
    ends: Vec<Duration>,
    after: Option<After>,
}

/// The time after the top in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct After {
    /// The end of the top.
    begin: Duration,
    width: Duration,
    count: usize,
}

/// Pieces of the time after the top at most: what is kept must not grow with that time.
const MOST_BUCKETS: u32 = 60;
/// No piece is shorter: it would hold too few requests to say anything.
const SHORTEST_BUCKET: Duration = Duration::from_millis(500);

/// How long the pieces of so much time are.
fn width(left: Duration) -> Duration {
    // Rounded up, because one nanosecond too few would make one piece too many.
    (left / MOST_BUCKETS + Duration::from_nanos(1)).max(SHORTEST_BUCKET)
}

impl Timeline {
    /// The timeline of `stages` that begin at `begin`.
    pub(crate) fn new(stages: &Stages, begin: Instant) -> Self {
        let after = stages.after_top().map(|(end_of_top, left)| {
            let width = width(left);
            let count = left.as_nanos().div_ceil(width.as_nanos()) as usize;
            After { begin: end_of_top, width, count }
        });
        Self { begin, ends: stages.ends(), after }
    }

    /// How many stages there are.
    pub(crate) fn stages(&self) -> usize {
        self.ends.len()
    }

    /// How many pieces the time after the top has.
    pub(crate) fn buckets(&self) -> usize {
        self.after.map_or(0, |after| after.count)
    }

    /// The stage under way at that instant; `None` after the last one.
    pub(crate) fn under_way(&self, at: Instant) -> Option<usize> {
        let at = at.saturating_duration_since(self.begin);
        let stage = self.ends.partition_point(|end| *end <= at);
        (stage < self.ends.len()).then_some(stage)
    }

    /// The stage of a request with that intended start; what begins after the end belongs to the
    /// last.
    pub(crate) fn stage(&self, intended: Instant) -> usize {
        self.under_way(intended).unwrap_or(self.ends.len().saturating_sub(1))
    }

    /// The piece of the time after the top that a request with that intended start belongs to.
    pub(crate) fn bucket(&self, intended: Instant) -> Option<usize> {
        let after = self.after?;
        let since = intended.saturating_duration_since(self.begin).checked_sub(after.begin)?;
        Some(((since.as_nanos() / after.width.as_nanos()) as usize).min(after.count - 1))
    }

    /// When the next stage or piece begins after that instant; `None` where there is none.
    pub(crate) fn next_part(&self, after: Instant) -> Option<Instant> {
        let at = after.saturating_duration_since(self.begin);
        let stage = self.ends.iter().take(self.stages().saturating_sub(1)).find(|end| **end > at);
        let piece = self.after.and_then(|pieces| {
            let width = pieces.width;
            let next = match at.checked_sub(pieces.begin) {
                None => 0,
                Some(since) => since.as_nanos() / width.as_nanos() + 1,
            };
            let next = u32::try_from(next).ok().filter(|next| (*next as usize) < pieces.count)?;
            Some(pieces.begin + width * next)
        });
        let next = stage.copied().into_iter().chain(piece).min()?;
        Some(self.begin + next)
    }
}

/// What came in one piece of the time after the top, all endpoints together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Bucket {
    latency: Histogram,
    failures: u64,
}

impl Bucket {
    /// Counts a request.
    pub(crate) fn record(&mut self, outcome: Outcome, latency: Duration) {
        match outcome {
            Outcome::Success | Outcome::Allowed(_) => self.latency.record(latency),
            Outcome::Failed(_) => self.failures += 1,
        }
    }

    /// Counts `many` requests that were never sent.
    pub(crate) fn drop_many(&mut self, many: u64) {
        self.failures += many;
    }

    /// Adds what another worker counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        self.failures += other.failures;
    }
}

/// Successes from which on a piece carries a p95 (0.95^59 < 0.05); with fewer it goes on.
const ENOUGH: u64 = 59;

/// The pieces of the time after the top of `stages` as far as they carry a p95: those with too few
/// successes are taken together with the next ones.
pub(crate) fn windows(stages: &Stages, buckets: &[Bucket]) -> Vec<Window> {
    let Some((_, left)) = stages.after_top() else { return Vec::new() };
    let width = width(left);
    let mut windows = Vec::new();
    let mut sum = Bucket::default();
    let mut begin = Duration::ZERO;
    let mut end = Duration::ZERO;
    for (at, bucket) in buckets.iter().enumerate() {
        sum.merge(bucket);
        end = (end + width).min(left);
        let is_last = at + 1 == buckets.len();
        if sum.latency.count() >= ENOUGH || is_last {
            windows.push(Window {
                begin,
                length: end.saturating_sub(begin),
                successes: sum.latency.count(),
                failures: sum.failures,
                p95: sum.latency.quantile(0.95),
            });
            sum = Bucket::default();
            begin = end;
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Failure, Quantity, Stage};

    const SECOND: Duration = Duration::from_secs(1);
    const MS: Duration = Duration::from_millis(1);

    fn spike(after: u32) -> Stages {
        let stage = |from, to, seconds| Stage { from, to, over: SECOND * seconds, success: None };
        let mut stages = vec![stage(1.0, 9.0, 2), stage(9.0, 9.0, 3)];
        if after > 0 {
            stages.push(stage(1.0, 1.0, after));
        }
        Stages { quantity: Quantity::Users, stages }
    }

    #[test]
    fn a_request_belongs_to_the_stage_in_which_it_should_begin() {
        let begin = Instant::now();
        let timeline = Timeline::new(&spike(10), begin);
        for (millis, stage) in [(0, 0), (1999, 0), (2000, 1), (4999, 1), (5000, 2), (99_000, 2)] {
            assert_eq!(timeline.stage(begin + MS * millis), stage, "{millis}");
        }
        let (first, before) = (begin - MS, begin);
        assert_eq!([timeline.stage(first), timeline.stage(before)], [0, 0]);
    }

    #[test]
    fn the_time_after_the_top_has_a_bounded_number_of_pieces() {
        let begin = Instant::now();
        for (seconds, pieces) in [(0, 0), (1, 2), (10, 20), (30, 60), (3600, 60)] {
            let timeline = Timeline::new(&spike(seconds), begin);
            assert_eq!(timeline.buckets(), pieces, "{seconds} s");
        }
        let timeline = Timeline::new(&spike(10), begin);
        let bucket = |millis| timeline.bucket(begin + MS * millis);
        assert_eq!([bucket(4999), bucket(5000), bucket(5500)], [None, Some(0), Some(1)]);
        assert_eq!([bucket(14_999), bucket(20_000)], [Some(19), Some(19)]);
    }

    #[test]
    fn the_parts_of_a_timeline_are_its_stages_and_its_pieces() {
        let begin = Instant::now();
        let timeline = Timeline::new(&spike(2), begin);
        let mut parts = Vec::new();
        let mut at = begin;
        while let Some(next) = timeline.next_part(at) {
            assert_ne!(
                (timeline.stage(at), timeline.bucket(at)),
                (timeline.stage(next), timeline.bucket(next)),
            );
            parts.push((next - begin).as_millis());
            at = next;
        }
        assert_eq!(parts, [2000, 5000, 5500, 6000, 6500]);
        assert_eq!(timeline.next_part(begin - MS), Some(begin + 2 * SECOND));
        assert_eq!(Timeline::new(&spike(0), begin).next_part(begin + 2 * SECOND), None);
    }

    #[test]
    fn pieces_with_too_few_requests_are_taken_together() {
        let of = |successes: u32| {
            let mut bucket = Bucket::default();
            for nth in 1..=successes {
                bucket.record(Outcome::Success, MS * nth);
            }
            bucket.record(Outcome::Failed(Failure::Timeout), SECOND);
            bucket
        };
        let windows = windows(&spike(2), &[of(20), of(40), of(100), of(3)]);
        let shown: Vec<_> = windows
            .iter()
            .map(|window| {
                let (begin, length) = (window.begin.as_millis(), window.length.as_millis());
                (begin, length, window.successes, window.failures)
            })
            .collect();
        assert_eq!(shown, [(0, 1000, 60, 2), (1000, 500, 100, 1), (1500, 500, 3, 1)]);
        assert!(windows[1].p95.abs_diff(95 * MS) < MS);
    }
}
