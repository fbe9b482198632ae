//! The body that an operation takes.

use crate::init::address::component;
use crate::init::body::{can_be_toml, essence, is_json};
use crate::init::description::{Draft, DraftBody};
use crate::init::tree::Tree;

use super::document::Document;
use super::example::value_of;

/// Puts the body of `operation` into `draft`, or notes that it is missing.
pub(super) fn put(document: &Document, operation: &Tree, draft: &mut Draft) {
    let Some(node) = operation.get("requestBody") else { return };
    let node = match document.resolve(node) {
        Ok(node) => node,
        Err(why) => return draft.missing.push(why),
    };
    let kinds = node.get("content").map(Tree::entries).unwrap_or_default();
    let found = kinds.iter().filter_map(|(kind, media)| Some((kind, media, form(kind)?)));
    let best = found.min_by_key(|(_, _, form)| *form);
    let is_required = node.is_true("required");
    let mut lack = |why: String| {
        if is_required {
            draft.missing.push(why);
        } else {
            draft.about.push(format!("Without its body, which is optional: {why}."));
        }
    };
    let Some((kind, media, form)) = best else {
        let kind = kinds.first().map_or("*/*", |(kind, _)| kind.as_str());
        return lack(format!("its body is of the type {kind}"));
    };
    let Some((value, origin)) = value_of(document, media) else {
        return lack(format!("no example of its body ({kind})"));
    };
    let Some((body, content_type)) = written(value, kind, form, draft) else {
        draft.missing.push(format!("the example of its body is not of the type {kind}"));
        return;
    };
    if let Some(content_type) = content_type {
        draft.headers.push(("content-type".to_owned(), content_type));
    }
    draft.body = Some(body);
    draft.about.push(format!("Body: {}.", origin.words()));
}

/// How a body is written, from the likeliest to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Json,
    Pairs,
    Text,
}

fn form(kind: &str) -> Option<Form> {
    let kind = essence(kind);
    if is_json(&kind) {
        Some(Form::Json)
    } else if kind == "application/x-www-form-urlencoded" {
        Some(Form::Pairs)
    } else {
        (kind.starts_with("text/") || kind == "application/xml").then_some(Form::Text)
    }
}

fn written(
    value: Tree,
    kind: &str,
    form: Form,
    draft: &mut Draft,
) -> Option<(DraftBody, Option<String>)> {
    let kind = kind.trim().to_owned();
    match form {
        Form::Json => {
            let is_exact = can_be_toml(&value);
            let value = value.map_words(None, &mut |_, word| match word {
                Tree::Text(text) => Tree::Text(draft.variables.write(&text)),
                word => word,
            });
            if is_exact {
                let kind = (kind != "application/json").then_some(kind);
                return Some((DraftBody::Json(value), kind));
            }
            Some((DraftBody::Text(serde_json::to_string(&value).ok()?), Some(kind)))
        }
        Form::Pairs => {
            let pair = |(name, value): &(String, Tree)| {
                Some(format!("{}={}", component(name), component(&value.word()?)))
            };
            let pairs: Option<Vec<String>> = value.entries().iter().map(pair).collect();
            let pairs = pairs.filter(|pairs| !pairs.is_empty())?;
            Some((DraftBody::Text(pairs.join("&")), Some(kind)))
        }
        Form::Text => {
            let text = value.text()?;
            Some((DraftBody::Text(draft.variables.write(text)), Some(kind)))
        }
    }
}
