//! One user whose requests may overlap: it logs in, has values and cookies, and is not measured.

use http::HeaderMap;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::EngineError;
use super::capture::Parsed;
use super::cast::generator;
use super::desk::Desk;
use super::message::Message;
use super::person::Person;
use super::request::Request;
use super::script::Script;
use super::transport::Transport;

/// The user.
pub(super) struct Visitor<'a> {
    script: &'a Script,
    person: Person,
    random: Xoshiro256PlusPlus,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(script: &'a Script, seed: u64) -> Self {
        Self { script, person: Person::new(0, script), random: generator(seed, 0) }
    }

    /// The next request, and the headers that are the user's own.
    pub(super) fn message(
        &mut self,
        request: &Request,
        whom: &str,
    ) -> Result<(Message, HeaderMap), EngineError> {
        let Self { script, person, random } = self;
        person.draw(script, &request.draws, random);
        let mut made = None;
        let message = request.message(&person.values, &mut made).map_err(|_| {
            let what = "a value is missing, or has characters that cannot be sent".to_owned();
            EngineError::Request { endpoint: whom.to_owned(), what }
        })?;
        person.prepare(message.path(), request);
        Ok((message.clone(), person.also.clone()))
    }

    /// Logs in, if the user has no identity or that is too old.
    pub(super) async fn log_in<T: Transport>(&mut self, desk: &Desk<T>) -> Result<(), EngineError> {
        let Some(login) = &self.script.login else { return Ok(()) };
        if !self.person.is_nobody(login) {
            return Ok(());
        }
        // What it was before has no part in it.
        self.person.forget();
        let failed = |what: String| EngineError::Login { what };
        let (message, also) = self.message(&login.request, "the login")?;
        let mut reply = std::mem::take(&mut self.person.reply);
        let (_, answer) = desk.exchange(&message, &also, &mut reply).await;
        self.person.reply = reply;
        let status = answer.map_err(|failure| failed(format!("no answer ({failure})")))?;
        self.person.hear(self.script, message.path());
        if !login.request.expects(status) {
            return Err(failed(format!("it was answered with status {status}")));
        }
        self.person
            .keep(&login.request.captures, &mut Parsed::default())
            .map_err(|missed| failed(missed.to_string()))?;
        self.person.remember(login)
    }
}
