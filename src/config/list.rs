//! A list of values in the file itself.

use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Rows, Value};

use super::json::{Json, Strings};
use super::rows::{RowsError, columns};
use super::section::Reading;
use super::template::{Draft, Resolving};
use super::text::Text;

/// A list of values, whose texts may refer to the environment.
#[derive(Debug, Clone)]
pub(super) struct List {
    /// The names of its columns; nothing for a list of single values.
    pub(super) columns: Option<Vec<String>>,
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Clone)]
enum Cell {
    Text(Text),
    /// Anything else.
    Json(Json),
}

impl List {
    /// Reads a list of tables with the same keys, or of anything else.
    pub(super) fn read(
        items: &[Spanned<DeValue<'_>>],
        reading: &Reading<'_>,
    ) -> Result<Self, RowsError> {
        let keys = items
            .iter()
            .map(|item| Some(item.get_ref().as_table()?.keys().map(|key| key.get_ref().as_ref())));
        let columns = columns(keys)?;
        let rows = items.iter().map(|item| match (item.get_ref(), &columns) {
            (DeValue::Table(table), Some(columns)) => columns
                .iter()
                .filter_map(|column| table.get(column.as_str()))
                .map(|value| Cell::read(value, reading))
                .collect(),
            _ => vec![Cell::read(item, reading)],
        });
        Ok(Self { rows: rows.collect(), columns })
    }

    /// Everything that is in it, as written: one text after the other.
    pub(super) fn written(&self) -> impl Iterator<Item = String> {
        self.rows.iter().flatten().map(|cell| match cell {
            Cell::Text(text) => format!("text {}", text.written),
            Cell::Json(json) => format!("json {}", json.written()),
        })
    }

    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The values with their references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, resolving: &Resolving<'_>) -> Option<Rows> {
        // Every row is looked at, so that all that is missing is told.
        let rows: Vec<Option<Box<[Value]>>> = self
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<Option<Value>> =
                    row.iter().map(|cell| cell.resolve(resolving)).collect();
                cells.into_iter().collect()
            })
            .collect();
        Rows::new(rows.into_iter().collect::<Option<_>>()?)
    }
}

impl Cell {
    fn read(value: &Spanned<DeValue<'_>>, reading: &Reading<'_>) -> Self {
        match value.get_ref() {
            DeValue::String(text) => Self::Text(reading.text(text, value.span())),
            DeValue::Datetime(time) => {
                Self::Text(Text { written: time.to_string(), span: value.span() })
            }
            _ => Self::Json(Json::of(value, Strings::Plain, reading)),
        }
    }

    fn resolve(&self, resolving: &Resolving<'_>) -> Option<Value> {
        match self {
            Self::Text(text) => {
                let text = text.resolve(resolving.variables, resolving.problems)?;
                Some(Value::text(text.value()))
            }
            Self::Json(json) => {
                let mut draft = Draft::default();
                json.draft(&mut draft, resolving)
                    .then(|| draft.finish())?
                    .as_constant()
                    .map(Value::json)
            }
        }
    }
}
