//! Where a part of a string stands in the file.

use std::ops::Range;

/// A string of the file, to tell where a part of it stands.
pub(super) struct InFile<'a> {
    /// With its quotes and escapes.
    pub(super) raw: &'a str,
    pub(super) span: Range<usize>,
}

impl InFile<'_> {
    /// Where the bytes `part` of the string's value stand in the file.
    pub(super) fn place(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.span.start + self.offset(part.start);
        let end = self.span.start + self.offset(part.end);
        // What is missing at the end is shown at the closing quote.
        start..end.max(start + 1)
    }

    /// How many bytes of the file come before the byte `at` of the string's value.
    fn offset(&self, at: usize) -> usize {
        let (quote, escapes) = match self.raw.as_bytes() {
            [b'"', b'"', b'"', ..] => (3, true),
            [b'\'', b'\'', b'\'', ..] => (3, false),
            [b'"', ..] => (1, true),
            _ => (1, false),
        };
        // A line break right after three quotes is no part of the text.
        let begin = if quote == 3 && self.raw[quote..].starts_with('\n') { 4 } else { quote };
        if !escapes {
            return begin + at;
        }
        let (mut raw, mut value) = (begin, 0);
        while value < at && raw < self.raw.len() {
            let rest = &self.raw[raw..];
            let length = rest.chars().next().map_or(1, char::len_utf8);
            let (step, written) = match rest.as_bytes() {
                // A character by its number takes as many bytes as it has in UTF-8.
                [b'\\', b'u', ..] => (6, utf8(rest.get(2..6))),
                [b'\\', b'U', ..] => (10, utf8(rest.get(2..10))),
                [b'\\', ..] => (2, 1),
                _ => (length, length),
            };
            raw += step;
            value += written;
        }
        raw
    }
}

fn utf8(hex: Option<&str>) -> usize {
    let number = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
    number.and_then(char::from_u32).map_or(1, char::len_utf8)
}
