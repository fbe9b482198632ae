//! Request bodies: a TOML value as JSON, a text, or a file.

use std::fs::Metadata;
use std::ops::Range;
use std::path::Path;

use serde_json::{Number, Value};
use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Body, Resolved};

use super::error::Problems;
use super::problem::Problem;
use super::section::{Reading, Section, in_order, whole};
use super::text::{Text, Variables, placeholders};

/// Largest body file, in bytes: it is held in memory, once.
const MOST_BYTES: u64 = 64 << 20;

/// A body as the file describes it.
#[derive(Debug, Clone)]
pub(super) enum BodyText {
    /// JSON, in pieces: strings may refer to the environment.
    Json(Vec<Piece>),
    /// A text as it is.
    Text(Text),
    /// The bytes of a file, and their content type.
    File(Vec<u8>, &'static str),
}

/// A piece of JSON.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// JSON itself.
    Raw(String),
    /// A string that is quoted once its references are replaced.
    String(Text),
}

/// Reads the keys `json`, `text` and `file` of a section, of which one may be there.
pub(super) fn read(section: &Section<'_>) -> Option<BodyText> {
    const HELP: &str = "a request has one body: `json`, `text` or `file`";
    let reading = section.reading;
    let several = section.excludes("json", "text", HELP)
        | section.excludes("json", "file", HELP)
        | (section.value("json").is_none() && section.excludes("text", "file", HELP));
    if several {
        return None;
    }
    if let Some(value) = section.value("json") {
        let mut pieces = Vec::new();
        json(value, reading, &mut pieces);
        return Some(BodyText::Json(pieces));
    }
    if let Some(text) = section.text("text", "a string") {
        return Some(BodyText::Text(text));
    }
    let (path, span) = section.string("file", "the path of a file")?;
    file(path, span, reading)
}

fn json(value: &Spanned<DeValue<'_>>, reading: &Reading<'_>, out: &mut Vec<Piece>) {
    let span = value.span();
    let refuse = |what| reading.problems.at(span.clone(), Problem::NotJson(what));
    match value.get_ref() {
        DeValue::String(text) => string(text, span.clone(), reading, out),
        DeValue::Integer(integer) => match whole(integer) {
            Some(number) if i64::try_from(number).is_ok() || u64::try_from(number).is_ok() => {
                raw(out, &number.to_string());
            }
            _ => refuse("a whole number of more than 64 bits"),
        },
        DeValue::Float(float) => match float.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => raw(out, &number.to_string()),
            None => refuse("a number that is infinite or none at all"),
        },
        DeValue::Boolean(boolean) => raw(out, if *boolean { "true" } else { "false" }),
        DeValue::Datetime(time) => raw(out, &Value::from(time.to_string()).to_string()),
        DeValue::Array(items) => {
            raw(out, "[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    raw(out, ",");
                }
                json(item, reading, out);
            }
            raw(out, "]");
        }
        DeValue::Table(table) => {
            raw(out, "{");
            for (index, (key, item)) in in_order(table).into_iter().enumerate() {
                if index > 0 {
                    raw(out, ",");
                }
                raw(out, &Value::from(key.get_ref().as_ref()).to_string());
                raw(out, ":");
                json(item, reading, out);
            }
            raw(out, "}");
        }
    }
}

fn string(text: &str, span: Range<usize>, reading: &Reading<'_>, out: &mut Vec<Piece>) {
    // A later version fills such a string from data or from an earlier answer. Sending it as it is
    // would measure something else today than tomorrow.
    if let Some(name) = placeholders(text).next()
        && text.len() == name.len() + 2
    {
        let what = format!("the reference `{text}` to data or to a captured value");
        reading.problems.at(span, Problem::NotYet(what));
        return;
    }
    out.push(Piece::String(reading.text(text, span)));
}

fn raw(out: &mut Vec<Piece>, text: &str) {
    match out.last_mut() {
        Some(Piece::Raw(before)) => before.push_str(text),
        _ => out.push(Piece::Raw(text.to_owned())),
    }
}

fn file(path: &str, span: Range<usize>, reading: &Reading<'_>) -> Option<BodyText> {
    let full = reading.directory.join(path);
    let read = std::fs::metadata(&full).and_then(|metadata| match refusal(&metadata) {
        Some(reason) => Err(std::io::Error::other(reason)),
        None => std::fs::read(&full),
    });
    match read {
        Ok(bytes) => Some(BodyText::File(bytes, content_type(Path::new(path)))),
        Err(error) => {
            let reason = error.to_string();
            reading.problems.at(span, Problem::BodyFile { path: path.to_owned(), reason });
            None
        }
    }
}

fn refusal(metadata: &Metadata) -> Option<String> {
    if !metadata.is_file() {
        // A pipe would block for ever, a directory has no bytes.
        Some("it is not a regular file".to_owned())
    } else if metadata.len() > MOST_BYTES {
        Some(format!("it has {} bytes, more than {MOST_BYTES}", metadata.len()))
    } else {
        None
    }
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "json" => JSON,
        "txt" => TEXT,
        "html" | "htm" => "text/html; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "ndjson" | "jsonl" => "application/x-ndjson",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

impl BodyText {
    /// What it is sent as, unless a header says otherwise.
    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => JSON,
            Self::Text(_) => TEXT,
            Self::File(_, content_type) => content_type,
        }
    }

    /// The body with its references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, variables: &Variables, problems: &Problems) -> Option<Body> {
        match self {
            Self::Text(text) => text.resolve(variables, problems).map(Body::Text),
            Self::File(bytes, _) => Some(Body::Bytes(bytes.clone())),
            Self::Json(pieces) => {
                let (mut written, mut value) = (String::new(), String::new());
                let mut complete = true;
                for piece in pieces {
                    match piece {
                        Piece::Raw(raw) => {
                            written.push_str(raw);
                            value.push_str(raw);
                        }
                        Piece::String(text) => match text.resolve(variables, problems) {
                            Some(text) => {
                                written.push_str(&Value::from(text.written()).to_string());
                                value.push_str(&Value::from(text.value()).to_string());
                            }
                            None => complete = false,
                        },
                    }
                }
                complete.then(|| Body::Text(Resolved::new(written, value)))
            }
        }
    }
}
