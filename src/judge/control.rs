//! The healthy endpoint that is measured again beside the suspects.

use super::case::Case;
use super::durations::ratio;
use super::passes::Passes;
use crate::model::{Comparison, Decision, EndpointName, Reason, Row};

/// A healthy endpoint to measure again beside the suspects, so that a change of the machine
/// between the passes shows: of the rows that passed without a warning, the one whose ratio is
/// nearest to 1, and of several the first. `None` where no row is healthy.
#[must_use]
pub fn control(comparison: &Comparison) -> Option<EndpointName> {
    let distance = |row: &Row| row.ratio.filter(|ratio| *ratio > 0.0).map(|ratio| ratio.ln().abs());
    comparison
        .rows
        .iter()
        .filter(|row| row.decision == Decision::Pass && row.warnings.is_empty())
        .filter_map(|row| distance(row).map(|distance| (row, distance)))
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(row, _)| row.endpoint.clone())
}

/// Tells the rows that were measured again how the control moved between the passes. It informs;
/// no rule rests on it.
pub(super) fn say_drift(rows: &mut [Row], cases: &[Case]) {
    let control = rows.iter().zip(cases).find_map(|(row, case)| {
        let passes = measured_again(case)?;
        let drift = ratio(passes.confirmation_median()?, passes.first_median()?)?;
        (row.decision == Decision::Pass).then(|| (row.endpoint.clone(), drift))
    });
    let Some((control, drift)) = control else { return };
    for (row, case) in rows.iter_mut().zip(cases) {
        if row.endpoint != control && measured_again(case).is_some() {
            let text = format!("beside it {control}, healthy, moved by {drift:.2}x");
            // The ruling stays last.
            let at = row.reasons.len().saturating_sub(1);
            row.reasons.insert(at, Reason { step: 4, text });
        }
    }
}

fn measured_again<'a>(case: &Case<'a>) -> Option<&'a Passes> {
    case.after.map(|after| &after.passes).filter(|passes| !passes.confirmation.is_empty())
}
