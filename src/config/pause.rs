//! The key `pause`: how long a user waits between its tasks.

use std::time::Duration;

use crate::model::{Pause, parse_duration};

use super::problem::Problem;
use super::section::Section;

/// Largest spread that can be meant: beyond, most of the time would be spent in a few pauses.
const MOST_SIGMA: f64 = 5.0;

/// Reads the key `pause` of a section.
pub(super) fn read(section: &Section<'_>) -> Option<Pause> {
    let (text, _) = section.string("pause", "a pause in quotes, such as \"1s..3s\"")?;
    let pause = pause(text);
    if pause.is_none() {
        section.problem("pause", Problem::Pause(text.to_owned()));
    }
    pause
}

fn pause(text: &str) -> Option<Pause> {
    let time = |text: &str| parse_duration(text).ok();
    if let Some((least, most)) = text.split_once("..") {
        let (least, most) = (time(least)?, time(most)?);
        return (least <= most).then_some(Pause::Uniform(least, most));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if let ["lognormal", median, sigma] = words[..] {
        let (median, sigma) = (time(median)?, sigma.parse::<f64>().ok()?);
        let fits = median > Duration::ZERO && (0.0..=MOST_SIGMA).contains(&sigma);
        return fits.then_some(Pause::LogNormal { median, sigma });
    }
    time(text).map(Pause::Constant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_read_as_it_is_shown() {
        for text in ["2s", "0s", "500ms..1s", "1s..1s", "lognormal 1s 0.5", "lognormal 2m 0"] {
            assert_eq!(pause(text).unwrap().to_string(), text);
        }
        assert_eq!(pause(" 1s .. 3s "), pause("1s..3s"));
    }

    #[test]
    fn anything_else_is_no_pause() {
        for text in [
            "",
            "2",
            "3s..1s",
            "1s..",
            "..1s",
            "1s..2s..3s",
            "lognormal",
            "lognormal 1s",
            "lognormal 0s 1",
            "lognormal 1s -1",
            "lognormal 1s NaN",
            "lognormal 1s 9",
            "normal 1s 1",
        ] {
            assert_eq!(pause(text), None, "{text:?}");
        }
    }
}
