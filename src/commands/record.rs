//! `perfbase record`.

use super::context::{Context, style};
use super::error::CommandError;
use super::measurement::Measured;
use super::{run, session};
use crate::cli::RecordArgs;
use crate::judge;
use crate::model::{Baseline, BaselineKey, EndpointName, ExitStatus, Run, Share};
use crate::report::{Document, RecordReport};
use crate::store::BaselineStore;
use crate::ui::Printer;

pub(super) fn record(
    args: &RecordArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let plan = context.plan(&args.urls, &args.measure)?;
    run::latencies_only(&plan, "record")?;
    // Before minutes are spent: a file that cannot be read or written stops here.
    BaselineStore::read_or_empty(&context.baseline)?;
    BaselineStore::check_writable(&context.baseline)?;

    let Measured { run, number, .. } = run::measure(&plan, context, printer)?;
    let key = key(&run);
    // Read again: another process may have written meanwhile.
    let mut file = BaselineStore::read_or_empty(&context.baseline)?;
    let old = file.baselines.get(&key).cloned();
    let new = match accepted(args, context, &run, old.as_ref()) {
        Ok(new) => new,
        Err(error) => {
            // What was measured is shown before it is said why it will not do.
            run::print(&run, number, args.output, printer)?;
            return Err(error);
        }
    };
    file.baselines.insert(key.clone(), new.clone());
    BaselineStore::write(&context.baseline, &file)?;

    let path = context.baseline_name();
    let report = RecordReport {
        number: Some(number.get().into()),
        path: path.as_ref(),
        key: &key,
        old: old.as_ref(),
        new: &new,
        requirements: &judge::requirements(&run),
        limited: &limited(&run),
    };
    let style = style(args.output, printer);
    printer.document(&Document::Record(report).render(args.output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}

/// The endpoints that a limiter answered in place of the service, with its share of requests.
fn limited(run: &Run) -> Vec<(EndpointName, Share)> {
    let endpoints = judge::summarize(run).endpoints.into_iter();
    endpoints
        .filter(|endpoint| endpoint.outcomes.is_limited())
        .map(|endpoint| (endpoint.name, endpoint.outcomes.limited_share()))
        .collect()
}

/// What `run` is a baseline for.
pub(super) fn key(run: &Run) -> BaselineKey {
    BaselineKey {
        scenario: run.scenario.clone(),
        environment: run.environment.clone(),
        machine: run.machine.clone(),
    }
}

fn accepted(
    args: &RecordArgs,
    context: &Context,
    run: &Run,
    old: Option<&Baseline>,
) -> Result<Baseline, CommandError> {
    let reason = args.accept_anyway.as_deref().or(args.reason.as_deref());
    let acceptance = session::acceptance(&context.directory, reason);
    match (&args.accept_anyway, old) {
        // Without a round that counts there are no figures that could be accepted.
        (Some(_), _) if run.valid_rounds().next().is_none() => {
            judge::accept(run, acceptance).map_err(CommandError::NothingToAccept)
        }
        (Some(_), _) => Ok(judge::accept_anyway(run, acceptance)),
        (None, Some(old)) if args.append => Ok(judge::append(old, run, acceptance)?),
        (None, _) => judge::accept(run, acceptance).map_err(CommandError::Refused),
    }
}
