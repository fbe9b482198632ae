//! `[data]`: values that are not learned from an answer.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{Data, Per, Pick, Rows, Slot, Supply, TimeFormat};

use super::attached;
use super::error::Problems;
use super::list::List;
use super::problem::Problem;
use super::rows::{self, RowsError, Table};
use super::section::{Entry, Keys, Reading, Section, in_order, likeliest, wrong_type};
use super::template::Resolving;
use super::text::is_identifier;
use super::values::Columns;
use super::workload::Digest;

pub(super) static KEYS: Keys = Keys { known: &["csv", "json", "list", "generate", "pick", "per"] };

/// Generators, as they are written without what they may take.
const GENERATORS: [&str; 7] = [
    "uuid",
    "int 1..100",
    "sequence",
    "sequence 100",
    "timestamp",
    "timestamp seconds",
    "timestamp milliseconds",
];

/// A source of values as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct DataText {
    pub(super) name: String,
    /// Where its name stands.
    pub(super) span: Range<usize>,
    /// Nothing if it cannot be used, which has been told.
    content: Option<Content>,
    per: Per,
}

#[derive(Debug, Clone)]
enum Content {
    Generator(Supply),
    File { kind: &'static str, table: Table, digest: String, pick: Pick },
    List(List, Pick),
}

/// Reads `[data]`.
pub(super) fn read(file: &DeTable<'_>, reading: &Reading<'_>) -> Vec<DataText> {
    let Some(value) = file.get("data") else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        let expected = "a table of lists, generators and tables, such as [data.account]";
        reading.problems.at(value.span(), wrong_type("data", expected, value.get_ref()));
        return Vec::new();
    };
    in_order(table).into_iter().filter_map(|entry| DataText::read(entry, reading)).collect()
}

impl DataText {
    fn read((key, value): Entry<'_>, reading: &Reading<'_>) -> Option<Self> {
        let (name, span) = (key.get_ref().to_string(), key.span());
        if !is_identifier(&name) {
            reading.problems.at(span, Problem::ValueName(name));
            return None;
        }
        let (content, per) = match value.get_ref() {
            DeValue::String(text) => (generator(text, value.span(), reading), Per::Request),
            DeValue::Array(items) => {
                (list(items, value.span(), Pick::Random, reading), Per::Request)
            }
            DeValue::Table(_) => section((key, value), reading)?,
            other => {
                let expected = "a list, a generator such as \"uuid\", or a table";
                reading.problems.at(value.span(), wrong_type(&name, expected, other));
                (None, Per::Request)
            }
        };
        Some(Self { name, span, content, per })
    }

    /// What stands behind the dot in the names of its values.
    pub(super) fn columns(&self) -> Columns {
        let columns = match &self.content {
            None => return Columns::Unknown,
            Some(Content::Generator(_)) => &None,
            Some(Content::File { table, .. }) => &table.columns,
            Some(Content::List(list, _)) => &list.columns,
        };
        columns.clone().map_or(Columns::None, Columns::Named)
    }

    /// The names of its values.
    pub(super) fn values(&self) -> Vec<String> {
        match self.columns() {
            Columns::Named(columns) => {
                columns.iter().map(|column| format!("{}.{column}", self.name)).collect()
            }
            Columns::None | Columns::Unknown => vec![self.name.clone()],
        }
    }

    /// The source with its references replaced; nothing if one is missing, or if there are fewer
    /// rows than `users` of whom each needs one, which is told.
    pub(super) fn resolve(&self, users: u32, resolving: &Resolving<'_>) -> Option<Data> {
        let supply = match self.content.as_ref()? {
            Content::Generator(supply) => supply.clone(),
            Content::File { table, pick, .. } => Supply::Rows(table.rows.clone(), *pick),
            Content::List(list, pick) => Supply::Rows(list.resolve(resolving)?, *pick),
        };
        if let Supply::Rows(rows, Pick::Unique) = &supply {
            self.check_count(rows, users, resolving)?;
        }
        let slots: Vec<Slot> = self.values().iter().map(|name| resolving.slots.of(name)).collect();
        Some(Data { slots, supply, per: self.per })
    }

    /// How often its values are drawn.
    pub(super) fn per(&self) -> Per {
        self.per
    }

    /// Tells that `what` of it cannot be used.
    pub(super) fn tell(&self, what: String, reason: String, problems: &Problems) {
        problems.at(self.span.clone(), Problem::Data { what, reason });
    }

    fn check_count(&self, rows: &Rows, users: u32, resolving: &Resolving<'_>) -> Option<()> {
        let rows = rows.as_slice().len();
        if rows < users as usize {
            let problem = Problem::TooFewRows { data: self.name.clone(), rows, users };
            resolving.problems.at(self.span.clone(), problem);
            return None;
        }
        Some(())
    }

    /// What two runs have to have in common, in words. Holds no value.
    pub(super) fn workload(&self) -> String {
        let per = self.per;
        match &self.content {
            None => String::new(),
            Some(Content::Generator(supply)) => format!("{supply}, {per}"),
            Some(Content::File { kind, table, digest, pick }) => {
                let rows = table.rows.as_slice().len();
                format!("{kind} of {}, {pick}, {per}, {digest}", count(rows))
            }
            Some(Content::List(list, pick)) => {
                let mut digest = Digest::new(b"perfbase list 1");
                for column in list.columns.iter().flatten() {
                    digest.field(column.as_bytes());
                }
                for cell in list.written() {
                    digest.field(cell.as_bytes());
                }
                format!("list of {}, {pick}, {per}, {}", count(list.len()), digest.finish())
            }
        }
    }
}

fn count(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// Reads `[data.NAME]`: what it has and how often a value is drawn.
fn section((key, value): Entry<'_>, reading: &Reading<'_>) -> Option<(Option<Content>, Per)> {
    const HELP: &str = "values come from one place: `csv`, `json`, `list` or `generate`";
    let title = format!("[data.{}]", key.get_ref());
    let section = Section::open(&title, value, &KEYS, reading)?;
    let pick = section.choice(
        "pick",
        &[("random", Pick::Random), ("sequential", Pick::Sequential), ("unique", Pick::Unique)],
    );
    let per = section.choice("per", &[("request", Per::Request), ("user", Per::User)]);
    let per = match (pick, per) {
        (Some(Pick::Unique), Some(Per::Request)) => {
            let help = "a row that is one user's own is drawn once for the user";
            section.conflict("per", "pick = \"unique\"", "per = \"request\"", help);
            Per::User
        }
        (Some(Pick::Unique), None) => Per::User,
        (_, per) => per.unwrap_or(Per::Request),
    };
    let mut sources = KEYS.known[..4].iter().filter(|key| section.value(key).is_some());
    let Some(source) = sources.next() else {
        let keys = "`csv`, `json`, `list` or `generate`";
        reading.problems.at(key.span(), Problem::Missing { section: title, keys });
        return Some((None, per));
    };
    for other in sources {
        section.excludes(source, other, HELP);
    }
    let content = match *source {
        "generate" => {
            let help = "a generator has no rows to pick from";
            section.excludes("generate", "pick", help);
            section
                .string("generate", "a generator such as \"uuid\"")
                .and_then(|(text, span)| generator(text, span, reading))
        }
        "list" => section
            .array("list", "a list, such as [\"a\", \"b\"]")
            .and_then(|(items, span)| list(items, span, pick.unwrap_or(Pick::Random), reading)),
        "csv" => file(&section, "csv", rows::csv, pick.unwrap_or(Pick::Random)),
        _ => file(&section, "json", rows::json, pick.unwrap_or(Pick::Random)),
    };
    Some((content, per))
}

fn file(
    section: &Section<'_>,
    kind: &'static str,
    read: impl FnOnce(&[u8]) -> Result<Table, RowsError>,
    pick: Pick,
) -> Option<Content> {
    let (path, span) = section.string(kind, "the path of a file")?;
    let reading = section.reading;
    let table = attached::read(reading.directory, path).and_then(|bytes| {
        let table = read(&bytes).map_err(|error| error.to_string())?;
        let mut digest = Digest::new(b"perfbase file 1");
        digest.field(&bytes);
        Ok((table, digest.finish()))
    });
    match table {
        Ok((table, digest)) => Some(Content::File { kind, table, digest, pick }),
        Err(reason) => {
            let what = format!("`{}`", Path::new(path).display());
            reading.problems.at(span, Problem::Data { what, reason });
            None
        }
    }
}

fn list(
    items: &[Spanned<DeValue<'_>>],
    span: Range<usize>,
    pick: Pick,
    reading: &Reading<'_>,
) -> Option<Content> {
    match List::read(items, reading) {
        Ok(list) => Some(Content::List(list, pick)),
        Err(error) => {
            let (what, reason) = ("this list".to_owned(), error.to_string());
            reading.problems.at(span, Problem::Data { what, reason });
            None
        }
    }
}

fn generator(text: &str, span: Range<usize>, reading: &Reading<'_>) -> Option<Content> {
    let supply = supply(text);
    if supply.is_none() {
        let (word, _) = text.split_once(' ').unwrap_or((text, ""));
        let known = GENERATORS.iter().any(|generator| generator.starts_with(word));
        let likely = if known { None } else { likeliest(text, GENERATORS) };
        reading.problems.at(span, Problem::Generator { text: text.to_owned(), likely });
    }
    supply.map(Content::Generator)
}

/// The generator that `text` describes.
fn supply(text: &str) -> Option<Supply> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["uuid"] => Some(Supply::Uuid),
        ["int", range] => {
            let (first, last) = range.split_once("..")?;
            let (first, last): (i64, i64) = (first.parse().ok()?, last.parse().ok()?);
            (first <= last).then_some(Supply::Integer(first, last))
        }
        ["sequence"] => Some(Supply::Sequence(1)),
        ["sequence", first] => first.parse().ok().map(Supply::Sequence),
        ["timestamp"] => Some(Supply::Timestamp(TimeFormat::Rfc3339)),
        ["timestamp", "seconds"] => Some(Supply::Timestamp(TimeFormat::Seconds)),
        ["timestamp", "milliseconds"] => Some(Supply::Timestamp(TimeFormat::Milliseconds)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_are_read_and_written_alike() {
        for text in GENERATORS.into_iter().chain(["int -5..5", "int 7..7", "sequence -1"]) {
            let shown = supply(text).unwrap().to_string();
            assert_eq!(supply(&shown), supply(text), "{text}");
        }
        assert_eq!(supply(" int  1..2 "), Some(Supply::Integer(1, 2)));
    }

    #[test]
    fn other_words_are_no_generators() {
        for text in ["", "uid", "int", "int 5..1", "int 1..", "sequence a", "timestamp hours"] {
            assert_eq!(supply(text), None, "{text:?}");
        }
    }
}
