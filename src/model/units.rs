//! Quantities with their units, and the one way each is written and read.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a text is not the quantity it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a duration.
    #[error(
        "`{0}` is not a duration: write a number and a unit, such as `250ms`, `1.5s`, `2m` or `1h`"
    )]
    Duration(String),
    /// Not a share.
    #[error("`{0}` is not a share: write a percentage from `0%` to `100%`")]
    Share(String),
    /// Not a rate.
    #[error("`{0}` is not a rate: write requests a second or a minute, such as `200/s` or `90/m`")]
    Rate(String),
    /// A rate that nothing can be sent at.
    #[error("`{0}` is out of range: write a rate from `0.00006/m` to `1000000/s`")]
    RateRange(String),
}

/// Decimals of a percentage at most.
const MOST_DECIMALS: usize = 12;

/// A part of a whole, from 0 to 1. Written as a percentage: `1%`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(f64);

impl Share {
    /// The share `value`, kept within 0 to 1; a value that is no number becomes 0.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// `part` of `whole`; nothing of nothing is 0.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 { Self(0.0) } else { Self::new(part as f64 / whole as f64) }
    }

    /// The share as a fraction, 0 to 1.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let read = |number: &str| {
            let percent: f64 = number.parse().ok()?;
            // Divided in decimal: 99.9 / 100 is above 999 / 1000, so that a share of exactly as
            // much would be below what is demanded.
            let share = format!("{number}e-2").parse().unwrap_or(percent / 100.0);
            (0.0..=100.0).contains(&percent).then_some(Self(share))
        };
        let number = text.trim().strip_suffix('%').map(str::trim);
        number.and_then(read).ok_or_else(|| UnitError::Share(text.to_owned()))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        // Nothing and all are told from what is next to them.
        let is_told = |shown: &String| match shown.as_str() {
            "0" => self.0 <= 0.0,
            "100" => self.0 >= 1.0,
            _ => true,
        };
        let shown = (2..=MOST_DECIMALS).map(|decimals| trimmed(percent, decimals)).find(is_told);
        f.pad(&format!("{}%", shown.unwrap_or_else(|| trimmed(percent, 2))))
    }
}

/// Arrivals a second, finite and above 0. Written as `200/s`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Rate(f64);

// Always finite.
impl Eq for Rate {}

impl Rate {
    /// The rate of `per_second` arrivals a second, if that is finite and above 0.
    #[must_use]
    pub fn per_second(per_second: f64) -> Option<Self> {
        (per_second.is_finite() && per_second > 0.0).then_some(Self(per_second))
    }

    /// Arrivals a second.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// How long it takes until so many have arrived; the longest duration where it is longer.
    #[must_use]
    pub fn time_of(self, arrivals: f64) -> Duration {
        Duration::try_from_secs_f64(arrivals / self.0).unwrap_or(Duration::MAX)
    }
}

/// Rates that can be meant, in arrivals a second: beyond, no machine can send; below, not one would
/// be sent in a week.
const RATES: RangeInclusive<f64> = 1e-6..=1e6;

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let read = |text: &str| {
            let (number, unit) = text.trim().split_once('/')?;
            let number: f64 = number.trim().parse().ok()?;
            match unit.trim() {
                "s" => Self::per_second(number),
                "m" | "min" => Self::per_second(number / 60.0),
                _ => None,
            }
        };
        let rate = read(text).ok_or_else(|| UnitError::Rate(text.to_owned()))?;
        if RATES.contains(&rate.0) { Ok(rate) } else { Err(UnitError::RateRange(text.to_owned())) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", trimmed(self.0, 3)))
    }
}

/// Reads a duration: a number and one of the units `ns`, `us`, `ms`, `s`, `m`, `h`.
///
/// # Errors
/// When the number or the unit is missing, negative, not finite, or longer than 1000 days.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let error = || UnitError::Duration(text.to_owned());
    let trimmed = text.trim();
    let unit_at = trimmed.find(|c: char| c.is_alphabetic() || c == 'µ').ok_or_else(error)?;
    let (number, unit) = trimmed.split_at(unit_at);
    let number: f64 = number.trim().parse().map_err(|_| error())?;
    let seconds = match unit {
        "ns" => number * 1e-9,
        "us" | "µs" => number * 1e-6,
        "ms" => number * 1e-3,
        "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(error()),
    };
    if seconds > 1000.0 * 86_400.0 {
        return Err(error());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| error())
}

/// Writes a duration in the largest unit that keeps it exact to three decimals (`1.5s`, `250ms`,
/// `50us`). What [`parse_duration`] reads back.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        "0s".to_owned()
    } else if nanos.is_multiple_of(3_600_000_000_000) {
        format!("{}h", nanos / 3_600_000_000_000)
    } else if nanos.is_multiple_of(60_000_000_000) {
        format!("{}m", nanos / 60_000_000_000)
    } else if nanos >= 1_000_000_000 {
        format!("{}s", trimmed(duration.as_secs_f64(), 3))
    } else if nanos >= 1_000_000 {
        format!("{}ms", trimmed(nanos as f64 / 1e6, 3))
    } else if nanos >= 1_000 {
        format!("{}us", trimmed(nanos as f64 / 1e3, 3))
    } else {
        format!("{nanos}ns")
    }
}

fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("1.5s", 1_500_000_000),
            ("2m", 120_000_000_000),
            ("50us", 50_000),
            ("50µs", 50_000),
            ("1h", 3_600_000_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_nanos(), nanos, "{text}");
        }
    }

    #[test]
    fn durations_without_a_unit_or_below_zero_are_refused() {
        for text in ["", "50", "-1s", "5 parsecs", "ms", "infs", "1e300s", "NaNs"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_shown_duration_reads_back_as_itself() {
        for nanos in
            [0, 1, 999, 1_500, 250_000_000, 1_500_000_000, 60_000_000_000, 5_400_000_000_000]
        {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse_duration(&show_duration(duration)).unwrap(), duration, "{nanos}");
        }
    }

    #[test]
    fn shares_and_rates_are_read_and_shown() {
        assert_eq!("1%".parse::<Share>().unwrap().to_string(), "1%");
        assert_eq!("0.5%".parse::<Share>().unwrap().to_string(), "0.5%");
        assert!("1".parse::<Share>().is_err());
        assert!("101%".parse::<Share>().is_err());
        assert_eq!("200/s".parse::<Rate>().unwrap().to_string(), "200/s");
        assert_eq!("90/m".parse::<Rate>().unwrap().to_string(), "1.5/s");
        for text in ["200", "0/s", "-1/s", "inf/s", "1/h"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_of_exactly_as_much_is_the_share_that_is_written() {
        for hundredths in 0..=10_000_u64 {
            let text = format!("{}.{:02}%", hundredths / 100, hundredths % 100);
            let written: Share = text.parse().unwrap();
            for times in [1, 3, 7, 1000] {
                let share = Share::of(hundredths * times, 10_000 * times);
                assert_eq!(share, written, "{text}");
            }
        }
        let read = |text: &str| text.parse::<Share>().map(Share::get).ok();
        assert_eq!([read("1e1 %"), read(" 5. %"), read("+.5%")], [0.1, 0.05, 0.005].map(Some));
        assert_eq!(["", "%", "e%", "nan%", "inf%", "-1%"].map(read), [None; 6]);
    }

    #[test]
    fn what_is_next_to_all_or_nothing_is_not_shown_as_that() {
        for text in ["99.999%", "0.0001%", "0%", "100%", "99.99%", "0.5%"] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), text);
        }
        assert_eq!(Share::of(999_999, 1_000_000).to_string(), "99.9999%");
        assert_eq!(Share::of(2, 3).to_string(), "66.67%");
        assert_eq!(Share::new(1.0 - f64::EPSILON).to_string(), "100%");
    }

    #[test]
    fn nothing_of_nothing_is_no_share() {
        assert!(Share::of(0, 0).get().abs() < f64::EPSILON);
    }
}
