//! What would be measured, for `check`: one row an endpoint, and one more for each further request
//! of a page.

use super::behaviour;
use crate::model::{Action, Body, Endpoint, Plan, Request, show_duration};
use crate::report::figure::{NONE, count, ratio, share};
use crate::report::page::{Cell, Column, Grid};

/// Everything that would be measured.
pub(super) fn grid(plan: &Plan) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::names("sends"),
        Column::names("headers"),
        Column::figure("body"),
        Column::words("expects"),
        Column::names("saves"),
        Column::figure("target"),
        Column::figure("acceptable"),
        Column::figure("throughput"),
        Column::words("own gate"),
    ]);
    for endpoint in &plan.endpoints {
        for (index, request) in requests(endpoint).into_iter().enumerate() {
            grid.row(row(endpoint, index, request, plan));
        }
    }
    grid.without(&unused(&plan.endpoints))
}

fn row(endpoint: &Endpoint, index: usize, request: &Request, plan: &Plan) -> Vec<Cell> {
    let headers: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    let is_first = index == 0;
    let of_endpoint = |text: String| Cell::plain(if is_first { text } else { String::new() });
    let budget =
        |value: Option<_>| of_endpoint(value.map_or_else(|| NONE.to_owned(), show_duration));
    let throughput = endpoint.budgets.throughput;
    let sends = if is_first { request.line() } else { format!("+ {}", request.line()) };
    vec![
        if is_first { Cell::code(&endpoint.name) } else { Cell::plain("") },
        Cell::code(sends),
        Cell::code(headers.join(", ")),
        Cell::plain(request.body.as_ref().map_or_else(|| NONE.to_owned(), body)),
        Cell::plain(&request.expect),
        Cell::code(behaviour::saves(&request.saves, &plan.behaviour)),
        budget(endpoint.budgets.target),
        budget(endpoint.budgets.acceptable),
        of_endpoint(throughput.map_or_else(|| NONE.to_owned(), |rate| rate.to_string())),
        of_endpoint(own_gate(endpoint)),
    ]
}

/// The columns that would say nothing.
fn unused(endpoints: &[Endpoint]) -> Vec<&'static str> {
    let sent = || endpoints.iter().flat_map(requests);
    let is_named =
        |it: &Endpoint| it.request().is_some_and(|request| it.name.as_str() == request.line());
    let columns = [
        // What is sent says nothing new where it is the name.
        ("sends", !endpoints.iter().all(is_named)),
        ("headers", sent().any(|it| !it.headers.is_empty())),
        ("body", sent().any(|it| it.body.is_some())),
        ("saves", sent().any(|it| !it.saves.is_empty())),
        ("target", endpoints.iter().any(|it| it.budgets.target.is_some())),
        ("acceptable", endpoints.iter().any(|it| it.budgets.acceptable.is_some())),
        ("throughput", endpoints.iter().any(|it| it.budgets.throughput.is_some())),
        ("own gate", endpoints.iter().any(|it| !own_gate(it).is_empty())),
    ];
    columns.into_iter().filter(|(_, used)| !used).map(|(title, _)| title).collect()
}

/// What is sent for it.
fn requests(endpoint: &Endpoint) -> Vec<&Request> {
    match &endpoint.action {
        Action::Request(request) => vec![request],
        Action::Page(page) => page.requests.iter().map(|(_, request)| request).collect(),
    }
}

fn body(body: &Body) -> String {
    format!("{} B", count(body.written_len() as u64))
}

fn own_gate(endpoint: &Endpoint) -> String {
    let gate = endpoint.gate;
    let parts = [
        gate.metric.map(|metric| metric.to_string()),
        gate.factor.map(ratio),
        gate.min_delta.map(|delta| format!("+{}", show_duration(delta))),
        gate.errors.map(|errors| format!("errors {}", share(errors))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
