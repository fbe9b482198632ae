//! The resolved plan, without sending anything and without secrets.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{behaviour, connection, counters, planned, steward};
use crate::model::{
    Arrivals, FailOn, Kind, Load, Plan, Policy, Request, Stages, Strictness, show_duration,
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
        page.add(Block::Grid(planned::grid(plan)));
    }
    if let Some(it) = plan.load.stages() {
        page.add(Block::Grid(stages(it)));
    }
    counters::planned(&mut page, plan);
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
        Kind::Load => facts.extend(lengths(plan, report.at_most)),
        Kind::Correctness { tasks } => {
            let tasks = plural(u64::from(tasks.get()), "task");
            facts.push(("kind", Text::of(format!("correctness: {tasks} in all, once"))));
        }
        Kind::Limiter { .. } => {}
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
    facts.push(("protocol", Text::of(plan.connection.protocol)));
    let certificate = if plan.connection.insecure { ", any certificate" } else { "" };
    facts.push((
        "timeout",
        Text::of(format!("{}{certificate}", show_duration(plan.connection.timeout))),
    ));
    facts.extend(connection::facts(plan));
    if plan.kind == Kind::Load {
        facts.push(("gate", Text::of(gate(report.policy))));
    }
    facts.push(("seed", Text::of(plan.seed)));
    facts
}

/// What a plan with a load says of its length.
fn lengths(plan: &Plan, at_most: Duration) -> [(&'static str, Text); 3] {
    let is_staged = plan.load.stages().is_some();
    let time = format!(
        "{}{} in {}",
        show_duration(plan.duration),
        if is_staged { "" } else { " or more" },
        plural(u64::from(plan.rounds.get()), "round")
    );
    let longer = if is_staged { "" } else { "slow endpoints take longer, and " };
    let at_most =
        format!("{} of load: {longer}rounds that do not count are redone", show_duration(at_most));
    let rise = plan.rise();
    let rise = rise.map(|rise| format!("{} until all users are there, then ", show_duration(rise)));
    let warm_up = format!(
        "{}{} or {} an endpoint, whichever is longer",
        rise.unwrap_or_default(),
        show_duration(plan.warm_up.duration),
        plural(u64::from(plan.warm_up.requests), "request")
    );
    [("time", Text::of(time)), ("at most", Text::of(at_most)), ("warm-up", Text::of(warm_up))]
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
            Cell::code(endpoint.request().map(Request::line).unwrap_or_default()),
            Cell::plain(count(u64::from(limiter.limit.get()))),
            Cell::plain(show_duration(limiter.per)),
            Cell::plain(limiter.window),
            Cell::plain(limiter.tolerance),
            Cell::plain(show_duration(limiter.retry_after)),
        ]);
    }
    grid
}
