//! The document and the references within it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::init::tree::Tree;

/// References that lead to references, at most.
const MOST_HOPS: usize = 32;

/// A document that has been read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) root: Tree,
}

impl Document {
    /// What `node` is, its reference followed. The error says in words what is missing instead.
    pub(super) fn resolve<'t>(&'t self, node: &'t Tree) -> Result<&'t Tree, String> {
        let mut node = node;
        for _ in 0..MOST_HOPS {
            let Some(reference) = node.text_of("$ref") else { return Ok(node) };
            let missing = || format!("`{reference}` is not in the document");
            let Some(pointer) = reference.strip_prefix('#') else { return Err(missing()) };
            let pointer = percent_decode_str(pointer).decode_utf8_lossy();
            node = self.at(&pointer).ok_or_else(missing)?;
        }
        Err("a reference in the document leads back to itself".to_owned())
    }

    /// What a JSON Pointer (RFC 6901) leads to.
    fn at(&self, pointer: &str) -> Option<&Tree> {
        pointer.split('/').skip(1).try_fold(&self.root, |node, step| {
            let step: Cow<'_, str> = if step.contains('~') {
                step.replace("~1", "/").replace("~0", "~").into()
            } else {
                step.into()
            };
            match node {
                Tree::List(items) => items.get(step.parse::<usize>().ok()?),
                node => node.get(&step),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(json: &str) -> Document {
        Document { root: Tree::of_json("a", json).unwrap() }
    }

    #[test]
    fn references_within_the_document_are_followed() {
        let document = document(
            r##"{"a": {"$ref": "#/b~1c/0"}, "b/c": [{"$ref": "#/d%20e"}], "d e": {"x": 1}}"##,
        );
        let found = document.resolve(document.root.get("a").unwrap()).unwrap();
        assert_eq!(found.get("x"), Some(&Tree::Integer(1)));
    }

    #[test]
    fn references_to_elsewhere_nowhere_and_in_circles_are_told() {
        let document = document(
            r##"{"a": {"$ref": "b.yaml#/c"}, "b": {"$ref": "#/none"}, "c": {"$ref": "#/c"}}"##,
        );
        for (key, why) in [("a", "`b.yaml#/c` is not"), ("b", "`#/none`"), ("c", "back to itself")]
        {
            let error = document.resolve(document.root.get(key).unwrap()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
