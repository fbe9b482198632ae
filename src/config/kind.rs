//! The keys `kind` and `requests` of a scenario: what it is for, and what that leaves to be said.

use crate::model::{Kind, Load};

use super::error::Problems;
use super::overrides::Overrides;
use super::problem::Problem;
use super::section::Section;

/// Tasks of a correctness scenario at most.
const MOST_REQUESTS: u32 = 10_000_000;

/// What has no meaning where a fixed number of requests is sent once.
const OF_LOAD: [&str; 6] =
    ["rate", "connections", "duration", "rounds", "warm_up", "warm_up_requests"];

#[derive(Clone, Copy)]
enum Word {
    Load,
    Correctness,
}

/// Reads the kind of the scenario `name`; nothing where nothing is said.
pub(super) fn read(name: &str, section: &Section<'_>) -> Option<Kind> {
    const WORDS: [(&str, Word); 2] = [("load", Word::Load), (Kind::CORRECTNESS, Word::Correctness)];
    let word = section.choice("kind", &WORDS);
    let tasks = section.count("requests", MOST_REQUESTS);
    let title = format!("[scenarios.{name}]");
    match word {
        Some(Word::Correctness) => {
            for key in OF_LOAD {
                section.conflict(
                    key,
                    "kind = \"correctness\"",
                    key,
                    "its users send a number of `requests`, once and as fast as the answers come",
                );
            }
            if section.value("requests").is_none() {
                section.problem("kind", Problem::Missing { section: title, keys: "`requests`" });
            }
            tasks.map(|tasks| Kind::Correctness { tasks })
        }
        Some(Word::Load) | None => {
            if section.value("requests").is_some() && section.value("kind").is_none() {
                let keys = "`kind = \"correctness\"`, which `requests` is for";
                section.problem("requests", Problem::Missing { section: title, keys });
            }
            word.map(|_| Kind::Load)
        }
    }
}

/// Tells what the call, or the environment, wants of a correctness scenario that it does not have.
pub(super) fn check(kind: Kind, load: Load, asked: &Overrides, problems: &Problems) {
    if kind == Kind::Load {
        return;
    }
    let of_users =
        "a correctness scenario has `users` that send a number of `requests`: leave it out";
    for (flag, is_there) in [
        ("--duration", asked.duration.is_some()),
        ("--rounds", asked.rounds.is_some()),
        ("--warm-up", asked.warm_up.is_some()),
        ("--warm-up-requests", asked.warm_up_requests.is_some()),
        ("rate", matches!(load, Load::Rate { .. })),
    ] {
        if is_there {
            problems.add(Problem::Together {
                first: flag.to_owned(),
                second: "kind = \"correctness\"".to_owned(),
                help: of_users,
            });
        }
    }
}
