//! `[scenarios.NAME]` and the scenarios that need no text.

use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::Kind;

use super::demand::{Arrivals, Demand};
use super::kind;
use super::problem::Problem;
use super::section::{Keys, Reading, Section, likeliest, out_of_range, wrong_type};

pub(super) static KEYS: Keys = Keys {
    known: &[
        "kind",
        "requests",
        "users",
        "rate",
        "connections",
        "duration",
        "rounds",
        "endpoints",
        "classes",
        "warm_up",
        "warm_up_requests",
        "seed",
    ],
    later: &["stages"],
};

/// The scenario that runs when none is chosen.
pub(super) const DEFAULT: &str = "baseline";

/// The scenarios that need no text, in the order in which they are listed.
pub(super) const BUILT_IN: [&str; 4] = ["baseline", "light", "medium", "sustained"];

/// A scenario that a later version brings.
pub(super) const LATER: &str = "spike";

/// Most rounds of a run.
pub(super) const MOST_ROUNDS: u32 = 1000;

const MOST_WARM_UP_REQUESTS: u64 = 1_000_000;

/// A scenario as far as one place describes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Scenario {
    pub(super) kind: Option<Kind>,
    pub(super) demand: Demand,
    pub(super) rounds: Option<NonZeroU32>,
    /// Which endpoints it takes; all of them where nothing is said.
    pub(super) endpoints: Option<Vec<Pattern>>,
    /// Which classes of users it has, and where that is said; all of them where nothing is said.
    pub(super) classes: Option<Vec<(String, Range<usize>)>>,
    pub(super) warm_up: Option<Duration>,
    pub(super) warm_up_requests: Option<u32>,
    pub(super) seed: Option<u64>,
}

impl Scenario {
    /// The scenario that needs no text under that name; any other starts from `baseline`.
    pub(super) fn built_in(name: &str) -> Self {
        let (users, seconds, pattern) = match name {
            "light" => (10, 60, Some("GET *")),
            "medium" => (50, 120, None),
            "sustained" => (20, 30 * 60, None),
            _ => (1, 10, None),
        };
        Self {
            demand: Demand {
                arrivals: NonZeroU32::new(users).map(Arrivals::Users),
                connections: None,
                duration: Some(Duration::from_secs(seconds)),
            },
            endpoints: pattern
                .map(|pattern| vec![Pattern { written: pattern.to_owned(), span: 0..0 }]),
            ..Self::default()
        }
    }

    /// Reads one scenario.
    pub(super) fn read(
        name: &str,
        value: &Spanned<DeValue<'_>>,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        let section = Section::open(&format!("[scenarios.{name}]"), value, &KEYS, reading)?;
        section.excludes(
            "endpoints",
            "classes",
            "what classes send follows from their tasks: give one",
        );
        Some(Self {
            kind: kind::read(name, &section),
            demand: Demand::read(&section),
            rounds: section.count("rounds", MOST_ROUNDS),
            endpoints: patterns(&section),
            classes: classes(&section),
            warm_up: section.duration("warm_up"),
            warm_up_requests: section
                .integer("warm_up_requests", 0..=MOST_WARM_UP_REQUESTS)
                .and_then(|number| u32::try_from(number).ok()),
            // What TOML can write.
            seed: section.integer("seed", 0..=i64::MAX.unsigned_abs()),
        })
    }

    /// What this says, and what `weaker` says where this is silent.
    pub(super) fn or(self, weaker: Self) -> Self {
        Self {
            kind: self.kind.or(weaker.kind),
            demand: self.demand.or(weaker.demand),
            rounds: self.rounds.or(weaker.rounds),
            endpoints: self.endpoints.or(weaker.endpoints),
            classes: self.classes.or(weaker.classes),
            warm_up: self.warm_up.or(weaker.warm_up),
            warm_up_requests: self.warm_up_requests.or(weaker.warm_up_requests),
            seed: self.seed.or(weaker.seed),
        }
    }
}

/// Which endpoints a scenario takes: a name, or a text in which `*` stands for anything.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) written: String,
    span: Range<usize>,
}

impl Pattern {
    /// Whether it takes the endpoint of that name.
    pub(super) fn takes(&self, name: &str) -> bool {
        let words: Vec<&str> = self.written.split_whitespace().collect();
        fits(&words.join(" "), name)
    }

    /// Tells it if none of `names` is taken.
    pub(super) fn check(&self, names: &[String], reading: &Reading<'_>) {
        if names.iter().any(|name| self.takes(name)) {
            return;
        }
        let likely = likeliest(&self.written, names.iter().map(String::as_str));
        let problem = Problem::NoMatch { pattern: self.written.clone(), likely };
        reading.problems.at(self.span.clone(), problem);
    }
}

/// Whether `text` is `pattern`, with each `*` of it standing for any text. Goes back to the last
/// star only, so that its time is bounded by the product of both lengths.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((after_star, from)) = retry {
            retry = Some((after_star, from + 1));
            (p, t) = (after_star, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

fn patterns(section: &Section<'_>) -> Option<Vec<Pattern>> {
    const EXPECTED: &str = "a list of endpoints, such as [\"GET /health\", \"GET /builds*\"]";
    let words = words(section, "endpoints", EXPECTED)?;
    Some(words.into_iter().map(|(written, span)| Pattern { written, span }).collect())
}

fn classes(section: &Section<'_>) -> Option<Vec<(String, Range<usize>)>> {
    words(section, "classes", "a list of classes of users, such as [\"heavy\"]")
}

/// The texts of a list that has one at least.
fn words(section: &Section<'_>, key: &str, expected: &str) -> Option<Vec<(String, Range<usize>)>> {
    let (items, _) = section.array(key, expected)?;
    if items.is_empty() {
        section.problem(key, out_of_range(key, expected));
    }
    let read = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => Some((text.to_string(), item.span())),
        other => {
            section.reading.problems.at(item.span(), wrong_type(key, expected, other));
            None
        }
    };
    Some(items.iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, takes) in [
            ("GET *", "GET /health", true),
            ("GET *", "POST /health", false),
            ("* /health", "POST /health", true),
            ("GET /builds*", "GET /builds/{id}", true),
            ("GET /*/code", "GET /builds/{id}/code", true),
            ("GET /*/code", "GET /builds/{id}/status", false),
            ("GET  /health", "GET /health", true),
            ("GET /health", "GET /healthz", false),
            ("*", "GET /", true),
            ("", "GET /", false),
        ] {
            let pattern = Pattern { written: pattern.to_owned(), span: 0..0 };
            assert_eq!(pattern.takes(name), takes, "{pattern:?} {name}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
        assert!(fits(&"*a".repeat(200), &"a".repeat(200)));
    }
}
