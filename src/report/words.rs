//! What findings are called, in every format that people read.

use super::figure::{NONE, count, duration, minute, plural, ratio, share};
use super::text::{Text, Tone};
use crate::model::{
    Banner, Coverage, Decision, EndpointKind, ExitStatus, Failure, Met, Outcomes, Run, RunState,
    Share, Unsound, Warning, show_duration,
};

/// A decision's mark, word and tone.
pub(super) fn decision(decision: Decision) -> (&'static str, &'static str, Tone) {
    match decision {
        Decision::Pass => ("✓", "pass", Tone::Good),
        Decision::NotConfirmed => ("✓", "not confirmed", Tone::Good),
        Decision::New => ("+", "new", Tone::Info),
        Decision::Waived => ("!", "waived", Tone::Warn),
        Decision::TooFew { .. } => ("?", "too few", Tone::Warn),
        Decision::Rare { .. } => ("·", "rare", Tone::Info),
        Decision::Machine => ("?", "machine", Tone::Warn),
        Decision::Suspect => ("?", "suspect", Tone::Warn),
        Decision::Missing => ("✗", "missing", Tone::Bad),
        Decision::Errors { .. } => ("✗", "errors", Tone::Bad),
        Decision::Regressed { .. } => ("✗", "regressed", Tone::Bad),
        Decision::OverBudget { .. } => ("✗", "over budget", Tone::Bad),
        Decision::WaiverOver { .. } => ("✗", "waiver over", Tone::Bad),
    }
}

/// The mark and the tone of a requirement that holds, does not, or of which nobody knows.
pub(super) fn met(met: Met) -> (&'static str, Tone) {
    match met {
        Met::Yes => ("✓", Tone::Good),
        Met::No => ("✗", Tone::Bad),
        Met::Unknown => ("?", Tone::Warn),
    }
}

/// A warning as the rest of a sentence that begins with the endpoint's name.
pub(super) fn warning(warning: &Warning) -> String {
    match *warning {
        Warning::Slower { ratio: slower, p } => {
            format!("slower within its limit: {}, adjusted p {}", ratio(slower), probability(p))
        }
        Warning::StaleBaseline { gate_now } => {
            format!(
                "faster, stale baseline: the gate is now {} (perfbase record narrows it)",
                ratio(gate_now)
            )
        }
        Warning::P99 { ratio: slower } => {
            format!("p99 rose to {} of the baseline's", ratio(slower))
        }
        Warning::UnstableTail { pooled_p95 } => format!(
            "unstable tail: p95 over all requests is {}, above the limit; the median of the rounds is not",
            duration(pooled_p95)
        ),
        Warning::TargetMissed { target } => {
            format!("missed its target: p95 is over {}", show_duration(target))
        }
        Warning::Allowed { before, after } => format!(
            "other answers than before: {} of the successes have an allowed status, {} had",
            share(after),
            share(before)
        ),
        Warning::Limited { share: limited } => limiter(limited),
        Warning::Repeated { share: again } => {
            repeated(&format!("{} of the requests", share(again)))
        }
        Warning::WeakGate { k_eff } => {
            format!("weak gate: only more than {} of the baseline would fail", ratio(k_eff))
        }
    }
}

/// That a limiter answered a share of an endpoint's requests, after its name.
pub(super) fn limiter(limited: Share) -> String {
    format!(
        "a limiter answered {} of the requests in place of the service, and the figures are of what \
         it let through: lower --users or --rate, raise the limit, or name its status in `allow`",
        share(limited)
    )
}

/// That so many of an endpoint's requests came to something at the second attempt only, after its name.
pub(super) fn repeated(requests: &str) -> String {
    format!(
        "{requests} lost their connection and were sent again, which counts with the failures: who \
         sends them once has lost them"
    )
}

fn probability(p: f64) -> String {
    if p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") }
}

/// A banner as a line, and its tone.
pub(super) fn banner(banner: &Banner) -> (Tone, String) {
    match banner {
        Banner::OtherClass { baseline, run } => (
            Tone::Warn,
            format!("other machine: the baseline was measured on {baseline}; this run on {run}"),
        ),
        Banner::OtherSpeed { ratio: speed } => (
            Tone::Warn,
            format!("other machine speed: the CPU kernel takes {} its time of then", ratio(*speed)),
        ),
        Banner::FasterMachine { ratio: speed } => (
            Tone::Warn,
            format!(
                "faster machine: the CPU kernel takes {} its time of then, so the gate has lost sensitivity",
                ratio(*speed)
            ),
        ),
        Banner::UniformMachine { ratio: shift } => (
            Tone::Warn,
            format!(
                "uniform shift, and the machine moved alike: all endpoints are about {} of the baseline; no verdict on them",
                ratio(*shift)
            ),
        ),
        Banner::UniformService { ratio: shift } => (
            Tone::Bad,
            format!(
                "uniform shift in the service: all endpoints are about {} of the baseline, the machine is not",
                ratio(*shift)
            ),
        ),
        Banner::Saturated(grounds) => (Tone::Bad, saturated(grounds)),
        Banner::Unfinished => (Tone::Bad, "the run was not measured to its end".to_owned()),
        Banner::OldBaseline { days } => {
            (Tone::Warn, format!("the baseline is {days} days old (perfbase record renews it)"))
        }
        Banner::BehindBaseline { commits } => (
            Tone::Warn,
            format!(
                "the baseline is {} behind (perfbase record renews it)",
                plural(*commits, "commit")
            ),
        ),
        Banner::UnknownWaiver { endpoint } => (
            Tone::Warn,
            format!(
                "the baseline file has a waiver for {endpoint}, which neither side has \
                 (perfbase baseline waive '{endpoint}' --remove takes it back)"
            ),
        ),
        Banner::Stored => {
            (Tone::Info, "stored runs: what is above its limit cannot be measured again".to_owned())
        }
    }
}

/// That too few rounds count, and why.
pub(super) fn saturated(grounds: &[Unsound]) -> String {
    let mut line = format!("saturated: fewer than {} valid rounds", Run::LEAST_ROUNDS);
    for (index, ground) in grounds.iter().enumerate() {
        line.push_str(if index == 0 { " (" } else { "; " });
        line.push_str(&ground.to_string());
    }
    if !grounds.is_empty() {
        line.push(')');
    }
    line
}

/// The last line of a comparison: how much was judged, and how the process ends.
pub(super) fn closing(coverage: &Coverage, exit: ExitStatus) -> Text {
    let parts: Vec<String> =
        [(coverage.new, "new"), (coverage.missing, "missing"), (coverage.too_few, "too few")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
    let rest = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    Text::of(format!("judged {} of {}{rest} · ", coverage.judged, coverage.total))
        .tone(exit_tone(exit), format!("exit {} ({})", exit.code(), exit.word()))
}

/// The tone of an exit status.
pub(super) fn exit_tone(exit: ExitStatus) -> Tone {
    match exit {
        ExitStatus::Pass => Tone::Good,
        ExitStatus::Inconclusive => Tone::Warn,
        ExitStatus::GateFailed
        | ExitStatus::Usage
        | ExitStatus::Broken
        | ExitStatus::Interrupted
        | ExitStatus::Terminated
        | ExitStatus::HungUp => Tone::Bad,
    }
}

/// A run's state as a line, unless it is complete.
pub(super) fn state(state: RunState) -> Option<&'static str> {
    match state {
        RunState::Complete => None,
        RunState::Running => Some("not finished: still going on, or killed"),
        RunState::Interrupted => Some("interrupted: only the rounds that were finished are here"),
        RunState::Broken => Some("the measurement broke: only the rounds before that are here"),
    }
}

/// A class of failure in words.
pub(super) fn failure(failure: Failure) -> &'static str {
    match failure {
        Failure::Dns => "dns",
        Failure::Connect => "connect",
        Failure::Tls => "tls",
        Failure::Timeout => "timeout",
        Failure::Reset => "reset",
        Failure::Protocol => "protocol",
        Failure::Body => "body",
        Failure::Status408 => "status 408",
        Failure::Status4xx => "status 4xx",
        Failure::Status5xx => "status 5xx",
        Failure::StatusOther => "other status",
        Failure::Check => "check",
        Failure::Limited => "limited",
        Failure::Redirect => "redirect",
        Failure::Dropped => "dropped",
    }
}

/// Failures by class, the most frequent first: `10 timeout, 2 status 5xx`; empty without any.
pub(super) fn failures(outcomes: &Outcomes) -> String {
    let mut classes: Vec<_> = outcomes.failures.iter().filter(|(_, number)| **number > 0).collect();
    classes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    classes
        .iter()
        .map(|(class, number)| format!("{} {}", count(**number), failure(**class)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many of an endpoint's requests failed, and how: after its name.
pub(super) fn failed_of(kind: EndpointKind, outcomes: &Outcomes) -> String {
    let (failed, total) = (count(outcomes.failed()), count(outcomes.total()));
    if kind == EndpointKind::Timer {
        return format!("{failed} of {total} answers held no time");
    }
    format!("{failed} of {total} {} failed: {}", kind.plural(), failures(outcomes))
}

/// How many of an endpoint's requests of all rounds had a wrong answer: after its name.
pub(super) fn wrong_of_all(kind: EndpointKind, outcomes: &Outcomes) -> String {
    let (wrong, total) = (count(outcomes.wrong()), count(outcomes.total()));
    let what = kind.plural();
    format!(
        "{wrong} of {total} {what} of all rounds, also those that do not count, had a wrong answer"
    )
}

/// The share of failures; a dash when nothing was sent.
pub(super) fn failed(outcomes: &Outcomes) -> String {
    if outcomes.total() == 0 { NONE.to_owned() } else { share(outcomes.failed_share()) }
}

/// A run as commands take it, such as `43`; its identity if it has no number.
pub(super) fn run_argument(number: Option<i64>, run: &Run) -> String {
    number.map_or_else(|| run.id().to_string(), |number| number.to_string())
}

/// A run as a title names it: `run 43 · light · default · http://127.0.0.1:8000`.
pub(super) fn run_title(number: Option<i64>, run: &Run) -> Text {
    let title = number.map_or_else(|| "run".to_owned(), |number| format!("run {number}"));
    Text::new()
        .tone(Tone::Strong, title)
        .say(" · ")
        .name(&run.scenario)
        .say(" · ")
        .code(&run.environment)
        .say(" · ")
        .code(&run.url)
}

/// When and at which commit a run was measured, and over how many rounds.
pub(super) fn origin(run: &Run) -> Text {
    let mut line = minute(run.session.started);
    if let Some(git) = &run.session.git {
        line.push_str(" · ");
        line.push_str(&super::figure::commit(&git.commit, git.dirty));
        if let Some(branch) = &git.branch {
            line.push_str(" on ");
            line.push_str(branch);
        }
    }
    line.push_str(" · ");
    line.push_str(&plural(run.valid_rounds().count() as u64, "round"));
    let invalid = run.rounds.len() - run.valid_rounds().count();
    if invalid > 0 {
        line.push_str(" and ");
        line.push_str(&count(invalid as u64));
        line.push_str(" invalid");
    }
    if let Some(protocol) = run.protocol() {
        line.push_str(" · ");
        line.push_str(protocol);
    }
    Text::dim(line)
}
