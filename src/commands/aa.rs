//! `perfbase aa`.

use super::context::{Context, style};
use super::error::CommandError;
use super::measurement::Measured;
use super::run::{latencies_only, measure_under, warn};
use super::stopping;
use crate::cli::AaArgs;
use crate::config::GateOverrides;
use crate::judge;
use crate::model::{ExitStatus, Run};
use crate::report::{AaReport, Document};
use crate::ui::Printer;

pub(super) fn aa(
    args: &AaArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let mut plan = context.plan(&args.urls, &args.measure)?;
    // They are not judged, so they are not asked.
    plan.steward.invariants.clear();
    latencies_only(&plan, "aa")?;
    if args.write {
        // Before minutes are spent.
        context.config.check_gate_writable()?;
    }
    warn(&plan, printer);
    let shutdown = stopping::on_signals()?;
    let (mut numbers, mut runs): (Vec<i64>, Vec<Run>) = (Vec::new(), Vec::new());
    for number in 1..=args.runs {
        printer.note(format!("run {number} of {}", args.runs));
        let measured = measure_under(&plan, context, printer, &shutdown)?;
        let Measured { run, number, .. } = measured;
        numbers.push(number.get().into());
        runs.push(run);
    }

    let policy = context.config.policy(&GateOverrides::default());
    let noise = judge::noise(&runs, &policy);
    let written = match (&noise.proposal, args.write) {
        (Some(proposal), true) => Some(context.config.write_gate(proposal)?),
        _ => None,
    };
    let exit = if noise.proposal.is_some() { ExitStatus::Pass } else { ExitStatus::Inconclusive };
    let report = AaReport {
        numbers: &numbers,
        runs: &runs,
        noise: &noise,
        policy: &policy,
        written: written.as_deref(),
        exit,
    };
    let style = style(args.output, printer);
    printer.document(&Document::Aa(report).render(args.output.format.into(), &style))?;
    Ok(exit)
}
