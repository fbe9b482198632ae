//! A user logs in: once, and again when its identity has expired. Nothing of it is measured.

use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::assess::assess;
use super::line::{Line, Turn};
use super::person::Person;
use super::request::Request;
use super::transport::Transport;
use crate::model::Failure;

impl<T: Transport> Line<'_, T> {
    /// Gives the user its identity if it has none; that is never measured.
    pub(super) async fn identify(
        &mut self,
        person: &mut Person,
        turn: &mut Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        let login = self.script.login.as_ref().filter(|login| person.is_nobody(login));
        if let Some(login) = login {
            self.log_in(person, &login.request, random).await?;
            person.remember(login)?;
            turn.intended = Instant::now();
            turn.free = turn.intended;
        }
        Ok(())
    }

    /// Sends the login; nothing of it is recorded.
    async fn log_in(
        &mut self,
        person: &mut Person,
        request: &Request,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        person.draw(self.script, &request.draws, random);
        let mut made = None;
        let failed = |what: String| EngineError::Login { what };
        let message = request
            .message(&person.values, &mut made)
            .map_err(|_| failed("it needs a value that the user does not have".to_owned()))?;
        person.prepare(message.path(), request);
        let now = Instant::now();
        let turn = Turn { position: 0, endpoint: 0, intended: now, free: now };
        let begun = self.ask(person, request, message, turn).await;
        match begun.exchange.answer {
            Err(Failure::Redirect) => {
                Err(failed("it was redirected too often, or to where it cannot go".to_owned()))
            }
            Err(failure) => {
                self.user.connection = None;
                Err(failed(format!("no answer ({failure})")))
            }
            Ok(status) if !request.judge(&begun.exchange).is_success() => {
                Err(failed(format!("it was answered with status {status}")))
            }
            Ok(_) => {
                let mut why = None;
                assess(person, request, &begun.exchange, |written, found| {
                    why.get_or_insert_with(|| format!("`{written}` does not hold: {found}"));
                });
                why.map_or(Ok(()), |why| Err(failed(why)))
            }
        }
    }
}
