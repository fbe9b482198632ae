//! One worker's part of one slice: an uninterrupted stretch of load on some endpoints.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use super::EngineError;
use super::alarm::Alarm;
use super::busy::{Busy, Meter};
use super::cast::generator;
use super::ledger::Ledger;
use super::line::User;
use super::presence::Presence;
use super::probe::Probe;
use super::recorder::Progress;
use super::schedule::Schedule;
use super::script::Script;
use super::shift::Shift;
use super::spin::worked;
use super::staging::{Bucket, Timeline};
use super::transport::Transport;
use crate::model::{Arrivals, Count, Histogram, Sample};

/// What all workers are told of a slice.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The endpoints, as positions in the plan.
    pub(crate) endpoints: Vec<usize>,
    /// Who sends, and when.
    pub(crate) load: SliceLoad,
    /// When it begins.
    pub(crate) begin: Instant,
    /// How long requests begin.
    pub(crate) duration: Duration,
    /// How many tasks all users together begin, of a closed loop that ends with them.
    pub(crate) tasks: Option<u32>,
    /// Fixes what is chosen.
    pub(crate) seed: u64,
    /// Which stage a request belongs to; absent where the load does not change.
    pub(crate) timeline: Option<Timeline>,
}

/// Who sends, and when.
#[derive(Debug, Clone)]
pub(crate) enum SliceLoad {
    /// Closed loop of this many users over all workers.
    Users(u32),
    /// Closed loop of users who come and go.
    Presence {
        /// Who is at work when.
        presence: Presence,
        /// What those do who leave.
        leaving: Leaving,
    },
    /// Open loop.
    Arrivals {
        /// Intended starts, from the slice's begin.
        schedule: Schedule,
        /// How they are spaced.
        arrivals: Arrivals,
        /// Most users over all workers.
        users: u32,
    },
}

/// What a user who leaves does with its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// Closes it, so that whoever comes connects, in every pass through the stages.
    HangsUp,
    /// Keeps it for the next slice.
    Stays,
}

/// Which of several workers this is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) index: u32,
    pub(crate) of: u32,
}

impl Seat {
    /// That of a worker who is alone.
    pub(crate) const ONLY: Self = Self { index: 0, of: 1 };

    /// This worker's part of `total` things dealt out one by one.
    pub(crate) fn share(self, total: u32) -> u32 {
        total / self.of + u32::from(self.index < total % self.of)
    }
}

/// What one worker gives back.
#[derive(Debug)]
pub(crate) struct Yield {
    /// What nothing can go on with.
    pub(crate) fatal: Option<EngineError>,
    /// In the order of the slice's endpoints, stage after stage.
    pub(crate) samples: Vec<Sample>,
    /// In the order of the plan's counters, as far as there was anything to count.
    pub(crate) counts: Vec<Count>,
    /// What came after the top.
    pub(crate) buckets: Vec<Bucket>,
    /// Arrivals of the schedule that were due.
    pub(crate) intended: u64,
    /// Those of them that were sent.
    pub(crate) sent: u64,
    /// How late the worker looked at what had come.
    pub(crate) poll_delay: Histogram,
    /// What the worker used while load was due.
    pub(crate) busy: Busy,
}

/// What stays from slice to slice.
pub(crate) struct Crew<T: Transport> {
    pub(crate) transport: T,
    pub(crate) script: Script,
    pub(crate) seat: Seat,
    /// Users that are not at work, by number.
    pub(crate) resting: RefCell<BTreeMap<u64, User<T::Connection>>>,
    /// Users of the open loop so far.
    pub(crate) hired: Cell<u64>,
    /// What its users made.
    pub(crate) ledger: Ledger,
    /// Arrivals of all slices so far, on all workers.
    pub(crate) arrivals: Cell<u64>,
}

impl<T: Transport> Crew<T> {
    pub(crate) fn new(transport: T, script: Script, seat: Seat, ledger: Ledger) -> Self {
        let (resting, hired, arrivals) = (RefCell::default(), Cell::new(0), Cell::new(0));
        Self { transport, script, seat, resting, hired, ledger, arrivals }
    }
}

/// The number of the first worker's probe where users have theirs. The largest of all is that of
/// arrivals at random.
const PROBE: u64 = 1 << 63;

/// How often the counts so far are told and a request to stop is looked for.
const TICK: Duration = Duration::from_millis(100);

/// Runs one worker's part of `order` on the current thread. `stop` ends it early: requests under
/// way are waited for, none is begun. Of the alarms one wakes users and the other probes the worker.
pub(crate) async fn run<T: Transport + 'static, A: Alarm + 'static>(
    crew: Rc<Crew<T>>,
    order: Order,
    [alarm, probing]: [A; 2],
    stop: &AtomicBool,
    mut tell: impl FnMut(Progress),
) -> Yield {
    let mut meter = Meter::new(worked, order.begin, order.duration);
    let probe = {
        let window = order.begin..order.begin + order.duration;
        let random = generator(order.seed, PROBE + u64::from(crew.seat.index));
        Rc::new(Probe::new(window, random))
    };
    let shift = Rc::new(Shift::new(crew, order, alarm));
    let probing = {
        let (probe, shift) = (Rc::clone(&probe), Rc::clone(&shift));
        tokio::task::spawn_local(async move { probe.watch(probing, || shift.successes()).await })
    };
    let waking = tokio::task::spawn_local(Shift::keep_waking(Rc::clone(&shift)));
    shift.begin();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut metering = Box::pin(meter.follow());
    while shift.is_at_work() {
        tokio::select! {
            () = shift.last_has_left() => {}
            () = &mut metering => {}
            _ = tick.tick() => {
                // The other workers hear of what nothing can go on with in the same way.
                if shift.has_failed() {
                    stop.store(true, Ordering::Relaxed);
                }
                if stop.load(Ordering::Relaxed) {
                    shift.halt();
                }
                tell(shift.progress());
            }
        }
    }
    drop(metering);
    // The last user may have left before the next tick.
    if shift.has_failed() {
        stop.store(true, Ordering::Relaxed);
    }
    waking.abort();
    probing.abort();
    let poll_delay = probe.end(A::GRAIN, shift.successes());
    shift.end(poll_delay, meter.end())
}

#[cfg(test)]
mod tests;
