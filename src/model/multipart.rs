//! A body of several parts, `multipart/form-data` (RFC 7578).

use super::Template;

/// Fields and files, each a part of one body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipart {
    /// What separates the parts. The same in every request, and in none of the parts as written.
    pub boundary: String,
    /// In the order they are sent.
    pub parts: Vec<FormPart>,
}

/// One field or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    /// Its headers, each with its line break.
    pub head: String,
    /// What it holds.
    pub content: Content,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text, sent as UTF-8.
    Text(Template),
    /// Bytes read from a file when the plan was made.
    Bytes(Vec<u8>),
}

impl Multipart {
    /// The texts in it.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.parts.iter().filter_map(|part| match &part.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        })
    }

    /// Its length in bytes, with texts as written.
    #[must_use]
    pub fn written_len(&self) -> usize {
        let part = |part: &FormPart| {
            let content = match &part.content {
                Content::Text(text) => text.written().len(),
                Content::Bytes(bytes) => bytes.len(),
            };
            "--\r\n\r\n\r\n".len() + self.boundary.len() + part.head.len() + content
        };
        self.parts.iter().map(part).sum::<usize>() + "----\r\n".len() + self.boundary.len()
    }
}
