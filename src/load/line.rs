//! One user's line to the service: its connection, and what makes it this user, kept from request
//! to request.

use std::cell::{Cell, RefCell};

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::act::Act;
use super::assess::assess;
use super::capture::Reply;
use super::deadline::{Deadline, Elapsed};
use super::message::Message;
use super::person::Person;
use super::recorder::{Place, Recorder, Times};
use super::request::{Request, Unsendable};
use super::script::Script;
use super::transport::{Connection, Exchange, Transport};
use super::values::Values;
use crate::model::{Failure, Outcome};

/// A user between two slices.
pub(crate) struct User<C> {
    pub(crate) number: u64,
    pub(super) connection: Option<C>,
    /// The connections that pages need besides, as far as they were ever needed.
    pub(super) others: Vec<Option<C>>,
    /// Absent where all users send the same.
    pub(super) person: Option<Box<Person>>,
}

impl<C> User<C> {
    /// A user who has not sent anything yet.
    pub(crate) fn new(number: u64, script: &Script) -> Self {
        let is_somebody = script.personal || script.inspects;
        let person = is_somebody.then(|| Box::new(Person::new(number, script)));
        Self { number, connection: None, others: Vec::new(), person }
    }
}

/// A user at work: a connection that is made when it is first needed and again when it was lost,
/// the timeout that covers both, and the recorder that is told how each request ended.
pub(crate) struct Line<'a, T: Transport> {
    pub(super) transport: &'a T,
    pub(super) script: &'a Script,
    pub(super) recorder: &'a RefCell<Recorder>,
    /// The position in the slice of each endpoint of the plan.
    pub(super) places: &'a [Option<usize>],
    /// Whether nothing may begin any more.
    stopped: &'a Cell<bool>,
    /// From when on nothing may begin.
    until: Option<Instant>,
    pub(super) deadline: Deadline,
    pub(super) user: User<T::Connection>,
}

/// One request to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// The endpoint's position in the slice.
    pub(crate) position: usize,
    /// The endpoint's position in the plan.
    pub(crate) endpoint: usize,
    /// When the request should begin.
    pub(crate) intended: Instant,
    /// From when on a delay is the generator's own: the intended start, or later when it was the
    /// service that kept the user.
    pub(crate) free: Instant,
}

impl Turn {
    /// Which request it is, for the recorder.
    pub(crate) fn place(&self) -> Place {
        Place { position: self.position, intended: self.intended }
    }
}

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A request was sent, and ended so.
    Sent(Instant, Outcome),
    /// It needs a value that the user does not have yet.
    Skipped,
}

impl<'a, T: Transport> Line<'a, T> {
    pub(crate) fn new(
        (transport, script): (&'a T, &'a Script),
        recorder: &'a RefCell<Recorder>,
        places: &'a [Option<usize>],
        stopped: &'a Cell<bool>,
        user: User<T::Connection>,
    ) -> Self {
        let deadline = Deadline::new(script.timeout);
        Self { transport, script, recorder, places, stopped, until: None, deadline, user }
    }

    /// Lets the user begin nothing from `until` on in the middle of what it does.
    pub(crate) fn stay_until(&mut self, until: Instant) {
        self.until = Some(until);
    }

    /// Whether nothing may begin any more that would begin at `now`.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.stopped.get() || self.until.is_some_and(|until| now >= until)
    }

    /// Takes one turn, records it and says when and how it ended.
    ///
    /// # Errors
    /// When the user cannot log in.
    pub(crate) async fn send(
        &mut self,
        turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let request = match &self.script.acts[turn.endpoint] {
            Act::Request(request) => request,
            // Apart, so that users who only send requests do not hold the memory for more.
            Act::Page(page) => return Box::pin(self.open(page, turn, random)).await,
            Act::Socket(socket) => return Box::pin(self.converse(socket, turn, random)).await,
            Act::Part => return Ok(self.skip(turn)),
        };
        if self.script.personal || request.inspects() {
            return self.send_as_person(request, turn, random).await;
        }
        let mut made = None;
        let Ok(message) = request.message(&Values::new(0), &mut made) else {
            return Ok(self.skip(turn));
        };
        let begun = self.deliver(turn, message, &self.script.nobodys, None).await;
        let outcome = request.judge(&begun.exchange);
        self.tally(request, turn, outcome, None);
        Ok(self.record(turn, begun, outcome))
    }

    /// The same for a user with an identity and values of its own.
    async fn send_as_person(
        &mut self,
        request: &Request,
        mut turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let Some(mut person) = self.user.person.take() else { return Ok(self.skip(turn)) };
        let mut made = person.made.take();
        let sent = self.send_for((&mut person, request), &mut made, &mut turn, random).await;
        person.made = made;
        self.user.person = Some(person);
        sent
    }

    async fn send_for(
        &mut self,
        (person, request): (&mut Person, &Request),
        made: &mut Option<Message>,
        turn: &mut Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let script = self.script;
        let mut is_second = false;
        loop {
            self.identify(person, turn, random).await?;
            person.draw(script, &request.draws, random);
            let message = match request.message(&person.values, made) {
                Ok(message) => message,
                Err(Unsendable::Missing(_)) => return Ok(self.skip(*turn)),
                Err(Unsendable::Refused) => {
                    let found = || "a value has characters that cannot be sent there".to_owned();
                    self.recorder.borrow_mut().failed_check(turn.place(), "request", found);
                    let outcome = Outcome::Failed(Failure::Check);
                    return Ok(self.record(*turn, Begun::nothing(turn.free), outcome));
                }
            };
            person.prepare(message.path(), request);
            let begun = self.ask(person, request, message, *turn).await;
            let is_expired =
                begun.exchange.answer == Ok(401) && !request.judge(&begun.exchange).is_success();
            if is_expired && script.login.is_some() && !is_second {
                // Its identity has expired; it logs in anew, and that is not measured either.
                person.forget();
                is_second = true;
                continue;
            }
            let outcome = assess(person, request, &begun.exchange, |written, found| {
                let mut recorder = self.recorder.borrow_mut();
                recorder.failed_check(turn.place(), written, || found.to_string());
            });
            self.tally(request, *turn, outcome, Some(&person.reply));
            return Ok(self.record(*turn, begun, outcome));
        }
    }

    /// Sends `message` for `person`, and follows where the answer leads.
    pub(super) async fn ask(
        &mut self,
        person: &mut Person,
        request: &Request,
        message: &Message,
        turn: Turn,
    ) -> Begun {
        let begun = self.deliver(turn, message, &person.also, Some(&mut person.reply)).await;
        let Ok(status) = begun.exchange.answer else { return begun };
        person.hear(self.script, message.path());
        if request.follows(status) {
            // Apart, because its state would stay in every user's memory.
            Box::pin(self.follow(person, request, message, turn, begun)).await
        } else {
            begun
        }
    }

    /// Waits for `work` of a turn until its timeout.
    pub(super) async fn limit<F: Future>(
        &mut self,
        turn: Turn,
        work: F,
    ) -> Result<F::Output, Elapsed> {
        self.deadline.limit(turn.free, work).await
    }

    pub(super) async fn deliver(
        &mut self,
        turn: Turn,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Begun {
        let Self { transport, recorder, deadline, user, .. } = self;
        let mut began = None;
        let work = deliver(
            *transport,
            &mut user.connection,
            Parcel { message, also, reply },
            &mut began,
            || recorder.borrow_mut().connection(turn.place()),
        );
        let exchange = deadline.limit(turn.free, work).await.unwrap_or_else(|Elapsed| {
            let end = Instant::now();
            // A request that was under way was handed over as soon as its user was free.
            let sent = began.unwrap_or(turn.free);
            Exchange { sent, ..Exchange::failed(end, Failure::Timeout) }
        });
        Begun { exchange, began }
    }

    fn record(&mut self, turn: Turn, begun: Begun, outcome: Outcome) -> Ended {
        if let Outcome::Failed(failure) = outcome
            && spoils(failure)
        {
            self.user.connection = None;
        }
        self.note(turn, begun, outcome)
    }

    /// Records how a turn ended, whatever becomes of the connection.
    pub(super) fn note(&mut self, turn: Turn, begun: Begun, outcome: Outcome) -> Ended {
        let Begun { exchange: Exchange { sent, end, bytes, .. }, began } = begun;
        // Waiting for the handshake is the service's time; what came before it is the generator's.
        let acted = began.unwrap_or(sent);
        let times = Times {
            latency: end - turn.intended,
            service_time: end - sent,
            lag: acted.saturating_duration_since(turn.free),
        };
        self.recorder.borrow_mut().request(turn.place(), outcome, times, bytes);
        Ended::Sent(end, outcome)
    }

    /// Takes what a success gives to metrics.
    pub(super) fn tally(
        &self,
        request: &Request,
        turn: Turn,
        outcome: Outcome,
        reply: Option<&Reply>,
    ) {
        if outcome == Outcome::Success && !request.tallies.is_empty() {
            let mut recorder = self.recorder.borrow_mut();
            request.tallies.take(reply, (self.places, turn.intended), &mut recorder);
        }
    }

    /// Counts a turn for which the user had not the values yet.
    pub(super) fn skip(&mut self, turn: Turn) -> Ended {
        self.recorder.borrow_mut().skipped(turn.place());
        Ended::Skipped
    }

    /// The user's number.
    pub(crate) fn number(&self) -> u64 {
        self.user.number
    }

    /// Closes the connection, as one who leaves.
    pub(crate) fn close(&mut self) {
        self.user.connection = None;
        self.user.others.clear();
    }

    /// The user, for the next slice.
    pub(crate) fn hang_up(self) -> User<T::Connection> {
        self.user
    }
}

/// An exchange, and when a connection was begun for it, if one was.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) exchange: Exchange,
    pub(super) began: Option<Instant>,
}

impl Begun {
    /// Nothing was sent.
    pub(super) fn nothing(at: Instant) -> Self {
        Self { exchange: Exchange::failed(at, Failure::Check), began: None }
    }
}

/// What goes to the transport.
pub(super) struct Parcel<'a> {
    pub(super) message: &'a Message,
    pub(super) also: &'a HeaderMap,
    pub(super) reply: Option<&'a mut Reply>,
}

/// Sends over the connection there is, or over a new one. `began` is set when one is made.
pub(super) async fn deliver<T: Transport>(
    transport: &T,
    connection: &mut Option<T::Connection>,
    parcel: Parcel<'_>,
    began: &mut Option<Instant>,
    connected: impl FnOnce(),
) -> Exchange {
    let Parcel { message, also, mut reply } = parcel;
    if let Some(open) = connection
        && let Some(exchange) = open.exchange(message, also, reply.as_deref_mut()).await
    {
        return exchange;
    }
    let failed = |failure| Exchange::failed(Instant::now(), failure);
    *connection = None;
    *began = Some(Instant::now());
    // Apart, because a TLS handshake's state would stay in every user's memory.
    match Box::pin(transport.connect()).await {
        Err(failure) => failed(failure),
        Ok(open) => {
            connected();
            let exchange = connection.insert(open).exchange(message, also, reply).await;
            exchange.unwrap_or_else(|| failed(Failure::Reset))
        }
    }
}

/// Whether a connection is of no use after such a failure.
pub(super) fn spoils(failure: Failure) -> bool {
    match failure {
        Failure::Dns
        | Failure::Connect
        | Failure::Tls
        | Failure::Timeout
        | Failure::Reset
        | Failure::Protocol
        | Failure::Body => true,
        Failure::Status4xx
        | Failure::Status5xx
        | Failure::StatusOther
        | Failure::Check
        | Failure::Limited
        | Failure::Redirect
        | Failure::Dropped => false,
    }
}
