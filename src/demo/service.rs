//! The service's state, shared by all requests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::database::Database;
use super::in_force::InForce;
use super::timer::Timer;
use super::token::{Tokens, Unaccepted};
use super::{Clock, Options, Route, latency};

/// Everything behind the routes.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) database: Database,
    pub(super) faults: InForce,
    pub(super) clock: Clock,
    pub(super) tokens: Tokens,
    pub(super) timer: Timer,
    options: Options,
    handled: [AtomicU64; Route::ALL.len()],
    draws: [AtomicU64; Route::ALL.len()],
}

impl Service {
    pub(super) fn new(options: Options, database: Database, timer: Timer) -> Self {
        Self {
            database,
            faults: InForce::new(options.clock.clone(), options.seed, &options.faults),
            clock: options.clock.clone(),
            tokens: Tokens::new(options.seed),
            timer,
            options,
            handled: [const { AtomicU64::new(0) }; Route::ALL.len()],
            draws: [const { AtomicU64::new(0) }; Route::ALL.len()],
        }
    }

    /// Counts a request to `route`.
    pub(super) fn count(&self, route: Route) {
        self.handled[route.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// Requests to `route` so far, those that were turned away too.
    pub(super) fn handled(&self, route: Route) -> u64 {
        self.handled[route.index()].load(Ordering::Relaxed)
    }

    /// The next latency of `route`, scaled.
    pub(super) fn draw(&self, route: Route) -> Duration {
        let n = self.draws[route.index()].fetch_add(1, Ordering::Relaxed);
        let scale = self.options.latency_scale.max(0.0);
        latency::draw(self.options.seed, route, n).mul_f64(scale.min(1000.0))
    }

    /// How long tokens live now.
    pub(super) fn token_lifetime(&self) -> Duration {
        self.faults.token_lifetime().unwrap_or(self.options.token_lifetime)
    }

    /// The user of a bearer token that is accepted now; the fixed token's user is `fixed`.
    pub(super) fn user(&self, token: &str) -> Result<String, Unaccepted> {
        if self.options.token.as_deref() == Some(token) {
            return Ok("fixed".to_owned());
        }
        self.tokens.user(token, self.clock.now(), self.token_lifetime())
    }

    /// Whether the dashboard's routes ask for a token.
    pub(super) fn is_guarded(&self) -> bool {
        self.options.token.is_some()
    }

    /// Whether the login accepts `password`.
    pub(super) fn accepts(&self, password: &str) -> bool {
        self.options.password.as_deref().is_none_or(|right| right == password)
    }

    /// The seed.
    pub(super) fn seed(&self) -> u64 {
        self.options.seed
    }
}
