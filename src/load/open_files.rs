//! How many files this process may have open, which bounds its connections.

use super::EngineError;
use super::script::Script;
use super::shape::{least_connections, workers};
use super::slice::Seat;
use crate::model::Plan;

/// Files that are open besides connections: the terminal, the database, and the coordinator's own.
const OWN: u64 = 28;

/// Files of one worker besides connections: its runtime's and its timers.
const OF_A_WORKER: u64 = 8;

/// Raises the limit of open files to the most that the system lets this process have, before
/// anything is started that would inherit it. It stays as it is where it cannot be raised. Says what it
/// was where it was raised: what others are to be started with.
#[cfg(unix)]
#[must_use]
pub fn raise_open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// Most that macOS lets a process have whose own limit has no end.
    const OPEN_MAX: u64 = 10_240;
    let limit = getrlimit(Resource::Nofile);
    let is_raised = |most: Option<u64>| {
        let raised = Rlimit { current: most, maximum: limit.maximum };
        setrlimit(Resource::Nofile, raised).is_ok()
    };
    let before = limit.current?;
    if limit.current == limit.maximum {
        return None;
    }
    let has_risen = is_raised(limit.maximum) || before < OPEN_MAX && is_raised(Some(OPEN_MAX));
    has_risen.then_some(before)
}

/// Nothing on this system, which has no such limit.
#[cfg(not(unix))]
#[must_use]
pub fn raise_open_files() -> Option<u64> {
    None
}

/// How many files this process may have open; nothing where that has no end.
#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

/// Whether this process may open as many connections as `plan`, whose script this is, takes at a time.
///
/// # Errors
/// When it may not.
pub(super) fn suffice(plan: &Plan, script: &Script) -> Result<(), EngineError> {
    match limit() {
        Some(limit) => suffice_within(limit, plan, script.at_once()),
        None => Ok(()),
    }
}

fn suffice_within(limit: u64, plan: &Plan, at_once: usize) -> Result<(), EngineError> {
    let of = workers(plan);
    let planned = (0..of).map(|index| least_connections(plan, Seat { index, of }, at_once)).sum();
    let own = OWN + OF_A_WORKER * u64::from(of);
    if planned <= limit.saturating_sub(own) {
        return Ok(());
    }
    Err(EngineError::OpenFiles { planned, limit, own })
}
