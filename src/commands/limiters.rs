//! A scenario that looks at rate limiters and measures no latency.

use super::context::Context;
use super::error::CommandError;
use super::measurement::{Measured, begun};
use super::{session, stopping};
use crate::judge;
use crate::load::{EngineError, LimiterWatch};
use crate::model::{Kind, Plan, Requirement, RunState};
use crate::ui::{Printer, Progress};

/// Watches the limiters of `plan` and stores what is required of them. A run that was stopped has nothing
/// of it.
pub(super) fn watch(
    plan: &Plan,
    context: &Context,
    printer: &mut Printer,
) -> Result<Measured, CommandError> {
    let git = session::ask_git(&context.directory);
    let mut store = context.store()?;
    let mut progress = printer.progress();
    let limiters = LimiterWatch::start(plan, stopping::on_signals()?, &mut progress)?;
    let mut run = begun(plan, git);
    // No request of it is measured, and what was not measured has no row.
    run.endpoints = Vec::new();
    let number = store.begin_run(&run)?;
    let (state, requirements, stopped) = match requirements(plan, &limiters, &mut progress) {
        Ok(requirements) => (RunState::Complete, requirements, None),
        Err(error @ EngineError::Interrupted(_)) => {
            (RunState::Interrupted, Vec::new(), Some(error))
        }
        Err(error) => (RunState::Broken, Vec::new(), Some(error)),
    };
    progress.finish();
    store.save_requirements(number, &requirements)?;
    store.finish_run(number, state)?;
    if let Some(error) = stopped {
        printer.note(format!("run {number} is {state}; no limiter is judged"));
        return Err(error.into());
    }
    (run.state, run.requirements) = (state, requirements);
    Ok(Measured { run, number, store })
}

fn requirements(
    plan: &Plan,
    limiters: &LimiterWatch<'_>,
    progress: &mut Progress,
) -> Result<Vec<Requirement>, EngineError> {
    let Kind::Limiter { windows, connections } = plan.kind else { return Ok(Vec::new()) };
    let watched = limiters.watch(windows, connections, progress)?;
    let judged = watched.iter().flat_map(|(endpoint, limiter, seen)| {
        judge::limiter(&endpoint.name, limiter, windows.get(), seen)
    });
    Ok(judged.collect())
}
