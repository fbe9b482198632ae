//! What makes a user this user: its values, its cookies, its identity.

use std::time::Duration;

use http::header::{COOKIE, HeaderMap, HeaderValue};
use jiff::Timestamp;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::capture::{Captures, Missed, Reply};
use super::cast::generator;
use super::cookies::{Jar, Site};
use super::message::Message;
use super::parsed::Parsed;
use super::request::{Request, Unsendable, headers};
use super::script::{Login, Script};
use super::supply::Drawer;
use super::turns::Who;
use super::values::Values;
use crate::model::{Slot, Value};

/// How old an identity is at least when it can have expired. A service that refuses a younger one
/// refuses the user, and to log in again for each of its requests would hide that.
const YOUNGEST_EXPIRED: Duration = Duration::from_secs(1);

/// Stirred into the seed for what a user draws apart from its requests.
const APART: u64 = 0x6c6f_6769_6e73;

/// A user's own state.
pub(crate) struct Person {
    pub(crate) values: Values,
    /// The last answer, as far as it was wanted.
    pub(crate) reply: Reply,
    /// The last request that was made of its values, for its memory.
    pub(crate) made: Option<Message>,
    /// Headers of the request under way that are this user's own.
    pub(crate) also: HeaderMap,
    /// Of those, its cookies besides the jar's.
    own_cookies: Option<HeaderValue>,
    drawer: Drawer,
    /// Decides what is drawn at moments that depend on the service: for its logins, and for itself.
    apart: Xoshiro256PlusPlus,
    /// Whether the values that it keeps all the time have been drawn.
    is_born: bool,
    jar: Jar,
    since: Option<Instant>,
    /// What it gave up last, until it has another.
    held: Option<Box<Identity>>,
    /// Whether its identity is one that it had given up.
    is_resumed: bool,
}

/// What a user is known by.
struct Identity {
    headers: HeaderMap,
    cookies: Option<HeaderValue>,
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
            own_cookies: None,
            drawer: Drawer::new(&script.supplies, who),
            apart: generator(script.seed ^ APART, number),
            is_born: false,
            jar: Jar::default(),
            since: None,
            held: None,
            is_resumed: false,
        }
    }

    /// It sends what this arrival asks for from now on.
    pub(crate) fn arrive(&mut self, arrival: u64) {
        self.drawer.arrive(arrival);
    }

    /// Draws what a request needs from these sources.
    pub(crate) fn draw(
        &mut self,
        script: &Script,
        sources: &[usize],
        random: &mut Xoshiro256PlusPlus,
    ) {
        self.be_born(script);
        let Self { drawer, values, .. } = self;
        drawer.draw(&script.supplies, sources, random, &Timestamp::now, values);
    }

    /// Draws what a request needs from those of these sources of which it has not everything.
    pub(crate) fn draw_missing(
        &mut self,
        script: &Script,
        sources: &[usize],
        random: &mut Xoshiro256PlusPlus,
    ) {
        self.be_born(script);
        for source in sources {
            let mut slots = script.supplies.slots(*source).iter();
            if slots.any(|slot| self.values.get(*slot).is_none()) {
                self.draw(script, &[*source], random);
            }
        }
    }

    /// Draws what a login needs from these sources.
    pub(crate) fn draw_for_login(&mut self, script: &Script, sources: &[usize]) {
        self.be_born(script);
        let Self { drawer, values, apart, .. } = self;
        drawer.draw_for_login(&script.supplies, sources, apart, &Timestamp::now, values);
    }

    fn be_born(&mut self, script: &Script) {
        let Self { drawer, values, apart, is_born, .. } = self;
        if !*is_born {
            *is_born = true;
            drawer.draw_for_user(&script.supplies, apart, &Timestamp::now, values);
        }
    }

    /// The values of these sources that a login would draw anew.
    pub(crate) fn shared_values(
        &self,
        script: &Script,
        login: &Request,
        draws: &[usize],
    ) -> Vec<(Slot, Value)> {
        let shared = draws.iter().copied().filter(|source| login.draws.contains(source));
        let slots = shared.flat_map(|source| script.supplies.slots(source));
        slots.filter_map(|&slot| Some((slot, self.values.get(slot)?.clone()))).collect()
    }

    /// Gives it back values that it had.
    pub(crate) fn restore(&mut self, values: &[(Slot, Value)]) {
        for (slot, value) in values {
            self.values.set(*slot, value);
        }
    }

    /// Whether it has to log in before it can send anything.
    pub(crate) fn is_nobody(&self, login: &Login) -> bool {
        match (self.since, login.renew) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(_)) if self.is_resumed => false,
            (Some(since), Some(renew)) => since.elapsed() >= renew,
        }
    }

    /// Takes on the identity that the login gave.
    ///
    /// # Errors
    /// When the login's headers cannot be made of what it gave.
    pub(crate) fn remember(&mut self, login: &Login) -> Result<(), EngineError> {
        self.identify(login).map_err(|_| EngineError::Login {
            what: "its headers cannot be made of its answer".to_owned(),
            failure: None,
        })?;
        self.since = Some(Instant::now());
        self.held = None;
        self.is_resumed = false;
        Ok(())
    }

    /// Makes the headers of its identity of the values it has now.
    fn identify(&mut self, login: &Login) -> Result<(), Unsendable> {
        self.also = headers(&login.headers, &self.values)?;
        self.own_cookies = self.also.remove(COOKIE);
        Ok(())
    }

    /// Takes on what the answer to a request of which `captures` were kept says about its identity.
    ///
    /// # Errors
    /// When no headers can be made of it.
    pub(crate) fn follow(
        &mut self,
        script: &Script,
        captures: &Captures,
    ) -> Result<(), Unsendable> {
        match &script.login {
            Some(login) if captures.fill(&login.slots) => self.identify(login),
            _ => Ok(()),
        }
    }

    /// Whether its identity may have expired, so that it has to log in again.
    pub(crate) fn can_have_expired(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= YOUNGEST_EXPIRED)
    }

    /// Gives its identity up.
    pub(crate) fn forget(&mut self) {
        let was_resumed = std::mem::take(&mut self.is_resumed);
        if self.since.take().is_some() && !was_resumed {
            let (headers, cookies) = (std::mem::take(&mut self.also), self.own_cookies.take());
            self.held = Some(Box::new(Identity { headers, cookies }));
        }
        self.also.clear();
        self.own_cookies = None;
    }

    /// Takes the identity on again that it gave up, which the service may still know, and keeps it
    /// however old that is; whether it had one.
    pub(crate) fn resume(&mut self) -> bool {
        let Some(held) = self.held.take() else { return false };
        self.also = held.headers;
        self.own_cookies = held.cookies;
        self.since = Some(Instant::now());
        self.is_resumed = true;
        true
    }

    /// Makes everything ready for `request`, as it is sent to `path`.
    pub(crate) fn prepare(&mut self, path: &str, request: &Request) {
        self.reply.wants_body = request.needs_body();
        let mut cookies = Vec::new();
        // It could be made of the values a moment ago.
        let _ = request.cookies.write(&self.values, &mut cookies);
        if let Some(own) = &self.own_cookies {
            separate(&mut cookies);
            cookies.extend_from_slice(own.as_bytes());
        }
        if !self.jar.is_empty() {
            let before = cookies.len();
            separate(&mut cookies);
            let begin = cookies.len();
            self.jar.write(path, Timestamp::now(), &mut cookies);
            if cookies.len() == begin {
                cookies.truncate(before);
            }
        }
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

/// Ends what stands before the next cookie.
fn separate(cookies: &mut Vec<u8>) {
    if !cookies.is_empty() {
        cookies.extend_from_slice(b"; ");
    }
}
