//! The stored runs.

use crate::model::RunState;
use crate::report::document::HistoryLine;
use crate::report::figure::{NONE, Scale, commit, count, minute};
use crate::report::page::{Block, Cell, Column, Grid, Page};
use crate::report::text::{Text, Tone};
use crate::report::words::exit_tone;

/// What `history` prints.
pub(super) fn page(lines: &[HistoryLine]) -> Page {
    let mut page = Page::default();
    if lines.is_empty() {
        page.title =
            Text::of("no run is stored yet; ").quoted("perfbase run URL").say(" makes one");
        return page;
    }
    page.title = Text::new()
        .tone(Tone::Strong, "history")
        .say(format!(" · {}", crate::report::figure::plural(lines.len() as u64, "run")));
    page.add(Block::Grid(grid(lines)));
    let marked = lines.iter().filter(|line| line.is_baseline).count();
    if marked > 0 {
        let those = if marked == 1 { "this run" } else { "these runs" };
        let legend = format!("{BASELINE} figures of the baseline file are from {those}");
        page.add(Block::Lines(vec![Text::dim(legend)]));
    }
    page
}

/// Marks a run that the baseline comes from.
const BASELINE: &str = "◆";

fn grid(lines: &[HistoryLine]) -> Grid {
    let scale = Scale::of(lines.iter().filter_map(|line| line.worst.as_ref()).map(|worst| worst.1));
    let mut grid = Grid::new(vec![
        Column::figure("#"),
        Column::words("when"),
        Column::names("scenario"),
        Column::names("env"),
        Column::extra("endpoints"),
        Column::figure(scale.head("worst p95")),
        Column::names("slowest"),
        Column::words("result"),
        Column::words("commit"),
    ]);
    for line in lines {
        grid.row(cells(line, scale));
    }
    grid
}

fn cells(line: &HistoryLine, scale: Scale) -> Vec<Cell> {
    vec![
        Cell::new(Tone::Strong, line.number),
        Cell::plain(minute(line.started)),
        Cell::code(&line.scenario),
        Cell::code(&line.environment),
        Cell::plain(count(line.endpoints as u64)),
        Cell::plain(scale.show_any(line.worst.as_ref().map(|worst| worst.1))),
        line.worst.as_ref().map_or_else(|| Cell::dim(NONE), |worst| Cell::code(&worst.0)),
        result(line),
        line.commit
            .as_ref()
            .map_or_else(|| Cell::dim(NONE), |id| Cell::dim(commit(id, line.dirty))),
    ]
}

/// How the run ended; once it is complete, what it was judged to be.
fn result(line: &HistoryLine) -> Cell {
    let (tone, word) = match (line.state, line.verdict) {
        (RunState::Complete, Some(exit)) => (exit_tone(exit), exit.word()),
        (RunState::Complete, None) => (Tone::Plain, line.state.as_str()),
        (RunState::Running, _) => (Tone::Info, line.state.as_str()),
        (RunState::Interrupted | RunState::Broken, _) => (Tone::Warn, line.state.as_str()),
    };
    if line.is_baseline {
        Cell::new(tone, format!("{word} {BASELINE}"))
    } else {
        Cell::new(tone, word)
    }
}
