//! One user's line to the service: its connection, and what makes it this user, kept from request
//! to request.

use std::cell::RefCell;
use std::time::Duration;

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::assess::assess;
use super::deadline::{Deadline, Elapsed};
use super::ledger::Ledger;
use super::message::Message;
use super::person::Person;
use super::recorder::{Place, Recorder, Times};
use super::request::{Request, Unsendable};
use super::script::Script;
use super::transport::{Connection, Exchange, Transport};
use super::values::Values;
use crate::model::{Failure, Outcome, Slot, Value};

/// How long a user waits after a request that could not be made of its values.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// A user between two slices.
pub(crate) struct User<C> {
    pub(crate) number: u64,
    pub(super) connection: Option<C>,
    /// Absent where all users send the same.
    pub(super) person: Option<Box<Person>>,
}

impl<C> User<C> {
    /// A user who has not sent anything yet.
    pub(crate) fn new(number: u64, script: &Script) -> Self {
        let is_somebody = script.personal || script.inspects;
        let person = is_somebody.then(|| Box::new(Person::new(number, script)));
        Self { number, connection: None, person }
    }
}

/// A user at work: a connection that is made when it is first needed and again when it was lost,
/// the timeout that covers both, and the recorder that is told how each request ended.
pub(crate) struct Line<'a, T: Transport> {
    transport: &'a T,
    pub(super) script: &'a Script,
    recorder: &'a RefCell<Recorder>,
    ledger: &'a Ledger,
    deadline: Deadline,
    pub(super) user: User<T::Connection>,
    /// Time the user has spent on its identity since it was last asked.
    pub(super) away: Duration,
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
        transport: &'a T,
        script: &'a Script,
        recorder: &'a RefCell<Recorder>,
        ledger: &'a Ledger,
        user: User<T::Connection>,
    ) -> Self {
        let deadline = Deadline::new(script.timeout);
        Self { transport, script, recorder, ledger, deadline, user, away: Duration::ZERO }
    }

    /// The same with another timeout.
    pub(crate) fn within(mut self, timeout: Duration) -> Self {
        self.deadline = Deadline::new(timeout);
        self
    }

    /// Gives the user these values, if it has any of its own.
    pub(crate) fn know(&mut self, values: &[(Slot, Value)]) {
        if let Some(person) = &mut self.user.person {
            for (slot, value) in values {
                person.values.set(*slot, value);
            }
        }
    }

    /// What is sent from now on is for this arrival.
    pub(crate) fn arrive(&mut self, arrival: u64) {
        if let Some(person) = &mut self.user.person {
            person.arrive(arrival);
        }
    }

    /// Sends one request, records it and says when and how it ended.
    ///
    /// # Errors
    /// When the user cannot log in.
    pub(crate) async fn send(
        &mut self,
        turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let request = &self.script.requests[turn.endpoint];
        if self.script.personal || request.inspects() {
            return self.send_as_person(turn, random).await;
        }
        let mut made = None;
        let Ok(message) = request.message(&Values::new(0), &mut made) else {
            return Ok(self.skip(turn));
        };
        let begun = self.deliver(turn, message, &self.script.nobodys, None).await;
        let outcome = request.judge(&begun.exchange);
        Ok(self.record(turn, begun, outcome))
    }

    /// The same for a user with an identity and values of its own.
    async fn send_as_person(
        &mut self,
        mut turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let Some(mut person) = self.user.person.take() else { return Ok(self.skip(turn)) };
        let mut made = person.made.take();
        let sent = self.send_for(&mut person, &mut made, &mut turn, random).await;
        person.made = made;
        self.user.person = Some(person);
        sent
    }

    async fn send_for(
        &mut self,
        person: &mut Person,
        made: &mut Option<Message>,
        turn: &mut Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let script = self.script;
        let request = &script.requests[turn.endpoint];
        let mut expired: Option<Instant> = None;
        loop {
            let since = Instant::now();
            self.identify(person, request, turn, expired).await?;
            if expired.is_none() {
                person.draw(script, &request.draws, random);
            }
            let message = match request.message(&person.values, made) {
                Ok(message) => message,
                Err(Unsendable::Missing(_)) => return Ok(self.skip(*turn)),
                Err(Unsendable::Refused) => {
                    // Else a user whose values never fit would keep its worker for itself. Apart,
                    // because the timer would stay in every user's memory.
                    Box::pin(tokio::time::sleep(REFUSED_PAUSE)).await;
                    let found = || "a value cannot be sent there".to_owned();
                    self.recorder.borrow_mut().failed_check(turn.place(), "request", found);
                    let outcome = Outcome::Failed(Failure::Check);
                    return Ok(self.record(*turn, Begun::nothing(turn.free), outcome));
                }
            };
            person.prepare(message.path(), request);
            let begun = self.ask(person, request, message, *turn).await;
            let is_expired =
                begun.exchange.answer == Ok(401) && !request.judge(&begun.exchange).is_success();
            if is_expired && expired.is_none() && person.can_have_expired() {
                person.forget();
                expired = Some(since);
                continue;
            }
            let mut outcome = assess(person, request, &begun.exchange, |written, found| {
                let mut recorder = self.recorder.borrow_mut();
                recorder.failed_check(turn.place(), written, || found.to_string());
            });
            if outcome == Outcome::Success && person.follow(script, &request.captures).is_err() {
                let found = || "a value cannot be sent in a header".to_owned();
                self.recorder.borrow_mut().failed_check(turn.place(), "[login] headers", found);
                outcome = Outcome::Failed(Failure::Check);
            }
            if let Some(deletion) = &script.deletions[turn.endpoint] {
                let user = self.user.number;
                self.ledger.note(user, turn.endpoint, deletion, &person.values, outcome);
            }
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
        reply: Option<&mut super::capture::Reply>,
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
        let Begun { exchange: Exchange { sent, end, bytes, .. }, began } = begun;
        if let Outcome::Failed(failure) = outcome
            && spoils(failure)
        {
            self.user.connection = None;
        }
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

    fn skip(&mut self, turn: Turn) -> Ended {
        self.recorder.borrow_mut().skipped(turn.place());
        Ended::Skipped
    }

    /// Time the user has spent on its identity since this was last asked: not measured, so that
    /// what should begin at a time begins so much later.
    pub(crate) fn was_away(&mut self) -> Duration {
        std::mem::take(&mut self.away)
    }

    /// The user's number.
    pub(crate) fn number(&self) -> u64 {
        self.user.number
    }

    /// Closes the connection, as one who leaves.
    pub(crate) fn close(&mut self) {
        self.user.connection = None;
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
    /// Nothing was sent for a user who was free from `free` on.
    fn nothing(free: Instant) -> Self {
        let end = Instant::now().max(free);
        Self {
            exchange: Exchange { sent: free, ..Exchange::failed(end, Failure::Check) },
            began: None,
        }
    }
}

/// What goes to the transport.
struct Parcel<'a> {
    message: &'a Message,
    also: &'a HeaderMap,
    reply: Option<&'a mut super::capture::Reply>,
}

/// Sends over the connection there is, or over a new one. `began` is set when one is made.
async fn deliver<T: Transport>(
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
fn spoils(failure: Failure) -> bool {
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
