//! The published schemas: equal to the types, and true of real documents.

use std::path::PathBuf;

use perfbase::report::{Document, Format, Style, schemas};
use serde_json::Value;

use crate::formats::with_every_document;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let update = std::env::var_os("UPDATE_SCHEMAS").is_some();
    for (file, schema) in schemas() {
        let path = directory().join(file);
        let wanted = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if update {
            fs_err::create_dir_all(directory()).unwrap();
            fs_err::write(&path, &wanted).unwrap();
        }
        let committed = fs_err::read_to_string(&path).unwrap();
        assert!(
            committed == wanted,
            "schemas/{file} is not that of the types; UPDATE_SCHEMAS=1 cargo test --test report writes it anew"
        );
    }
}

#[test]
fn every_document_is_as_its_schema_says() {
    let schemas = schemas();
    with_every_document(|name, document| {
        let file = match document {
            Document::Run(_) | Document::Show(_) => "run.json",
            Document::Record(_) => "record.json",
            Document::Compare(_) => "comparison.json",
            Document::Aa(_) => "aa.json",
            Document::Ab(_) => "ab.json",
            Document::Baseline(_) => "baseline.json",
            Document::Change(_) => "baseline-change.json",
            Document::History(_) => "history.json",
            Document::Check(_) => "check.json",
        };
        let (_, schema) = schemas.iter().find(|(known, _)| *known == file).unwrap();
        let validator = jsonschema::validator_for(schema).unwrap();
        let mut value: Value =
            serde_json::from_str(&document.render(Format::Json, &Style::default())).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        value["schema"] = "perfbase/other/1".into();
        assert!(!validator.is_valid(&value), "{name}: another document passes");
    });
}
