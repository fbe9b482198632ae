//! The chain of reasons of one row, up to its decision: every figure that had a part in it.

use std::time::Duration;

use super::case::{After, Case};
use crate::model::{BaselineEndpoint, Limit, Metric, Reason, Strictness, show_duration};

/// What is known of the endpoint, step by step. The ruling's own reason comes after these.
pub(super) fn evidence(case: &Case, strictness: Strictness) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut say = |step, text| reasons.push(Reason { step, text });
    if let Some(after) = case.after {
        say(0, failures(case, after));
    }
    let (Some(before), Some(after)) = (case.before, case.after) else { return reasons };
    say(1, amounts(before, after));
    if strictness == Strictness::Full {
        say(2, case.machine.describe(case.method));
    }
    if let Some(limit) = case.limit {
        if case.gate.metric != Metric::default() {
            say(3, format!("judged on {}", case.gate.metric));
        }
        say(3, allowed(case.baseline().unwrap_or_default(), &limit, strictness));
        if let Some(first) = after.passes.first_median() {
            say(3, format!("N = {} against {}", show_duration(first), show_duration(limit.value)));
        }
    }
    let budgets = [("acceptable", case.acceptable), ("acceptable p99", case.acceptable_p99)];
    for (what, limit) in budgets {
        if let Some(limit) = limit.filter(|_| strictness == Strictness::Full) {
            say(3, format!("{what} is {}", show_duration(limit)));
        }
    }
    if strictness == Strictness::Full {
        if let Some(text) = second_look(after) {
            say(4, text);
        }
        if let Some(waiver) = case.waiver {
            let state = if case.waiver_in_force().is_some() { "holds" } else { "is over" };
            say(
                4,
                format!(
                    "a waiver up to {} until {} {state}: {}",
                    show_duration(waiver.ceiling),
                    waiver.until,
                    waiver.reason
                ),
            );
        }
    }
    reasons
}

fn failures(case: &Case, after: &After) -> String {
    let again = match after.outcomes.repeated {
        0 => String::new(),
        again => format!(", {again} lost their connection and were sent again"),
    };
    format!(
        "{} of {} requests failed{again} ({}, {} allowed)",
        after.outcomes.failed(),
        after.outcomes.total(),
        after.outcomes.lost_share(),
        case.allowed_failures()
    )
}

fn amounts(before: &BaselineEndpoint, after: &After) -> String {
    format!(
        "{} rounds of at least {} successes against {} of at least {}",
        after.rounds,
        after.least_successes,
        before.round_p95s().count(),
        before.least_successes()
    )
}

fn allowed(before: Duration, limit: &Limit, strictness: Strictness) -> String {
    let (b, value) = (show_duration(before), show_duration(limit.value));
    match strictness {
        Strictness::Bare => format!("limit {value} = {} x {b}", limit.factor),
        Strictness::Full => format!(
            "limit {value} = max({} x {b}, {b} + {}), k_eff {:.2}",
            limit.factor,
            show_duration(limit.delta),
            limit.k_eff
        ),
    }
}

fn second_look(after: &After) -> Option<String> {
    let passes = &after.passes;
    let again = passes.confirmation_median()?;
    let all = passes.all_median()?;
    let third = if passes.decider.is_empty() { "" } else { ", with a third pass" };
    Some(format!(
        "measured again: C = {} over {} rounds, F = {} over {}{third}",
        show_duration(again),
        passes.confirmation.len(),
        show_duration(all),
        passes.all().len()
    ))
}
