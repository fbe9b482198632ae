//! Metrics that add up, of a run, beside a baseline and in one.

use crate::model::{Baseline, Counter, CounterRow, CounterSummary, CounterWarning, Plan, Rate};
use crate::report::figure::{NONE, count, per_second, ratio_any};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};

/// Adds those of a plan.
pub(super) fn planned(page: &mut Page, plan: &Plan) {
    let mut grid = Grid::new(vec![
        Column::names("counter"),
        Column::names("of"),
        Column::names("adds"),
        Column::figure("least"),
    ]);
    for Counter { name, from, adds, least, .. } in &plan.behaviour.counters {
        grid.row(vec![
            Cell::code(name),
            Cell::code(from),
            Cell::code(adds.as_ref().map_or_else(|| "1".to_owned(), ToString::to_string)),
            Cell::plain(show_least(*least)),
        ]);
    }
    if !plan.behaviour.counters.is_empty() {
        page.add(Block::Grid(grid));
    }
}

/// Adds those of a run.
pub(super) fn measured(page: &mut Page, counters: &[CounterSummary]) {
    let mut grid =
        Grid::new(vec![Column::names("counter"), Column::figure("total"), Column::figure("per s")]);
    for counter in counters {
        grid.row(vec![
            Cell::code(&counter.name),
            Cell::plain(total(counter.total)),
            Cell::plain(counter.per_second.map_or_else(|| NONE.to_owned(), per_second)),
        ]);
    }
    if !counters.is_empty() {
        page.add(Block::Grid(grid));
        let missed = counters.iter().filter(|counter| counter.missed > 0);
        page.add(Block::Notes(missed.map(|it| missed_note(&it.name, it.missed)).collect()));
    }
}

/// Adds those of a run beside its baseline.
pub(super) fn compared(page: &mut Page, rows: &[CounterRow]) {
    let mut grid = Grid::new(vec![
        Column::names("counter"),
        Column::figure("per s"),
        Column::words("→ now"),
        Column::figure("ratio"),
        Column::figure("total"),
        Column::words("verdict"),
    ]);
    let show = |sum: Option<f64>| sum.map_or_else(|| NONE.to_owned(), per_second);
    for row in rows {
        let (tone, word) = match row.warnings.first() {
            Some(warning) => (Tone::Warn, format!("! {}", word(*warning))),
            None if row.before.is_none() => (Tone::Info, "new".to_owned()),
            None => (Tone::Good, "✓".to_owned()),
        };
        grid.row(vec![
            Cell::code(&row.counter),
            Cell::plain(show(row.before)),
            Cell::plain(format!("→ {}", show(row.after))),
            Cell::plain(ratio_any(row.ratio)),
            Cell::plain(total(row.total)),
            Cell::new(tone, word),
        ]);
    }
    if !rows.is_empty() {
        page.add(Block::Grid(grid));
        let missed = rows.iter().filter(|row| row.missed > 0);
        page.add(Block::Notes(missed.map(|row| missed_note(&row.counter, row.missed)).collect()));
    }
}

/// Adds those of a baseline.
pub(super) fn accepted(page: &mut Page, baseline: &Baseline) {
    let mut grid = Grid::new(vec![Column::names("counter"), Column::figure("per s")]);
    for (name, counter) in &baseline.counters {
        grid.row(vec![Cell::code(name), Cell::plain(per_second(counter.per_second))]);
    }
    if !baseline.counters.is_empty() {
        page.add(Block::Grid(grid));
    }
}

fn show_least(least: Option<Rate>) -> String {
    least.map_or_else(|| NONE.to_owned(), |least| least.to_string())
}

/// A whole number with its digits in groups, any other with a decimal.
fn total(total: f64) -> String {
    if total.fract() == 0.0 && total < u64::MAX as f64 {
        count(total as u64)
    } else if total < 1e15 {
        format!("{total:.1}")
    } else {
        format!("{total:.2e}")
    }
}

fn word(warning: CounterWarning) -> &'static str {
    match warning {
        CounterWarning::Fewer => "fewer",
        CounterWarning::More => "more",
        CounterWarning::Missing => "missing",
        CounterWarning::Missed => "answers without",
    }
}

fn missed_note(name: &impl std::fmt::Display, missed: u64) -> Note {
    let head = Text::new().tone(Tone::Warn, "!").say(" ").name(name);
    Note::new(head.say(format!(" found no number of 0 or more in {} answers", count(missed))))
}
