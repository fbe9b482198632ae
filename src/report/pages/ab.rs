//! Two services side by side: the paired differences and the verdict.

use super::finding::warnings;
use super::rounds::saturation;
use crate::model::{Decision, PairedRow, Run};
use crate::report::document::{AbReport, Verbosity};
use crate::report::figure::{NONE, Scale, plural, ratio, ratio_any};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words::{self, exit_tone};

/// What `ab` prints.
pub(super) fn page(report: &AbReport<'_>, verbosity: Verbosity) -> Page {
    let rows = &report.comparison.rows;
    let mut page = Page::new(
        Text::new().tone(Tone::Strong, "base against head").say(" · ").name(&report.head.scenario),
    );
    let [base, head] = report.numbers;
    page.under = vec![side("base", base, report.base), side("head", head, report.head)];
    for run in [report.base, report.head] {
        page.add(Block::Notes(saturation(run).into_iter().collect()));
    }
    page.add(Block::Grid(grid(rows)));
    if verbosity == Verbosity::Verbose {
        page.add(Block::Notes(rows.iter().map(pairs).collect()));
    }
    let warned = rows.iter().flat_map(|row| warnings(&row.endpoint, &row.warnings));
    let found = rows.iter().filter_map(|row| finding(row, report));
    page.add(Block::Notes(warned.chain(found).collect()));
    page.add(Block::Lines(closing(report)));
    page
}

fn side(name: &str, number: i64, run: &Run) -> Text {
    Text::dim(format!("{name} ")).code(&run.url).tone(
        Tone::Dim,
        format!(" · run {number} · {}", plural(run.valid_rounds().count() as u64, "round")),
    )
}

fn grid(rows: &[PairedRow]) -> Grid {
    let scale = Scale::of(rows.iter().flat_map(|row| [row.base, row.head].into_iter().flatten()));
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::figure(scale.head("base p95")),
        Column::figure("head"),
        Column::figure("ratio"),
        Column::figure(scale.head("Δ")),
        Column::figure("p"),
        Column::figure("pairs"),
        Column::words("verdict"),
    ]);
    for row in rows {
        let (mark, word, tone) = words::decision(row.decision);
        let change = row.base.zip(row.head).map(|(base, head)| scale.change(base, head));
        grid.row(vec![
            Cell::code(&row.endpoint),
            Cell::plain(scale.show_any(row.base)),
            Cell::plain(scale.show_any(row.head)),
            Cell::new(if tone == Tone::Good { Tone::Plain } else { tone }, ratio_any(row.ratio)),
            Cell::plain(change.unwrap_or_else(|| NONE.to_owned())),
            Cell::plain(probability(row.p_adjusted)),
            Cell::plain(row.pairs.len()),
            Cell::new(tone, format!("{mark} {word}")),
        ]);
    }
    grid
}

fn probability(p: Option<f64>) -> String {
    match p {
        None => NONE.to_owned(),
        Some(p) if p < 0.001 => "<0.001".to_owned(),
        Some(p) => format!("{p:.3}"),
    }
}

/// Each pair's ratio: what the verdict rests on.
fn pairs(row: &PairedRow) -> Note {
    let ratios: Vec<String> = row
        .pairs
        .iter()
        .map(|(base, head)| {
            if base.is_zero() {
                NONE.to_owned()
            } else {
                ratio(head.as_secs_f64() / base.as_secs_f64())
            }
        })
        .collect();
    Note::new(Text::new().name(&row.endpoint).say(" head over base, pair by pair"))
        .with(Text::of(if ratios.is_empty() { NONE.to_owned() } else { ratios.join(", ") }))
}

fn finding(row: &PairedRow, report: &AbReport<'_>) -> Option<Note> {
    let (mark, word, tone) = words::decision(row.decision);
    if row.decision == Decision::Pass && row.ratio.is_none_or(|it| it <= report.comparison.factor) {
        return None;
    }
    let head = Text::new().tone(tone, mark).say(" ").name(&row.endpoint).say(" ").tone(tone, word);
    let note = Note::new(head).with(Text::of(&row.reason));
    Some(match row.decision {
        Decision::TooFew { .. } => note.with(
            Text::of("next: more pairs (")
                .quoted("--rounds")
                .say(") or more time (")
                .quoted("--duration")
                .say(")"),
        ),
        Decision::Errors { .. } => {
            note.with(Text::of("next: ").code(format!("perfbase show {} -v", report.numbers[1])))
        }
        _ => note,
    })
}

fn closing(report: &AbReport<'_>) -> Vec<Text> {
    let comparison = report.comparison;
    let rule = format!(
        "slower means: a ratio over {}, and p under 0.05 after Holm over all endpoints, which takes {}",
        ratio(comparison.factor),
        plural(comparison.rounds_needed as u64, "pair")
    );
    let judged = comparison.rows.iter().filter(|row| row.decision.is_judged()).count();
    let last = Text::of(format!("judged {judged} of {} · ", comparison.rows.len())).tone(
        exit_tone(report.exit),
        format!("exit {} ({})", report.exit.code(), report.exit.word()),
    );
    vec![Text::dim(rule), last]
}
