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
use super::capture::Reply;
use super::line::{Begun, Ended, Line, Parcel, Turn, deliver, spoils};
use super::person::Person;
use super::request::{Message, Request, Unsendable};
use super::script::Script;
use super::transport::{Exchange, Transport};
use super::values::Values;
use crate::model::{Failure, Outcome};

/// A page's requests, in the order in which they are begun.
#[derive(Debug, Clone)]
pub(crate) struct Page(Box<[Request]>);

impl Page {
    pub(crate) fn new(requests: Vec<Request>) -> Self {
        Self(requests.into())
    }

    pub(crate) fn requests(&self) -> &[Request] {
        &self.0
    }
}

/// One request of a page under way.
struct Fetch<'a> {
    request: &'a Request,
    message: &'a Message,
    also: HeaderMap,
    reply: Option<Reply>,
    /// When a connection was begun for it, if one was.
    began: Option<Instant>,
    /// Absent until it has ended.
    exchange: Option<Exchange>,
}

impl Fetch<'_> {
    fn answer(&self) -> Result<u16, Failure> {
        // What has not ended by the deadline never will.
        self.exchange.map_or(Err(Failure::Timeout), |exchange| exchange.answer)
    }

    fn outcome(&self) -> Outcome {
        self.answer().map_or_else(Outcome::Failed, |status| self.request.judge(status))
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
        Page(requests): &Page,
        mut person: Option<&mut Person>,
        mut turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let mut is_second = false;
        loop {
            if let Some(person) = person.as_deref_mut() {
                self.identify(person, &mut turn, random).await?;
            }
            let mut made: Vec<Option<Message>> = requests.iter().map(|_| None).collect();
            let fetches = requests.iter().zip(&mut made);
            let fetches = fetches.map(|(request, made)| {
                prepare(request, person.as_deref_mut(), self.script, made, random)
            });
            let mut fetches = match fetches.collect::<Result<Vec<_>, _>>() {
                Ok(fetches) => fetches,
                Err(Unsendable::Missing(_)) => return Ok(self.skip(turn)),
                Err(Unsendable::Refused) => {
                    let outcome = Outcome::Failed(Failure::Check);
                    return Ok(self.note(turn, Begun::nothing(turn.free), outcome));
                }
            };
            self.fetch(&mut fetches, turn).await;
            let begun = whole(&fetches, turn);
            let Some(person) = person.as_deref_mut() else {
                let outcome = first_failure(fetches.iter().map(Fetch::outcome));
                for fetch in &fetches {
                    self.tally(fetch.request, fetch.outcome(), None);
                }
                return Ok(self.note(turn, begun, outcome));
            };
            for fetch in fetches.iter_mut().filter(|fetch| fetch.answer().is_ok()) {
                fetch.reply.iter_mut().for_each(|reply| swap(&mut person.reply, reply));
                person.hear(self.script, fetch.message.uri.path());
                fetch.reply.iter_mut().for_each(|reply| swap(&mut person.reply, reply));
            }
            let expired = |fetch: &Fetch<'_>| {
                fetch.answer() == Ok(401) && fetch.outcome() != Outcome::Success
            };
            if self.script.login.is_some() && !is_second && fetches.iter().any(expired) {
                // Its identity has expired; it logs in anew and opens the page again, and none of
                // this is measured.
                person.forget();
                is_second = true;
                continue;
            }
            let outcomes: Vec<Outcome> = fetches
                .iter_mut()
                .map(|fetch| {
                    let outcome = keep(fetch, person);
                    self.tally(fetch.request, outcome, Some(&person.reply));
                    outcome
                })
                .collect();
            let outcome = first_failure(outcomes);
            return Ok(self.note(turn, begun, outcome));
        }
    }

    /// Sends everything over as many connections as a browser has, and waits for the last answer or
    /// the timeout.
    async fn fetch(&mut self, fetches: &mut [Fetch<'_>], turn: Turn) {
        let Self { transport, recorder, deadline, user, .. } = self;
        let lanes = crate::model::Page::CONNECTIONS.min(fetches.len());
        if user.others.len() + 1 < lanes {
            user.others.resize_with(lanes - 1, || None);
        }
        let waiting = RefCell::new(fetches.iter_mut());
        let connected = || recorder.borrow_mut().connection(turn.position);
        let connections = std::iter::once(&mut user.connection).chain(&mut user.others);
        let mut lanes: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::with_capacity(lanes);
        for connection in connections.take(lanes.capacity()) {
            lanes.push(Box::pin(lane(*transport, connection, &waiting, connected)));
        }
        let all = std::future::poll_fn(|context| {
            lanes.retain_mut(|lane| lane.as_mut().poll(context).is_pending());
            if lanes.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        // What was under way at the timeout goes with its connection.
        let _ = deadline.limit(turn.free, all).await;
    }
}

/// Makes `request` ready for a user.
fn prepare<'a>(
    request: &'a Request,
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
            person.prepare(message.uri.path(), request);
            also.clone_from(&person.also);
            reply = Some(Reply { wants_body: person.reply.wants_body, ..Reply::default() });
            message
        }
    };
    Ok(Fetch { request, message, also, reply, began: None, exchange: None })
}

/// What one connection does: one request after the other, until none is left.
async fn lane<'f, 'm: 'f, T: Transport>(
    transport: &T,
    connection: &mut Option<T::Connection>,
    waiting: &RefCell<impl Iterator<Item = &'f mut Fetch<'m>>>,
    connected: impl Fn(),
) {
    loop {
        let Some(fetch) = waiting.borrow_mut().next() else { return };
        // Out of its place, so that it is lost when it is given up half-way.
        let mut open = connection.take();
        let parcel =
            Parcel { message: fetch.message, also: &fetch.also, reply: fetch.reply.as_mut() };
        let exchange = deliver(transport, &mut open, parcel, &mut fetch.began, &connected).await;
        if !exchange.answer.is_err_and(spoils) {
            *connection = open;
        }
        fetch.exchange = Some(exchange);
    }
}

/// The page as one exchange: from the first that was sent to the last that ended.
fn whole(fetches: &[Fetch<'_>], turn: Turn) -> Begun {
    let ended = || fetches.iter().filter_map(|fetch| fetch.exchange);
    let is_complete = fetches.iter().all(|fetch| fetch.exchange.is_some());
    let acted = fetches
        .iter()
        .filter_map(|fetch| fetch.began.or_else(|| fetch.exchange.map(|exchange| exchange.sent)));
    let last = ended().map(|exchange| exchange.end).max().filter(|_| is_complete);
    let exchange = Exchange {
        sent: ended().map(|exchange| exchange.sent).min().unwrap_or(turn.free),
        end: last.unwrap_or_else(Instant::now),
        answer: Err(Failure::Check),
        bytes: ended().map(|exchange| exchange.bytes).sum(),
    };
    // What was under way was handed over as soon as its user was free.
    Begun { exchange, began: Some(acted.min().unwrap_or(turn.free)) }
}

/// Success if all are; otherwise the first failure in the order of the page.
fn first_failure(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    outcomes.into_iter().find(|outcome| *outcome != Outcome::Success).unwrap_or(Outcome::Success)
}

/// What became of a request whose answer the user may keep parts of.
fn keep(fetch: &mut Fetch<'_>, person: &mut Person) -> Outcome {
    let outcome = fetch.outcome();
    if outcome != Outcome::Success {
        return outcome;
    }
    fetch.reply.iter_mut().for_each(|reply| swap(&mut person.reply, reply));
    if person.keep(&fetch.request.captures).is_err() {
        return Outcome::Failed(Failure::Check);
    }
    outcome
}

#[cfg(test)]
mod tests;
