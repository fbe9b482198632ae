//! `perfbase baseline show` and `diff`: reads, never writes.

use std::path::Path;

use super::choice::chosen;
use crate::cli::{BaselineDiffArgs, BaselineShowArgs};
use crate::commands::context::{Context, style};
use crate::commands::error::CommandError;
use crate::commands::session;
use crate::host;
use crate::model::{BaselineFile, ExitStatus};
use crate::report::{BaselineReport, ChangeReport, Document};
use crate::store::BaselineStore;
use crate::ui::Printer;

pub(super) fn show(
    args: &BaselineShowArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let all = BaselineStore::read(&context.baseline)?;
    let known = all.baselines.keys().cloned().collect();
    let file = chosen(all, &args.choice);
    if file.baselines.is_empty() {
        return Err(CommandError::NoSuchBaseline { file: context.baseline_name(), known });
    }
    let path = context.baseline_name();
    let today = session::today();
    let report = BaselineReport { path: Path::new(&path), file: &file, today };
    let style = style(args.output, printer);
    printer.document(&Document::Baseline(report).render(args.output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}

pub(super) fn diff(
    args: &BaselineDiffArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let path = context.baseline_name();
    let committed = host::git_file(&context.baseline, &args.reference)?;
    let old = match committed {
        Some(text) => BaselineStore::parse(format!("{}:{path}", args.reference), &text)?,
        None => BaselineFile::default(),
    };
    let new = BaselineStore::read_or_empty(&context.baseline)?;
    let (old, new) = (chosen(old, &args.choice), chosen(new, &args.choice));
    let report =
        ChangeReport { path: Path::new(&path), since: Some(&args.reference), old: &old, new: &new };
    let style = style(args.output, printer);
    printer.document(&Document::Change(report).render(args.output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}
