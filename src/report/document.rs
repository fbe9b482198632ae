//! What a verb hands over to be shown, and how it may be shown.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{json, markdown, pages, terminal};
use crate::model::{
    Baseline, BaselineFile, BaselineKey, Comparison, EndpointName, EnvironmentName, ExitStatus,
    Noise, PairedComparison, Plan, Policy, Requirement, Run, RunId, RunState, RunSummary,
    ScenarioName, Share,
};

/// A report of one verb.
#[derive(Debug, Clone, Copy)]
pub enum Document<'a> {
    /// `run`: the run's figures.
    Run(RunReport<'a>),
    /// `show`: a stored run, where it comes from and its figures; with
    /// [`Verbosity::Verbose`] each round as well. JSON is that of `run`.
    Show(RunReport<'a>),
    /// `record`: the old baseline beside the new one.
    Record(RecordReport<'a>),
    /// `compare`: the verdict.
    Compare(CompareReport<'a>),
    /// `baseline show`: what the committed file holds.
    Baseline(BaselineReport<'a>),
    /// `baseline diff`, `bless` and `waive`: what has changed in the file.
    Change(ChangeReport<'a>),
    /// `aa`: how noisy it is here.
    Aa(AaReport<'a>),
    /// `ab`: two services side by side.
    Ab(AbReport<'a>),
    /// `history`: the stored runs, in the order given.
    History(&'a [HistoryLine]),
    /// `check`: the resolved plan.
    Check(CheckReport<'a>),
}

impl Document<'_> {
    /// The report in `format`; ends with a line break. JSON and Markdown do not depend on the
    /// width and the colour.
    #[must_use]
    pub fn render(&self, format: Format, style: &Style) -> String {
        match format {
            Format::Table => terminal::draw(&pages::page(self, style.verbosity), *style),
            Format::Markdown => markdown::draw(&pages::page(self, style.verbosity)),
            Format::Json => json::write(self),
        }
    }
}

/// A measured run.
#[derive(Debug, Clone, Copy)]
pub struct RunReport<'a> {
    /// Its number in the history; absent when it was not stored.
    pub number: Option<i64>,
    /// The run.
    pub run: &'a Run,
    /// Its figures.
    pub summary: &'a RunSummary,
    /// What must hold besides the percentiles.
    pub requirements: &'a [Requirement],
}

/// A baseline that was written.
#[derive(Debug, Clone, Copy)]
pub struct RecordReport<'a> {
    /// The number of the run that became the baseline.
    pub number: Option<i64>,
    /// The file that was written.
    pub path: &'a Path,
    /// What it is the baseline for.
    pub key: &'a BaselineKey,
    /// What the file held for that key before.
    pub old: Option<&'a Baseline>,
    /// What it holds now.
    pub new: &'a Baseline,
    /// What must hold of the run besides the percentiles.
    pub requirements: &'a [Requirement],
    /// The endpoints that a limiter answered in place of the service, with its share of requests.
    pub limited: &'a [(EndpointName, Share)],
}

/// What the baseline file holds.
#[derive(Debug, Clone, Copy)]
pub struct BaselineReport<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its baselines, those that are asked for.
    pub file: &'a BaselineFile,
    /// The date in UTC: tells which waivers are over.
    pub today: Date,
}

/// The baseline file at two times.
#[derive(Debug, Clone, Copy)]
pub struct ChangeReport<'a> {
    /// The file.
    pub path: &'a Path,
    /// The commit, branch or tag that has the old one; absent when the file was just written.
    pub since: Option<&'a str>,
    /// The old baselines.
    pub old: &'a BaselineFile,
    /// The new ones.
    pub new: &'a BaselineFile,
}

/// A judged run.
#[derive(Debug, Clone, Copy)]
pub struct CompareReport<'a> {
    /// The run's number in the history; absent when it was not stored.
    pub number: Option<i64>,
    /// The run.
    pub run: &'a Run,
    /// What it was judged against.
    pub against: Against<'a>,
    /// What was found.
    pub comparison: &'a Comparison,
    /// How the process ends; the last line says so.
    pub exit: ExitStatus,
}

/// What a run was judged against.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// The committed baseline file.
    File(&'a Path),
    /// Another stored run.
    Run {
        /// Its number in the history.
        number: Option<i64>,
        /// Its identity.
        id: RunId,
    },
}

/// The same thing measured several times.
#[derive(Debug, Clone, Copy)]
pub struct AaReport<'a> {
    /// The runs' numbers in the history, in order.
    pub numbers: &'a [i64],
    /// The runs.
    pub runs: &'a [Run],
    /// What they say of the gate.
    pub noise: &'a Noise,
    /// The gate as it is.
    pub policy: &'a Policy,
    /// The file that the proposal was written to; absent if it was not.
    pub written: Option<&'a Path>,
    /// How the process ends.
    pub exit: ExitStatus,
}

/// Two services measured in alternation.
#[derive(Debug, Clone, Copy)]
pub struct AbReport<'a> {
    /// The numbers of both runs in the history: base, head.
    pub numbers: [i64; 2],
    /// The run that is compared with.
    pub base: &'a Run,
    /// The run that is judged.
    pub head: &'a Run,
    /// What was found.
    pub comparison: &'a PairedComparison,
    /// How the process ends.
    pub exit: ExitStatus,
}

/// One run of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryLine {
    /// The number that `show` and `compare` take.
    pub number: i64,
    /// Its identity.
    pub run: RunId,
    /// When its first round began.
    pub started: Timestamp,
    /// The scenario.
    pub scenario: ScenarioName,
    /// The environment.
    pub environment: EnvironmentName,
    /// How many endpoints it measured.
    pub endpoints: usize,
    /// The endpoint with the largest p95, and that p95; absent when no sample carried one.
    pub worst: Option<(EndpointName, Duration)>,
    /// How it ended.
    pub state: RunState,
    /// The exit status of its last comparison; absent when it was never judged.
    pub verdict: Option<ExitStatus>,
    /// Whether figures of the baseline file are its own.
    pub is_baseline: bool,
    /// The commit id it was measured at; absent outside a checkout.
    pub commit: Option<String>,
    /// Whether tracked files differed from that commit.
    pub dirty: bool,
}

/// A plan that was resolved and not run.
#[derive(Debug, Clone, Copy)]
pub struct CheckReport<'a> {
    /// The configuration file; absent when everything came from flags.
    pub path: Option<&'a Path>,
    /// The plan. Only written forms are shown, never what a reference stands for.
    pub plan: &'a Plan,
    /// The gate.
    pub policy: &'a Policy,
    /// How long its rounds may take together, each measured again as often as it may be; said of a
    /// load alone.
    pub at_most: Duration,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A table for the terminal.
    #[default]
    Table,
    /// JSON with a published schema.
    Json,
    /// GitHub's Markdown.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Table, Self::Json, Self::Markdown];

    /// The format's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format: use `table`, `json` or `markdown`")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// How a table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns that no line exceeds, as long as there is room for the figures (about 80).
    pub width: u16,
    /// Whether tones become colours. They never carry a meaning alone.
    pub colour: Colour,
    /// How much is told.
    pub verbosity: Verbosity,
}

impl Style {
    /// The width of a table unless the terminal is narrower.
    pub const WIDTH: u16 = 100;
}

impl Default for Style {
    fn default() -> Self {
        Self { width: Self::WIDTH, colour: Colour::Off, verbosity: Verbosity::Normal }
    }
}

/// Whether a table has colours, as ANSI escape sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// None.
    #[default]
    Off,
    /// The terminal's own eight.
    On,
}

/// How much a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbosity {
    /// What one needs to know.
    #[default]
    Normal,
    /// For `compare` the chain of reasons of every row, for `show` phases and every round.
    Verbose,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_back_from_its_name() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        assert_eq!(
            "xml".parse::<Format>().unwrap_err().to_string(),
            "`xml` is not a format: use `table`, `json` or `markdown`"
        );
    }
}
