//! Request bodies: a TOML value as JSON, a form, a text, a file, or several parts.

use std::path::Path;

use crate::model::Body;

use super::attached;
use super::form::Form;
use super::json::{Json, Strings};
use super::multipart::MultipartText;
use super::problem::Problem;
use super::section::Section;
use super::template::{Draft, Place, Resolving, TemplateText, Unknown};

/// A body as the file describes it.
#[derive(Debug, Clone)]
pub(super) enum BodyText {
    /// JSON.
    Json(Json),
    /// Names with their values, percent-encoded.
    Form(Form),
    /// A text as it is.
    Text(TemplateText),
    /// The bytes of a file, and their content type.
    File(Vec<u8>, &'static str),
    /// Fields and files.
    Multipart(MultipartText),
}

/// The keys that give a body, of which one may be there.
const KINDS: [&str; 5] = ["json", "form", "text", "file", "multipart"];

/// Reads the keys `json`, `form`, `text`, `file` and `multipart` of a section.
pub(super) fn read(section: &Section<'_>) -> Option<BodyText> {
    const HELP: &str = "a request has one body: `json`, `form`, `text`, `file` or `multipart`";
    let reading = section.reading;
    let mut given = KINDS.into_iter().filter(|key| section.value(key).is_some());
    let kind = given.next()?;
    let others: Vec<_> = given.collect();
    for other in &others {
        section.excludes(kind, other, HELP);
    }
    if !others.is_empty() {
        return None;
    }
    match kind {
        "json" => {
            let value = section.value(kind)?;
            Some(BodyText::Json(Json::of(value, Strings::Templates, reading)))
        }
        "form" => Form::read(section).map(BodyText::Form),
        "multipart" => MultipartText::read(section).map(BodyText::Multipart),
        "text" => section.template(kind, "a string", Unknown::Kept).map(BodyText::Text),
        _ => {
            let (path, span) = section.string(kind, "the path of a file")?;
            match attached::read(reading.directory, path) {
                Ok(bytes) => Some(BodyText::File(bytes, content_type(Path::new(path)))),
                Err(reason) => {
                    let problem = Problem::BodyFile { path: path.to_owned(), reason };
                    reading.problems.at(span, problem);
                    None
                }
            }
        }
    }
}

/// What a file is sent as, by its ending.
pub(super) fn content_type(path: &Path) -> &'static str {
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
const FORM: &str = "application/x-www-form-urlencoded";

impl BodyText {
    /// What it is sent as, unless a header says otherwise; `body` is what it resolved to.
    pub(super) fn content_type(&self, body: &Body) -> String {
        let fixed = match (self, body) {
            (_, Body::Multipart(parts)) => {
                return format!("multipart/form-data; boundary={}", parts.boundary);
            }
            (Self::Json(_), _) => JSON,
            (Self::Form(_), _) => FORM,
            (Self::File(_, content_type), _) => content_type,
            (Self::Text(_) | Self::Multipart(_), _) => TEXT,
        };
        fixed.to_owned()
    }

    /// The texts that have places for values.
    pub(super) fn templates(&self) -> Vec<&TemplateText> {
        match self {
            Self::Json(json) => json.templates().collect(),
            Self::Form(form) => form.templates().collect(),
            Self::Text(text) => vec![text],
            Self::File(..) => Vec::new(),
            Self::Multipart(parts) => parts.templates().collect(),
        }
    }

    /// The body with its references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, resolving: &Resolving<'_>) -> Option<Body> {
        let mut draft = Draft::default();
        let complete = match self {
            Self::Json(json) => json.draft(&mut draft, resolving),
            Self::Form(form) => form.draft(&mut draft, resolving),
            Self::Text(text) => draft.add(text, Place::Plain, resolving),
            Self::File(bytes, _) => return Some(Body::Bytes(bytes.clone())),
            Self::Multipart(parts) => return parts.resolve(resolving).map(Body::Multipart),
        };
        complete.then(|| Body::Text(draft.finish()))
    }
}
