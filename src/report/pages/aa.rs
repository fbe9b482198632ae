//! How noisy it is here, and what that makes of the gate.

use super::rounds::saturation;
use crate::model::{EndpointNoise, FalseAlarms, Gating, Metric, Share, show_duration};
use crate::report::document::AaReport;
use crate::report::figure::{NONE, Scale, plural, ratio, ratio_any, share};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words::exit_tone;

/// What `aa` prints.
pub(super) fn page(report: &AaReport<'_>) -> Page {
    let mut page = Page::new(title(report));
    page.add(Block::Notes(report.runs.iter().filter_map(saturation).take(1).collect()));
    page.add(Block::Grid(grid(&report.noise.rows)));
    page.add(Block::Notes(ungated(&report.noise.rows)));
    page.add(Block::Lines(closing(report)));
    page
}

fn title(report: &AaReport<'_>) -> Text {
    let mut title = Text::new()
        .tone(Tone::Strong, "the same thing measured ")
        .tone(Tone::Strong, times(report.runs.len()));
    if let Some(run) = report.runs.first() {
        title = title
            .say(" · ")
            .name(&run.scenario)
            .say(" · ")
            .code(&run.environment)
            .say(" · ")
            .code(&run.url);
    }
    title
}

fn times(number: usize) -> String {
    plural(number as u64, "time")
}

fn grid(rows: &[EndpointNoise]) -> Grid {
    const METRIC: &str = "of";
    let scale = Scale::of(rows.iter().filter_map(|row| row.median));
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::words(METRIC),
        Column::figure(scale.head("median")),
        Column::figure("between runs"),
        Column::figure("rounds"),
        Column::figure("worst pair"),
        Column::figure("false alarms"),
        Column::words("can be gated"),
    ]);
    for row in rows {
        let (word, tone) = match row.gating {
            Gating::Possible { k_eff } => (format!("✓ from {}", ratio(k_eff)), Tone::Good),
            Gating::TooNoisy { k_eff } => (format!("✗ not under {}", ratio(k_eff)), Tone::Bad),
            Gating::TooFew { .. } => ("? too few".to_owned(), Tone::Warn),
        };
        grid.row(vec![
            Cell::code(&row.endpoint),
            Cell::plain(row.metric),
            Cell::plain(scale.show_any(row.median)),
            Cell::plain(spread(row.between_runs)),
            Cell::plain(spread(row.between_rounds)),
            Cell::plain(ratio_any(row.worst_ratio)),
            Cell::plain(format!("{} of {}", row.alarms.confirmed, row.alarms.pairs)),
            Cell::new(tone, word),
        ]);
    }
    let plain = rows.iter().all(|row| row.metric == Metric::default());
    if plain { grid.without(&[METRIC]) } else { grid }
}

/// A standard deviation of logarithms, which for small ones is a share.
fn spread(deviation: Option<f64>) -> String {
    deviation.map_or_else(|| NONE.to_owned(), |sd| format!("±{:.1}%", sd * 100.0))
}

fn ungated(rows: &[EndpointNoise]) -> Vec<Note> {
    let note = |row: &EndpointNoise, text: String| {
        Note::new(Text::new().tone(Tone::Warn, "!").say(" ").name(&row.endpoint).say(" ").say(text))
    };
    rows.iter()
        .filter_map(|row| match row.gating {
            Gating::Possible { .. } => None,
            Gating::TooNoisy { k_eff } => Some(
                note(
                    row,
                    format!("cannot be gated here: it takes {} for no pair to fire", ratio(k_eff)),
                )
                .with(
                    Text::of("next: more users or time (")
                        .quoted("--duration")
                        .say("), another ")
                        .quoted("metric")
                        .say(", or a quieter machine"),
                ),
            ),
            Gating::TooFew { runs } => Some(
                note(
                    row,
                    format!("has too few successes: {} can be judged", plural(runs as u64, "run")),
                )
                .with(Text::of("next: more time (").quoted("--duration").say(") or users")),
            ),
        })
        .collect()
}

fn closing(report: &AaReport<'_>) -> Vec<Text> {
    let gate = report.policy.gate;
    let FalseAlarms { pairs, suspects, confirmed } = report.noise.alarms;
    let rate = Share::of(confirmed as u64, pairs as u64);
    let mut lines = vec![Text::of(format!(
        "the present gate (factor {}, min_delta {}) would have been red in {confirmed} of {} of \
         unchanged code ({}), and measured again in {suspects}",
        gate.factor,
        show_duration(gate.min_delta),
        plural(pairs as u64, "pair"),
        share(rate),
    ))];
    match (&report.noise.proposal, report.written) {
        (None, _) => lines.push(Text::new().tone(Tone::Warn, "no gate can be proposed")),
        (Some(proposal), written) => {
            lines.push(Text::of("the smallest gate at which no pair fires: ").code(format!(
                "factor = {:?}, min_delta = \"{}\"",
                proposal.factor,
                show_duration(proposal.min_delta)
            )));
            lines.push(match written {
                Some(path) => Text::of("written to ").code(path.display()),
                None => {
                    Text::of("next: ").quoted("perfbase aa --write").say(" puts it into [gate]")
                }
            });
        }
    }
    let numbers: Vec<String> = report.numbers.iter().map(ToString::to_string).collect();
    lines.push(Text::dim(format!("runs {} are in the history · ", numbers.join(", "))).tone(
        exit_tone(report.exit),
        format!("exit {} ({})", report.exit.code(), report.exit.word()),
    ));
    lines
}
