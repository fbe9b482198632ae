//! `perfbase baseline bless` and `waive`: one endpoint is changed, or nothing is written.

use std::path::Path;

use jiff::civil::Date;

use super::choice::the_one;
use crate::cli::{BlessArgs, Output, WaiveArgs};
use crate::commands::context::{Context, style};
use crate::commands::error::CommandError;
use crate::commands::record::key;
use crate::commands::session;
use crate::config::GateOverrides;
use crate::judge;
use crate::model::{Baseline, BaselineFile, BaselineKey, EndpointName, ExitStatus, Waiver};
use crate::report::{ChangeReport, Document};
use crate::store::{BaselineStore, RunRef, RunRefError};
use crate::ui::Printer;

pub(super) fn bless(
    args: &BlessArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let endpoint = endpoint(&args.endpoint)?;
    let reason = text("--reason", &args.reason)?;
    let subject: RunRef =
        args.run.parse().map_err(|error: RunRefError| CommandError::Usage(error.to_string()))?;
    let run = context.store_read_only()?.run(subject)?;
    let key = key(&run);
    let file = BaselineStore::read(&context.baseline)?;
    let Some(old) = file.baselines.get(&key) else {
        return Err(CommandError::NoSuchBaseline {
            file: context.baseline_name(),
            known: file.baselines.keys().cloned().collect(),
        });
    };
    let acceptance = session::acceptance(&context.directory, Some(reason));
    let new = judge::bless(old, &run, &endpoint, acceptance)?;
    write(&file, &key, new, context, args.output, printer)
}

pub(super) fn waive(
    args: &WaiveArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let endpoint = endpoint(&args.endpoint)?;
    let file = BaselineStore::read(&context.baseline)?;
    let key = the_one(&file, &args.choice, context)?;
    let Some(old) = file.baselines.get(&key) else { return Ok(ExitStatus::Pass) };
    let new = match waiver(args)? {
        None => without(old, &endpoint)?,
        Some(waiver) => {
            let metric = context.config.policy(&GateOverrides::default()).metric(&endpoint);
            judge::waive(old, &endpoint, waiver, metric, session::today())?
        }
    };
    write(&file, &key, new, context, args.output, printer)
}

/// The waiver that was asked for; none when one is to be taken back.
fn waiver(args: &WaiveArgs) -> Result<Option<Waiver>, CommandError> {
    let (Some(ceiling), Some(until), Some(reason)) = (args.ceiling, &args.until, &args.reason)
    else {
        return Ok(None);
    };
    let until: Date = until.parse().map_err(|_| {
        CommandError::Usage(format!("`{until}` is not a date: write it as `2026-12-31`"))
    })?;
    Ok(Some(Waiver { ceiling, until, reason: text("--reason", reason)?.to_owned() }))
}

fn without(old: &Baseline, endpoint: &EndpointName) -> Result<Baseline, CommandError> {
    let mut new = old.clone();
    match new.waivers.remove(endpoint) {
        Some(_) => Ok(new),
        None => Err(CommandError::Usage(format!("there is no waiver for {endpoint} to remove"))),
    }
}

fn endpoint(text: &str) -> Result<EndpointName, CommandError> {
    text.parse().map_err(|error| CommandError::Usage(format!("`{text}` is no endpoint: {error}")))
}

/// A reason that says nothing is none.
fn text<'a>(flag: &str, text: &'a str) -> Result<&'a str, CommandError> {
    match text.trim() {
        "" => Err(CommandError::Usage(format!("{flag} needs a text"))),
        text => Ok(text),
    }
}

fn write(
    old: &BaselineFile,
    key: &BaselineKey,
    baseline: Baseline,
    context: &Context,
    output: Output,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let mut new = old.clone();
    new.baselines.insert(key.clone(), baseline);
    BaselineStore::write(&context.baseline, &new)?;
    let path = context.baseline_name();
    let report = ChangeReport { path: Path::new(&path), since: None, old, new: &new };
    let style = style(output, printer);
    printer.document(&Document::Change(report).render(output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}
