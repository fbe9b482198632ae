//! Someone at work, counted for as long as it is there.

use std::rc::Rc;

use super::super::EngineError;
use super::super::transport::Transport;
use super::Shift;

/// Counts one user as at work until it is dropped.
pub(super) struct AtWork<T: Transport, A>(Rc<Shift<T, A>>);

impl<T: Transport, A> AtWork<T, A> {
    pub(super) fn new(shift: Rc<Shift<T, A>>) -> Self {
        shift.at_work.set(shift.at_work.get() + 1);
        Self(shift)
    }
}

impl<T: Transport, A> Drop for AtWork<T, A> {
    fn drop(&mut self) {
        let shift = &self.0;
        // A panic ends its work too, and nothing can go on without it.
        if std::thread::panicking()
            && let Ok(mut fatal) = shift.fatal.try_borrow_mut()
        {
            fatal.get_or_insert(EngineError::WorkerDied);
            shift.stopped.set(true);
        }
        shift.at_work.set(shift.at_work.get() - 1);
        if shift.at_work.get() == 0 {
            shift.last_left.notify_one();
        }
    }
}
