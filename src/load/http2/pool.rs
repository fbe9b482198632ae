//! The connections of one worker, each for users who share it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use tokio::sync::watch;

use super::link::Link;
use crate::load::dial::Dial;
use crate::model::{Failure, Opening};

/// Connections by number.
#[derive(Default)]
pub(super) struct Pool(RefCell<Vec<Slot>>);

#[derive(Default)]
enum Slot {
    #[default]
    Empty,
    /// Somebody opens it, and says there why it cannot be; who gives up says nothing.
    Opening(watch::Receiver<Option<Failure>>),
    /// Who has a share of it keeps it open.
    Open(Weak<Link>),
}

enum Found {
    Nothing,
    Opening(watch::Receiver<Option<Failure>>),
    Open(Rc<Link>),
}

impl Pool {
    /// A share of the connection of that number, which is opened if there is none, and then `opened` is
    /// told. Whoever waits for one that somebody else opens hears of the same failure.
    pub(super) async fn join(
        &self,
        number: usize,
        dial: &Dial,
        opened: impl FnOnce(Opening),
    ) -> Result<Rc<Link>, Failure> {
        loop {
            let mut opening = match self.find(number) {
                Found::Open(link) => return Ok(link),
                Found::Nothing => return self.open(number, dial, opened).await,
                Found::Opening(opening) => opening,
            };
            // Where it ends without a word there is a connection now, or nobody opens it any more.
            if opening.changed().await.is_ok()
                && let Some(failure) = *opening.borrow()
            {
                return Err(failure);
            }
        }
    }

    fn find(&self, number: usize) -> Found {
        match self.0.borrow().get(number) {
            None | Some(Slot::Empty) => Found::Nothing,
            Some(Slot::Opening(opening)) if opening.has_changed().is_err() => Found::Nothing,
            Some(Slot::Opening(opening)) => Found::Opening(opening.clone()),
            Some(Slot::Open(link)) => {
                let link = link.upgrade().filter(|link| link.is_usable() && !link.is_aged());
                link.map_or(Found::Nothing, Found::Open)
            }
        }
    }

    async fn open(
        &self,
        number: usize,
        dial: &Dial,
        opened: impl FnOnce(Opening),
    ) -> Result<Rc<Link>, Failure> {
        let (tell, told) = watch::channel(None);
        self.set(number, Slot::Opening(told));
        match Link::open(dial).await {
            Ok((link, opening)) => {
                opened(opening);
                let link = Rc::new(link);
                self.set(number, Slot::Open(Rc::downgrade(&link)));
                Ok(link)
            }
            Err((failure, _)) => {
                self.set(number, Slot::Empty);
                // Nobody need have waited.
                let _: Result<(), _> = tell.send(Some(failure));
                Err(failure)
            }
        }
    }

    fn set(&self, number: usize, slot: Slot) {
        let mut slots = self.0.borrow_mut();
        if slots.len() <= number {
            slots.resize_with(number + 1, Slot::default);
        }
        slots[number] = slot;
    }
}
