//! What the engine does around the load: setup before it, invariants and cleanup after it.

use std::collections::BTreeMap;

use super::clean::STOPPED;
use super::ledger::MOST_THINGS;
use super::spoken::Spoken;
use super::steward::Steward;
use super::{Engine, EngineError, Event, Observer, Signal};
use crate::model::{Asked, Cleanup, EndpointName, Outcomes, Plan, Slot, Value};

/// Whether a run of `plan` leaves anything that has to be cleaned up.
pub(super) fn has_to_clean(plan: &Plan) -> bool {
    !plan.steward.cleanup.is_empty() || plan.endpoints.iter().any(|it| it.cleanup.is_some())
}

/// Sets up and looks at the service as it is before the load. What was made is cleaned up again when
/// that fails.
pub(super) fn set_up(
    steward: &mut Steward<Spoken>,
    observer: &mut dyn Observer,
) -> Result<Vec<(Slot, Value)>, EngineError> {
    if steward.sets_up() {
        observer.observe(&Event::SettingUp);
    }
    match steward.set_up() {
        Ok(given) => {
            steward.look_before();
            Ok(given)
        }
        Err(error) => {
            if steward.cleanups() > 0 {
                observer.observe(&Event::CleaningUp { things: steward.cleanups() as u64 });
            }
            for cleanup in steward.clean_up() {
                observer.observe(&Event::CleanedUp(cleanup));
            }
            Err(error)
        }
    }
}

impl Engine<'_> {
    /// Asks the service what its invariants want to know after the load; in the plan's order.
    ///
    /// # Errors
    /// When a signal came.
    pub fn look_after(&mut self) -> Result<Vec<Asked>, EngineError> {
        let asked = self.steward.look_after();
        match self.shutdown.asked() {
            Some(signal) => Err(EngineError::Interrupted(signal)),
            None => Ok(asked),
        }
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
        let Some(_hold) = self.hold.take() else { return Vec::new() };
        let made: Vec<_> = self
            .plan
            .endpoints
            .iter()
            .enumerate()
            .filter_map(|(position, endpoint)| {
                let request = endpoint.cleanup.as_ref()?.line();
                let cleanup = Cleanup::new(Some(endpoint.name.to_string()), request);
                Some((position, cleanup, self.target.made(position)))
            })
            .collect();
        let things = made.iter().map(|(_, _, counted)| counted.made).sum::<u64>();
        let things = things + self.steward.cleanups() as u64;
        // Asked before anybody is told, so that whoever answers to that is heard.
        let known = self.shutdown.asked();
        observer.observe(&Event::CleaningUp { things });
        let cleaned = if made.iter().all(|(_, _, counted)| counted.made == 0) {
            BTreeMap::new()
        } else {
            self.target.clean(&self.shutdown, known, &mut || observer.observe(&Event::Stopping))
        };
        let of_endpoints = made.into_iter().map(|(position, mut cleanup, counted)| {
            if let Some(part) = cleaned.get(&position) {
                cleanup.merge(part);
            }
            cleanup.made = counted.made;
            cleanup.unknown = counted.unknown;
            cleanup.leave("the answer did not say how to name it", counted.unnamed);
            let left: u64 = cleanup.left.iter().map(|left| left.things).sum();
            let rest = cleanup.made.saturating_sub(cleanup.deleted + left);
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
