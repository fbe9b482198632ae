//! The baseline file at two times: what a review has to know.

use std::collections::BTreeSet;

use super::baseline::{accepted, headline};
use super::record::{grid, leave, overruled, shell_word};
use crate::model::{Baseline, BaselineKey, Difference, EndpointName};
use crate::report::document::ChangeReport;
use crate::report::figure::NONE;
use crate::report::page::{Block, Note, Page};
use crate::report::text::{Text, Tone};

/// What `baseline diff`, `bless` and `waive` print.
pub(super) fn page(report: &ChangeReport<'_>) -> Page {
    let mut title =
        Text::new().tone(Tone::Strong, "baseline").say(" · ").code(report.path.display());
    if let Some(since) = report.since {
        title = title.say(" · since ").code(since);
    }
    let mut page = Page::new(title);
    let keys: BTreeSet<&BaselineKey> =
        report.old.baselines.keys().chain(report.new.baselines.keys()).collect();
    for key in keys {
        let (old, new) = (report.old.baselines.get(key), report.new.baselines.get(key));
        if old != new {
            add(&mut page, key, old, new);
        }
    }
    if page.blocks.is_empty() {
        page.add(Block::Lines(vec![Text::of("nothing has changed")]));
    } else if report.since.is_none() {
        page.add(Block::Lines(vec![
            Text::of("written to ").code(report.path.display()),
            Text::of("next: ")
                .code(format!("git add {}", shell_word(&report.path.to_string_lossy()))),
        ]));
    }
    page
}

fn add(page: &mut Page, key: &BaselineKey, old: Option<&Baseline>, new: Option<&Baseline>) {
    let head = match (old, new) {
        (None, _) => Text::new().tone(Tone::Info, "+ new baseline").say(" "),
        (_, None) => Text::new().tone(Tone::Warn, "- removed baseline").say(" "),
        _ => Text::new(),
    };
    page.add(Block::Lines(vec![head.append(headline(key))]));
    let figures = |side: Option<&Baseline>, name: &EndpointName| {
        side.and_then(|side| side.endpoints.get(name)).cloned()
    };
    let changed = |name: &EndpointName| figures(old, name) != figures(new, name);
    if [old, new].into_iter().flatten().any(|side| side.endpoints.keys().any(changed)) {
        page.add(Block::Grid(grid(old, new, changed)));
    }
    page.add(Block::Notes(differences(old, new)));
    page.add(Block::Notes(acceptances(old, new)));
    page.add(Block::Notes(waivers(old, new)));
}

fn differences(old: Option<&Baseline>, new: Option<&Baseline>) -> Vec<Note> {
    let (Some(old), Some(new)) = (old, new) else { return Vec::new() };
    let differences = old.workload.differences(&new.workload);
    if differences.is_empty() {
        return Vec::new();
    }
    let dash = |value: Option<String>| value.unwrap_or_else(|| NONE.to_owned());
    let head = Note::new(Text::new().tone(Tone::Warn, "! another workload"));
    let note = differences.into_iter().fold(head, |note, Difference { part, was, is }| {
        note.with(Text::new().code(part).say(": ").code(dash(was)).say(" → ").code(dash(is)))
    });
    vec![note]
}

fn acceptances(old: Option<&Baseline>, new: Option<&Baseline>) -> Vec<Note> {
    let Some(new) = new else { return Vec::new() };
    let mut notes = Vec::new();
    if old.is_none_or(|old| old.acceptance != new.acceptance) {
        notes.push(Note::new(Text::of("accepted ").append(accepted(&new.acceptance))));
        notes.extend(overruled(&new.acceptance));
    }
    for (name, endpoint) in &new.endpoints {
        let was = old.and_then(|old| old.endpoints.get(name)).and_then(|it| it.blessed.as_ref());
        if let Some(is) = endpoint.blessed.as_ref().filter(|is| Some(*is) != was) {
            let head = Text::new().tone(Tone::Info, "blessed").say(" ").name(name);
            notes.push(Note::new(head).with(accepted(is)));
        }
    }
    notes
}

fn waivers(old: Option<&Baseline>, new: Option<&Baseline>) -> Vec<Note> {
    let waivers =
        |side: Option<&Baseline>| side.map(|side| side.waivers.clone()).unwrap_or_default();
    let (old, new) = (waivers(old), waivers(new));
    let names: BTreeSet<&EndpointName> = old.keys().chain(new.keys()).collect();
    let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    changed
        .map(|name| {
            let (word, tone) = match (old.get(name), new.get(name)) {
                (None, _) => ("+ waiver", Tone::Warn),
                (_, None) => ("- waiver", Tone::Info),
                _ => ("! waiver changed", Tone::Warn),
            };
            let note = Note::new(Text::new().tone(tone, word).say(" for ").name(name));
            let note = match old.get(name) {
                Some(was) => note.with(Text::dim("was ").append(leave(was))),
                None => note,
            };
            match new.get(name) {
                Some(is) => note.with(leave(is)),
                None => note,
            }
        })
        .collect()
}
