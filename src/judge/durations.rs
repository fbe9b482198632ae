//! Arithmetic on durations that has an answer for every input.

use std::time::Duration;

use crate::stats;

/// The median; of an even number, the mean of the two in the middle. `None` of nothing.
pub(super) fn median(values: &[Duration]) -> Option<Duration> {
    stats::median(&nanos(values)).map(from_nanos)
}

/// `value` times `factor`, to the nanosecond. A product too large to hold is the longest duration;
/// a negative one, or one with a factor that is no number, is zero.
pub(super) fn scaled(value: Duration, factor: f64) -> Duration {
    from_nanos(value.as_nanos() as f64 * factor)
}

/// `value` over `base`; `None` when the base is zero.
pub(super) fn ratio(value: Duration, base: Duration) -> Option<f64> {
    (!base.is_zero()).then(|| value.as_secs_f64() / base.as_secs_f64())
}

/// The natural logarithms of all that are above zero.
pub(super) fn logs(values: &[Duration]) -> Vec<f64> {
    values.iter().filter(|value| !value.is_zero()).map(|value| value.as_secs_f64().ln()).collect()
}

/// The median absolute deviation, unscaled; zero of nothing.
pub(super) fn mad(values: &[Duration]) -> Duration {
    stats::mad(&nanos(values)).map_or(Duration::ZERO, from_nanos)
}

fn nanos(values: &[Duration]) -> Vec<f64> {
    values.iter().map(|value| value.as_nanos() as f64).collect()
}

// A cast from a float saturates, and takes what is no number for zero.
fn from_nanos(nanos: f64) -> Duration {
    Duration::from_nanos(nanos.round() as u64)
}
