//! Where requests to a rate limiter are sent from, and what became of them is noted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::capture::Reply;
use super::request::Request;
use super::retry_after::retry_after;
use super::slice::Crew;
use super::transport::{Connection, Exchange, Transport};
use super::visitor::{Letter, Visitor};
use crate::model::{Answer, Failure, Limiter, LimiterSeen, Outcome, Outcomes, Span};

/// What all requests to one limiter share.
pub(super) struct Desk<T: Transport> {
    crew: Rc<Crew<T>>,
    /// The position in the plan of the endpoint that it guards.
    endpoint: usize,
    longest: Duration,
    pub(super) began: Instant,
    idle: RefCell<Vec<(u64, T::Connection)>>,
    numbers: Numbers,
    pub(super) seen: RefCell<LimiterSeen>,
    /// How all requests ended.
    pub(super) ended: RefCell<Outcomes>,
    /// The rejection among those so far whose request was sent first.
    pub(super) first: RefCell<Option<Rejection>>,
}

/// Numbers for those who ask at the same time, as low as can be: they say who shares a connection.
#[derive(Default)]
struct Numbers {
    next: Cell<u64>,
    free: RefCell<Vec<u64>>,
}

/// A number that is free again when this is dropped.
struct Number<'a> {
    numbers: &'a Numbers,
    number: u64,
}

impl Numbers {
    fn take(&self) -> Number<'_> {
        let number = self.free.borrow_mut().pop().unwrap_or_else(|| {
            let next = self.next.get();
            self.next.set(next + 1);
            next
        });
        Number { numbers: self, number }
    }
}

impl Drop for Number<'_> {
    fn drop(&mut self) {
        self.numbers.free.borrow_mut().push(self.number);
    }
}

/// One rejection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rejection {
    /// When its request was on its way.
    pub(super) span: Span,
    /// How long it asks to wait, if that is sane.
    pub(super) wait: Option<Duration>,
}

impl<T: Transport> Desk<T> {
    pub(super) fn new(crew: &Rc<Crew<T>>, endpoint: usize, limiter: &Limiter) -> Self {
        Self {
            crew: Rc::clone(crew),
            endpoint,
            longest: limiter.retry_after,
            began: Instant::now(),
            idle: RefCell::default(),
            numbers: Numbers::default(),
            seen: RefCell::default(),
            ended: RefCell::default(),
            first: RefCell::default(),
        }
    }

    /// Sends one request, over a connection that is free or a new one, and notes what became of it.
    pub(super) async fn ask(&self, request: &Request, letter: &Letter) -> Answer {
        let Crew { script, ledger, .. } = &*self.crew;
        let deletion = script.deletions[self.endpoint].as_ref();
        let mut reply = Reply::default();
        if deletion.is_some() {
            reply.wants_body = request.captures.need_body();
            ledger.begin(self.endpoint);
        }
        let (span, answer) = self.exchange(letter, &mut reply).await;
        let (answer, outcome) = match answer {
            Err(failure) => (Answer::Failed(failure), Outcome::Failed(failure)),
            // Even where the endpoint expects them in ordinary runs.
            Ok(429 | 503) => {
                let said = retry_after(&reply.headers, Timestamp::now());
                (Answer::Rejected(said), Outcome::Failed(Failure::Limited))
            }
            Ok(status) => match request.judge_status(status) {
                failed @ Outcome::Failed(_) => (Answer::Other(status), failed),
                success => (Answer::Admitted, success),
            },
        };
        if let Some(deletion) = deletion {
            let named = || deletion.named_by(&request.captures, &reply, &letter.values);
            ledger.end(Visitor::NUMBER, self.endpoint, outcome, named);
        }
        self.ended.borrow_mut().record(outcome);
        self.note(span, answer);
        answer
    }

    fn note(&self, span: Span, answer: Answer) {
        let mut seen = self.seen.borrow_mut();
        match answer {
            Answer::Admitted => seen.admitted.push(span),
            Answer::Other(status) => *seen.others.entry(status).or_default() += 1,
            Answer::Failed(failure) => {
                seen.unanswered.push(span);
                *seen.failures.entry(failure).or_default() += 1;
            }
            Answer::Rejected(said) => {
                let wait = seen.rejected.add(said, self.longest);
                seen.turned_away.push(span);
                let mut first = self.first.borrow_mut();
                if first.is_none_or(|first| span.sent < first.span.sent) {
                    *first = Some(Rejection { span, wait });
                }
            }
        }
    }

    /// One exchange within the timeout. Without an answer, nobody knows when the request went out: from
    /// when it was taken on.
    pub(super) async fn exchange(
        &self,
        letter: &Letter,
        reply: &mut Reply,
    ) -> (Span, Result<u16, Failure>) {
        let begun = Instant::now();
        let timeout = self.crew.script.timeout;
        let exchange = tokio::time::timeout(timeout, self.deliver(letter, reply)).await;
        let since = |at: Instant| at.saturating_duration_since(self.began);
        match exchange {
            Ok(Ok((sent, ended, Ok(status)))) => {
                (Span { sent: since(sent), ended: since(ended) }, Ok(status))
            }
            Ok(Ok((_, _, Err(failure))) | Err(failure)) => {
                (Span { sent: since(begun), ended: since(Instant::now()) }, Err(failure))
            }
            Err(_) => {
                let span = Span { sent: since(begun), ended: since(Instant::now()) };
                (span, Err(Failure::Timeout))
            }
        }
    }

    async fn deliver(
        &self,
        Letter { message, also, .. }: &Letter,
        reply: &mut Reply,
    ) -> Result<(Instant, Instant, Result<u16, Failure>), Failure> {
        // A connection that was open may turn out to have ended; a new one has not.
        let free = self.idle.borrow_mut().pop();
        let (number, open) = match free {
            Some((number, open)) => (Number { numbers: &self.numbers, number }, Some(open)),
            None => (self.numbers.take(), None),
        };
        if let Some(mut open) = open
            && let Some(exchange) = open.exchange(message, also, Some(&mut *reply)).await
        {
            return Ok(self.keep(number, open, exchange));
        }
        let mut open = self.crew.transport.connect(number.number, drop).await?;
        let exchange = open.exchange(message, also, Some(reply)).await.ok_or(Failure::Reset)?;
        Ok(self.keep(number, open, exchange))
    }

    /// Keeps the connection of a complete exchange for the next.
    fn keep(
        &self,
        number: Number<'_>,
        open: T::Connection,
        exchange: Exchange,
    ) -> (Instant, Instant, Result<u16, Failure>) {
        if exchange.answer.is_ok() && !open.is_spent() {
            self.idle.borrow_mut().push((number.number, open));
            // It stays with its connection.
            std::mem::forget(number);
        }
        (exchange.sent, exchange.end, exchange.answer)
    }
}
