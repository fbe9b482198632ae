//! A user gets its identity; nothing of that is measured.

use tokio::time::Instant;

use super::EngineError;
use super::abroad::off_limits;
use super::assess::assess;
use super::line::Line;
use super::person::Person;
use super::recorder::Place;
use super::request::{Request, Unsendable};
use super::transport::Transport;
use super::turn::Turn;
use crate::model::Failure;

impl<T: Transport> Line<'_, T> {
    /// Has `person` log in if it has no identity, and moves the turn by the time that took: since
    /// an answer that said that the old one had `expired`, or since now.
    pub(super) async fn identify(
        &mut self,
        person: &mut Person,
        draws: &[usize],
        turn: &mut Turn,
        expired: Option<Instant>,
    ) -> Result<(), EngineError> {
        let script = self.script;
        let Some(login) = script.login.as_ref().filter(|login| person.is_nobody(login)) else {
            return Ok(());
        };
        let since = expired.unwrap_or_else(Instant::now);
        let known = person.shared_values(script, &login.request, draws);
        // Apart, because its state would stay in every user's memory.
        Box::pin(self.log_in(person, &login.request)).await?;
        person.remember(login)?;
        if expired.is_some() {
            person.restore(&known);
        }
        let took = since.elapsed();
        turn.due = turn.due.delayed(took);
        self.away += took;
        Ok(())
    }

    /// Sends the login; nothing of it is recorded.
    pub(super) async fn log_in(
        &mut self,
        person: &mut Person,
        request: &Request,
    ) -> Result<(), EngineError> {
        // What it was before has no part in it.
        person.forget();
        person.draw_for_login(self.script, &request.draws);
        let mut made = None;
        let failed = |what: String| EngineError::Login { what, failure: None };
        let message = request.message(&person.values, &mut made).map_err(|why| {
            failed(match why {
                Unsendable::Missing(_) => "it needs a value that the user does not have".to_owned(),
                Unsendable::Refused => {
                    "a value of the user has characters that its path or a header cannot have"
                        .to_owned()
                }
            })
        })?;
        person.prepare(message.path(), request);
        let now = Instant::now();
        let turn = Turn::at(now, Place::UNMEASURED, 0);
        let begun = self.ask(person, request, message, turn).await;
        match begun.exchange.answer {
            Err(Failure::Redirect) => Err(failed(match &person.reply.off_limits {
                Some(environment) => format!("it was redirected: {}", off_limits(environment)),
                None => "it was redirected too often, or to where it cannot go".to_owned(),
            })),
            Err(failure) => {
                self.close();
                Err(EngineError::unanswered(failure))
            }
            Ok(status) if !request.judge(&begun.exchange).is_success() => {
                Err(failed(format!("it was answered with status {status}")))
            }
            Ok(_) => {
                let mut why = None;
                assess(person, request, &[], &begun.exchange, |written, found| {
                    why.get_or_insert_with(|| format!("`{written}` does not hold: {found}"));
                });
                why.map_or(Ok(()), |why| Err(failed(why)))
            }
        }
    }
}
