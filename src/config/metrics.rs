//! `[metrics."builds created"]`: what answers add up to, and times that they tell.

use std::time::Duration;

use crate::model::{
    Action, Budgets, Counter, Endpoint, EndpointGate, EndpointName, Rate, Source, Timer,
};

use super::act::Act;
use super::document::named;
use super::endpoint::{budgets, gate};
use super::names::EndpointNames;
use super::problem::Problem;
use super::save::source;
use super::section::{Entry, Keys, Reading, Section, judged_keys};

pub(super) static KEYS: Keys =
    Keys { known: judged_keys!["count", "sum", "timer", "from", "unit", "least",] };

/// The keys that say what a metric is, of which one may be there.
const KINDS: [&str; 3] = ["count", "sum", "timer"];

/// What is said of a timer only.
const OF_TIMERS: &[&str] = judged_keys!["unit"];

/// A metric as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct MetricText {
    pub(super) name: EndpointName,
    /// The endpoint whose answers give it.
    from: EndpointName,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Adds up.
    Counter { adds: Option<Source>, least: Option<Rate> },
    /// Takes time.
    Timer { at: Source, unit: Duration, budgets: Budgets, gate: EndpointGate },
}

/// Reads `[metrics]`; `names` are those of all that users do, to which theirs come.
pub(super) fn read(
    top: &Section<'_>,
    endpoints: &EndpointNames,
    names: &mut EndpointNames,
) -> Vec<MetricText> {
    let expected = "tables of their own, such as [metrics.\"builds created\"]";
    let reading = top.reading;
    let metrics = top.entries("metrics", expected).into_iter().filter_map(|entry| {
        let name: EndpointName = named("metric", entry, reading)?;
        names.reserve("a metric", name.clone(), entry.0, reading);
        MetricText::read(name, entry, endpoints, reading)
    });
    metrics.collect()
}

impl MetricText {
    /// Nothing if nobody can say what it is, which is told.
    fn read(
        name: EndpointName,
        (key, value): Entry<'_>,
        endpoints: &EndpointNames,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        const HELP: &str = "a metric is one of `count`, `sum` and `timer`";
        const OTHERS: &str = "`unit` and limits are for a `timer`, `least` for what adds up, and \
                              `count` names its endpoint itself";
        let title = format!("[metrics.\"{name}\"]");
        let section = Section::open(&title, value, &KEYS, reading)?;
        let given: Vec<&str> =
            KINDS.into_iter().filter(|kind| section.value(kind).is_some()).collect();
        let [kind] = given[..] else {
            for other in given.iter().skip(1) {
                section.excludes(given[0], other, HELP);
            }
            if given.is_empty() {
                let keys = "`count`, `sum` or `timer`";
                reading.problems.at(key.span(), Problem::Missing { section: title, keys });
            }
            return None;
        };
        let elsewhere: &[&str] = match kind {
            "count" => &["from"],
            "sum" => &[],
            _ => &["least"],
        };
        let of_timers: &[&str] = if kind == "timer" { &[] } else { OF_TIMERS };
        for other in elsewhere.iter().chain(of_timers) {
            section.excludes(kind, other, OTHERS);
        }
        let (place, from_key) = match kind {
            "count" => (None, "count"),
            _ => (Some(place(&section, kind)), "from"),
        };
        if section.value(from_key).is_none() {
            let problem = Problem::Missing { section: title, keys: "`from`" };
            reading.problems.at(key.span(), problem);
        }
        let from = section.string(from_key, "an endpoint, such as \"POST /builds\"");
        let from =
            from.and_then(|(text, span)| endpoints.refer(text, span, "endpoint", &[], reading));
        let kind = match place {
            None => Kind::Counter { adds: None, least: section.rate("least") },
            Some(place) if kind == "sum" => {
                let least = section.rate("least");
                Kind::Counter { adds: Some(place?), least }
            }
            Some(place) => {
                let unit = section.choice(
                    "unit",
                    &[
                        ("us", Duration::from_micros(1)),
                        ("ms", Duration::from_millis(1)),
                        ("s", Duration::from_secs(1)),
                    ],
                );
                let unit = unit.unwrap_or(Duration::from_millis(1));
                let (budgets, gate) = (budgets(&section), gate(&section));
                Kind::Timer { at: place?, unit, budgets, gate }
            }
        };
        Some(Self { name, from: from?, kind })
    }

    /// What is measured of it: its name, what its gate has of its own, and absolute limits.
    pub(super) fn row(&self) -> Option<(&EndpointName, EndpointGate, Budgets)> {
        match self.kind {
            Kind::Counter { .. } => None,
            Kind::Timer { budgets, gate, .. } => Some((&self.name, gate, budgets)),
        }
    }

    /// What it must come to a second, if it adds up.
    pub(super) fn least(&self) -> Option<(EndpointName, Option<Rate>)> {
        match self.kind {
            Kind::Counter { least, .. } => Some((self.name.clone(), least)),
            Kind::Timer { .. } => None,
        }
    }

    /// The positions of what sends its request, of acts that each stand where they say; nothing if
    /// none does.
    fn within(&self, acts: &[(usize, Act<'_>)]) -> Option<Vec<usize>> {
        let sending = acts.iter().filter(|(_, act)| act.sends(&self.from));
        let within: Vec<usize> = sending.map(|(at, _)| *at).collect();
        (!within.is_empty()).then_some(within)
    }
}

/// Metrics among what users do.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    /// What is measured.
    pub(super) timers: Vec<Endpoint>,
    /// What adds up.
    pub(super) counters: Vec<Counter>,
    /// Those that nothing gives, each with the endpoint that would.
    pub(super) idle: Vec<(EndpointName, EndpointName)>,
}

/// `metrics` as something of `acts` gives them, or nothing does.
pub(super) fn resolve(metrics: &[MetricText], acts: &[(usize, Act<'_>)]) -> Metrics {
    let Metrics { mut timers, mut counters, mut idle } = Metrics::default();
    for metric in metrics {
        let Some(within) = metric.within(acts) else {
            idle.push((metric.name.clone(), metric.from.clone()));
            continue;
        };
        let MetricText { name, from, kind } = metric.clone();
        match kind {
            Kind::Counter { adds, least } => {
                counters.push(Counter { name, from, adds, least, within });
            }
            Kind::Timer { at, unit, budgets, gate } => {
                let action = Action::Timer(Timer { from, at, unit, within });
                timers.push(Endpoint { name, action, budgets, gate, limiter: None, cleanup: None });
            }
        }
    }
    Metrics { timers, counters, idle }
}

fn place(section: &Section<'_>, key: &str) -> Option<Source> {
    let (text, span) = section.string(key, "a place in an answer, such as \"/count\"")?;
    match source(text) {
        Ok(source) => Some(source),
        Err(reason) => {
            let problem = Problem::SavedFrom { text: text.to_owned(), reason };
            section.reading.problems.at(span, problem);
            None
        }
    }
}
