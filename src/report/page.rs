//! A report between its figures and its format: what the terminal and Markdown both draw.

use std::fmt::Display;

use super::text::{Face, Text, Tone};
use crate::model::visible;

/// A report, top to bottom.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) title: Text,
    /// Right below the title.
    pub(super) under: Vec<Text>,
    pub(super) blocks: Vec<Block>,
}

impl Page {
    pub(super) fn new(title: Text) -> Self {
        Self { title, ..Self::default() }
    }

    /// Adds a block that has something in it.
    pub(super) fn add(&mut self, block: Block) {
        let empty = match &block {
            Block::Lines(lines) => lines.is_empty(),
            Block::Facts(facts) => facts.is_empty(),
            Block::Notes(notes) => notes.is_empty(),
            Block::Grid(_) => false,
        };
        if !empty {
            self.blocks.push(block);
        }
    }
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    /// Sentences, each on a line of its own.
    Lines(Vec<Text>),
    /// What is set to what.
    Facts(Vec<(&'static str, Text)>),
    /// A table.
    Grid(Grid),
    /// Findings, each with its details.
    Notes(Vec<Note>),
}

/// A finding that can be understood alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note {
    pub(super) head: Text,
    pub(super) details: Vec<Text>,
}

impl Note {
    pub(super) fn new(head: Text) -> Self {
        Self { head, details: Vec::new() }
    }

    pub(super) fn with(mut self, detail: Text) -> Self {
        self.details.push(detail);
        self
    }
}

/// A table: every row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Grid {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Grid {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Without the columns whose heading is among `titles`.
    pub(super) fn without(mut self, titles: &[&str]) -> Self {
        while let Some(at) =
            self.columns.iter().position(|column| titles.contains(&column.title.as_str()))
        {
            self.columns.remove(at);
            for row in &mut self.rows {
                row.remove(at);
            }
        }
        self
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) align: Align,
    pub(super) room: Room,
}

impl Column {
    /// A column of figures.
    pub(super) fn figure(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right, room: Room::Kept }
    }

    /// A column of figures that a narrow page can do without.
    pub(super) fn extra(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right, room: Room::Spare }
    }

    /// A column of words.
    pub(super) fn words(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left, room: Room::Kept }
    }

    /// A column of names, cut when the page is too narrow.
    pub(super) fn names(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left, room: Room::Cut }
    }
}

/// Where a cell's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// What happens to a column when the page is too narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Nothing.
    Kept,
    /// Its cells are cut in the middle.
    Cut,
    /// It is left out, the last such column first.
    Spare,
}

/// A cell of a table; its letters are visible and on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) tone: Tone,
    pub(super) face: Face,
}

impl Cell {
    pub(super) fn new(tone: Tone, text: impl Display) -> Self {
        Self { text: visible(&text.to_string()).into_owned(), tone, face: Face::Words }
    }

    pub(super) fn plain(text: impl Display) -> Self {
        Self::new(Tone::Plain, text)
    }

    pub(super) fn dim(text: impl Display) -> Self {
        Self::new(Tone::Dim, text)
    }

    pub(super) fn code(text: impl Display) -> Self {
        Self { face: Face::Code, ..Self::plain(text) }
    }
}
