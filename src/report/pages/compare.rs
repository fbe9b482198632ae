//! The verdict: a row an endpoint, what is wrong in full, coverage and exit code.

use super::counters;
use super::finding::{findings, size};
use super::rounds::saturation;
use super::{cleanup, requirement, stages};
use crate::model::{Banner, Carried, Difference, Met, Row, Verdict};
use crate::report::document::{Against, CompareReport, Verbosity};
use crate::report::figure::{NONE, Scale, ratio, ratio_any};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words;

/// What `compare` prints.
pub(super) fn page(report: &CompareReport<'_>, verbosity: Verbosity) -> Page {
    let comparison = report.comparison;
    let mut page = Page::new(words::run_title(report.number, report.run));
    page.under = vec![words::origin(report.run), against(report)];
    // What saturated takes more than a line.
    let saturation = saturation(report.run);
    let short = |banner: &&Banner| saturation.is_none() || !matches!(banner, Banner::Saturated(_));
    page.add(Block::Lines(comparison.banners.iter().filter(short).map(banner).collect()));
    page.add(Block::Notes(saturation.into_iter().collect()));
    if let Verdict::NotComparable(differences) = &comparison.verdict {
        page.add(Block::Notes(not_comparable(differences)));
    } else if comparison.rows.is_empty() {
        page.add(Block::Lines(vec![Text::of(
            "nothing was compared: neither side has an endpoint",
        )]));
    } else {
        page.add(Block::Grid(grid(&comparison.rows)));
    }
    if verbosity == Verbosity::Verbose {
        page.add(Block::Notes(comparison.rows.iter().map(reasons).collect()));
        page.add(Block::Lines(comparison.speed_ratio.map(machine).into_iter().collect()));
    }
    stages::add(&mut page, comparison.stages.as_ref());
    let (others, red) = findings(report);
    page.add(Block::Notes(others));
    page.add(Block::Notes(red));
    counters::compared(&mut page, &comparison.counters);
    requirement::add(&mut page, &comparison.requirements);
    cleanup::add(&mut page, &report.run.cleanups);
    page.add(Block::Lines(closing(report)));
    page
}

fn against(report: &CompareReport<'_>) -> Text {
    match report.against {
        Against::File(path) => Text::dim("against ").code(path.display()),
        Against::Run { number: Some(number), .. } => Text::dim(format!("against run {number}")),
        Against::Run { number: None, id } => Text::dim("against run ").code(id),
    }
}

fn machine(speed: f64) -> Text {
    Text::dim(format!("machine: the CPU kernel takes {} its time of then", ratio(speed)))
}

fn banner(banner: &Banner) -> Text {
    let (tone, line) = words::banner(banner);
    Text::new().tone(tone, "▌ ").tone(tone, line)
}

/// Heading of the column that says which percentile is judged, where rows differ in it.
const ON: &str = "on";

fn grid(rows: &[Row]) -> Grid {
    let figures = rows.iter().flat_map(|row| {
        let sides = [row.before.as_ref(), row.after.as_ref()];
        sides
            .into_iter()
            .flatten()
            .filter_map(|side| side.at(row.metric))
            .chain(row.limit.map(|limit| limit.value))
    });
    let scale = Scale::of(figures);
    // One heading for all, or each row says it.
    let metric = rows.first().map(|row| row.metric).unwrap_or_default();
    let mixed = rows.iter().any(|row| row.metric != metric);
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::words(ON),
        Column::figure(scale.head(if mixed { "then" } else { metric.as_str() })),
        Column::words("→ now"),
        Column::figure("ratio"),
        Column::figure(scale.head("Δ")),
        Column::figure(scale.head("limit")),
        Column::figure("k_eff"),
        Column::extra("n"),
        Column::words("verdict"),
    ]);
    let afters: Vec<String> = rows
        .iter()
        .map(|row| scale.show_any(row.after.as_ref().and_then(|side| side.at(row.metric))))
        .collect();
    let wide = afters.iter().map(|after| after.chars().count()).max().unwrap_or(0);
    for (row, after) in rows.iter().zip(afters) {
        grid.row(cells(row, scale, &format!("→ {after:>wide$}")));
    }
    if mixed { grid } else { grid.without(&[ON]) }
}

fn cells(row: &Row, scale: Scale, after: &str) -> Vec<Cell> {
    let judged = |side: Option<&crate::model::Side>| side.and_then(|side| side.at(row.metric));
    let (before, now) = (judged(row.before.as_ref()), judged(row.after.as_ref()));
    let (mark, word, tone) = words::decision(row.decision);
    // A tick would hide that there is something to read below.
    let (mark, tone) =
        if mark == "✓" && !row.warnings.is_empty() { ("!", Tone::Warn) } else { (mark, tone) };
    let stands_out = if tone == Tone::Good { Tone::Plain } else { tone };
    let change = before.zip(now).map(|(before, now)| scale.change(before, now));
    vec![
        Cell::code(&row.endpoint),
        Cell::plain(row.metric),
        Cell::plain(scale.show_any(before)),
        Cell::plain(after),
        Cell::new(stands_out, ratio_any(row.ratio)),
        Cell::plain(change.unwrap_or_else(|| NONE.to_owned())),
        Cell::plain(scale.show_any(row.limit.map(|limit| limit.value))),
        Cell::plain(ratio_any(row.limit.map(|limit| limit.k_eff))),
        Cell::plain(row.after.as_ref().map_or_else(|| NONE.to_owned(), size)),
        Cell::new(tone, format!("{mark} {word}")),
    ]
}

fn not_comparable(differences: &[Difference]) -> Vec<Note> {
    let dash = |value: &Option<String>| value.clone().unwrap_or_else(|| NONE.to_owned());
    let head = Text::new()
        .tone(Tone::Bad, "✗ not comparable")
        .say(": another workload than the baseline's");
    let note = differences.iter().fold(Note::new(head), |note, difference| {
        let Difference { part, was, is } = difference;
        let mut line = Text::new().code(part);
        let settings = difference.other_settings();
        for (index, setting) in settings.iter().enumerate() {
            line = line.say(if index == 0 { " (" } else { ", " }).quoted(setting);
        }
        let end = if settings.is_empty() { ": " } else { "): " };
        note.with(line.say(end).code(dash(was)).say(" → ").code(dash(is)))
    });
    vec![note.with(Text::of("next: measure as the baseline was, or ").quoted("perfbase record"))]
}

/// The chain of reasons that led to a row's decision.
fn reasons(row: &Row) -> Note {
    let (mark, word, tone) = words::decision(row.decision);
    let head = Text::new().tone(tone, mark).say(" ").name(&row.endpoint).say(" ").tone(tone, word);
    let mut note = row.reasons.iter().fold(Note::new(head), |note, reason| {
        note.with(Text::dim(format!("step {}  ", reason.step)).say(&reason.text))
    });
    for (name, side) in [("before", &row.before), ("after", &row.after)] {
        if let Some(side) = side.as_ref().filter(|side| side.round_p95s.is_empty()) {
            let why = if side.outcomes.successes == 0 { "with a success" } else { "that counts" };
            note = note.with(Text::dim(format!("{name}: no round {why}")));
        } else if let Some(side) = side {
            let scale = Scale::of(side.round_p95s.iter().copied());
            let p95s: Vec<String> = side.round_p95s.iter().map(|p95| scale.show(*p95)).collect();
            let p99 = match side.p99 {
                Carried::Value(value) => crate::report::figure::duration(value),
                Carried::More(more) => format!("{more} more"),
            };
            note = note.with(Text::dim(format!(
                "{name}: {} {} · p99 {p99}",
                scale.head("rounds' p95"),
                p95s.join(", ")
            )));
        }
    }
    note
}

fn closing(report: &CompareReport<'_>) -> Vec<Text> {
    let comparison = report.comparison;
    let mut lines = Vec::new();
    if let Some(detectable) = comparison.detectable {
        lines.push(Text::dim(format!(
            "smallest ratio that would have stood out from the noise here: {} (80% power)",
            ratio(detectable)
        )));
    }
    let red = comparison.rows.iter().any(|row| row.decision.is_red());
    let unmet = comparison.requirements.iter().any(|requirement| requirement.met == Met::No);
    if comparison.verdict == Verdict::Failed && !red {
        let cause = if unmet { "what is required makes" } else { "the warnings make" };
        lines.push(Text::of(format!("no row is red: {cause} the gate fail")));
    }
    lines.push(words::closing(&comparison.coverage, report.exit));
    lines
}
