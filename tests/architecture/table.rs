//! The table of rooms: who may import whom, and which crates are whose.

/// A room of `src/`.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    /// Rooms it may import; `load::Event` opens that one name of a room.
    pub(crate) imports: &'static [&'static str],
    /// Whether it is pure: no file, socket, process, thread, environment or clock.
    pub(crate) pure: bool,
    /// Whether it may be async.
    pub(crate) is_async: bool,
    /// Whether it may write to the terminal.
    pub(crate) prints: bool,
}

const fn room(name: &'static str, imports: &'static [&'static str]) -> Room {
    Room { name, imports, pure: false, is_async: false, prints: false }
}

const EVERY_ROOM: &[&str] = &[
    "model", "stats", "judge", "config", "init", "load", "store", "host", "report", "ui", "cli",
    "demo", "commands",
];

pub(crate) const ROOMS: &[Room] = &[
    Room { pure: true, ..room("model", &[]) },
    Room { pure: true, ..room("stats", &[]) },
    Room { pure: true, ..room("judge", &["model", "stats"]) },
    room("config", &["model"]),
    Room { pure: true, ..room("init", &["model"]) },
    Room { is_async: true, ..room("load", &["model"]) },
    room("store", &["model", "stats"]),
    room("host", &["model"]),
    room("report", &["model"]),
    Room {
        prints: true,
        ..room("ui", &["model", "load::Event", "load::LimiterStep", "load::Observer"])
    },
    room("cli", &["model"]),
    Room { prints: true, ..room("commands", EVERY_ROOM) },
    Room { is_async: true, ..room("demo", &["model"]) },
];

/// What `main.rs` may use: it hands over the arguments and returns the exit status.
pub(crate) const MAIN_IMPORTS: &[&str] = &["cli", "commands", "model", "ui"];

/// Every dependency of the package and the rooms that may use it. A dependency without a line
/// fails the test, so that a new one is given to somebody.
pub(crate) const CRATES: &[(&str, &[&str])] = &[
    // Plain data and errors. `stats` knows numbers only; `judge` needs no serialisation.
    (
        "jiff",
        &[
            "model", "judge", "config", "load", "store", "host", "report", "ui", "cli", "commands",
            "demo",
        ],
    ),
    (
        "serde",
        &["model", "config", "init", "load", "store", "host", "report", "cli", "commands", "demo"],
    ),
    ("serde_json", &["config", "init", "load", "store", "report", "commands", "demo"]),
    ("thiserror", EVERY_ROOM),
    ("uuid", &["model", "load", "store", "commands", "demo"]),
    ("hdrhistogram", &["model", "load", "store"]),
    // Numbers.
    ("statrs", &["stats"]),
    ("rand", &["stats", "load", "demo"]),
    ("rand_xoshiro", &["stats", "load", "demo"]),
    // Configuration.
    ("toml", &["config"]),
    ("toml_edit", &["config", "init"]),
    ("miette", &["config"]),
    ("strsim", &["config", "demo"]),
    // Sources of a configuration.
    ("serde-saphyr", &["init"]),
    ("url", &["config", "init", "load"]),
    ("blake3", &["config", "demo"]),
    ("csv", &["config"]),
    ("regex", &["config", "load"]),
    ("jsonschema", &["config", "load"]),
    // Measuring.
    ("tokio", &["load", "demo"]),
    ("bytes", &["load"]),
    ("cookie", &["load"]),
    ("futures-util", &["load"]),
    ("h2", &["load"]),
    ("http", &["config", "init", "load"]),
    ("httparse", &["load"]),
    ("percent-encoding", &["config", "init", "load"]),
    ("flate2", &["load"]),
    ("rustls", &["config"]),
    ("rustls-native-certs", &["load"]),
    ("tokio-rustls", &["load"]),
    ("tokio-tungstenite", &["load"]),
    ("rustix", &["load", "host", "demo"]),
    ("nix", &["load"]),
    ("sysinfo", &["host"]),
    // Files.
    ("rusqlite", &["store", "demo"]),
    ("rusqlite_migration", &["store"]),
    ("fs-err", &["config", "load", "store", "host", "report", "commands", "demo"]),
    ("tempfile", &["config", "store", "report"]),
    // Terminal.
    ("clap", &["cli"]),
    ("anstream", &["ui"]),
    ("indicatif", &["ui"]),
    ("anstyle", &["report", "ui", "cli"]),
    ("comfy-table", &["report"]),
    ("terminal_size", &["report", "ui", "commands"]),
    ("unicode-width", &["report", "ui"]),
    ("schemars", &["report"]),
    // The sample service.
    ("axum", &["demo"]),
];

/// Paths a pure room may not name, by their beginning.
pub(crate) const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process::Command",
    "std::process::exit",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "Timestamp::now",
    "Zoned::now",
    "Instant::now",
    "SystemTime::now",
];

/// Names that say nothing of what a module is for.
pub(crate) const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"];

pub(crate) const MOST_LINES: usize = 400;
pub(crate) const MOST_LINES_OF_MAIN: usize = 40;
