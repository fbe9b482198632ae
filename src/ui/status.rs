//! How far a measurement has come, as the events tell it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::load::{Event, LimiterStep};
use crate::model::{Block, Lookup, Validity, visible};

/// The state of a measurement, updated by events; draws nothing.
#[derive(Debug, Default)]
pub(super) struct Status {
    /// What is going on, such as `round 2 of 5`.
    phase: String,
    /// Length of the pass (or the warm-up) as first told, or longer once rounds are redone.
    total: Duration,
    /// What was left of it when the round began.
    left_then: Duration,
    /// Time since the round began.
    elapsed: Duration,
    /// The stage or the endpoint that is measured just now.
    part: Option<String>,
    requests: u64,
    failures: u64,
    p95: Option<Duration>,
}

impl Status {
    /// Takes one event; returns what deserves a line of its own.
    pub(super) fn take(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Waiting { request, deadline } => {
                self.phase(format!("waiting for {}", visible(request)), *deadline, *deadline);
                Some(format!("{}, {} at most", self.phase, clock(*deadline)))
            }
            Event::Ready { after } => Some(format!("ready after {:.1} s", after.as_secs_f64())),
            Event::Resolved { host, lookup } => Some(resolved(host, lookup)),
            Event::FewerStreams { allowed, planned } => {
                let allowed =
                    if *allowed == 1 { "1 stream" } else { &format!("{allowed} streams") };
                Some(format!(
                    "the service allows {allowed} a connection, not {planned}: there are more connections"
                ))
            }
            Event::SettingUp => {
                self.phase("setting up".to_owned(), Duration::ZERO, Duration::ZERO);
                Some(self.phase.clone())
            }
            Event::CleaningUp { things } => {
                self.phase("cleaning up".to_owned(), Duration::ZERO, Duration::ZERO);
                let things = if *things == 1 { "1 thing" } else { &format!("{things} things") };
                Some(format!("cleaning up {things}"))
            }
            Event::CleanedUp(cleanup) => {
                Some(format!("cleanup of {}: {cleanup}", visible(cleanup.subject())))
            }
            Event::WarmUp { expected } => {
                self.phase("warm-up".to_owned(), *expected, *expected);
                Some(format!("warm-up, {}", clock(*expected)))
            }
            Event::Round { block, number, of, left, .. } => {
                let name = match block {
                    Block::First => format!("round {number} of {of}"),
                    Block::Confirmation => format!("measuring again, round {number} of {of}"),
                    Block::Decider => format!("deciding, round {number} of {of}"),
                };
                let total = if *number == 1 { *left } else { self.total.max(*left) };
                self.phase(name, total, *left);
                Some(format!("{}, {} left", self.phase, clock(*left)))
            }
            Event::Slice { endpoint } => {
                self.part = Some(visible(endpoint.as_str()).into_owned());
                None
            }
            Event::Stage { number, of, load } => {
                let part = format!("stage {number} of {of}: {load}");
                let line = format!("{}, {part}", self.phase);
                self.part = Some(part);
                Some(line)
            }
            Event::Limiter { endpoint, step, expected } => {
                let what = match step {
                    LimiterStep::Reaching => "until it rejects",
                    LimiterStep::Resting => "left alone",
                    LimiterStep::Exceeding => "above its limit",
                    LimiterStep::Returning => "after a rest",
                };
                let endpoint = visible(endpoint.as_str());
                self.phase(format!("limiter of {endpoint}, {what}"), *expected, *expected);
                Some(format!("{}, {}", self.phase, clock(*expected)))
            }
            Event::Snapshot { elapsed, requests, failures, p95 } => {
                self.elapsed = *elapsed;
                self.requests = *requests;
                self.failures = *failures;
                self.p95 = *p95;
                None
            }
            Event::RoundDone { number, validity, .. } => match validity {
                Validity::Valid => None,
                Validity::Invalid(grounds) => {
                    let grounds: Vec<String> = grounds.iter().map(ToString::to_string).collect();
                    Some(format!("round {number} does not count: {}", grounds.join("; ")))
                }
            },
            Event::Stopping => {
                "stopping".clone_into(&mut self.phase);
                Some(
                    "stopping: requests in flight are waited for, Ctrl-C again stops at once"
                        .into(),
                )
            }
        }
    }

    fn phase(&mut self, phase: String, total: Duration, left: Duration) {
        *self = Self { phase, total, left_then: left, ..Self::default() };
    }

    /// Time since the round (or the warm-up) began.
    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How much of the pass is done, 0 to 1.
    pub(super) fn done(&self) -> f64 {
        if self.total.is_zero() {
            0.0
        } else {
            1.0 - self.left().as_secs_f64() / self.total.as_secs_f64()
        }
    }

    fn left(&self) -> Duration {
        self.left_then.saturating_sub(self.elapsed)
    }

    /// One line, the most wanted first: it may be cut at its end.
    pub(super) fn line(&self) -> String {
        let mut line = format!("{} · {} left", self.phase, clock(self.left()));
        if let Some(p95) = self.p95 {
            let _ = write!(line, " · p95 {}", millis(p95));
        }
        if self.requests > 0 {
            let _ = write!(line, " · {} requests", self.requests);
        }
        if self.failures > 0 {
            let _ = write!(line, " · {} failed", self.failures);
        }
        if let Some(part) = &self.part {
            line.push_str(" · ");
            line.push_str(part);
        }
        line
    }
}

/// Where the service's name led.
fn resolved(host: &str, lookup: &Lookup) -> String {
    let Lookup { found, chosen, took } = lookup;
    let others: Vec<&str> = found.iter().filter(|it| *it != chosen).map(String::as_str).collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!(", not {}", others.join(", ")),
    };
    format!("{} is {chosen}{others} (looked up in {})", visible(host), millis(*took))
}

/// A time to wait, in whole seconds: `7s`, `2m 05s`, `1h 02m`.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(number: u32, left: u64) -> Event {
        Event::Round {
            block: Block::First,
            number,
            of: 5,
            expected: Duration::from_secs(2),
            left: Duration::from_secs(left),
        }
    }

    fn snapshot(elapsed: u64) -> Event {
        Event::Snapshot {
            elapsed: Duration::from_secs(elapsed),
            requests: 4_120,
            failures: 3,
            p95: Some(Duration::from_micros(12_310)),
        }
    }

    #[test]
    fn time_left_runs_down_through_the_rounds() {
        let mut status = Status::default();
        status.take(&round(1, 10));
        assert!(status.done().abs() < 1e-9);
        status.take(&snapshot(1));
        assert!((status.done() - 0.1).abs() < 1e-9);
        status.take(&round(2, 8));
        assert!((status.done() - 0.2).abs() < 1e-9);
        assert_eq!(status.line(), "round 2 of 5 · 8s left");
    }

    #[test]
    fn a_slice_that_grows_never_shows_less_than_nothing_left() {
        let mut status = Status::default();
        status.take(&round(5, 2));
        status.take(&snapshot(9));
        assert_eq!(
            status.line(),
            "round 5 of 5 · 0s left · p95 12.31 ms · 4120 requests · 3 failed"
        );
        assert!((status.done() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_stage_that_is_under_way_is_shown() {
        let mut status = Status::default();
        status.take(&round(2, 10));
        let stage = Event::Stage { number: 3, of: 5, load: "100 users".into() };
        assert_eq!(status.take(&stage).as_deref(), Some("round 2 of 5, stage 3 of 5: 100 users"));
        assert_eq!(status.line(), "round 2 of 5 · 10s left · stage 3 of 5: 100 users");
        status.take(&round(3, 5));
        assert_eq!(status.line(), "round 3 of 5 · 5s left", "another round has its own stages");
    }

    #[test]
    fn a_request_from_outside_cannot_move_the_cursor() {
        let said = Status::default()
            .take(&Event::Waiting { request: "GET \u{1b}[2J".into(), deadline: Duration::ZERO });
        assert_eq!(said.as_deref(), Some("waiting for GET \\u{1b}[2J, 0s at most"));
    }

    #[test]
    fn where_a_name_led_is_told_with_what_else_it_could_be() {
        let said = |found: &[&str]| {
            let found: Vec<String> = found.iter().map(|&it| it.to_owned()).collect();
            let took = Duration::from_micros(310);
            let lookup = Lookup { chosen: "127.0.0.1:80".to_owned(), found, took };
            Status::default().take(&Event::Resolved { host: "localhost".to_owned(), lookup })
        };
        let one = "localhost is 127.0.0.1:80 (looked up in 0.31 ms)";
        assert_eq!(said(&["127.0.0.1:80"]).as_deref(), Some(one));
        let two = "localhost is 127.0.0.1:80, not [::1]:80 (looked up in 0.31 ms)";
        assert_eq!(said(&["[::1]:80", "127.0.0.1:80"]).as_deref(), Some(two));
    }

    #[test]
    fn waiting_times_are_read_at_a_glance() {
        for (seconds, shown) in [(0.0, "0s"), (6.2, "7s"), (125.0, "2m 05s"), (3_720.0, "1h 02m")] {
            assert_eq!(clock(Duration::from_secs_f64(seconds)), shown);
        }
    }
}
