//! The resolved plan, without sending anything and without secrets.

use std::num::NonZeroU32;

use super::behaviour;
use crate::model::{
    Arrivals, Body, Endpoint, FailOn, Kind, Load, Plan, Policy, Request, Stages, Strictness,
    show_duration,
};
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
    if let Kind::Limiter { .. } = plan.kind {
        page.add(Block::Grid(limiters(plan)));
    } else if plan.endpoints.is_empty() {
        page.add(Block::Lines(vec![Text::of("no endpoint would be measured")]));
    } else {
        page.add(Block::Grid(grid(plan)));
    }
    if let Some(it) = plan.load.stages() {
        page.add(Block::Grid(stages(it)));
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
    if plan.kind == Kind::Load {
        facts.extend(lengths(plan));
    }
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
    if plan.kind == Kind::Load {
        facts.push(("gate", Text::of(gate(report.policy))));
    }
    facts.push(("seed", Text::of(plan.seed)));
    facts
}

/// What a plan with a load says of its length.
fn lengths(plan: &Plan) -> [(&'static str, Text); 2] {
    let time = format!(
        "{} in {}",
        show_duration(plan.duration),
        plural(u64::from(plan.rounds.get()), "round")
    );
    let warm_up = format!(
        "{} or {} an endpoint, whichever is longer",
        show_duration(plan.warm_up.duration),
        plural(u64::from(plan.warm_up.requests), "request")
    );
    [("time", Text::of(time)), ("warm-up", Text::of(warm_up))]
}

fn load(plan: &Plan) -> String {
    if let Kind::Limiter { windows, connections } = plan.kind {
        let windows = plural(u64::from(windows.get()), "window");
        return format!("1 user above each limit for {windows}, {connections} connections at most");
    }
    let behave = if plan.behaviour.classes.is_empty() {
        "each sends when its last request ended"
    } else {
        "each with the tasks of its class"
    };
    let open = |arrivals: Arrivals, connections: NonZeroU32| {
        let spaced = match arrivals {
            Arrivals::Even => "",
            Arrivals::Poisson => ", at random (poisson)",
        };
        format!("whatever the service does{spaced}, {connections} connections at most")
    };
    match &plan.load {
        Load::Users(users) => {
            let added = plan.warm_up.spawn_rate;
            let added = added.map(|rate| format!(", added at {rate}")).unwrap_or_default();
            format!("{}{added}, {behave}", plural(u64::from(users.get()), "user"))
        }
        Load::Rate { rate, arrivals, connections } => {
            format!("{rate} {}", open(*arrivals, *connections))
        }
        Load::StagedUsers(_) => {
            format!("up to {} in stages, {behave}", plural(plan.load.most_users().into(), "user"))
        }
        Load::StagedRate { stages, arrivals, connections } => {
            let most = stages.quantity.show(stages.most());
            format!("up to {most} in stages {}", open(*arrivals, *connections))
        }
    }
}

/// What a round goes through.
fn stages(stages: &Stages) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("stage"),
        Column::figure("for"),
        Column::figure(NEEDED),
        Column::words("judged"),
    ]);
    for (at, stage) in stages.stages.iter().enumerate() {
        let needed = stage.success;
        grid.row(vec![
            Cell::plain(stages.quantity.show_stage(stage)),
            Cell::plain(show_duration(stage.over)),
            Cell::plain(needed.map_or_else(|| NONE.to_owned(), |needed| format!("≥ {needed}"))),
            Cell::plain(if stages.is_judged(at) { "yes" } else { "no" }),
        ]);
    }
    if stages.stages.iter().all(|stage| stage.success.is_none()) {
        grid = grid.without(&[NEEDED]);
    }
    grid
}

/// Heading of the column of the share that has to succeed.
const NEEDED: &str = "success";

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

/// What is declared of each limiter.
fn limiters(plan: &Plan) -> Grid {
    let mut grid = Grid::new(vec![
        Column::names("endpoint"),
        Column::names("sends"),
        Column::figure("limit"),
        Column::figure("per"),
        Column::words("windows"),
        Column::figure("tolerance"),
        Column::figure("retry after at most"),
    ]);
    for endpoint in &plan.endpoints {
        let Some(limiter) = endpoint.limiter else { continue };
        grid.row(vec![
            Cell::code(&endpoint.name),
            Cell::code(sent(endpoint)),
            Cell::plain(count(u64::from(limiter.limit.get()))),
            Cell::plain(show_duration(limiter.per)),
            Cell::plain(limiter.window),
            Cell::plain(limiter.tolerance),
            Cell::plain(show_duration(limiter.retry_after)),
        ]);
    }
    grid
}

fn grid(plan: &Plan) -> Grid {
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
            Cell::plain(expects(&endpoint.request)),
            Cell::plain(count(endpoint.request.checks.len() as u64)),
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
        ("checks", endpoints.iter().any(|it| !it.request.checks.is_empty())),
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
