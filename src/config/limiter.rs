//! `limiter = { limit = 100, per = "1s" }` of an endpoint: what guards it.

use std::time::Duration;

use crate::model::{Limiter, Share, Windowing};

use super::problem::Problem;
use super::section::{Keys, Section, out_of_range};

pub(super) static KEYS: Keys =
    Keys { known: &["limit", "per", "window", "burst", "tolerance", "retry_after"], later: &[] };

/// Largest limit and burst: when each request was sent and answered is kept until it has been judged.
const MOST: u32 = 10_000;

const TOLERANCE: f64 = 0.1;
/// A limiter that lets twice its limit through is not to be within its tolerance.
const MOST_TOLERANCE: f64 = 0.5;

const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);

/// How windows lie, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Fixed,
    Sliding,
    Bucket,
}

/// The limiter of the endpoint `name` that `above` describes; nothing if it has none, or it is wrong, which
/// is told.
pub(super) fn read(name: &str, above: &Section<'_>) -> Option<Limiter> {
    let (key, value) = above.entry("limiter")?;
    let title = format!("[endpoints.\"{name}\".limiter]");
    let section = Section::open(&title, value, &KEYS, above.reading)?;
    for (needed, quoted) in [("limit", "`limit`"), ("per", "`per`")] {
        if section.value(needed).is_none() {
            let problem = Problem::Missing { section: title.clone(), keys: quoted };
            above.reading.problems.at(key.span(), problem);
        }
    }
    let limit = section.count("limit", MOST);
    let per = section.time("per");
    if per.is_some_and(|per| !(SHORTEST..=LONGEST).contains(&per)) {
        section.problem("per", out_of_range("per", "a time from 10ms to 1h"));
    }
    let words = [("fixed", Word::Fixed), ("sliding", Word::Sliding), ("bucket", Word::Bucket)];
    let word = section.choice("window", &words).unwrap_or(Word::Fixed);
    if word != Word::Bucket {
        let help = "a `burst` is what a bucket holds: write window = \"bucket\"";
        section.conflict("burst", "burst", "these windows", help);
    }
    let burst = section.count("burst", MOST);
    let tolerance = section.share("tolerance").unwrap_or(Share::new(TOLERANCE));
    if tolerance.get() >= MOST_TOLERANCE {
        section.problem("tolerance", out_of_range("tolerance", "a share below 50%"));
    }
    let retry_after = section.time("retry_after");
    if retry_after.is_some_and(|time| !(SECOND..=LONGEST).contains(&time)) {
        section.problem("retry_after", out_of_range("retry_after", "a time from 1s to 1h"));
    }
    let (limit, per) = (limit?, per?);
    let window = match word {
        Word::Fixed => Windowing::Fixed,
        Word::Sliding => Windowing::Sliding,
        Word::Bucket => Windowing::Bucket { burst: burst.unwrap_or(limit) },
    };
    let limiter = Limiter { limit, per, window, tolerance, retry_after: SECOND };
    Some(Limiter { retry_after: retry_after.unwrap_or_else(|| longest(&limiter)), ..limiter })
}

/// Until a window is over or a bucket is full, counted in whole seconds by a service that may have begun
/// counting within one.
fn longest(limiter: &Limiter) -> Duration {
    let longest = limiter.per.max(limiter.rest());
    Duration::from_secs(longest.as_secs() + u64::from(longest.subsec_nanos() > 0)) + SECOND
}
