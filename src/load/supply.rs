//! Draws the values that come from data. What a user gets is fixed by its generator of random
//! numbers, its place among the users and how often it drew, so that one seed gives one sequence.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use uuid::{Builder, Uuid};

use super::turns::{self, Drawn, Turns, Who};
use super::values::Values;
use crate::model::{Data, Per, Pick, Rows, Slot, Supply, TimeFormat, Value};

/// The sources of a plan's values; the users of a worker share them.
#[derive(Debug, Clone)]
pub(crate) struct Supplies {
    data: Box<[Data]>,
    turns: Box<[Turns]>,
}

/// One user at the sources.
#[derive(Debug, Clone)]
pub(crate) struct Drawer {
    who: Who,
    /// How often it drew from each source for a request, and for a login: when it has to log in is
    /// not for it to say, and must not decide what it sends.
    drawn: [Box<[u64]>; 2],
    /// The arrival that it is there for; none in a closed loop.
    arrival: Option<u64>,
}

/// Tells the time; asked for timestamps only.
pub(crate) type Clock<'a> = &'a dyn Fn() -> Timestamp;

const RFC3339: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

impl Supplies {
    /// The sources, in the order of the plan.
    pub(crate) fn new(data: &[Data]) -> Self {
        Self { data: data.into(), turns: vec![Turns::everybody(); data.len()].into() }
    }

    /// The same with users who take these turns at each source.
    pub(crate) fn in_turns(self, turns: Box<[Turns]>) -> Self {
        Self { turns, ..self }
    }

    /// The sources to draw from for a request with these slots, as positions. Worked out once for
    /// an endpoint: drawing is then a walk along a short list.
    pub(crate) fn needed(&self, slots: impl IntoIterator<Item = Slot>) -> Box<[usize]> {
        let slots: Vec<Slot> = slots.into_iter().collect();
        let fills =
            |source: &usize| self.data[*source].slots.iter().any(|slot| slots.contains(slot));
        self.drawn_per(Per::Request).filter(fills).collect()
    }

    /// The slots that the source at this position fills.
    pub(crate) fn slots(&self, source: usize) -> &[Slot] {
        &self.data[source].slots
    }

    fn drawn_per(&self, per: Per) -> impl Iterator<Item = usize> {
        let sources = self.data.iter().enumerate();
        sources.filter(move |(_, data)| data.per == per).map(|(source, _)| source)
    }
}

impl Drawer {
    /// A user that has not drawn yet.
    pub(crate) fn new(supplies: &Supplies, who: Who) -> Self {
        let none: Box<[u64]> = vec![0; supplies.data.len()].into();
        Self { who, drawn: [none.clone(), none], arrival: None }
    }

    /// It draws for this arrival from now on.
    pub(crate) fn arrive(&mut self, arrival: u64) {
        self.arrival = Some(arrival);
        self.drawn[Drawn::ByRequest as usize].fill(0);
    }

    /// Draws what the user keeps all the time: to be called once, before its first request.
    pub(crate) fn draw_for_user(
        &mut self,
        supplies: &Supplies,
        rng: &mut Xoshiro256PlusPlus,
        clock: Clock<'_>,
        values: &mut Values,
    ) {
        // What a user is does not depend on what it is there for.
        let arrival = self.arrival.take();
        for source in supplies.drawn_per(Per::User) {
            self.fill(supplies, (source, Drawn::ByRequest), rng, clock, values);
        }
        self.arrival = arrival;
    }

    /// Draws from the `needed` sources for one request.
    pub(crate) fn draw(
        &mut self,
        supplies: &Supplies,
        needed: &[usize],
        rng: &mut Xoshiro256PlusPlus,
        clock: Clock<'_>,
        values: &mut Values,
    ) {
        for &source in needed {
            self.fill(supplies, (source, Drawn::ByRequest), rng, clock, values);
        }
    }

    /// Draws from the `needed` sources for a login.
    pub(crate) fn draw_for_login(
        &mut self,
        supplies: &Supplies,
        needed: &[usize],
        rng: &mut Xoshiro256PlusPlus,
        clock: Clock<'_>,
        values: &mut Values,
    ) {
        for &source in needed {
            self.fill(supplies, (source, Drawn::ByLogin), rng, clock, values);
        }
    }

    fn fill(
        &mut self,
        supplies: &Supplies,
        (source, by): (usize, Drawn),
        rng: &mut Xoshiro256PlusPlus,
        clock: Clock<'_>,
        values: &mut Values,
    ) {
        let (data, turns) = (&supplies.data[source], &supplies.turns[source]);
        let drawn = &mut self.drawn[by as usize][source];
        let draw = Draw { who: self.who, drawn: *drawn, by, arrival: self.arrival };
        *drawn = drawn.saturating_add(1);
        // Only a table has more than one.
        let Some(&slot) = data.slots.first() else { return };
        // Writing to memory does not fail.
        match &data.supply {
            Supply::Uuid => {
                let bytes = rng.random::<u128>().to_be_bytes();
                let uuid = Builder::from_random_bytes(bytes).into_uuid().hyphenated();
                values.text(slot).push_str(uuid.encode_lower(&mut Uuid::encode_buffer()));
            }
            Supply::Integer(first, last) => {
                let number = rng.random_range(*first..=*last.max(first));
                let _ = write!(values.json(slot), "{number}");
            }
            Supply::Sequence(first) => {
                let _ = write!(
                    values.json(slot),
                    "{}",
                    first.saturating_add_unsigned(draw.number(turns))
                );
            }
            Supply::Timestamp(TimeFormat::Rfc3339) => {
                let _ = RFC3339.print_timestamp(&clock(), values.text(slot));
            }
            Supply::Timestamp(TimeFormat::Seconds) => {
                let _ = write!(values.json(slot), "{}", clock().as_second());
            }
            Supply::Timestamp(TimeFormat::Milliseconds) => {
                let _ = write!(values.json(slot), "{}", clock().as_millisecond());
            }
            Supply::Rows(rows, pick) => {
                let row = draw.row(turns, rows, *pick, rng).unwrap_or_default();
                for (&slot, value) in data.slots.iter().zip(row) {
                    values.set(slot, value);
                }
            }
        }
    }
}

/// One draw from one source.
#[derive(Clone, Copy)]
struct Draw {
    who: Who,
    /// Its number among those of the user, or of the arrival.
    drawn: u64,
    by: Drawn,
    arrival: Option<u64>,
}

impl Draw {
    /// The arrival's turn, if it is one's that draws.
    fn of_arrival(self, turns: &Turns) -> Option<u64> {
        let arrival = self.arrival.filter(|_| self.by == Drawn::ByRequest);
        arrival.map(|arrival| turns.of_arrival(arrival, self.drawn))
    }

    /// How far a number lies behind the first one: as if all users drew in turns.
    fn number(self, turns: &Turns) -> u64 {
        let place = turns.place(self.who);
        let of_user = || place.users.saturating_mul(self.drawn).saturating_add(place.user);
        turns.number(self.of_arrival(turns).unwrap_or_else(of_user), self.by)
    }

    /// A user beyond the last row of unique ones has none: two users never share one.
    fn row<'a>(
        self,
        turns: &Turns,
        rows: &'a Rows,
        pick: Pick,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<&'a [Value]> {
        let rows = rows.as_slice();
        let len = rows.len() as u64;
        let position = match pick {
            Pick::Random => rng.random_range(0..rows.len()) as u64,
            Pick::Sequential => match self.of_arrival(turns) {
                Some(turn) => turn % len,
                None => turns::row(turns.place(self.who), self.drawn, len),
            },
            Pick::Unique => self.who.user,
        };
        rows.get(usize::try_from(position).ok()?).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    fn data(slots: &[usize], supply: Supply, per: Per) -> Data {
        Data { slots: slots.iter().map(|&slot| Slot(slot)).collect(), supply, per }
    }

    fn rows(texts: &[&[&str]], pick: Pick) -> Supply {
        let row = |row: &&[&str]| row.iter().map(|&text| Value::text(text)).collect();
        Supply::Rows(Rows::new(texts.iter().map(row).collect()).unwrap(), pick)
    }

    /// Half a millisecond past a quarter of a second.
    fn clock() -> Timestamp {
        Timestamp::from_nanosecond(1_767_225_600_250_500_000).unwrap()
    }

    /// What one user draws in `draws` requests; nothing where it has no value.
    fn draws(supply: &Supply, seed: u64, who: Who, draws: usize) -> Vec<Option<Value>> {
        let supplies = Supplies::new(&[data(&[0], supply.clone(), Per::Request)]);
        let mut drawer = Drawer::new(&supplies, who);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut values = Values::new(1);
        let mut draw = || {
            drawer.draw(&supplies, &[0], &mut rng, &clock, &mut values);
            values.get(Slot(0)).cloned()
        };
        (0..draws).map(|_| draw()).collect()
    }

    fn texts(supply: &Supply, who: Who, count: usize) -> Vec<String> {
        let text = |value: Option<Value>| value.unwrap().as_str().to_owned();
        draws(supply, 7, who, count).into_iter().map(text).collect()
    }

    fn numbers(supply: &Supply, who: Who, count: usize) -> Vec<i64> {
        texts(supply, who, count).iter().map(|text| text.parse().unwrap()).collect()
    }

    const ALONE: Who = Who { user: 0, users: 1 };

    #[test]
    fn one_seed_gives_one_sequence_and_another_seed_another() {
        let table = rows(&[&["a"], &["b"], &["c"]], Pick::Random);
        for supply in [Supply::Uuid, Supply::Integer(0, 1_000_000), table] {
            assert_eq!(draws(&supply, 7, ALONE, 30), draws(&supply, 7, ALONE, 30));
            assert_ne!(draws(&supply, 7, ALONE, 30), draws(&supply, 8, ALONE, 30));
        }
    }

    #[test]
    fn a_uuid_is_random_and_says_so() {
        let texts = texts(&Supply::Uuid, ALONE, 50);
        for text in &texts {
            let uuid: Uuid = text.parse().unwrap();
            assert_eq!(uuid.get_version_num(), 4, "{text}");
            assert_eq!(text, &uuid.hyphenated().to_string());
        }
        assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 50);
    }

    #[test]
    fn each_whole_number_has_its_share_and_both_ends_are_drawn() {
        let numbers = numbers(&Supply::Integer(-1, 2), ALONE, 4000);
        for wanted in -1..=2 {
            let count = numbers.iter().filter(|&&number| number == wanted).count();
            assert!((900..1100).contains(&count), "{wanted}: {count}");
        }
        let rows = rows(&[&["-1"], &["0"], &["1"], &["2"]], Pick::Random);
        for wanted in ["-1", "0", "1", "2"] {
            let count = texts(&rows, ALONE, 4000).iter().filter(|text| *text == wanted).count();
            assert!((900..1100).contains(&count), "{wanted}: {count}");
        }
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_its_first_number() {
        assert_eq!(numbers(&Supply::Integer(5, -5), ALONE, 2), [5, 5]);
    }

    #[test]
    fn a_sequence_that_reaches_the_largest_number_stays_there() {
        let last = i64::MAX;
        let who = Who { user: 1, users: 2 };
        assert_eq!(numbers(&Supply::Sequence(last - 2), who, 3), [last - 1, last, last]);
        let half = Who { user: 0, users: 1 << 63 };
        assert_eq!(numbers(&Supply::Sequence(0), half, 3), [0, last, last]);
        let huge = Who { user: u64::MAX - 1, users: u64::MAX };
        assert_eq!(numbers(&Supply::Sequence(0), huge, 3), [last; 3]);
        assert_eq!(texts(&rows(&[&["a"]], Pick::Sequential), huge, 3), ["a"; 3]);
    }

    #[test]
    fn each_user_has_a_unique_row_of_its_own_or_none() {
        let table = rows(&[&["a"], &["b"]], Pick::Unique);
        let of = |user| draws(&table, 7, Who { user, users: 3 }, 2);
        assert_eq!(of(0), [Some(Value::text("a")), Some(Value::text("a"))]);
        assert_eq!(of(1), [Some(Value::text("b")), Some(Value::text("b"))]);
        assert_eq!(of(2), [None, None]);
    }

    #[test]
    fn a_timestamp_is_the_time_that_was_passed_in() {
        for (format, expected) in [
            (TimeFormat::Rfc3339, Value::text("2026-01-01T00:00:00.250Z")),
            (TimeFormat::Seconds, Value::json("1767225600")),
            (TimeFormat::Milliseconds, Value::json("1767225600250")),
        ] {
            let drawn = draws(&Supply::Timestamp(format), 7, ALONE, 1);
            assert_eq!(drawn[0].as_ref().unwrap().as_str(), expected.as_str());
            assert_eq!(drawn, [Some(expected)]);
        }
    }

    #[test]
    fn a_request_draws_what_it_needs_and_a_user_keeps_what_is_its_own() {
        let supplies = Supplies::new(&[
            data(&[0], Supply::Sequence(0), Per::Request),
            data(&[1, 2], rows(&[&["ann", "1"], &["bob", "2"]], Pick::Sequential), Per::User),
            data(&[3], Supply::Sequence(10), Per::Request),
        ]);
        let needed = supplies.needed([Slot(3), Slot(1), Slot(4), Slot(3)]);
        assert_eq!(*needed, [2]);

        let mut drawer = Drawer::new(&supplies, Who { user: 1, users: 2 });
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        let mut values = Values::new(5);
        drawer.draw_for_user(&supplies, &mut rng, &clock, &mut values);
        drawer.draw(&supplies, &needed, &mut rng, &clock, &mut values);
        drawer.draw(&supplies, &needed, &mut rng, &clock, &mut values);
        let texts = (0..5).map(|slot| values.get(Slot(slot)).map(Value::as_str));
        assert_eq!(texts.collect::<Vec<_>>(), [None, Some("bob"), Some("2"), Some("13"), None]);
    }

    proptest! {
        #[test]
        fn an_integer_is_within_its_range(first in any::<i64>(), last in any::<i64>(), seed in any::<u64>()) {
            for (first, last) in [(first.min(last), first.max(last)), (i64::MIN, i64::MAX), (first, first)] {
                let drawn = draws(&Supply::Integer(first, last), seed, ALONE, 1).remove(0).unwrap();
                prop_assert!(!drawn.is_text());
                prop_assert!((first..=last).contains(&drawn.as_str().parse().unwrap()));
            }
        }

        #[test]
        fn a_sequence_has_no_number_twice_and_leaves_none_out(
            start in -1000_i64..1000, users in 1_u64..20, count in 1_usize..20,
        ) {
            let all: BTreeSet<i64> = (0..users)
                .flat_map(|user| numbers(&Supply::Sequence(start), Who { user, users }, count))
                .collect();
            let end = start.saturating_add_unsigned(users * count as u64);
            prop_assert!(all.into_iter().eq(start..end));
        }

        #[test]
        fn users_together_read_a_table_from_the_top_to_the_end_before_they_begin_again(
            len in 1_usize..9, users in 1_u64..7, count in 1_usize..20,
        ) {
            let names: Vec<String> = (0..len).map(|row| row.to_string()).collect();
            let row = |name: &String| Box::from([Value::text(name)]);
            let table = Rows::new(names.iter().map(row).collect()).unwrap();
            let table = Supply::Rows(table, Pick::Sequential);
            let of_users: Vec<_> =
                (0..users).map(|user| texts(&table, Who { user, users }, count)).collect();
            let in_turns = (0..count).flat_map(|draw| of_users.iter().map(move |user| &user[draw]));
            let first: Vec<&String> = in_turns.take(len.min(users as usize * count)).collect();
            prop_assert!(first.iter().copied().eq(names.iter().take(first.len())));
        }
    }
}
