//! What each stage of a changing load gave, how much slower it got, and when that was over.

use crate::model::{
    Carried, Degradation, Recovery, Share, StageSummary, StagesSummary, show_duration,
};
use crate::report::figure::{NONE, Scale, count, duration, per_second, ratio};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words;

/// Adds what there is to say of the stages, if the load changed.
pub(super) fn add(page: &mut Page, summary: Option<&StagesSummary>) {
    let Some(summary) = summary else { return };
    page.add(Block::Grid(grid(summary)));
    page.add(Block::Lines(lines(summary)));
    let of_several = |it: &&Degradation| it.endpoints.len() > 1 && it.ratio.is_some();
    if let Some(degradation) = summary.degradation.as_ref().filter(of_several) {
        page.add(Block::Grid(degraded(degradation)));
    }
    page.add(Block::Notes(summary.stages.iter().filter_map(|it| failed(summary, it)).collect()));
}

fn grid(summary: &StagesSummary) -> Grid {
    let scale = Scale::of(summary.stages.iter().filter_map(|stage| stage.p95.value()));
    let mut grid = Grid::new(vec![
        Column::names("stage"),
        Column::figure("for"),
        Column::figure("success"),
        Column::figure(NEEDED),
        Column::figure(scale.head("p95")),
        Column::figure("per s"),
    ]);
    for stage in &summary.stages {
        let needed = stage.stage.success;
        let tone = match needed {
            Some(_) if stage.is_below() => Tone::Bad,
            Some(_) => Tone::Good,
            None => Tone::Plain,
        };
        let mark = match needed {
            Some(_) if stage.is_below() => " ✗",
            Some(_) => " ✓",
            None => "",
        };
        let success = if stage.outcomes.total() == 0 {
            NONE.to_owned()
        } else {
            format!("{}{mark}", succeeded(stage.success()))
        };
        grid.row(vec![
            Cell::plain(summary.quantity.show_stage(&stage.stage)),
            Cell::plain(show_duration(stage.stage.over)),
            Cell::new(tone, success),
            Cell::plain(needed.map_or_else(|| NONE.to_owned(), |needed| format!("≥ {needed}"))),
            carried(scale, stage.p95),
            Cell::plain(stage.per_second.map_or_else(|| NONE.to_owned(), per_second)),
        ]);
    }
    if summary.stages.iter().all(|stage| stage.stage.success.is_none()) {
        grid = grid.without(&[NEEDED]);
    }
    grid
}

/// Heading of the column of what has to succeed.
const NEEDED: &str = "needed";

/// A share of successes, never more than it is: one that falls short does not look as if it did not.
fn succeeded(success: Share) -> String {
    Share::new((success.get() * 1e4).floor() / 1e4).to_string()
}

fn carried(scale: Scale, percentile: Carried) -> Cell {
    match percentile {
        Carried::Value(value) => Cell::plain(scale.show(value)),
        Carried::More(more) => Cell::dim(format!("{} more", count(more))),
    }
}

fn lines(summary: &StagesSummary) -> Vec<Text> {
    let load = |stage: usize| summary.quantity.show_stage(&summary.stages[stage].stage);
    let mut lines = Vec::new();
    if let Some(degradation) = &summary.degradation {
        let of = |stage: usize| summary.stages[stage].p95.value();
        let figures = of(degradation.before).zip(of(degradation.top));
        lines.push(match degradation.ratio.zip(figures) {
            Some((times, (before, top))) => Text::new()
                .tone(Tone::Strong, format!("degradation {}", ratio(times)))
                .say(format!(
                    ": p95 {} at {}, {} at {}",
                    duration(before),
                    load(degradation.before),
                    duration(top),
                    load(degradation.top)
                )),
            None => Text::of(format!(
                "degradation not known: too few successes at {} or {} for a p95",
                load(degradation.before),
                load(degradation.top)
            )),
        });
    }
    lines.push(match summary.recovery {
        Recovery::Within(time) => Text::new()
            .tone(Tone::Strong, format!("back within {}", show_duration(time)))
            .say(" after the top: p95 within 1.25x of before"),
        Recovery::NotWithin(time) => Text::new()
            .tone(Tone::Warn, format!("not back within {}", show_duration(time)))
            .say(" after the top: p95 stayed above 1.25x of before, or requests failed"),
        Recovery::NotSeen => Text::dim("time to come back: not seen, no stage follows the top"),
        Recovery::Unknown => Text::of("time to come back not known: no p95 before the top"),
    });
    lines
}

fn degraded(degradation: &Degradation) -> Grid {
    let values = |it: &crate::model::Degraded| [it.before.value(), it.top.value()];
    let scale = Scale::of(degradation.endpoints.iter().flat_map(values).flatten());
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::figure(scale.head("p95 before")),
        Column::figure(scale.head("at the top")),
        Column::figure("degradation"),
    ]);
    for endpoint in &degradation.endpoints {
        grid.row(vec![
            Cell::code(&endpoint.endpoint),
            carried(scale, endpoint.before),
            carried(scale, endpoint.top),
            Cell::plain(endpoint.ratio.map_or_else(|| NONE.to_owned(), ratio)),
        ]);
    }
    grid
}

/// What failed in a stage.
fn failed(summary: &StagesSummary, stage: &StageSummary) -> Option<Note> {
    let outcomes = &stage.outcomes;
    (outcomes.failed() > 0).then(|| {
        let tone = if stage.is_below() { Tone::Bad } else { Tone::Warn };
        let mark = if stage.is_below() { "✗ " } else { "! " };
        Note::new(Text::new().tone(tone, mark).say(format!(
            "{}: {} of {} requests failed: {}",
            summary.quantity.show_stage(&stage.stage),
            count(outcomes.failed()),
            count(outcomes.total()),
            words::failures(outcomes)
        )))
    })
}
