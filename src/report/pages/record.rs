//! A new baseline beside the old one, and what to commit.

use std::collections::BTreeSet;
use std::time::Duration;

use super::answers;
use super::requirement;
use crate::model::{Acceptance, Baseline, BaselineEndpoint, EndpointName, Waiver, show_duration};
use crate::report::document::RecordReport;
use crate::report::figure::{NONE, Scale, minute, plural, ratio};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};

/// Heading of the column that a first baseline has no use for.
const OLD: &str = "old";

/// What `record` prints.
pub(super) fn page(report: &RecordReport<'_>) -> Page {
    let key = report.key;
    let mut page = Page::new(
        Text::new()
            .tone(
                Tone::Strong,
                if report.old.is_some() { "new baseline" } else { "first baseline" },
            )
            .say(" · ")
            .name(&key.scenario)
            .say(" · ")
            .code(&key.environment)
            .say(" · ")
            .code(&key.machine),
    );
    page.under = origin(report);
    page.add(Block::Grid(grid(report.old, Some(report.new), |_| true)));
    requirement::add(&mut page, report.requirements);
    page.add(Block::Notes(dropped_waivers(report.old, report.new)));
    page.add(Block::Notes(overruled(&report.new.acceptance)));
    page.add(Block::Notes(answers::accepted(report.new, report.limited)));
    page.add(Block::Lines(vec![
        Text::of("written to ").code(report.path.display()),
        Text::of("next: ").code(format!("git add {}", shell_word(&report.path.to_string_lossy()))),
    ]));
    page
}

fn origin(report: &RecordReport<'_>) -> Vec<Text> {
    let mut lines = Vec::new();
    let was = report.old.and_then(|old| old.sessions.last());
    if let Some(was) = was {
        lines.push(Text::dim(format!("replaces the baseline of {}", minute(was.started))));
    }
    if let Some(is) = report.new.sessions.last() {
        let run = report.number.map(|number| format!("run {number} of ")).unwrap_or_default();
        let sessions = report.new.sessions.len();
        let of = if sessions > 1 {
            format!(", {} in all", plural(sessions as u64, "session"))
        } else {
            String::new()
        };
        lines.push(Text::dim(format!("from {run}{}{of}", minute(is.started))));
    }
    lines
}

/// Every endpoint that is `wanted`, old beside new.
pub(super) fn grid(
    old: Option<&Baseline>,
    new: Option<&Baseline>,
    wanted: impl Fn(&EndpointName) -> bool,
) -> Grid {
    let figures = |baseline: &Baseline| -> Vec<Duration> {
        baseline.endpoints.values().flat_map(|it| [it.p50, it.p95, it.max]).collect()
    };
    let sides = || [old, new].into_iter().flatten();
    let scale = Scale::of(sides().flat_map(figures));
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::figure(if old.is_some() { scale.head("p95") } else { OLD.to_owned() }),
        Column::words(if old.is_some() { "→ now".to_owned() } else { scale.head("p95") }),
        Column::figure("ratio"),
        Column::figure(scale.head("p50")),
        Column::figure(scale.head("p99")),
        Column::extra(scale.head("max")),
        Column::figure("errors"),
        Column::words("change"),
    ]);
    let names: BTreeSet<&EndpointName> =
        sides().flat_map(|side| side.endpoints.keys()).filter(|name| wanted(name)).collect();
    let is = |name| new.and_then(|new| new.endpoints.get(name));
    let p95s: Vec<String> =
        names.iter().map(|name| scale.show_any(is(*name).map(|it| it.p95))).collect();
    let wide = p95s.iter().map(|p95| p95.chars().count()).max().unwrap_or(0);
    let arrow = if old.is_some() { "→ " } else { "" };
    for (name, p95) in names.into_iter().zip(p95s) {
        let was = old.and_then(|old| old.endpoints.get(name));
        grid.row(cells(name, was, is(name), scale, &format!("{arrow}{p95:>wide$}")));
    }
    if old.is_none() { grid.without(&[OLD, "ratio", "change"]) } else { grid }
}

fn cells(
    name: &EndpointName,
    was: Option<&BaselineEndpoint>,
    is: Option<&BaselineEndpoint>,
    scale: Scale,
    p95: &str,
) -> Vec<Cell> {
    let change = was.zip(is).filter(|(was, _)| !was.p95.is_zero());
    let change = change.map(|(was, is)| is.p95.as_secs_f64() / was.p95.as_secs_f64());
    let (word, tone) = match (was, is, change) {
        (None, _, _) => ("+ new", Tone::Info),
        (_, None, _) => ("- removed", Tone::Warn),
        (_, _, Some(change)) if change > 1.25 => ("! slower", Tone::Warn),
        (_, _, Some(change)) if change < 0.8 => ("✓ faster", Tone::Good),
        _ => ("", Tone::Plain),
    };
    let errors = is.map_or_else(
        || NONE.to_owned(),
        |is| {
            if is.failures + is.repeated == 0 {
                "0%".to_owned()
            } else {
                crate::report::figure::share(is.lost_share())
            }
        },
    );
    vec![
        Cell::code(name),
        Cell::plain(scale.show_any(was.map(|was| was.p95))),
        Cell::plain(p95),
        Cell::new(tone, change.map_or_else(|| NONE.to_owned(), ratio)),
        Cell::plain(scale.show_any(is.map(|is| is.p50))),
        Cell::plain(scale.show_any(is.and_then(|is| is.p99))),
        Cell::plain(scale.show_any(is.map(|is| is.max))),
        Cell::plain(errors),
        Cell::new(tone, word),
    ]
}

/// Waivers do not pass over to a new baseline: that is worth saying.
fn dropped_waivers(old: Option<&Baseline>, new: &Baseline) -> Vec<Note> {
    let dropped = old.into_iter().flat_map(|old| &old.waivers);
    dropped
        .filter(|(name, _)| !new.waivers.contains_key(*name))
        .map(|(name, waiver)| {
            let head = Text::new()
                .tone(Tone::Warn, "! waiver dropped")
                .say(" for ")
                .name(name)
                .say(": it was leave to exceed figures that are replaced");
            Note::new(head).with(leave(waiver))
        })
        .collect()
}

/// `up to 800ms until 2026-12-31: the reason`.
pub(super) fn leave(waiver: &Waiver) -> Text {
    let Waiver { ceiling, until, reason } = waiver;
    Text::of(format!("up to {} until {until}: ", show_duration(*ceiling))).code(reason)
}

pub(super) fn overruled(acceptance: &Acceptance) -> Vec<Note> {
    if acceptance.overruled.is_empty() {
        return Vec::new();
    }
    let mut head = Text::new().tone(Tone::Warn, "! accepted anyway");
    if let Some(by) = &acceptance.by {
        head = head.say(" by ").code(by);
    }
    if let Some(reason) = &acceptance.reason {
        head = head.say(": ").code(reason);
    }
    let note = acceptance
        .overruled
        .iter()
        .fold(Note::new(head), |note, refusal| note.with(Text::new().code(refusal)));
    vec![note]
}

/// `path` as a shell takes it.
pub(super) fn shell_word(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_command_is_one_word() {
        assert_eq!(shell_word("performance_baselines.json"), "performance_baselines.json");
        assert_eq!(shell_word("my perf/$(rm)'s.json"), "'my perf/$(rm)'\\''s.json'");
    }
}
