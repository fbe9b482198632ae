//! One of a user's connections while a page is under way.

use std::cell::RefCell;

use http::HeaderMap;

use super::super::capture::Reply;
use super::super::delivery::{Parcel, close_spoilt, deliver};
use super::super::follow::{Courier, follow};
use super::super::message::Message;
use super::super::person::Person;
use super::super::redirect::Host;
use super::super::request::Request;
use super::super::script::Script;
use super::super::transport::{Exchange, Transport};
use super::Fetch;
use crate::model::Opening;

/// What the connections of a page have in common.
pub(super) struct Lane<'a, 'p, T: Transport, C> {
    pub(super) transport: &'a T,
    /// The user's number.
    pub(super) user: u64,
    pub(super) script: &'a Script,
    /// The user, who hears redirects as they come.
    pub(super) person: &'a RefCell<Option<&'p mut Person>>,
    /// Told of each connection that is made.
    pub(super) opened: &'a C,
}

impl<T: Transport, C: Fn(Opening)> Lane<'_, '_, T, C> {
    /// Takes one request after the other, until none is left.
    pub(super) async fn take_all<'f, 'm: 'f>(
        &self,
        connection: &mut Option<T::Connection>,
        waiting: &RefCell<impl Iterator<Item = &'f mut Fetch<'m>>>,
    ) {
        loop {
            let Some(fetch) = waiting.borrow_mut().next() else { return };
            // Out of its place, so that it is lost when it is given up half-way.
            let mut open = connection.take();
            let Fetch { message, also, reply, .. } = fetch;
            let parcel = Parcel { user: self.user, message, also, reply: reply.as_mut() };
            let opened = self.opened;
            let mut exchange =
                deliver(self.transport, &mut open, parcel, &mut fetch.began, opened).await;
            let follows = exchange.answer.is_ok_and(|status| fetch.request.follows(status));
            if follows && let Some(reply) = &mut fetch.reply {
                fetch.is_heard = true;
                let (request, message) = (fetch.request, fetch.message);
                let mut redirected = Redirected { lane: self, open: &mut open, request, reply };
                redirected.hear(message);
                exchange = follow(&mut redirected, self.script, request, message, exchange).await;
            }
            if let Err(failure) = exchange.answer {
                close_spoilt(&mut open, failure);
            }
            *connection = open;
            fetch.exchange = Some(exchange);
        }
    }
}

/// A request of a page that is redirected.
struct Redirected<'a, 'l, 'p, T: Transport, C> {
    lane: &'a Lane<'l, 'p, T, C>,
    open: &'a mut Option<T::Connection>,
    request: &'a Request,
    reply: &'a mut Reply,
}

impl<T: Transport, C: Fn(Opening)> Redirected<'_, '_, '_, T, C> {
    /// Lets the user take the cookies of the last answer, which was to `message`.
    fn hear(&mut self, message: &Message) {
        if let Some(person) = &mut *self.lane.person.borrow_mut() {
            std::mem::swap(&mut person.reply, self.reply);
            person.hear(self.lane.script, message.path());
            std::mem::swap(&mut person.reply, self.reply);
        }
    }
}

impl<T: Transport, C: Fn(Opening)> Courier for Redirected<'_, '_, '_, T, C> {
    fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    async fn home(&mut self, message: &Message) -> Exchange {
        let also = match &mut *self.lane.person.borrow_mut() {
            None => HeaderMap::new(),
            Some(person) => {
                person.prepare(message.path(), self.request);
                person.also.clone()
            }
        };
        let Lane { transport, user, opened, .. } = *self.lane;
        let parcel = Parcel { user, message, also: &also, reply: Some(self.reply) };
        let exchange = deliver(transport, self.open, parcel, &mut None, opened).await;
        if exchange.answer.is_ok() {
            self.hear(message);
        }
        exchange
    }

    async fn abroad(&mut self, host: &Host, message: &Message) -> Exchange {
        let Lane { script, opened, .. } = *self.lane;
        script.abroad.exchange(host, message, self.reply, opened).await
    }
}
