//! `perfbase compare`.

use std::path::Path;

use super::context::{Context, style};
use super::error::CommandError;
use super::measurement::{Measured, Measurement};
use super::record::key;
use super::{github, run, session, stopping};
use crate::cli::{CompareArgs, GateArgs};
use crate::config::GateOverrides;
use crate::host;
use crate::judge::{self, Mode};
use crate::model::{
    Banner, BaselineFile, BaselineKey, Block, Comparison, EndpointName, ExitStatus, FailOn, Kind,
    Plan, Policy, Run, RunId, Strictness, Verdict,
};
use crate::report::{Against, CompareReport, Document};
use crate::store::{BaselineStore, RunRef};
use crate::ui::Printer;

pub(super) fn compare(
    args: &CompareArgs,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let policy = context.config.policy(&overrides(&args.gate));
    match &stored_runs(&args.subjects)?[..] {
        [] => live(args, context, &policy, printer),
        [run] => against_file(args, context, &policy, *run, printer),
        [old, new] => against_run(args, context, &policy, (*old, *new), printer),
        _ => Err(CommandError::Usage("compare takes at most two stored runs".to_owned())),
    }
}

fn overrides(gate: &GateArgs) -> GateOverrides {
    GateOverrides {
        factor: gate.factor,
        min_delta: gate.min_delta,
        errors: gate.errors,
        strictness: if gate.strict { Strictness::Bare } else { Strictness::Full },
        fail_on: if gate.fail_on.is_some() { FailOn::Warn } else { FailOn::Red },
        allow_missing: gate.allow_missing,
    }
}

/// The subjects as stored runs; none when they are URLs.
fn stored_runs(subjects: &[String]) -> Result<Vec<RunRef>, CommandError> {
    let is_url = |subject: &String| subject.contains("://");
    if subjects.iter().all(is_url) {
        return Ok(Vec::new());
    }
    subjects
        .iter()
        .map(|subject| {
            subject.parse::<RunRef>().map_err(|error| {
                CommandError::Usage(format!("{error}; a URL starts with `http://` or `https://`"))
            })
        })
        .collect()
}

/// Measures, and measures suspects again.
fn live(
    args: &CompareArgs,
    context: &Context,
    policy: &Policy,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let plan = context.plan(&args.subjects, &args.measure)?;
    match plan.kind {
        Kind::Load => {}
        Kind::Limiter { .. } => run::latencies_only(&plan, "compare")?,
        Kind::Correctness { .. } => {
            let Measured { run, number, .. } = run::measure(&plan, context, printer)?;
            return run::by_requirements(&run, number, args.output, printer);
        }
    }
    let file = BaselineStore::read_or_empty(&context.baseline)?;
    comparable(&plan, &file, context)?;

    run::warn(&plan, printer);
    let mut measurement = Measurement::begin(&plan, context, printer, stopping::on_signals()?)?;
    let mut comparison = match judged(&mut measurement, &file, policy, context) {
        Ok(comparison) => comparison,
        Err(error) => return Err(run::stopped(measurement, error, printer)),
    };
    let Measured { run, number, mut store } = measurement.end(printer)?;
    comparison.banners.extend(behind(&run, &file, context));
    let exit = comparison.verdict.exit_status();
    store.save_comparison(&comparison, exit, session::now())?;
    let path = context.baseline_name();
    let report = CompareReport {
        number: Some(number.get().into()),
        run: &run,
        against: Against::File(Path::new(&path)),
        comparison: &comparison,
        exit,
    };
    write(args, &report, printer)
}

/// The first pass, then as many passes over the suspects as the judge asks for.
fn judged(
    measurement: &mut Measurement<'_>,
    file: &BaselineFile,
    policy: &Policy,
    context: &Context,
) -> Result<Comparison, CommandError> {
    measurement.first_pass()?;
    let mut comparison = judge_live(measurement.run(), file, policy, context)?;
    for block in [Block::Confirmation, Block::Decider] {
        if comparison.verdict != Verdict::Open {
            break;
        }
        let again: Vec<EndpointName> =
            comparison.suspects().cloned().chain(judge::control(&comparison)).collect();
        measurement.again(block, &again)?;
        comparison = judge_live(measurement.run(), file, policy, context)?;
    }
    measurement.find_out()?;
    judge_live(measurement.run(), file, policy, context)
}

fn judge_live(
    run: &Run,
    file: &BaselineFile,
    policy: &Policy,
    context: &Context,
) -> Result<Comparison, CommandError> {
    let key = key(run);
    let (found, baseline) = file.nearest(&key).ok_or_else(|| no_baseline(&key, context))?;
    Ok(judge::compare(run, found, baseline, policy, Mode::Live, session::now()))
}

/// Whether a run of `plan` could be judged at all: said before the time is spent.
fn comparable(plan: &Plan, file: &BaselineFile, context: &Context) -> Result<(), CommandError> {
    let key = BaselineKey {
        scenario: plan.scenario.clone(),
        environment: plan.environment.clone(),
        machine: host::machine_class(),
    };
    let (_, baseline) = file.nearest(&key).ok_or_else(|| no_baseline(&key, context))?;
    let differences = baseline.workload.differences(&plan.workload);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(CommandError::NotComparable { differences, with: baseline_in(context) })
    }
}

/// Whether the run has many commits that the last session of its baseline had not.
fn behind(run: &Run, file: &BaselineFile, context: &Context) -> Option<Banner> {
    let (_, baseline) = file.nearest(&key(run))?;
    let then = baseline.sessions.last()?.git.as_ref()?;
    let now = run.session.git.as_ref()?;
    judge::commits_behind(host::commits_between(&context.directory, &then.commit, &now.commit)?)
}

fn baseline_in(context: &Context) -> String {
    format!("the baseline in {}", context.baseline_name())
}

fn no_baseline(key: &BaselineKey, context: &Context) -> CommandError {
    let (key, file) = (Box::new(key.clone()), context.baseline_name());
    if context.baseline.exists() {
        CommandError::NoBaseline { key, file }
    } else {
        CommandError::NoBaselineFile { key, file }
    }
}

/// Judges a stored run against the committed file.
fn against_file(
    args: &CompareArgs,
    context: &Context,
    policy: &Policy,
    subject: RunRef,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let mut store = context.store()?;
    let (number, run) = (store.number(subject)?, store.run(subject)?);
    if run.kind().is_some() {
        return run::by_requirements(&run, number, args.output, printer);
    }
    let file = BaselineStore::read_or_empty(&context.baseline)?;
    let key = key(&run);
    let (found, baseline) = file.nearest(&key).ok_or_else(|| no_baseline(&key, context))?;
    let mut comparison =
        judge::compare(&run, found, baseline, policy, Mode::Stored, session::now());
    comparable_runs(&comparison, baseline_in(context))?;
    comparison.banners.extend(behind(&run, &file, context));
    let exit = comparison.verdict.exit_status();
    store.save_comparison(&comparison, exit, session::now())?;
    let path = context.baseline_name();
    let report = CompareReport {
        number: Some(number.get().into()),
        run: &run,
        against: Against::File(Path::new(&path)),
        comparison: &comparison,
        exit,
    };
    write(args, &report, printer)
}

/// Judges the second of two stored runs as if the first were the baseline.
fn against_run(
    args: &CompareArgs,
    context: &Context,
    policy: &Policy,
    (old, new): (RunRef, RunRef),
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let store = context.store_read_only()?;
    let (old_number, old) = (store.number(old)?, store.run(old)?);
    let (new_number, new) = (store.number(new)?, store.run(new)?);
    for (number, run) in [(old_number, &old), (new_number, &new)] {
        if let Some(kind) = run.kind() {
            return Err(CommandError::Usage(format!(
                "run {number} is of the kind {kind}, which is compared with nothing: \
                 `perfbase compare {number}` says what it came to"
            )));
        }
    }
    let acceptance = session::acceptance(&context.directory, None);
    // Between two runs there is no gatekeeper: what the old one lacks shows as too few.
    let baseline = judge::accept_anyway(&old, acceptance);
    let comparison =
        judge::compare(&new, &key(&old), &baseline, policy, Mode::Stored, session::now());
    comparable_runs(&comparison, format!("run {old_number}"))?;
    let id: RunId = old.id();
    let report = CompareReport {
        number: Some(new_number.get().into()),
        run: &new,
        against: Against::Run { number: Some(old_number.get().into()), id },
        comparison: &comparison,
        exit: comparison.verdict.exit_status(),
    };
    write(args, &report, printer)
}

fn comparable_runs(comparison: &Comparison, with: String) -> Result<(), CommandError> {
    match &comparison.verdict {
        Verdict::NotComparable(differences) => {
            Err(CommandError::NotComparable { differences: differences.clone(), with })
        }
        Verdict::Open | Verdict::Pass | Verdict::Failed | Verdict::Inconclusive => Ok(()),
    }
}

/// Reports come before the exit status is handed on, so that a red run leaves them.
fn write(
    args: &CompareArgs,
    report: &CompareReport<'_>,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let style = style(args.output, printer);
    printer.document(&Document::Compare(*report).render(args.output.format.into(), &style))?;
    github::tell(report, printer);
    Ok(report.exit)
}
