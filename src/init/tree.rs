//! A value as JSON and YAML have it, with its keys in the order of the document.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::error::InitError;

/// Levels of a YAML document at most; of a JSON document the parser allows as many.
const MOST_LEVELS: usize = 128;
/// Values of a YAML document at most: more than the largest interfaces that are published have.
const MOST_VALUES: usize = 2_000_000;

/// A value of JSON or YAML.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 64 bits, with or without a sign.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// Values in their order.
    List(Vec<Self>),
    /// Keys with their values in the order of the document; a key may be there twice.
    Table(Vec<(String, Self)>),
}

impl Tree {
    /// Reads JSON.
    pub(super) fn of_json(name: &str, text: &str) -> Result<Self, InitError> {
        serde_json::from_str(text).map_err(|error| not_json(name, &error))
    }

    /// Reads YAML, of which JSON is a part.
    pub(super) fn of_yaml(name: &str, text: &str) -> Result<Self, InitError> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_events: 2 * MOST_VALUES,
                max_nodes: MOST_VALUES,
                max_depth: MOST_LEVELS,
                // What aliases may grow to is limited by itself.
                enforce_alias_anchor_ratio: false,
            },
            // `no` and `on` are words, as in YAML 1.2.
            strict_booleans: true,
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default().to_owned();
            InitError::NotYaml { name: name.to_owned(), message }
        })
    }

    /// The value of a key of a table.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let (_, value) = self.entries().iter().find(|(known, _)| known == key)?;
        Some(value)
    }

    /// The entries of a table; of anything else, none.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; of anything else, none.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// A text as such.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key of a table.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Whether a key of a table is `true`.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Self::Boolean(true))
    }

    /// What a path or header would say for it; nothing for lists, tables and null.
    pub(super) fn word(&self) -> Option<String> {
        match self {
            Self::Boolean(boolean) => Some(boolean.to_string()),
            Self::Integer(integer) => Some(integer.to_string()),
            Self::Float(float) => Some(float.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Null | Self::List(_) | Self::Table(_) => None,
        }
    }

    /// The value with its texts replaced; `change` is told the key that a text stands under, which
    /// for items of a list is the list's.
    pub(super) fn map_words(
        self,
        key: Option<&str>,
        change: &mut dyn FnMut(Option<&str>, Self) -> Self,
    ) -> Self {
        match self {
            Self::List(items) => {
                Self::List(items.into_iter().map(|item| item.map_words(key, change)).collect())
            }
            Self::Table(entries) => {
                let entries = entries.into_iter().map(|(key, value)| {
                    let value = value.map_words(Some(&key), change);
                    (key, value)
                });
                Self::Table(entries.collect())
            }
            word => change(key, word),
        }
    }
}

/// What is wrong with JSON, without the place that the parser adds to its message.
pub(super) fn not_json(name: &str, error: &serde_json::Error) -> InitError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let place = format!(" at line {line} column {column}");
    let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
    InitError::NotJson { name: name.to_owned(), line, column, message }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Integer(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Tree, E> {
        if value.is_finite() {
            Ok(Tree::Float(value))
        } else {
            Err(E::custom("a number that is infinite or none at all"))
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut table = Vec::new();
        while let Some(key) = entries.next_key::<Tree>()? {
            // YAML has statuses as keys, which are numbers there.
            let key = match key {
                Tree::Null => "null".to_owned(),
                key => key.word().ok_or_else(|| A::Error::custom("a key that is no text"))?,
            };
            table.push((key, entries.next_value()?));
        }
        Ok(Tree::Table(table))
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Self::Integer(integer) => serializer.serialize_i128(*integer),
            Self::Float(float) => serializer.serialize_f64(*float),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Table(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_one_tree_and_keys_keep_their_order() {
        let json = r#"{"b": [1, -2.5, true, null, "x"], "a": {"200": "yes"}}"#;
        let yaml = "b: [1, -2.5, true, ~, x]\na:\n  200: yes\n";
        let tree = Tree::of_json("a", json).unwrap();
        assert_eq!(Tree::of_yaml("a", yaml).unwrap(), tree);
        assert_eq!(
            serde_json::to_string(&tree).unwrap(),
            r#"{"b":[1,-2.5,true,null,"x"],"a":{"200":"yes"}}"#
        );
    }

    #[test]
    fn aliases_and_merges_are_resolved() {
        let yaml = "base: &base {a: 1}\nother: *base\nmerged:\n  <<: *base\n  b: 2\n";
        let tree = Tree::of_yaml("a", yaml).unwrap();
        assert_eq!(tree.get("other"), tree.get("base"));
        assert_eq!(tree.get("merged").and_then(|merged| merged.get("a")), Some(&Tree::Integer(1)));
    }

    #[test]
    fn a_document_that_grows_without_bound_is_refused() {
        let mut lines = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x]".to_owned()];
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            let aliases = [alias.as_str(); 9].join(", ");
            lines.push(format!("a{level}: &a{level} [{aliases}]"));
        }
        assert!(matches!(Tree::of_yaml("a", &lines.join("\n")), Err(InitError::NotYaml { .. })));
        let deep = "[".repeat(100_000);
        assert!(matches!(Tree::of_yaml("a", &deep), Err(InitError::NotYaml { .. })));
        assert!(matches!(Tree::of_json("a", &deep), Err(InitError::NotJson { .. })));
    }

    #[test]
    fn errors_say_where() {
        let error = Tree::of_json("a.json", "{\n  \"a\": }").unwrap_err().to_string();
        assert_eq!(error, "a.json is not JSON: line 2, column 8: expected value");
        let error = Tree::of_yaml("a.yaml", "a: [1\nb: 2\n").unwrap_err().to_string();
        assert!(error.starts_with("a.yaml is not YAML: "), "{error}");
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
