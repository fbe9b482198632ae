//! A run round by round: what counted, what the machine and the generator said.

use crate::model::{Block as Pass, Failure, Run, Unsound, Validity};
use crate::report::figure::{NONE, Scale, count, duration, plural, share};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words;

/// Adds a table of the rounds, why some do not count, and what failed.
pub(super) fn add(page: &mut Page, run: &Run) {
    if run.rounds.is_empty() {
        page.add(Block::Lines(vec![Text::of("no round was finished")]));
        return;
    }
    page.add(Block::Grid(grid(run)));
    page.add(Block::Notes(invalid(run)));
    page.add(Block::Notes(failures(run)));
}

/// Every ground on which a first-pass round of `run` does not count, each kind once.
pub(super) fn grounds(run: &Run) -> Vec<Unsound> {
    let mut grounds: Vec<Unsound> = Vec::new();
    for round in run.rounds.iter().filter(|round| round.block == Pass::First) {
        if let Validity::Invalid(unsound) = &round.validity {
            for ground in unsound {
                let kind = std::mem::discriminant(ground);
                if grounds.iter().all(|known| std::mem::discriminant(known) != kind) {
                    grounds.push(*ground);
                }
            }
        }
    }
    grounds
}

/// That too few rounds count, what was at its limit, and what to change; nothing of a sound run.
pub(super) fn saturation(run: &Run) -> Option<Note> {
    if !run.is_saturated() {
        return None;
    }
    let first = || run.rounds.iter().filter(|round| round.block == Pass::First);
    let valid = first().filter(|round| round.validity.is_valid()).count();
    let counted = match valid {
        0 => "no round counted".to_owned(),
        valid => plural(valid as u64, "valid round"),
    };
    let head = Text::new().tone(Tone::Bad, "✗ saturated").say(format!(
        ": {counted} in {}, and a verdict takes {}",
        count_of_tries(first().count() as u64),
        Run::LEAST_ROUNDS
    ));
    let note = grounds(run).iter().fold(Note::new(head), |note, ground| {
        let note = note.with(Text::of(ground));
        let note = match (ground, dropped(run)) {
            (Unsound::MissedRate(_), Some(dropped)) => note.with(dropped),
            _ => note,
        };
        note.with(Text::of("  next: ").say(ground.way_out()))
    });
    Some(note.with(Text::dim("a saturated run is no pass and cannot become a baseline")))
}

/// Rounds that do not count are measured again, so that there are more than were asked for.
fn count_of_tries(tries: u64) -> String {
    if tries == 1 { "1 try".to_owned() } else { format!("{} tries", count(tries)) }
}

/// What became of the starts that were not sent, if there were any: an arrival found no connection,
/// or a user with a rate was not free.
fn dropped(run: &Run) -> Option<Text> {
    let samples = run.rounds.iter().flat_map(|round| round.samples.values());
    let dropped: u64 =
        samples.filter_map(|sample| sample.outcomes.failures.get(&Failure::Dropped)).sum();
    let (head, what, why) = if run.workload.is_open() {
        let why = "because every connection was busy for longer than the timeout";
        ("connection limit reached", "arrival", why)
    } else {
        let why = "because the user whose they were still waited for an answer";
        ("users were not free", "start", why)
    };
    let were = if dropped == 1 { "was" } else { "were" };
    (dropped > 0).then(|| {
        let load = run.workload.parts.get("load").map(String::as_str).unwrap_or_default();
        let dropped = plural(dropped, what);
        Text::of(format!("{head}: {dropped} {were} dropped, {why} (load: ")).code(load).say(")")
    })
}

fn grid(run: &Run) -> Grid {
    let scale = Scale::of(run.rounds.iter().flat_map(|round| {
        let generator = &round.generator;
        [round.anchors.null_p95, generator.lag_p95].into_iter().chain(generator.poll_delay_p95)
    }));
    let mut grid = Grid::new(vec![
        Column::figure("round"),
        Column::words("pass"),
        Column::words("valid"),
        Column::figure("measured"),
        Column::figure("CPU kernel"),
        Column::figure(scale.head("null")),
        Column::figure(scale.head("lag")),
        Column::figure(scale.head("poll")),
        Column::figure("busy"),
        Column::figure("steal"),
        Column::figure("crowding"),
        Column::extra("requests"),
    ]);
    for round in &run.rounds {
        let (counts, tone) =
            if round.validity.is_valid() { ("✓ yes", Tone::Good) } else { ("✗ no", Tone::Bad) };
        let requests =
            round.samples.iter().filter(|(name, _)| run.kind_of(name).counts_as_request());
        let requests: u64 = requests.map(|(_, sample)| sample.outcomes.total()).sum();
        grid.row(vec![
            Cell::plain(round.index + 1),
            Cell::plain(pass(round.block)),
            Cell::new(tone, counts),
            Cell::plain(duration(round.measured)),
            Cell::plain(duration(round.anchors.cpu_kernel)),
            Cell::plain(scale.show(round.anchors.null_p95)),
            Cell::plain(scale.show(round.generator.lag_p95)),
            Cell::plain(
                round.generator.poll_delay_p95.map_or(NONE.to_owned(), |p95| scale.show(p95)),
            ),
            Cell::plain(share(round.generator.busy)),
            Cell::plain(share(round.generator.steal)),
            Cell::plain(share(round.generator.crowding)),
            Cell::plain(if requests == 0 { NONE.to_owned() } else { count(requests) }),
        ]);
    }
    grid
}

fn pass(block: Pass) -> &'static str {
    match block {
        Pass::First => "first",
        Pass::Confirmation => "again",
        Pass::Decider => "decider",
    }
}

fn invalid(run: &Run) -> Vec<Note> {
    let grounds = |validity: &Validity| match validity {
        Validity::Valid => Vec::new(),
        Validity::Invalid(grounds) => grounds.iter().map(ToString::to_string).collect(),
    };
    run.rounds
        .iter()
        .filter(|round| !round.validity.is_valid())
        .map(|round| {
            Note::new(Text::new().tone(Tone::Bad, "✗").say(format!(
                " round {} does not count: {}",
                round.index + 1,
                grounds(&round.validity).join("; ")
            )))
        })
        .collect()
}

fn failures(run: &Run) -> Vec<Note> {
    let failed = run.rounds.iter().flat_map(|round| {
        round
            .samples
            .iter()
            .filter(|(_, sample)| sample.outcomes.failed() > 0)
            .map(|(name, sample)| (round.index + 1, name, &sample.outcomes))
    });
    failed
        .map(|(round, name, outcomes)| {
            Note::new(
                Text::new()
                    .tone(Tone::Bad, "✗")
                    .say(format!(" round {round}: "))
                    .name(name)
                    .say(format!(" {}", words::failures(outcomes))),
            )
        })
        .collect()
}
