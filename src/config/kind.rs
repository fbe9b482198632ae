//! The key `kind` of a scenario and those that belong to one kind: what it is for, and what that
//! leaves to be said.

use std::num::NonZeroU32;

use crate::model::{Kind, Load};

use super::demand::CONNECTIONS;
use super::error::Problems;
use super::overrides::Overrides;
use super::problem::Problem;
use super::section::Section;

/// Tasks of a correctness scenario at most.
const MOST_REQUESTS: u32 = 10_000_000;

/// Most windows for which a limiter is asked above its limit: each request is remembered.
const MOST_WINDOWS: u32 = 20;

/// Enough that a limiter that lets a third too much through shows.
const WINDOWS: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// What has no meaning where a fixed number of requests is sent once.
const NOT_OF_CORRECTNESS: [&str; 12] = [
    "rate",
    "connections",
    "duration",
    "rounds",
    "warm_up",
    "warm_up_requests",
    "arrivals",
    "spawn_rate",
    "stages",
    "levels",
    "hold",
    "throughput",
];

/// What has no part in a scenario that looks at rate limiters.
const NOT_OF_LIMITERS: [&str; 14] = [
    "requests",
    "users",
    "rate",
    "duration",
    "rounds",
    "classes",
    "throughput",
    "warm_up",
    "warm_up_requests",
    "arrivals",
    "spawn_rate",
    "stages",
    "levels",
    "hold",
];

const CORRECTNESS_HELP: &str =
    "its users send a number of `requests`, once and as fast as the answers come";

const LIMITER_HELP: &str =
    "one user sends above each `limiter`'s limit, for as many of its windows as `windows` says";

#[derive(Clone, Copy)]
enum Word {
    Load,
    Correctness,
    Limiter,
}

/// Reads the kind of the scenario `name`; nothing where nothing is said.
pub(super) fn read(name: &str, section: &Section<'_>) -> Option<Kind> {
    const WORDS: [(&str, Word); 3] =
        [("load", Word::Load), (Kind::CORRECTNESS, Word::Correctness), ("limiter", Word::Limiter)];
    let word = section.choice("kind", &WORDS);
    let tasks = section.count("requests", MOST_REQUESTS);
    let windows = section.count("windows", MOST_WINDOWS);
    let title = || format!("[scenarios.{name}]");
    if section.value("requests").is_some() && section.value("kind").is_none() {
        let keys = "`kind = \"correctness\"`, which `requests` is for";
        section.problem("requests", Problem::Missing { section: title(), keys });
    }
    if !matches!(word, Some(Word::Limiter)) {
        let help = "windows are those of rate limiters: write kind = \"limiter\"";
        section.conflict("windows", "windows", "this kind of scenario", help);
    }
    match word? {
        Word::Load => {
            let help =
                "a load goes on for its `duration`; leave it out, or write kind = \"correctness\"";
            section.conflict("requests", "requests", "kind = \"load\"", help);
            Some(Kind::Load)
        }
        Word::Correctness => {
            for key in NOT_OF_CORRECTNESS {
                section.conflict(key, "kind = \"correctness\"", key, CORRECTNESS_HELP);
            }
            if section.value("requests").is_none() {
                section.problem("kind", Problem::Missing { section: title(), keys: "`requests`" });
            }
            tasks.map(|tasks| Kind::Correctness { tasks })
        }
        Word::Limiter => {
            for key in NOT_OF_LIMITERS {
                section.conflict(key, key, "kind = \"limiter\"", LIMITER_HELP);
            }
            // How many connections there are follows from what call and file say together.
            let connections = CONNECTIONS;
            Some(Kind::Limiter { windows: windows.unwrap_or(WINDOWS), connections })
        }
    }
}

/// Tells what the call, or the environment, wants of a scenario whose kind does not have it.
pub(super) fn check(kind: Kind, load: &Load, asked: &Overrides, problems: &Problems) {
    let length = [
        ("--duration", asked.duration.is_some()),
        ("--rounds", asked.rounds.is_some()),
        ("--warm-up", asked.warm_up.is_some()),
        ("--warm-up-requests", asked.warm_up_requests.is_some()),
        ("--spawn-rate", asked.spawn_rate.is_some()),
    ];
    let (more, second, help) = match kind {
        Kind::Load => return,
        Kind::Correctness { .. } => (
            [
                ("rate", matches!(load, Load::Rate { .. })),
                ("stages", load.stages().is_some()),
                ("--connections", asked.connections.is_some()),
            ],
            "kind = \"correctness\"",
            "a correctness scenario has `users` that send a number of `requests`, and nothing else",
        ),
        Kind::Limiter { .. } => (
            [
                ("--rate", asked.rate.is_some()),
                ("--users", asked.users.is_some()),
                ("stages", false),
            ],
            "a scenario of kind = \"limiter\"",
            LIMITER_HELP,
        ),
    };
    for (flag, is_there) in more.into_iter().chain(length) {
        if is_there {
            let (first, second) = (flag.to_owned(), second.to_owned());
            problems.add(Problem::Together { first, second, help });
        }
    }
}
