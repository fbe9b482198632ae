//! One worker's users delete what they made.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::cast::generator;
use super::errand::{Aim, Undone};
use super::ledger::Made;
use super::line::{Line, User};
use super::recorder::Recorder;
use super::shutdown::Shutdown;
use super::slice::Crew;
use super::transport::Transport;
use crate::model::{Cleanup, EndpointKind, Failure};

/// Users of a worker that delete at a time.
const AT_A_TIME: usize = 8;

/// Requests without an answer, one after the other, after which the service is taken to be gone.
pub(crate) const PATIENCE: u32 = 3;

/// How long a deletion may take, unless requests may take less.
pub(crate) const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// How long all deletions together may take.
pub(crate) const LONGEST: Duration = Duration::from_mins(10);

/// Why things are left where it is no answer that says it.
pub(crate) const STOPPED: &str = "stopped before";
pub(crate) const GONE: &str = "the service does not answer";
pub(crate) const NO_TIME: &str = "no time was left after ten minutes";

/// What is left to delete, and what came of the rest.
struct Work {
    /// Users with what each made, in the order of their numbers.
    queue: RefCell<VecDeque<(u64, Vec<Made>)>>,
    done: RefCell<BTreeMap<usize, Cleanup>>,
    unanswered: std::cell::Cell<u32>,
    until: Instant,
    shutdown: Shutdown,
}

/// Has every user delete what it made; says by endpoint what came of it.
pub(crate) async fn clean<T: Transport + 'static>(
    crew: Rc<Crew<T>>,
    shutdown: Shutdown,
) -> Vec<(usize, Cleanup)> {
    let mut made: BTreeMap<u64, Vec<Made>> = BTreeMap::new();
    let mut planned: BTreeMap<usize, u64> = BTreeMap::new();
    for one in crew.ledger.take() {
        *planned.entry(one.endpoint).or_default() += 1;
        made.entry(one.user).or_default().push(one);
    }
    let work = Rc::new(Work {
        queue: RefCell::new(made.into_iter().collect()),
        done: RefCell::default(),
        unanswered: std::cell::Cell::new(0),
        until: Instant::now() + LONGEST,
        shutdown: shutdown.clone(),
    });
    let mut users = JoinSet::new();
    for _ in 0..AT_A_TIME {
        users.spawn_local(take_turns(Rc::clone(&crew), Rc::clone(&work)));
    }
    tokio::select! {
        () = async { while users.join_next().await.is_some() {} } => {}
        () = shutdown.second() => users.abort_all(),
    }
    let mut done = work.done.take();
    for (endpoint, things) in planned {
        let cleanup = done.entry(endpoint).or_insert_with(nothing);
        cleanup.leave(STOPPED, things.saturating_sub(cleanup.settled()));
    }
    done.into_iter().collect()
}

fn nothing() -> Cleanup {
    Cleanup::new(None, String::new())
}

async fn take_turns<T: Transport + 'static>(crew: Rc<Crew<T>>, work: Rc<Work>) {
    let recorder = RefCell::new(Recorder::new([EndpointKind::Request].into(), None, None));
    loop {
        let Some((number, things)) = work.queue.borrow_mut().pop_front() else { return };
        let resting = crew.resting.borrow_mut().remove(&number);
        let user = resting.unwrap_or_else(|| User::new(number, &crew.script));
        let mut line = Line::new(&crew.transport, &crew.script, &recorder, &crew.ledger, user)
            .within(crew.script.timeout.min(LONGEST_REQUEST));
        let mut random = generator(0, number);
        // What was made later may be a part of what was made before.
        for thing in things.into_iter().rev() {
            let Some(Some(deletion)) = crew.script.deletions.get(thing.endpoint) else { continue };
            let came = if let Some(why) = work.obstacle() {
                Err(why.to_owned())
            } else {
                line.know(&thing.values);
                let never = std::future::pending();
                let sent = line.run_errand(&deletion.request, &mut random, Aim::Delete, never);
                work.judge(sent.await)
            };
            let mut done = work.done.borrow_mut();
            let cleanup = done.entry(thing.endpoint).or_insert_with(nothing);
            note(cleanup, came);
        }
        let user = line.hang_up();
        crew.resting.borrow_mut().insert(user.number, user);
    }
}

impl Work {
    /// Why nothing more is sent, if so.
    fn obstacle(&self) -> Option<&'static str> {
        if self.shutdown.insisted() {
            Some(STOPPED)
        } else if self.unanswered.get() >= PATIENCE {
            Some(GONE)
        } else {
            (Instant::now() >= self.until).then_some(NO_TIME)
        }
    }

    fn judge(&self, sent: Result<u16, Undone>) -> Result<Settled, String> {
        let unanswered = sent.as_ref().is_err_and(Undone::is_unanswered);
        self.unanswered.set(if unanswered { self.unanswered.get() + 1 } else { 0 });
        settled(sent)
    }
}

/// How a thing went.
pub(crate) enum Settled {
    /// It was deleted.
    Deleted,
    /// It was not there any more.
    Gone,
}

/// Notes what came of deleting one thing.
pub(crate) fn note(cleanup: &mut Cleanup, came: Result<Settled, String>) {
    match came {
        Ok(Settled::Deleted) => cleanup.deleted += 1,
        Ok(Settled::Gone) => cleanup.gone += 1,
        Err(why) => cleanup.leave(&why, 1),
    }
}

/// Whether a thing is gone after this came of deleting it; if not, why.
pub(crate) fn settled(sent: Result<u16, Undone>) -> Result<Settled, String> {
    match sent {
        Ok(_) => Ok(Settled::Deleted),
        Err(Undone::Status(404 | 410)) => Ok(Settled::Gone),
        Err(Undone::Status(status)) => Err(format!("status {status}")),
        Err(Undone::NoAnswer(Failure::Connect)) => Err("no connection".to_owned()),
        Err(undone) => Err(undone.to_string()),
    }
}
