//! The parts of a body of several, as `curl -F` says them and as the file writes them.

use super::description::{Draft, DraftBody};
use super::secret::{
    contains_secret, is_secret_field, looks_like_token, speaks_of_secrets, variable_name,
};
use super::tree::Tree;
use super::variable::SHELL_VARIABLE;

/// One part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    name: String,
    content: Content,
    /// Its media type, if it says one.
    kind: Option<String>,
    /// The name of its file, if it says one.
    file_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Text(String),
    /// What is in the file at this path.
    File(String),
}

impl Part {
    /// The part that `curl -F` makes of `NAME=TEXT` or `NAME=@FILE`, with what follows semicolons. The
    /// error says what is not known of it.
    pub(super) fn of_curl(written: &str) -> Result<Self, String> {
        let (name, rest) = named(written)?;
        let (mark, rest) = match rest.chars().next() {
            Some(mark @ ('@' | '<')) => (Some(mark), &rest[1..]),
            _ => (None, rest),
        };
        let (content, mut rest) = word(rest);
        if mark == Some('<') || (mark.is_some() && (content == "-" || content.contains(','))) {
            return Err(format!("its part `{name}` is in the file `{content}`"));
        }
        let content = if mark.is_some() { Content::File(content) } else { Content::Text(content) };
        let mut part = Self { name: name.to_owned(), content, kind: None, file_name: None };
        while let Some(more) = rest.strip_prefix(';') {
            let more = more.trim_start();
            let (key, value) = more.split_once('=').unwrap_or((more, ""));
            let (value, after) = word(value);
            match key {
                "type" => part.kind = Some(value),
                "filename" => part.file_name = Some(value),
                "headers" | "encoder" => {
                    return Err(format!("its part `{name}` has {key} of its own"));
                }
                // As curl does.
                _ => {}
            }
            rest = after;
        }
        Ok(part)
    }

    /// The part that `curl --form-string` makes of `NAME=TEXT`.
    pub(super) fn of_text(written: &str) -> Result<Self, String> {
        let (name, text) = named(written)?;
        let content = Content::Text(text.to_owned());
        Ok(Self { name: name.to_owned(), content, kind: None, file_name: None })
    }

    /// How the file writes it, without its secrets. A file is told as missing: where it is here, the
    /// command does not say.
    fn write(&self, draft: &mut Draft) -> Tree {
        let Self { name, content, kind, file_name } = self;
        let variables = &mut draft.variables;
        let (key, text) = match content {
            Content::File(path) => {
                draft.missing.push(format!("its part `{name}` is the file `{path}`"));
                ("file", variables.write(path))
            }
            Content::Text(text) if !text.is_empty() && is_secret(name, text) => {
                let what = format!("the field `{name}`");
                ("text", variables.replace(text, &variable_name(name), what))
            }
            Content::Text(text) => ("text", variables.write(text)),
        };
        if key == "text" && kind.is_none() && file_name.is_none() {
            return Tree::Text(text);
        }
        let more = [("type", kind), ("name", file_name)];
        let more = more.into_iter().filter_map(|(key, value)| {
            Some((key.to_owned(), Tree::Text(variables.write(value.as_ref()?))))
        });
        Tree::Table(std::iter::once((key.to_owned(), Tree::Text(text))).chain(more).collect())
    }
}

/// Puts a body of `parts` into `draft`.
pub(super) fn put(parts: &[Part], draft: &mut Draft) {
    let mut entries: Vec<(String, Tree)> = Vec::new();
    for part in parts {
        let written = part.write(draft);
        match entries.iter_mut().find(|(name, _)| *name == part.name) {
            None => entries.push((part.name.clone(), written)),
            Some((_, Tree::List(all))) => all.push(written),
            Some((_, one)) => {
                let first = std::mem::replace(one, Tree::Null);
                *one = Tree::List(vec![first, written]);
            }
        }
    }
    draft.body = Some(DraftBody::Parts(Tree::Table(entries)));
}

fn is_secret(name: &str, text: &str) -> bool {
    is_secret_field(name)
        || looks_like_token(text)
        || contains_secret(text)
        || speaks_of_secrets(text)
}

fn named(written: &str) -> Result<(&str, &str), String> {
    written
        .split_once('=')
        .filter(|(name, _)| !name.is_empty() && !name.contains(SHELL_VARIABLE))
        .ok_or_else(|| "a part of its body has no name".to_owned())
}

/// A word up to a semicolon, or in quotes; and what follows.
fn word(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut word = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let rest = &quoted[at + 1..];
                return (word, rest.find(';').map_or("", |at| &rest[at..]));
            }
            '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => word.push(character),
        }
    }
    (word, "")
}
