//! A page as GitHub's Markdown, for job summaries: the same words, nothing cut.
//!
//! What comes from outside stands between `<code>` tags with every character that Markdown or HTML
//! could take for its own written as an entity, which unlike a backslash also holds in a table.

use std::fmt::Write as _;

use super::page::{Align, Block, Cell, Grid, Note, Page};
use super::text::{Face, Span, Text, Tone};

/// Draws `page`.
pub(super) fn draw(page: &Page) -> String {
    let mut out = format!("### {}\n", line(&page.title));
    if !page.under.is_empty() {
        out.push('\n');
        lines(&mut out, &page.under);
    }
    for block in &page.blocks {
        out.push('\n');
        match block {
            Block::Lines(drawn) => lines(&mut out, drawn),
            Block::Facts(facts) => {
                for (label, value) in facts {
                    let _ = writeln!(out, "- {label}: {}", line(value));
                }
            }
            Block::Grid(drawn) => grid(&mut out, drawn),
            Block::Notes(notes) => notes.iter().for_each(|it| note(&mut out, it)),
        }
    }
    out
}

fn lines(out: &mut String, lines: &[Text]) {
    let lines: Vec<String> = lines.iter().map(line).collect();
    out.push_str(&lines.join("<br>\n"));
    out.push('\n');
}

fn note(out: &mut String, note: &Note) {
    let _ = writeln!(out, "- {}", line(&note.head));
    for detail in &note.details {
        let _ = writeln!(out, "  - {}", line(detail));
    }
}

fn grid(out: &mut String, grid: &Grid) {
    let titles = grid.columns.iter().map(|column| escaped(&column.title));
    row(out, titles);
    row(
        out,
        grid.columns.iter().map(|column| {
            match column.align {
                Align::Left => ":--",
                Align::Right => "--:",
            }
            .to_owned()
        }),
    );
    for cells in &grid.rows {
        row(out, cells.iter().map(cell));
    }
}

fn row(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push('|');
    for cell in cells {
        let _ = write!(out, " {cell} |");
    }
    out.push('\n');
}

fn cell(Cell { text, tone, face }: &Cell) -> String {
    span(&Span { tone: *tone, face: *face, text: text.clone() })
}

fn line(text: &Text) -> String {
    let line: String = text.0.iter().map(span).collect();
    line.trim().to_owned()
}

/// Spaces around the word stay outside of its marks, which would not be marks otherwise.
fn span(Span { tone, face, text }: &Span) -> String {
    let word = text.trim();
    if word.is_empty() {
        return text.clone();
    }
    let marked = match (face, tone) {
        (Face::Quoted, _) => format!("<code>{}</code>", escaped(word.trim_matches('`'))),
        (Face::Code, _) => format!("<code>{}</code>", escaped(word)),
        (Face::Words, Tone::Bad | Tone::Strong) => format!("<b>{}</b>", escaped(word)),
        (Face::Words, _) => escaped(word),
    };
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    format!("{}{marked}{}", &text[..start], &text[end..])
}

/// Every character with a meaning in Markdown, its tables, its GitHub extensions or HTML becomes
/// an entity. (`:` and `@` would make links, `$` would start a formula.)
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        match c {
            // At the start of a line either begins a list.
            '+' | '-' if index == 0 && matches!(text.as_bytes().get(1), None | Some(b' ')) => {
                let _ = write!(shown, "&#{};", u32::from(c));
            }
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '@' | '$' => {
                let _ = write!(shown, "&#{};", u32::from(c));
            }
            _ => shown.push(c),
        }
    }
    // A scheme or `www.` followed by anything becomes a link.
    shown.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let evil = "GET /<script>|`x`**b** [l](http://e) @me #1 $a$ ~~s~~ www.e.com \\|";
        let shown = line(&Text::new().code(evil));
        let inner = shown.strip_prefix("<code>").unwrap().strip_suffix("</code>").unwrap();
        for mark in ["<", ">", "|", "`", "*", "[", "]", "@", "$", "~", "\\", "://", "www."] {
            assert!(!inner.contains(mark), "{mark} in {inner}");
        }
    }

    #[test]
    fn spaces_stay_outside_of_marks() {
        assert_eq!(line(&Text::of("a").tone(Tone::Bad, " red ").say("b")), "a <b>red</b> b");
    }
}
