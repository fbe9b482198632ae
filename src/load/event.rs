//! What the engine tells while it works.

use std::time::Duration;

use crate::model::{Block, Cleanup, EndpointName, Lookup, Validity};

/// Told to whoever watches a measurement: phase changes, and a snapshot a few times a second.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The service is asked whether it is ready.
    Waiting {
        /// What is asked, such as `GET http://127.0.0.1:8000/health`.
        request: String,
        /// How long at most.
        deadline: Duration,
    },
    /// The service is ready.
    Ready {
        /// How long it took.
        after: Duration,
    },
    /// The service's name was looked up, for the whole run.
    Resolved {
        /// The name.
        host: String,
        /// Where it led.
        lookup: Lookup,
    },
    /// The service allows fewer requests at a time on one connection than the plan has: there will be
    /// more connections.
    FewerStreams {
        /// What it allows.
        allowed: usize,
        /// What the plan has.
        planned: u32,
    },
    /// The setup is sent.
    SettingUp,
    /// What the run made is deleted.
    CleaningUp {
        /// How many things there are, as far as is known.
        things: u64,
    },
    /// What became of some of it.
    CleanedUp(Cleanup),
    /// Requests are sent that are not counted.
    WarmUp {
        /// How long it takes.
        expected: Duration,
    },
    /// A round begins.
    Round {
        /// The pass.
        block: Block,
        /// Its number within the pass, from 1; a redone round keeps it.
        number: u32,
        /// Rounds of the pass.
        of: u32,
        /// How long this round takes.
        expected: Duration,
        /// How long the rest of the pass takes, this round included.
        left: Duration,
    },
    /// One endpoint's turn begins; not told when all are measured together.
    Slice {
        /// The endpoint.
        endpoint: EndpointName,
    },
    /// The load goes on to another stage of the round.
    Stage {
        /// Its number, from 1.
        number: usize,
        /// Stages of the round.
        of: usize,
        /// What it does, such as `1 user → 100 users`.
        load: String,
    },
    /// A rate limiter's turn, or the next step of it.
    Limiter {
        /// The endpoint that it guards.
        endpoint: EndpointName,
        /// What is done.
        step: LimiterStep,
        /// How long it takes at most.
        expected: Duration,
    },
    /// How it goes, since the round (or the warm-up) began.
    Snapshot {
        /// Time since then.
        elapsed: Duration,
        /// Requests ended.
        requests: u64,
        /// Of those, failed.
        failures: u64,
        /// p95 of the latency over all endpoints of the slice under way; absent before the first
        /// success.
        p95: Option<Duration>,
    },
    /// A round ended.
    RoundDone {
        /// The pass.
        block: Block,
        /// Its number within the pass.
        number: u32,
        /// Whether it counts, or why not. A round that does not is redone while tries are left.
        validity: Validity,
    },
    /// A signal asked to stop: no more arrivals, those in flight are waited for.
    Stopping,
}

/// What is done to a rate limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimiterStep {
    /// It is asked until it rejects something.
    Reaching,
    /// It is left alone.
    Resting,
    /// It is asked above its limit.
    Exceeding,
    /// It is asked for its limit, after a rest.
    Returning,
}

/// Watches a measurement. Called from the coordinating thread only, never for a single request.
pub trait Observer {
    /// Takes one event; must not block.
    fn observe(&mut self, event: &Event);
}
