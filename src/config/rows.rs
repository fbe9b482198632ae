//! Tables of values in files: CSV with a header row, and lists in JSON.

use std::collections::BTreeSet;
use std::fmt;

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord, Trim};
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate::model::{Rows, Value};

use super::quote;

/// A table that was read from a file.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The names of its columns; nothing for a list of single values.
    pub(super) columns: Option<Vec<String>>,
    pub(super) rows: Rows,
}

/// Why something is no table. Rows and lines are counted from 1; no message holds a value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RowsError {
    /// A CSV file without a first row.
    #[error("it is empty: the first row has to name the columns")]
    NoHeader,
    /// A CSV file that ends after its first row.
    #[error("it has no row below its header")]
    NoRows,
    /// A row with more or fewer fields than the header.
    #[error("line {line} has {}, the header has {}", fields(*.found), fields(*.expected))]
    Ragged { line: u64, found: u64, expected: u64 },
    /// Two columns of one name.
    #[error("two columns are named `{0}`")]
    ColumnTwice(String),
    /// Bytes that are no text.
    #[error("line {0} is not UTF-8")]
    NotUtf8(u64),
    /// A quote that is never closed, which takes in all lines after it.
    #[error("the quote in line {0} is never closed")]
    OpenQuote(u64),
    /// More than is held in memory.
    #[error("it has more than {MOST_CELLS} values")]
    TooMany,
    /// Not CSV in another way.
    #[error("it is not CSV: {0}")]
    NotCsv(String),
    /// Not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// JSON of another kind.
    #[error("it is not a list")]
    NotAList,
    /// A list of nothing.
    #[error("the list is empty")]
    EmptyList,
    /// Rows with columns and single values in one list.
    #[error("row {row} has {}columns, unlike row 1", if *.has_columns { "" } else { "no " })]
    Mixed { row: usize, has_columns: bool },
    /// A row without what the first one has.
    #[error("row {row} has no `{column}`, which row 1 has")]
    NoColumn { row: usize, column: String },
    /// A row with what the first one has not.
    #[error("row {row} has `{column}`, which row 1 has not")]
    OtherColumn { row: usize, column: String },
}

fn fields(number: u64) -> String {
    if number == 1 { "1 field".to_owned() } else { format!("{number} fields") }
}

/// Most values of a table: each has its own place in memory, many times its size in the file.
const MOST_CELLS: usize = 2_000_000;

/// Reads CSV whose first row names the columns. All values are texts.
pub(super) fn csv(bytes: &[u8]) -> Result<Table, RowsError> {
    if let Some(line) = quote::never_closed(bytes) {
        return Err(RowsError::OpenQuote(line));
    }
    let mut reader = ReaderBuilder::new().trim(Trim::Headers).from_reader(bytes);
    let header = reader.headers().map_err(|error| not_csv(&error, bytes))?;
    let columns: Vec<String> = header.iter().map(str::to_owned).collect();
    if columns.iter().all(String::is_empty) {
        return Err(RowsError::NoHeader);
    }
    let mut seen = BTreeSet::new();
    // A column without a name cannot be meant by anybody, so that there may be several.
    if let Some(twice) = columns.iter().find(|name| !name.is_empty() && !seen.insert(*name)) {
        return Err(RowsError::ColumnTwice(twice.clone()));
    }
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| not_csv(&error, bytes))? {
        rows.push(record.iter().map(Value::text).collect());
        if rows.len() * columns.len() > MOST_CELLS {
            return Err(RowsError::TooMany);
        }
    }
    let rows = Rows::new(rows).ok_or(RowsError::NoRows)?;
    Ok(Table { columns: Some(columns), rows })
}

fn not_csv(error: &csv::Error, bytes: &[u8]) -> RowsError {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => RowsError::Ragged {
            line: line(pos.as_ref(), bytes),
            found: *len,
            expected: *expected_len,
        },
        ErrorKind::Utf8 { pos, .. } => RowsError::NotUtf8(line(pos.as_ref(), bytes)),
        _ => RowsError::NotCsv(error.to_string()),
    }
}

/// The line of a row. Its position lies before the line breaks that are skipped to get to it.
fn line(position: Option<&Position>, bytes: &[u8]) -> u64 {
    let Some(position) = position else { return 0 };
    let before = bytes.get(position.byte() as usize..).unwrap_or_default();
    let breaks = before.iter().take_while(|byte| b"\r\n".contains(byte));
    position.line() + breaks.filter(|byte| **byte == b'\n').count() as u64
}

/// Reads a JSON list of objects with the same keys, or of anything else.
pub(super) fn json(bytes: &[u8]) -> Result<Table, RowsError> {
    let broken = |error: serde_json::Error| RowsError::NotJson(error.to_string());
    if bytes.trim_ascii_start().first() != Some(&b'[') {
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(broken)?;
        return Err(RowsError::NotAList);
    }
    let items = serde_json::from_slice::<Items>(bytes).map_err(broken)?.0;
    let Some(items) = items else { return Err(RowsError::TooMany) };
    let keys = items.iter().map(|item| Some(item.as_object()?.keys().map(String::as_str)));
    let columns = columns(keys)?;
    let rows = items.into_iter().map(|item| match (item, &columns) {
        (Json::Object(mut object), Some(columns)) => {
            columns.iter().map(|column| value(object.remove(column).unwrap_or_default())).collect()
        }
        (single, _) => Box::from([value(single)]),
    });
    let rows = Rows::new(rows.collect()).ok_or(RowsError::EmptyList)?;
    Ok(Table { columns, rows })
}

/// The items of a list; nothing once they have more values than are held in memory.
struct Items(Option<Vec<Json>>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Items;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Items, S::Error> {
        let (mut items, mut cells) = (Vec::new(), 0);
        while let Some(item) = list.next_element::<Json>()? {
            cells += item.as_object().map_or(1, serde_json::Map::len);
            if cells > MOST_CELLS {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Items(None));
            }
            items.push(item);
        }
        Ok(Items(Some(items)))
    }
}

fn value(json: Json) -> Value {
    match json {
        Json::String(text) => Value::text(text),
        other => Value::json(other.to_string()),
    }
}

/// The columns that all rows have, if each row is given by its keys; nothing for rows that are
/// single values.
pub(super) fn columns<'a, K: Iterator<Item = &'a str>>(
    rows: impl IntoIterator<Item = Option<K>>,
) -> Result<Option<Vec<String>>, RowsError> {
    let mut rows = rows.into_iter();
    let first: Option<Vec<&str>> = rows.next().ok_or(RowsError::EmptyList)?.map(K::collect);
    let known: Option<BTreeSet<&str>> = first.as_ref().map(|keys| keys.iter().copied().collect());
    for (row, keys) in (2..).zip(rows) {
        let (known, keys) = match (&known, keys) {
            (None, None) => continue,
            (Some(known), Some(keys)) => (known, keys.collect::<BTreeSet<&str>>()),
            (_, keys) => return Err(RowsError::Mixed { row, has_columns: keys.is_some() }),
        };
        if let Some(column) = known.difference(&keys).next() {
            return Err(RowsError::NoColumn { row, column: (*column).to_owned() });
        }
        if let Some(column) = keys.difference(known).next() {
            return Err(RowsError::OtherColumn { row, column: (*column).to_owned() });
        }
    }
    Ok(first.map(|keys| keys.into_iter().map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn shown(table: &Table) -> Vec<Vec<&str>> {
        let rows = table.rows.as_slice().iter();
        rows.map(|row| row.iter().map(Value::as_str).collect()).collect()
    }

    #[test]
    fn csv_has_a_header_and_texts() {
        let table = csv(b"\xef\xbb\xbfname, age\n\"a, \"\"b\"\"\",7\nc,\n").unwrap();
        assert_eq!(table.columns.as_deref().unwrap(), ["name", "age"]);
        assert_eq!(shown(&table), [["a, \"b\"", "7"], ["c", ""]]);
        assert!(table.rows.as_slice().iter().flatten().all(Value::is_text));
    }

    #[test]
    fn broken_csv_is_refused_with_its_line() {
        for (text, error) in [
            (&b""[..], RowsError::NoHeader),
            (b"\n\n", RowsError::NoHeader),
            (b"a,b\n", RowsError::NoRows),
            (b"a,b\n1,2\n3\n", RowsError::Ragged { line: 3, found: 1, expected: 2 }),
            (b"a,b\r\n1,2\r\n3,4,5\r\n", RowsError::Ragged { line: 3, found: 3, expected: 2 }),
            (b"a,b\n\n\n\"1\n\",2\n\n3\n", RowsError::Ragged { line: 7, found: 1, expected: 2 }),
            (b"a\n1\n\xff\n", RowsError::NotUtf8(3)),
            (b"a,b\n1,\"2\n3,4\n", RowsError::OpenQuote(2)),
            (b"a,b,a\n1,2,3\n", RowsError::ColumnTwice("a".to_owned())),
        ] {
            assert_eq!(csv(text).unwrap_err(), error, "{text:?}");
        }
    }

    #[test]
    fn a_json_list_has_rows_or_single_values() {
        let table = json(br#"[{"b": 1.5, "a": "x"}, {"a": null, "b": [1, 2]}]"#).unwrap();
        assert_eq!(table.columns.as_deref().unwrap(), ["a", "b"]);
        assert_eq!(shown(&table), [["x", "1.5"], ["null", "[1,2]"]]);
        let single = json(br#"["x", 7, ["y"]]"#).unwrap();
        assert_eq!(single.columns, None);
        assert_eq!(shown(&single), [["x"], ["7"], ["[\"y\"]"]]);
        let kinds = single.rows.as_slice().iter().map(|row| row[0].is_text());
        assert_eq!(kinds.collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn other_json_is_refused_with_its_row() {
        let of = |column: &str| column.to_owned();
        for (text, error) in [
            ("{}", RowsError::NotAList),
            ("[]", RowsError::EmptyList),
            (r#"[{"a":1},5]"#, RowsError::Mixed { row: 2, has_columns: false }),
            (r#"[5,{"a":1}]"#, RowsError::Mixed { row: 2, has_columns: true }),
            (r#"[{"a":1},{"a":1},{}]"#, RowsError::NoColumn { row: 3, column: of("a") }),
            (r#"[{"a":1},{"a":1,"b":1}]"#, RowsError::OtherColumn { row: 2, column: of("b") }),
        ] {
            assert_eq!(json(text.as_bytes()).unwrap_err(), error, "{text}");
        }
        assert!(matches!(json(b"[1,").unwrap_err(), RowsError::NotJson(_)));
    }

    #[test]
    fn a_table_that_would_not_fit_into_memory_is_refused() {
        let row = "1,2,3,4,5,6,7,8,9,0";
        let rows =
            |rows: usize| format!("a,b,c,d,e,f,g,h,i,j\n{}", format!("{row}\n").repeat(rows));
        assert_eq!(csv(rows(200_001).as_bytes()).unwrap_err(), RowsError::TooMany);
        let list = format!("[1{}]", ",1".repeat(MOST_CELLS));
        assert_eq!(json(list.as_bytes()).unwrap_err(), RowsError::TooMany);
        let shown = RowsError::TooMany.to_string();
        assert_eq!(shown, "it has more than 2000000 values");
    }

    proptest! {
        #[test]
        fn any_file_gives_equal_rows_or_an_error(bytes in vec(any::<u8>(), 0..200)) {
            for table in [csv(&bytes), json(&bytes)].into_iter().flatten() {
                let columns = table.columns.as_ref().map_or(1, Vec::len);
                prop_assert!(table.rows.as_slice().iter().all(|row| row.len() == columns));
            }
        }

        #[test]
        fn any_lines_give_equal_rows_or_an_error(text in "([ab\",]{0,4}\r?\n){0,6}") {
            if let Ok(table) = csv(text.as_bytes()) {
                let columns = table.columns.as_ref().map_or(1, Vec::len);
                prop_assert!(table.rows.as_slice().iter().all(|row| row.len() == columns));
            }
        }
    }
}
