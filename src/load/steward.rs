//! The user that sends what perfbase itself asks of the service: setup, invariants, cleanup. On the
//! coordinating thread, one request after the other, never measured.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::Value as Json;
use tokio::runtime::LocalRuntime;

use super::EngineError;
use super::cast::generator;
use super::clean::{GONE, LONGEST, LONGEST_REQUEST, NO_TIME, PATIENCE, STOPPED, note, settled};
use super::errand::{Aim, Undone};
use super::ledger::{Ledger, Tally};
use super::line::{Line, User};
use super::origin::Origin;
use super::own_cookies::Cookies;
use super::parsed::{Need, Parsed};
use super::recorder::Recorder;
use super::request::Request;
use super::script::Script;
use super::sequence::stir;
use super::shortage::Shortage;
use super::shutdown::Shutdown;
use super::transport::Transport;
use crate::model::{
    Asked, Cleanup, EndpointKind, Found, Invariant, Number, Plan, Scalar, Slot, Template, Value,
};

/// What the steward sends, made ready.
pub(crate) struct Errands {
    script: Script,
    setup: Vec<Errand>,
    cleanup: Vec<Errand>,
    invariants: Vec<(Invariant, Request)>,
}

/// One request of setup or cleanup.
struct Errand {
    /// Method and path as written.
    line: String,
    request: Request,
    /// What it saves.
    saves: Vec<Slot>,
    /// Whether it names any value.
    names: bool,
}

impl Errands {
    /// What the steward of `plan` sends.
    ///
    /// # Errors
    /// When one of it cannot be sent.
    pub(crate) fn new(plan: &Plan, origin: &Origin) -> Result<Self, EngineError> {
        // It has an identity and values of its own, whoever else has.
        let script = Script { personal: true, ..Script::new(plan, origin)? };
        let identified = origin.identified(plan.behaviour.login.as_ref());
        let request = |request: &crate::model::Request, whom: &str| {
            Request::new(
                &identified,
                request,
                whom,
                &script.supplies,
                &plan.behaviour.values,
                Cookies::Joined,
            )
        };
        let errand = |of: &crate::model::Request, whom: &str| {
            Ok::<_, EngineError>(Errand {
                line: of.line(),
                request: request(of, whom)?,
                saves: of.saves.iter().map(|save| save.slot).collect(),
                names: of.templates().flat_map(Template::slots).next().is_some(),
            })
        };
        let all = |of: &[crate::model::Request], whom: &str| {
            of.iter().map(|one| errand(one, whom)).collect::<Result<Vec<_>, _>>()
        };
        let steward = &plan.steward;
        let invariants = steward.invariants.iter().map(|invariant| {
            let whom = format!("the invariant `{}`", invariant.name);
            Ok((invariant.clone(), request(&invariant.request, &whom)?))
        });
        Ok(Self {
            setup: all(&steward.setup, "the setup")?,
            cleanup: all(&steward.cleanup, "the cleanup")?,
            invariants: invariants.collect::<Result<_, EngineError>>()?,
            script,
        })
    }
}

/// How long a request before or after the load may take, unless requests may take less.
const LONGEST_SETUP: Duration = Duration::from_mins(5);

/// Which signal ends a request of the steward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The first: nothing is lost with it.
    First,
    /// The second: what it makes, or leaves, is to be known.
    Second,
}

/// The steward at work.
pub(crate) struct Steward<T: Transport> {
    errands: Errands,
    transport: T,
    runtime: LocalRuntime,
    shutdown: Shutdown,
    shortage: Shortage,
    ledger: Ledger,
    user: Option<User<T::Connection>>,
    random: Xoshiro256PlusPlus,
    /// The answers to the invariants' requests before the load.
    before: BTreeMap<usize, Result<Found, String>>,
}

impl<T: Transport> Steward<T> {
    pub(crate) fn new(
        errands: Errands,
        (transport, runtime, shortage): (T, LocalRuntime, Shortage),
        shutdown: Shutdown,
        seed: u64,
    ) -> Self {
        Self {
            errands,
            transport,
            runtime,
            shutdown,
            shortage,
            ledger: Ledger::new(Arc::new(Tally::default())),
            user: None,
            random: generator(stir(&[seed, u64::MAX]), u64::MAX),
            before: BTreeMap::new(),
        }
    }

    /// Whether anything is to be set up.
    pub(crate) fn sets_up(&self) -> bool {
        !self.errands.setup.is_empty()
    }

    /// How many requests of `[[cleanup]]` there are.
    pub(crate) fn cleanups(&self) -> usize {
        self.errands.cleanup.len()
    }

    /// Sends the setup, one request after the other; what it saved is every user's.
    ///
    /// # Errors
    /// When a request came to nothing, a signal came, or this machine could not open a connection. What
    /// was made before is there.
    pub(crate) fn set_up(&mut self) -> Result<Vec<(Slot, Value)>, EngineError> {
        let mut given = Vec::new();
        for index in 0..self.errands.setup.len() {
            let sent = self.errand(
                |errands| &errands.setup[index].request,
                (Aim::Make, LONGEST_SETUP, Until::Second),
            );
            self.heed()?;
            let errand = &self.errands.setup[index];
            if let Err(undone) = sent {
                let (request, what) = (errand.line.clone(), undone.to_string());
                return Err(EngineError::Setup { request, what });
            }
            let person = self.user.as_ref().and_then(|user| user.person.as_ref());
            let values = errand.saves.iter().filter_map(|&slot| {
                let value = person.and_then(|person| person.values.get(slot))?;
                Some((slot, value.clone()))
            });
            given.extend(values);
        }
        Ok(given)
    }

    /// Asks what invariants want to know of the time before the load.
    ///
    /// # Errors
    /// When a signal came, or this machine could not open a connection.
    pub(crate) fn look_before(&mut self) -> Result<(), EngineError> {
        for index in 0..self.errands.invariants.len() {
            if self.errands.invariants[index].0.holds.looks_back() {
                let found = self.look(index);
                self.heed()?;
                self.before.insert(index, found);
            }
        }
        Ok(())
    }

    /// Asks what invariants want to know of the time after the load; in the plan's order.
    ///
    /// # Errors
    /// When a signal came, or this machine could not open a connection.
    pub(crate) fn look_after(&mut self) -> Result<Vec<Asked>, EngineError> {
        let mut asked = Vec::with_capacity(self.errands.invariants.len());
        for index in 0..self.errands.invariants.len() {
            let after = self.look(index);
            self.heed()?;
            asked.push(Asked { before: self.before.get(&index).cloned(), after });
        }
        Ok(asked)
    }

    /// What is there that ends the run, whatever came of the request before it.
    fn heed(&self) -> Result<(), EngineError> {
        match self.shutdown.asked() {
            Some(signal) => Err(EngineError::Interrupted(signal)),
            None => self.shortage.found().map_or(Ok(()), Err),
        }
    }

    fn look(&mut self, index: usize) -> Result<Found, String> {
        let sent = self.errand(
            |errands| &errands.invariants[index].1,
            (Aim::Know, LONGEST_SETUP, Until::First),
        );
        let status = sent.map_err(|undone| undone.to_string())?;
        let invariant = &self.errands.invariants[index].0;
        if !invariant.holds.judges_status() && !invariant.request.expect.accepts(status) {
            return Err(format!("it was answered with status {status}"));
        }
        let reply = self.user.as_ref().and_then(|user| user.person.as_ref()).map(|it| &it.reply);
        let mut body = Parsed::default();
        let mut value = |pointer: &str| match reply {
            None => Err("there is no answer".to_owned()),
            Some(reply) => match body.at(reply, pointer, Need::Kind) {
                Ok(found) => scalar(found, pointer),
                Err(why) => Err(why.to_string()),
            },
        };
        let pointers = invariant.holds.pointers().into_iter();
        let values = pointers.map(|pointer| (pointer.clone(), value(&pointer))).collect();
        Ok(Found { status, values })
    }

    /// Sends the cleanup, one request after the other, whatever comes of each.
    pub(crate) fn clean_up(&mut self) -> Vec<Cleanup> {
        let begun = Instant::now();
        let mut unanswered = 0;
        let mut cleanups = Vec::new();
        for index in 0..self.errands.cleanup.len() {
            let Errand { line, names, .. } = &self.errands.cleanup[index];
            let (line, names) = (line.clone(), *names);
            let mut cleanup = Cleanup::new(None, line);
            let came = if self.shutdown.insisted() {
                Err(STOPPED.to_owned())
            } else if unanswered >= PATIENCE {
                Err(GONE.to_owned())
            } else if begun.elapsed() >= LONGEST {
                Err(NO_TIME.to_owned())
            } else {
                let sent = self.errand(
                    |errands| &errands.cleanup[index].request,
                    (Aim::Delete, LONGEST_REQUEST, Until::Second),
                );
                // What it names was never made.
                if names && sent == Err(Undone::Missing) {
                    continue;
                }
                let is_unanswered = sent.as_ref().is_err_and(Undone::is_unanswered);
                unanswered = if is_unanswered { unanswered + 1 } else { 0 };
                settled(sent)
            };
            cleanup.made = 1;
            note(&mut cleanup, came);
            cleanups.push(cleanup);
        }
        cleanups
    }

    /// Sends one request and waits for what comes of it, for so long and until such a signal.
    fn errand(
        &mut self,
        which: impl FnOnce(&Errands) -> &Request,
        (aim, longest, until): (Aim, Duration, Until),
    ) -> Result<u16, Undone> {
        let Self { errands, transport, runtime, shutdown, ledger, user, random, .. } = self;
        // A timeout is made of the runtime's timer.
        let _inside = runtime.enter();
        let (script, request) = (&errands.script, which(errands));
        let known = user.take().unwrap_or_else(|| User::new(0, script));
        let recorder = RefCell::new(Recorder::new([EndpointKind::Request].into(), None, None));
        let mut line = Line::new(&*transport, script, &recorder, ledger, known)
            .within(script.timeout.min(longest));
        let stop = async {
            match until {
                Until::First => shutdown.first().await,
                Until::Second => shutdown.second().await,
            }
        };
        let sent = runtime.block_on(line.run_errand(request, random, aim, stop));
        *user = Some(line.hang_up());
        sent
    }
}

fn scalar(found: Option<&Json>, pointer: &str) -> Result<Scalar, String> {
    match found {
        None => Err(format!("the body has nothing at `{pointer}`")),
        Some(Json::Null) => Ok(Scalar::Null),
        Some(Json::Bool(truth)) => Ok(Scalar::Truth(*truth)),
        Some(Json::String(text)) => Ok(Scalar::Text(text.clone())),
        Some(Json::Number(found)) => number(found)
            .map(Scalar::Number)
            .ok_or_else(|| format!("the number at `{pointer}` is too large to be read exactly")),
        Some(Json::Array(_)) => Err(format!("the body has a list at `{pointer}`")),
        Some(Json::Object(_)) => Err(format!("the body has an object at `{pointer}`")),
    }
}

/// Exactly what it is; nothing if that cannot be known.
fn number(found: &serde_json::Number) -> Option<Number> {
    let whole = found.as_i128().map(Number::Whole);
    whole.or_else(|| Number::from_binary(found.as_f64()?))
}
