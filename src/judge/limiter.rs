//! What is required of a rate limiter, and whether what was seen of it shows it.
//!
//! Nothing here depends on how fast the machine is: a request was let through somewhere between its sending
//! and its answer, and a limit is exceeded only if it is wherever in between that was. Where that leaves
//! room for both, or the load could not be offered, there is no verdict.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::{refilled, stretch};
use crate::model::{
    Answer, EndpointName, Limiter, LimiterSeen, Met, Requirement, RequirementKind, Span, Windowing,
    show_duration,
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
    begins: Begins,
    certain: u64,
    possible: u64,
    allowed: u64,
}

/// Where a stretch begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    Anywhere,
    /// With a rejection, when nothing is left.
    Rejecting,
}

impl Stretch {
    fn excess(&self) -> f64 {
        self.certain as f64 / self.allowed.max(1) as f64
    }
}

/// `in 3s`, or `in 3s after a rejection`.
impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = match self.begins {
            Begins::Anywhere => "",
            Begins::Rejecting => " after a rejection",
        };
        write!(f, "in {}{after}", shown(self.length))
    }
}

impl Sight<'_> {
    /// Requests that were let through or may have been.
    fn either(&self) -> Vec<Span> {
        [&self.seen.admitted[..], &self.seen.unanswered[..]].concat()
    }

    fn stretches(&self) -> Vec<Stretch> {
        let Self { limiter, windows, seen } = self;
        let either = self.either();
        let anywhere = |windows| {
            let length = limiter.per * windows;
            Stretch {
                length,
                begins: Begins::Anywhere,
                certain: stretch::certain(&seen.admitted, length),
                possible: stretch::possible(&either, length),
                allowed: limiter.allowed(windows),
            }
        };
        let rejecting = |windows| {
            let length = limiter.per * windows;
            Stretch {
                length,
                begins: Begins::Rejecting,
                certain: refilled::certain(&seen.turned_away, &seen.admitted, length),
                possible: refilled::possible(&seen.turned_away, &either, length),
                allowed: limiter.allowed_after_rejecting(windows),
            }
        };
        let windows = 1..=*windows;
        windows.clone().map(anywhere).chain(windows.map(rejecting)).collect()
    }

    fn limits(&self) -> Finding {
        let Self { limiter, seen, .. } = self;
        let demand = format!("rejects what is above {} in {}", limiter.limit, shown(limiter.per));
        let (rejected, total) = (seen.rejected.count, seen.total());
        let found = format!("rejected {rejected} of {total}");
        if rejected > 0 {
            (demand, found, Met::Yes)
        } else if self.stretches().iter().any(|it| it.certain > it.allowed) {
            (demand, found, Met::No)
        } else {
            (demand, format!("{found}, too few to tell"), Met::Unknown)
        }
    }

    fn amount(&self) -> Finding {
        let stretches = self.stretches();
        let one = self.one_window(&stretches);
        let demand = format!("at most {}", self.amounts(&stretches, one.allowed, |it| it.allowed));
        let open = stretches.iter().find(|it| {
            it.possible > it.allowed && (it.begins == Begins::Anywhere || self.must_refill(it))
        });
        // The stretch that most certainly let too much through; the first of those over by as much.
        let over = stretches.iter().rev().filter(|it| it.certain > it.allowed);
        let (found, met) = if let Some(over) = over.max_by(|a, b| a.excess().total_cmp(&b.excess()))
        {
            let Stretch { certain, allowed, .. } = over;
            (format!("at least {certain} {over}, where {allowed} are allowed"), Met::No)
        } else if let Some(open) = open {
            let Stretch { certain, possible, .. } = open;
            (format!("{certain} to {possible} {open}, by when they were answered"), Met::Unknown)
        } else if !self.seen.offer.was_made() {
            (self.offered(), Met::Unknown)
        } else if one.possible > one.allowed && one.begins == Begins::Rejecting {
            let Stretch { certain, possible, .. } = one;
            let found = format!("{certain} to {possible} a window, by when they were answered");
            (found, Met::Unknown)
        } else if one.possible > one.allowed {
            (format!("up to {} {one}, and no window by itself", one.possible), Met::Unknown)
        } else {
            let found = self.amounts(&stretches, one.possible, |it| it.possible);
            (format!("up to {found}"), Met::Yes)
        };
        (demand, found, met)
    }

    /// Whether what follows a rejection for so long has to be known to be little enough. An evenly
    /// refilled bucket shows over all windows what it refills with; nothing else is said of it.
    fn must_refill(&self, stretch: &Stretch) -> bool {
        let is_bucket = matches!(self.limiter.window, Windowing::Bucket { .. });
        is_bucket && stretch.length == self.limiter.per * self.windows
    }

    /// What one window has let through: no more than any stretch that is as long, than what follows any
    /// rejection for so long, and, where late answers blur these, than what lies between two rejections.
    /// It begins anywhere if no window was seen by itself.
    fn one_window(&self, stretches: &[Stretch]) -> Stretch {
        let Self { limiter, seen, .. } = self;
        let (length, allowed) = (limiter.per, limiter.allowed_after_rejecting(1));
        let of_length =
            |begins: Begins| stretches.iter().find(|it| it.length == length && it.begins == begins);
        let anywhere = of_length(Begins::Anywhere).map_or(0, |it| it.possible);
        // A window that is said to be seen by itself has let through about what it should.
        let least = limiter.least_of_window();
        let run = refilled::run(&seen.turned_away, &self.either(), length, least);
        let after = of_length(Begins::Rejecting).filter(|it| it.certain >= least);
        let (begins, possible) = match (after, run) {
            _ if anywhere <= allowed => (Begins::Anywhere, anywhere),
            (Some(after), _) if after.possible <= allowed => (Begins::Rejecting, after.possible),
            (_, Some(run)) => (Begins::Rejecting, run),
            _ => (Begins::Anywhere, anywhere),
        };
        let certain = of_length(Begins::Rejecting).map_or(0, |it| it.certain);
        // A stretch tells windows apart only where these are fixed.
        let allowed = match limiter.window {
            Windowing::Fixed => allowed,
            Windowing::Sliding | Windowing::Bucket { .. } => possible.max(allowed),
        };
        Stretch { length, begins, certain, possible, allowed }
    }

    /// The amounts that tell most of a limiter, by how its windows lie.
    fn amounts(&self, stretches: &[Stretch], one: u64, of: fn(&Stretch) -> u64) -> String {
        let amount = |length: Duration, begins: Begins| {
            let found = stretches.iter().find(|it| it.length == length && it.begins == begins);
            format!("{} in {}", found.map_or(0, of), shown(length))
        };
        let per = self.limiter.per;
        match self.limiter.window {
            Windowing::Fixed => format!("{one} a window"),
            Windowing::Sliding => amount(per, Begins::Anywhere),
            Windowing::Bucket { .. } => {
                let whole = amount(per * self.windows, Begins::Rejecting);
                format!("{}, {whole} once empty", amount(per, Begins::Anywhere))
            }
        }
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
        let demand = format!("429/503, Retry-After of 1s to {longest}");
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
        let demand = "open after the first Retry-After".to_owned();
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
        let demand = format!("{least} of {of} after a rest of {rest}");
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
