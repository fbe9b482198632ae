//! The names of a file's values: what stands in braces, and whether there is such a thing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::model::Slot;

use super::data::DataText;
use super::problem::Problem;
use super::section::likeliest;
use super::text::is_identifier;

/// Every value that a file has.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// By the part of their names before the dot.
    values: BTreeMap<String, Origin>,
}

/// Where values of one name come from.
#[derive(Debug, Clone)]
enum Origin {
    /// From an answer.
    Saved,
    /// From data, described at this position in the file.
    Data { at: usize, columns: Columns },
}

/// What a source of data has.
#[derive(Debug, Clone)]
pub(super) enum Columns {
    /// One value without a name of its own.
    None,
    /// A value for each of these.
    Named(Vec<String>),
    /// Nobody knows: the source cannot be read, which has been told.
    Unknown,
}

impl Known {
    /// The values of `data`, and those that the sections of `file` save.
    pub(super) fn of(data: &[DataText], file: &DeTable<'_>) -> Self {
        let saved = saved(file).map(|key| key.get_ref().to_string());
        let saved = saved.filter(|name| is_identifier(name)).map(|name| (name, Origin::Saved));
        let data = data.iter().map(|source| {
            let origin = Origin::Data { at: source.span.start, columns: source.columns() };
            (source.name.clone(), origin)
        });
        Self { values: saved.chain(data).collect() }
    }

    /// Whether `name` is meant to be a value: there is one of that name, or of the part of it
    /// before the dot.
    pub(super) fn refers(&self, name: &str) -> bool {
        self.values.contains_key(base(name))
    }

    /// What is wrong with the value `name`, if anything.
    pub(super) fn problem(&self, name: &str) -> Option<Problem> {
        let column = name.split_once('.').map(|(_, column)| column);
        match (self.values.get(base(name)), column) {
            (Some(Origin::Data { columns: Columns::Unknown, .. }), _)
            | (Some(Origin::Saved | Origin::Data { columns: Columns::None, .. }), None) => None,
            (Some(Origin::Data { columns: Columns::Named(columns), .. }), None) => {
                let table = name.to_owned();
                Some(Problem::TableAsValue { table, column: columns.first().cloned() })
            }
            (Some(Origin::Data { columns: Columns::Named(columns), .. }), Some(column))
                if columns.iter().any(|known| known == column) =>
            {
                None
            }
            _ => Some(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Problem {
        let known = self.names();
        let likely = likeliest(name, known.iter().map(String::as_str));
        Problem::Unknown { what: "value", name: name.to_owned(), likely, known }
    }

    /// The value that looks most like one of `names`.
    pub(super) fn likely<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let known = self.names();
        names.into_iter().find_map(|name| likeliest(name, known.iter().map(String::as_str)))
    }

    /// Where the data of that name is described, if there is any.
    pub(super) fn data_at(&self, name: &str) -> Option<usize> {
        match self.values.get(name)? {
            Origin::Saved => None,
            Origin::Data { at, .. } => Some(*at),
        }
    }

    /// Whether `name` is a value of data.
    pub(super) fn is_data(&self, name: &str) -> bool {
        self.data_at(base(name)).is_some()
    }

    fn names(&self) -> Vec<String> {
        let values = self.values.iter();
        let names = values.flat_map(|(name, origin)| match origin {
            Origin::Data { columns: Columns::Named(columns), .. } => {
                columns.iter().map(|column| format!("{name}.{column}")).collect()
            }
            _ => vec![name.clone()],
        });
        names.collect()
    }
}

/// The part of a value's name before the dot.
pub(super) fn base(name: &str) -> &str {
    name.split_once('.').map_or(name, |(base, _)| base)
}

/// The names that the endpoints, the login and the setup of `file` save values under.
fn saved<'t>(file: &'t DeTable<'t>) -> impl Iterator<Item = &'t Spanned<DeString<'t>>> {
    let table = |value: &'t Spanned<DeValue<'t>>| value.get_ref().as_table();
    let endpoints = file.get("endpoints").and_then(table);
    let sections = endpoints.into_iter().flat_map(|endpoints| endpoints.values());
    let setup = file.get("setup").and_then(|setup| setup.get_ref().as_array());
    sections
        .chain(setup.into_iter().flatten())
        .chain(file.get("login"))
        .filter_map(move |section| table(section)?.get("save").and_then(table))
        .flat_map(|saves| saves.keys())
}

/// The values that a plan's requests name, numbered as they are met.
#[derive(Debug, Default)]
pub(super) struct Slots(RefCell<Vec<String>>);

impl Slots {
    /// The slot of the value `name`.
    pub(super) fn of(&self, name: &str) -> Slot {
        let mut names = self.0.borrow_mut();
        let known = names.iter().position(|known| known == name);
        Slot(known.unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        }))
    }

    /// Whether a value of that name, or a column of that table, has been met.
    pub(super) fn needs(&self, source: &str) -> bool {
        self.0.borrow().iter().any(|name| base(name) == source)
    }

    /// The names, by slot.
    pub(super) fn into_names(self) -> Vec<String> {
        self.0.into_inner()
    }
}
