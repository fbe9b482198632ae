//! What of a plan has no effect under its load, though it can be sent.

use super::cast::Cast;
use super::schedule::Schedule;
use crate::model::{Action, Load, Pause, Plan, UserClass};

/// What of `plan` is not as somebody may expect who wrote it, in words; empty if all is as written.
#[must_use]
pub fn remarks(plan: &Plan) -> Vec<String> {
    let idle = plan
        .behaviour
        .idle_metrics
        .iter()
        .map(|(metric, from)| format!("`{metric}` is not measured: nothing here sends {from}"));
    let sockets = plan.endpoints.iter().filter_map(|endpoint| match &endpoint.action {
        Action::Socket(socket) if socket.awaited.is_none() => Some(format!(
            "any message counts as the answer to one of `{}`: if the service says anything unasked, \
             its times are too short (`await` says which message is the answer)",
            socket.name
        )),
        _ => None,
    });
    of_classes(plan)
        .into_iter()
        .chain(too_few_connections(plan))
        .chain(idle)
        .chain(sockets)
        .collect()
}

/// That one user of an open loop has more connections than all may have.
fn too_few_connections(plan: &Plan) -> Option<String> {
    let (most, each) = (plan.load.most_users(), plan.connections_of_a_user());
    (plan.load.is_open() && each > most).then(|| {
        format!(
            "one user opens {each} connections, more than the {most} of `connections`: there is one \
             user at a time"
        )
    })
}

/// What users of some classes do not do under the plan's load.
fn of_classes(plan: &Plan) -> Vec<String> {
    let classes = &plan.behaviour.classes;
    let (count, one, many) = match arrivals(plan) {
        Some(arrivals) => (arrivals, "arrival of a round is", "arrivals of a round are"),
        None => (u64::from(plan.load.most_users()), "user is", "users are"),
    };
    let who = if count == 1 { one } else { many };
    let timed = classes.iter().filter(|_| plan.load.is_open()).filter_map(timed);
    let idle = Cast::new(classes).idle(count);
    let idle = idle.into_iter().filter_map(|role| classes.get(role));
    let idle = idle.map(|class| {
        let (name, weight) = (&class.name, class.weight);
        format!("none of the {count} {who} of the class `{name}` (weight {weight})")
    });
    timed.chain(idle).collect()
}

/// Arrivals of a round of an open loop, before its slice grows; each round counts from the first.
fn arrivals(plan: &Plan) -> Option<u64> {
    match &plan.load {
        Load::Users(_) | Load::StagedUsers(_) => None,
        Load::Rate { rate, .. } => {
            Some(Schedule::constant(*rate, plan.duration / plan.rounds.get()).count())
        }
        Load::StagedRate { stages, .. } => Some(Schedule::of(stages).count()),
    }
}

/// That a class says itself when its tasks begin, if it does.
fn timed(class: &UserClass) -> Option<String> {
    let key = match class {
        class if class.rate.is_some() => "rate",
        class if class.pause != Pause::default() => "pause",
        _ => return None,
    };
    let name = &class.name;
    Some(format!(
        "the `{key}` of the class `{name}` has no effect: a rate of the scenario says when tasks begin"
    ))
}
