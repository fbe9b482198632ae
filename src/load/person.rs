//! What makes a user this user: its values, its cookies, its identity.

use http::header::{COOKIE, HeaderMap, HeaderValue};
use jiff::Timestamp;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::capture::{Captures, Missed, Parsed, Reply};
use super::cookies::{Jar, Site};
use super::message::Message;
use super::request::{Request, headers};
use super::script::{Login, Script};
use super::supply::{Drawer, Who};
use super::values::Values;

/// A user's own state.
pub(crate) struct Person {
    pub(crate) values: Values,
    /// The last answer, as far as it was wanted.
    pub(crate) reply: Reply,
    /// The last request that was made of its values, for its memory.
    pub(crate) made: Option<Message>,
    /// Headers of the request under way that are this user's own.
    pub(crate) also: HeaderMap,
    drawer: Drawer,
    /// Whether the values that it keeps all the time have been drawn.
    is_born: bool,
    jar: Jar,
    since: Option<Instant>,
}

impl Person {
    pub(crate) fn new(number: u64, script: &Script) -> Self {
        let who = Who { user: number, users: script.users };
        let mut values = Values::new(script.values);
        script.given.iter().for_each(|(slot, value)| values.set(*slot, value));
        Self {
            values,
            reply: Reply::default(),
            made: None,
            also: HeaderMap::new(),
            drawer: Drawer::new(&script.supplies, who),
            is_born: false,
            jar: Jar::default(),
            since: None,
        }
    }

    /// Draws what a request needs from these sources.
    pub(crate) fn draw(
        &mut self,
        script: &Script,
        sources: &[usize],
        random: &mut Xoshiro256PlusPlus,
    ) {
        let Self { drawer, values, is_born, .. } = self;
        let clock = &Timestamp::now;
        if !*is_born {
            *is_born = true;
            drawer.draw_for_user(&script.supplies, random, clock, values);
        }
        drawer.draw(&script.supplies, sources, random, clock, values);
    }

    /// Whether it has to log in before it can send anything.
    pub(crate) fn is_nobody(&self, login: &Login) -> bool {
        match (self.since, login.renew) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(since), Some(renew)) => since.elapsed() >= renew,
        }
    }

    /// Takes on the identity that the login gave.
    ///
    /// # Errors
    /// When the login's headers cannot be made of what it gave.
    pub(crate) fn remember(&mut self, login: &Login) -> Result<(), EngineError> {
        self.also = headers(&login.headers, &self.values).map_err(|_| EngineError::Login {
            what: "its headers cannot be made of its answer".to_owned(),
        })?;
        self.since = Some(Instant::now());
        Ok(())
    }

    /// Gives its identity up.
    pub(crate) fn forget(&mut self) {
        self.since = None;
        self.also.clear();
    }

    /// Makes everything ready for `request`, as it is sent to `path`.
    pub(crate) fn prepare(&mut self, path: &str, request: &Request) {
        self.reply.wants_body = request.needs_body();
        if self.jar.is_empty() {
            self.also.remove(COOKIE);
            return;
        }
        let mut cookies = Vec::new();
        self.jar.write(path, Timestamp::now(), &mut cookies);
        // What came in a header can go in one.
        match HeaderValue::try_from(cookies).ok().filter(|cookies| !cookies.is_empty()) {
            Some(mut cookies) => {
                cookies.set_sensitive(true);
                self.also.insert(COOKIE, cookies);
            }
            None => {
                self.also.remove(COOKIE);
            }
        }
    }

    /// Takes the cookies of the answer to a request for `path`.
    pub(crate) fn hear(&mut self, script: &Script, path: &str) {
        if script.personal && self.reply.headers.contains_key(http::header::SET_COOKIE) {
            let site = Site { host: &script.host, tls: script.tls };
            self.jar.keep(site, path, &self.reply.headers, Timestamp::now());
        }
    }

    /// Keeps what is wanted of the last answer.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn keep(&mut self, captures: &Captures, body: &mut Parsed) -> Result<(), Missed> {
        captures.take(&self.reply, body, &mut self.values)
    }
}
