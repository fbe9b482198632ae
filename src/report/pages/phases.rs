//! The phases of requests, and the connections that were made for them.

use crate::model::{EndpointSummary, Phase, RunSummary};
use crate::report::figure::{NONE, Scale, count};
use crate::report::page::{Block, Cell, Column, Grid, Page};
use crate::report::text::Text;

/// Adds how long each phase took of each endpoint, and how often connections were used again.
pub(super) fn add(page: &mut Page, summary: &RunSummary) {
    let endpoints = &summary.endpoints;
    if endpoints.is_empty() {
        return;
    }
    if endpoints.iter().all(|endpoint| endpoint.phases.is_none()) {
        let line = "phases: not recorded, by a perfbase that did not know them yet";
        page.add(Block::Lines(vec![Text::dim(line)]));
    } else {
        let grid = phases(endpoints);
        if !grid.rows.is_empty() {
            page.add(Block::Grid(grid));
        }
    }
    let grid = connections(endpoints);
    if !grid.rows.is_empty() {
        page.add(Block::Grid(grid));
    }
}

fn phases(endpoints: &[EndpointSummary]) -> Grid {
    let all = || {
        let phases = |endpoint: &EndpointSummary| endpoint.phases.clone().unwrap_or_default();
        endpoints.iter().flat_map(move |endpoint| phases(endpoint).into_values())
    };
    let scale =
        Scale::of(all().flat_map(|times| [times.p50, times.p95, Some(times.max)]).flatten());
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::words("phase"),
        Column::figure("count"),
        Column::figure(scale.head("p50")),
        Column::figure(scale.head("p95")),
        Column::figure(scale.head("max")),
    ]);
    for endpoint in endpoints {
        for (at, (phase, times)) in endpoint.phases.iter().flatten().enumerate() {
            grid.row(vec![
                if at == 0 { Cell::code(&endpoint.name) } else { Cell::plain("") },
                Cell::plain(phase),
                Cell::plain(count(times.count)),
                Cell::plain(scale.show_any(times.p50)),
                Cell::plain(scale.show_any(times.p95)),
                Cell::plain(scale.show(times.max)),
            ]);
        }
    }
    grid
}

fn connections(endpoints: &[EndpointSummary]) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::figure("requests"),
        Column::figure("new connections"),
        Column::figure("requests each"),
    ]);
    for endpoint in endpoints {
        // What sends no requests of its own, as messages and timers do, makes none either.
        let phases = endpoint.phases.as_ref();
        if endpoint.connections > 0 || phases.is_some_and(|it| it.contains_key(&Phase::Wait)) {
            grid.row(vec![
                Cell::code(&endpoint.name),
                Cell::plain(count(endpoint.outcomes.sent())),
                Cell::plain(count(endpoint.connections)),
                Cell::plain(endpoint.requests_per_connection().map_or(NONE.to_owned(), each)),
            ]);
        }
    }
    grid
}

fn each(requests: f64) -> String {
    if requests < 100.0 { format!("{requests:.1}") } else { count(requests.round() as u64) }
}
