//! What the committed baseline file holds.

use crate::model::{Acceptance, Baseline, BaselineKey};
use crate::report::document::BaselineReport;
use crate::report::figure::{commit, duration, minute, plural};
use crate::report::page::{Block, Note, Page};
use crate::report::text::{Text, Tone};

use super::counters;
use super::record::{grid, leave, overruled};

/// What `baseline show` prints.
pub(super) fn page(report: &BaselineReport<'_>) -> Page {
    let baselines = &report.file.baselines;
    let mut page = Page::new(
        Text::new()
            .tone(Tone::Strong, plural(baselines.len() as u64, "baseline"))
            .say(" in ")
            .code(report.path.display()),
    );
    for (key, baseline) in baselines {
        page.add(Block::Lines(vec![headline(key)]));
        page.add(Block::Facts(facts(baseline)));
        page.add(Block::Grid(grid(None, Some(baseline), |_| true)));
        counters::accepted(&mut page, baseline);
        page.add(Block::Notes(overruled(&baseline.acceptance)));
        page.add(Block::Notes(blessed(baseline)));
        page.add(Block::Notes(waivers(baseline, report)));
    }
    page
}

/// What a baseline is for, as a line.
pub(super) fn headline(key: &BaselineKey) -> Text {
    Text::new().name(&key.scenario).say(" · ").code(&key.environment).say(" · ").code(&key.machine)
}

fn facts(baseline: &Baseline) -> Vec<(&'static str, Text)> {
    let mut facts = vec![("accepted", accepted(&baseline.acceptance))];
    if let Some(last) = baseline.sessions.last() {
        let mut text = minute(last.started);
        if let Some(git) = &last.git {
            text = format!("{text} · {}", commit(&git.commit, git.dirty));
        }
        if baseline.sessions.len() > 1 {
            text = format!("{text} · last of {} sessions", baseline.sessions.len());
        }
        facts.push(("measured", Text::of(text)));
    }
    facts.push(("CPU kernel", Text::of(duration(baseline.anchors.cpu_kernel))));
    facts
}

/// When something was accepted, by whom and why.
pub(super) fn accepted(acceptance: &Acceptance) -> Text {
    let mut text = Text::of(minute(acceptance.at));
    if let Some(by) = &acceptance.by {
        text = text.say(" by ").code(by);
    }
    if let Some(reason) = &acceptance.reason {
        text = text.say(": ").code(reason);
    }
    text
}

fn blessed(baseline: &Baseline) -> Vec<Note> {
    let blessed = baseline
        .endpoints
        .iter()
        .filter_map(|(name, endpoint)| endpoint.blessed.as_ref().map(|it| (name, it)));
    blessed
        .map(|(name, acceptance)| {
            let head = Text::new().tone(Tone::Info, "blessed").say(" ").name(name);
            Note::new(head).with(accepted(acceptance))
        })
        .collect()
}

fn waivers(baseline: &Baseline, report: &BaselineReport<'_>) -> Vec<Note> {
    baseline
        .waivers
        .iter()
        .map(|(name, waiver)| {
            let (word, tone) = if !baseline.endpoints.contains_key(name) {
                ("! waived, though the baseline has no such endpoint:", Tone::Bad)
            } else if waiver.until < report.today {
                ("✗ waiver over", Tone::Bad)
            } else {
                ("! waived", Tone::Warn)
            };
            Note::new(Text::new().tone(tone, word).say(" ").name(name)).with(leave(waiver))
        })
        .collect()
}
