//! What is done around a load: setup before it, invariants and cleanup after it.

use std::collections::BTreeMap;

use tokio::runtime::LocalRuntime;

use super::clean::STOPPED;
use super::ledger::{Counted, MOST_THINGS};
use super::shortage::Shortage;
use super::shutdown::{Hold, Shutdown};
use super::spoken::Spoken;
use super::steward::{Errands, Steward};
use super::{Engine, EngineError, Event, Observer, Signal};
use crate::model::{Asked, Cleanup, EndpointName, Outcomes, Plan, Slot, Value};

/// Whoever holds what the requests of endpoints made.
pub(super) trait Makers {
    /// How many things the requests to an endpoint made, by its position in the plan.
    fn made(&self, endpoint: usize) -> Counted;

    /// Deletes all of it; says by endpoint what came of it. `asked` is called when a first signal
    /// comes that is not the `known` one.
    fn clean(
        &mut self,
        shutdown: &Shutdown,
        known: Option<Signal>,
        asked: &mut dyn FnMut(),
    ) -> BTreeMap<usize, Cleanup>;
}

/// Nobody has made anything yet.
struct Nobody;

impl Makers for Nobody {
    fn made(&self, _: usize) -> Counted {
        Counted::default()
    }

    fn clean(
        &mut self,
        _: &Shutdown,
        _: Option<Signal>,
        _: &mut dyn FnMut(),
    ) -> BTreeMap<usize, Cleanup> {
        BTreeMap::new()
    }
}

/// A service that has been set up and is to be cleaned up.
pub(super) struct Around<'p> {
    plan: &'p Plan,
    steward: Steward<Spoken>,
    shutdown: Shutdown,
    /// While something may be left that a second signal must not pass over in silence.
    hold: Option<Hold>,
}

impl<'p> Around<'p> {
    /// Sets up and looks at the service as it is before the load; gives what every user knows of
    /// it. What was made is cleaned up again when that fails.
    ///
    /// # Errors
    /// When a request of the setup came to nothing, a signal came, or this machine could not open a
    /// connection.
    pub(super) fn begin(
        plan: &'p Plan,
        errands: Errands,
        with: (Spoken, LocalRuntime, Shortage),
        shutdown: &Shutdown,
        observer: &mut dyn Observer,
    ) -> Result<(Self, Vec<(Slot, Value)>), EngineError> {
        let has_to_clean = !plan.steward.cleanup.is_empty()
            || plan.endpoints.iter().any(|it| it.cleanup.is_some());
        let hold = has_to_clean.then(|| shutdown.hold());
        let steward = Steward::new(errands, with, shutdown.clone(), plan.seed);
        let mut around = Self { plan, steward, shutdown: shutdown.clone(), hold };
        if around.steward.sets_up() {
            observer.observe(&Event::SettingUp);
        }
        let given = around.steward.set_up();
        match given.and_then(|given| around.steward.look_before().map(|()| given)) {
            Ok(given) => Ok((around, given)),
            Err(error) => Err(around.give_up(error, observer)),
        }
    }

    /// Cleans up what the setup made, because of this `error`, which then tells what is left.
    pub(super) fn give_up(
        mut self,
        error: EngineError,
        observer: &mut dyn Observer,
    ) -> EngineError {
        let cleanups = self.clean_up(&mut Nobody, observer);
        let of_setup = cleanups.into_iter().filter(|it| it.endpoint.is_none());
        let (whole, left): (Vec<_>, Vec<_>) = of_setup.partition(Cleanup::is_whole);
        for cleanup in whole {
            observer.observe(&Event::CleanedUp(cleanup));
        }
        error.leaving(left)
    }

    /// Asks the service what its invariants want to know after the load; in the plan's order.
    ///
    /// # Errors
    /// When a signal came, or this machine could not open a connection.
    pub(super) fn look_after(&mut self) -> Result<Vec<Asked>, EngineError> {
        self.steward.look_after()
    }

    /// Deletes what `makers` made and sends the cleanup, whatever came of the load. Takes bounded
    /// time; a second signal ends it at once. Says what was deleted and what is left; nothing when it
    /// was done before.
    pub(super) fn clean_up(
        &mut self,
        makers: &mut dyn Makers,
        observer: &mut dyn Observer,
    ) -> Vec<Cleanup> {
        let Some(_hold) = self.hold.take() else { return Vec::new() };
        let made: Vec<_> = self
            .plan
            .endpoints
            .iter()
            .enumerate()
            .filter_map(|(position, endpoint)| {
                let request = endpoint.cleanup.as_ref()?.line();
                let cleanup = Cleanup::new(Some(endpoint.name.to_string()), request);
                Some((position, cleanup, makers.made(position)))
            })
            .collect();
        let things = made.iter().map(|(_, _, counted)| counted.made).sum::<u64>();
        let things = things + self.steward.cleanups() as u64;
        // Asked before anybody is told, so that whoever answers to that is heard.
        let known = self.shutdown.asked();
        if things > 0 {
            observer.observe(&Event::CleaningUp { things });
        }
        let cleaned = if made.iter().all(|(_, _, counted)| counted.made == 0) {
            BTreeMap::new()
        } else {
            makers.clean(&self.shutdown, known, &mut || observer.observe(&Event::Stopping))
        };
        let of_endpoints = made.into_iter().map(|(position, mut cleanup, counted)| {
            if let Some(part) = cleaned.get(&position) {
                cleanup.merge(part);
            }
            cleanup.made = counted.made;
            cleanup.unknown = counted.unknown;
            cleanup.leave("the answer did not say how to name it", counted.unnamed);
            let rest = cleanup.made.saturating_sub(cleanup.settled());
            if self.shutdown.insisted() {
                cleanup.leave(STOPPED, rest);
            } else {
                cleanup.leave(&format!("beyond the {MOST_THINGS} that are remembered"), rest);
            }
            cleanup
        });
        let mut cleanups: Vec<Cleanup> = of_endpoints.collect();
        cleanups.extend(self.steward.clean_up());
        cleanups
    }
}

impl Engine<'_> {
    /// Asks the service what its invariants want to know after the load; in the plan's order.
    ///
    /// # Errors
    /// When a signal came, or this machine could not open a connection.
    pub fn look_after(&mut self) -> Result<Vec<Asked>, EngineError> {
        self.around.look_after()
    }

    /// The first signal, if a second one said that nothing is to be waited for.
    #[must_use]
    pub fn insisted(&self) -> Option<Signal> {
        self.shutdown.asked().filter(|_| self.shutdown.insisted())
    }

    /// How all requests of the run ended so far, whether they were measured or not.
    #[must_use]
    pub fn ended(&self) -> BTreeMap<EndpointName, Outcomes> {
        let names = self.plan.endpoints.iter().map(|endpoint| endpoint.name.clone());
        names.zip(self.ended.iter().cloned()).collect()
    }

    /// Deletes what the run made and sends the cleanup, whatever came of the run. Takes bounded
    /// time; a second signal ends it at once. Says what was deleted and what is left; nothing when it
    /// was done before.
    pub fn clean_up(&mut self, observer: &mut dyn Observer) -> Vec<Cleanup> {
        self.around.clean_up(&mut self.target, observer)
    }
}
