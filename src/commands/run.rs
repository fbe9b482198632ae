//! `perfbase run`.

use super::context::{Context, style};
use super::error::CommandError;
use super::measurement::{Measured, Measurement};
use super::{github, limiters, stopping};
use crate::cli::{Output, RunArgs};
use crate::judge;
use crate::load::{Shutdown, remarks};
use crate::model::{ExitStatus, Kind, Plan, Run, RunState};
use crate::report::{Document, RunReport};
use crate::store::RunNumber;
use crate::ui::Printer;

pub(super) fn run(
    args: &RunArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let plan = context.plan(&args.urls, &args.measure)?;
    let Measured { run, number, .. } = match plan.kind {
        Kind::Load | Kind::Correctness { .. } => measure(&plan, context, printer)?,
        Kind::Limiter { .. } => limiters::watch(&plan, context, printer)?,
    };
    by_requirements(&run, number, args.output, printer)
}

/// Prints `run`, which is compared with nothing, and says how the process ends with it.
pub(super) fn by_requirements(
    run: &Run,
    number: RunNumber,
    output: Output,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    print(run, number, output, printer)?;
    let requirements = judge::requirements(run);
    if run.state != RunState::Complete {
        printer.warning(format!(
            "run {number} is {}: what it did not find out is no verdict",
            run.state
        ));
    }
    for (endpoint, why) in judge::unmeasured(run) {
        printer.warning(format!("nothing was measured of {endpoint}, which is no pass: {why}"));
    }
    github::tell_unmet(&requirements, printer);
    Ok(judge::exit_status(run, &requirements))
}

/// Refuses a plan of which no latency is measured; `verb` says what that is in vain for.
pub(super) fn latencies_only(plan: &Plan, verb: &str) -> Result<(), CommandError> {
    match plan.kind {
        Kind::Load => Ok(()),
        Kind::Limiter { .. } => Err(CommandError::NothingToCompare(plan.scenario.clone())),
        Kind::Correctness { .. } => Err(CommandError::Usage(format!(
            "the scenario `{}` is of the kind correctness, which has no latencies for `{verb}`: it \
             takes `run` or `compare`, and no baseline",
            plan.scenario
        ))),
    }
}

/// Prints the figures of `run`.
pub(super) fn print(
    run: &Run,
    number: RunNumber,
    output: Output,
    printer: &mut Printer,
) -> Result<(), CommandError> {
    let (summary, requirements) = (judge::summarize(run), judge::requirements(run));
    let number = Some(number.get().into());
    let report = RunReport { number, run, summary: &summary, requirements: &requirements };
    let (document, style) = (Document::Run(report), style(output, printer));
    printer.document(&document.render(output.format.into(), &style))?;
    if !requirements.is_empty() {
        github::summarize(&document, printer);
    }
    Ok(())
}

/// Measures the first pass of `plan` to its end. What was finished of a run that was stopped is
/// told before the error is handed on.
pub(super) fn measure(
    plan: &Plan,
    context: &Context,
    printer: &mut Printer,
) -> Result<Measured, CommandError> {
    warn(plan, printer);
    measure_under(plan, context, printer, &stopping::on_signals()?)
}

/// Tells what of `plan` has no effect.
pub(super) fn warn(plan: &Plan, printer: &mut Printer) {
    for remark in remarks(plan) {
        printer.warning(remark);
    }
}

/// The same, where one signal is to stop more than this.
pub(super) fn measure_under(
    plan: &Plan,
    context: &Context,
    printer: &mut Printer,
    shutdown: &Shutdown,
) -> Result<Measured, CommandError> {
    let mut measurement = Measurement::begin(plan, context, printer, shutdown.clone())?;
    match measurement.first_pass().and_then(|()| measurement.find_out()) {
        Ok(()) => measurement.end(printer),
        Err(error) => Err(stopped(measurement, error, printer)),
    }
}

/// Closes a run that was stopped by `error` and tells what is kept of it.
pub(super) fn stopped(
    measurement: Measurement<'_>,
    error: CommandError,
    printer: &mut Printer,
) -> CommandError {
    match measurement.give_up(&error, printer) {
        Ok(Measured { run, number, .. }) => {
            let (rounds, state) = (run.rounds.len(), run.state);
            let rounds =
                if rounds == 1 { "1 round is".to_owned() } else { format!("{rounds} rounds are") };
            printer.note(format!("run {number} is {state}; {rounds} in the history"));
            error
        }
        // The first error is the cause; that it could not even be noted down follows from it.
        Err(_) => error,
    }
}
