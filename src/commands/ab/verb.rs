//! From two addresses to a verdict.

use std::num::NonZeroU32;

use super::alternation::measure;
use super::side::Side;
use crate::cli::AbArgs;
use crate::commands::context::{Context, style};
use crate::commands::error::CommandError;
use crate::commands::measurement::Measured;
use crate::commands::run::{latencies_only, warn};
use crate::commands::{github, stopping};
use crate::config::{GateOverrides, same_address};
use crate::host::Groups;
use crate::judge;
use crate::model::{EndpointName, ExitStatus, PairedGate, Plan, Verdict};
use crate::report::{AbReport, Document};
use crate::ui::Printer;

/// The environments under which both runs are stored: no baseline is kept for them, and nobody
/// takes them for a measurement of the service as it is.
const ENVIRONMENTS: [&str; 2] = ["ab-base", "ab-head"];

pub(in crate::commands) fn ab(
    args: &AbArgs,
    context: &Context,
    files: Option<u64>,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let groups = Groups::default();
    let mut sides = sides(args, files, &groups)?;
    let plans = plans(args, &sides, context)?;
    latencies_only(&plans[0], "ab")?;
    comparable(&plans)?;
    warn(&plans[0], printer);
    let needed = judge::rounds_needed(plans[0].endpoints.len());
    if (plans[0].rounds.get() as usize) < needed {
        printer.warning(format!(
            "{} pairs of rounds cannot call an endpoint slower: it takes {needed} (--rounds)",
            plans[0].rounds
        ));
    }

    let shutdown = stopping::on_signals_with(groups)?;
    let measured = measure(&plans, &mut sides, context, printer, &shutdown);
    // Whatever came of it, before anything else is done.
    sides.iter_mut().for_each(Side::stop);
    let [base, head] = measured?;

    let policy = context.config.policy(&GateOverrides::default());
    let gate =
        PairedGate { factor: args.factor, errors: args.errors.unwrap_or(policy.gate.errors) };
    let comparison = judge::paired(&base.run, &head.run, &gate);
    if let Verdict::NotComparable(differences) = comparison.verdict {
        return Err(CommandError::NotComparable { differences, with: "the base".to_owned() });
    }
    let exit = comparison.verdict.exit_status();
    let number = |measured: &Measured| measured.number.get().into();
    let report = AbReport {
        numbers: [number(&base), number(&head)],
        base: &base.run,
        head: &head.run,
        comparison: &comparison,
        exit,
    };
    let (document, style) = (Document::Ab(report), style(args.output, printer));
    printer.document(&document.render(args.output.format.into(), &style))?;
    github::summarize(&document, printer);
    Ok(exit)
}

fn sides(args: &AbArgs, files: Option<u64>, groups: &Groups) -> Result<[Side; 2], CommandError> {
    let side = |name, url: &Option<String>, command: &Option<String>| {
        Side::new(name, url.as_deref(), command.as_deref(), args.start_timeout, files, groups)
    };
    Ok([side("base", &args.base, &args.base_cmd)?, side("head", &args.head, &args.head_cmd)?])
}

/// The same plan for both, but for the address; with as many rounds as a verdict takes.
fn plans(args: &AbArgs, sides: &[Side; 2], context: &Context) -> Result<[Plan; 2], CommandError> {
    let [base, head] = sides;
    let plan = context.plan_at(&base.url, &args.measure_with(None))?;
    latencies_only(&plan, "ab")?;
    let endpoints = plan.endpoints.len();
    let measure = args.measure_with(default_rounds(endpoints));
    let mut plans = [context.plan_at(&base.url, &measure)?, context.plan_at(&head.url, &measure)?];
    for (plan, name) in plans.iter_mut().zip(ENVIRONMENTS) {
        // They are not judged, so they are not asked.
        plan.steward.invariants.clear();
        plan.environment = name
            .parse()
            .map_err(|error: crate::model::NameError| CommandError::Usage(error.to_string()))?;
    }
    Ok(plans)
}

/// As many pairs as it takes to call any endpoint slower and one more, for one that chance turned
/// round; an even number, so that both halves are alike.
fn default_rounds(endpoints: usize) -> Option<NonZeroU32> {
    let rounds = (judge::rounds_needed(endpoints) + 1).next_multiple_of(2);
    u32::try_from(rounds).ok().and_then(NonZeroU32::new)
}

/// Said before the time is spent.
fn comparable(plans: &[Plan; 2]) -> Result<(), CommandError> {
    let [base, head] = plans;
    if same_address(base.base_url.value(), head.base_url.value()) {
        return Err(CommandError::Usage(format!(
            "base and head are the same address: {}; start the two versions at two",
            base.base_url.written()
        )));
    }
    let names = |plan: &Plan| -> Vec<EndpointName> {
        plan.endpoints.iter().map(|endpoint| endpoint.name.clone()).collect()
    };
    if names(base) != names(head) {
        return Err(CommandError::Usage(
            "base and head have different paths: only the same endpoint can be compared".to_owned(),
        ));
    }
    let differences = base.workload.differences(&head.workload);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(CommandError::NotComparable { differences, with: "the base".to_owned() })
    }
}
