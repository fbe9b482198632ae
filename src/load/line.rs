//! One user's line to the service: its connection, and what makes it this user, kept from request
//! to request.

use std::cell::RefCell;
use std::time::Duration;

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::deadline::{Deadline, Elapsed};
use super::person::Person;
use super::recorder::{Recorder, Times};
use super::request::{Message, Request, Unsendable};
use super::script::Script;
use super::transport::{Connection, Exchange, Transport};
use super::values::Values;
use crate::model::{Failure, Outcome};

/// How long a user waits after a request that could not be made of its values.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// A user between two slices.
pub(crate) struct User<C> {
    pub(crate) number: u64,
    connection: Option<C>,
    /// Absent where all users send the same.
    person: Option<Box<Person>>,
}

impl<C> User<C> {
    /// A user who has not sent anything yet.
    pub(crate) fn new(number: u64, script: &Script) -> Self {
        let person = script.personal.then(|| Box::new(Person::new(number, script)));
        Self { number, connection: None, person }
    }
}

/// A user at work: a connection that is made when it is first needed and again when it was lost,
/// the timeout that covers both, and the recorder that is told how each request ended.
pub(crate) struct Line<'a, T: Transport> {
    transport: &'a T,
    script: &'a Script,
    recorder: &'a RefCell<Recorder>,
    deadline: Deadline,
    user: User<T::Connection>,
    /// Time the user has spent on its identity since it was last asked.
    away: Duration,
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

/// What became of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A request was sent, and ended so.
    Sent(Instant, Outcome),
    /// It needs a value that the user does not have yet.
    Skipped,
}

impl Turn {
    /// The position of what is not measured: none of a slice.
    const UNMEASURED: usize = usize::MAX;
}

impl<'a, T: Transport> Line<'a, T> {
    pub(crate) fn new(
        transport: &'a T,
        script: &'a Script,
        recorder: &'a RefCell<Recorder>,
        user: User<T::Connection>,
    ) -> Self {
        Self {
            transport,
            script,
            recorder,
            deadline: Deadline::new(script.timeout),
            user,
            away: Duration::ZERO,
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
        if self.user.person.is_some() {
            return self.send_as_person(turn, random).await;
        }
        let request = &self.script.requests[turn.endpoint];
        let mut made = None;
        let Ok(message) = request.message(&Values::new(0), &mut made) else {
            return Ok(self.skip(turn));
        };
        let begun = self.deliver(turn, message, &HeaderMap::new(), None).await;
        let outcome = begun.exchange.answer.map_or_else(Outcome::Failed, |s| request.judge(s));
        Ok(self.record(turn, begun, outcome))
    }

    /// The same for a user with an identity and values of its own.
    async fn send_as_person(
        &mut self,
        mut turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let Some(mut person) = self.user.person.take() else { return Ok(self.skip(turn)) };
        let sent = self.send_for(&mut person, &mut turn, random).await;
        self.user.person = Some(person);
        sent
    }

    async fn send_for(
        &mut self,
        person: &mut Person,
        turn: &mut Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let script = self.script;
        let request = &script.requests[turn.endpoint];
        let mut made = None;
        let mut expired: Option<Instant> = None;
        loop {
            let since = Instant::now();
            if let Some(login) = script.login.as_ref().filter(|login| person.is_nobody(login)) {
                let known = person.shared_values(script, &login.request, request);
                self.log_in(person, &login.request).await?;
                person.remember(login)?;
                if expired.is_some() {
                    person.restore(&known);
                }
                // Logging in is never measured, nor is the answer that asked for it.
                let away = expired.unwrap_or(since).elapsed();
                turn.intended += away;
                turn.free += away;
                self.away += away;
            }
            if expired.is_none() {
                person.draw(script, &request.draws, random);
            }
            let message = match request.message(&person.values, &mut made) {
                Ok(message) => message,
                Err(Unsendable::Missing(_)) => return Ok(self.skip(*turn)),
                Err(Unsendable::Refused) => {
                    // Else a user whose values never fit would keep its worker for itself. Apart,
                    // because the timer would stay in every user's memory.
                    Box::pin(tokio::time::sleep(REFUSED_PAUSE)).await;
                    let outcome = Outcome::Failed(Failure::Check);
                    return Ok(self.record(*turn, Begun::nothing(turn.free), outcome));
                }
            };
            person.prepare(message.uri.path(), request);
            let begun = self.deliver(*turn, message, &person.also, Some(&mut person.reply)).await;
            if begun.exchange.answer.is_ok() {
                person.hear(script, message.uri.path());
            }
            let answer = begun.exchange.answer;
            let mut outcome = answer.map_or_else(Outcome::Failed, |status| request.judge(status));
            let is_expired = answer == Ok(401) && outcome != Outcome::Success;
            if is_expired && expired.is_none() && person.can_have_expired() {
                person.forget();
                expired = Some(since);
                continue;
            }
            if outcome == Outcome::Success && person.keep(&request.captures).is_err() {
                outcome = Outcome::Failed(Failure::Check);
            }
            if outcome == Outcome::Success && person.follow(script, &request.captures).is_err() {
                outcome = Outcome::Failed(Failure::Check);
            }
            return Ok(self.record(*turn, begun, outcome));
        }
    }

    /// Sends the login; nothing of it is recorded.
    async fn log_in(&mut self, person: &mut Person, request: &Request) -> Result<(), EngineError> {
        // What it was before has no part in it.
        person.forget();
        person.draw_for_login(self.script, &request.draws);
        let mut made = None;
        let failed = |what: String| EngineError::Login { what };
        let message = request.message(&person.values, &mut made).map_err(|why| {
            failed(match why {
                Unsendable::Missing(_) => "it needs a value that the user does not have".to_owned(),
                Unsendable::Refused => {
                    "a value of the user has characters that its path or a header cannot have"
                        .to_owned()
                }
            })
        })?;
        person.prepare(message.uri.path(), request);
        let now = Instant::now();
        let turn = Turn { position: Turn::UNMEASURED, endpoint: 0, intended: now, free: now };
        let begun = self.deliver(turn, message, &person.also, Some(&mut person.reply)).await;
        if begun.exchange.answer.is_ok() {
            person.hear(self.script, message.uri.path());
        }
        match begun.exchange.answer {
            Err(failure) => {
                self.user.connection = None;
                Err(failed(format!("no answer ({failure})")))
            }
            Ok(status) if request.judge(status) != Outcome::Success => {
                Err(failed(format!("it was answered with status {status}")))
            }
            Ok(_) => person.keep(&request.captures).map_err(|missed| failed(missed.to_string())),
        }
    }

    async fn deliver(
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
            || recorder.borrow_mut().connection(turn.position),
        );
        let exchange = deadline.limit(turn.free, work).await.unwrap_or_else(|Elapsed| {
            let end = Instant::now();
            // A request that was under way was handed over as soon as its user was free.
            let sent = began.unwrap_or(turn.free);
            Exchange { sent, end, answer: Err(Failure::Timeout), bytes: 0 }
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
        self.recorder.borrow_mut().request(turn.position, outcome, times, bytes);
        Ended::Sent(end, outcome)
    }

    fn skip(&mut self, turn: Turn) -> Ended {
        self.recorder.borrow_mut().skipped(turn.position);
        Ended::Skipped
    }

    /// Time the user has spent on its identity since this was last asked: not measured, so that
    /// what should begin at a time begins so much later.
    pub(crate) fn was_away(&mut self) -> Duration {
        std::mem::take(&mut self.away)
    }

    /// The user, for the next slice.
    pub(crate) fn hang_up(self) -> User<T::Connection> {
        self.user
    }
}

/// An exchange, and when a connection was begun for it, if one was.
#[derive(Clone, Copy)]
struct Begun {
    exchange: Exchange,
    began: Option<Instant>,
}

impl Begun {
    /// Nothing was sent for a user who was free from `free` on.
    fn nothing(free: Instant) -> Self {
        let (sent, end) = (free, Instant::now().max(free));
        let exchange = Exchange { sent, end, answer: Err(Failure::Check), bytes: 0 };
        Self { exchange, began: None }
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
    let failed = |failure| {
        let now = Instant::now();
        Exchange { sent: now, end: now, answer: Err(failure), bytes: 0 }
    };
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
        | Failure::Dropped => false,
    }
}
