//! Requests of a user that are not measured: its login, and what is asked or deleted on perfbase's
//! own account.

use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::EngineError;
use super::assess::assess;
use super::line::Line;
use super::person::Person;
use super::recorder::Place;
use super::request::{Request, Unsendable};
use super::script::Login;
use super::transport::Transport;
use super::turn::Turn;
use crate::model::{Failure, Slot, Value};

/// Why an errand came to nothing. Shows nothing of the answer's body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undone {
    /// Nothing was sent.
    #[error("it needs a value that the user does not have")]
    Missing,
    /// Nothing could be sent.
    #[error("a value has characters that cannot stand where it is to be")]
    Refused,
    /// There was no answer.
    #[error("no answer ({0})")]
    NoAnswer(Failure),
    /// The status is not the expected one.
    #[error("it was answered with status {0}")]
    Status(u16),
    /// The answer is not as it has to be, or does not have what is to be kept of it.
    #[error("{0}")]
    Unfit(String),
    /// It led on without end.
    #[error("it was redirected too often, or to where it cannot go")]
    Redirected,
    /// A second signal came first.
    #[error("stopped before")]
    Stopped,
    /// The user has no identity: why, and the failure if it was not answered when it asked for one.
    #[error("{0}")]
    Nobody(String, Option<Failure>),
}

impl Undone {
    /// Whether the service did not answer.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self, Self::NoAnswer(_) | Self::Nobody(_, Some(_)))
    }
}

/// What an errand is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// To make something: its values are drawn for it, and of a success is kept what is saved.
    Make,
    /// To delete something: it is named by the values that the user has.
    Delete,
    /// To know something: its body is wanted, whatever the status, and it is asked for with the
    /// values that the user has.
    Know,
}

impl<T: Transport> Line<'_, T> {
    /// Gives the user these values, if it has any of its own.
    pub(crate) fn know(&mut self, values: &[(Slot, Value)]) {
        if let Some(person) = &mut self.user.person {
            person.restore(values);
        }
    }

    /// Sends `request` as the user, who logs in first if it has to, and says the answer's status.
    /// Nothing of it is recorded. It is given up as soon as `stop` is over; what the user knows, it
    /// knows all the same.
    ///
    /// # Errors
    /// When it came to nothing.
    pub(crate) async fn run_errand(
        &mut self,
        request: &Request,
        random: &mut Xoshiro256PlusPlus,
        aim: Aim,
        stop: impl Future<Output = ()>,
    ) -> Result<u16, Undone> {
        let Some(mut person) = self.user.person.take() else { return Err(Undone::Missing) };
        let sent = tokio::select! {
            sent = self.errand_as(&mut person, request, random, aim) => sent,
            () = stop => Err(Undone::Stopped),
        };
        if sent == Err(Undone::Stopped) {
            // The answer may still come.
            self.user.connection = None;
        }
        self.user.person = Some(person);
        sent
    }

    async fn errand_as(
        &mut self,
        person: &mut Person,
        request: &Request,
        random: &mut Xoshiro256PlusPlus,
        aim: Aim,
    ) -> Result<u16, Undone> {
        let script = self.script;
        let mut is_second = false;
        // Why it has no new identity, while it goes by the one that it had.
        let mut outdated: Option<Undone> = None;
        loop {
            if let Some(login) = script.login.as_ref().filter(|login| person.is_nobody(login)) {
                let known = person.shared_values(script, &login.request, &request.draws);
                match self.become_somebody(person, login).await {
                    // What it made is not to stay because it cannot make more.
                    Err(nobody) if aim == Aim::Delete && !is_second && person.resume() => {
                        outdated = Some(nobody);
                    }
                    came => came?,
                }
                person.restore(&known);
            }
            let sent = self.errand(person, request, random, aim).await;
            let refused = matches!(sent, Ok(401) | Err(Undone::Status(401)));
            if !refused || script.login.is_none() || is_second {
                return sent;
            }
            // Its identity has expired.
            person.forget();
            if let Some(nobody) = outdated {
                return Err(nobody);
            }
            is_second = true;
        }
    }

    async fn become_somebody(&mut self, person: &mut Person, login: &Login) -> Result<(), Undone> {
        let nobody = |error: EngineError| {
            let failure = error.unanswered_login();
            Undone::Nobody(error.to_string(), failure)
        };
        self.log_in(person, &login.request).await.map_err(nobody)?;
        person.remember(login).map_err(nobody)
    }

    async fn errand(
        &mut self,
        person: &mut Person,
        request: &Request,
        random: &mut Xoshiro256PlusPlus,
        aim: Aim,
    ) -> Result<u16, Undone> {
        match aim {
            Aim::Make => person.draw(self.script, &request.draws, random),
            Aim::Delete => {
                person.draw_missing(self.script, &[], random);
                // A name that is drawn now would be that of somebody else's.
                if request.path_slots().any(|slot| person.values.get(slot).is_none()) {
                    return Err(Undone::Missing);
                }
                person.draw_missing(self.script, &request.draws, random);
            }
            Aim::Know => person.draw_missing(self.script, &request.draws, random),
        }
        let mut made = None;
        let message =
            request.message(&person.values, &mut made).map_err(|unsendable| match unsendable {
                Unsendable::Missing(_) => Undone::Missing,
                Unsendable::Refused => Undone::Refused,
            })?;
        person.prepare(message.path(), request);
        person.reply.wants_body |= aim == Aim::Know;
        let now = Instant::now();
        let turn = Turn::at(now, Place::UNMEASURED, 0);
        let begun = self.ask(person, request, message, turn).await;
        let status = begun.exchange.answer.map_err(|failure| {
            self.user.connection = None;
            if failure == Failure::Redirect {
                Undone::Redirected
            } else {
                Undone::NoAnswer(failure)
            }
        })?;
        if aim == Aim::Know {
            return Ok(status);
        }
        if !request.judge(&begun.exchange).is_success() {
            return Err(Undone::Status(status));
        }
        let mut why = None;
        assess(person, request, &[], &begun.exchange, |written, found| {
            why.get_or_insert_with(|| match written.strip_prefix("save ") {
                Some(_) => found.to_string(),
                None => format!("`{written}` does not hold: {found}"),
            });
        });
        if let Some(why) = why {
            return Err(Undone::Unfit(why));
        }
        Ok(status)
    }
}
