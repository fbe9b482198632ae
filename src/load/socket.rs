//! A WebSocket: a user opens it, and sends message after message, each when the last was answered.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::capture::Reply;
use super::check::{Answer, Checks};
use super::delivery::Begun;
use super::line::Line;
use super::message::Message;
use super::parsed::Parsed;
use super::person::Person;
use super::render::{Missing, render};
use super::request::{Request, Unsendable};
use super::supply::Supplies;
use super::transport::{Channel, Exchange, Refused, Transport, Upgraded};
use super::turn::{Ended, Turn};
use super::values::Values;
use crate::model::{self, Failure, Outcome, Slot, Template};

/// How long the service may take to answer the end of a conversation.
const LONGEST_CLOSING: Duration = Duration::from_secs(1);

/// A WebSocket made ready.
#[derive(Debug, Clone)]
pub(crate) struct Socket {
    open: Request,
    send: Template,
    /// The sources that a message takes values from.
    draws: Box<[usize]>,
    /// What the answer has to be like; nothing for the next message, whatever it is.
    awaited: Checks,
    /// What a message has to be like that says the answer will not come; nothing if none does.
    failed: Checks,
    /// The values that it is compared with.
    compared: Box<[Slot]>,
    messages: u32,
    /// The position in the plan of its messages.
    row: usize,
}

impl Socket {
    /// Makes `socket` ready, whose messages are measured at the position `row` of the plan.
    ///
    /// # Errors
    /// When what is awaited cannot be tested.
    pub(crate) fn new(
        socket: &model::Socket,
        open: Request,
        row: usize,
        supplies: &Supplies,
    ) -> Result<Self, String> {
        let compared = socket.checks().filter_map(|check| check.test.template());
        let compared: Box<[Slot]> = compared.flat_map(Template::slots).collect();
        Ok(Self {
            open,
            send: socket.send.clone(),
            draws: supplies.needed(socket.send.slots().chain(compared.iter().copied())),
            awaited: Checks::new(socket.awaited.as_slice())?,
            failed: Checks::new(socket.failed.as_slice())?,
            compared,
            messages: socket.messages.get(),
            row,
        })
    }

    /// What `message` is to a user with these `values`, who waits for an answer.
    fn take(&self, message: &[u8], values: &Values) -> Heard {
        if self.awaited.is_empty() && self.failed.is_empty() {
            return Heard::Answer;
        }
        let mut reply = Reply { wants_body: true, ..Reply::default() };
        reply.begin(101, HeaderMap::new());
        reply.add(message);
        let mut body = Parsed::default();
        let mut holds = |checks: &Checks| {
            let mut holds = true;
            let mut answer = Answer { status: 101, reply: &reply, body: &mut body };
            checks.test(&mut answer, values, |_, _| holds = false);
            holds
        };
        if !self.failed.is_empty() && holds(&self.failed) {
            Heard::Refusal
        } else if holds(&self.awaited) {
            Heard::Answer
        } else {
            Heard::Other
        }
    }

    /// The next message.
    fn text(&self, values: &Values) -> Result<String, Missing> {
        if let Some(slot) = self.compared.iter().find(|slot| values.get(**slot).is_none()) {
            return Err(Missing(*slot));
        }
        let mut text = Vec::new();
        render(&self.send, values, &mut text)?;
        // Texts and values are UTF-8, and so is what is made of them.
        Ok(String::from_utf8(text).unwrap_or_default())
    }
}

impl<T: Transport> Line<'_, T> {
    /// Opens `socket`, exchanges its messages, records both and says when and how it ended.
    ///
    /// # Errors
    /// When the user cannot log in.
    pub(super) async fn converse(
        &mut self,
        socket: &Socket,
        turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let mut person = self.user.person.take();
        let ended = self.converse_as(socket, person.as_deref_mut(), turn, random).await;
        self.user.person = person;
        ended
    }

    async fn converse_as(
        &mut self,
        socket: &Socket,
        mut person: Option<&mut Person>,
        turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Ended, EngineError> {
        let opened = self.open_socket(socket, person.as_deref_mut(), turn, random).await?;
        let mut channel = match opened {
            Opened::Ended(ended) => return Ok(ended),
            Opened::Channel(channel) => channel,
        };
        let Some(position) = self.places[socket.row] else {
            return Ok(Ended::Skipped(Instant::now()));
        };
        let nobody = Values::new(0);
        // What came right behind the service's agreement is there after this.
        tokio::task::yield_now().await;
        let mut free = Instant::now();
        for _ in 0..socket.messages {
            if self.is_over(free) {
                break;
            }
            let turn = Turn { position, endpoint: socket.row, due: turn.due.then(free) };
            if let Some(person) = person.as_deref_mut() {
                person.draw(self.script, &socket.draws, random);
            }
            let values = person.as_deref().map_or(&nobody, |person| &person.values);
            let Ok(text) = socket.text(values) else {
                self.skip(turn);
                break;
            };
            let begun = self.exchange_message(&mut channel, (socket, values), text, turn).await;
            free = begun.exchange.end;
            let outcome = begun.exchange.answer.map_or_else(Outcome::Failed, |_| Outcome::Success);
            let ended = self.note(turn, begun, outcome);
            if outcome != Outcome::Success {
                return Ok(ended);
            }
        }
        // The end of a conversation is in no figure.
        let closing = Box::pin(tokio::time::timeout(LONGEST_CLOSING, channel.close()));
        let _ = closing.await;
        Ok(Ended::Sent(Instant::now(), Outcome::Success))
    }

    /// Opens the socket and records that.
    async fn open_socket(
        &mut self,
        socket: &Socket,
        mut person: Option<&mut Person>,
        mut turn: Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Opened<T::Channel>, EngineError> {
        let mut expired: Option<Instant> = None;
        loop {
            let since = Instant::now();
            if let Some(person) = person.as_deref_mut() {
                self.identify(person, &socket.open.draws, &mut turn, expired).await?;
                if expired.is_none() {
                    person.draw(self.script, &socket.open.draws, random);
                }
            }
            let nobody = Values::new(0);
            let values = person.as_deref().map_or(&nobody, |person| &person.values);
            let mut made: Option<Message> = None;
            let message = match socket.open.message(values, &mut made) {
                Ok(message) => message,
                Err(Unsendable::Missing(_)) => return Ok(Opened::Ended(self.skip(turn))),
                Err(Unsendable::Refused) => {
                    return Ok(Opened::Ended(self.refuse(turn).await));
                }
            };
            let path = message.path();
            let first = Instant::now();
            let answer = {
                let nothing = HeaderMap::new();
                let (also, reply) = match person.as_deref_mut() {
                    None => (&nothing, None),
                    Some(person) => {
                        person.prepare(path, &socket.open);
                        (&person.also, Some(&mut person.reply))
                    }
                };
                let recorder = self.recorder;
                let opened = |opening| recorder.borrow_mut().connection(turn.place(), opening);
                let upgrade = Box::pin(self.transport.upgrade(message, also, reply, opened));
                let upgraded = self.deadline.limit(turn.due.taken, upgrade).await;
                upgraded.unwrap_or(Err(Refused::Failed(Failure::Timeout)))
            };
            let end = Instant::now();
            if !matches!(answer, Err(Refused::Failed(_)))
                && let Some(person) = person.as_deref_mut()
            {
                person.hear(self.script, path);
            }
            let is_expired = matches!(answer, Err(Refused::Answered { status: 401, .. }));
            if let Some(person) = person.as_deref_mut()
                && is_expired
                && expired.is_none()
                && person.can_have_expired()
            {
                // Its identity has expired; it logs in anew, and that is not measured either.
                person.forget();
                expired = Some(since);
                continue;
            }
            let exchange = Exchange {
                sent: answer.as_ref().map_or(first, |upgraded| upgraded.sent),
                // The answer that agrees has no body.
                first_byte: answer.is_ok().then_some(end),
                ..Exchange::ended(end, Ok(101))
            };
            let begun = Begun { exchange, began: Some(first) };
            let outcome =
                answer.as_ref().map_or_else(|refused| failed(*refused), |_| Outcome::Success);
            let ended = self.note(turn, begun, outcome);
            return Ok(answer.map_or(Opened::Ended(ended), |Upgraded { channel, .. }| {
                Opened::Channel(channel)
            }));
        }
    }

    /// Sends one message and reads until it is answered.
    async fn exchange_message(
        &mut self,
        channel: &mut T::Channel,
        (socket, values): (&Socket, &Values),
        text: String,
        turn: Turn,
    ) -> Begun {
        let acted = Instant::now();
        let mut sent = acted;
        let (mut bytes, mut unasked, mut passed) = (0, 0, 0_u64);
        let mut refused = false;
        let work = async {
            // What has come before cannot be the answer.
            while let Some(heard) = channel.overhear().await? {
                bytes += heard.len() as u64;
                unasked += 1;
                tokio::task::consume_budget().await;
            }
            sent = Instant::now();
            channel.say(text).await?;
            loop {
                let heard: Bytes = channel.hear().await?;
                let at = Instant::now();
                bytes += heard.len() as u64;
                match socket.take(&heard, values) {
                    Heard::Answer => return Ok(at),
                    Heard::Refusal => {
                        refused = true;
                        return Err(Failure::Check);
                    }
                    Heard::Other => passed += 1,
                }
                // A service that talks without end must not keep the timeout from its turn.
                tokio::task::consume_budget().await;
            }
        };
        let ended = self.deadline.limit(turn.due.taken, work).await;
        let ended = ended.unwrap_or(Err(Failure::Timeout));
        let mut recorder = self.recorder.borrow_mut();
        recorder.unasked(turn.place(), unasked);
        if refused {
            for written in socket.failed.written() {
                let found = || "the service said so".to_owned();
                recorder.failed_check(turn.place(), &format!("fail {written}"), found);
            }
        } else if ended == Err(Failure::Timeout) && passed > 0 {
            for written in socket.awaited.written() {
                let found = || format!("{passed} other messages came until the timeout");
                recorder.failed_check(turn.place(), &format!("await {written}"), found);
            }
        }
        drop(recorder);
        let end = ended.unwrap_or_else(|_: Failure| Instant::now());
        let exchange = Exchange { sent, bytes, ..Exchange::ended(end, ended.map(|_| 101)) };
        // What had come before the message is the service's doing.
        Begun { exchange, began: Some(acted) }
    }
}

/// What a message is to a user who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// The answer.
    Answer,
    /// That it will not come.
    Refusal,
    /// Beside the point.
    Other,
}

/// What became of opening a socket.
enum Opened<C> {
    /// It is open.
    Channel(C),
    /// It is not.
    Ended(Ended),
}

/// How an answer that agrees to no WebSocket counts.
fn failed(refused: Refused) -> Outcome {
    Outcome::Failed(match refused {
        Refused::Failed(failure) => failure,
        Refused::Answered { status: 429, .. }
        | Refused::Answered { status: 503, retry_after: true } => Failure::Limited,
        Refused::Answered { status: 408, .. } => Failure::Status408,
        Refused::Answered { status: 400..=499, .. } => Failure::Status4xx,
        Refused::Answered { status: 500..=599, .. } => Failure::Status5xx,
        Refused::Answered { .. } => Failure::StatusOther,
    })
}

#[cfg(test)]
mod tests;
