//! A user follows the redirects of an answer, within the time of its request.

use http::HeaderMap;
use tokio::time::Instant;

use super::abroad::off_limits;
use super::deadline::Elapsed;
use super::delivery::Begun;
use super::line::Line;
use super::message::Message;
use super::person::Person;
use super::recorder::Place;
use super::redirect::{Host, Leg, Way};
use super::request::Request;
use super::script::Script;
use super::transport::{Exchange, Transport};
use super::turn::Turn;
use crate::model::Failure;

/// Who takes the requests of a chain to where they go, and hears the answers.
pub(super) trait Courier {
    /// The headers of the last answer.
    fn headers(&self) -> &HeaderMap;

    /// Sends `message` to the service, as the user.
    async fn home(&mut self, message: &Message) -> Exchange;

    /// Sends `message` to somebody else, as nobody.
    async fn abroad(&mut self, host: &Host, message: &Message) -> Exchange;
}

/// Goes on from `first`, whose answer is a redirect that `request` follows, to the answer that is
/// none. The whole counts as one exchange, from the first request to the last answer. That the last one is
/// none, or not the expected one, does not say that the first request has changed nothing.
pub(super) async fn follow(
    courier: &mut impl Courier,
    script: &Script,
    request: &Request,
    message: &Message,
    first: Exchange,
) -> Exchange {
    let mut whole = first;
    let doubt = if message.is_safe() { None } else { Some(Failure::Redirect) };
    let lost = |whole: Exchange| Exchange {
        end: Instant::now(),
        unread: None,
        answer: Err(Failure::Redirect),
        ..whole
    };
    let way = script.origin.as_ref().map(|it| Way::new(it, message, &request.abroad));
    let Some(Ok(mut way)) = way else { return lost(whole) };
    let mut left = request.redirects;
    while let Ok(status) = whole.answer
        && request.follows(status)
    {
        let Some(fewer) = left.checked_sub(1) else { return lost(whole) };
        left = fewer;
        let next = match way.next(status, courier.headers()) {
            Err(_) => return lost(whole),
            Ok(Leg::Home) => courier.home(&way.message()).await,
            Ok(Leg::Abroad(host)) => courier.abroad(&host, &way.message()).await,
        };
        whole = Exchange {
            sent: whole.sent,
            bytes: whole.bytes + next.bytes,
            is_repeated: whole.is_repeated || next.is_repeated,
            in_doubt: whole.in_doubt.or(next.in_doubt).or(doubt),
            ..next
        };
    }
    whole
}

/// A user with one request under way.
struct Alone<'a, 'l, T: Transport> {
    line: &'a mut Line<'l, T>,
    person: &'a mut Person,
    request: &'a Request,
    turn: Turn,
}

impl<T: Transport> Courier for Alone<'_, '_, T> {
    fn headers(&self) -> &HeaderMap {
        &self.person.reply.headers
    }

    async fn home(&mut self, message: &Message) -> Exchange {
        let Self { line, person, request, turn } = self;
        person.prepare(message.path(), request);
        let reply = Some(&mut person.reply);
        let next = line.deliver(turn, message, &person.also, reply).await;
        if next.exchange.answer.is_ok() {
            person.hear(line.script, message.path());
        }
        next.exchange
    }

    async fn abroad(&mut self, host: &Host, message: &Message) -> Exchange {
        let Self { line, person, turn, .. } = self;
        let (recorder, turn) = (line.recorder, *turn);
        let opened = |opening| recorder.borrow_mut().connection(turn.place(), opening);
        let work = line.script.abroad.exchange(host, message, &mut person.reply, opened);
        let ended = line.limit(turn, work).await;
        if let Some(environment) = &person.reply.off_limits
            && turn.position != Place::UNMEASURED
        {
            let why = || off_limits(environment);
            line.recorder.borrow_mut().failed_check(turn.place(), "redirects", why);
        }
        ended.unwrap_or_else(|Elapsed| Exchange::failed(Instant::now(), Failure::Timeout))
    }
}

impl<T: Transport> Line<'_, T> {
    /// Follows where the answer of `begun` leads.
    pub(super) async fn follow(
        &mut self,
        person: &mut Person,
        request: &Request,
        message: &Message,
        turn: Turn,
        begun: Begun,
    ) -> Begun {
        let script = self.script;
        let mut alone = Alone { line: self, person, request, turn };
        let exchange = follow(&mut alone, script, request, message, begun.exchange).await;
        Begun { exchange, ..begun }
    }
}

#[cfg(test)]
mod tests;
