//! The resolved plan, without sending anything and without secrets.

use super::{behaviour, steward};
use crate::model::{Body, Endpoint, FailOn, Kind, Load, Plan, Policy, Strictness, show_duration};
use crate::report::document::CheckReport;
use crate::report::figure::{NONE, count, plural, ratio, share};
use crate::report::page::{Block, Cell, Column, Grid, Page};
use crate::report::text::{Text, Tone};

/// What `check` prints.
pub(super) fn page(report: &CheckReport<'_>) -> Page {
    let plan = report.plan;
    let mut page = Page::new(
        Text::new()
            .tone(Tone::Good, "✓ plan")
            .say(" · ")
            .name(&plan.scenario)
            .say(" · ")
            .code(&plan.environment)
            .say(" · ")
            .code(&plan.base_url),
    );
    page.add(Block::Facts(facts(report)));
    if plan.endpoints.is_empty() {
        page.add(Block::Lines(vec![Text::of("no endpoint would be measured")]));
    } else {
        page.add(Block::Grid(grid(plan)));
    }
    behaviour::add(&mut page, plan);
    page.add(Block::Lines(vec![Text::dim("nothing was sent")]));
    page
}

fn facts(report: &CheckReport<'_>) -> Vec<(&'static str, Text)> {
    let plan = report.plan;
    let mut facts = Vec::new();
    if let Some(path) = report.path {
        facts.push(("file", Text::new().code(path.display())));
    }
    facts.push(("load", Text::of(load(plan))));
    match plan.kind {
        Kind::Load => facts.extend(times(plan)),
        Kind::Correctness { tasks } => {
            let tasks = plural(u64::from(tasks.get()), "task");
            facts.push(("kind", Text::of(format!("correctness: {tasks} in all, once"))));
        }
    }
    facts.extend(steward::facts(plan));
    facts.push((
        "ready",
        plan.ready.as_ref().map_or_else(
            || Text::of("not waited for"),
            |ready| {
                Text::new()
                    .code(format!("{} {}", ready.method, ready.path))
                    .say(format!(" within {}", show_duration(ready.deadline)))
            },
        ),
    ));
    if let Some(login) = &plan.behaviour.login {
        facts.push(("login", behaviour::login(login, &plan.behaviour)));
    }
    let certificate = if plan.connection.insecure { ", any certificate" } else { "" };
    facts.push((
        "timeout",
        Text::of(format!("{}{certificate}", show_duration(plan.connection.timeout))),
    ));
    facts.push(("gate", Text::of(gate(report.policy))));
    facts.push(("seed", Text::of(plan.seed)));
    facts
}

fn times(plan: &Plan) -> [(&'static str, Text); 2] {
    let rounds = plural(u64::from(plan.rounds.get()), "round");
    let time = format!("{} in {rounds}", show_duration(plan.duration));
    let warm_up = format!(
        "{} or {} an endpoint, whichever is longer",
        show_duration(plan.warm_up.duration),
        plural(u64::from(plan.warm_up.requests), "request")
    );
    [("time", Text::of(time)), ("warm-up", Text::of(warm_up))]
}

fn load(plan: &Plan) -> String {
    match plan.load {
        Load::Users(users) => {
            let users = plural(u64::from(users.get()), "user");
            if plan.behaviour.classes.is_empty() {
                format!("{users}, each sends when its last request ended")
            } else {
                format!("{users}, each with the tasks of its class")
            }
        }
        Load::Rate { rate, connections } => {
            format!("{rate} whatever the service does, {} connections at most", connections.get())
        }
    }
}

fn gate(policy: &Policy) -> String {
    let gate = policy.gate;
    let rule = match policy.strictness {
        Strictness::Full => format!(
            "red when {} is over {} the baseline and more than {} above it",
            gate.metric,
            ratio(gate.factor),
            show_duration(gate.min_delta)
        ),
        Strictness::Bare => {
            format!("red when {} is over {} the baseline, strict", gate.metric, ratio(gate.factor))
        }
    };
    let warnings = match policy.fail_on {
        FailOn::Red => "",
        FailOn::Warn => "; warnings fail too",
    };
    let missing = if policy.allow_missing { "; endpoints may be missing" } else { "" };
    format!("{rule}; errors over {}{warnings}{missing}", share(gate.errors))
}

fn grid(plan: &Plan) -> Grid {
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
        let budget = |value: Option<_>| value.map_or_else(|| NONE.to_owned(), show_duration);
        let throughput = endpoint.budgets.throughput;
        let headers: Vec<&str> =
            endpoint.request.headers.iter().map(|(name, _)| name.as_str()).collect();
        grid.row(vec![
            Cell::code(&endpoint.name),
            Cell::code(sent(endpoint)),
            Cell::code(headers.join(", ")),
            Cell::plain(endpoint.request.body.as_ref().map_or_else(|| NONE.to_owned(), body)),
            Cell::plain(&endpoint.request.expect),
            Cell::code(behaviour::saves(&endpoint.request.saves, &plan.behaviour)),
            Cell::plain(budget(endpoint.budgets.target)),
            Cell::plain(budget(endpoint.budgets.acceptable)),
            Cell::plain(throughput.map_or_else(|| NONE.to_owned(), |rate| rate.to_string())),
            Cell::plain(own_gate(endpoint)),
        ]);
    }
    let endpoints = &plan.endpoints;
    let mut unused = Vec::new();
    // What is sent says nothing new where it is the name.
    if endpoints.iter().all(|it| it.name.as_str() == sent(it)) {
        unused.push("sends");
    }
    for (title, used) in [
        ("headers", endpoints.iter().any(|it| !it.request.headers.is_empty())),
        ("body", endpoints.iter().any(|it| it.request.body.is_some())),
        ("saves", endpoints.iter().any(|it| !it.request.saves.is_empty())),
        ("target", endpoints.iter().any(|it| it.budgets.target.is_some())),
        ("acceptable", endpoints.iter().any(|it| it.budgets.acceptable.is_some())),
        ("throughput", endpoints.iter().any(|it| it.budgets.throughput.is_some())),
        ("own gate", endpoints.iter().any(|it| !own_gate(it).is_empty())),
    ] {
        if !used {
            unused.push(title);
        }
    }
    grid.without(&unused)
}

fn sent(endpoint: &Endpoint) -> String {
    endpoint.request.line()
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
