//! What would be measured, for `check`: a row each, and one more for each further request of a page.

use super::behaviour;
use crate::model::{Action, Body, Endpoint, Plan, Request, Socket, show_duration};
use crate::report::figure::{NONE, count, plural, ratio, share};
use crate::report::page::{Cell, Column, Grid};

/// Everything that would be measured.
pub(super) fn grid(plan: &Plan) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::names("sends"),
        Column::names("headers"),
        Column::figure("body"),
        Column::words("expects"),
        Column::figure("checks"),
        Column::names("saves"),
        Column::figure("target"),
        Column::figure("acceptable"),
        Column::figure("acceptable p99"),
        Column::figure("throughput"),
        Column::words("own gate"),
    ]);
    for endpoint in &plan.endpoints {
        for (index, sent) in sent(endpoint, plan).into_iter().enumerate() {
            grid.row(row(endpoint, index, sent));
        }
    }
    grid.without(&unused(plan))
}

/// What is sent at a time.
#[derive(Default)]
struct Sent {
    what: String,
    headers: String,
    body: Option<usize>,
    expects: String,
    checks: usize,
    saves: String,
}

impl Sent {
    fn request(request: &Request, plan: &Plan) -> Self {
        let headers: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        Self {
            what: request.line(),
            headers: headers.join(", "),
            body: request.body.as_ref().map(Body::written_len),
            expects: expects(request),
            checks: request.checks.len(),
            saves: behaviour::saves(&request.saves, &plan.behaviour),
        }
    }

    fn messages(socket: &Socket) -> Self {
        let awaited = socket.awaited.as_ref();
        Self {
            what: plural(u64::from(socket.messages.get()), "message"),
            body: Some(socket.send.written().len()),
            expects: awaited.map_or_else(|| "any message".to_owned(), |it| it.written.clone()),
            checks: usize::from(socket.failed.is_some()),
            ..Self::default()
        }
    }
}

fn sent(endpoint: &Endpoint, plan: &Plan) -> Vec<Sent> {
    match &endpoint.action {
        Action::Request(request) => vec![Sent::request(request, plan)],
        Action::Page(page) => {
            page.requests.iter().map(|(_, request)| Sent::request(request, plan)).collect()
        }
        Action::Socket(socket) => {
            vec![Sent { expects: "101".to_owned(), ..Sent::request(&socket.open, plan) }]
        }
        Action::Messages(socket) => match plan.endpoints.get(*socket).map(|it| &it.action) {
            Some(Action::Socket(socket)) => vec![Sent::messages(socket)],
            _ => Vec::new(),
        },
        Action::Timer(timer) => vec![Sent {
            what: format!("{} of {}", timer.at, timer.from),
            expects: format!("a number, x {}", show_duration(timer.unit)),
            ..Sent::default()
        }],
    }
}

fn row(endpoint: &Endpoint, index: usize, sent: Sent) -> Vec<Cell> {
    let is_first = index == 0;
    let of_endpoint = |text: String| Cell::plain(if is_first { text } else { String::new() });
    let budget =
        |value: Option<_>| of_endpoint(value.map_or_else(|| NONE.to_owned(), show_duration));
    let throughput = endpoint.budgets.throughput;
    vec![
        if is_first { Cell::code(&endpoint.name) } else { Cell::plain("") },
        Cell::code(if is_first { sent.what } else { format!("+ {}", sent.what) }),
        Cell::code(sent.headers),
        Cell::plain(
            sent.body.map_or_else(|| NONE.to_owned(), |body| format!("{} B", count(body as u64))),
        ),
        Cell::plain(sent.expects),
        Cell::plain(count(sent.checks as u64)),
        Cell::code(sent.saves),
        budget(endpoint.budgets.target),
        budget(endpoint.budgets.acceptable),
        budget(endpoint.budgets.acceptable_p99),
        of_endpoint(throughput.map_or_else(|| NONE.to_owned(), |rate| rate.to_string())),
        of_endpoint(own_gate(endpoint)),
    ]
}

/// The columns that would say nothing.
fn unused(plan: &Plan) -> Vec<&'static str> {
    let endpoints = &plan.endpoints;
    let all: Vec<Sent> = endpoints.iter().flat_map(|it| sent(it, plan)).collect();
    let is_named =
        |it: &Endpoint| it.request().is_some_and(|request| it.name.as_str() == request.line());
    let columns = [
        // What is sent says nothing new where it is the name.
        ("sends", !endpoints.iter().all(is_named)),
        ("headers", all.iter().any(|it| !it.headers.is_empty())),
        ("body", all.iter().any(|it| it.body.is_some())),
        ("checks", all.iter().any(|it| it.checks > 0)),
        ("saves", all.iter().any(|it| !it.saves.is_empty())),
        ("target", endpoints.iter().any(|it| it.budgets.target.is_some())),
        ("acceptable", endpoints.iter().any(|it| it.budgets.acceptable.is_some())),
        ("acceptable p99", endpoints.iter().any(|it| it.budgets.acceptable_p99.is_some())),
        ("throughput", endpoints.iter().any(|it| it.budgets.throughput.is_some())),
        ("own gate", endpoints.iter().any(|it| !own_gate(it).is_empty())),
    ];
    columns.into_iter().filter(|(_, used)| !used).map(|(title, _)| title).collect()
}

/// The statuses of a success, those that are allowed, and whether redirects are followed.
fn expects(request: &Request) -> String {
    let mut text = request.expect.to_string();
    for (index, range) in request.allow.iter().enumerate() {
        text.push_str(if index == 0 { "; allows " } else { ", " });
        text.push_str(&range.to_string());
    }
    if request.redirects > 0 {
        text.push_str("; follows ");
        text.push_str(&request.redirects.to_string());
    }
    text
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
