//! The text of a configuration file, as errors show it.

use std::fmt;
use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Bytes of a line that are shown at most: a line of a megabyte does not flood the terminal.
const WINDOW: usize = 160;

/// The text of a file with nothing in it that a terminal would obey; every byte is where the
/// file has it, so that positions hold.
#[derive(Clone)]
pub(super) struct Source {
    name: String,
    shown: String,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

impl Source {
    /// The file `name` with the text `text`.
    pub(super) fn new(name: &str, text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' => shown.push(c),
                '\t' | '\r' => shown.push(' '),
                c if c.is_control() || is_bidirectional(c) => {
                    shown.extend(std::iter::repeat_n('?', c.len_utf8()));
                }
                c => shown.push(c),
            }
        }
        if !shown.ends_with('\n') {
            // So that an error at the very end has a place for its caret.
            shown.push('\n');
        }
        Self { name: name.to_owned(), shown }
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Replaces `span` by asterisks.
    pub(super) fn mask(&mut self, span: Range<usize>) {
        let Some(secret) = self.shown.get(span.clone()) else { return };
        let stars: String = secret.bytes().map(|b| if b == b'\n' { '\n' } else { '*' }).collect();
        self.shown.replace_range(span, &stars);
    }

    /// Where `text` stands within `span`; all of it if it is written otherwise there.
    pub(super) fn find(&self, span: &Range<usize>, text: &str) -> Range<usize> {
        let found = self.shown.get(span.clone()).and_then(|part| part.find(text));
        found.map_or(span.clone(), |at| span.start + at..span.start + at + text.len())
    }

    /// Line and column of a position, both from 1; the column counts characters.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.shown[..self.boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The part of `span` that is shown: what lies on its first line, within the window.
    pub(super) fn visible(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.boundary(span.start);
        let line_end = self.shown[start..].find('\n').map_or(self.shown.len(), |at| start + at);
        let end = self.boundary(span.end.max(start).min(start + WINDOW / 2));
        start..end.min(line_end)
    }

    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.shown.len());
        while !self.shown.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    fn window(&self, start: usize) -> Range<usize> {
        let line_start = self.shown[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.shown[start..].find('\n').map_or(self.shown.len(), |at| start + at);
        let from = if start - line_start > WINDOW / 2 {
            self.boundary(start - WINDOW / 4)
        } else {
            line_start
        };
        // With its line break: an error may be that the line ends.
        from..self.boundary((line_end + 1).min(from + WINDOW))
    }
}

/// Characters that turn the direction of what follows, and could make a line read otherwise.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let start = self.boundary(span.offset());
        let (line, column) = self.position(start);
        let window = self.window(start);
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.shown.as_bytes()[window.clone()],
            (window.start, window.len()).into(),
            line - 1,
            column - 1,
            1,
        )))
    }
}
