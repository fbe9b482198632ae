//! The distribution of durations of one sample.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

/// Durations counted in logarithmic buckets (HDR histogram) with three significant digits, exact
/// to 16 ns below 32 us. Merging is addition and loses nothing, up to 4 294 967 295 values of one
/// bucket; what comes to that bucket then is not counted. Memory follows the range of the values (none
/// without a value, 8 KB up to 32 us, 4 KB more for each doubling, 56 KB up to 100 ms), never their
/// number; no value is too large.
#[derive(Clone, Default)]
pub struct Histogram(Option<Counts>);

type Counts = hdrhistogram::Histogram<u32>;

/// What is read of a histogram that never had a value.
static EMPTY: LazyLock<Counts> = LazyLock::new(counts);

/// Smallest difference that is kept, in nanoseconds.
const LOWEST_NANOS: u64 = 16;
/// Largest value before the first growth, in nanoseconds: the smallest that the crate allows. A run
/// holds three histograms for each round, endpoint and worker, and most stay small.
const FIRST_HIGHEST_NANOS: u64 = 2 * LOWEST_NANOS;
const SIGNIFICANT_DIGITS: u8 = 3;
/// What a bucket counts at most.
const FULL: u32 = u32::MAX;

/// Counts of no value.
fn counts() -> Counts {
    #[expect(clippy::expect_used, reason = "constant bounds, checked by every test")]
    let mut counts = Counts::new_with_bounds(LOWEST_NANOS, FIRST_HIGHEST_NANOS, SIGNIFICANT_DIGITS)
        .expect("constant bounds are valid");
    counts.auto(true);
    counts
}

/// How many more the bucket of `nanos` can count. The crate would count what finds no room in the
/// total and in no bucket, so that no bucket reaches a quantile's rank.
fn room(counts: &Counts, nanos: u64) -> u32 {
    if nanos > counts.high() { FULL } else { FULL - counts.count_at(nanos) }
}

/// Counts `nanos` so many times, as far as its bucket can.
fn record_up_to(counts: &mut Counts, nanos: u64, many: u32) {
    let many = many.min(room(counts, nanos));
    if many > 0 && counts.record_n(nanos, many).is_err() {
        counts.saturating_record_n(nanos, many);
    }
}

impl Histogram {
    /// A histogram without values, which takes no memory until there is one.
    #[must_use]
    pub fn new() -> Self {
        Self(None)
    }

    /// Counts `value` once.
    pub fn record(&mut self, value: Duration) {
        let nanos = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX);
        let counts = self.0.get_or_insert_with(counts);
        if counts.len() >= u64::from(FULL) && room(counts, nanos) == 0 {
            return;
        }
        // With automatic growth only a counter overflow can fail, and saturating is right there.
        if counts.record(nanos).is_err() {
            counts.saturating_record(nanos);
        }
    }

    /// Adds every value of `other`.
    pub fn merge(&mut self, other: &Self) {
        let Some(other) = other.0.as_ref().filter(|other| !other.is_empty()) else { return };
        let counts = self.0.get_or_insert_with(counts);
        let fits = counts.len().saturating_add(other.len()) < u64::from(FULL);
        if fits && counts.add(other).is_ok() {
            return;
        }
        for value in other.iter_recorded() {
            record_up_to(counts, value.value_iterated_to(), value.count_at_value());
        }
    }

    /// Counts `value` so many times.
    pub fn record_many(&mut self, value: Duration, count: u64) {
        let nanos = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if count > 0 {
            record_up_to(self.0.get_or_insert_with(counts), nanos, count);
        }
    }

    /// So many values with the same distribution: its own, evenly over their ranks, each left out or taken
    /// several times.
    #[must_use]
    pub fn of_size(&self, many: u64) -> Self {
        let total = u128::from(self.count());
        let kept = |rank: u64| {
            let kept = (2 * u128::from(rank) * u128::from(many) + total) / (2 * total);
            u64::try_from(kept).unwrap_or(u64::MAX)
        };
        let mut resized = Self::new();
        let mut rank = 0;
        for value in self.inner().iter_recorded() {
            let next = rank + u64::from(value.count_at_value());
            let nanos = Duration::from_nanos(value.value_iterated_to());
            resized.record_many(nanos, kept(next) - kept(rank));
            rank = next;
        }
        resized
    }

    /// Forgets all values and keeps the memory.
    pub fn clear(&mut self) {
        if let Some(counts) = &mut self.0 {
            counts.reset();
        }
    }

    /// How many values were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner().len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inner().is_empty()
    }

    /// The `p`-quantile by nearest rank, x at rank ceil(p n), for `p` from 0 to 1; zero if empty.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Duration {
        Duration::from_nanos(self.inner().value_at_quantile(p))
    }

    /// The largest value, to three significant digits; zero if empty.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.inner().max())
    }

    /// The arithmetic mean; zero if empty.
    #[must_use]
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.inner().mean() as u64)
    }

    /// How much memory its counts take.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, Counts::distinct_values) * size_of::<u32>()
    }

    /// The crate's histogram, for serialization.
    #[must_use]
    pub fn inner(&self) -> &hdrhistogram::Histogram<u32> {
        self.0.as_ref().unwrap_or(&EMPTY)
    }

    /// Wraps a deserialized histogram.
    #[must_use]
    pub fn from_inner(mut inner: hdrhistogram::Histogram<u32>) -> Self {
        inner.auto(true);
        Self((!inner.is_empty()).then_some(inner))
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        // What was cleared keeps its range.
        (self.is_empty() && other.is_empty()) || self.inner() == other.inner()
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count())
            .field("p50", &self.quantile(0.5))
            .field("p95", &self.quantile(0.95))
            .field("max", &self.max())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new();
        for value in millis {
            histogram.record(Duration::from_millis(value));
        }
        histogram
    }

    fn near(a: Duration, millis: f64) -> bool {
        (a.as_secs_f64() * 1e3 - millis).abs() <= millis * 1e-3
    }

    #[test]
    fn quantiles_are_nearest_rank() {
        let hundred = of(1..=100);
        assert!(near(hundred.quantile(0.50), 50.0));
        assert!(near(hundred.quantile(0.95), 95.0));
        assert!(near(hundred.quantile(0.951), 96.0));
        assert!(near(hundred.quantile(1.0), 100.0));
        assert!(near(of(1..=19).quantile(0.95), 19.0), "p95 of 19 values is the largest");
    }

    #[test]
    fn merging_is_exactly_recording_into_one() {
        let mut merged = of((1..500).step_by(2));
        merged.merge(&of((2..500).step_by(2)));
        assert_eq!(merged, of(1..500));
    }

    #[test]
    fn fewer_or_more_values_have_the_same_quantiles() {
        let values = of(1..=1000);
        for many in [1, 7, 100, 999, 1000, 1001, 2500, 100_000] {
            let resized = values.of_size(many);
            assert_eq!(resized.count(), many);
            for quantile in [0.1, 0.5, 0.9] {
                let off = resized.quantile(quantile).abs_diff(values.quantile(quantile));
                assert!(off <= Duration::from_millis(1000 / many + 2), "{many}: {resized:?}");
            }
        }
        assert!(values.of_size(0).is_empty());
        assert!(Histogram::new().of_size(5).is_empty());
        assert_eq!(values.of_size(1000), values);
    }

    #[test]
    fn many_at_once_are_as_many_one_by_one() {
        let mut many = of([1]);
        many.record_many(Duration::from_millis(9), 1000);
        assert_eq!(many.count(), 1001);
        assert!(near(many.quantile(0.01), 9.0));
    }

    #[test]
    fn a_value_beyond_the_first_range_is_kept() {
        let mut merged = of([1]);
        merged.merge(&of([3_600_000]));
        assert!(near(merged.max(), 3_600_000.0));
        merged.record(Duration::MAX);
        assert_eq!(merged.count(), 3);
    }

    #[test]
    fn values_at_the_end_of_the_range_and_beyond_it_are_counted_as_its_end() {
        let mut histogram = Histogram::new();
        let last = Duration::from_nanos(u64::MAX);
        let before = Duration::from_nanos(u64::MAX - 1);
        for value in [last, before, 2 * last, Duration::MAX] {
            histogram.record(value);
        }
        let mut merged = of([1]);
        merged.merge(&histogram);
        assert_eq!((histogram.count(), merged.count()), (4, 5));
        for histogram in [&histogram, &merged] {
            assert!(near(histogram.max(), last.as_secs_f64() * 1e3), "{histogram:?}");
            assert!(near(histogram.quantile(0.5), last.as_secs_f64() * 1e3), "{histogram:?}");
        }
    }

    #[test]
    fn a_bucket_that_is_full_stays_full() {
        let mut full = Histogram::new();
        full.record_many(Duration::from_millis(1), u64::from(FULL - 1));
        full.record(Duration::from_millis(1));
        full.merge(&full.clone());
        full.record(Duration::from_millis(2));
        assert_eq!(full.count(), u64::from(u32::MAX) + 1);
        assert!(near(full.quantile(0.5), 1.0) && near(full.quantile(0.99), 1.0), "{full:?}");
        assert!(near(full.quantile(1.0), 2.0) && near(full.max(), 2.0), "{full:?}");
    }

    #[test]
    fn an_empty_histogram_answers_zero() {
        let empty = Histogram::new();
        assert_eq!(
            (empty.quantile(0.95), empty.max(), empty.count()),
            (Duration::ZERO, Duration::ZERO, 0)
        );
    }

    #[test]
    fn without_a_value_there_is_no_memory_and_no_difference() {
        let mut cleared = of([1]);
        cleared.clear();
        assert_eq!(cleared, Histogram::new());
        assert_ne!(of([1]), Histogram::new());
        let mut merged = Histogram::new();
        merged.merge(&cleared);
        assert!(merged.0.is_none());
        assert!(Histogram::from_inner(cleared.inner().clone()).0.is_none());
        merged.merge(&of([1]));
        assert_eq!(merged, of([1]));
    }
}
