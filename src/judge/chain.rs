//! The rules for one endpoint: section "The decision" of `docs/method.md`, line by line.
//!
//! Each rule answers or passes the question on; the first that answers decides. Where none does,
//! there was nothing to judge by, which is never a pass.

use super::case::Case;
use super::passes::Standing;
use super::summarize::P99_NEEDS;
use crate::model::{
    Decision, EndpointKind, Lacking, Metric, Outcomes, Reason, Share, show_duration,
};

/// A decision, and the reason that closes the row's chain.
pub(super) struct Ruling {
    pub(super) decision: Decision,
    pub(super) reason: Reason,
}

/// One line of the method's table.
pub(super) type Rule = fn(&Case) -> Option<Ruling>;

/// The whole procedure.
pub(super) const FULL: &[Rule] = &[
    missing,
    errors,
    new,
    too_few,
    suspect,
    regressed,
    over_budget,
    unmeasurable,
    machine,
    too_few_for_p99,
    waived,
    not_confirmed,
    pass,
];

/// The bare rule: one pass, no floor, no machine, no budget, no waiver.
pub(super) const BARE: &[Rule] = &[missing, errors, bare_new, bare];

/// The first answer of `chain`.
pub(super) fn decide(case: &Case, chain: &[Rule]) -> Ruling {
    chain.iter().find_map(|rule| rule(case)).unwrap_or_else(|| nothing_to_judge(case))
}

fn ruling(step: u8, decision: Decision, text: impl Into<String>) -> Ruling {
    Ruling { decision, reason: Reason { step, text: text.into() } }
}

pub(super) fn missing(case: &Case) -> Option<Ruling> {
    if case.after.is_some() {
        return None;
    }
    Some(ruling(0, Decision::Missing, "in the baseline, not measured: red"))
}

/// Also of an endpoint without a baseline: that nothing works needs nothing to compare with. Where
/// all answers are merely allowed ones, nothing of what the endpoint is for was measured.
pub(super) fn errors(case: &Case) -> Option<Ruling> {
    let after = case.after?;
    let outcomes = &after.outcomes;
    let (share, allowed) = (outcomes.lost_share(), case.allowed_failures());
    if !outcomes.nothing_works() && share <= allowed {
        return wrong_in_all_rounds(&after.of_all_rounds, case.kind, allowed);
    }
    let text = if outcomes.successes == 0 {
        format!("all {} {} failed: red", outcomes.total(), case.kind.plural())
    } else if outcomes.nothing_works() {
        format!("not one of {} answers is as expected: red", outcomes.total())
    } else {
        let (total, what) = (outcomes.total(), case.kind.plural());
        format!("{share} of {total} {what} {}, over {allowed}: red", outcomes.how_lost())
    };
    Some(ruling(0, Decision::Errors { share, allowed }, text))
}

/// A service that fails at once makes a closed loop run at its full speed, and its own rounds invalid by
/// that. What it answered it has answered all the same; what became of the other requests of such rounds
/// may be the generator's doing.
fn wrong_in_all_rounds(outcomes: &Outcomes, kind: EndpointKind, allowed: Share) -> Option<Ruling> {
    let share = outcomes.wrong_share();
    (share > allowed).then(|| {
        let (wrong, total, what) = (outcomes.wrong(), outcomes.total(), kind.plural());
        let text = format!(
            "{wrong} of {total} {what} of all rounds, also those that do not count, had a wrong \
             answer ({share}), over {allowed}: red"
        );
        ruling(0, Decision::Errors { share, allowed }, text)
    })
}

/// An absolute limit needs no baseline: a new endpoint is held to it all the same, and must not hide by
/// being slow. Nor is one listed as measured that never was.
pub(super) fn new(case: &Case) -> Option<Ruling> {
    if case.before.is_some() {
        return None;
    }
    let was_measured = case.after.is_some_and(|after| after.outcomes.successes > 0);
    if was_measured && (case.measured_enough() || !case.has_budget()) {
        absolute(case).or_else(|| bare_new(case))
    } else {
        Some(nothing_to_judge(case))
    }
}

pub(super) fn bare_new(case: &Case) -> Option<Ruling> {
    if case.before.is_some() {
        return None;
    }
    Some(ruling(0, Decision::New, "measured, not in the baseline: listed, not red"))
}

/// Likewise where the baseline's side is the one that has too few.
pub(super) fn too_few(case: &Case) -> Option<Ruling> {
    if case.both_enough() { None } else { absolute(case).or_else(|| Some(nothing_to_judge(case))) }
}

fn nothing_to_judge(case: &Case) -> Ruling {
    let after = case.after.map(|after| (after.rounds, after.least_successes));
    let before = case.before.map(|before| (before.round_p95s().count(), before.least_successes()));
    let needed = case.needed();
    let mut lacking = Vec::new();
    let mut sides = Vec::new();
    let all = [("the run", Lacking::Run, after), ("the baseline", Lacking::Baseline, before)];
    for (name, side, figures) in all {
        let Some((rounds, successes)) = figures else { continue };
        let so_far = lacking.len();
        if rounds < case.method.least_rounds {
            lacking.push(format!(
                "{name} has {rounds} valid rounds, {} too few",
                case.method.least_rounds - rounds
            ));
        }
        if successes < needed {
            lacking.push(format!(
                "{name} has a round with {successes} successes, {} too few",
                needed - successes
            ));
        }
        if lacking.len() > so_far {
            sides.push((side, rounds, successes));
        }
    }
    if lacking.is_empty() {
        lacking.push("nothing to judge by".to_owned());
    }
    let measured = case.after.is_some_and(|after| after.rounds >= case.method.least_rounds);
    // What the baseline had enough of, or what has a limit of its own, must not hide by being slow.
    let was_rare = before.is_none_or(|(_, successes)| successes < needed);
    let may_be_rare = case.kind.may_be_rare() && was_rare && !case.has_budget();
    let (rounds, successes) = after.unwrap_or_default();
    let (of, rounds, successes) = sides
        .into_iter()
        .reduce(|a, b| (Lacking::Both, a.1.min(b.1), a.2.min(b.2)))
        .unwrap_or((Lacking::Run, rounds, successes));
    let decision = if may_be_rare && measured {
        lacking.push("judged only where there are enough".to_owned());
        Decision::Rare { successes, needed }
    } else {
        Decision::TooFew { of, rounds, successes, needed }
    };
    Ruling { decision, reason: Reason { step: 1, text: lacking.join("; ") } }
}

/// What the absolute limit alone says, where that is anything but yes.
fn absolute(case: &Case) -> Option<Ruling> {
    if !case.measured_enough() {
        return None;
    }
    let alone = Case { limit: None, ..*case };
    [suspect, over_budget, unmeasurable, too_few_for_p99].into_iter().find_map(|rule| rule(&alone))
}

fn standings(case: &Case) -> [Option<Standing>; 3] {
    let [p95, p99] = case.against_budgets().map(|budget| budget.map(|(_, _, standing)| standing));
    [case.against_limit(), p95, p99]
}

pub(super) fn suspect(case: &Case) -> Option<Ruling> {
    if !standings(case).contains(&Some(Standing::Suspect)) {
        return None;
    }
    let text = if case.after?.passes.confirmation.is_empty() {
        "suspect: to be measured again"
    } else {
        "the two passes disagree: to be measured once more"
    };
    Some(ruling(4, Decision::Suspect, text))
}

pub(super) fn unmeasurable(case: &Case) -> Option<Ruling> {
    let after = case.after?;
    let metrics = [case.gate.metric, Metric::P95, Metric::P99];
    let (_, metric) = standings(case)
        .into_iter()
        .zip(metrics)
        .find(|(it, _)| *it == Some(Standing::Unmeasurable))?;
    let needed = case.method.needed_for(metric);
    let (rounds, successes) = after.again;
    let decision = Decision::TooFew { of: Lacking::Again, rounds, successes, needed };
    let text = "measuring again gave too few rounds of enough successes: no verdict";
    Some(ruling(4, decision, text))
}

pub(super) fn regressed(case: &Case) -> Option<Ruling> {
    let Standing::Above { confirmed } = case.against_limit()? else { return None };
    if case.machine.explains(case.ratio(), case.gate.factor, case.method) {
        return None;
    }
    let how = if confirmed { "confirmed" } else { "could not be measured again" };
    match case.waiver {
        Some(waiver) => Some(ruling(
            4,
            Decision::WaiverOver { ceiling: waiver.ceiling, until: waiver.until },
            format!(
                "above what the waiver allows (up to {}, until {}), {how}: red",
                show_duration(waiver.ceiling),
                waiver.until
            ),
        )),
        None => Some(ruling(
            4,
            Decision::Regressed { confirmed },
            format!("above the limit, {how}: red"),
        )),
    }
}

/// An absolute limit holds on any machine.
pub(super) fn over_budget(case: &Case) -> Option<Ruling> {
    let above = |budget| match budget {
        Some((metric, acceptable, Standing::Above { confirmed })) => {
            Some((metric, acceptable, confirmed))
        }
        _ => None,
    };
    let (metric, acceptable, confirmed) = case.against_budgets().into_iter().find_map(above)?;
    let how = if confirmed { "confirmed" } else { "could not be measured again" };
    Some(ruling(
        4,
        Decision::OverBudget { metric, acceptable },
        format!("{metric} above the acceptable {}, {how}: red", show_duration(acceptable)),
    ))
}

/// A p99 that is demanded and that no round carries is unknown, which is never a pass.
pub(super) fn too_few_for_p99(case: &Case) -> Option<Ruling> {
    if !case.has_too_few_for_p99() {
        return None;
    }
    let after = case.after?;
    let (rounds, successes) = (after.rounds, after.least_successes);
    let text = format!(
        "an acceptable p99 takes {P99_NEEDS} successes a round, and a round has {successes}: no \
         verdict"
    );
    let (of, needed) = (Lacking::Run, P99_NEEDS);
    Some(ruling(4, Decision::TooFew { of, rounds, successes, needed }, text))
}

pub(super) fn machine(case: &Case) -> Option<Ruling> {
    let Standing::Above { .. } = case.against_limit()? else { return None };
    let text = match (case.ratio(), case.machine.speed) {
        (Some(ratio), Some(speed)) => format!(
            "above the limit, but {ratio:.2}x on a machine {speed:.2}x as slow leaves {:.2}x, not \
             over {}: no verdict",
            ratio / speed,
            case.gate.factor
        ),
        _ => "above the limit on another machine of unknown speed: no verdict".to_owned(),
    };
    Some(ruling(4, Decision::Machine, text))
}

pub(super) fn waived(case: &Case) -> Option<Ruling> {
    let waiver = case.waiver_in_force()?;
    if !case.is_over() {
        return None;
    }
    Some(ruling(
        4,
        Decision::Waived,
        format!(
            "above the limit, with leave up to {} until {}: {}",
            show_duration(waiver.ceiling),
            waiver.until,
            waiver.reason
        ),
    ))
}

pub(super) fn not_confirmed(case: &Case) -> Option<Ruling> {
    if !standings(case).contains(&Some(Standing::NotConfirmed)) {
        return None;
    }
    Some(ruling(
        4,
        Decision::NotConfirmed,
        "above the limit at first, not when measured again: pass",
    ))
}

pub(super) fn pass(case: &Case) -> Option<Ruling> {
    (case.against_limit()? == Standing::Within)
        .then(|| ruling(3, Decision::Pass, "not above the limit: pass"))
}

pub(super) fn bare(case: &Case) -> Option<Ruling> {
    let before = case.baseline()?;
    let now = case.after?.passes.first_median()?;
    let limit = case.limit?.value;
    let figures =
        format!("{} against {} x {}", show_duration(now), case.gate.factor, show_duration(before));
    if now > limit {
        Some(ruling(3, Decision::Regressed { confirmed: false }, format!("{figures}: red")))
    } else {
        Some(ruling(3, Decision::Pass, format!("{figures}: pass")))
    }
}
