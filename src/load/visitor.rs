//! One user whose requests may overlap: it logs in, has values and cookies, and is not measured.

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::EngineError;
use super::cast::generator;
use super::desk::Desk;
use super::line::User;
use super::message::Message;
use super::parsed::Parsed;
use super::person::Person;
use super::request::Request;
use super::script::Script;
use super::transport::Transport;
use super::values::Values;

/// A request as this user sends it.
pub(super) struct Letter {
    pub(super) message: Message,
    /// The headers that are the user's own.
    pub(super) also: HeaderMap,
    /// The user's values as they were when it was written.
    pub(super) values: Values,
}

/// The user.
pub(super) struct Visitor<'a> {
    script: &'a Script,
    person: Person,
    random: Xoshiro256PlusPlus,
}

impl<'a> Visitor<'a> {
    /// Its number among users.
    pub(super) const NUMBER: u64 = 0;

    pub(super) fn new(script: &'a Script, seed: u64) -> Self {
        let person = Person::new(Self::NUMBER, script);
        Self { script, person, random: generator(seed, Self::NUMBER) }
    }

    /// The same as a user who sends one request after the other.
    pub(super) fn into_user<C>(self) -> User<C> {
        let (connection, others) = (None, Vec::new());
        User { number: Self::NUMBER, connection, others, person: Some(Box::new(self.person)) }
    }

    /// The next request.
    pub(super) fn letter(&mut self, request: &Request, whom: &str) -> Result<Letter, EngineError> {
        let Self { script, person, random } = self;
        person.draw(script, &request.draws, random);
        let mut made = None;
        let message = request.message(&person.values, &mut made).map_err(|_| {
            let what = "a value is missing, or has characters that cannot be sent".to_owned();
            EngineError::Request { endpoint: whom.to_owned(), what }
        })?;
        person.prepare(message.path(), request);
        let (message, also) = (message.clone(), person.also.clone());
        Ok(Letter { message, also, values: person.values.clone() })
    }

    /// Logs in, if the user has no identity or that is too old.
    pub(super) async fn log_in<T: Transport>(&mut self, desk: &Desk<T>) -> Result<(), EngineError> {
        let Some(login) = &self.script.login else { return Ok(()) };
        if !self.person.is_nobody(login) {
            return Ok(());
        }
        // What it was before has no part in it.
        self.person.forget();
        let failed = |what: String| EngineError::Login { what, failure: None };
        let letter = self.letter(&login.request, "the login")?;
        let mut reply = std::mem::take(&mut self.person.reply);
        let (_, answer) = desk.exchange(&letter, &mut reply).await;
        self.person.reply = reply;
        let status = answer.map_err(EngineError::unanswered)?;
        self.person.hear(self.script, letter.message.path());
        if !login.request.expects(status) {
            return Err(failed(format!("it was answered with status {status}")));
        }
        self.person
            .keep(&login.request.captures, &mut Parsed::default())
            .map_err(|missed| failed(missed.to_string()))?;
        self.person.remember(login)
    }
}
