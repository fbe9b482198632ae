//! Values that the document itself gives.

use std::cell::Cell;

use crate::init::tree::Tree;

use super::document::Document;

/// Schemas within schemas, at most: a definition may contain itself.
const MOST_LEVELS: usize = 24;
/// Schemas that are looked at for one value, at most.
const MOST_SCHEMAS: usize = 5_000;

/// Where a value comes from, from the plainest to the most composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// It is an example.
    Example,
    /// It is the default.
    Default,
    /// It is one of the few that are allowed.
    Enumeration,
    /// It is put together from those of its fields.
    Fields,
}

impl Origin {
    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Example => "the document's example",
            Self::Default => "the document's default",
            Self::Enumeration => "the first of the values that the document allows",
            Self::Fields => "put together from the document's values for its required fields",
        }
    }
}

/// The value that a parameter, a media type or another thing with `example`, `examples` and
/// `schema` gives.
pub(super) fn value_of(document: &Document, node: &Tree) -> Option<(Tree, Origin)> {
    if let Some(example) = node.get("example") {
        return Some((example.clone(), Origin::Example));
    }
    let named = node.get("examples").map(Tree::entries).unwrap_or_default();
    let named =
        named.iter().find_map(|(_, example)| document.resolve(example).ok()?.get("value").cloned());
    if let Some(example) = named {
        return Some((example, Origin::Example));
    }
    let schemas = Schemas { document, left: Cell::new(MOST_SCHEMAS) };
    schemas.value(node.get("schema")?, 0)
}

/// A search through schemas.
struct Schemas<'d> {
    document: &'d Document,
    /// How many may still be looked at.
    left: Cell<usize>,
}

impl Schemas<'_> {
    fn value(&self, schema: &Tree, level: usize) -> Option<(Tree, Origin)> {
        let left = self.left.get().checked_sub(1).filter(|_| level < MOST_LEVELS)?;
        self.left.set(left);
        let schema = self.document.resolve(schema).ok()?;
        own(schema).or_else(|| self.composed(schema, level))
    }

    /// What the schemas within it say.
    fn composed(&self, schema: &Tree, level: usize) -> Option<(Tree, Origin)> {
        let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key));
        let alternative = alternatives
            .flat_map(Tree::items)
            .find_map(|alternative| self.value(alternative, level + 1));
        if alternative.is_some() {
            return alternative;
        }
        if let Some(item) = schema.get("items") {
            let (item, origin) = self.value(item, level + 1)?;
            return Some((Tree::List(vec![item]), origin));
        }
        let mut fields: Vec<(String, Tree)> = Vec::new();
        self.fields(schema, level, &mut fields)?;
        (!fields.is_empty()).then_some((Tree::Table(fields), Origin::Fields))
    }

    /// Adds the required fields of a schema and of all that it is made of; nothing if one of them
    /// has no value.
    fn fields(&self, schema: &Tree, level: usize, into: &mut Vec<(String, Tree)>) -> Option<()> {
        for part in schema.get("allOf").map(Tree::items).unwrap_or_default() {
            let left = self.left.get().checked_sub(1).filter(|_| level < MOST_LEVELS)?;
            self.left.set(left);
            let part = self.document.resolve(part).ok()?;
            match own(part) {
                Some((Tree::Table(fields), _)) => {
                    for field in fields {
                        put(into, field);
                    }
                }
                _ => self.fields(part, level + 1, into)?,
            }
        }
        let properties = schema.get("properties").map(Tree::entries).unwrap_or_default();
        let required = schema.get("required").map(Tree::items).unwrap_or_default();
        for name in required.iter().filter_map(Tree::text) {
            if into.iter().any(|(known, _)| known == name) {
                continue;
            }
            let (_, property) = properties.iter().find(|(known, _)| known == name)?;
            if property.is_true("readOnly") {
                continue;
            }
            let (value, _) = self.value(property, level + 1)?;
            put(into, (name.to_owned(), value));
        }
        Some(())
    }
}

/// What the schema itself says.
fn own(schema: &Tree) -> Option<(Tree, Origin)> {
    let first = |key: &str| schema.get(key).and_then(|list| list.items().first());
    let example = schema.get("example").or(first("examples")).map(|e| (e, Origin::Example));
    let (value, origin) =
        example
            .or(schema.get("default").map(|value| (value, Origin::Default)))
            .or(schema.get("const").or(first("enum")).map(|value| (value, Origin::Enumeration)))?;
    Some((value.clone(), origin))
}

fn put(into: &mut Vec<(String, Tree)>, (name, value): (String, Tree)) {
    match into.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = value,
        None => into.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of the schema under `schema`, with the document's other schemas beside it.
    fn value(json: &str) -> Option<(String, Origin)> {
        let document = Document { root: Tree::of_json("a", json).unwrap() };
        let (value, origin) = value_of(&document, &document.root)?;
        Some((serde_json::to_string(&value).unwrap(), origin))
    }

    #[test]
    fn examples_come_before_defaults_and_those_before_enumerations() {
        for (json, expected, origin) in [
            (r#"{"example": 1, "schema": {"example": 2}}"#, "1", Origin::Example),
            (r#"{"examples": {"a": {"value": 1}}}"#, "1", Origin::Example),
            (r#"{"schema": {"example": 2, "default": 3}}"#, "2", Origin::Example),
            (r#"{"schema": {"examples": [4], "default": 3}}"#, "4", Origin::Example),
            (r#"{"schema": {"default": 3, "enum": [5]}}"#, "3", Origin::Default),
            (r#"{"schema": {"enum": ["a", "b"]}}"#, "\"a\"", Origin::Enumeration),
            (r#"{"schema": {"const": "c"}}"#, "\"c\"", Origin::Enumeration),
        ] {
            assert_eq!(value(json), Some((expected.to_owned(), origin)), "{json}");
        }
        assert_eq!(value(r#"{"schema": {"type": "string"}}"#), None);
    }

    #[test]
    fn objects_are_put_together_from_their_required_fields() {
        let json = r##"{
            "schema": {
                "allOf": [{"$ref": "#/base"}],
                "required": ["name", "tags"],
                "properties": {
                    "name": {"example": "x"},
                    "tags": {"type": "array", "items": {"default": 1}},
                    "more": {"example": "not required"}
                }
            },
            "base": {"required": ["id"], "properties": {"id": {"oneOf": [{"enum": [7]}]}}}
        }"##;
        let expected = r#"{"id":7,"name":"x","tags":[1]}"#.to_owned();
        assert_eq!(value(json), Some((expected, Origin::Fields)));
    }

    #[test]
    fn one_field_without_a_value_leaves_the_whole_without_one() {
        let json =
            r#"{"schema": {"required": ["a", "b"], "properties": {"a": {"example": 1}, "b": {}}}}"#;
        assert_eq!(value(json), None);
        assert_eq!(value(r#"{"schema": {"properties": {"a": {"example": 1}}}}"#), None);
    }

    #[test]
    fn schemas_that_contain_themselves_many_times_come_to_an_end() {
        let fields: Vec<String> = (0..20).map(|n| format!("\"f{n}\"")).collect();
        let properties: Vec<String> =
            fields.iter().map(|name| format!(r##"{name}: {{"$ref": "#/schema"}}"##)).collect();
        let (fields, properties) = (fields.join(","), properties.join(","));
        let json =
            format!(r#"{{"schema": {{"required": [{fields}], "properties": {{{properties}}}}}}}"#);
        assert_eq!(value(&json), None);
        let json = r##"{"schema": {"oneOf": [{"$ref": "#/schema"}, {"$ref": "#/schema"}]}}"##;
        assert_eq!(value(json), None);
    }
}
