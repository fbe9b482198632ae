//! Step 5: have all endpoints slowed down alike, and is it the machine or the service?

use super::case::Case;
use super::chain;
use super::machine::MachineChange;
use super::method::Method;
use crate::model::{Banner, Decision, Reason, Row};
use crate::stats;

/// Finds a uniform shift among the judged rows, whose cases are `cases`, in order; where the machine
/// explains it, takes back every red that rests on the baseline. An absolute limit holds on any machine,
/// and what is above one too is red for that.
///
/// Only rows of requests have a say: what a service tells of its own times is no endpoint that slowed
/// down. Uniform means: at least five such rows that are judged, a median ratio above 1.3, and a median deviation from
/// it (in logarithms) under ln 1.15, which holds when at least half of the endpoints lie within
/// 15 % of the median. The anchors moved alike when the CPU kernel is slower beyond the tolerance
/// of 1.25, and what is left of the shift after its ratio is taken out is within that tolerance.
/// In any other case it is the service.
pub(super) fn uniform_shift(rows: &mut [Row], cases: &[Case], method: &Method) -> Option<Banner> {
    let machine = cases.first()?.machine;
    let logs: Vec<f64> = rows
        .iter()
        .filter(|row| row.kind.counts_as_request() && row.decision.is_judged())
        .filter_map(|row| row.ratio)
        .filter(|ratio| *ratio > 0.0)
        .map(f64::ln)
        .collect();
    if logs.len() < method.shift_endpoints {
        return None;
    }
    let middle = stats::median(&logs)?;
    if middle <= method.shift_ratio.ln() || stats::mad(&logs)? >= method.shift_spread.ln() {
        return None;
    }
    let shift = middle.exp();
    if !moved_alike(machine, shift, method) {
        return Some(Banner::UniformService { ratio: shift });
    }
    let speed = machine.speed.unwrap_or(1.0);
    let alike = format!(
        "{} endpoints shifted alike by {shift:.2}x, and so did the machine by {speed:.2}x",
        logs.len()
    );
    let reds = rows.iter_mut().zip(cases).filter(|(row, _)| rests_on_baseline(row.decision));
    for (row, case) in reds {
        let (decision, rest) = match chain::over_budget(case) {
            Some(ruling) => (ruling.decision, ruling.reason.text),
            None => (Decision::Machine, "no verdict".to_owned()),
        };
        row.decision = decision;
        row.reasons.push(Reason { step: 5, text: format!("{alike}: {rest}") });
    }
    Some(Banner::UniformMachine { ratio: shift })
}

fn moved_alike(machine: MachineChange, shift: f64, method: &Method) -> bool {
    machine.speed.is_some_and(|speed| {
        speed > method.speed_tolerance && shift / speed <= method.speed_tolerance
    })
}

fn rests_on_baseline(decision: Decision) -> bool {
    matches!(decision, Decision::Regressed { .. } | Decision::WaiverOver { .. })
}
