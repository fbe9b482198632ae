//! The keys `checks` and `schema`: what an expected answer has to be like.

use std::ops::Range;

use http::HeaderName;
use serde_json::Value as Json;
use toml::de::DeValue;

use crate::model::{Check, Operand, Relation, Subject, Test};

use super::attached;
use super::json::is_one_value;
use super::problem::Problem;
use super::save::{check_pointer, check_regex};
use super::section::{Reading, Section, likeliest, wrong_type};
use super::template::{Place, Resolving, TemplateText, Unknown};

/// A check as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct CheckText {
    written: String,
    test: TestText,
}

#[derive(Debug, Clone)]
enum TestText {
    /// One whose right side is as it stands.
    Ready(Test),
    /// One that is compared with a text.
    Text(Subject, Relation, TemplateText),
}

/// What stands between a subject and what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Relation(Relation),
    Matches,
    Exists,
    Absent,
}

const OPERATORS: [(&str, Operator); 10] = [
    ("==", Operator::Relation(Relation::Equal)),
    ("!=", Operator::Relation(Relation::NotEqual)),
    ("<", Operator::Relation(Relation::Less)),
    ("<=", Operator::Relation(Relation::AtMost)),
    (">", Operator::Relation(Relation::Greater)),
    (">=", Operator::Relation(Relation::AtLeast)),
    ("contains", Operator::Relation(Relation::Contains)),
    ("matches", Operator::Matches),
    ("exists", Operator::Exists),
    ("absent", Operator::Absent),
];

/// Reads the keys `checks` and `schema` of a section.
pub(super) fn read(section: &Section<'_>) -> Vec<CheckText> {
    const EXPECTED: &str =
        "a list of checks, such as [\"/status == \\\"ok\\\"\", \"size <= 10kB\"]";
    let reading = section.reading;
    let items = section.array("checks", EXPECTED).map(|(items, _)| items).unwrap_or_default();
    let mut checks: Vec<CheckText> = Vec::new();
    for item in items {
        let DeValue::String(whole) = item.get_ref() else {
            reading.problems.at(item.span(), wrong_type("checks", EXPECTED, item.get_ref()));
            continue;
        };
        let written = written(whole.trim());
        let test = if checks.iter().any(|check| check.written == written) {
            Err("it is there twice".to_owned())
        } else {
            test(whole.trim(), item.span(), reading)
        };
        match test {
            Ok(test) => checks.push(CheckText { written, test }),
            Err(reason) => {
                let problem = Problem::Check { text: whole.to_string(), reason };
                reading.problems.at(item.span(), problem);
            }
        }
    }
    checks.extend(schema(section));
    checks
}

/// Reads the check of a WebSocket's messages under `key` of a section: a message has a body and
/// nothing else.
pub(super) fn of_message(section: &Section<'_>, key: &str) -> Option<CheckText> {
    let (whole, span) = section.string(key, "a check, such as \"/type == \\\"pong\\\"\"")?;
    let read = test(whole.trim(), span, section.reading).and_then(|test| match test.subject() {
        Some(Subject::Status | Subject::Header(_)) => {
            Err("a message has no status and no headers".to_owned())
        }
        Some(Subject::Size | Subject::Body | Subject::Json(_)) | None => Ok(test),
    });
    match read {
        Ok(test) => Some(CheckText { written: written(whole.trim()), test }),
        Err(reason) => {
            section.problem(key, Problem::Check { text: whole.to_owned(), reason });
            None
        }
    }
}

impl TestText {
    /// What is looked at; nothing where it is the body as a whole.
    fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Text(subject, ..) => Some(subject),
            Self::Ready(test) => match test {
                Test::Exists(subject)
                | Test::Absent(subject)
                | Test::Compare(subject, ..)
                | Test::Matches(subject, _) => Some(subject),
                Test::Schema(_) => None,
            },
        }
    }
}

impl CheckText {
    /// The text that has places for values, if there is one.
    pub(super) fn template(&self) -> Option<&TemplateText> {
        match &self.test {
            TestText::Ready(_) => None,
            TestText::Text(_, _, text) => Some(text),
        }
    }

    /// The check with its references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, resolving: &Resolving<'_>) -> Option<Check> {
        let test = match &self.test {
            TestText::Ready(test) => test.clone(),
            TestText::Text(subject, relation, text) => {
                let text = text.resolve(Place::Plain, resolving)?;
                Test::Compare(subject.clone(), *relation, Operand::Text(text))
            }
        };
        Some(Check { written: self.written.clone(), test })
    }
}

/// The same with one blank on either side of its operator, which is how a check is known. Blanks in
/// what it is compared with are its own.
fn written(text: &str) -> String {
    match split(text) {
        Ok((left, word, _, "")) => format!("{left} {word}"),
        Ok((left, word, _, right)) => format!("{left} {word} {right}"),
        Err(_) => text.to_owned(),
    }
}

/// Reads `SUBJECT OPERATOR VALUE`.
fn test(text: &str, span: Range<usize>, reading: &Reading<'_>) -> Result<TestText, String> {
    let (left, word, operator, right) = split(text)?;
    let subject = subject(left)?;
    let is_number = matches!(subject, Subject::Status | Subject::Size);
    let refuse = |why: &str| Err(format!("`{left} {word}`: {why}"));
    match operator {
        Operator::Exists | Operator::Absent if is_number => {
            refuse("every answer has one: compare it with a number")
        }
        Operator::Exists | Operator::Absent if !right.is_empty() => {
            refuse("nothing stands behind it")
        }
        Operator::Exists => Ok(TestText::Ready(Test::Exists(subject))),
        Operator::Absent => Ok(TestText::Ready(Test::Absent(subject))),
        _ if right.is_empty() => refuse("what it is compared with is missing (`\"\"` is no text)"),
        Operator::Matches | Operator::Relation(Relation::Contains) if is_number => {
            refuse("it is a number: compare it with `==`, `!=`, `<`, `<=`, `>` or `>=`")
        }
        Operator::Matches => {
            check_regex(right)?;
            Ok(TestText::Ready(Test::Matches(subject, right.to_owned())))
        }
        Operator::Relation(relation) => compared(subject, relation, right, span, reading),
    }
}

/// What stands before the first operator, that operator, and what follows.
fn split(text: &str) -> Result<(&str, &str, Operator, &str), String> {
    let mut at = 0;
    let words = text.split(char::is_whitespace).map(|word| {
        let start = at;
        at += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        (start, word)
    });
    let words: Vec<(usize, &str)> = words.filter(|(_, word)| !word.is_empty()).collect();
    for &(start, word) in words.iter().skip(1) {
        if let Some((_, operator)) = OPERATORS.into_iter().find(|(known, _)| *known == word) {
            let right = text[start + word.len()..].trim();
            return Ok((text[..start].trim(), word, operator, right));
        }
    }
    let known = OPERATORS.map(|(word, _)| word);
    let joined =
        known.into_iter().find(|it| !it.starts_with(char::is_alphabetic) && text.contains(it));
    Err(match (words.get(1), joined) {
        (_, Some(joined)) => format!("put blanks around `{joined}`"),
        (Some((_, "=" | "is" | "equals")), None) => "did you mean `==`?".to_owned(),
        (Some((_, word)), None) if likeliest(word, known).is_some() => {
            format!("did you mean `{}`?", likeliest(word, known).unwrap_or_default())
        }
        _ => format!("it has no operator: one of `{}`", known.join("`, `")),
    })
}

fn subject(text: &str) -> Result<Subject, String> {
    const WORDS: [&str; 5] = ["status", "size", "body", "json", "header:"];
    match text {
        "status" => return Ok(Subject::Status),
        "size" => return Ok(Subject::Size),
        "body" => return Ok(Subject::Body),
        "json" => return Ok(Subject::Json(String::new())),
        _ => {}
    }
    if text.starts_with('/') {
        check_pointer(text)?;
        return Ok(Subject::Json(text.to_owned()));
    }
    match text.split_once(':') {
        Some(("header", name)) => match name.trim().parse::<HeaderName>() {
            Ok(name) => Ok(Subject::Header(name.as_str().to_owned())),
            Err(_) => Err(format!("`{name}` is not a header name")),
        },
        _ => Err(match likeliest(text.split_once(':').map_or(text, |(kind, _)| kind), WORDS) {
            Some(word) => format!("did you mean `{word}`?"),
            None => "it begins with `status`, `size`, `body`, `header:NAME`, `json` (the whole \
                     document) or a JSON pointer such as `/id`"
                .to_owned(),
        }),
    }
}

fn compared(
    subject: Subject,
    relation: Relation,
    right: &str,
    span: Range<usize>,
    reading: &Reading<'_>,
) -> Result<TestText, String> {
    use Relation::{AtLeast, AtMost, Greater, Less};
    let literal = serde_json::from_str::<Json>(right).ok();
    let number = match (&subject, &literal) {
        (Subject::Status, literal) => Some(status(literal.as_ref())?),
        (Subject::Size, _) => Some(size(right)?),
        (Subject::Json(_), Some(literal)) if !literal.is_string() => Some(literal.to_string()),
        _ => None,
    };
    if let Some(json) = number {
        return Ok(TestText::Ready(Test::Compare(subject, relation, Operand::Json(json))));
    }
    // The text of a JSON string, or the words as they stand.
    let quoted = literal.as_ref().and_then(Json::as_str);
    let text = quoted.unwrap_or(right);
    let unknown =
        if is_one_value(text) && quoted.is_none() { Unknown::Told } else { Unknown::Kept };
    let template = TemplateText::read(text, span.clone(), unknown, reading);
    let is_fixed = template.values().next().is_none() && !text.contains("${");
    let is_number = text.trim().parse::<f64>().is_ok();
    if matches!(relation, Less | AtMost | Greater | AtLeast) && is_fixed && !is_number {
        return Err(format!("`{relation}` compares numbers, and `{text}` is none"));
    }
    Ok(match (&subject, quoted) {
        (Subject::Json(_), Some(_)) if is_fixed => {
            TestText::Ready(Test::Compare(subject, relation, Operand::Json(right.to_owned())))
        }
        _ => TestText::Text(subject, relation, template),
    })
}

fn status(literal: Option<&Json>) -> Result<String, String> {
    let status = literal.and_then(Json::as_u64).filter(|status| (100..=599).contains(status));
    status
        .map(|status| status.to_string())
        .ok_or_else(|| "a status is a number from 100 to 599".to_owned())
}

/// Bytes, written with a unit or without: `512`, `10kB`, `1.5 MB`.
fn size(text: &str) -> Result<String, String> {
    let refused = || format!("`{text}` is no size: write `512`, `10kB` or `1.5MB`");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().map_err(|_| refused())?;
    let unit = match text[end..].trim() {
        "" | "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        _ => return Err(refused()),
    };
    let bytes = (number * unit).round();
    if bytes.is_finite() && bytes <= 1e15 { Ok(format!("{bytes}")) } else { Err(refused()) }
}

/// Reads the key `schema`.
fn schema(section: &Section<'_>) -> Option<CheckText> {
    let (path, span) = section.string("schema", "the path of a JSON Schema")?;
    let reading = section.reading;
    match attached::read(reading.directory, path).and_then(|bytes| schema_text(&bytes)) {
        Ok(text) => Some(CheckText {
            written: format!("schema {path}"),
            test: TestText::Ready(Test::Schema(text)),
        }),
        Err(reason) => {
            let path = path.to_owned();
            reading.problems.at(span, Problem::Schema { path, reason });
            None
        }
    }
}

fn schema_text(bytes: &[u8]) -> Result<String, String> {
    let schema: Json = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    // As it is made when it is used.
    jsonschema::options()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .build(&schema)
        .map_err(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { place } else { format!("{place}: ") };
            format!("{place}{error}")
        })?;
    Ok(schema.to_string())
}

#[cfg(test)]
mod tests;
