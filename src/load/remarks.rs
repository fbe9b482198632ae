//! What of a plan has no effect under its load, though it can be sent.

use super::cast::Cast;
use crate::model::{Load, Pause, Plan};

/// What users of some classes do not do under the plan's load, in words; empty if all is as written.
#[must_use]
pub fn remarks(plan: &Plan) -> Vec<String> {
    let classes = &plan.behaviour.classes;
    match plan.load {
        Load::Users(users) => {
            let cast = Cast::new(classes);
            let idle = cast.idle(u64::from(users.get()));
            let classes = idle.into_iter().filter_map(|role| classes.get(role));
            let many = if users.get() == 1 { "user is" } else { "users are" };
            classes
                .map(|class| {
                    let (name, weight) = (&class.name, class.weight);
                    format!("none of the {users} {many} of the class `{name}` (weight {weight})")
                })
                .collect()
        }
        Load::Rate { .. } => {
            let timed = classes
                .iter()
                .filter(|class| class.rate.is_some() || class.pause != Pause::default());
            timed
                .map(|class| {
                    let key = if class.rate.is_some() { "rate" } else { "pause" };
                    let name = &class.name;
                    format!("the `{key}` of the class `{name}` has no effect: a rate of the scenario says when tasks begin")
                })
                .collect()
        }
    }
}
