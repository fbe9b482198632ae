//! Why a verb did not get to its result.

use std::io;

use crate::config::{ConfigError, WriteGateError, WriteNewError};
use crate::demo::DemoError;
use crate::host::GitError;
use crate::init::InitError;
use crate::judge::AmendError;
use crate::load::EngineError;
use crate::model::{BaselineKey, Difference, ExitStatus, Refusal, ScenarioName};
use crate::report::Style;
use crate::store::{BaselineError, StoreError};
use crate::ui::Printer;

/// Why a verb did not get to its result.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error("the current folder cannot be used")]
    Directory(#[source] io::Error),
    #[error("nothing to measure: there is no `perfbase.toml` here and no URL was given")]
    NothingToMeasure,
    #[error("the configuration has errors")]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(
        "there is no baseline for scenario `{}` in environment `{}` in {file}",
        key.scenario, key.environment
    )]
    NoBaseline { key: Box<BaselineKey>, file: String },
    #[error(
        "there is no {file}, and so no baseline for scenario `{}` in environment `{}`",
        key.scenario, key.environment
    )]
    NoBaselineFile { key: Box<BaselineKey>, file: String },
    #[error("{file} has no such baseline; {}", listed(known))]
    NoSuchBaseline { file: String, known: Vec<BaselineKey> },
    #[error("{file} has several baselines that may be meant; {}", listed(candidates))]
    AmbiguousBaseline { file: String, candidates: Vec<BaselineKey> },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    WriteGate(#[from] WriteGateError),
    #[error(transparent)]
    WriteNew(#[from] WriteNewError),
    #[error(transparent)]
    Init(#[from] InitError),
    #[error("{name} cannot be read")]
    Unreadable { name: String, source: io::Error },
    #[error("the {side} does not answer as it did: {what}")]
    SideLost { side: &'static str, what: String },
    #[error("the command of the {side} {}", service_told(what, last_words))]
    Service { side: &'static str, what: String, last_words: String },
    #[error("the scenario `{0}` looks at rate limiters and measures no latency")]
    NothingToCompare(ScenarioName),
    #[error("this run is not comparable with {with}")]
    NotComparable { differences: Vec<Difference>, with: String },
    #[error("{}", not_a_baseline(.0))]
    Refused(Vec<Refusal>),
    #[error("{}", nothing_to_accept(.0))]
    NothingToAccept(Vec<Refusal>),
    #[error("{0}")]
    Amend(AmendError),
    #[error("{0}")]
    Usage(String),
    #[error("the result cannot be written")]
    Output(#[from] io::Error),
}

fn service_told(what: &str, last_words: &str) -> String {
    if last_words.is_empty() {
        format!("{what}; it printed nothing")
    } else {
        let lines: Vec<String> = last_words.lines().map(|line| format!("\n  | {line}")).collect();
        format!("{what}; it printed last:{}", lines.concat())
    }
}

fn listed(keys: &[BaselineKey]) -> String {
    if keys.is_empty() {
        return "it is empty".to_owned();
    }
    let lines = keys.iter().map(|key| {
        let BaselineKey { scenario, environment, machine } = key;
        format!("\n  - scenario `{scenario}`, environment `{environment}`, machine `{machine}`")
    });
    format!("it has:{}", lines.collect::<String>())
}

fn not_a_baseline(refusals: &[Refusal]) -> String {
    format!("this run does not deserve to be a baseline:{}", with_ways_out(refusals))
}

fn nothing_to_accept(refusals: &[Refusal]) -> String {
    format!("no round counts, so that there are no figures to accept:{}", with_ways_out(refusals))
}

fn with_ways_out(refusals: &[Refusal]) -> String {
    let lines = refusals.iter().map(|it| format!("\n  - {it}\n    {}", it.way_out()));
    lines.collect()
}

impl From<AmendError> for CommandError {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::Refused { refusals, .. } => Self::Refused(refusals),
            AmendError::OtherWorkload { differences, .. } => {
                Self::NotComparable { differences, with: "the baseline".to_owned() }
            }
            other => Self::Amend(other),
        }
    }
}

impl CommandError {
    pub(super) fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Directory(_)
            | Self::NothingToMeasure
            | Self::Config(_)
            | Self::Baseline(_)
            | Self::NotComparable { .. }
            | Self::NothingToCompare(_)
            | Self::NoSuchBaseline { .. }
            | Self::AmbiguousBaseline { .. }
            | Self::Git(_)
            | Self::WriteGate(_)
            | Self::WriteNew(_)
            | Self::Init(_)
            | Self::Unreadable { .. }
            | Self::Amend(_)
            // What was asked for is not there; no measurement broke.
            | Self::Store(StoreError::Missing { .. } | StoreError::UnknownRun { .. })
            | Self::Usage(_) => ExitStatus::Usage,
            Self::Engine(error) => error.exit_status(),
            Self::Store(_)
            | Self::Demo(_)
            | Self::Output(_)
            | Self::SideLost { .. }
            | Self::Service { .. } => ExitStatus::Broken,
            Self::NoBaseline { .. }
            | Self::NoBaselineFile { .. }
            | Self::Refused(_)
            | Self::NothingToAccept(_) => ExitStatus::Inconclusive,
        }
    }

    /// Says what is wrong, where, and what to do about it.
    pub(super) fn tell(&self, printer: &mut Printer) {
        if let Self::Config(error) = self {
            let rendered = error.render(printer.draws_colour(), printer.width(Style::WIDTH).into());
            printer.laid_out(&rendered);
        } else {
            let hint = self.hint();
            printer.error(self.chain(), &hint.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    /// The message with its causes, and below it what differs.
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let said = error.to_string();
            if !text.ends_with(&said) {
                text = format!("{text}: {said}");
            }
            cause = error.source();
        }
        if let Self::NotComparable { differences, .. } = self {
            for difference in differences {
                let Difference { part, was, is } = difference;
                let show =
                    |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
                let settings = difference.other_settings();
                let named = if settings.is_empty() {
                    String::new()
                } else {
                    format!(" (`{}`)", settings.join("`, `"))
                };
                text = format!("{text}\n  {part}{named}: {} then, {} now", show(was), show(is));
            }
        }
        text
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NothingToMeasure => {
                Some("try `perfbase run http://localhost:8000/health`, or make a `perfbase.toml` with `perfbase init`".to_owned())
            }
            Self::Engine(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Baseline(error) => error.hint(),
            Self::NoBaseline { .. } | Self::NoBaselineFile { .. } => Some(
                "record one with `perfbase record` and the same arguments, and commit the file".to_owned(),
            ),
            Self::AmbiguousBaseline { .. } => {
                Some("say which with --scenario, --env and --machine".to_owned())
            }
            Self::NoSuchBaseline { .. } => {
                Some("record it with `perfbase record`, or say which with --scenario and --env".to_owned())
            }
            Self::Git(error) => error.hint(),
            Self::WriteGate(error) => error.hint(),
            Self::WriteNew(error) => error.hint().map(str::to_owned),
            Self::Init(error) => error.hint().map(str::to_owned),
            Self::NotComparable { .. } => {
                Some("measure as the baseline was measured, or record a new one".to_owned())
            }
            Self::NothingToCompare(scenario) => Some(format!(
                "it needs no baseline: `perfbase run --scenario {scenario}` fails when a limiter does not do what is declared"
            )),
            Self::Refused(_) => Some(
                "if it must be, `--accept-anyway \"why\"` records it and keeps the reason in the file".to_owned(),
            ),
            Self::Directory(_)
            | Self::Config(_)
            | Self::Demo(_)
            | Self::Unreadable { .. }
            | Self::NothingToAccept(_)
            | Self::Amend(_)
            | Self::Usage(_)
            | Self::SideLost { .. }
            | Self::Service { .. }
            | Self::Output(_) => None,
        }
    }
}
