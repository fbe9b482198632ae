//! The faults in force: which request is hit by what, and what they keep.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::fault::{Effect, Fault, Warm};
use super::latency::falls_into;
use super::{Clock, Route};

const ROUTES: usize = Route::ALL.len();

/// The faults that are set now.
#[derive(Debug)]
pub(super) struct InForce {
    clock: Clock,
    seed: u64,
    faults: RwLock<Arc<Vec<Active>>>,
}

/// One fault with what it has done so far.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) fault: Fault,
    since: Duration,
    purpose: u64,
    matched: AtomicU64,
    hit: AtomicU64,
    seen: [AtomicU64; ROUTES],
    in_flight: AtomicU64,
    window: Mutex<Window>,
    stalled_until: Mutex<Option<Duration>>,
    leaked: Mutex<Leaked>,
}

#[derive(Debug, Default)]
struct Window {
    began: Option<Duration>,
    used: u64,
}

#[derive(Debug, Default)]
struct Leaked {
    blocks: Vec<Box<[u8]>>,
    bytes: u64,
}

/// What happens to a request that is let in.
#[derive(Debug)]
pub(super) struct Ticket {
    /// Multiplies the handled time.
    pub(super) factor: f64,
    /// Is added after that.
    pub(super) addition: Duration,
    /// The request is answered 500 at once.
    pub(super) fails: bool,
    /// The gap between reading and writing the counter.
    pub(super) lost_update: Option<Duration>,
    slots: Vec<Slot>,
}

/// A place in a capacity, given back when dropped.
#[derive(Debug)]
struct Slot {
    faults: Arc<Vec<Active>>,
    index: usize,
}

/// Why a request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    /// Over the rate limit until so much time has passed.
    Limited(Duration),
    /// Over the capacity.
    Full,
}

impl InForce {
    pub(super) fn new(clock: Clock, seed: u64, faults: &[Fault]) -> Self {
        let it = Self { clock, seed, faults: RwLock::default() };
        it.set(faults);
        it
    }

    /// Replaces all faults; their counts begin anew.
    pub(super) fn set(&self, faults: &[Fault]) {
        let since = self.clock.now();
        // Purposes below this belong to the routes' latencies.
        let first_purpose = 1_000;
        let active = faults
            .iter()
            .zip(first_purpose..)
            .map(|(fault, purpose)| Active::new(fault.clone(), since, purpose))
            .collect();
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(active);
    }

    /// The faults that are set.
    pub(super) fn all(&self) -> Arc<Vec<Active>> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long tokens live, if a fault says so.
    pub(super) fn token_lifetime(&self) -> Option<Duration> {
        self.all().iter().find_map(|active| match active.fault.effect {
            Effect::TokenLifetime(lifetime) => Some(lifetime),
            _ => None,
        })
    }

    /// Counts a request to `route` and says what happens to it. The ticket is kept until the answer
    /// is ready.
    pub(super) fn admit(&self, route: Route) -> Result<Ticket, Turned> {
        let mut ticket = Ticket {
            factor: 1.0,
            addition: Duration::ZERO,
            fails: false,
            lost_update: None,
            slots: Vec::new(),
        };
        let faults = self.all();
        for (index, active) in faults.iter().enumerate() {
            let Some(n) = active.hits(route, self.seed) else { continue };
            let now = self.clock.now();
            match active.fault.effect {
                Effect::Slow { factor, add } => {
                    ticket.factor *= factor;
                    ticket.addition += add;
                }
                Effect::Stall(length) => ticket.addition += active.stall(now, length),
                Effect::Errors => ticket.fails = true,
                Effect::LostUpdate(gap) => ticket.lost_update = Some(gap),
                Effect::Leak(bytes) => {
                    let leaked: u64 = faults.iter().map(Active::leaked).sum();
                    if leaked + bytes <= Effect::MOST_LEAKED {
                        active.leak(bytes);
                    }
                }
                Effect::RateLimit { limit, window } => {
                    active.take_from_window(now, limit, window).map_err(Turned::Limited)?;
                }
                Effect::TokenLifetime(_) => {}
                Effect::ColdStart { add, until } => {
                    ticket.addition += add.mul_f64(active.coldness(now, n, until));
                }
                Effect::Capacity { limit, rises_every } => {
                    if !active.enter(now, limit, rises_every) {
                        return Err(Turned::Full);
                    }
                    ticket.slots.push(Slot { faults: Arc::clone(&faults), index });
                }
            }
        }
        Ok(ticket)
    }
}

impl Active {
    fn new(fault: Fault, since: Duration, purpose: u64) -> Self {
        Self {
            fault,
            since,
            purpose,
            matched: AtomicU64::new(0),
            hit: AtomicU64::new(0),
            seen: [const { AtomicU64::new(0) }; ROUTES],
            in_flight: AtomicU64::new(0),
            window: Mutex::default(),
            stalled_until: Mutex::default(),
            leaked: Mutex::default(),
        }
    }

    /// Requests that the fault's route let it see.
    pub(super) fn matched(&self) -> u64 {
        self.matched.load(Ordering::Relaxed)
    }

    /// Requests that it was applied to.
    pub(super) fn hit(&self) -> u64 {
        self.hit.load(Ordering::Relaxed)
    }

    /// Whether `clear-after` has been reached.
    pub(super) fn is_over(&self) -> bool {
        self.fault.clear_after.is_some_and(|most| self.matched() >= self.fault.after + most)
    }

    /// Bytes kept.
    pub(super) fn leaked(&self) -> u64 {
        self.leaked.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// The number of this hit, from 0, if the request is hit.
    fn hits(&self, route: Route, seed: u64) -> Option<u64> {
        if self.fault.route.is_some_and(|only| only != route) {
            return None;
        }
        let matched = self.matched.fetch_add(1, Ordering::Relaxed);
        // A route has its own sequence, so that what hits it does not depend on other routes' requests.
        let nth = self.seen[route.index()].fetch_add(1, Ordering::Relaxed);
        let begun = matched.checked_sub(self.fault.after)?;
        let purpose = self.purpose + ((route.index() as u64) << 16);
        let hit = self.fault.clear_after.is_none_or(|most| begun < most)
            && falls_into(self.fault.share.get(), seed, purpose, nth);
        hit.then(|| self.hit.fetch_add(1, Ordering::Relaxed))
    }

    fn stall(&self, now: Duration, length: Duration) -> Duration {
        let mut until = self.stalled_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get_or_insert(now + length).saturating_sub(now)
    }

    fn leak(&self, bytes: u64) {
        let mut leaked = self.leaked.lock().unwrap_or_else(PoisonError::into_inner);
        // Bytes other than zero make the pages resident.
        leaked.blocks.push(vec![0xa5; bytes as usize].into_boxed_slice());
        leaked.bytes += bytes;
    }

    /// Takes one request from the present window, or says how long it still lasts.
    fn take_from_window(
        &self,
        now: Duration,
        limit: u64,
        length: Duration,
    ) -> Result<(), Duration> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let began = match window.began {
            Some(began) if now < began + length => began,
            _ => {
                *window = Window { began: Some(now), used: 0 };
                now
            }
        };
        if window.used >= limit {
            return Err((began + length).saturating_sub(now));
        }
        window.used += 1;
        Ok(())
    }

    /// 1 at the start, falling in a straight line to 0 when warm.
    fn coldness(&self, now: Duration, n: u64, until: Warm) -> f64 {
        let warmth = match until {
            Warm::Requests(requests) => n as f64 / requests as f64,
            Warm::For(length) => {
                now.saturating_sub(self.since).as_secs_f64() / length.as_secs_f64()
            }
        };
        (1.0 - warmth).max(0.0)
    }

    fn enter(&self, now: Duration, limit: u64, rises_every: Option<Duration>) -> bool {
        let joined = rises_every.map_or(0, |every| {
            (now.saturating_sub(self.since).as_nanos() / every.as_nanos()) as u64
        });
        let most = limit.saturating_add(joined);
        let entered = self.in_flight.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |present| {
            (present < most).then_some(present + 1)
        });
        entered.is_ok()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.faults[self.index].in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests;
