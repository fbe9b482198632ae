//! What a judged row says by itself: everything a reader needs without the table.

use super::answers;
use crate::model::{Decision, EndpointName, Lacking, Row, Side, Warning, show_duration};
use crate::report::document::{Against, CompareReport};
use crate::report::figure::{change, count, duration, from_to, plural, ratio, ratio_any, share};
use crate::report::page::Note;
use crate::report::text::{Text, Tone};
use crate::report::words;

/// The notes below a comparison: what needs no action now, and the red rows.
pub(in crate::report) fn findings(report: &CompareReport<'_>) -> (Vec<Note>, Vec<Note>) {
    let (red, rest): (Vec<&Row>, Vec<&Row>) =
        report.comparison.rows.iter().partition(|row| row.decision.is_red());
    let warned = red
        .iter()
        .chain(&rest)
        .flat_map(|row| warnings(&row.endpoint, &row.warnings).into_iter().chain(checks(row)));
    let others = warned.chain(rest.iter().filter_map(|row| finding(row, report))).collect();
    (others, red.iter().filter_map(|row| finding(row, report)).collect())
}

/// What the answers were like, whatever was decided.
fn checks(row: &Row) -> Vec<Note> {
    row.after.iter().flat_map(|side| answers::heard(&row.endpoint, &side.outcomes)).collect()
}

/// The warnings of one endpoint's row.
pub(super) fn warnings(endpoint: &EndpointName, warnings: &[Warning]) -> Vec<Note> {
    warnings
        .iter()
        .map(|warning| {
            Note::new(
                Text::new()
                    .tone(Tone::Warn, "!")
                    .say(" ")
                    .name(endpoint)
                    .say(" ")
                    .say(words::warning(warning)),
            )
        })
        .collect()
}

/// The row as a note; a plain pass needs none, unless the file still has leave for it.
pub(in crate::report) fn finding(row: &Row, report: &CompareReport<'_>) -> Option<Note> {
    let show = format!("perfbase show {} -v", words::run_argument(report.number, report.run));
    let note = match row.decision {
        Decision::Pass => return row.waiver.as_ref().map(|_| unneeded_waiver(row)),
        Decision::New => headed(row, "")
            .with(Text::of(format!("p95 {} · ", p95(row.after.as_ref()))).say("no baseline yet"))
            .with(next("perfbase record")),
        Decision::Missing => headed(
            row,
            &format!(": in the baseline with p95 {}, not measured", p95(row.before.as_ref())),
        )
        .with(
            Text::of("next: put it back into the scenario, or drop it from the baseline with ")
                .quoted("perfbase record"),
        ),
        Decision::Errors { share: failed, allowed } => {
            let after = row.after.as_ref();
            let answers = after.filter(|side| side.outcomes.nothing_works() && failed <= allowed);
            let elsewhere = after.filter(|side| {
                !side.outcomes.nothing_works() && side.outcomes.lost_share() <= allowed
            });
            let text = if let Some(side) = elsewhere {
                let wrong = words::wrong_of_all(row.kind, &side.of_all_rounds);
                format!(": {wrong} ({}), {} may", share(failed), share(allowed))
            } else if let Some(side) = answers {
                format!(": not one of {} answers is as expected", count(side.allowed))
            } else {
                let what = row.kind.plural();
                let how = after.map_or("failed", |side| side.outcomes.how_lost());
                format!(": {} of the {what} {how}, {} may", share(failed), share(allowed))
            };
            let note = headed(row, &text);
            let classes = after.filter(|side| side.failures > 0).map(failures);
            match classes {
                Some(classes) => note.with(Text::of(classes)).with(next(&show)),
                None => note.with(next(&show)),
            }
        }
        Decision::TooFew { of, rounds, successes, needed } => {
            too_few(row, report, (of, rounds, successes, needed))
        }
        Decision::Rare { successes, needed } => headed(
            row,
            &format!(
                ": not judged, with {} a round at least where it takes {}",
                plural(successes, "success"),
                count(needed)
            ),
        )
        .with(
            Text::of("no run is made longer for it: fewer ")
                .quoted("messages")
                .say(" give more of them"),
        ),
        Decision::NotConfirmed => headed(row, &figures(row))
            .with(limits(row).say(" · above it at first, not when measured again")),
        Decision::Suspect => {
            headed(row, &figures(row)).with(limits(row).say(" · to be measured again"))
        }
        Decision::Regressed { confirmed } => headed(row, &figures(row))
            .with(limits(row).say(if confirmed {
                " · confirmed by a second measurement"
            } else {
                " · not confirmed: there was no second measurement"
            }))
            .with(next(if confirmed { &show } else { "perfbase compare" })),
        Decision::OverBudget { metric, acceptable } => {
            let found = row.after.as_ref().and_then(|side| side.at(metric));
            let over = found.map_or_else(String::new, |found| {
                format!(
                    ": {metric} {} is over the acceptable {} ({})",
                    duration(found),
                    show_duration(acceptable),
                    change(acceptable, found)
                )
            });
            with_baseline(headed(row, &over), row).with(next(&show))
        }
        Decision::Machine => headed(row, &figures(row))
            .with(limits(row))
            .with(Text::of("no verdict: the machine's speed explains it"))
            .with(
                Text::of("next: measure again on the machine of the baseline, or ")
                    .quoted("perfbase record")
                    .say(" on this one"),
            ),
        Decision::Waived => with_waiver(headed(row, &figures(row)).with(limits(row)), row),
        Decision::WaiverOver { .. } => {
            with_waiver(headed(row, &figures(row)).with(limits(row)), row).with(next(&show))
        }
    };
    Some(note)
}

/// Whose rounds or successes are too few, and how to get more, unless the machine or the generator
/// has to be mended first.
fn too_few(
    row: &Row,
    report: &CompareReport<'_>,
    (of, rounds, successes, needed): (Lacking, usize, u64, u64),
) -> Note {
    let is_saturated = report.run.is_saturated() && of != Lacking::Baseline;
    if is_saturated && report.run.valid_rounds().next().is_none() {
        return headed(row, ": no round of the run counted, so that there is nothing to judge");
    }
    let (before, command) = match report.against {
        Against::File(_) => ("the baseline".to_owned(), "perfbase record"),
        Against::Run { number: Some(number), .. } => (format!("run {number}"), "perfbase run"),
        Against::Run { number: None, id } => (format!("run {id}"), "perfbase run"),
    };
    let (whose, has) = match of {
        Lacking::Run => ("the run".to_owned(), "has"),
        Lacking::Again => ("measured again, the run".to_owned(), "has"),
        Lacking::Baseline => (before, "has"),
        Lacking::Both => (format!("the run and {before}"), "have"),
    };
    let note = headed(
        row,
        &format!(
            ": {whose} {has} {} with {} at least; it takes 3 with {}",
            plural(rounds as u64, "valid round"),
            plural(successes, "success"),
            count(needed)
        ),
    );
    if is_saturated {
        return note;
    }
    let next = match of {
        Lacking::Run | Lacking::Again => Text::of("next: more time ("),
        Lacking::Baseline => Text::of("next: ").quoted(command).say(" with more time ("),
        Lacking::Both => {
            Text::of("next: ").quoted(command).say(" and then compare, both with more time (")
        }
    };
    note.with(next.quoted("--duration").say(") or rounds (").quoted("--rounds").say(")"))
}

fn headed(row: &Row, rest: &str) -> Note {
    let (mark, word, tone) = words::decision(row.decision);
    let elsewhere = row.other_machine && row.decision != Decision::Machine;
    let machine = if elsewhere { " (other machine)" } else { "" };
    Note::new(
        Text::new()
            .tone(tone, mark)
            .say(" ")
            .name(&row.endpoint)
            .say(" ")
            .tone(tone, word)
            .say(machine)
            .say(rest),
    )
}

fn next(command: &str) -> Text {
    Text::of("next: ").code(command)
}

/// `: p95 12.31 → 37.05 ms, 3.01x, +24.74 ms`.
fn figures(row: &Row) -> String {
    let at = |side: Option<&Side>| side.and_then(|side| side.at(row.metric));
    let (metric, sides) = (row.metric, (at(row.before.as_ref()), at(row.after.as_ref())));
    match sides {
        (Some(before), Some(after)) => format!(
            ": {metric} {}, {}, {}",
            from_to(before, after),
            ratio_any(row.ratio),
            change(before, after)
        ),
        (None, Some(after)) => format!(": {metric} {}", duration(after)),
        (_, None) => String::new(),
    }
}

/// `limit 24.62 ms (k_eff 2.00x) · n 5×412 → 10×412`.
fn limits(row: &Row) -> Text {
    let mut text = Text::new();
    if let Some(limit) = row.limit {
        let weak = if limit.is_weak() { ", weak gate" } else { "" };
        text = text.say(format!(
            "limit {} (k_eff {}{weak}) · ",
            duration(limit.value),
            ratio(limit.k_eff)
        ));
    }
    let size = |side: Option<&Side>| side.map_or_else(|| "0".to_owned(), size);
    text.say(format!("n {} → {}", size(row.before.as_ref()), size(row.after.as_ref())))
}

/// How much a side rests on: rounds, and successes a round.
pub(in crate::report) fn size(side: &Side) -> String {
    let rounds = side.round_p95s.len() as u64;
    match side.outcomes.successes.checked_div(rounds) {
        Some(successes) => format!("{}×{}", count(rounds), count(successes)),
        None => "0".to_owned(),
    }
}

fn with_baseline(note: Note, row: &Row) -> Note {
    if row.before.is_some() {
        note.with(Text::of(figures(row).trim_start_matches(": "))).with(limits(row))
    } else {
        note
    }
}

fn unneeded_waiver(row: &Row) -> Note {
    let head = Text::new().tone(Tone::Warn, "!").say(" ").name(&row.endpoint);
    with_waiver(Note::new(head.say(" has a waiver that it does not need now")), row)
}

fn with_waiver(note: Note, row: &Row) -> Note {
    let Some(waiver) = &row.waiver else { return note };
    let leave = format!("waived up to {} until {}: ", show_duration(waiver.ceiling), waiver.until);
    note.with(Text::of(leave).code(&waiver.reason))
}

fn failures(side: &Side) -> String {
    format!(
        "{} of {} failed: {}",
        count(side.outcomes.failed()),
        count(side.outcomes.total()),
        words::failures(&side.outcomes)
    )
}

fn p95_of(side: Option<&Side>) -> Option<std::time::Duration> {
    side.and_then(|side| side.p95)
}

fn p95(side: Option<&Side>) -> String {
    p95_of(side).map_or_else(|| "unknown".to_owned(), duration)
}
