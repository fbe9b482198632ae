//! What is required of a rate limiter, and whether what was seen of it shows it.
//!
//! Nothing here depends on how fast the machine is: a request was let through somewhere between its sending
//! and its answer, and a limit is exceeded only if it is wherever in between that was. Where that leaves
//! room for both, or the load could not be offered, there is no verdict.

use std::fmt::Write as _;
use std::time::Duration;

use super::stretch::{certain, possible};
use crate::model::{
    Answer, EndpointName, Limiter, LimiterSeen, Met, Requirement, RequirementKind, show_duration,
};

/// What is required of the limiter of `endpoint`, which was put under load for `windows` windows.
#[must_use]
pub fn limiter(
    endpoint: &EndpointName,
    limiter: &Limiter,
    windows: u32,
    seen: &LimiterSeen,
) -> Vec<Requirement> {
    let sight = Sight { limiter, windows, seen };
    let rows =
        [sight.limits(), sight.amount(), sight.says_when(), sight.returns(), sight.recovers()];
    let requirement = |(demand, found, met)| Requirement {
        kind: RequirementKind::Limiter,
        subject: endpoint.to_string(),
        demand,
        found,
        met,
    };
    rows.map(requirement).into()
}

/// What was demanded, what was found, and whether that will do.
type Finding = (String, String, Met);

struct Sight<'a> {
    limiter: &'a Limiter,
    windows: u32,
    seen: &'a LimiterSeen,
}

/// Requests let through in a stretch of some windows.
struct Stretch {
    length: Duration,
    certain: u64,
    possible: u64,
    allowed: u64,
}

impl Stretch {
    fn excess(&self) -> f64 {
        self.certain as f64 / self.allowed.max(1) as f64
    }
}

impl Sight<'_> {
    fn stretches(&self) -> Vec<Stretch> {
        let Self { limiter, windows, seen } = self;
        let either = [&seen.admitted[..], &seen.unanswered[..]].concat();
        let stretch = |windows| {
            let length = limiter.per * windows;
            Stretch {
                length,
                certain: certain(&seen.admitted, length),
                possible: possible(&either, length),
                allowed: limiter.allowed(windows),
            }
        };
        (1..=*windows).map(stretch).collect()
    }

    /// The stretch that most certainly let too much through, if one did.
    fn excess(&self) -> Option<Stretch> {
        let over = self.stretches().into_iter().filter(|it| it.certain > it.allowed);
        // The shortest of those that are over by as much.
        over.rev().max_by(|a, b| a.excess().total_cmp(&b.excess()))
    }

    fn limits(&self) -> Finding {
        let Self { limiter, seen, .. } = self;
        let demand = format!("rejects what is above {} in {}", limiter.limit, shown(limiter.per));
        let (rejected, total) = (seen.rejected.count, seen.total());
        let found = format!("rejected {rejected} of {total}");
        match self.excess() {
            _ if rejected > 0 => (demand, found, Met::Yes),
            Some(_) => (demand, found, Met::No),
            None => (demand, format!("{found}, too few to tell"), Met::Unknown),
        }
    }

    fn amount(&self) -> Finding {
        let stretches = self.stretches();
        let of = |show: fn(&Stretch) -> u64| {
            let ends = [stretches.first(), stretches.last()].into_iter().flatten();
            let shown = ends.map(|it| format!("{} in {}", show(it), shown(it.length)));
            shown.collect::<Vec<_>>().join(", ")
        };
        let demand = format!("lets at most {} through", of(|it| it.allowed));
        let (found, met) = if let Some(Stretch { length, certain, allowed, .. }) = self.excess() {
            let found =
                format!("at least {certain} in {}, where {allowed} are allowed", shown(length));
            (found, Met::No)
        } else if let Some(open) = stretches.iter().find(|it| it.possible > it.allowed) {
            let Stretch { length, certain, possible, .. } = open;
            let found = format!(
                "{certain} to {possible} in {}, by when they were answered",
                shown(*length)
            );
            (found, Met::Unknown)
        } else if self.seen.offer.was_made() {
            (format!("at most {}", of(|it| it.possible)), Met::Yes)
        } else {
            (self.offered(), Met::Unknown)
        };
        (demand, found, met)
    }

    /// The load that could be offered.
    fn offered(&self) -> String {
        let offer = &self.seen.offer;
        format!(
            "too little load: {} of {} requests in {} of {}",
            offer.sent,
            offer.intended,
            shown(offer.took),
            shown(offer.over)
        )
    }

    fn says_when(&self) -> Finding {
        let (rejected, longest) = (&self.seen.rejected, shown(self.limiter.retry_after));
        let demand = format!("rejects with 429 or 503 and a Retry-After of 1s to {longest}");
        let mut wrong = Vec::new();
        for (status, count) in &self.seen.others {
            wrong.push(format!("{count} with status {status}"));
        }
        let lacks = [
            (rejected.silent, "without Retry-After"),
            (rejected.unreadable, "with a Retry-After that is no time"),
            (rejected.insane, "with a Retry-After out of range"),
        ];
        let lacking = lacks.iter().filter(|(count, _)| *count > 0);
        wrong.extend(lacking.map(|(count, what)| format!("{count} {what}")));
        let mut said = String::new();
        if let (Some(least), Some(most)) = (rejected.shortest, rejected.longest) {
            let _ = write!(said, "Retry-After {}", shown(least));
            if least != most {
                let _ = write!(said, " to {}", shown(most));
            }
        }
        if !wrong.is_empty() {
            let of_all = format!("of {} rejected", rejected.count);
            let parts = wrong.join(", ");
            let said = if rejected.insane > 0 { format!(" ({said})") } else { String::new() };
            (demand, format!("{parts}{said}, {of_all}"), Met::No)
        } else if rejected.count == 0 {
            (demand, "nothing was rejected".to_owned(), Met::Unknown)
        } else if let Some(failures) = self.failures() {
            (demand, failures, Met::Unknown)
        } else {
            (demand, said, Met::Yes)
        }
    }

    /// Requests without an answer, which may have been rejected in another way.
    fn failures(&self) -> Option<String> {
        let failures = &self.seen.failures;
        let shown: Vec<String> =
            failures.iter().map(|(failure, count)| format!("{count} {failure}")).collect();
        (!shown.is_empty()).then(|| format!("no answer to some: {}", shown.join(", ")))
    }

    fn returns(&self) -> Finding {
        let demand = "lets through again after the first Retry-After".to_owned();
        let Some(returned) = self.seen.returned else {
            let none = if self.seen.rejected.count == 0 {
                "nothing was rejected"
            } else {
                "the first rejection did not say when"
            };
            return (demand, none.to_owned(), Met::Unknown);
        };
        let after = shown(returned.after);
        let (found, met) = match returned.answer {
            Answer::Admitted => (format!("let through after {after}"), Met::Yes),
            Answer::Rejected(_) => (format!("rejected after {after}"), Met::No),
            Answer::Other(status) => (format!("status {status} after {after}"), Met::No),
            Answer::Failed(failure) => {
                (format!("no answer after {after}: {failure}"), Met::Unknown)
            }
        };
        (demand, found, met)
    }

    fn recovers(&self) -> Finding {
        let limiter = self.limiter;
        let (least, of) = (limiter.least_afresh(), limiter.afresh());
        let rest = shown(limiter.rest());
        let demand = format!("lets {least} of {of} through after a rest of {rest}");
        let Some(recovered) = self.seen.recovered else {
            return (demand, "nothing was rejected".to_owned(), Met::Unknown);
        };
        let (admitted, sent, took) = (recovered.admitted, recovered.sent, recovered.took);
        let found = format!("{admitted} of {sent}");
        if sent == of && admitted + recovered.unanswered < least {
            (demand, found, Met::No)
        } else if sent < of || admitted < least {
            (demand, format!("{found}, {} without an answer", recovered.unanswered), Met::Unknown)
        } else if took > limiter.per {
            (demand, format!("{found}, but only in {}", shown(took)), Met::Unknown)
        } else {
            (demand, found, Met::Yes)
        }
    }
}

/// In whole milliseconds, rounded up, where it is longer than that.
fn shown(time: Duration) -> String {
    let millis = time.as_nanos().div_ceil(1_000_000);
    let rounded = Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    show_duration(if time.subsec_nanos().is_multiple_of(1_000_000) || millis < 2 {
        time
    } else {
        rounded
    })
}
