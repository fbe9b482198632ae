//! The users of one worker during one slice: who is at work, and what each does next.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::EngineError;
use super::alarm::Alarm;
use super::cast::{Role, draw, generator};
use super::line::{Ended, Line, Turn, User};
use super::paced::Paced;
use super::recorder::{Progress, Recorder};
use super::sequence::choice_of_arrival;
use super::sleepers::Sleepers;
use super::slice::{Crew, Order, Seat, SliceLoad, Yield};
use super::transport::Transport;
use super::turnstile::{Arrival, Turnstile};
use crate::model::{Failure, Outcome};

mod at_work;
mod settle;

use at_work::AtWork;

/// How long a user waits after it could not connect, so that a dead service is not hammered.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// How long a user waits at least after a task of which nothing could be sent.
const IDLE_PAUSE: Duration = Duration::from_millis(10);

/// One slice under way in one worker.
pub(crate) struct Shift<T: Transport, A> {
    crew: Rc<Crew<T>>,
    order: Order,
    /// The position in the slice of each endpoint of the plan.
    places: Vec<Option<usize>>,
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
        let Seat { index, of } = crew.seat;
        let clock = match &order.load {
            SliceLoad::Users(_) => Clock::Users(Sleepers::new(alarm)),
            SliceLoad::Arrivals { schedule, .. } => Clock::Arrivals(Turnstile::new(
                alarm,
                schedule.clone(),
                order.begin,
                u64::from(index),
                u64::from(of),
            )),
        };
        let mut places = vec![None; crew.script.requests.len()];
        for (position, &endpoint) in order.endpoints.iter().enumerate() {
            places[endpoint] = Some(position);
        }
        let first = crew.arrivals.get();
        if let SliceLoad::Arrivals { schedule, .. } = &order.load {
            crew.arrivals.set(first + schedule.count());
        }
        Self {
            first,
            places,
            recorder: RefCell::new(Recorder::new(order.endpoints.len())),
            stopped: Cell::new(false),
            clock,
            at_work: Cell::new(0),
            dropped: Cell::new(0),
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
            Clock::Users(sleepers) => sleepers.keep_waking().await,
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

    /// What was measured; there is nothing left of it afterwards.
    pub(crate) fn end(&self) -> Yield {
        let taken = match &self.clock {
            Clock::Users(_) => self.paced.get(),
            Clock::Arrivals(gate) => gate.taken(),
        };
        Yield {
            samples: self.recorder.replace(Recorder::new(0)).into_samples(),
            intended: taken,
            sent: taken - self.dropped.get(),
            fatal: self.fatal.take(),
        }
    }

    /// Has every user begin.
    pub(crate) fn begin(self: &Rc<Self>) {
        let Seat { index, of } = self.crew.seat;
        match self.order.load {
            SliceLoad::Users(users) => {
                for number in 0..self.crew.seat.share(users) {
                    let number = u64::from(number * of + index);
                    self.enter(Self::user(Rc::clone(self), number));
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
        let presence = AtWork::new(Rc::clone(self));
        tokio::task::spawn_local(async move {
            let _presence = presence;
            work.await;
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
        Line::new(&self.crew.transport, &self.crew.script, &self.recorder, user)
    }

    fn rest(&self, line: Line<'_, T>) {
        let user = line.hang_up();
        self.crew.resting.borrow_mut().insert(user.number, user);
    }

    /// A user of the closed loop: the next request begins when the last one has ended, and a pause
    /// is over.
    async fn user(self: Rc<Self>, number: u64) {
        let resting = self.crew.resting.borrow_mut().remove(&number);
        let mut line = self.line(resting.unwrap_or_else(|| User::new(number, &self.crew.script)));
        let mut random = generator(self.order.seed, number);
        let outcome = match self.crew.script.cast.role(number) {
            None => self.send_any(&mut line, &mut random).await,
            Some(role) => self.send_tasks(&mut line, role, &mut random).await,
        };
        if let Err(error) = outcome {
            self.fail(error);
        }
        self.rest(line);
    }

    fn is_over(&self, now: Instant) -> bool {
        self.stopped.get() || now >= self.order.begin + self.order.duration
    }

    /// Any endpoint with equal chance, one after the other.
    async fn send_any(
        &self,
        line: &mut Line<'_, T>,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        let choices = self.order.endpoints.len();
        let mut free = Instant::now();
        while !self.is_over(free) {
            let position = if choices > 1 { random.random_range(0..choices) } else { 0 };
            let turn =
                Turn { position, endpoint: self.order.endpoints[position], intended: free, free };
            let (until, was_sent) = self.send(line, turn, random).await?;
            free = until;
            if !was_sent {
                tokio::time::sleep(IDLE_PAUSE).await;
                free = Instant::now();
            }
        }
        Ok(())
    }

    /// What the user's role has it do.
    async fn send_tasks(
        &self,
        line: &mut Line<'_, T>,
        role: &Role,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        let Clock::Users(sleepers) = &self.clock else { return Ok(()) };
        // Users come back in the middle of a pause, as they would be found at any moment.
        let mut first = draw(role.pause, random).mul_f64(random.random::<f64>());
        if let Some(rate) = role.rate {
            let seconds = random.random::<f64>() / rate.get();
            let most = self.order.duration;
            first = Duration::try_from_secs_f64(seconds).map_or(most, |first| first.min(most));
        }
        let begin = Instant::now() + first;
        let end = self.order.begin + self.order.duration;
        let mut paced = role.rate.map(|rate| Paced::new(rate, begin, end));
        let mut due = begin;
        let mut available = begin;
        while !self.is_over(due.max(available)) {
            sleepers.until(due).await;
            if self.stopped.get() {
                return Ok(());
            }
            if let Some(paced) = &mut paced {
                paced.start();
            }
            let sent = self.send_steps(line, role, (due, available), random).await?;
            available = sent.until;
            let away = line.was_away();
            due = if let Some(paced) = &mut paced {
                if !sent.any {
                    tokio::task::consume_budget().await;
                }
                paced.delay(away);
                // The next intended start, whatever the answers took.
                let Some(due) = paced.due() else { break };
                due
            } else {
                let least = if sent.any { Duration::ZERO } else { IDLE_PAUSE };
                sent.until + draw(role.pause, random).max(least)
            };
        }
        if let Some(paced) = paced {
            self.settle(role, &paced);
        }
        Ok(())
    }

    /// The steps of one task, the first of which should begin at `due`. The user may be `available`
    /// later than that, because of its last answer.
    async fn send_steps(
        &self,
        line: &mut Line<'_, T>,
        role: &Role,
        (due, available): (Instant, Instant),
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Steps, EngineError> {
        let mut intended = due;
        let mut steps = Steps { until: due.max(available), any: false };
        for &endpoint in role.choose(random) {
            let free = steps.until;
            let Some(position) = self.places[endpoint].filter(|_| !self.is_over(free)) else {
                break;
            };
            let turn = Turn { position, endpoint, intended, free };
            let (until, was_sent) = self.send(line, turn, random).await?;
            steps = Steps { until, any: steps.any || was_sent };
            intended = until;
        }
        Ok(steps)
    }

    /// Sends one request; says when the user is free again, and whether anything was sent.
    async fn send(
        &self,
        line: &mut Line<'_, T>,
        turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(Instant, bool), EngineError> {
        match line.send(turn, random).await? {
            Ended::Skipped => Ok((turn.free, false)),
            Ended::Sent(_, Outcome::Failed(Failure::Connect | Failure::Tls | Failure::Dns)) => {
                tokio::time::sleep(RECONNECT_PAUSE).await;
                Ok((Instant::now(), true))
            }
            Ended::Sent(end, _) => Ok((end, true)),
        }
    }

    /// A user of the open loop: takes on one arrival after the other.
    async fn arrivals(self: Rc<Self>) {
        let (SliceLoad::Arrivals { connections, .. }, Clock::Arrivals(gate)) =
            (&self.order.load, &self.clock)
        else {
            return;
        };
        let most = self.crew.seat.share(*connections);
        let resting = self.crew.resting.borrow_mut().pop_last().map(|(_, user)| user);
        let mut line = self.line(resting.unwrap_or_else(|| self.newcomer()));
        while let Some(arrival) = gate.pass().await {
            if arrival.deserted && self.at_work.get() < most {
                self.enter(Self::boxed_arrivals(Rc::clone(&self)));
            }
            if let Err(error) = self.take_on(&mut line, arrival).await {
                self.fail(error);
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

    async fn take_on(&self, line: &mut Line<'_, T>, arrival: Arrival) -> Result<(), EngineError> {
        let (intended, free) = (arrival.intended, arrival.free);
        let mut random = generator(self.order.seed, arrival.n);
        line.arrive(self.first + arrival.n);
        let any;
        let steps = if let Some(role) = self.crew.script.cast.role(arrival.n) {
            role.choose(&mut random)
        } else {
            let choices = self.order.endpoints.len();
            let choice = choice_of_arrival(self.order.seed, arrival.n, choices);
            any = [self.order.endpoints[choice]];
            &any
        };
        let mut turn = Turn { position: 0, endpoint: 0, intended, free };
        for &endpoint in steps {
            let Some(position) = self.places[endpoint] else { break };
            turn = Turn { position, endpoint, ..turn };
            if arrival.waited() > self.crew.script.timeout {
                self.dropped.set(self.dropped.get() + 1);
                self.recorder.borrow_mut().dropped(position, 1);
                // A schedule that nobody can keep up with must not keep the worker from its tick.
                tokio::task::consume_budget().await;
                break;
            }
            if let Ended::Sent(end, _) = line.send(turn, &mut random).await? {
                turn = Turn { intended: end, free: end, ..turn };
            }
        }
        Ok(())
    }

    /// [`Self::arrivals`] with its type hidden, because it starts its own kind.
    fn boxed_arrivals(self: Rc<Self>) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.arrivals())
    }
}

/// What became of a task's steps.
#[derive(Clone, Copy)]
struct Steps {
    /// When the last one ended.
    until: Instant,
    /// Whether anything was sent.
    any: bool,
}
