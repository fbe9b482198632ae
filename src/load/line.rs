//! One user's line to the service: its connection, and what makes it this user, kept from request
//! to request.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::Duration;

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::act::Act;
use super::assess::assess;
use super::capture::Reply;
use super::deadline::{Deadline, Elapsed};
use super::delivery::{Begun, Parcel, close_spoilt, deliver};
use super::ledger::Ledger;
use super::message::Message;
use super::person::Person;
use super::recorder::{Place, Recorder, Times};
use super::request::{Request, Unsendable};
use super::script::Script;
use super::transport::{Exchange, Transport};
use super::turn::{Ended, Turn};
use crate::model::{Failure, Outcome};

/// How long a user waits after a request that could not be made of its values.
pub(super) const REFUSED_PAUSE: Duration = Duration::from_millis(10);

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
    pub(super) ledger: &'a Ledger,
    /// The position in the slice of each endpoint of the plan; empty outside of slices.
    pub(super) places: &'a [Option<usize>],
    /// Whether nothing may begin any more.
    stopped: Option<&'a Cell<bool>>,
    /// From when on nothing may begin.
    until: Option<Instant>,
    pub(super) deadline: Deadline,
    pub(super) user: User<T::Connection>,
    /// Time the user has spent on its identity since it was last asked.
    pub(super) away: Duration,
    /// The generator's delays of what the user has done since it was last asked.
    late: Duration,
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
        Self {
            transport,
            script,
            recorder,
            ledger,
            places: &[],
            stopped: None,
            until: None,
            deadline,
            user,
            away: Duration::ZERO,
            late: Duration::ZERO,
        }
    }

    /// The same in a slice: where its endpoints are, and when nothing may begin any more.
    pub(crate) fn in_slice(mut self, places: &'a [Option<usize>], stopped: &'a Cell<bool>) -> Self {
        self.places = places;
        self.stopped = Some(stopped);
        self
    }

    /// The same with another timeout.
    pub(crate) fn within(mut self, timeout: Duration) -> Self {
        self.deadline = Deadline::new(timeout);
        self
    }

    /// What is sent from now on is for this arrival.
    pub(crate) fn arrive(&mut self, arrival: u64) {
        if let Some(person) = &mut self.user.person {
            person.arrive(arrival);
        }
    }

    /// Lets the user begin nothing from `until` on in the middle of what it does.
    pub(crate) fn stay_until(&mut self, until: Instant) {
        self.until = Some(until);
    }

    /// Whether nothing may begin any more that would begin at `now`.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.stopped.is_some_and(Cell::get) || self.until.is_some_and(|until| now >= until)
    }

    /// Takes one turn, records it and says when and how it ended.
    ///
    /// # Errors
    /// When the user cannot log in.
    pub(crate) async fn send(
        &mut self,
        turn: &Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let request = match &self.script.acts[turn.endpoint] {
            Act::Request(request) => request,
            // Apart, so that users who only send requests do not hold the memory for more.
            Act::Page(page) => return Box::pin(self.open(page, *turn, random)).await,
            Act::Socket(socket) => return Box::pin(self.converse(socket, *turn, random)).await,
            Act::Part(_) => return Ok(self.skip(*turn)),
        };
        if self.script.personal || request.inspects() {
            return self.send_as_person(request, *turn, random).await;
        }
        let Some(message) = request.fixed() else { return Ok(self.skip(*turn)) };
        let begun = self.deliver(turn, message, &self.script.nobodys, None).await;
        let outcome = request.judge(&begun.exchange);
        self.tally(request, (turn.place(), begun.exchange.end), outcome, None);
        Ok(self.record(*turn, begun, outcome))
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
        // A user may pause from now on, and there may be many of them.
        person.reply.forget();
        made.iter_mut().for_each(Message::clear);
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
        let deletion = script.deletions[turn.endpoint].as_ref();
        let mut expired: Option<Instant> = None;
        loop {
            let since = Instant::now();
            self.identify(person, &request.draws, turn, expired).await?;
            if expired.is_none() {
                person.draw(script, &request.draws, random);
            }
            let message = match request.message(&person.values, made) {
                Ok(message) => message,
                Err(Unsendable::Missing(_)) => return Ok(self.skip(*turn)),
                Err(Unsendable::Refused) => {
                    return Ok(self.refuse(*turn).await);
                }
            };
            person.prepare(message.path(), request);
            if deletion.is_some() && expired.is_none() {
                self.ledger.begin(turn.endpoint);
            }
            let begun = self.ask(person, request, message, *turn).await;
            let is_expired = begun.exchange.answer == Ok(401)
                && !request.judge(&begun.exchange).is_success()
                && !person.reply.is_foreign;
            if is_expired && expired.is_none() && person.can_have_expired() {
                person.forget();
                expired = Some(since);
                continue;
            }
            let failed = |written: &str, found: &dyn std::fmt::Display| {
                let mut recorder = self.recorder.borrow_mut();
                recorder.failed_check(turn.place(), written, || found.to_string());
            };
            let outcome = assess(person, request, script.identity(), &begun.exchange, failed);
            let outcome = self.follow_identity(person, request, *turn, outcome);
            if let Some(deletion) = deletion {
                let named =
                    || deletion.named(&request.captures, &person.reply, &person.values, outcome);
                self.ledger.end(self.user.number, turn.endpoint, outcome, named);
            }
            let read = (turn.place(), begun.exchange.end);
            self.tally(request, read, outcome, Some(&person.reply));
            return Ok(self.record(*turn, begun, outcome));
        }
    }

    /// Records a turn for which nothing can be made of the user's values.
    pub(super) async fn refuse(&mut self, turn: Turn) -> Ended {
        // Else a user whose values never fit would keep its worker for itself. Apart, because the
        // timer would stay in every user's memory.
        Box::pin(tokio::time::sleep(REFUSED_PAUSE)).await;
        let found = || "a value cannot be sent there".to_owned();
        self.recorder.borrow_mut().failed_check(turn.place(), "request", found);
        self.note(turn, Begun::nothing(turn.due.taken), Outcome::Failed(Failure::Check))
    }

    /// Lets what an answer says about its user's identity follow; what becomes of its outcome.
    pub(super) fn follow_identity(
        &self,
        person: &mut Person,
        request: &Request,
        turn: Turn,
        outcome: Outcome,
    ) -> Outcome {
        if outcome == Outcome::Success && person.follow(self.script, &request.captures).is_err() {
            let found = || "a value cannot be sent in a header".to_owned();
            self.recorder.borrow_mut().failed_check(turn.place(), "[login] headers", found);
            return Outcome::Failed(Failure::Check);
        }
        outcome
    }

    /// Sends `message` for `person`, and follows where the answer leads.
    pub(super) async fn ask(
        &mut self,
        person: &mut Person,
        request: &Request,
        message: &Message,
        turn: Turn,
    ) -> Begun {
        let reply = Some(&mut person.reply);
        let begun = self.deliver(&turn, message, &person.also, reply).await;
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
        self.deadline.limit(turn.due.taken, work).await
    }

    pub(super) async fn deliver(
        &mut self,
        turn: &Turn,
        message: &Message,
        also: &HeaderMap,
        reply: Option<&mut Reply>,
    ) -> Begun {
        let Self { transport, recorder, deadline, user, .. } = self;
        let mut began = None;
        let ended = {
            // Lent, because what is given away lies in the user's memory once more.
            let work = pin!(deliver(
                *transport,
                &mut user.connection,
                Parcel { user: user.number, message, also, reply },
                &mut began,
                |opening| recorder.borrow_mut().connection(turn.place(), opening),
            ));
            deadline.limit(turn.due.taken, work).await
        };
        let exchange = ended.unwrap_or_else(|Elapsed| {
            let end = Instant::now();
            // A request that was under way was handed over as soon as its user took it on.
            let sent = began.unwrap_or(turn.due.taken);
            Exchange { sent, ..Exchange::failed(end, Failure::Timeout) }
        });
        Begun { exchange, began }
    }

    fn record(&mut self, turn: Turn, begun: Begun, outcome: Outcome) -> Ended {
        if let Outcome::Failed(failure) = outcome {
            close_spoilt(&mut self.user.connection, failure);
        }
        self.note(turn, begun, outcome)
    }

    /// Records how a turn ended, whatever becomes of the connection.
    pub(super) fn note(&mut self, turn: Turn, begun: Begun, outcome: Outcome) -> Ended {
        let Begun { exchange, began } = begun;
        let Exchange { sent, end, bytes, .. } = exchange;
        // Waiting for the handshake is the service's time; what came before it is the generator's.
        let acted = began.unwrap_or(sent);
        let lag = acted.saturating_duration_since(turn.due.free);
        self.late += lag;
        let times = Times {
            latency: end - turn.due.intended,
            service_time: end - sent,
            lag,
            receipt: exchange.receipt(),
            unread: exchange.unread,
        };
        let mut recorder = self.recorder.borrow_mut();
        recorder.request(turn.place(), outcome, times, bytes);
        if exchange.is_repeated && outcome.is_success() {
            recorder.repeated(turn.place());
        }
        Ended::Sent(exchange.read(), outcome)
    }

    /// Takes what the success at a place gives to metrics that was `read` then.
    pub(super) fn tally(
        &self,
        request: &Request,
        read: (Place, Instant),
        outcome: Outcome,
        reply: Option<&Reply>,
    ) {
        if outcome == Outcome::Success && !request.tallies.is_empty() {
            let mut recorder = self.recorder.borrow_mut();
            request.tallies.take(reply, self.places, read, &mut recorder);
        }
        if let Outcome::Allowed(_) = outcome {
            request.tallies.count_allowed(read, &mut self.recorder.borrow_mut());
        }
    }

    /// Counts a turn for which the user had not the values yet.
    pub(super) fn skip(&mut self, turn: Turn) -> Ended {
        self.recorder.borrow_mut().skipped(turn.place());
        Ended::Skipped(turn.due.taken)
    }

    /// Time the user has spent on its identity since this was last asked: not measured, so that
    /// what should begin at a time begins so much later.
    pub(crate) fn was_away(&mut self) -> Duration {
        std::mem::take(&mut self.away)
    }

    /// By how much earlier the user would have done what it has since this was last asked, had the
    /// generator not been late: what then waits for the user does not wait for the service.
    pub(crate) fn was_late(&mut self) -> Duration {
        std::mem::take(&mut self.late)
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

#[cfg(test)]
mod tests;
