//! The key `multipart`: fields and files in one body.

use std::path::Path;

use http::HeaderValue;
use toml::Spanned;
use toml::de::DeValue;

use crate::model::{Content, FormPart, Multipart, Part, Template};

use super::attached;
use super::body::content_type;
use super::form;
use super::problem::Problem;
use super::section::{Keys, Reading, Section, in_order, wrong_type};
use super::template::{Place, Resolving, TemplateText, Unknown};
use super::workload::Digest;

pub(super) static KEYS: Keys = Keys { known: &["file", "text", "type", "name"], later: &[] };

/// The parts as the file describes them.
#[derive(Debug, Clone)]
pub(super) struct MultipartText(Vec<PartText>);

#[derive(Debug, Clone)]
struct PartText {
    /// Its headers.
    head: String,
    content: ContentText,
}

#[derive(Debug, Clone)]
enum ContentText {
    Text(TemplateText),
    Bytes(Vec<u8>),
}

impl MultipartText {
    /// Reads the key `multipart` of a section.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        const EXPECTED: &str =
            "a table of fields and files, such as { title = \"a\", file = { file = \"a.png\" } }";
        let value = section.value("multipart")?;
        let Some(table) = value.get_ref().as_table() else {
            section.problem("multipart", wrong_type("multipart", EXPECTED, value.get_ref()));
            return None;
        };
        let mut parts = Vec::new();
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            let items = match value.get_ref() {
                DeValue::Array(items) => items.iter().collect(),
                _ => vec![value],
            };
            parts.extend(
                items.into_iter().filter_map(|it| PartText::read(name, it, section.reading)),
            );
        }
        Some(Self(parts))
    }

    /// The texts that have places for values.
    pub(super) fn templates(&self) -> impl Iterator<Item = &TemplateText> {
        self.0.iter().filter_map(|part| match &part.content {
            ContentText::Text(text) => Some(text),
            ContentText::Bytes(_) => None,
        })
    }

    /// The parts with their references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, resolving: &Resolving<'_>) -> Option<Multipart> {
        // Every part is looked at, so that all that is missing is told.
        let parts: Vec<Option<FormPart>> =
            self.0.iter().map(|part| part.resolve(resolving)).collect();
        let parts: Vec<FormPart> = parts.into_iter().collect::<Option<_>>()?;
        Some(Multipart { boundary: boundary(&parts), parts })
    }
}

impl PartText {
    fn read(name: &str, value: &Spanned<DeValue<'_>>, reading: &Reading<'_>) -> Option<Self> {
        let title = format!("`{name}` of `multipart`");
        if value.get_ref().as_table().is_none() {
            let content = ContentText::Text(form::text(name, value, reading)?);
            return Some(Self { head: head(name, None, None), content });
        }
        let section = Section::open(&title, value, &KEYS, reading)?;
        section.excludes("file", "text", "a part is a file or a text: give one");
        let kind = section.string("type", "a media type, such as \"image/png\"");
        if kind.as_ref().is_some_and(|(kind, _)| HeaderValue::from_str(kind).is_err()) {
            section.problem("type", Problem::HeaderValue("content-type".to_owned()));
        }
        let kind = kind.map(|(kind, _)| kind);
        let file_name = section.string("name", "the name of the file").map(|(name, _)| name);
        if let Some(text) = section.template("text", "a string", Unknown::Kept) {
            return Some(Self {
                head: head(name, file_name, kind),
                content: ContentText::Text(text),
            });
        }
        let Some((path, span)) = section.string("file", "the path of a file") else {
            if section.value("file").is_none() {
                let keys = "`file` and no `text`";
                reading.problems.at(value.span(), Problem::Missing { section: title, keys });
            }
            return None;
        };
        let own = Path::new(path);
        let own_name = own.file_name().unwrap_or_default().to_string_lossy();
        let kind = kind.unwrap_or_else(|| content_type(own));
        match attached::read(reading.directory, path) {
            Ok(bytes) => Some(Self {
                head: head(name, Some(file_name.unwrap_or(&own_name)), Some(kind)),
                content: ContentText::Bytes(bytes),
            }),
            Err(reason) => {
                let problem = Problem::BodyFile { path: path.to_owned(), reason };
                reading.problems.at(span, problem);
                None
            }
        }
    }

    fn resolve(&self, resolving: &Resolving<'_>) -> Option<FormPart> {
        let content = match &self.content {
            ContentText::Text(text) => Content::Text(text.resolve(Place::Plain, resolving)?),
            ContentText::Bytes(bytes) => Content::Bytes(bytes.clone()),
        };
        Some(FormPart { head: self.head.clone(), content })
    }
}

/// The headers of a part. A name is written as browsers write it (HTML, "multipart/form-data
/// encoding algorithm").
fn head(name: &str, file_name: Option<&str>, kind: Option<&str>) -> String {
    let escaped = |text: &str| text.replace('\n', "%0A").replace('\r', "%0D").replace('"', "%22");
    let mut head = format!("Content-Disposition: form-data; name=\"{}\"", escaped(name));
    if let Some(file_name) = file_name {
        head.extend(["; filename=\"", &escaped(file_name), "\""]);
    }
    head.push_str("\r\n");
    if let Some(kind) = kind {
        head.extend(["Content-Type: ", kind, "\r\n"]);
    }
    head
}

/// What separates `parts`: made of what is written, so that it is the same in every run, and in
/// none of them.
fn boundary(parts: &[FormPart]) -> String {
    let mut attempt = 0_u64;
    loop {
        let mut digest = Digest::new(b"perfbase boundary 1");
        digest.field(&attempt.to_le_bytes());
        for part in parts {
            digest.field(part.head.as_bytes());
            match &part.content {
                Content::Text(text) => digest.field(text.written().as_bytes()),
                Content::Bytes(bytes) => digest.field(bytes),
            }
        }
        let boundary = format!("perfbase-{}", digest.finish());
        if !parts.iter().any(|part| holds(part, &boundary)) {
            return boundary;
        }
        attempt += 1;
    }
}

fn holds(part: &FormPart, boundary: &str) -> bool {
    let in_text = |text: &Template| {
        text.parts().iter().any(|part| match part {
            Part::Text(text) => text.value().contains(boundary),
            Part::Value(..) => false,
        })
    };
    part.head.contains(boundary)
        || match &part.content {
            Content::Text(text) => in_text(text),
            Content::Bytes(bytes) => {
                bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes())
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Resolved;

    fn part(content: &str) -> FormPart {
        let content = Content::Text(Resolved::plain(content).into());
        FormPart { head: head("a", None, None), content }
    }

    #[test]
    fn a_boundary_is_the_same_for_the_same_parts_and_in_none_of_them() {
        let first = boundary(&[part("x")]);
        assert_eq!(boundary(&[part("x")]), first);
        assert_ne!(boundary(&[part("y")]), first);
        assert!(holds(&part(&format!("- {first} -")), &first));
        let bytes = [b"\0\xff", first.as_bytes()].concat();
        assert!(holds(&FormPart { content: Content::Bytes(bytes), ..part("") }, &first));
    }

    #[test]
    fn names_are_written_so_that_they_end_nothing() {
        assert_eq!(
            head("a\"b\r\n", Some("ü.png"), Some("image/png")),
            "Content-Disposition: form-data; name=\"a%22b%0D%0A\"; filename=\"ü.png\"\r\n\
             Content-Type: image/png\r\n"
        );
    }
}
