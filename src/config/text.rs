//! Texts with references to the environment: `${NAME}` stands for the variable's value, `$${` for
//! `${` itself.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::model::Resolved;

use super::error::Problems;
use super::problem::Problem;

/// A text of the file, as written, and where its value stands.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) written: String,
    pub(super) span: Range<usize>,
}

/// A piece of a text.
enum Piece<'a> {
    Literal(&'a str),
    /// `$${`, which stands for `${` itself.
    Escaped,
    Reference(&'a str),
    /// `${` that no name and no `}` follows.
    Broken,
}

/// A piece of a text that has places for values, each piece as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// What is sent as it is, once its references are replaced.
    Plain(String),
    /// The value of this name.
    Value(String),
}

impl Text {
    /// The names of the variables it refers to.
    pub(super) fn references(&self) -> impl Iterator<Item = &str> {
        pieces(&self.written).into_iter().filter_map(|piece| match piece {
            Piece::Reference(name) => Some(name),
            Piece::Literal(_) | Piece::Escaped | Piece::Broken => None,
        })
    }

    /// Whether it refers to the environment at all.
    pub(super) fn is_literal(&self) -> bool {
        self.references().next().is_none()
    }

    /// Whether a `${` in it is no reference.
    pub(super) fn is_broken(&self) -> bool {
        pieces(&self.written).iter().any(|piece| matches!(piece, Piece::Broken))
    }

    /// The text with its references replaced; nothing if one of them is missing, which is told.
    pub(super) fn resolve(&self, variables: &Variables, problems: &Problems) -> Option<Resolved> {
        let mut value = String::with_capacity(self.written.len());
        let mut missing = false;
        for piece in pieces(&self.written) {
            match piece {
                Piece::Literal(literal) => value.push_str(literal),
                Piece::Escaped => value.push_str("${"),
                Piece::Broken => missing = true,
                Piece::Reference(name) => match variables.get(name) {
                    Some(found) if !found.is_empty() => value.push_str(found),
                    found => {
                        missing = true;
                        problems.at(
                            self.span.clone(),
                            Problem::MissingVariable {
                                name: name.to_owned(),
                                empty: found.is_some(),
                            },
                        );
                    }
                },
            }
        }
        (!missing).then(|| Resolved::new(self.written.clone(), value))
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let before = &rest[..at];
        let after = &rest[at + 2..];
        if let Some(before) = before.strip_suffix('$') {
            pieces.extend([Piece::Literal(before), Piece::Escaped]);
            rest = after;
            continue;
        }
        pieces.push(Piece::Literal(before));
        let name = after.split_once('}').filter(|(name, _)| is_identifier(name));
        let (piece, tail) =
            name.map_or((Piece::Broken, after), |(name, tail)| (Piece::Reference(name), tail));
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(Piece::Literal(rest));
    pieces
}

/// Whether `name` can name a variable: letters, digits and `_`, not beginning with a digit.
pub(super) fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `name` can name a value: `build`, or `account.name` for a column of a table.
pub(super) fn is_value_name(name: &str) -> bool {
    match name.split_once('.') {
        None => is_identifier(name),
        Some((table, column)) => is_identifier(table) && is_identifier(column),
    }
}

/// The names in single braces, such as `id` in `/builds/{id}`; references to the environment are
/// none.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Literal(literal) => Some(literal),
            Piece::Escaped | Piece::Reference(_) | Piece::Broken => None,
        })
        .flat_map(|literal| braces(literal).map(|(_, name)| name))
}

/// Where names stand in braces, and the names.
fn braces(literal: &str) -> impl Iterator<Item = (usize, &str)> {
    // From one opening brace to the next, so that no text takes quadratic time.
    literal
        .split('{')
        .scan(0, |next, part| {
            let start = *next;
            *next += part.len() + 1;
            Some((start, part))
        })
        .skip(1)
        .filter_map(|(start, part)| {
            let (name, _) = part.split_once('}')?;
            is_value_name(name).then_some((start - 1, name))
        })
}

/// `text` in pieces: the names in braces that are values, and what lies between them.
pub(super) fn passages(text: &str, is_value: impl Fn(&str) -> bool) -> Vec<Passage> {
    let mut passages = Vec::new();
    let mut plain = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Escaped => plain.push_str("$${"),
            Piece::Broken => plain.push_str("${"),
            Piece::Reference(name) => plain.extend(["${", name, "}"]),
            Piece::Literal(literal) => {
                let mut done = 0;
                for (at, name) in braces(literal).filter(|(_, name)| is_value(name)) {
                    plain.push_str(&literal[done..at]);
                    done = at + name.len() + 2;
                    if !plain.is_empty() {
                        passages.push(Passage::Plain(std::mem::take(&mut plain)));
                    }
                    passages.push(Passage::Value(name.to_owned()));
                }
                plain.push_str(&literal[done..]);
            }
        }
    }
    if !plain.is_empty() {
        passages.push(Passage::Plain(plain));
    }
    passages
}

/// The variables a file refers to, looked up once when the file is read.
#[derive(Clone, Default)]
pub(super) struct Variables(BTreeMap<String, Option<String>>);

impl Variables {
    /// Looks up every name.
    pub(super) fn look_up<'a>(
        names: impl IntoIterator<Item = &'a str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self(names.into_iter().map(|name| (name.to_owned(), env(name))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_deref()
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(written: &str) -> Option<String> {
        let text = Text { written: written.to_owned(), span: 0..0 };
        let env = |name: &str| match name {
            "TOKEN" => Some("hunter2".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let variables = Variables::look_up(text.references(), &env);
        text.resolve(&variables, &Problems::default()).map(|text| text.value().to_owned())
    }

    #[test]
    fn references_are_replaced_and_escaped_ones_are_not() {
        assert_eq!(resolved("Bearer ${TOKEN}!").as_deref(), Some("Bearer hunter2!"));
        assert_eq!(resolved("$${TOKEN} $5 ${TOKEN}").as_deref(), Some("${TOKEN} $5 hunter2"));
        assert_eq!(resolved("").as_deref(), Some(""));
    }

    #[test]
    fn missing_empty_and_nameless_references_have_no_value() {
        for written in ["${NONE}", "${EMPTY}", "${", "${}", "${a b}", "${1}"] {
            assert_eq!(resolved(written), None, "{written}");
        }
    }

    #[test]
    fn variables_do_not_show_their_values() {
        let variables = Variables::look_up(["TOKEN"], &|_| Some("hunter2".to_owned()));
        assert_eq!(format!("{variables:?}"), "{\"TOKEN\"}");
    }

    #[test]
    fn placeholders_are_told_from_references() {
        let found: Vec<_> = placeholders("/a/{id}/${HOST}/{ x }/{other}/$${y}/{a.b}").collect();
        assert_eq!(found, ["id", "other", "a.b"]);
        assert_eq!(placeholders("{.b} {a.} {a.b.c} {} {{").count(), 0);
    }

    #[test]
    fn values_are_cut_out_and_everything_else_stays_as_written() {
        let plain = |text: &str| Passage::Plain(text.to_owned());
        let value = |name: &str| Passage::Value(name.to_owned());
        let cut = |text: &str| passages(text, |name| name != "other");
        assert_eq!(cut("{a}"), [value("a")]);
        assert_eq!(
            cut("{\"n\":{{a}},{other}}"),
            [plain("{\"n\":{"), value("a"), plain("},{other}}")]
        );
        assert_eq!(cut("$${a}${A}{a.b}${"), [plain("$${a}${A}"), value("a.b"), plain("${")]);
        assert_eq!(cut(""), []);
    }
}
