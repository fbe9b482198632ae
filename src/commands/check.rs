//! `perfbase check`.

use super::context::{Context, style};
use super::error::CommandError;
use super::run;
use crate::cli::RunArgs;
use crate::config::GateOverrides;
use crate::load;
use crate::model::ExitStatus;
use crate::report::{CheckReport, Document};
use crate::ui::Printer;

pub(super) fn check(
    args: &RunArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let plan = context.plan(&args.urls, &args.measure)?;
    run::warn(&plan, printer);
    let policy = context.config.policy(&GateOverrides::default());
    let report = CheckReport {
        path: context.config.file(),
        plan: &plan,
        policy: &policy,
        at_most: load::most_time(&plan),
    };
    let style = style(args.output, printer);
    printer.document(&Document::Check(report).render(args.output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}
