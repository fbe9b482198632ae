//! What a request's answers give to the metrics of the configuration's own.

use std::time::Duration;

use tokio::time::Instant;

use super::capture::{Captures, NoPlace, Reply};
use super::parsed::Parsed;
use super::recorder::{Place, Recorder};
use super::values::Values;
use crate::model::{Action, EndpointName, Plan, Save, Slot, Source, Timer};

/// What the successes of one request give.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tallies(Box<[Tally]>);

#[derive(Debug, Clone)]
enum Tally {
    /// One more of the counter at this position.
    Once(usize),
    /// The number found, to the counter at this position.
    Sum(usize, Found),
    /// The number found, in this unit, to the timer at this position of the plan.
    Time(usize, Found, Duration),
}

/// The largest number that an answer can give: so many of them as a run can have still add up to
/// less than infinity, and each of them is exact.
const LARGEST: f64 = 1e15;

/// A number's place, read as a value of the only slot there is.
#[derive(Debug, Clone)]
struct Found(Captures);

impl Found {
    fn at(source: &Source) -> Result<Self, NoPlace> {
        let save = Save { slot: Slot(0), from: source.clone() };
        Captures::new(&[save], &["the number".to_owned()]).map(Self)
    }

    /// A number from 0 to [`LARGEST`]; nothing if the answer has none.
    fn number(&self, reply: &Reply, body: &mut Parsed, scratch: &mut Values) -> Option<f64> {
        self.0.take(reply, body, scratch).ok()?;
        let number: f64 = scratch.get(Slot(0))?.as_str().trim().parse().ok()?;
        (0.0..=LARGEST).contains(&number).then_some(number)
    }
}

impl Tallies {
    /// What the request of the endpoint `name` gives in `plan`.
    ///
    /// # Errors
    /// When a place is none.
    pub(crate) fn of(name: &EndpointName, plan: &Plan) -> Result<Self, NoPlace> {
        let counters = plan.behaviour.counters.iter().enumerate();
        let counters = counters.filter(|(_, counter)| counter.from == *name);
        let counters = counters.map(|(position, counter)| match &counter.adds {
            None => Ok(Tally::Once(position)),
            Some(source) => Ok(Tally::Sum(position, Found::at(source)?)),
        });
        let timers = plan.endpoints.iter().enumerate().filter_map(|(row, endpoint)| {
            let Action::Timer(timer) = &endpoint.action else { return None };
            (timer.from == *name).then_some((row, timer))
        });
        let timers =
            timers.map(|(row, timer)| Ok(Tally::Time(row, Found::at(&timer.at)?, timer.unit)));
        counters.chain(timers).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn found(&self) -> impl Iterator<Item = &Found> {
        self.0.iter().filter_map(|tally| match tally {
            Tally::Once(_) => None,
            Tally::Sum(_, found) | Tally::Time(_, found, _) => Some(found),
        })
    }

    /// Whether anything of it stands in an answer.
    pub(crate) fn inspect(&self) -> bool {
        self.found().next().is_some()
    }

    /// Whether anything of it stands in a body.
    pub(crate) fn need_body(&self) -> bool {
        self.found().any(|Found(captures)| captures.need_body())
    }

    /// Takes what the success at `place` gives that was read at `end`. Without a `reply`, nothing of it
    /// stands in one.
    pub(crate) fn take(
        &self,
        reply: Option<&Reply>,
        places: &[Option<usize>],
        (place, end): (Place, Instant),
        recorder: &mut Recorder,
    ) {
        if self.0.is_empty() {
            return;
        }
        let (mut scratch, mut body) = (Values::new(1), Parsed::default());
        let mut number = |found: &Found| found.number(reply?, &mut body, &mut scratch);
        for tally in &self.0 {
            match tally {
                Tally::Once(counter) => recorder.count(*counter, place, end, Some(1.0)),
                Tally::Sum(counter, found) => recorder.count(*counter, place, end, number(found)),
                Tally::Time(row, found, unit) => {
                    let time = number(found).and_then(|number| time(number, *unit));
                    if let Some(position) = places.get(*row).copied().flatten() {
                        recorder.time(position, place, end, time);
                    }
                }
            }
        }
    }

    /// Counts the success with an allowed status at `place` that was read at `end`. Numbers stand in expected
    /// answers.
    pub(crate) fn count_allowed(&self, (place, end): (Place, Instant), recorder: &mut Recorder) {
        for tally in &self.0 {
            if let Tally::Once(counter) = tally {
                recorder.count(*counter, place, end, Some(1.0));
            }
        }
    }
}

/// So many of `unit`; nothing if that is no time that anything takes.
fn time(number: f64, unit: Duration) -> Option<Duration> {
    let time = Duration::try_from_secs_f64(number * unit.as_secs_f64()).ok()?;
    (time <= Timer::LONGEST).then_some(time.max(Timer::SHORTEST))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn reply(body: &str) -> Reply {
        let mut reply = Reply { wants_body: true, ..Reply::default() };
        let mut headers = HeaderMap::new();
        headers.insert("x-count", "7".parse().unwrap());
        reply.begin(200, headers);
        reply.add(body.as_bytes());
        reply
    }

    fn number(source: &Source, body: &str) -> Option<f64> {
        let mut parsed = Parsed::default();
        Found::at(source).unwrap().number(&reply(body), &mut parsed, &mut Values::new(1))
    }

    #[test]
    fn a_number_is_found_wherever_a_value_is_and_nothing_else_is_one() {
        let json = |pointer: &str| Source::Json(pointer.to_owned());
        for (source, body, found) in [
            (json("/a"), r#"{"a": 3}"#, Some(3.0)),
            (json("/a"), r#"{"a": 0}"#, Some(0.0)),
            (json("/a"), r#"{"a": " 2.5 "}"#, Some(2.5)),
            (json("/a"), r#"{"a": 1e15}"#, Some(1e15)),
            (json("/a"), r#"{"a": 1.1e15}"#, None),
            (json("/a"), r#"{"a": 1e300}"#, None),
            (Source::Header("x-count".to_owned()), "", Some(7.0)),
            (Source::Regex("took (\\d+)".to_owned()), "it took 12 ms", Some(12.0)),
            (json("/a"), r#"{"a": -1}"#, None),
            (json("/a"), r#"{"a": "NaN"}"#, None),
            (json("/a"), r#"{"a": "inf"}"#, None),
            (json("/a"), r#"{"a": true}"#, None),
            (json("/a"), r#"{"a": null}"#, None),
            (json("/a"), r#"{"a": {}}"#, None),
            (json("/a"), r#"{"b": 1}"#, None),
            (json("/a"), "<html>", None),
            (json("/a"), "", None),
        ] {
            assert_eq!(number(&source, body), found, "{body}");
        }
    }

    #[test]
    fn a_time_is_so_many_of_its_unit_and_bounded_on_both_sides() {
        let ms = Duration::from_millis(1);
        assert_eq!(time(250.0, ms), Some(250 * ms));
        assert_eq!(time(1.5, Duration::from_secs(1)), Some(1500 * ms));
        assert_eq!(time(3.0, Duration::from_micros(1)), Some(Duration::from_micros(3)));
        assert_eq!(time(0.0, ms), Some(Timer::SHORTEST));
        assert_eq!(time(86_400_001.0, ms), None);
        assert_eq!(time(1e300, ms), None);
    }
}
