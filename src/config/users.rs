//! `[users.NAME]` and `[flows.NAME]`: who the users are, and what they do.

use std::num::NonZeroU32;

use toml::de::DeValue;

use crate::model::{EndpointName, Pause, Rate, ScenarioName, Task, UserClass};

use super::names::{EndpointNames, unknown};
use super::pause;
use super::problem::Problem;
use super::section::{Entry, Keys, Reading, Section, in_order, out_of_range, wrong_type};

pub(super) static CLASS_KEYS: Keys = Keys { known: &["weight", "pause", "rate", "tasks"] };

pub(super) static FLOW_KEYS: Keys = Keys { known: &["steps"] };

/// Largest weight of a class or a task.
const MOST_WEIGHT: u32 = 1_000_000;

/// Requests one after the other.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) name: String,
    steps: Vec<EndpointName>,
}

/// Users of one kind as the file describes them.
#[derive(Debug, Clone)]
pub(super) struct ClassText {
    pub(super) name: String,
    weight: NonZeroU32,
    pause: Pause,
    rate: Option<Rate>,
    tasks: Vec<TaskText>,
}

#[derive(Debug, Clone)]
struct TaskText {
    weight: NonZeroU32,
    steps: Vec<EndpointName>,
}

impl Flow {
    /// Reads one flow. Its name is known even if its steps are not.
    pub(super) fn read(
        (key, value): Entry<'_>,
        endpoints: &EndpointNames,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        const EXPECTED: &str = "a list of endpoints, such as [\"GET /a\", \"GET /b\"]";
        let name = named("flow", (key, value), reading)?;
        if let Some(endpoint) = endpoints.find(&name) {
            let line = reading.line(endpoint.at);
            let problem = Problem::Taken { name: name.clone(), by: endpoint.what, line };
            reading.problems.at(key.span(), problem);
        }
        let title = format!("[flows.{name}]");
        let section = Section::open(&title, value, &FLOW_KEYS, reading)?;
        if section.value("steps").is_none() {
            let problem = Problem::Missing { section: title, keys: "`steps`" };
            reading.problems.at(key.span(), problem);
        }
        let steps = section.array("steps", EXPECTED);
        if steps.as_ref().is_some_and(|(items, _)| items.is_empty()) {
            section.problem("steps", out_of_range("steps", EXPECTED));
        }
        let items = steps.map(|(items, _)| items).unwrap_or_default();
        let steps = items.iter().filter_map(|item| match item.get_ref() {
            DeValue::String(text) => endpoints.refer(text, item.span(), "endpoint", &[], reading),
            other => {
                reading.problems.at(item.span(), wrong_type("steps", EXPECTED, other));
                None
            }
        });
        Some(Self { name, steps: steps.collect() })
    }
}

impl ClassText {
    /// Reads one class of users.
    pub(super) fn read(
        (key, value): Entry<'_>,
        endpoints: &EndpointNames,
        flows: &[Flow],
        reading: &Reading<'_>,
    ) -> Option<Self> {
        let name = named("class of users", (key, value), reading)?;
        let title = format!("[users.{name}]");
        let section = Section::open(&title, value, &CLASS_KEYS, reading)?;
        section.excludes(
            "rate",
            "pause",
            "a `rate` begins tasks on time, whatever the answers take: give one",
        );
        if section.value("tasks").is_none() {
            let problem = Problem::Missing { section: title, keys: "`tasks`" };
            reading.problems.at(key.span(), problem);
        }
        Some(Self {
            name,
            weight: section.count("weight", MOST_WEIGHT).unwrap_or(NonZeroU32::MIN),
            pause: pause::read(&section).unwrap_or_default(),
            rate: section.rate("rate"),
            tasks: tasks(&section, endpoints, flows),
        })
    }

    /// The endpoints that its users send.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &EndpointName> {
        self.tasks.iter().flat_map(|task| &task.steps)
    }

    /// The class in a plan with these endpoints.
    pub(super) fn resolve(&self, endpoints: &[&EndpointName]) -> UserClass {
        let position = |step: &EndpointName| endpoints.iter().position(|name| *name == step);
        let tasks = self.tasks.iter().map(|task| Task {
            weight: task.weight.get(),
            steps: task.steps.iter().filter_map(position).collect(),
        });
        UserClass {
            name: self.name.clone(),
            weight: self.weight.get(),
            pause: self.pause,
            rate: self.rate,
            tasks: tasks.collect(),
        }
    }
}

fn tasks(section: &Section<'_>, endpoints: &EndpointNames, flows: &[Flow]) -> Vec<TaskText> {
    const EXPECTED: &str = "a table of endpoints and flows with their weights, such as \
                            { \"GET /health\" = 1 }";
    let reading = section.reading;
    let Some(value) = section.value("tasks") else { return Vec::new() };
    let Some(table) = value.get_ref().as_table() else {
        section.problem("tasks", wrong_type("tasks", EXPECTED, value.get_ref()));
        return Vec::new();
    };
    if table.is_empty() {
        section.problem("tasks", out_of_range("tasks", EXPECTED));
    }
    let names: Vec<String> = flows.iter().map(|flow| flow.name.clone()).collect();
    let task = |(key, value): Entry<'_>| {
        let written = key.get_ref().as_ref();
        let weight = reading.weight(written, value, MOST_WEIGHT);
        let steps = if let Some(flow) = flows.iter().find(|flow| flow.name == written) {
            flow.steps.clone()
        } else {
            vec![endpoints.refer(written, key.span(), "endpoint or flow", &names, reading)?]
        };
        Some(TaskText { weight: weight?, steps })
    };
    in_order(table).into_iter().filter_map(task).collect()
}

/// A name as text, if it can be one.
fn named(what: &'static str, (key, _): Entry<'_>, reading: &Reading<'_>) -> Option<String> {
    match key.get_ref().parse::<ScenarioName>() {
        Ok(name) => Some(name.to_string()),
        Err(error) => {
            reading.problems.at(key.span(), Problem::Name { what, error });
            None
        }
    }
}

/// Tells the names of classes that nobody has described.
pub(super) fn check_classes(
    chosen: &[(String, std::ops::Range<usize>)],
    known: &[String],
    reading: &Reading<'_>,
) {
    for (name, span) in chosen {
        if !known.contains(name) {
            let problem = unknown("class of users", name, known.to_vec());
            reading.problems.at(span.clone(), problem);
        }
    }
}
