//! What of a plan has no effect under its load, though it can be sent.

use super::cast::Cast;
use crate::model::{Action, Pause, Plan};

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
    if plan.load.is_open() {
        let timed = |key: &str, name: &str| {
            format!(
                "the `{key}` of the class `{name}` has no effect: a rate of the scenario says when tasks begin"
            )
        };
        let remark = |class: &crate::model::UserClass| match class {
            class if class.rate.is_some() => Some(timed("rate", &class.name)),
            class if class.pause != Pause::default() => Some(timed("pause", &class.name)),
            _ => None,
        };
        return classes.iter().filter_map(remark).collect();
    }
    let users = plan.load.most_users();
    let many = if users == 1 { "user is" } else { "users are" };
    let idle = Cast::new(classes).idle(u64::from(users));
    let idle = idle.into_iter().filter_map(|role| classes.get(role));
    idle.map(|class| {
        let (name, weight) = (&class.name, class.weight);
        format!("none of the {users} {many} of the class `{name}` (weight {weight})")
    })
    .collect()
}
