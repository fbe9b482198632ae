//! Faults: what can be wrong with the service on purpose.

mod grammar;

use std::time::Duration;

use super::Route;
use crate::model::Share;

pub(super) use grammar::Draft;
pub use grammar::FaultError;

/// One thing that is wrong, for which requests, and for how many of them.
///
/// Written as an optional route and words, each `word=value` (see [`Effect`] for the words of each
/// effect): `GET /clients factor=3 share=10% clear-after=500`. Reads back from what it prints.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The only route concerned; all routes when absent.
    pub route: Option<Route>,
    /// What is wrong.
    pub effect: Effect,
    /// The share of the concerned requests that are hit (`share=10%`). Seeded: each request of
    /// a route is drawn independently.
    pub share: Share,
    /// Concerned requests that are let through before it begins (`after=N`).
    pub after: u64,
    /// Concerned requests after which, once begun, it is gone (`clear-after=N`), hit or not.
    pub clear_after: Option<u64>,
}

/// What a fault does to a request that it hits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Multiplies the whole handled time, real work and drawn latency (`factor=3`), then adds to it
    /// (`add=20ms`). Several such faults multiply and add up.
    Slow {
        /// Above 0, at most [`Effect::MOST_FACTOR`].
        factor: f64,
        /// At most [`Effect::LONGEST`].
        add: Duration,
    },
    /// The first request hit stops everything concerned for this long, once (`stall=500ms`): it and all
    /// that arrive in the meantime wait for the end.
    Stall(Duration),
    /// Answers 500 at once, without the work (`error-share=5%`, which sets the fault's share).
    Errors,
    /// The counter's increment reads, waits this long, and writes what it read plus one
    /// (`lost-update=5ms`): increments that overlap are lost.
    LostUpdate(Duration),
    /// Keeps this many bytes for each request (`leak=64KiB`), up to [`Effect::MOST_LEAKED`] in all. They
    /// are let go when the faults are set anew or cleared.
    Leak(u64),
    /// Lets through so many requests in each window and answers 429 with `Retry-After` to the others
    /// (`rate-limit=100/1s`). A window begins with its first request.
    RateLimit {
        /// Requests let through in a window; at least 1.
        limit: u64,
        /// Length of a window; above 0.
        window: Duration,
    },
    /// Tokens live this long from when they were issued (`token-lifetime=5s`), those already issued too;
    /// with `0s` all are expired. Has no route and no share.
    TokenLifetime(Duration),
    /// The service starts cold: a request is slower by `add`, less and less until it is warm
    /// (`cold-start=40ms` with `requests=N` or `for=5s`).
    ColdStart {
        /// What the first request takes longer; the addition falls in a straight line to 0.
        add: Duration,
        /// When it is warm.
        until: Warm,
    },
    /// Answers 503 at once to more than so many concurrent requests (`capacity=8`). With
    /// `rises-every=10s` replicas join late: the capacity rises by one each time that much has passed.
    Capacity {
        /// Concurrent requests that are served; at least 1.
        limit: u64,
        /// How often the capacity rises by one.
        rises_every: Option<Duration>,
    },
}

/// When a cold service is warm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warm {
    /// After this many requests.
    Requests(u64),
    /// This long after the fault was set.
    For(Duration),
}

impl Effect {
    /// Largest factor.
    pub const MOST_FACTOR: f64 = 1000.0;
    /// Longest addition, stall, gap or cold start.
    pub const LONGEST: Duration = Duration::from_mins(1);
    /// Most bytes that leak for one request.
    pub const MOST_LEAKED_A_REQUEST: u64 = 1 << 20;
    /// Most bytes that all leaks together keep: 512 MiB.
    pub const MOST_LEAKED: u64 = 512 << 20;
}

impl Fault {
    /// Most faults that can be set together.
    pub const MOST: usize = 64;

    /// `effect` on every request of every route, from the first on.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self { route: None, effect, share: Share::new(1.0), after: 0, clear_after: None }
    }

    /// Only on requests of `route`.
    #[must_use]
    pub fn on(self, route: Route) -> Self {
        Self { route: Some(route), ..self }
    }
}

/// The faults that are set together. Setting them replaces all that were set before.
pub type FaultSet = Vec<Fault>;
