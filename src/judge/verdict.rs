//! What the rows come to, together.

use super::Mode;
use crate::model::{
    Banner, CounterRow, Coverage, Decision, FailOn, Met, Policy, Requirement, Row, Run, RunState,
    Strictness, Verdict, Warning,
};

/// Whether the run was not measured to its end. While it is being judged live it may still be
/// marked as running: suspects are measured again as a part of it.
pub(super) fn is_unfinished(run: &Run, mode: Mode) -> bool {
    match run.state {
        RunState::Complete => false,
        RunState::Running => mode == Mode::Stored,
        RunState::Interrupted | RunState::Broken => true,
    }
}

/// Counts what was judged. Each row has one reason for not having been.
pub(super) fn coverage(rows: &[Row], missing: usize) -> Coverage {
    let is_too_few = |row: &&Row| matches!(row.decision, Decision::TooFew { .. });
    let new = rows.iter().filter(|row| row.before.is_none() && !is_too_few(row)).count();
    Coverage {
        total: rows.iter().filter(|row| row.after.is_some()).count() + missing,
        judged: rows.iter().filter(|row| is_judged(row)).count(),
        new,
        missing,
        too_few: rows.iter().filter(is_too_few).count(),
    }
}

/// What was found of the run beside its baseline.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) rows: &'a [Row],
    pub(super) counters: &'a [CounterRow],
    pub(super) banners: &'a [Banner],
}

/// Whether the row was judged against the baseline.
pub(super) fn is_judged(row: &Row) -> bool {
    row.before.is_some() && row.decision.is_judged()
}

/// The first of these that holds: the run cannot be believed as a whole (under the bare rule only if
/// nothing is red), no requirement is unmet, which says by itself when it cannot be believed, and the
/// service has not said itself that an endpoint does not work;
/// suspects are open; a requirement is not met; a row is red; a warning counts as red; a row or a
/// requirement has no verdict, or nothing was judged; pass.
pub(super) fn verdict(found: Found<'_>, requirements: &[Requirement], policy: &Policy) -> Verdict {
    let Found { rows, banners, .. } = found;
    let any = |met: Met| requirements.iter().any(|requirement| requirement.met == met);
    let unmet = any(Met::No);
    let red = rows.iter().any(|row| row.decision.is_red());
    let unsound =
        banners.iter().any(|banner| matches!(banner, Banner::Saturated(_) | Banner::Unfinished));
    let suspect = rows.iter().any(|row| row.decision == Decision::Suspect);
    let is_unfinished = banners.contains(&Banner::Unfinished);
    if unsound && (unmet || !is_unfinished && rows.iter().any(says_no)) {
        Verdict::Failed
    } else if unsound && !(red && policy.strictness == Strictness::Bare) {
        Verdict::Inconclusive
    } else if suspect {
        Verdict::Open
    } else if unmet || red || (policy.fail_on == FailOn::Warn && warned(found)) {
        Verdict::Failed
    } else if any(Met::Unknown)
        || rows.iter().any(|row| row.decision.is_open())
        || !rows.iter().any(is_judged)
    {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

/// Whether more than may fail of an endpoint's requests had the wrong answer, in the rounds that count or in
/// all, or no other answers came than such as are not what was asked for, be they allowed.
fn says_no(row: &Row) -> bool {
    let (Decision::Errors { allowed, .. }, Some(after)) = (row.decision, &row.after) else {
        return false;
    };
    let (counted, all) = (&after.outcomes, &after.of_all_rounds);
    counted.wrong_share() > allowed
        || all.wrong_share() > allowed
        || all.nothing_works() && all.unexpected_share() > allowed
}

/// Whether there is a warning that may count as red. A weak gate is none: it says how far the gate
/// can see, nothing of the service.
fn warned(Found { rows, counters, banners }: Found<'_>) -> bool {
    rows.iter()
        .flat_map(|row| &row.warnings)
        .any(|warning| !matches!(warning, Warning::WeakGate { .. }))
        || counters.iter().any(|counter| !counter.warnings.is_empty())
        || banners.iter().any(|banner| matches!(banner, Banner::FasterMachine { .. }))
}
