//! The resolved plan, without sending anything and without secrets.

use super::{behaviour, counters, planned};
use crate::model::{FailOn, Load, Plan, Policy, Strictness, show_duration};
use crate::report::document::CheckReport;
use crate::report::figure::{plural, ratio, share};
use crate::report::page::{Block, Page};
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
        page.add(Block::Grid(planned::grid(plan)));
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
    facts.push((
        "time",
        Text::of(format!(
            "{} in {}",
            show_duration(plan.duration),
            plural(u64::from(plan.rounds.get()), "round")
        )),
    ));
    facts.push((
        "warm-up",
        Text::of(format!(
            "{} or {} an endpoint, whichever is longer",
            show_duration(plan.warm_up.duration),
            plural(u64::from(plan.warm_up.requests), "request")
        )),
    ));
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
