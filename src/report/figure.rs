//! How quantities are written.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::Share;

/// What stands where there is no figure.
pub(super) const NONE: &str = "–";

/// The one unit that the durations of a table share, so that their digits align.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Milliseconds with this many decimals.
    Millis(usize),
    /// Seconds with two decimals.
    Seconds,
    /// They are too far apart: each names its own.
    Mixed,
}

impl Scale {
    /// The unit for `durations`: milliseconds with two decimals; with three below 0.1 ms; seconds
    /// if all are that long; none in common if they span more than a column can show.
    pub(super) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let (mut least, mut most) = (None, Duration::ZERO);
        for duration in durations.into_iter().filter(|duration| !duration.is_zero()) {
            least = Some(least.unwrap_or(duration).min(duration));
            most = most.max(duration);
        }
        let least = least.unwrap_or(Duration::from_millis(1));
        if most >= Duration::from_secs(100_000) {
            Self::Mixed
        } else if least >= Duration::from_secs(1) {
            Self::Seconds
        } else if most >= Duration::from_secs(100) {
            Self::Mixed
        } else if least < Duration::from_micros(100) {
            Self::Millis(3)
        } else {
            Self::Millis(2)
        }
    }

    /// The heading of a column of that scale.
    pub(super) fn head(self, name: &str) -> String {
        match self {
            Self::Millis(_) => format!("{name} ms"),
            Self::Seconds => format!("{name} s"),
            Self::Mixed => name.to_owned(),
        }
    }

    /// The duration's figure, without the unit unless the scale is mixed.
    pub(super) fn show(self, value: Duration) -> String {
        match self {
            Self::Millis(decimals) => format!("{:.decimals$}", millis(value)),
            Self::Seconds => format!("{:.2}", value.as_secs_f64()),
            Self::Mixed => duration(value),
        }
    }

    /// As [`Self::show`], or a dash.
    pub(super) fn show_any(self, value: Option<Duration>) -> String {
        value.map_or_else(|| NONE.to_owned(), |value| self.show(value))
    }

    /// `after` minus `before` with its sign.
    pub(super) fn change(self, before: Duration, after: Duration) -> String {
        let (sign, size) = sign_and_size(before, after);
        format!("{sign}{}", self.show(size))
    }
}

fn sign_and_size(before: Duration, after: Duration) -> (char, Duration) {
    (if after >= before { '+' } else { '-' }, after.abs_diff(before))
}

/// Milliseconds as a number.
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

/// A duration by itself, in a line of text or a mixed column.
pub(super) fn duration(value: Duration) -> String {
    let seconds = value.as_secs_f64();
    if value.is_zero() {
        "0 ms".to_owned()
    } else if seconds < 0.000_1 {
        format!("{:.3} ms", millis(value))
    } else if seconds < 1.0 {
        format!("{:.2} ms", millis(value))
    } else if seconds < 1_000.0 {
        format!("{seconds:.2} s")
    } else if seconds < 1e9 {
        format!("{} s", count(seconds.round() as u64))
    } else {
        format!("{seconds:.1e} s")
    }
}

/// `after` minus `before` with its sign and unit.
pub(super) fn change(before: Duration, after: Duration) -> String {
    let (sign, size) = sign_and_size(before, after);
    format!("{sign}{}", duration(size))
}

/// Two durations in one unit: `12.31 → 37.05 ms`.
pub(super) fn from_to(before: Duration, after: Duration) -> String {
    match Scale::of([before, after]) {
        Scale::Mixed => format!("{} → {}", duration(before), duration(after)),
        scale => {
            let unit = if scale == Scale::Seconds { "s" } else { "ms" };
            format!("{} → {} {unit}", scale.show(before), scale.show(after))
        }
    }
}

/// A ratio: `3.01x`.
pub(super) fn ratio(value: f64) -> String {
    if !value.is_finite() {
        NONE.to_owned()
    } else if value < 10.0 {
        format!("{value:.2}x")
    } else if value < 100.0 {
        format!("{value:.1}x")
    } else if value < 1e6 {
        format!("{}x", count(value.round() as u64))
    } else {
        format!("{value:.0e}x")
    }
}

/// A ratio or a dash.
pub(super) fn ratio_any(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), ratio)
}

/// A count; from five digits on in groups of three, a narrow space between them.
pub(super) fn count(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut shown = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push('\u{202f}');
        }
        shown.push(digit);
    }
    shown
}

/// A number of things: `1 round`, `5 rounds`, `5 successes`.
pub(super) fn plural(number: u64, one: &str) -> String {
    let ending = match (number, one.ends_with('s')) {
        (1, _) => "",
        (_, false) => "s",
        (_, true) => "es",
    };
    format!("{} {one}{ending}", count(number))
}

/// Something a second.
pub(super) fn per_second(value: f64) -> String {
    if !value.is_finite() {
        NONE.to_owned()
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        count(value.round() as u64)
    }
}

/// A share; never `0%` for something.
pub(super) fn share(value: Share) -> String {
    let percent = value.get() * 100.0;
    if percent > 0.0 && percent < 0.01 {
        "<0.01%".to_owned()
    } else if percent < 10.0 {
        value.to_string()
    } else {
        format!("{percent:.0}%")
    }
}

/// A time to the minute, in UTC.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// A commit's short id, with a plus when files differed from it.
pub(super) fn commit(id: &str, dirty: bool) -> String {
    let short: String = id.chars().take(7).collect();
    format!("{short}{}", if dirty { "+" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(micros: u64) -> Duration {
        Duration::from_micros(micros)
    }

    #[test]
    fn a_table_has_one_unit_as_long_as_a_column_can_show_it() {
        for (durations, scale) in [
            (vec![us(1_310), us(900_000)], Scale::Millis(2)),
            (vec![us(45), us(900_000)], Scale::Millis(3)),
            (vec![us(1_200_000), us(30_000_000)], Scale::Seconds),
            (vec![us(45), us(400_000_000)], Scale::Mixed),
            (vec![], Scale::Millis(2)),
            (vec![Duration::ZERO], Scale::Millis(2)),
            (vec![Duration::MAX], Scale::Mixed),
        ] {
            assert_eq!(Scale::of(durations.clone()), scale, "{durations:?}");
        }
    }

    #[test]
    fn durations_name_their_unit() {
        for (value, shown) in [
            (us(45), "0.045 ms"),
            (us(210), "0.21 ms"),
            (us(12_310), "12.31 ms"),
            (us(1_500_000), "1.50 s"),
            (us(86_400_000_000), "86\u{202f}400 s"),
            (Duration::MAX, "1.8e19 s"),
        ] {
            assert_eq!(duration(value), shown);
        }
        assert_eq!(from_to(us(12_310), us(37_050)), "12.31 → 37.05 ms");
        assert_eq!(change(us(2_000), us(1_500)), "-0.50 ms");
    }

    #[test]
    fn ratios_and_counts_stay_short() {
        for (value, shown) in
            [(0.984, "0.98x"), (3.007, "3.01x"), (12.34, "12.3x"), (1234.5, "1235x"), (1e9, "1e9x")]
        {
            assert_eq!(ratio(value), shown);
        }
        assert_eq!(ratio(f64::NAN), NONE);
        assert_eq!(count(9_999), "9999");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!((plural(1, "round"), plural(5, "round")), ("1 round".into(), "5 rounds".into()));
    }

    #[test]
    fn a_failure_among_millions_is_not_nothing() {
        assert_eq!(share(Share::of(1, 1_000_000)), "<0.01%");
        assert_eq!(share(Share::of(0, 1_000_000)), "0%");
        assert_eq!(share(Share::of(1, 200)), "0.5%");
        assert_eq!(share(Share::of(1, 3)), "33%");
    }
}
