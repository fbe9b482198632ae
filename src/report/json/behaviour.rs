//! What users do, in `perfbase check --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::request::RequestDoc;
use crate::model::{Behaviour, Data, Login, Pause, Per, Pick, Plan, Rate, Supply, Task, UserClass};
use crate::report::figure::millis;

/// What each user does once before its first request; not measured.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LoginDoc {
    #[serde(flatten)]
    request: RequestDoc,
    /// Names of the headers that it adds to all later requests.
    then_headers: Vec<String>,
    /// When it is sent again besides after a 401; null for no such time.
    renew_ms: Option<f64>,
}

impl LoginDoc {
    pub(super) fn of(login: &Login, behaviour: &Behaviour) -> Self {
        Self {
            request: RequestDoc::of(&login.request, behaviour),
            then_headers: login.then.iter().map(|(name, _)| name.clone()).collect(),
            renew_ms: login.renew.map(millis),
        }
    }
}

pub(super) fn name(slot: usize, behaviour: &Behaviour) -> String {
    behaviour.values.get(slot).cloned().unwrap_or_default()
}

/// Where values come from that are not learned from an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DataDoc {
    /// The names of its values.
    values: Vec<String>,
    /// A generator as written (`int 1..500`); null for rows.
    generator: Option<String>,
    /// Number of rows; null for a generator.
    rows: Option<usize>,
    /// Which row is next: `random`, `sequential` or `unique`; null for a generator.
    pick: Option<String>,
    /// How often one is drawn: for each `request`, or once for each `user`.
    per: &'static str,
}

impl DataDoc {
    pub(super) fn of(data: &Data, behaviour: &Behaviour) -> Self {
        let rows = match &data.supply {
            Supply::Rows(rows, pick) => Some((rows.as_slice().len(), *pick)),
            Supply::Uuid | Supply::Integer(..) | Supply::Sequence(_) | Supply::Timestamp(_) => None,
        };
        Self {
            values: data.slots.iter().map(|slot| name(slot.0, behaviour)).collect(),
            generator: rows.is_none().then(|| data.supply.to_string()),
            rows: rows.map(|(rows, _)| rows),
            pick: rows.map(|(_, pick): (_, Pick)| pick.to_string()),
            per: match data.per {
                Per::Request => "request",
                Per::User => "user",
            },
        }
    }
}

/// Users of one kind.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ClassDoc {
    class: String,
    /// Its part of the users, in relation to the other classes' weights.
    weight: u32,
    pause: PauseDoc,
    /// Tasks that each user begins a second, whatever the answers take; null without such a rate.
    rate_per_second: Option<f64>,
    tasks: Vec<TaskDoc>,
}

/// How long a user waits after a task: from least to most, each equally likely, or lognormal.
#[derive(Debug, Serialize, JsonSchema)]
struct PauseDoc {
    /// Null for a lognormal pause.
    least_ms: Option<f64>,
    /// Null for a lognormal pause.
    most_ms: Option<f64>,
    /// Null unless the pause is lognormal.
    median_ms: Option<f64>,
    /// Standard deviation of the natural logarithm; null unless the pause is lognormal.
    sigma: Option<f64>,
}

impl PauseDoc {
    fn of(pause: Pause) -> Self {
        let (least, most, median, sigma) = match pause {
            Pause::Constant(time) => (Some(time), Some(time), None, None),
            Pause::Uniform(least, most) => (Some(least), Some(most), None, None),
            Pause::LogNormal { median, sigma } => (None, None, Some(median), Some(sigma)),
        };
        Self {
            least_ms: least.map(millis),
            most_ms: most.map(millis),
            median_ms: median.map(millis),
            sigma,
        }
    }
}

/// One thing that a user does at a time.
#[derive(Debug, Serialize, JsonSchema)]
struct TaskDoc {
    /// How often it is chosen, in relation to the others.
    weight: u32,
    /// Endpoints, one after the other.
    steps: Vec<String>,
}

impl ClassDoc {
    pub(super) fn of(class: &UserClass, plan: &Plan) -> Self {
        Self {
            class: class.name.clone(),
            weight: class.weight,
            pause: PauseDoc::of(class.pause),
            rate_per_second: class.rate.map(Rate::get),
            tasks: class.tasks.iter().map(|task| TaskDoc::of(task, plan)).collect(),
        }
    }
}

impl TaskDoc {
    fn of(task: &Task, plan: &Plan) -> Self {
        let steps = task.steps.iter().filter_map(|step| plan.endpoints.get(*step));
        Self {
            weight: task.weight,
            steps: steps.map(|endpoint| endpoint.called().to_string()).collect(),
        }
    }
}
