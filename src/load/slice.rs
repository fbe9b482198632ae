//! One worker's part of one slice: an uninterrupted stretch of load on some endpoints.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};

use super::alarm::Alarm;
use super::line::{Line, Turn};
use super::recorder::{Progress, Recorder};
use super::request::Request;
use super::schedule::Schedule;
use super::sequence::{Choices, choice_of_arrival, stir};
use super::transport::Transport;
use super::turnstile::Turnstile;
use crate::model::{Failure, Outcome, Sample};

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
    /// Fixes what is chosen.
    pub(crate) seed: u64,
}

/// Who sends, and when.
#[derive(Debug, Clone)]
pub(crate) enum SliceLoad {
    /// Closed loop of this many users over all workers.
    Users(u32),
    /// Open loop.
    Arrivals {
        /// Intended starts, from the slice's begin.
        schedule: Schedule,
        /// Most connections over all workers.
        connections: u32,
    },
}

/// Which of several workers this is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub(crate) index: u32,
    pub(crate) of: u32,
}

impl Seat {
    /// This worker's part of `total` things dealt out one by one.
    pub(crate) fn share(self, total: u32) -> u32 {
        total / self.of + u32::from(self.index < total % self.of)
    }
}

/// What one worker gives back.
#[derive(Debug)]
pub(crate) struct Yield {
    /// In the order of the slice's endpoints.
    pub(crate) samples: Vec<Sample>,
    /// Arrivals of the schedule that were due.
    pub(crate) intended: u64,
    /// Those of them that were sent.
    pub(crate) sent: u64,
}

/// What stays from slice to slice.
pub(crate) struct Crew<T: Transport> {
    pub(crate) transport: T,
    pub(crate) requests: Vec<Request>,
    pub(crate) timeout: Duration,
    pub(crate) seat: Seat,
    /// Connections of users that are not at work.
    pub(crate) idle: RefCell<Vec<T::Connection>>,
}

/// How often the counts so far are told and a request to stop is looked for.
const TICK: Duration = Duration::from_millis(100);

/// How long a user waits after it could not connect, so that a dead service is not hammered.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// One slice under way in one worker.
struct Shift<T: Transport, A> {
    crew: Rc<Crew<T>>,
    order: Order,
    recorder: RefCell<Recorder>,
    stopped: Cell<bool>,
    gate: Option<Turnstile<A>>,
    at_work: Cell<u32>,
    dropped: Cell<u64>,
    last_left: Notify,
}

/// Runs one worker's part of `order` on the current thread. `stop` ends it early: requests under
/// way are waited for, none is begun.
pub(crate) async fn run<T: Transport + 'static, A: Alarm + 'static>(
    crew: Rc<Crew<T>>,
    order: Order,
    alarm: A,
    stop: &AtomicBool,
    mut tell: impl FnMut(Progress),
) -> Yield {
    let Seat { index, of } = crew.seat;
    let gate = match &order.load {
        SliceLoad::Users(_) => None,
        SliceLoad::Arrivals { schedule, .. } => Some(Turnstile::new(
            alarm,
            schedule.clone(),
            order.begin,
            u64::from(index),
            u64::from(of),
        )),
    };
    let shift = Rc::new(Shift {
        recorder: RefCell::new(Recorder::new(order.endpoints.len())),
        stopped: Cell::new(false),
        gate,
        at_work: Cell::new(0),
        dropped: Cell::new(0),
        last_left: Notify::new(),
        crew,
        order,
    });
    shift.begin();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while shift.at_work.get() > 0 {
        tokio::select! {
            () = shift.last_left.notified() => {}
            _ = tick.tick() => {
                if stop.load(Ordering::Relaxed) {
                    shift.halt();
                }
                tell(shift.recorder.borrow_mut().progress());
            }
        }
    }
    let taken = shift.gate.as_ref().map_or(0, Turnstile::taken);
    let sent = taken - shift.dropped.get();
    let samples = shift.recorder.replace(Recorder::new(0)).into_samples();
    Yield { samples, intended: taken, sent }
}

impl<T: Transport + 'static, A: Alarm + 'static> Shift<T, A> {
    fn begin(self: &Rc<Self>) {
        let Seat { index, of } = self.crew.seat;
        match self.order.load {
            SliceLoad::Users(users) => {
                for number in 0..self.crew.seat.share(users) {
                    self.enter(Self::user(Rc::clone(self), number * of + index));
                }
            }
            SliceLoad::Arrivals { connections, .. } => {
                if self.crew.seat.share(connections) > 0 {
                    self.enter(Self::arrivals(Rc::clone(self)));
                }
            }
        }
    }

    fn enter(self: &Rc<Self>, work: impl Future<Output = ()> + 'static) {
        self.at_work.set(self.at_work.get() + 1);
        let shift = Rc::clone(self);
        tokio::task::spawn_local(async move {
            work.await;
            shift.at_work.set(shift.at_work.get() - 1);
            if shift.at_work.get() == 0 {
                shift.last_left.notify_one();
            }
        });
    }

    fn halt(&self) {
        self.stopped.set(true);
        if let Some(gate) = &self.gate {
            gate.close();
        }
    }

    fn line(&self) -> Line<'_, T> {
        let connection = self.crew.idle.borrow_mut().pop();
        Line::new(&self.crew.transport, &self.recorder, connection, self.crew.timeout)
    }

    fn request(&self, position: usize) -> &Request {
        &self.crew.requests[self.order.endpoints[position]]
    }

    /// A user of the closed loop: the next request begins when the last one has ended.
    async fn user(self: Rc<Self>, number: u32) {
        let until = self.order.begin + self.order.duration;
        let mut choices =
            Choices::new(stir(&[self.order.seed, u64::from(number)]), self.order.endpoints.len());
        let mut line = self.line();
        let mut free = Instant::now();
        while free < until && !self.stopped.get() {
            let position = choices.next();
            let request = self.request(position);
            let (end, outcome) = line.send(Turn { position, request, intended: free, free }).await;
            free = end;
            if matches!(outcome, Outcome::Failed(Failure::Connect | Failure::Tls | Failure::Dns)) {
                tokio::time::sleep(RECONNECT_PAUSE).await;
                free = Instant::now();
            }
        }
        self.crew.idle.borrow_mut().extend(line.hang_up());
    }

    /// A user of the open loop: takes on one arrival after the other.
    async fn arrivals(self: Rc<Self>) {
        let (SliceLoad::Arrivals { connections, .. }, Some(gate)) = (&self.order.load, &self.gate)
        else {
            return;
        };
        let most = self.crew.seat.share(*connections);
        let mut line = self.line();
        while let Some(arrival) = gate.pass().await {
            if arrival.deserted && self.at_work.get() < most {
                self.enter(Self::boxed_arrivals(Rc::clone(&self)));
            }
            let position =
                choice_of_arrival(self.order.seed, arrival.n, self.order.endpoints.len());
            if arrival.waited() > self.crew.timeout {
                self.dropped.set(self.dropped.get() + 1);
                self.recorder.borrow_mut().dropped(position);
                continue;
            }
            let request = self.request(position);
            let (intended, free) = (arrival.intended, arrival.free);
            line.send(Turn { position, request, intended, free }).await;
        }
        self.crew.idle.borrow_mut().extend(line.hang_up());
    }

    /// [`Self::arrivals`] with its type hidden, because it starts its own kind.
    fn boxed_arrivals(self: Rc<Self>) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.arrivals())
    }
}

#[cfg(test)]
mod tests;
