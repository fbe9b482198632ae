//! Parameters of path, query, headers and cookies.

use crate::init::address::component;
use crate::init::tree::Tree;

use super::document::Document;
use super::example::{Origin, value_of};

/// A parameter that a request cannot do without.
#[derive(Debug)]
pub(super) struct Parameter<'d> {
    pub(super) name: &'d str,
    pub(super) place: Place,
    node: &'d Tree,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

impl Place {
    fn of(text: &str) -> Option<Self> {
        match text {
            "path" => Some(Self::Path),
            "query" => Some(Self::Query),
            "header" => Some(Self::Header),
            "cookie" => Some(Self::Cookie),
            _ => None,
        }
    }
}

/// The required parameters of an operation: its own and, where it has none of that name, those of
/// its path. The error says what is missing.
pub(super) fn required<'d>(
    document: &'d Document,
    path: &'d Tree,
    operation: &'d Tree,
) -> Result<Vec<Parameter<'d>>, String> {
    let mut all: Vec<(Parameter<'d>, bool)> = Vec::new();
    for owner in [path, operation] {
        for node in owner.get("parameters").map(Tree::items).unwrap_or_default() {
            let node = document.resolve(node)?;
            let place = node.text_of("in").and_then(Place::of);
            let Some((name, place)) = node.text_of("name").zip(place) else { continue };
            let is_required = place == Place::Path || node.is_true("required");
            let parameter = (Parameter { name, place, node }, is_required);
            let same = all.iter_mut().find(|(known, _)| (known.name, known.place) == (name, place));
            match same {
                Some(known) => *known = parameter,
                None => all.push(parameter),
            }
        }
    }
    Ok(all.into_iter().filter(|(_, required)| *required).map(|(parameter, _)| parameter).collect())
}

impl Parameter<'_> {
    /// Its value as it is sent, and where that comes from; nothing if the document has none, or
    /// one that cannot be written as a word or a list of words.
    pub(super) fn value(&self, document: &Document) -> Option<(String, Origin)> {
        let (value, origin) = value_of(document, self.node)?;
        let (name, encode) = (component(self.name), |word: String| match self.place {
            Place::Header => word,
            _ => component(&word),
        });
        let word = match &value {
            Tree::List(items) => {
                let words: Option<Vec<String>> = items.iter().map(Tree::word).collect();
                let words: Vec<String> = words?.into_iter().map(encode).collect();
                if words.is_empty() {
                    return None;
                }
                match self.place {
                    Place::Query if self.is_exploded() => words.join(&format!("&{name}=")),
                    _ => words.join(","),
                }
            }
            word => encode(word.word()?),
        };
        let word = match self.place {
            Place::Query | Place::Cookie => format!("{name}={word}"),
            Place::Path | Place::Header => word,
        };
        (!word.is_empty()).then_some((word, origin))
    }

    /// Whether a list in the query is the same name again and again, which it is unless said.
    fn is_exploded(&self) -> bool {
        let is_form = self.node.text_of("style").is_none_or(|style| style == "form");
        is_form && self.node.get("explode") != Some(&Tree::Boolean(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(json: &str) -> Vec<(String, Option<String>)> {
        let document = Document { root: Tree::of_json("a", json).unwrap() };
        let (path, operation) =
            (document.root.get("path").unwrap(), document.root.get("operation").unwrap());
        required(&document, path, operation)
            .unwrap()
            .iter()
            .map(|parameter| {
                (parameter.name.to_owned(), parameter.value(&document).map(|(value, _)| value))
            })
            .collect()
    }

    #[test]
    fn required_parameters_are_sent_as_their_place_wants_them() {
        let json = r#"{"path": {"parameters": [
            {"name": "id", "in": "path", "example": 1},
            {"name": "x y", "in": "query", "required": true, "example": "a&b"}
        ]}, "operation": {"parameters": [
            {"name": "id", "in": "path", "example": "a/b"},
            {"name": "ids", "in": "query", "required": true, "example": [1, 2]},
            {"name": "few", "in": "query", "required": true, "example": [1, 2], "explode": false},
            {"name": "x-a", "in": "header", "required": true, "example": "a b"},
            {"name": "sid", "in": "cookie", "required": true, "example": "a"},
            {"name": "page", "in": "query", "example": 1},
            {"name": "none", "in": "query", "required": true},
            {"name": "deep", "in": "query", "required": true, "example": {"a": 1}}
        ]}}"#;
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("id", some("a%2Fb")),
            ("x y", some("x%20y=a%26b")),
            ("ids", some("ids=1&ids=2")),
            ("few", some("few=1,2")),
            ("x-a", some("a b")),
            ("sid", some("sid=a")),
            ("none", None),
            ("deep", None),
        ];
        assert_eq!(values(json), expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
