//! A run's figures, fresh or stored.

use std::time::Duration;

use super::{answers, cleanup, counters, phases, requirement, rounds, stages};
use crate::model::{Carried, EndpointSummary, Lookup, Metric, RunSummary, show_duration};
use crate::report::document::{RunReport, Verbosity};
use crate::report::figure::{NONE, Scale, count, duration, per_second};
use crate::report::page::{Block, Cell, Column, Grid, Note, Page};
use crate::report::text::{Text, Tone};
use crate::report::words;

/// What `run` prints.
pub(super) fn run(report: &RunReport<'_>) -> Page {
    let mut page = Page::new(words::run_title(report.number, report.run));
    page.under.push(words::origin(report.run));
    body(&mut page, report);
    page
}

/// What `show` prints.
pub(super) fn show(report: &RunReport<'_>, verbosity: Verbosity) -> Page {
    let mut page = Page::new(words::run_title(report.number, report.run));
    let mut facts = facts(report);
    if let (Verbosity::Verbose, Some(lookup)) = (verbosity, &report.run.lookup) {
        facts.push(("looked up", looked_up(lookup)));
    }
    page.add(Block::Facts(facts));
    body(&mut page, report);
    match verbosity {
        Verbosity::Normal => {}
        Verbosity::Verbose => {
            phases::add(&mut page, report.summary);
            rounds::add(&mut page, report.run);
        }
    }
    page
}

fn body(page: &mut Page, report: &RunReport<'_>) {
    let state = words::state(report.run.state).map(|line| Text::new().tone(Tone::Bad, line));
    page.add(Block::Lines(state.into_iter().collect()));
    page.add(Block::Notes(rounds::saturation(report.run).into_iter().collect()));
    if report.summary.endpoints.is_empty() && report.requirements.is_empty() {
        page.add(Block::Lines(vec![Text::of("no endpoint was measured")]));
    } else if !report.summary.endpoints.is_empty() {
        page.add(Block::Grid(grid(report.summary)));
        page.add(Block::Notes(report.summary.endpoints.iter().flat_map(notes).collect()));
    }
    stages::add(page, report.summary.stages.as_ref());
    counters::measured(page, &report.summary.counters);
    requirement::add(page, report.requirements);
    cleanup::add(page, &report.run.cleanups);
}

fn facts(report: &RunReport<'_>) -> Vec<(&'static str, Text)> {
    let (run, session) = (report.run, &report.run.session);
    let mut facts = vec![
        ("id", Text::new().code(run.id())),
        ("measured", words::origin(run)),
        ("state", Text::of(run.state)),
        ("machine", Text::new().code(&run.machine)),
    ];
    if let Some(anchors) = report.summary.anchors {
        facts.push((
            "anchors",
            Text::of(format!(
                "CPU kernel {} · null handler p50 {} · p95 {}",
                duration(anchors.cpu_kernel),
                duration(anchors.null_p50),
                duration(anchors.null_p95)
            )),
        ));
    }
    let mut workload = Text::new();
    for (index, (name, value)) in run.workload.parts.iter().enumerate() {
        let dot = if index == 0 { "" } else { " · " };
        workload = workload.say(format!("{dot}{name} ")).code(value);
    }
    if !run.workload.parts.is_empty() {
        facts.push(("workload", workload));
    }
    if let Some(ci) = &session.ci {
        let id = ci.id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
        facts.push(("ci", Text::new().code(format!("{}{id}", ci.provider))));
    }
    facts.push(("seed", Text::of(run.seed)));
    facts.push(("perfbase", Text::of(&session.perfbase)));
    facts
}

/// Where the service's name led, which is in no phase.
fn looked_up(lookup: &Lookup) -> Text {
    let Lookup { found, chosen, took } = lookup;
    let mut said = Text::new().code(chosen);
    let mut separate = ", not ";
    for other in found.iter().filter(|it| *it != chosen) {
        said = said.say(separate).code(other);
        separate = ", ";
    }
    said.say(format!("; once, in {}, before anything was measured", duration(*took)))
}

fn grid(summary: &RunSummary) -> Grid {
    let endpoints = &summary.endpoints;
    let scale = Scale::of(endpoints.iter().flat_map(durations));
    let has_target = endpoints.iter().any(|endpoint| endpoint.budgets.target.is_some());
    let goal = if has_target { "target" } else { "acceptable" };
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::figure(scale.head("p50")),
        Column::figure(scale.head("p95")),
        Column::figure(scale.head("p99")),
        Column::figure(scale.head("max")),
        Column::figure(goal),
        Column::extra("per s"),
        Column::figure("errors"),
        Column::extra("spread"),
    ]);
    let percentile = |percentile: Carried, tone| match percentile {
        Carried::Value(value) => Cell::new(tone, scale.show(value)),
        // More requests would not help where no round counts.
        Carried::More(_) if summary.valid_rounds == 0 => Cell::dim(NONE),
        Carried::More(more) => Cell::dim(format!("{} more", count(more))),
    };
    for endpoint in endpoints {
        // Figures are of rounds that count alone.
        let some = endpoint.outcomes.successes > 0 && !endpoint.rounds.is_empty();
        let failed = endpoint.outcomes.failed() > 0;
        grid.row(vec![
            Cell::code(&endpoint.name),
            percentile(endpoint.p50, Tone::Plain),
            percentile(endpoint.p95, budget_tone(endpoint)),
            percentile(endpoint.p99, tail_tone(endpoint)),
            Cell::plain(scale.show_any(some.then_some(endpoint.max))),
            target(scale, endpoint),
            Cell::plain(
                endpoint.per_second.filter(|_| some).map_or_else(|| NONE.to_owned(), per_second),
            ),
            Cell::new(
                if failed { Tone::Bad } else { Tone::Plain },
                words::failed(&endpoint.outcomes),
            ),
            spread(endpoint),
        ]);
    }
    if endpoints.iter().all(|endpoint| wanted(endpoint).is_none()) {
        grid = grid.without(&[goal]);
    }
    grid
}

fn durations(endpoint: &EndpointSummary) -> impl Iterator<Item = Duration> {
    [endpoint.p50, endpoint.p95, endpoint.p99]
        .into_iter()
        .filter_map(Carried::value)
        .chain([endpoint.max])
        .chain(wanted(endpoint))
}

/// What the target column shows: the p95 that is wanted, else the one that is accepted.
fn wanted(endpoint: &EndpointSummary) -> Option<Duration> {
    endpoint.budgets.target.or(endpoint.budgets.acceptable)
}

fn target(scale: Scale, endpoint: &EndpointSummary) -> Cell {
    match (wanted(endpoint), endpoint.p95.value()) {
        (None, _) => Cell::dim(NONE),
        (Some(wanted), None) => Cell::plain(format!("{} ?", scale.show(wanted))),
        (Some(wanted), Some(p95)) if p95 <= wanted => {
            Cell::new(Tone::Good, format!("{} ✓", scale.show(wanted)))
        }
        (Some(wanted), Some(_)) => {
            Cell::new(budget_tone(endpoint), format!("{} ✗", scale.show(wanted)))
        }
    }
}

fn budget_tone(endpoint: &EndpointSummary) -> Tone {
    let over = |limit: Option<Duration>| {
        limit.zip(endpoint.p95.value()).is_some_and(|(limit, p95)| p95 > limit)
    };
    if over(endpoint.budgets.acceptable) {
        Tone::Bad
    } else if over(endpoint.budgets.target) {
        Tone::Warn
    } else {
        Tone::Plain
    }
}

fn tail_tone(endpoint: &EndpointSummary) -> Tone {
    let limit = endpoint.budgets.acceptable_p99;
    match limit.zip(endpoint.p99.value()) {
        Some((limit, p99)) if p99 > limit => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// How far the rounds' p95s reach, as half their range over the endpoint's p95.
fn spread(endpoint: &EndpointSummary) -> Cell {
    let p95s = || endpoint.rounds.iter().map(|round| round.p95);
    match (p95s().min(), p95s().max(), endpoint.p95.value()) {
        (Some(least), Some(most), Some(p95)) if endpoint.rounds.len() > 1 && !p95.is_zero() => {
            let half = most.abs_diff(least).as_secs_f64() / 2.0 / p95.as_secs_f64();
            Cell::plain(format!("±{:.0}%", half * 100.0))
        }
        _ => Cell::dim(NONE),
    }
}

fn notes(endpoint: &EndpointSummary) -> Vec<Note> {
    let mut notes = Vec::new();
    let budgets = [
        (Metric::P95, endpoint.budgets.acceptable, "acceptable", "✗", Tone::Bad),
        (Metric::P95, endpoint.budgets.target, "target", "!", Tone::Warn),
        (Metric::P99, endpoint.budgets.acceptable_p99, "acceptable", "✗", Tone::Bad),
    ];
    let missed = budgets.into_iter().filter_map(|(metric, limit, word, mark, tone)| {
        let found = if metric == Metric::P99 { endpoint.p99 } else { endpoint.p95 };
        let (limit, found) = limit.zip(found.value())?;
        (found > limit).then(|| {
            let text = Text::new().tone(tone, mark).say(" ").name(&endpoint.name).say(format!(
                " {metric} {} is over its {word} {}",
                duration(found),
                show_duration(limit)
            ));
            (metric, text)
        })
    });
    // Of one percentile, the worst that can be said of it.
    let mut said = None;
    for (metric, text) in missed {
        if said.replace(metric) != Some(metric) {
            notes.push(Note::new(text));
        }
    }
    if endpoint.outcomes.failed() > 0 {
        notes.push(Note::new(
            Text::new()
                .tone(Tone::Bad, "✗")
                .say(" ")
                .name(&endpoint.name)
                .say(format!(" {}", words::failed_of(endpoint.kind, &endpoint.outcomes))),
        ));
    } else if endpoint.outcomes.total() == 0 {
        notes.push(Note::new(
            Text::new()
                .tone(Tone::Bad, "✗")
                .say(" ")
                .name(&endpoint.name)
                .say(" got no request that counts"),
        ));
    }
    if endpoint.of_all_rounds.wrong() > endpoint.outcomes.wrong() {
        notes.push(Note::new(
            Text::new()
                .tone(Tone::Bad, "✗")
                .say(" ")
                .name(&endpoint.name)
                .say(format!(" {}", words::wrong_of_all(endpoint.kind, &endpoint.of_all_rounds))),
        ));
    }
    notes.extend(answers::notes(&endpoint.name, &endpoint.outcomes));
    notes.extend(answers::repeated(&endpoint.name, &endpoint.outcomes));
    notes.extend(answers::unasked(&endpoint.name, &endpoint.outcomes));
    if endpoint.outcomes.skipped > 0 {
        notes.push(Note::new(Text::new().tone(Tone::Warn, "!").say(" ").name(&endpoint.name).say(
            format!(
                " skipped {} times: users did not have its values yet",
                count(endpoint.outcomes.skipped)
            ),
        )));
    }
    notes
}
