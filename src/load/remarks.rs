//! What of a plan has no effect under its load, though it can be sent.

use super::cast::Cast;
use crate::model::{Pause, Plan};

/// What users of some classes do not do under the plan's load, in words; empty if all is as written.
#[must_use]
pub fn remarks(plan: &Plan) -> Vec<String> {
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
