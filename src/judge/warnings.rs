//! What deserves a look without being red.

use super::case::Case;
use super::durations::{logs, ratio};
use super::method::Method;
use super::summarize::P99_NEEDS;
use super::verdict::is_judged;
use crate::model::{Decision, Metric, Outcomes, Row, Session, Share, Warning};
use crate::stats::{self, ModeratedT, Moderation};

/// Deviation of ln p95 between sessions on one host, and between hosted machines of one class.
const SAME_HOST_SD: f64 = 0.03;
const HOSTED_SD: f64 = 0.10;
/// What a deviation is believed to be before any round is seen, and how many degrees of freedom
/// that belief is worth.
const PRIOR_SD: f64 = 0.10;
const PRIOR_DF: f64 = 4.0;

/// How far two sessions of unchanged code lie apart. A CI job gets another machine of its kind
/// each time; by hand, one measures where one did before.
pub(super) fn between_sessions<'a>(mut sessions: impl Iterator<Item = &'a Session>) -> f64 {
    if sessions.any(|session| session.ci.is_some()) { HOSTED_SD } else { SAME_HOST_SD }
}

/// The difference of both sides of one endpoint in the light of its rounds.
pub(super) fn evidence(case: &Case, between_sd: f64) -> Option<ModeratedT> {
    let before: Vec<_> = case.before?.rounds_at(case.gate.metric).collect();
    stats::moderated_t(
        &logs(&before),
        &logs(&case.after?.passes.all()),
        Moderation { prior_df: PRIOR_DF, prior_sd: PRIOR_SD, between_sd },
    )
}

/// The smallest ratio that would have stood out from the noise in every judged row with 80 %
/// power, the noise between sessions included; absent when nothing was judged.
pub(super) fn detectable<'a>(tests: impl Iterator<Item = &'a ModeratedT>) -> Option<f64> {
    tests.filter_map(|test| stats::detectable_ratio(test.standard_error)).reduce(f64::max)
}

/// Adds its warnings to every row. `cases` are the rows' cases, `tests` their tests, in order.
pub(super) fn warn(
    rows: &mut [Row],
    cases: &[Case],
    tests: &[Option<ModeratedT>],
    method: &Method,
) {
    let adjusted = adjusted(rows, tests);
    for ((row, case), p) in rows.iter_mut().zip(cases).zip(adjusted) {
        if accepted(row.decision) {
            row.warnings = comparative(row, case, p, method);
        }
        row.warnings.extend(target_missed(row));
        row.warnings.extend(other_answers(case, method));
        row.warnings.extend(limited(case));
        row.warnings.extend(case.after.and_then(|after| repeated(&after.outcomes)));
    }
}

/// Only a row that was let through needs a warning about its figures.
fn accepted(decision: Decision) -> bool {
    matches!(decision, Decision::Pass | Decision::NotConfirmed | Decision::Waived)
}

/// p by row, adjusted over all judged rows after Benjamini and Hochberg; absent where there is
/// no test.
fn adjusted(rows: &[Row], tests: &[Option<ModeratedT>]) -> Vec<Option<f64>> {
    let p = |row: &Row, test: &Option<ModeratedT>| {
        if is_judged(row) { test.as_ref().map(|test| test.p_two_sided) } else { None }
    };
    let family: Vec<f64> = rows.iter().zip(tests).filter_map(|(row, test)| p(row, test)).collect();
    let mut adjusted = stats::benjamini_hochberg(&family).into_iter();
    rows.iter().zip(tests).map(|(row, test)| p(row, test).and_then(|_| adjusted.next())).collect()
}

fn comparative(row: &Row, case: &Case, p: Option<f64>, method: &Method) -> Vec<Warning> {
    let (Some(limit), Some(before), Some(after)) = (case.limit, case.baseline(), case.after) else {
        return Vec::new();
    };
    let Some(now) = after.passes.all_median() else { return Vec::new() };
    let mut warnings = Vec::new();
    if let (Some(ratio), Some(p)) = (row.ratio, p)
        && ratio > method.slower_ratio
        && p < method.significance
        && now.saturating_sub(before) > limit.delta / 2
    {
        warnings.push(Warning::Slower { ratio, p });
    }
    if let Some(own) = row.ratio
        && own < method.stale_ratio
        && let Some(gate_now) = ratio(limit.value, now)
    {
        warnings.push(Warning::StaleBaseline { gate_now });
    }
    warnings.extend(p99(case, method));
    if case.gate.metric == Metric::P95 && after.pooled_p95 > limit.value && now <= limit.value {
        warnings.push(Warning::UnstableTail { pooled_p95: after.pooled_p95 });
    }
    if limit.is_weak() {
        warnings.push(Warning::WeakGate { k_eff: limit.k_eff });
    }
    warnings
}

fn p99(case: &Case, method: &Method) -> Option<Warning> {
    // Otherwise the limit itself speaks of it.
    if case.gate.metric == Metric::P99 {
        return None;
    }
    let (before, after) = (case.before?, case.after?);
    let needed = method.p99_successes.max(P99_NEEDS);
    if before.least_successes() < needed || after.least_successes < needed {
        return None;
    }
    let ratio = ratio(after.p99.value()?, before.p99?)?;
    (ratio > method.p99_ratio).then_some(Warning::P99 { ratio })
}

fn other_answers(case: &Case, method: &Method) -> Option<Warning> {
    allowed(case.before?.allowed_share(), case.after?.outcomes.allowed_share(), method)
}

/// Other answers than before cannot be told from a change of speed, whatever was decided.
pub(super) fn allowed(before: Share, after: Share, method: &Method) -> Option<Warning> {
    let moved = (after.get() - before.get()).abs();
    (moved > method.allowed_slack).then_some(Warning::Allowed { before, after })
}

fn limited(case: &Case) -> Option<Warning> {
    let outcomes = &case.after?.outcomes;
    outcomes.is_limited().then(|| Warning::Limited { share: outcomes.limited_share() })
}

/// That requests lost their connection, whatever was decided.
pub(super) fn repeated(outcomes: &Outcomes) -> Option<Warning> {
    outcomes.is_repeated().then(|| Warning::Repeated { share: outcomes.repeated_share() })
}

/// Needs no baseline, but figures that can be believed: a row without a verdict has none. Where the
/// absolute limit was exceeded too, the row says so itself.
fn target_missed(row: &Row) -> Option<Warning> {
    if row.decision.is_open()
        || matches!(row.decision, Decision::OverBudget { .. } | Decision::Suspect)
    {
        return None;
    }
    let target = row.budgets.target?;
    let now = row.after.as_ref()?.p95?;
    (now > target).then_some(Warning::TargetMissed { target })
}
