//! What makes two runs of a plan comparable, taken from what is written, never from secrets.

use std::num::NonZeroU32;

use crate::model::{
    Action, Arrivals, Behaviour, Body, CODINGS, Check, ConnectionPolicy, Content, Counter,
    Endpoint, Escape, Kind, Load, Login, Multipart, Part, Plan, Request, Resumption, Stages, Task,
    Template, Test, UserClass, Workload, show_duration,
};

/// Hexadecimal digits of a digest: enough that two requests of one file do not meet.
const DIGEST_DIGITS: usize = 12;

/// The workload of `plan`, with what is to be said of each source of data.
pub(super) fn workload(plan: &Plan, data: Vec<(String, String)>) -> Workload {
    let behaviour = &plan.behaviour;
    let parts = [
        ("load", show_load(plan)),
        // Time a round rather than in all, so that more rounds of the same length stay comparable.
        ("round", show_duration(plan.duration / plan.rounds.get())),
        ("timeout", show_duration(plan.connection.timeout)),
        ("connection", format!("{}, {}", plan.connection.keep_alive, plan.connection.protocol)),
        ("latency", "intended start to last body byte".to_owned()),
        ("order", order(plan).to_owned()),
    ];
    // What is left out where nothing is said keeps such runs comparable with those before.
    let arrivals = match &plan.load {
        Load::Rate { arrivals, .. } | Load::StagedRate { arrivals, .. } => Some(*arrivals),
        Load::Users(_) | Load::StagedUsers(_) => None,
    };
    let arrivals = arrivals.filter(|arrivals| *arrivals != Arrivals::Even);
    let arrivals = arrivals.map(|arrivals| ("arrivals".to_owned(), arrivals.to_string()));
    let judged = plan.load.stages().and_then(show_judged);
    let judged = judged.map(|positions| ("judged".to_owned(), positions));
    let spawn = plan.warm_up.spawn_rate.map(|rate| ("spawn".to_owned(), rate.to_string()));
    let kind = match plan.kind {
        Kind::Load => None,
        Kind::Limiter { windows, .. } => Some(("windows", windows)),
        Kind::Correctness { tasks } => Some(("requests", tasks)),
    };
    let kind = kind.map(|(word, number)| {
        let word_of_kind = plan.kind.as_str().to_owned();
        [(Kind::PART.to_owned(), word_of_kind), (word.to_owned(), number.to_string())]
    });
    // What is there before the load may decide how fast it is answered.
    let setup = (!plan.steward.setup.is_empty()).then(|| ("setup".to_owned(), show_setup(plan)));
    let login = behaviour.login.iter().map(|login| ("login".to_owned(), show_login(login, plan)));
    let data = data.into_iter().map(|(name, text)| (format!("data {name}"), text));
    let classes = behaviour
        .classes
        .iter()
        .map(|class| (format!("users {}", class.name), show_class(class, plan)));
    let limited = plan.endpoints.iter().filter(|_| plan.kind != Kind::Load);
    let limiters = limited.filter_map(|endpoint| {
        Some((format!("limiter {}", endpoint.name), endpoint.limiter?.to_string()))
    });
    Workload {
        parts: parts
            .map(|(name, text)| (name.to_owned(), text))
            .into_iter()
            .chain(made(&plan.connection))
            .chain(arrivals)
            .chain(judged)
            .chain(spawn)
            .chain(kind.into_iter().flatten())
            .chain(setup)
            .chain(login)
            .chain(data)
            .chain(classes)
            .chain(limiters)
            .collect(),
        endpoints: plan
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.name.clone(), digest(endpoint, &plan.endpoints, behaviour)))
            .chain(behaviour.counters.iter().map(|it| (it.name.clone(), counter(it))))
            .collect(),
    }
}

/// How connections are made, as far as it is said. Whom they are made to, and who is trusted, is no
/// part of it.
fn made(connection: &ConnectionPolicy) -> impl Iterator<Item = (String, String)> {
    let socket = connection.socket.is_some().then_some(("socket", "Unix domain"));
    let identity = connection.tls.identity.is_some().then_some(("client certificate", "sent"));
    let full = connection.tls.resumption == Resumption::Never;
    let resumption = full.then_some(("resumption", "never"));
    let compression = connection.compression.then_some(("compression", CODINGS));
    let said = [socket, identity, resumption, compression].into_iter().flatten();
    said.map(|(name, text)| (name.to_owned(), text.to_owned()))
}

fn show_load(plan: &Plan) -> String {
    if let Kind::Limiter { windows, connections } = plan.kind {
        return format!("above limits for {windows} windows, at most {connections} connections");
    }
    match &plan.load {
        Load::Users(NonZeroU32::MIN) => "1 user".to_owned(),
        Load::Users(users) => format!("{users} users"),
        Load::Rate { rate, connections, .. } => {
            Workload::open_load(&rate.to_string(), *connections)
        }
        Load::StagedUsers(stages) => show_stages(stages),
        Load::StagedRate { stages, connections, .. } => {
            Workload::open_load(&show_stages(stages), *connections)
        }
    }
}

/// What every stage asks of the service; how much of it has to succeed is no part of that.
fn show_stages(stages: &Stages) -> String {
    let shown = stages.stages.iter().map(|stage| {
        format!("{} for {}", stages.quantity.show_stage(stage), show_duration(stage.over))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// On which stages endpoints are judged, where it is not on all that hold: what has to succeed
/// decides that.
fn show_judged(stages: &Stages) -> Option<String> {
    let positions = |is_among: &dyn Fn(usize) -> bool| -> Vec<usize> {
        (0..stages.stages.len()).filter(|&at| is_among(at)).collect()
    };
    let judged = positions(&|at| stages.is_judged(at));
    let holding = positions(&|at| stages.stages[at].holds());
    (judged != holding && !holding.is_empty()).then(|| {
        let numbers: Vec<String> = judged.iter().map(|at| (at + 1).to_string()).collect();
        format!("stage {}", numbers.join(", "))
    })
}

fn order(plan: &Plan) -> &'static str {
    match plan.load {
        _ if !plan.behaviour.classes.is_empty() => "tasks by weight",
        Load::Users(NonZeroU32::MIN) => "one after the other",
        Load::Users(_) | Load::Rate { .. } | Load::StagedUsers(_) | Load::StagedRate { .. } => {
            "mixed"
        }
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
    let name = |step: &usize| plan.endpoints.get(*step).map(|endpoint| endpoint.called().as_str());
    let steps: Vec<&str> = task.steps.iter().filter_map(name).collect();
    format!("{} x {}", task.weight, steps.join(" then "))
}

fn show_login(login: &Login, plan: &Plan) -> String {
    let mut digest = Digest::new(b"perfbase login 1");
    digest.request(&login.request, &plan.behaviour);
    digest.count(login.then.len());
    for (name, value) in &login.then {
        digest.field(name.as_bytes());
        digest.field(value.written().as_bytes());
    }
    digest.field(login.renew.map(show_duration).unwrap_or_default().as_bytes());
    format!("{} {}", login.request.line(), digest.finish())
}

fn show_setup(plan: &Plan) -> String {
    let shown = plan.steward.setup.iter().map(|request| {
        let mut digest = Digest::new(b"perfbase setup 1");
        digest.request(request, &plan.behaviour);
        format!("{} {}", request.line(), digest.finish())
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn digest(endpoint: &Endpoint, endpoints: &[Endpoint], behaviour: &Behaviour) -> String {
    let mut digest;
    match &endpoint.action {
        Action::Request(request) => {
            digest = Digest::new(b"perfbase request 1");
            digest.request(request, behaviour);
        }
        Action::Page(page) => {
            digest = Digest::new(b"perfbase page 1");
            digest.count(page.requests.len());
            for (_, request) in &page.requests {
                digest.request(request, behaviour);
            }
        }
        Action::Socket(socket) => {
            digest = Digest::new(b"perfbase socket 1");
            digest.request(&socket.open, behaviour);
        }
        Action::Messages(socket) => {
            digest = Digest::new(b"perfbase messages 1");
            if let Some(Action::Socket(socket)) = endpoints.get(*socket).map(|it| &it.action) {
                digest.request(&socket.open, behaviour);
                digest.field(socket.send.written().as_bytes());
                digest.values([&socket.send], behaviour);
                digest.checks(socket.awaited.as_slice());
                digest.count(socket.messages.get() as usize);
                // Left out where there is none, so that such sockets keep the digest they had.
                if socket.failed.is_some() {
                    digest.checks(socket.failed.as_slice());
                }
            }
        }
        Action::Timer(timer) => {
            digest = Digest::new(b"perfbase timer 1");
            digest.field(timer.from.as_str().as_bytes());
            digest.field(timer.at.to_string().as_bytes());
            digest.field(show_duration(timer.unit).as_bytes());
        }
    }
    digest.finish()
}

fn counter(counter: &Counter) -> String {
    let mut digest = Digest::new(b"perfbase counter 1");
    digest.field(counter.from.as_str().as_bytes());
    digest.field(counter.adds.as_ref().map(ToString::to_string).unwrap_or_default().as_bytes());
    digest.finish()
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

    /// Adds all that is sent and awaited.
    fn request(&mut self, request: &Request, behaviour: &Behaviour) {
        self.field(request.method.as_str().as_bytes());
        self.field(request.path.written().as_bytes());
        self.count(request.headers.len());
        for (name, value) in &request.headers {
            self.field(name.as_bytes());
            self.field(value.written().as_bytes());
        }
        match &request.body {
            None => self.field(b"none"),
            Some(Body::Text(text)) => {
                self.field(b"text");
                self.field(text.written().as_bytes());
            }
            Some(Body::Bytes(bytes)) => {
                self.field(b"bytes");
                self.field(bytes);
            }
            Some(Body::Multipart(parts)) => self.multipart(parts),
        }
        self.field(request.expect.to_string().as_bytes());
        // What follows is left out where there is none, so that such requests keep the digest that
        // baselines have.
        if !request.saves.is_empty() {
            self.field(b"saves");
            self.count(request.saves.len());
            for save in &request.saves {
                self.field(name_of(save.slot.0, behaviour).as_bytes());
                self.field(save.from.to_string().as_bytes());
            }
        }
        if !request.allow.is_empty() {
            self.field(b"allow");
            self.count(request.allow.len());
            for range in &request.allow {
                self.field(range.to_string().as_bytes());
            }
        }
        self.checks(&request.checks);
        if request.redirects > 0 {
            self.field(b"redirects");
            self.count(usize::from(request.redirects));
        }
        self.values(request.templates(), behaviour);
    }

    /// Adds `checks`, if there are any.
    fn checks(&mut self, checks: &[Check]) {
        if checks.is_empty() {
            return;
        }
        self.field(b"checks");
        self.count(checks.len());
        for check in checks {
            self.field(check.written.as_bytes());
            if let Test::Schema(schema) = &check.test {
                self.field(schema.as_bytes());
            }
        }
    }

    /// Adds the values that stand in `templates`.
    fn values<'t>(
        &mut self,
        templates: impl IntoIterator<Item = &'t Template>,
        behaviour: &Behaviour,
    ) {
        let parts = templates.into_iter().flat_map(Template::parts);
        let values = parts.filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(slot, escape) => Some((slot.0, *escape)),
        });
        for (slot, escape) in values {
            self.field(b"value");
            self.field(name_of(slot, behaviour).as_bytes());
            self.field(word(escape));
        }
    }

    fn multipart(&mut self, parts: &Multipart) {
        self.field(b"multipart");
        self.count(parts.parts.len());
        for part in &parts.parts {
            self.field(part.head.as_bytes());
            match &part.content {
                Content::Text(text) => {
                    self.field(b"text");
                    self.field(text.written().as_bytes());
                }
                Content::Bytes(bytes) => {
                    self.field(b"bytes");
                    self.field(bytes);
                }
            }
        }
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
