//! `stages` and `levels` of a scenario: load that changes within a round.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Quantity, Rate, Share, Stage, Stages};

use super::demand::MOST_USERS;
use super::problem::Problem;
use super::section::{Keys, Section, out_of_range};

static STAGE_KEYS: Keys = Keys { known: &["users", "rate", "over", "success"], later: &[] };

static LEVEL_KEYS: Keys = Keys { known: &["users", "rate", "success"], later: &[] };

/// Most stages or levels of a scenario: each keeps a distribution of every endpoint.
const MOST: usize = 100;

/// Longest time of all stages together.
const LONGEST: Duration = Duration::from_hours(24);

/// How long a level is held, unless something else is said.
pub(super) const HOLD: Duration = Duration::from_secs(20);

/// Load that changes, as far as it is written down.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    quantity: Quantity,
    steps: Vec<Step>,
}

/// One entry of `stages` or `levels`.
#[derive(Debug, Clone, Copy)]
struct Step {
    load: f64,
    /// How long it takes to get there; a level is held for as long as all are.
    over: Option<Duration>,
    success: Option<Share>,
}

impl Steps {
    /// Levels of so many users with a least share of successes, in percent.
    pub(super) fn levels(levels: &[(u32, f64)]) -> Self {
        let steps = levels.iter().map(|&(users, percent)| Step {
            load: f64::from(users),
            over: None,
            success: Some(Share::new(percent / 100.0)),
        });
        Self { quantity: Quantity::Users, steps: steps.collect() }
    }

    /// Stages of so many users, each reached within so many seconds.
    pub(super) fn stages(stages: &[(u32, u64)]) -> Self {
        let steps = stages.iter().map(|&(users, seconds)| Step {
            load: f64::from(users),
            over: Some(Duration::from_secs(seconds)),
            success: None,
        });
        Self { quantity: Quantity::Users, steps: steps.collect() }
    }

    /// What there is more or less of.
    pub(super) fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// Whether these are levels.
    pub(super) fn are_levels(&self) -> bool {
        self.steps.iter().any(|step| step.over.is_none())
    }

    /// The stages, in which a jump takes no time; levels are held for `hold`.
    pub(super) fn resolve(&self, hold: Duration) -> Stages {
        let mut before = 0.0;
        let mut stages = Vec::new();
        for &Step { load, over, success } in &self.steps {
            let (from, over) = match over {
                Some(over) => (before, over),
                None => (load, hold),
            };
            if !over.is_zero() {
                stages.push(Stage { from, to: load, over, success });
            }
            before = load;
        }
        Stages { quantity: self.quantity, stages }
    }
}

/// Reads `stages` or `levels` of a scenario, whichever it has. Levels are held for `hold`.
pub(super) fn read(section: &Section<'_>, title: &str, hold: Duration) -> Option<Steps> {
    section.excludes("stages", "levels", "levels are stages that hold: give one");
    match section.value("stages") {
        Some(_) => steps(section, title, "stages", hold),
        None => steps(section, title, "levels", hold),
    }
}

fn steps(section: &Section<'_>, title: &str, key: &'static str, hold: Duration) -> Option<Steps> {
    let expected = match key {
        "stages" => "a list of stages, such as [{ users = 100, over = \"10s\" }]",
        _ => "a list of levels, such as [{ users = 100, success = \"99%\" }]",
    };
    let (items, _) = section.array(key, expected)?;
    if items.is_empty() || items.len() > MOST {
        section.problem(key, out_of_range(key, &format!("a list of 1 to {MOST}")));
        return None;
    }
    let mut quantity = None;
    // All of them first, so that every error is told.
    let steps: Vec<Option<Step>> =
        items.iter().map(|item| step(section, title, key, item, &mut quantity)).collect();
    let steps = Steps { quantity: quantity?, steps: steps.into_iter().collect::<Option<_>>()? };
    let stages = steps.resolve(hold);
    let problem = if stages.stages.is_empty() {
        Some("longer than nothing")
    } else if stages.duration() > LONGEST {
        Some("at most 24h together")
    } else if stages.most() <= 0.0 {
        Some("above zero somewhere")
    } else {
        None
    };
    if let Some(expected) = problem {
        section.problem(key, out_of_range(key, expected));
    }
    problem.is_none().then_some(steps)
}

/// One entry; what it is of has to be what the entries before it are of.
fn step(
    section: &Section<'_>,
    title: &str,
    key: &'static str,
    item: &Spanned<DeValue<'_>>,
    quantity: &mut Option<Quantity>,
) -> Option<Step> {
    let problems = &section.reading.problems;
    let (what, keys) = match key {
        "stages" => ("stage", &STAGE_KEYS),
        _ => ("level", &LEVEL_KEYS),
    };
    let what = format!("a {what} of {title}");
    let entry = Section::open(&what, item, keys, section.reading)?;
    entry.excludes("users", "rate", "`users` wait for their answers, a `rate` does not: give one");
    let missing = |keys| Problem::Missing { section: what.clone(), keys };
    let (own, word) = match (entry.value("users"), entry.value("rate")) {
        (None, None) => {
            problems.at(item.span(), missing("`users` or `rate`"));
            return None;
        }
        (Some(_), _) => (Quantity::Users, "users"),
        (None, Some(_)) => (Quantity::Rate, "rate"),
    };
    if *quantity.get_or_insert(own) != own {
        entry.conflict(word, "users", "rate", "all of them say `users`, or all a `rate`");
    }
    let load = match own {
        Quantity::Users => entry.integer("users", 0..=u64::from(MOST_USERS)).map(|n| n as f64),
        Quantity::Rate => rate(&entry),
    };
    let success = entry.share("success");
    let over = entry.duration("over");
    if key == "stages" {
        if entry.value("over").is_none() {
            problems.at(item.span(), missing("`over`"));
            return None;
        }
        if over.is_some_and(|over| over.is_zero()) {
            let help = "a jump takes no time, so that nothing is sent in it";
            entry.conflict("success", "success", "over = \"0s\"", help);
        }
        over?;
    }
    Some(Step { load: load?, over, success })
}

/// A rate, or `"0/s"`: nothing at all.
fn rate(entry: &Section<'_>) -> Option<f64> {
    let is_nothing = |text: &str| {
        text.split_once('/').is_some_and(|(number, unit)| {
            ["s", "m", "min"].contains(&unit.trim()) && number.trim().parse() == Ok(0_u32)
        })
    };
    match entry.value("rate").and_then(|value| value.get_ref().as_str()) {
        Some(text) if is_nothing(text) => Some(0.0),
        _ => entry.rate("rate").map(Rate::get),
    }
}
