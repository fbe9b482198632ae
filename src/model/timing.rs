//! What is recorded of the phases of one endpoint's requests while they are measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Histogram, Phase, PhaseTimes};

/// How long it took to open one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opening {
    /// Looking up the host's name; `None` where the address was known.
    pub dns: Option<Duration>,
    /// Until the connection stood, as TCP has it.
    pub connect: Duration,
    /// The TLS handshake; `None` without TLS.
    pub tls: Option<Duration>,
}

/// How an answer came, of which the service time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// In one read: all of the service time was waiting.
    AtOnce,
    /// In several; the two add up to the service time.
    InParts {
        /// Until the first byte.
        wait: Duration,
        /// From there to the last.
        body: Duration,
    },
    /// It is not one answer: several of a page, or messages of a socket.
    Unseen,
}

/// The phases of one endpoint's requests. By far the most answers come in one read, and of those
/// the service time says everything: only the others are recorded here, and their service times not
/// beside those. Takes memory for what took place, up to six histograms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timing {
    dns: Seldom,
    connect: Seldom,
    tls: Seldom,
    /// Service times of what did not come at once.
    apart: Seldom,
    /// Waits of answers that came in parts.
    wait: Seldom,
    /// The rest of their service times.
    body: Seldom,
}

impl Timing {
    /// Counts a connection that was made.
    pub fn opened(&mut self, opening: Opening) {
        self.connect.record(opening.connect);
        opening.dns.into_iter().for_each(|dns| self.dns.record(dns));
        opening.tls.into_iter().for_each(|tls| self.tls.record(tls));
    }

    /// Counts a success: in `at_once`, or else here.
    #[inline]
    pub fn received(&mut self, at_once: &mut Histogram, service_time: Duration, receipt: Receipt) {
        match receipt {
            Receipt::AtOnce => at_once.record(service_time),
            Receipt::InParts { wait, body } => {
                self.apart.record(service_time);
                self.wait.record(wait);
                self.body.record(body);
            }
            Receipt::Unseen => self.apart.record(service_time),
        }
    }

    /// Adds what `other` recorded; exact.
    pub fn merge(&mut self, other: &Self) {
        self.dns.merge(&other.dns);
        self.connect.merge(&other.connect);
        self.tls.merge(&other.tls);
        self.apart.merge(&other.apart);
        self.wait.merge(&other.wait);
        self.body.merge(&other.body);
    }

    /// Makes of the service times of answers that came `at_once` those of all successes, and says the
    /// phases' figures. A phase that did not take place is absent.
    #[must_use]
    pub fn settle(self, at_once: &mut Histogram) -> BTreeMap<Phase, PhaseTimes> {
        let of = |times: &Seldom| times.get().and_then(PhaseTimes::of);
        let mut waits = at_once.clone();
        self.wait.get().into_iter().for_each(|wait| waits.merge(wait));
        self.apart.get().into_iter().for_each(|apart| at_once.merge(apart));
        let body = match self.body.get() {
            None => PhaseTimes::with_zeros(&Histogram::new(), waits.count()),
            Some(body) => PhaseTimes::with_zeros(body, waits.count().saturating_sub(body.count())),
        };
        [
            (Phase::Dns, of(&self.dns)),
            (Phase::Connect, of(&self.connect)),
            (Phase::Tls, of(&self.tls)),
            (Phase::Wait, PhaseTimes::of(&waits)),
            (Phase::Body, body),
        ]
        .into_iter()
        .filter_map(|(phase, times)| Some((phase, times?)))
        .collect()
    }
}

/// A histogram that takes memory only once there is something in it.
#[derive(Debug, Clone, PartialEq, Default)]
struct Seldom(Option<Box<Histogram>>);

impl Seldom {
    fn get(&self) -> Option<&Histogram> {
        self.0.as_deref()
    }

    fn record(&mut self, value: Duration) {
        self.0.get_or_insert_default().record(value);
    }

    fn merge(&mut self, other: &Self) {
        if let Some(other) = other.get() {
            self.0.get_or_insert_default().merge(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn record(received: &[(u32, Receipt)]) -> (Histogram, Timing) {
        let (mut at_once, mut timing) = (Histogram::new(), Timing::default());
        for &(millis, receipt) in received {
            timing.received(&mut at_once, MS * millis, receipt);
        }
        (at_once, timing)
    }

    /// The phases of these successes, whose service times are then known too.
    fn phases(received: &[(u32, Receipt)]) -> BTreeMap<Phase, PhaseTimes> {
        let (mut service_times, timing) = record(received);
        let phases = timing.settle(&mut service_times);
        let mut expected = Histogram::new();
        for (millis, _) in received {
            expected.record(MS * *millis);
        }
        assert_eq!(service_times, expected);
        phases
    }

    fn parts(wait: u32, body: u32) -> (u32, Receipt) {
        (wait + body, Receipt::InParts { wait: MS * wait, body: MS * body })
    }

    fn near(a: Duration, millis: u32) -> bool {
        a.abs_diff(MS * millis) <= MS * millis / 500
    }

    #[test]
    fn an_answer_that_came_at_once_was_waited_for_all_the_time() {
        let phases = phases(&[(10, Receipt::AtOnce), (20, Receipt::AtOnce), (30, Receipt::AtOnce)]);
        assert_eq!(phases.keys().copied().collect::<Vec<_>>(), [Phase::Wait, Phase::Body]);
        let (wait, body) = (phases[&Phase::Wait], phases[&Phase::Body]);
        assert_eq!((wait.count, body.count, body.max), (3, 3, Duration::ZERO));
        assert!(near(wait.p50, 20) && near(wait.max, 30), "{wait:?}");
    }

    #[test]
    fn answers_in_parts_stand_beside_those_that_came_at_once() {
        let received = [(5, Receipt::AtOnce), parts(1, 99), parts(50, 1), (100, Receipt::AtOnce)];
        let phases = phases(&received);
        let (wait, body) = (phases[&Phase::Wait], phases[&Phase::Body]);
        assert_eq!((wait.count, body.count), (4, 4));
        // In order: 1, 5, 50, 100 and 0, 0, 1, 99.
        assert!(near(wait.p50, 5) && near(wait.p95, 100) && near(wait.max, 100), "{wait:?}");
        assert_eq!(body.p50, Duration::ZERO);
        assert!(near(body.p95, 99) && near(body.max, 99), "{body:?}");
    }

    #[test]
    fn what_is_not_one_answer_has_neither_wait_nor_body() {
        assert_eq!(phases(&[(10, Receipt::Unseen), (20, Receipt::Unseen)]), BTreeMap::new());
        let mixed = phases(&[(10, Receipt::Unseen), (30, Receipt::AtOnce)]);
        assert_eq!((mixed[&Phase::Wait].count, mixed[&Phase::Body].count), (1, 1));
        assert!(near(mixed[&Phase::Wait].p50, 30));
    }

    #[test]
    fn connections_are_counted_by_what_it_took_to_open_them() {
        let mut timing = Timing::default();
        timing.opened(Opening { connect: MS, ..Opening::default() });
        timing.opened(Opening { connect: 3 * MS, tls: Some(7 * MS), dns: Some(2 * MS) });
        let mut twice = timing.clone();
        twice.merge(&timing);
        let phases = twice.settle(&mut Histogram::new());
        let counts: Vec<_> = phases.iter().map(|(phase, times)| (*phase, times.count)).collect();
        assert_eq!(counts, [(Phase::Dns, 2), (Phase::Connect, 4), (Phase::Tls, 2)]);
        assert!(near(phases[&Phase::Tls].max, 7) && near(phases[&Phase::Connect].p50, 1));
    }

    #[test]
    fn merging_is_exactly_recording_into_one() {
        let (a, b) = ([parts(1, 2), (9, Receipt::AtOnce)], [parts(3, 4), (5, Receipt::Unseen)]);
        let (_, mut merged) = record(&a);
        merged.merge(&record(&b).1);
        assert_eq!(merged, record(&[a, b].concat()).1);
    }
}
