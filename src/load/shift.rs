//! The users of one worker during one slice: who is at work, and when.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::EngineError;
use super::act::Act;
use super::alarm::Alarm;
use super::busy::Busy;
use super::calls::Calls;
use super::cast::generator;
use super::line::{Line, User};
use super::presence::Entry;
use super::recorder::{Progress, Recorder};
use super::sleepers::Sleepers;
use super::slice::{Crew, Leaving, Order, Seat, SliceLoad, Yield};
use super::spin::{OnTime, counted};
use super::transport::Transport;
use super::turnstile::Turnstile;
use crate::model::Histogram;

mod at_work;
mod settle;
mod work;

use at_work::AtWork;
use work::Stay;

/// One slice under way in one worker.
pub(crate) struct Shift<T: Transport, A> {
    crew: Rc<Crew<T>>,
    order: Order,
    /// The position in the slice of each endpoint of the plan.
    places: Vec<Option<usize>>,
    /// What users can do, each with its position in the slice and that in the plan.
    acts: Vec<(usize, usize)>,
    recorder: RefCell<Recorder>,
    stopped: Cell<bool>,
    clock: Clock<A>,
    at_work: Cell<u32>,
    dropped: Cell<u64>,
    /// Arrivals of the slices before.
    first: u64,
    /// Intended starts of users with a rate.
    paced: Cell<u64>,
    fatal: RefCell<Option<EngineError>>,
    last_left: Notify,
}

/// What decides when requests begin.
enum Clock<A> {
    /// Each user for itself; those that pause are woken.
    Users(Sleepers<A>),
    /// The schedule.
    Arrivals(Turnstile<A>),
}

impl<T: Transport + 'static, A: Alarm + 'static> Shift<T, A> {
    pub(crate) fn new(crew: Rc<Crew<T>>, order: Order, alarm: A) -> Self {
        let alarm = OnTime::new(alarm);
        let Seat { index, of } = crew.seat;
        let clock = match &order.load {
            SliceLoad::Users(_) | SliceLoad::Presence { .. } => Clock::Users(Sleepers::new(alarm)),
            SliceLoad::Arrivals { schedule, arrivals, .. } => Clock::Arrivals(Turnstile::new(
                alarm,
                Calls::new(schedule.clone(), *arrivals, order.seed),
                order.begin,
                u64::from(index),
                u64::from(of),
            )),
        };
        let mut places = vec![None; crew.script.acts.len()];
        for (position, &endpoint) in order.endpoints.iter().enumerate() {
            places[endpoint] = Some(position);
        }
        let first = crew.arrivals.get();
        if let SliceLoad::Arrivals { schedule, .. } = &order.load {
            crew.arrivals.set(first + schedule.count());
        }
        let kind = |&endpoint: &usize| crew.script.acts[endpoint].kind();
        let kinds = order.endpoints.iter().map(kind).collect();
        let acts = order.endpoints.iter().copied().enumerate();
        let acts =
            acts.filter(|&(_, endpoint)| !matches!(crew.script.acts[endpoint], Act::Part(_)));
        // What ends with its tasks has no time to be divided by.
        let until = order.tasks.is_none().then(|| order.begin + order.duration);
        Self {
            places,
            acts: acts.collect(),
            recorder: RefCell::new(Recorder::new(kinds, order.timeline.clone(), until)),
            stopped: Cell::new(false),
            clock,
            at_work: Cell::new(0),
            dropped: Cell::new(0),
            first,
            paced: Cell::new(0),
            fatal: RefCell::default(),
            last_left: Notify::new(),
            crew,
            order,
        }
    }

    /// Wakes those that pause, for as long as it is polled.
    pub(crate) async fn keep_waking(self: Rc<Self>) {
        match &self.clock {
            Clock::Users(sleepers) => counted(sleepers.keep_waking()).await,
            Clock::Arrivals(_) => {}
        }
    }

    pub(crate) fn is_at_work(&self) -> bool {
        self.at_work.get() > 0
    }

    pub(crate) async fn last_has_left(&self) {
        self.last_left.notified().await;
    }

    /// Whether something came that nothing can go on with.
    pub(crate) fn has_failed(&self) -> bool {
        self.fatal.borrow().is_some()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.recorder.borrow_mut().progress()
    }

    pub(crate) fn successes(&self) -> u64 {
        self.recorder.borrow().successes()
    }

    /// What was measured, with what probes say of the worker's `poll_delay` and how `busy` it was; there
    /// is nothing left of it afterwards.
    pub(crate) fn end(&self, mut poll_delay: Histogram, busy: Busy) -> Yield {
        let taken = match &self.clock {
            Clock::Users(_) => self.paced.get(),
            Clock::Arrivals(gate) => gate.taken(),
        };
        let recorder = self.recorder.replace(Recorder::new(Box::default(), None, None));
        poll_delay.merge(recorder.unread());
        let (samples, counts, buckets) = recorder.into_parts(self.order.duration);
        Yield {
            samples,
            counts,
            buckets,
            intended: taken,
            sent: taken - self.dropped.get(),
            poll_delay,
            busy,
            fatal: self.fatal.take(),
        }
    }

    /// Has every user begin.
    pub(crate) fn begin(self: &Rc<Self>) {
        let Seat { index, of } = self.crew.seat;
        let numbers = |users| {
            let share = self.crew.seat.share(users);
            (0..share).map(move |number| u64::from(number * of + index))
        };
        match &self.order.load {
            SliceLoad::Users(users) => {
                numbers(*users).for_each(|it| self.enter(Self::user(Rc::clone(self), it)));
            }
            SliceLoad::Presence { presence, .. } => {
                numbers(presence.most())
                    .for_each(|it| self.enter(Self::guest(Rc::clone(self), it)));
            }
            SliceLoad::Arrivals { users, .. } => {
                if self.crew.seat.share(*users) > 0 {
                    self.enter(Self::arrivals(Rc::clone(self)));
                }
            }
        }
    }

    fn enter(self: &Rc<Self>, work: impl Future<Output = ()> + 'static) {
        let presence = AtWork::new(Rc::clone(self));
        tokio::task::spawn_local(async move {
            let _presence = presence;
            counted(work).await;
        });
    }

    /// Lets nobody begin anything any more.
    pub(crate) fn halt(&self) {
        self.stopped.set(true);
        match &self.clock {
            Clock::Users(sleepers) => sleepers.close(),
            Clock::Arrivals(gate) => gate.close(),
        }
    }

    fn fail(&self, error: EngineError) {
        self.fatal.borrow_mut().get_or_insert(error);
        self.halt();
    }

    fn line(&self, user: User<T::Connection>) -> Line<'_, T> {
        let Crew { transport, script, ledger, .. } = &*self.crew;
        Line::new(transport, script, &self.recorder, ledger, user)
            .in_slice(&self.places, &self.stopped)
    }

    fn rest(&self, line: Line<'_, T>) {
        let user = line.hang_up();
        self.crew.resting.borrow_mut().insert(user.number, user);
    }

    /// A user of the closed loop: the next request begins when the last one has ended, and a pause
    /// is over.
    async fn user(self: Rc<Self>, number: u64) {
        let mut line = self.take_up(number);
        let mut random = generator(self.order.seed, number);
        let now = Instant::now();
        let stay = Stay {
            from: now,
            free: now,
            to: self.order.begin + self.order.duration,
            entry: Entry::Found,
        };
        if let Err(error) = self.work(&mut line, stay, &mut random).await {
            self.fail(error);
        }
        self.rest(line);
    }

    /// A user of the closed loop who comes and goes.
    async fn guest(self: Rc<Self>, number: u64) {
        let (SliceLoad::Presence { presence, leaving }, Clock::Users(sleepers)) =
            (&self.order.load, &self.clock)
        else {
            return;
        };
        let mut line = self.take_up(number);
        let mut random = generator(self.order.seed, number);
        for stretch in presence.stretches(number) {
            let [from, to] = [stretch.from, stretch.to].map(|at| self.order.begin + at);
            let free = from.max(Instant::now());
            sleepers.until(free).await;
            let stay = Stay { from, free, to, entry: stretch.entry };
            if let Err(error) = self.work(&mut line, stay, &mut random).await {
                self.fail(error);
            }
            match leaving {
                Leaving::HangsUp => line.close(),
                Leaving::Stays => {}
            }
        }
        self.rest(line);
    }

    fn take_up(&self, number: u64) -> Line<'_, T> {
        let resting = self.crew.resting.borrow_mut().remove(&number);
        self.line(resting.unwrap_or_else(|| User::new(number, &self.crew.script)))
    }

    /// A user of the open loop: takes on one arrival after the other.
    async fn arrivals(self: Rc<Self>) {
        let (SliceLoad::Arrivals { users, .. }, Clock::Arrivals(gate)) =
            (&self.order.load, &self.clock)
        else {
            return;
        };
        let most = self.crew.seat.share(*users);
        let resting = self.crew.resting.borrow_mut().pop_last().map(|(_, user)| user);
        let mut line = self.line(resting.unwrap_or_else(|| self.newcomer()));
        // There could have been one more all the time.
        let mut since = self.order.begin;
        while let Some(arrival) = gate.pass(since).await {
            if arrival.deserted && self.at_work.get() < most {
                self.enter(Self::boxed_arrivals(Rc::clone(&self)));
            }
            match self.take_on(&mut line, arrival).await {
                Ok(free) => since = free,
                Err(error) => self.fail(error),
            }
        }
        self.rest(line);
    }

    /// The next user of the open loop, with a number that no other worker gives.
    fn newcomer(&self) -> User<T::Connection> {
        let Seat { index, of } = self.crew.seat;
        let hired = self.crew.hired.get();
        self.crew.hired.set(hired + 1);
        User::new(hired * u64::from(of) + u64::from(index), &self.crew.script)
    }

    /// [`Self::arrivals`] with its type hidden, because it starts its own kind.
    fn boxed_arrivals(self: Rc<Self>) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.arrivals())
    }
}
