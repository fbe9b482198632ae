//! A page: requests that a user sends together, as a browser does, measured as one.

use std::cell::RefCell;
use std::future::Future;
use std::mem::swap;
use std::pin::Pin;
use std::task::Poll;

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::abroad::off_limits;
use super::assess::assess;
use super::capture::Reply;
use super::delivery::Begun;
use super::line::Line;
use super::message::Message;
use super::person::Person;
use super::request::{Request, Unsendable};
use super::script::Script;
use super::transport::{Exchange, Transport};
use super::turn::{Ended, Turn};
use super::values::Values;
use crate::model::{Failure, Outcome};

mod lane;

use lane::Lane;

/// A page's requests, in the order in which they are begun.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    requests: Box<[Request]>,
    /// What the request at the same place is called.
    names: Box<[String]>,
}

impl Page {
    pub(crate) fn new(requests: Vec<(String, Request)>) -> Self {
        let (names, requests): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
        Self { requests: requests.into(), names: names.into() }
    }

    pub(crate) fn requests(&self) -> &[Request] {
        &self.requests
    }
}

/// One request of a page under way.
struct Fetch<'a> {
    name: &'a str,
    request: &'a Request,
    message: &'a Message,
    also: HeaderMap,
    reply: Option<Reply>,
    /// Whether the user has taken the answer's cookies.
    is_heard: bool,
    /// When a connection was begun for it, if one was.
    began: Option<Instant>,
    /// Absent until it has ended.
    exchange: Option<Exchange>,
}

impl Fetch<'_> {
    /// What has not ended by the deadline never will.
    fn exchange(&self, turn: Turn) -> Exchange {
        self.exchange.unwrap_or(Exchange::failed(turn.due.free, Failure::Timeout))
    }

    fn outcome(&self, turn: Turn) -> Outcome {
        self.request.judge(&self.exchange(turn))
    }

    /// Does `work` for `person` as if it had just heard this answer.
    fn heard_by<R>(&mut self, person: &mut Person, work: impl FnOnce(&mut Person) -> R) -> R {
        if let Some(reply) = &mut self.reply {
            swap(&mut person.reply, reply);
        }
        let result = work(person);
        if let Some(reply) = &mut self.reply {
            swap(&mut person.reply, reply);
        }
        result
    }
}

impl<T: Transport> Line<'_, T> {
    /// Opens `page`, records it and says when and how it ended.
    ///
    /// # Errors
    /// When the user cannot log in.
    pub(super) async fn open(
        &mut self,
        page: &Page,
        turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let mut person = self.user.person.take();
        let ended = self.open_for(page, person.as_deref_mut(), turn, random).await;
        self.user.person = person;
        ended
    }

    async fn open_for(
        &mut self,
        page: &Page,
        mut person: Option<&mut Person>,
        mut turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let mut expired: Option<Instant> = None;
        loop {
            let since = Instant::now();
            if let Some(person) = person.as_deref_mut() {
                // Its values are drawn anew each time.
                self.identify(person, &[], &mut turn, expired).await?;
            }
            let mut made: Vec<Option<Message>> = page.requests.iter().map(|_| None).collect();
            let parts = page.names.iter().map(String::as_str).zip(&page.requests);
            let fetches = parts.zip(&mut made).map(|(part, made)| {
                prepare(part, person.as_deref_mut(), self.script, made, random)
            });
            let mut fetches = match fetches.collect::<Result<Vec<_>, _>>() {
                Ok(fetches) => fetches,
                Err(Unsendable::Missing(_)) => return Ok(self.skip(turn)),
                Err(Unsendable::Refused) => return Ok(self.refuse(turn).await),
            };
            self.fetch(&mut fetches, person.as_deref_mut(), turn).await;
            let begun = whole(&fetches, turn);
            let Some(person) = person.as_deref_mut() else {
                for fetch in &fetches {
                    let outcome = fetch.outcome(turn);
                    self.tell(fetch, outcome, turn);
                    let read = (turn.place(), fetch.exchange(turn).end);
                    self.tally(fetch.request, read, outcome, None);
                }
                let outcome = of_all(fetches.iter().map(|fetch| fetch.outcome(turn)));
                return Ok(self.note(turn, begun, outcome));
            };
            let unheard =
                |fetch: &&mut Fetch<'_>| !fetch.is_heard && fetch.exchange(turn).answer.is_ok();
            for fetch in fetches.iter_mut().filter(unheard) {
                let path = fetch.message.path();
                fetch.heard_by(person, |person| person.hear(self.script, path));
            }
            let refused = |fetch: &Fetch<'_>| {
                fetch.exchange(turn).answer == Ok(401)
                    && !fetch.outcome(turn).is_success()
                    && !fetch.reply.as_ref().is_some_and(|reply| reply.is_foreign)
            };
            if expired.is_none() && fetches.iter().any(refused) && person.can_have_expired() {
                // It logs in anew and opens the page again, and none of this is measured.
                person.forget();
                expired = Some(since);
                continue;
            }
            let outcomes = fetches.iter_mut().map(|fetch| self.settle(fetch, person, turn));
            let outcome = of_all(outcomes.collect::<Vec<_>>());
            return Ok(self.note(turn, begun, outcome));
        }
    }

    /// What became of a request of a person, who keeps what it wants of the answer.
    fn settle(&self, fetch: &mut Fetch<'_>, person: &mut Person, turn: Turn) -> Outcome {
        let (name, request, exchange) = (fetch.name, fetch.request, fetch.exchange(turn));
        let outcome = fetch.heard_by(person, |person| {
            let identity = self.script.identity();
            let outcome = assess(person, request, identity, &exchange, |written, found| {
                let mut recorder = self.recorder.borrow_mut();
                let written = format!("{name}: {written}");
                recorder.failed_check(turn.place(), &written, || found.to_string());
            });
            let outcome = self.follow_identity(person, request, turn, outcome);
            let read = (turn.place(), exchange.end);
            self.tally(request, read, outcome, Some(&person.reply));
            outcome
        });
        self.tell(fetch, outcome, turn);
        outcome
    }

    /// Notes which request of a page failed, and how; failed checks say so themselves.
    fn tell(&self, fetch: &Fetch<'_>, outcome: Outcome, turn: Turn) {
        let Outcome::Failed(failure) = outcome else { return };
        if failure == Failure::Check {
            return;
        }
        let barred = fetch.reply.as_ref().and_then(|reply| reply.off_limits.as_ref());
        let found = || match (fetch.exchange(turn).answer, barred) {
            (Ok(status), _) => format!("its status is {status}"),
            (Err(Failure::Redirect), Some(environment)) => off_limits(environment),
            (Err(_), _) => "there is no whole answer".to_owned(),
        };
        let mut recorder = self.recorder.borrow_mut();
        recorder.failed_check(turn.place(), &format!("{}: {failure}", fetch.name), found);
    }

    /// Sends as much at a time as a browser does, and waits for the last answer or the timeout.
    async fn fetch(&mut self, fetches: &mut [Fetch<'_>], person: Option<&mut Person>, turn: Turn) {
        let Self { transport, script, recorder, deadline, user, .. } = self;
        let lanes = transport.at_once().min(fetches.len());
        if user.others.len() + 1 < lanes {
            user.others.resize_with(lanes - 1, || None);
        }
        let opened = |opening| recorder.borrow_mut().connection(turn.place(), opening);
        let lane = Lane {
            transport: *transport,
            user: user.number,
            script,
            person: &RefCell::new(person),
            opened: &opened,
        };
        let waiting = RefCell::new(fetches.iter_mut());
        let connections = std::iter::once(&mut user.connection).chain(&mut user.others);
        let mut lanes: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = connections
            .take(lanes)
            .map(|connection| -> Pin<Box<dyn Future<Output = ()> + '_>> {
                Box::pin(lane.take_all(connection, &waiting))
            })
            .collect();
        let all = std::future::poll_fn(|context| {
            lanes.retain_mut(|lane| lane.as_mut().poll(context).is_pending());
            if lanes.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        // What was under way at the timeout goes with its connection.
        let _ = deadline.limit(turn.due.taken, all).await;
    }
}

/// Makes `request` ready for a user.
fn prepare<'a>(
    (name, request): (&'a str, &'a Request),
    person: Option<&mut Person>,
    script: &Script,
    made: &'a mut Option<Message>,
    random: &mut Xoshiro256PlusPlus,
) -> Result<Fetch<'a>, Unsendable> {
    let mut also = HeaderMap::new();
    let mut reply = None;
    let message = match person {
        None => request.message(&Values::new(0), made)?,
        Some(person) => {
            person.draw(script, &request.draws, random);
            let message = request.message(&person.values, made)?;
            person.prepare(message.path(), request);
            also.clone_from(&person.also);
            reply = Some(Reply { wants_body: person.reply.wants_body, ..Reply::default() });
            message
        }
    };
    Ok(Fetch { name, request, message, also, reply, is_heard: false, began: None, exchange: None })
}

/// The page as one exchange: from the first that was sent to the last that ended.
fn whole(fetches: &[Fetch<'_>], turn: Turn) -> Begun {
    let ended = || fetches.iter().filter_map(|fetch| fetch.exchange);
    let is_complete = fetches.iter().all(|fetch| fetch.exchange.is_some());
    let acted = fetches
        .iter()
        .filter_map(|fetch| fetch.began.or_else(|| fetch.exchange.map(|exchange| exchange.sent)));
    let last = ended().map(|exchange| exchange.end).max().filter(|_| is_complete);
    let end = last.unwrap_or_else(Instant::now);
    let read = ended().map(|exchange| exchange.read()).max().filter(|_| is_complete);
    let exchange = Exchange {
        sent: ended().map(|exchange| exchange.sent).min().unwrap_or(turn.due.taken),
        bytes: ended().map(|exchange| exchange.bytes).sum(),
        is_repeated: ended().any(|exchange| exchange.is_repeated),
        unread: read.map(|read| read.saturating_duration_since(end)),
        ..Exchange::failed(end, Failure::Check)
    };
    // What was under way was handed over as soon as its user took it on.
    Begun { exchange, began: Some(acted.min().unwrap_or(turn.due.taken)) }
}

/// The first failure in the order of the page; without one what became of its first request, which is
/// the document that the others belong to.
fn of_all(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    let worse = |whole, one| match (whole, one) {
        (Outcome::Success | Outcome::Allowed(_), Outcome::Failed(_)) => one,
        (Outcome::Success | Outcome::Allowed(_) | Outcome::Failed(_), _) => whole,
    };
    outcomes.into_iter().reduce(worse).unwrap_or(Outcome::Success)
}

#[cfg(test)]
mod tests;
