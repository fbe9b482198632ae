//! Values with units, as clap reads them.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{Rate, Share, parse_duration};

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

pub(super) fn long_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be above zero".to_owned()),
        duration => Ok(duration),
    }
}

pub(super) fn rate(text: &str) -> Result<Rate, String> {
    text.parse().map_err(|error: crate::model::UnitError| error.to_string())
}

pub(super) fn share(text: &str) -> Result<Share, String> {
    text.parse().map_err(|error: crate::model::UnitError| error.to_string())
}

pub(super) fn factor(text: &str) -> Result<f64, String> {
    text.trim()
        .trim_end_matches('x')
        .parse::<f64>()
        .ok()
        .filter(|factor| factor.is_finite() && *factor > 1.0)
        .ok_or_else(|| format!("`{text}` is not a factor: write a number above 1, such as `2`"))
}

pub(super) fn count(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number above 0"))
}

/// A number of repetitions, from which something can be learnt.
pub(super) fn several(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (2..=100).contains(number));
    number.ok_or_else(|| format!("`{text}` is not a whole number from 2 to 100"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_a_number_above_one() {
        assert_eq!(factor("2"), Ok(2.0));
        assert_eq!(factor("1.5x"), Ok(1.5));
        for text in ["1", "0", "-2", "inf", "NaN", "two", ""] {
            assert!(factor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_count_is_a_whole_number_above_zero() {
        assert!(count("5").is_ok());
        for text in ["0", "-1", "1.5", "many", "4294967296"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
