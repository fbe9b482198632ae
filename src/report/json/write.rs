//! Documents become text, and their types schemas.

use std::fmt::Write as _;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use super::{aa, ab, baseline, change, check, committed, comparison, history, run};
use crate::model::is_unseen;
use crate::report::document::Document;

/// The report as JSON, ending with a line break.
pub(in crate::report) fn write(document: &Document<'_>) -> String {
    match document {
        Document::Run(report) | Document::Show(report) => text(&run::RunDocument::of(report)),
        Document::Record(report) => text(&baseline::RecordDocument::of(report)),
        Document::Compare(report) => text(&comparison::ComparisonDocument::of(report)),
        Document::Baseline(report) => text(&committed::BaselineDocument::of(report)),
        Document::Change(report) => text(&change::ChangeDocument::of(report)),
        Document::Aa(report) => text(&aa::AaDocument::of(report)),
        Document::Ab(report) => text(&ab::AbDocument::of(report)),
        Document::History(lines) => text(&history::HistoryDocument::of(lines)),
        Document::Check(report) => text(&check::CheckDocument::of(report)),
    }
}

/// Every published schema with the name of its file under `schemas/`.
#[must_use]
pub fn schemas() -> [(&'static str, Value); 9] {
    [
        ("run.json", schema::<run::RunDocument>()),
        ("record.json", schema::<baseline::RecordDocument>()),
        ("comparison.json", schema::<comparison::ComparisonDocument>()),
        ("baseline.json", schema::<committed::BaselineDocument>()),
        ("baseline-change.json", schema::<change::ChangeDocument>()),
        ("aa.json", schema::<aa::AaDocument>()),
        ("ab.json", schema::<ab::AbDocument>()),
        ("history.json", schema::<history::HistoryDocument>()),
        ("check.json", schema::<check::CheckDocument>()),
    ]
}

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .into()
}

/// Pretty JSON. Characters that a terminal would act on can only stand within strings, so writing
/// them as escapes changes no value.
fn text(document: &impl Serialize) -> String {
    // Serializing own types with text keys into memory cannot fail; a null document says so.
    let plain = serde_json::to_string_pretty(document).unwrap_or_else(|_| "null".to_owned());
    let mut safe = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        if c != '\n' && is_unseen(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_a_terminal_acts_on_are_escaped_and_read_back() {
        let value = "\u{1b}[31m \u{9b} \u{202e} \u{e0041} ü";
        let shown = text(&value);
        assert!(!shown.trim_end().chars().any(is_unseen), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
    }
}
