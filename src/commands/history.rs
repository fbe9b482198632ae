//! `perfbase history`.

use std::collections::BTreeSet;

use super::context::{Context, style};
use super::error::CommandError;
use crate::cli::HistoryArgs;
use crate::judge;
use crate::model::{ExitStatus, NameError, RunId};
use crate::report::{Document, HistoryLine};
use crate::store::{BaselineStore, HistoryEntry, HistoryFilter};
use crate::ui::Printer;

pub(super) fn history(
    args: &HistoryArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let name = |error: NameError| CommandError::Usage(error.to_string());
    let filter = HistoryFilter {
        scenario: args.scenario.as_deref().map(str::parse).transpose().map_err(name)?,
        environment: args.env.as_deref().map(str::parse).transpose().map_err(name)?,
    };
    let entries = context.store_read_only()?.history(args.limit, &filter)?;
    let baseline = match BaselineStore::read_or_empty(&context.baseline) {
        Ok(file) => file.runs(),
        // What was measured is in the database, whatever became of the file.
        Err(error) => {
            printer.warning(format!("no run is marked as the baseline's: {error}"));
            BTreeSet::new()
        }
    };
    let lines: Vec<HistoryLine> = entries.into_iter().map(|entry| line(entry, &baseline)).collect();
    let style = style(args.output, printer);
    printer.document(&Document::History(&lines).render(args.output.format.into(), &style))?;
    Ok(ExitStatus::Pass)
}

fn line(entry: HistoryEntry, baseline: &BTreeSet<RunId>) -> HistoryLine {
    let requests = entry.endpoints.iter().filter(|endpoint| endpoint.kind.counts_as_request());
    let endpoints = requests.map(|endpoint| (&endpoint.name, &endpoint.rounds[..]));
    let worst = judge::worst_p95(endpoints);
    let git = entry.session.git;
    HistoryLine {
        number: entry.number.get().into(),
        run: entry.session.run,
        started: entry.session.started,
        scenario: entry.scenario,
        environment: entry.environment,
        endpoints: entry.endpoints.len(),
        worst,
        state: entry.state,
        verdict: entry.judged,
        is_baseline: baseline.contains(&entry.session.run),
        dirty: git.as_ref().is_some_and(|git| git.dirty),
        commit: git.map(|git| git.commit),
    }
}
