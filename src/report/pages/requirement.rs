//! What must hold besides the percentiles, as a table, and what does not as notes.

use crate::model::{Met, Requirement};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words;

/// Adds the requirements to `page`, if there are any.
pub(super) fn add(page: &mut Page, requirements: &[Requirement]) {
    if requirements.is_empty() {
        return;
    }
    page.add(Block::Grid(grid(requirements)));
    let open = requirements.iter().filter(|requirement| requirement.met != Met::Yes);
    page.add(Block::Notes(open.map(note).collect()));
}

fn grid(requirements: &[Requirement]) -> Grid {
    let mut grid = Grid::new(vec![
        Column::words("requirement"),
        Column::names("of"),
        Column::names("demanded"),
        Column::names("found"),
        Column::words("verdict"),
    ]);
    for requirement in requirements {
        let (mark, tone) = words::met(requirement.met);
        let found = if requirement.met == Met::Yes { Tone::Plain } else { tone };
        grid.row(vec![
            Cell::plain(requirement.kind),
            Cell::code(&requirement.subject),
            Cell::code(&requirement.demand),
            Cell::new(found, &requirement.found),
            Cell::new(tone, format!("{mark} {}", requirement.met)),
        ]);
    }
    grid
}

/// A requirement in full, where the table may have cut it.
pub(in crate::report) fn note(requirement: &Requirement) -> Note {
    let (mark, tone) = words::met(requirement.met);
    let head = Text::new()
        .tone(tone, mark)
        .say(format!(" {} ", requirement.kind))
        .name(&requirement.subject)
        .say(" ")
        .tone(tone, requirement.met)
        .say(": ")
        .say(&requirement.found);
    Note::new(head).with(Text::of("demanded: ").code(&requirement.demand))
}
