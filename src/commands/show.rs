//! `perfbase show`.

use super::context::{Context, style};
use super::error::CommandError;
use crate::cli::ShowArgs;
use crate::judge;
use crate::model::ExitStatus;
use crate::report::{Document, RunReport};
use crate::store::{RunRef, RunRefError};
use crate::ui::Printer;

pub(super) fn show(
    args: &ShowArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let subject: RunRef =
        args.run.parse().map_err(|error: RunRefError| CommandError::Usage(error.to_string()))?;
    let store = context.store_read_only()?;
    let (number, run) = (store.number(subject)?, store.run(subject)?);
    let (summary, requirements) = (judge::summarize(&run), judge::requirements(&run));
    let number = Some(number.get().into());
    let report = RunReport { number, run: &run, summary: &summary, requirements: &requirements };
    let style = style(args.output, printer);
    printer.document(&Document::Show(report).render(args.output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}
