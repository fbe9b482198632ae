//! What became of what a run made.

use crate::model::Cleanup;
use crate::report::page::{Block, Note, Page};
use crate::report::text::{Text, Tone};

/// Adds what was deleted and what is left to `page`, if there was anything.
pub(super) fn add(page: &mut Page, cleanups: &[Cleanup]) {
    page.add(Block::Notes(cleanups.iter().map(note).collect()));
}

fn note(cleanup: &Cleanup) -> Note {
    let (tone, mark) = if cleanup.is_whole() { (Tone::Good, "✓") } else { (Tone::Warn, "!") };
    let head = Text::new()
        .tone(tone, mark)
        .say(" cleanup of ")
        .name(cleanup.subject())
        .say(": ")
        .say(cleanup);
    match cleanup.endpoint {
        Some(_) => Note::new(head).with(Text::of("with ").code(&cleanup.request)),
        None => Note::new(head),
    }
}
