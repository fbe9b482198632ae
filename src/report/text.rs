//! Words with a tone and a face, laid out by whoever draws them.

use std::fmt::Display;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::visible;

/// What a word says besides its letters. Never the only carrier of a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tone {
    #[default]
    Plain,
    Dim,
    Strong,
    Good,
    Warn,
    Bad,
    Info,
}

/// Whose words these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Face {
    /// Ours.
    #[default]
    Words,
    /// A name, a command, a text from outside: shown exactly.
    Code,
    /// A command within a sentence: its text is between backticks.
    Quoted,
}

/// A piece of text in one tone. Its letters are visible and on one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) tone: Tone,
    pub(super) face: Face,
    pub(super) text: String,
}

impl Span {
    pub(super) fn new(tone: Tone, face: Face, text: &dyn Display) -> Self {
        Self { tone, face, text: visible(&text.to_string()).into_owned() }
    }
}

/// A line of spans, before it is wrapped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text(pub(super) Vec<Span>);

impl Text {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn of(words: impl Display) -> Self {
        Self::new().say(words)
    }

    pub(super) fn dim(words: impl Display) -> Self {
        Self::new().tone(Tone::Dim, words)
    }

    pub(super) fn say(self, words: impl Display) -> Self {
        self.tone(Tone::Plain, words)
    }

    pub(super) fn tone(self, tone: Tone, words: impl Display) -> Self {
        self.push(Span::new(tone, Face::Words, &words))
    }

    pub(super) fn code(self, words: impl Display) -> Self {
        self.push(Span::new(Tone::Plain, Face::Code, &words))
    }

    pub(super) fn quoted(self, words: impl Display) -> Self {
        self.push(Span::new(Tone::Plain, Face::Quoted, &format!("`{words}`")))
    }

    pub(super) fn name(self, words: impl Display) -> Self {
        self.push(Span::new(Tone::Strong, Face::Code, &words))
    }

    /// With `other` behind it.
    pub(super) fn append(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn push(mut self, span: Span) -> Self {
        if !span.text.is_empty() {
            self.0.push(span);
        }
        self
    }

    /// The letters alone.
    pub(super) fn letters(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }

    /// Lines of at most `width` columns: broken at spaces, within a word only when the word alone
    /// is too long.
    pub(super) fn wrap(&self, width: usize) -> Vec<Self> {
        let letters: Vec<(char, Tone, Face)> = self
            .0
            .iter()
            .flat_map(|span| span.text.chars().map(|c| (c, span.tone, span.face)))
            .collect();
        let mut lines = Vec::new();
        let mut rest = letters.as_slice();
        while let Some(end) = first_line(rest, width.max(1)) {
            let (line, after) = rest.split_at(end);
            lines.push(Self::joined(line));
            let spaces = after.iter().take_while(|letter| letter.0 == ' ').count();
            rest = &after[spaces..];
        }
        lines
    }

    fn joined(letters: &[(char, Tone, Face)]) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        for &(c, tone, face) in letters {
            match spans.last_mut() {
                Some(last) if last.tone == tone && last.face == face => last.text.push(c),
                _ => spans.push(Span { tone, face, text: c.to_string() }),
            }
        }
        while let Some(last) = spans.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            spans.pop();
        }
        Self(spans)
    }
}

/// How many letters the first line takes; `None` when nothing is left.
fn first_line(letters: &[(char, Tone, Face)], width: usize) -> Option<usize> {
    if letters.is_empty() {
        return None;
    }
    let mut used = 0;
    let mut space = None;
    for (index, &(c, ..)) in letters.iter().enumerate() {
        if c == ' ' && index > 0 {
            space = Some(index);
        }
        used += columns_of(c);
        if used > width {
            let broken = index.max(1);
            return Some(match space {
                Some(space) if !is_too_long(&letters[space + 1..], width) => space,
                _ => broken,
            });
        }
    }
    Some(letters.len())
}

/// Whether the first word does not fit on a line of its own, so that breaking before it gains
/// nothing.
fn is_too_long(letters: &[(char, Tone, Face)], width: usize) -> bool {
    letters
        .iter()
        .take_while(|letter| letter.0 != ' ')
        .map(|letter| columns_of(letter.0))
        .sum::<usize>()
        > width
}

/// Columns that `text` takes on a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

fn columns_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// `text` in at most `most` columns: what does not fit is cut from the middle, where the parts of
/// a path differ least, and marked by an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> String {
    if columns(text) <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let head = prefix(text.chars(), kept.div_ceil(2));
    let tail: String = prefix(text.chars().rev(), kept - kept.div_ceil(2)).chars().rev().collect();
    format!("{head}…{tail}")
}

fn prefix(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|&c| {
            used += columns_of(c);
            used <= most
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &Text, width: usize) -> Vec<String> {
        text.wrap(width).iter().map(Text::letters).collect()
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(lines(&Text::of("one two three"), 8), ["one two", "three"]);
        assert_eq!(lines(&Text::of("one two"), 7), ["one two"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken_within() {
        assert_eq!(lines(&Text::of("abcdefgh ij"), 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(lines(&Text::of("日本語"), 1), ["日", "本", "語"]);
    }

    #[test]
    fn tones_survive_a_line_break() {
        let text = Text::new().tone(Tone::Bad, "red red").say(" plain");
        let wrapped = text.wrap(4);
        assert_eq!(wrapped[1], Text::new().tone(Tone::Bad, "red"));
        assert_eq!(wrapped.len(), 4, "{wrapped:?}");
    }

    #[test]
    fn long_names_are_cut_in_the_middle() {
        assert_eq!(cut("GET /api/v1/builds/{id}", 11), "GET /…/{id}");
        assert_eq!(cut("short", 5), "short");
        assert!(columns(&cut("日本語日本語日本語", 8)) <= 8);
        assert_eq!(cut("ab", 1), "…");
    }

    #[test]
    fn text_from_outside_cannot_leave_its_line() {
        assert_eq!(Text::of("a\n\u{1b}[31mb").letters(), "a\\u{a}\\u{1b}[31mb");
    }
}
