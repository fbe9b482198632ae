//! A page as text for people: aligned, within its width, the same with and without colour.

use anstyle::AnsiColor;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table};

use super::document::{Colour, Style};
use super::page::{Align, Block, Cell, Column, Grid, Note, Page, Room};
use super::text::{Text, Tone, columns, cut};

/// Spaces between two columns, one of them drawn by comfy-table itself.
const GAP: u16 = 2;
/// Spare columns are left out before a name is cut to fewer columns than this.
const FAIR_NAME: usize = 20;
/// A cut name keeps at least this many columns.
const LEAST_NAME: usize = 9;

/// Draws `page`.
pub(super) fn draw(page: &Page, style: Style) -> String {
    let mut out =
        Lines { width: usize::from(style.width), colour: style.colour, text: String::new() };
    for line in std::iter::once(&page.title).chain(&page.under) {
        out.wrapped("", "  ", line);
    }
    for block in &page.blocks {
        out.text.push('\n');
        out.block(block);
    }
    out.text
}

struct Lines {
    width: usize,
    colour: Colour,
    text: String,
}

impl Lines {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Lines(lines) => {
                for line in lines {
                    self.wrapped("", "  ", line);
                }
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Grid(grid) => self.grid(grid),
            Block::Notes(notes) => {
                for note in notes {
                    self.note(note);
                }
            }
        }
    }

    fn note(&mut self, note: &Note) {
        self.wrapped("", "  ", &note.head);
        for detail in &note.details {
            self.wrapped("    ", "      ", detail);
        }
    }

    fn facts(&mut self, facts: &[(&'static str, Text)]) {
        let labels = facts.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
        for (label, value) in facts {
            let mut line = Text::dim(format!("{label:labels$}  "));
            line.0.extend(value.0.iter().cloned());
            self.wrapped("", &" ".repeat(labels + 2), &line);
        }
    }

    /// Writes `text` behind `first`, and what does not fit behind `next`.
    fn wrapped(&mut self, first: &str, next: &str, text: &Text) {
        let room = self.width.saturating_sub(columns(first).max(columns(next)));
        for (index, line) in text.wrap(room).iter().enumerate() {
            self.text.push_str(if index == 0 { first } else { next });
            for span in &line.0 {
                self.paint(span.tone, &span.text);
            }
            self.text.push('\n');
        }
    }

    fn grid(&mut self, grid: &Grid) {
        let grid = fitted(grid, self.width);
        let mut table = Table::new();
        table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(grid.columns.iter().map(|column| column.title.as_str()));
        for row in &grid.rows {
            table.add_row(row.iter().map(|cell| cell.text.as_str()));
        }
        for (index, column) in grid.columns.iter().enumerate() {
            if let Some(drawn) = table.column_mut(index) {
                drawn.set_padding((0, if index + 1 == grid.columns.len() { 0 } else { GAP - 1 }));
                drawn.set_cell_alignment(match column.align {
                    Align::Left => CellAlignment::Left,
                    Align::Right => CellAlignment::Right,
                });
            }
        }
        let drawn = table.trim_fmt();
        let mut lines = drawn.lines();
        let head: Vec<Cell> =
            grid.columns.iter().map(|column| Cell::new(Tone::Strong, &column.title)).collect();
        if let Some(line) = lines.next() {
            self.row(line, &head);
        }
        if let Some(rule) = lines.next() {
            self.paint(Tone::Dim, rule);
            self.text.push('\n');
        }
        for (line, row) in lines.zip(&grid.rows) {
            self.row(line, row);
        }
    }

    /// Paints the cells within a line that has them in order, only spaces between.
    fn row(&mut self, line: &str, cells: &[Cell]) {
        let mut rest = line;
        for cell in cells {
            let Some((before, after)) = rest.split_once(cell.text.trim_end()) else { break };
            self.text.push_str(before);
            self.paint(cell.tone, cell.text.trim_end());
            rest = after;
        }
        self.text.push_str(rest);
        self.text.push('\n');
    }

    fn paint(&mut self, tone: Tone, text: &str) {
        use std::fmt::Write as _;

        let style = anstyle::Style::new();
        let style = match (self.colour, tone) {
            (Colour::Off, _) | (_, Tone::Plain) => style,
            (Colour::On, Tone::Dim) => style.dimmed(),
            (Colour::On, Tone::Strong) => style.bold(),
            (Colour::On, Tone::Good) => AnsiColor::Green.on_default(),
            (Colour::On, Tone::Warn) => AnsiColor::Yellow.on_default(),
            (Colour::On, Tone::Bad) => AnsiColor::Red.on_default().bold(),
            (Colour::On, Tone::Info) => AnsiColor::Cyan.on_default(),
        };
        let written = write!(self.text, "{style}{text}{style:#}");
        debug_assert!(written.is_ok(), "a String takes everything");
    }
}

/// The grid within `width` columns: spare columns go first, then names are cut.
fn fitted(grid: &Grid, width: usize) -> Grid {
    let mut grid = grid.clone();
    loop {
        let over = total(&grid).saturating_sub(width);
        if over == 0 {
            return grid;
        }
        let cuttable: usize = widths(&grid)
            .zip(&grid.columns)
            .filter(|(_, column)| column.room == Room::Cut)
            .map(|(wide, _)| wide.saturating_sub(FAIR_NAME))
            .sum();
        let spare = grid.columns.iter().rposition(|column| column.room == Room::Spare);
        match spare {
            Some(at) if cuttable < over => {
                grid.columns.remove(at);
                for row in &mut grid.rows {
                    row.remove(at);
                }
            }
            _ => return names_cut(grid, over),
        }
    }
}

/// Takes `over` columns from the columns of names, always from the widest.
fn names_cut(mut grid: Grid, over: usize) -> Grid {
    let mut wide: Vec<usize> = widths(&grid).collect();
    for _ in 0..over {
        let widest = (0..wide.len())
            .filter(|&at| grid.columns[at].room == Room::Cut && wide[at] > LEAST_NAME)
            .max_by_key(|&at| wide[at]);
        let Some(at) = widest else { break };
        wide[at] -= 1;
    }
    for (at, Column { title, room, .. }) in grid.columns.iter_mut().enumerate() {
        if *room == Room::Cut {
            *title = cut(title, wide[at]);
            for row in &mut grid.rows {
                row[at].text = cut(&row[at].text, wide[at]);
            }
        }
    }
    grid
}

fn total(grid: &Grid) -> usize {
    let gaps = usize::from(GAP) * grid.columns.len().saturating_sub(1);
    widths(grid).sum::<usize>() + gaps
}

fn widths(grid: &Grid) -> impl Iterator<Item = usize> {
    grid.columns.iter().enumerate().map(|(at, column)| {
        grid.rows
            .iter()
            .map(|row| columns(&row[at].text))
            .chain([columns(&column.title)])
            .max()
            .unwrap_or(0)
    })
}
