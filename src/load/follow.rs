//! A user follows the redirects of an answer, within the time of its request.

use tokio::time::Instant;

use super::deadline::Elapsed;
use super::line::{Begun, Line, Turn};
use super::message::Message;
use super::person::Person;
use super::redirect::{Leg, Way};
use super::request::Request;
use super::transport::{Exchange, Transport};
use crate::model::Failure;

impl<T: Transport> Line<'_, T> {
    /// Goes on from `begun`, whose answer is a redirect that `request` follows, to the answer that
    /// is none. The whole counts as one exchange, from the first request to the last answer.
    pub(super) async fn follow(
        &mut self,
        person: &mut Person,
        request: &Request,
        message: &Message,
        turn: Turn,
        begun: Begun,
    ) -> Begun {
        let mut whole = begun.exchange;
        let end = |exchange| Begun { exchange, ..begun };
        let lost = |whole: Exchange| {
            end(Exchange { end: Instant::now(), answer: Err(Failure::Redirect), ..whole })
        };
        let script = self.script;
        let way = script.origin.as_ref().map(|it| Way::new(it, message, &request.abroad));
        let Some(Ok(mut way)) = way else { return lost(whole) };
        let mut left = request.redirects;
        while let Ok(status) = whole.answer
            && request.follows(status)
        {
            let Some(fewer) = left.checked_sub(1) else { return lost(whole) };
            left = fewer;
            let next = match way.next(status, &person.reply.headers) {
                Err(_) => return lost(whole),
                Ok(Leg::Home) => {
                    let message = way.message();
                    person.prepare(message.path(), request);
                    let reply = Some(&mut person.reply);
                    let next = self.deliver(turn, &message, &person.also, reply).await;
                    if next.exchange.answer.is_ok() {
                        person.hear(script, message.path());
                    }
                    next.exchange
                }
                Ok(Leg::Abroad(host)) => {
                    let message = way.message();
                    let work = script.abroad.exchange(&host, &message, &mut person.reply);
                    self.limit(turn, work).await.unwrap_or_else(|Elapsed| {
                        Exchange::failed(Instant::now(), Failure::Timeout)
                    })
                }
            };
            whole = Exchange {
                sent: whole.sent,
                first_byte: whole.first_byte,
                bytes: whole.bytes + next.bytes,
                ..next
            };
        }
        end(whole)
    }
}
