//! The starts of users with a rate, counted when they have done all they could.

use tokio::time::Instant;

use super::super::alarm::Alarm;
use super::super::cast::Role;
use super::super::paced::Paced;
use super::super::recorder::Place;
use super::super::transport::Transport;
use super::Shift;

impl<T: Transport + 'static, A: Alarm + 'static> Shift<T, A> {
    /// Counts the starts of a user with a rate. Those for which it was never free are
    /// dropped; the first of them was `due`.
    pub(super) fn settle(&self, role: &Role, paced: &Paced, due: Instant) {
        let missed = paced.missed();
        self.paced.set(self.paced.get() + paced.begun() + missed);
        for (step, part) in role.divide(missed) {
            if let Some(position) = self.places[step] {
                self.dropped.set(self.dropped.get() + part);
                let place = Place { position, intended: due };
                self.recorder.borrow_mut().dropped(place, part);
            }
        }
    }
}
