//! What the users of one worker made and somebody has to delete.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    pub(crate) values: Named,
}

/// The values that name a thing.
pub(crate) type Named = Box<[(Slot, Value)]>;

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
    /// Requests whose fate is unknown, those under way included.
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

    /// Notes that a request begins which may make something: what becomes of it is unknown until it
    /// has ended.
    pub(crate) fn begin(&self, endpoint: usize) {
        if let Some(count) = self.tally.0.get(endpoint) {
            count.unknown.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes how such a request ended. If it made something, `named` is asked for the values that name
    /// it; nothing if the answer does not say them.
    pub(crate) fn end(
        &self,
        user: u64,
        endpoint: usize,
        outcome: Outcome,
        named: impl FnOnce() -> Option<Named>,
    ) {
        let Some(count) = self.tally.0.get(endpoint) else { return };
        match outcome {
            Outcome::Failed(failure) if failure.leaves_fate_unknown() => return,
            // What fails a check has the right status, so that something is there.
            Outcome::Success | Outcome::Failed(Failure::Check) => {
                count.made.fetch_add(1, Ordering::Relaxed);
                match named() {
                    Some(values) => self.remember(Made { user, endpoint, values }),
                    None => {
                        count.unnamed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            // An allowed answer is not the one that says that something was made.
            Outcome::Allowed(_) | Outcome::Failed(_) => {}
        }
        count.unknown.fetch_sub(1, Ordering::Relaxed);
    }

    fn remember(&self, one: Made) {
        let mut made = self.made.borrow_mut();
        if made.len() >= MOST_THINGS || self.bytes.get() >= MOST_BYTES {
            return;
        }
        let bytes: usize = one.values.iter().map(|(_, value)| value.as_str().len()).sum();
        self.bytes.set(self.bytes.get() + bytes);
        made.push(one);
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

    fn named(text: impl Into<String>) -> Named {
        [(Slot(0), Value::text(text))].into()
    }

    #[test]
    fn each_outcome_is_counted_for_what_it_may_have_made() {
        let (ledger, tally) = ledger();
        for outcome in [
            Outcome::Success,
            Outcome::Failed(Failure::Timeout),
            Outcome::Failed(Failure::Status5xx),
            Outcome::Failed(Failure::Connect),
            Outcome::Allowed(409),
        ] {
            ledger.begin(0);
            ledger.end(3, 0, outcome, || Some(named("b7")));
        }
        assert_eq!(tally.of(0), Counted { made: 1, unnamed: 0, unknown: 1 });
        let made = ledger.take();
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].user, &*made[0].values), (3, &[(Slot(0), Value::text("b7"))][..]));
        assert!(ledger.take().is_empty());
    }

    #[test]
    fn what_fails_a_check_is_there_and_deleted_if_its_answer_names_it() {
        let (ledger, tally) = ledger();
        for name in [Some(named("b7")), None] {
            ledger.begin(0);
            ledger.end(3, 0, Outcome::Failed(Failure::Check), || name);
        }
        assert_eq!(tally.of(0), Counted { made: 2, unnamed: 1, unknown: 0 });
        assert_eq!(ledger.take().len(), 1);
    }

    #[test]
    fn the_fate_of_a_request_under_way_is_unknown() {
        let (ledger, tally) = ledger();
        ledger.begin(0);
        assert_eq!(tally.of(0).unknown, 1);
        ledger.end(0, 0, Outcome::Success, || Some(named("b7")));
        assert_eq!(tally.of(0), Counted { made: 1, unnamed: 0, unknown: 0 });
    }

    #[test]
    fn memory_is_bounded_and_the_rest_is_counted() {
        let (ledger, tally) = ledger();
        let make = |text: &str| {
            ledger.begin(0);
            ledger.end(0, 0, Outcome::Success, || Some(named(text)));
        };
        let long = "x".repeat(1 << 20);
        (0..40).for_each(|_| make(&long));
        assert_eq!(ledger.take().len(), 32);
        (0..MOST_THINGS + 5).for_each(|_| make("x"));
        assert_eq!(ledger.take().len(), MOST_THINGS);
        assert_eq!(tally.of(0).made, 45 + MOST_THINGS as u64);
    }
}
