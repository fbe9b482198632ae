//! `[scenarios.NAME]` and the scenarios that need no text.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{EndpointName, Kind, Quantity, Rate};

use super::demand::{ARRIVALS_OF_USERS, Amount, Demand};
use super::kind;
use super::problem::Problem;
use super::section::{Keys, Reading, Section, likeliest, out_of_range, wrong_type};
use super::stages::{self, HOLD, Steps};
use super::throughput::Demanded;

pub(super) static KEYS: Keys = Keys {
    known: &[
        "kind",
        "requests",
        "users",
        "rate",
        "arrivals",
        "connections",
        "spawn_rate",
        "stages",
        "levels",
        "hold",
        "duration",
        "rounds",
        "endpoints",
        "classes",
        "throughput",
        "windows",
        "warm_up",
        "warm_up_requests",
        "seed",
    ],
};

/// The scenario that runs when none is chosen.
pub(super) const DEFAULT: &str = "baseline";

/// The scenarios that need no text, in the order in which they are listed.
pub(super) const BUILT_IN: [&str; 6] =
    ["baseline", "light", "medium", "spike", "sustained", "levels"];

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
    /// What its endpoints must get done.
    pub(super) throughput: Option<Vec<Demanded>>,
    pub(super) warm_up: Option<Duration>,
    pub(super) warm_up_requests: Option<u32>,
    pub(super) seed: Option<u64>,
}

impl Scenario {
    /// The scenario that needs no text under that name; any other starts from `baseline`.
    pub(super) fn built_in(name: &str) -> Self {
        let users = |users, seconds| {
            (NonZeroU32::new(users).map(Amount::Users), Some(Duration::from_secs(seconds)))
        };
        let ((amount, duration), pattern) = match name {
            "light" => (users(10, 60), Some("GET *")),
            "medium" => (users(50, 120), None),
            "sustained" => (users(20, 30 * 60), None),
            "spike" => ((Some(Amount::Steps(spike())), None), None),
            "levels" => ((Some(Amount::Steps(levels())), None), None),
            _ => (users(1, 10), None),
        };
        Self {
            demand: Demand { amount, duration, ..Demand::default() },
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
        let title = format!("[scenarios.{name}]");
        let section = Section::open(&title, value, &KEYS, reading)?;
        section.excludes(
            "endpoints",
            "classes",
            "what classes send follows from their tasks: give one",
        );
        Some(Self {
            kind: kind::read(name, &section),
            demand: demand(&section, name, &title),
            rounds: section.count("rounds", MOST_ROUNDS),
            endpoints: patterns(&section),
            classes: classes(&section),
            throughput: Demanded::read(&section),
            warm_up: section.duration("warm_up"),
            warm_up_requests: section
                .integer("warm_up_requests", 0..=MOST_WARM_UP_REQUESTS)
                .and_then(|number| u32::try_from(number).ok()),
            // What TOML can write.
            seed: section.integer("seed", 0..=i64::MAX.unsigned_abs()),
        })
    }

    /// What each endpoint must get done.
    pub(super) fn throughputs(&self) -> BTreeMap<EndpointName, Rate> {
        self.throughput.iter().flatten().filter_map(Demanded::pair).collect()
    }

    /// What this says, and what `weaker` says where this is silent.
    pub(super) fn or(self, weaker: Self) -> Self {
        Self {
            kind: self.kind.or(weaker.kind),
            demand: self.demand.or(weaker.demand),
            rounds: self.rounds.or(weaker.rounds),
            endpoints: self.endpoints.or(weaker.endpoints),
            classes: self.classes.or(weaker.classes),
            throughput: self.throughput.or(weaker.throughput),
            warm_up: self.warm_up.or(weaker.warm_up),
            warm_up_requests: self.warm_up_requests.or(weaker.warm_up_requests),
            seed: self.seed.or(weaker.seed),
        }
    }
}

/// One user; a hundred within ten seconds; and back, so that it is seen whether the service comes
/// back too.
fn spike() -> Steps {
    Steps::stages(&[(1, 0), (1, 10), (100, 10), (100, 20), (1, 5), (1, 15)])
}

/// More users at a time, each with the share of successes that it takes.
fn levels() -> Steps {
    Steps::levels(&[(10, 100.0), (50, 100.0), (100, 99.0), (200, 95.0), (500, 90.0)])
}

/// The load of a scenario, which may have stages.
fn demand(section: &Section<'_>, name: &str, title: &str) -> Demand {
    let demand = Demand::read(section);
    for (key, other) in
        [("stages", "users"), ("stages", "rate"), ("levels", "users"), ("levels", "rate")]
    {
        section.excludes(key, other, "each stage or level says how much load there is");
    }
    let has_steps = section.value("stages").is_some() || section.value("levels").is_some();
    let hold = section.time("hold");
    let steps = stages::read(section, title, hold.unwrap_or(HOLD)).map(Amount::Steps);
    let own = demand.amount.clone().or(steps);
    let inherited = Scenario::built_in(name).demand;
    let of = Demand { amount: own.clone(), ..Demand::default() };
    let says = own.is_some() || has_steps;
    let steps = if says { of.steps() } else { inherited.steps() };
    let levels = section.value("levels").is_some() || steps.is_some_and(Steps::are_levels);
    if section.value("hold").is_some() && !levels {
        let keys = "`levels`, which are what `hold` is for";
        section.problem("hold", Problem::Missing { section: title.to_owned(), keys });
    }
    if has_steps || steps.is_some() {
        let word = if levels { "levels" } else { "stages" };
        section.conflict("duration", "duration", word, "they say themselves how long they are");
        let help = "they say themselves when users come";
        section.conflict("spawn_rate", "spawn_rate", word, help);
        if steps.is_some_and(|steps| steps.quantity() == Quantity::Users) {
            section.conflict("arrivals", "arrivals", word, ARRIVALS_OF_USERS);
        }
    }
    Demand { amount: own, hold, ..demand }
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
