//! What makes two runs of a plan comparable, taken from what is written, never from secrets.

use std::num::NonZeroU32;

use crate::model::{
    Behaviour, Body, Endpoint, Escape, Expect, Load, Login, Method, Part, Plan, Save, Task,
    Template, UserClass, Workload, show_duration,
};

/// Hexadecimal digits of a digest: enough that two requests of one file do not meet.
const DIGEST_DIGITS: usize = 12;

/// The workload of `plan`, with what is to be said of each source of data.
pub(super) fn workload(plan: &Plan, data: Vec<(String, String)>) -> Workload {
    let behaviour = &plan.behaviour;
    let parts = [
        ("load", show_load(plan.load)),
        // Time a round rather than in all, so that more rounds of the same length stay comparable.
        ("round", show_duration(plan.duration / plan.rounds.get())),
        ("timeout", show_duration(plan.connection.timeout)),
        ("connection", "keep-alive, HTTP/1.1".to_owned()),
        ("latency", "intended start to last body byte".to_owned()),
        ("order", order(plan).to_owned()),
    ];
    let login = behaviour.login.iter().map(|login| ("login".to_owned(), show_login(login, plan)));
    let data = data.into_iter().map(|(name, text)| (format!("data {name}"), text));
    let classes = behaviour
        .classes
        .iter()
        .map(|class| (format!("users {}", class.name), show_class(class, plan)));
    Workload {
        parts: parts
            .map(|(name, text)| (name.to_owned(), text))
            .into_iter()
            .chain(login)
            .chain(data)
            .chain(classes)
            .collect(),
        endpoints: plan
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.name.clone(), digest(endpoint, behaviour)))
            .collect(),
    }
}

fn show_load(load: Load) -> String {
    match load {
        Load::Users(NonZeroU32::MIN) => "1 user".to_owned(),
        Load::Users(users) => format!("{users} users"),
        Load::Rate { rate, connections } => format!("{rate}, at most {connections} connections"),
    }
}

fn order(plan: &Plan) -> &'static str {
    match plan.load {
        _ if !plan.behaviour.classes.is_empty() => "tasks by weight",
        Load::Users(NonZeroU32::MIN) => "one after the other",
        Load::Users(_) | Load::Rate { .. } => "mixed",
    }
}

fn show_class(class: &UserClass, plan: &Plan) -> String {
    let pace = match class.rate {
        Some(rate) => format!("{rate} each"),
        None => format!("pause {}", class.pause),
    };
    let tasks: Vec<String> = class.tasks.iter().map(|task| show_task(task, plan)).collect();
    format!("weight {}, {pace}, {}", class.weight, tasks.join(", "))
}

fn show_task(task: &Task, plan: &Plan) -> String {
    let name = |step: &usize| plan.endpoints.get(*step).map(|endpoint| endpoint.name.as_str());
    let steps: Vec<&str> = task.steps.iter().filter_map(name).collect();
    format!("{} x {}", task.weight, steps.join(" then "))
}

fn show_login(login: &Login, plan: &Plan) -> String {
    let mut digest = Digest::new(b"perfbase login 1");
    let request = Sent {
        method: &login.method,
        path: &login.path,
        headers: &login.headers,
        body: login.body.as_ref(),
        expect: &login.expect,
        saves: &login.saves,
    };
    request.digest(&mut digest, &plan.behaviour);
    digest.count(login.then.len());
    for (name, value) in &login.then {
        digest.field(name.as_bytes());
        digest.field(value.written().as_bytes());
    }
    digest.field(login.renew.map(show_duration).unwrap_or_default().as_bytes());
    format!("{} {} {}", login.method, login.path.written(), digest.finish())
}

fn digest(endpoint: &Endpoint, behaviour: &Behaviour) -> String {
    let mut digest = Digest::new(b"perfbase request 1");
    let request = Sent {
        method: &endpoint.method,
        path: &endpoint.path,
        headers: &endpoint.headers,
        body: endpoint.body.as_ref(),
        expect: &endpoint.expect,
        saves: &endpoint.saves,
    };
    request.digest(&mut digest, behaviour);
    digest.finish()
}

/// A request, and what is kept of its answer.
struct Sent<'a> {
    method: &'a Method,
    path: &'a Template,
    headers: &'a [(String, Template)],
    body: Option<&'a Body>,
    expect: &'a Expect,
    saves: &'a [Save],
}

impl Sent<'_> {
    fn digest(&self, digest: &mut Digest, behaviour: &Behaviour) {
        digest.field(self.method.as_str().as_bytes());
        digest.field(self.path.written().as_bytes());
        digest.count(self.headers.len());
        for (name, value) in self.headers {
            digest.field(name.as_bytes());
            digest.field(value.written().as_bytes());
        }
        match self.body {
            None => digest.field(b"none"),
            Some(Body::Text(text)) => {
                digest.field(b"text");
                digest.field(text.written().as_bytes());
            }
            Some(Body::Bytes(bytes)) => {
                digest.field(b"bytes");
                digest.field(bytes);
            }
        }
        digest.field(self.expect.to_string().as_bytes());
        // What follows is left out where there is none, so that such requests keep the digest that
        // baselines have.
        if !self.saves.is_empty() {
            digest.field(b"saves");
            digest.count(self.saves.len());
            for save in self.saves {
                digest.field(name_of(save.slot.0, behaviour).as_bytes());
                digest.field(save.from.to_string().as_bytes());
            }
        }
        let values: Vec<_> = self.templates().flat_map(Template::parts).collect();
        let values = values.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(slot, escape) => Some((slot.0, *escape)),
        });
        for (slot, escape) in values {
            digest.field(b"value");
            digest.field(name_of(slot, behaviour).as_bytes());
            digest.field(word(escape));
        }
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let body = match self.body {
            Some(Body::Text(text)) => Some(text),
            Some(Body::Bytes(_)) | None => None,
        };
        let headers = self.headers.iter().map(|(_, value)| value);
        std::iter::once(self.path).chain(headers).chain(body)
    }
}

fn name_of(slot: usize, behaviour: &Behaviour) -> &str {
    behaviour.values.get(slot).map_or("", String::as_str)
}

fn word(escape: Escape) -> &'static [u8] {
    match escape {
        Escape::None => b"as it is",
        Escape::Percent => b"percent",
        Escape::JsonString => b"json string",
        Escape::Json => b"json",
    }
}

/// A short digest of several fields.
pub(super) struct Digest(blake3::Hasher);

impl Digest {
    /// A digest of things of this `kind`.
    pub(super) fn new(kind: &[u8]) -> Self {
        let mut digest = Self(blake3::Hasher::new());
        digest.field(kind);
        digest
    }

    /// Adds a field. It is preceded by its length, so that no two things have one spelling.
    pub(super) fn field(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn count(&mut self, number: usize) {
        self.field(&(number as u64).to_le_bytes());
    }

    /// The digest in hexadecimal.
    pub(super) fn finish(&self) -> String {
        let hex = self.0.finalize().to_hex();
        hex.chars().take(DIGEST_DIGITS).collect()
    }
}
