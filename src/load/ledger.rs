//! What the users of one worker made and somebody has to delete.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::script::Deletion;
use super::values::Values;
use crate::model::{Failure, Outcome, Slot, Value};

/// Things that one worker remembers at most; of those beyond it only the number is known.
pub(crate) const MOST_THINGS: usize = 100_000;

/// Text that one worker remembers of them at most, in bytes.
const MOST_BYTES: usize = 32 << 20;

/// What one worker's users made.
pub(crate) struct Ledger {
    made: RefCell<Vec<Made>>,
    bytes: Cell<usize>,
    tally: Arc<Tally>,
}

/// A thing that is to be deleted by whoever made it.
#[derive(Debug)]
pub(crate) struct Made {
    /// The user's number.
    pub(crate) user: u64,
    /// The position in the plan of the endpoint that made it.
    pub(crate) endpoint: usize,
    /// The values that name it.
    pub(crate) values: Box<[(Slot, Value)]>,
}

/// How many things one worker's users made, for the coordinator: written by that worker alone, and
/// only for requests that make something.
#[derive(Debug, Default)]
pub(crate) struct Tally(Box<[Count]>);

#[derive(Debug, Default)]
struct Count {
    made: AtomicU64,
    unnamed: AtomicU64,
    unknown: AtomicU64,
}

/// How many things the requests to one endpoint made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// All of them.
    pub(crate) made: u64,
    /// Those of which the answer did not say what they are called.
    pub(crate) unnamed: u64,
    /// Requests whose fate is unknown.
    pub(crate) unknown: u64,
}

impl Tally {
    /// Nothing, of a plan with so many endpoints.
    pub(crate) fn new(endpoints: usize) -> Self {
        Self((0..endpoints).map(|_| Count::default()).collect())
    }

    pub(crate) fn of(&self, endpoint: usize) -> Counted {
        let Some(count) = self.0.get(endpoint) else { return Counted::default() };
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Counted {
            made: load(&count.made),
            unnamed: load(&count.unnamed),
            unknown: load(&count.unknown),
        }
    }
}

impl Ledger {
    pub(crate) fn new(tally: Arc<Tally>) -> Self {
        Self { made: RefCell::default(), bytes: Cell::new(0), tally }
    }

    /// Notes how a request ended whose makings `deletion` deletes; `values` are its user's.
    pub(crate) fn note(
        &self,
        user: u64,
        endpoint: usize,
        deletion: &Deletion,
        values: &Values,
        outcome: Outcome,
    ) {
        let Some(count) = self.tally.0.get(endpoint) else { return };
        let one_more = |number: &AtomicU64| {
            number.fetch_add(1, Ordering::Relaxed);
        };
        match outcome {
            Outcome::Success => {
                one_more(&count.made);
                self.remember(user, endpoint, deletion, values);
            }
            // The status was right, so that something is there.
            Outcome::Failed(Failure::Check) => {
                one_more(&count.made);
                one_more(&count.unnamed);
            }
            Outcome::Failed(failure) if failure.leaves_fate_unknown() => one_more(&count.unknown),
            // An allowed answer is not the one that says that something was made.
            Outcome::Allowed(_) | Outcome::Failed(_) => {}
        }
    }

    fn remember(&self, user: u64, endpoint: usize, deletion: &Deletion, values: &Values) {
        let mut made = self.made.borrow_mut();
        if made.len() >= MOST_THINGS || self.bytes.get() >= MOST_BYTES {
            return;
        }
        let named = deletion.names.iter();
        let named: Box<[(Slot, Value)]> =
            named.filter_map(|&slot| Some((slot, values.get(slot)?.clone()))).collect();
        let bytes: usize = named.iter().map(|(_, value)| value.as_str().len()).sum();
        self.bytes.set(self.bytes.get() + bytes);
        made.push(Made { user, endpoint, values: named });
    }

    /// All that is remembered; nothing is from then on.
    pub(crate) fn take(&self) -> Vec<Made> {
        self.bytes.set(0);
        self.made.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> (Ledger, Arc<Tally>) {
        let tally = Arc::new(Tally::new(1));
        (Ledger::new(Arc::clone(&tally)), tally)
    }

    #[test]
    fn each_outcome_is_counted_for_what_it_may_have_made() {
        let (ledger, tally) = ledger();
        let deletion = Deletion::of_nothing(vec![Slot(0)]);
        let mut values = Values::new(1);
        values.set(Slot(0), &Value::text("b7"));
        for outcome in [
            Outcome::Success,
            Outcome::Failed(Failure::Check),
            Outcome::Failed(Failure::Timeout),
            Outcome::Failed(Failure::Status5xx),
            Outcome::Failed(Failure::Connect),
        ] {
            ledger.note(3, 0, &deletion, &values, outcome);
        }
        assert_eq!(tally.of(0), Counted { made: 2, unnamed: 1, unknown: 1 });
        let made = ledger.take();
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].user, &*made[0].values), (3, &[(Slot(0), Value::text("b7"))][..]));
        assert!(ledger.take().is_empty());
    }

    #[test]
    fn memory_is_bounded_and_the_rest_is_counted() {
        let (ledger, tally) = ledger();
        let deletion = Deletion::of_nothing(vec![Slot(0)]);
        let mut values = Values::new(1);
        values.set(Slot(0), &Value::text("x".repeat(1 << 20)));
        for _ in 0..40 {
            ledger.note(0, 0, &deletion, &values, Outcome::Success);
        }
        assert_eq!(ledger.take().len(), 32);
        values.set(Slot(0), &Value::text("x"));
        for _ in 0..MOST_THINGS + 5 {
            ledger.note(0, 0, &deletion, &values, Outcome::Success);
        }
        assert_eq!(ledger.take().len(), MOST_THINGS);
        assert_eq!(tally.of(0).made, 45 + MOST_THINGS as u64);
    }
}
