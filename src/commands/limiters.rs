//! A scenario that looks at rate limiters and measures no latency.

use super::context::Context;
use super::error::CommandError;
use super::measurement::{Measured, begun, tell};
use super::{session, stopping};
use crate::judge;
use crate::load::{EngineError, LimiterWatch};
use crate::model::{Kind, Plan, Requirement, RunState};
use crate::ui::{Printer, Progress};

/// Watches the limiters of `plan` and stores what is required of them, and what must hold then. A run
/// that was stopped has nothing of it. What was made is deleted, whatever came of it.
pub(super) fn watch(
    plan: &Plan,
    context: &Context,
    printer: &mut Printer,
) -> Result<Measured, CommandError> {
    let git = session::ask_git(&context.directory);
    let mut store = context.store()?;
    let mut progress = printer.progress();
    let mut limiters = LimiterWatch::start(plan, stopping::on_signals()?, &mut progress)?;
    let mut run = begun(plan, git);
    // No request of it is measured, and what was not measured has no row and no figure.
    (run.endpoints, run.counters) = (Vec::new(), Vec::new());
    let number = match store.begin_run(&run) {
        Ok(number) => number,
        Err(error) => {
            tell(&limiters.clean_up(&mut progress), printer);
            return Err(error.into());
        }
    };
    let (state, requirements, stopped) = match requirements(plan, &mut limiters, &mut progress) {
        Ok(requirements) => (RunState::Complete, requirements, None),
        Err(error) if error.signal().is_some() => (RunState::Interrupted, Vec::new(), Some(error)),
        Err(error) => (RunState::Broken, Vec::new(), Some(error)),
    };
    run.cleanups = limiters.clean_up(&mut progress);
    progress.finish();
    tell(&run.cleanups, printer);
    store.save_requirements(number, &requirements)?;
    store.save_cleanups(number, &run.cleanups)?;
    store.finish_run(number, state)?;
    let insisted = limiters.insisted().map(EngineError::Interrupted);
    if let Some(error) = stopped {
        printer.note(format!("run {number} is {state}; no limiter is judged"));
        return Err(error.into());
    }
    if let Some(error) = insisted {
        return Err(error.into());
    }
    (run.state, run.requirements) = (state, requirements);
    Ok(Measured { run, number, store })
}

fn requirements(
    plan: &Plan,
    limiters: &mut LimiterWatch<'_>,
    progress: &mut Progress,
) -> Result<Vec<Requirement>, EngineError> {
    let Kind::Limiter { windows, connections } = plan.kind else { return Ok(Vec::new()) };
    let watched = limiters.watch(windows, connections, progress)?;
    let judged = watched.iter().flat_map(|(endpoint, limiter, seen)| {
        judge::limiter(&endpoint.name, limiter, windows.get(), seen)
    });
    let mut judged: Vec<Requirement> = judged.collect();
    let invariants = &plan.steward.invariants;
    if !invariants.is_empty() {
        let asked = limiters.look_after()?;
        judged.extend(judge::invariants(invariants, &asked, limiters.ended()));
    }
    Ok(judged)
}
