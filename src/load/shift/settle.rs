//! The starts of users with a rate, counted when they have done all they could.

use rand_xoshiro::Xoshiro256PlusPlus;

use super::super::alarm::Alarm;
use super::super::cast::Role;
use super::super::paced::Paced;
use super::super::recorder::Place;
use super::super::transport::Transport;
use super::super::turn::Start;
use super::Shift;

impl<T: Transport + 'static, A: Alarm + 'static> Shift<T, A> {
    /// Counts the starts of a user with a rate. Those for which it was never free are dropped, each
    /// in the part of the slice in which it was due.
    pub(super) fn settle(&self, role: &Role, paced: &mut Paced, random: &mut Xoshiro256PlusPlus) {
        let timeline = self.order.timeline.as_ref();
        while let Some(due) = paced.due() {
            let until = timeline.and_then(|timeline| timeline.next_part(due));
            let missed = paced.give_up(until);
            for (step, part) in role.divide(missed, random) {
                if let Some(position) = self.places[step] {
                    self.dropped.set(self.dropped.get() + part);
                    let place = Place { position, intended: due, start: Start::AT_RATE };
                    self.recorder.borrow_mut().dropped(place, part);
                }
            }
        }
        self.paced.set(self.paced.get() + paced.past());
    }
}
