//! Plans that are shown and not run.

use std::num::NonZeroU32;

use perfbase::model::*;

use crate::fixture::{ms, name, workload};

pub(crate) fn plan() -> Plan {
    let method = |text: &str| Method::new(text).unwrap();
    let get = |text: &str, path: &str| Endpoint {
        name: name(text),
        action: Action::Request(Request::plain(method("GET"), Resolved::plain(path).into())),
        budgets: Budgets::default(),
        gate: EndpointGate::default(),
        limiter: None,
        cleanup: None,
    };
    let create = Endpoint {
        name: name("POST /api/v1/builds"),
        action: Action::Request(Request {
            method: method("POST"),
            path: Resolved::new("/api/v1/builds?key=${KEY}", "/api/v1/builds?key=hunter2").into(),
            headers: vec![
                ("authorization".into(), Resolved::new("Bearer ${TOKEN}", "Bearer hunter2").into()),
                ("content-type".into(), Resolved::plain("application/json").into()),
            ],
            body: Some(Body::Text(
                Resolved::new("{\"secret\":\"${KEY}\"}", "{\"secret\":\"hunter2\"}").into(),
            )),
            expect: Expect::statuses(vec![
                StatusRange { first: 200, last: 200 },
                StatusRange { first: 201, last: 201 },
            ]),
            saves: Vec::new(),
            allow: Vec::new(),
            checks: Vec::new(),
            redirects: 0,
        }),
        budgets: Budgets {
            target: Some(ms(500.0)),
            acceptable: Some(ms(1_000.0)),
            ..Budgets::default()
        },
        gate: EndpointGate {
            factor: Some(1.5),
            min_delta: Some(ms(2.0)),
            ..EndpointGate::default()
        },
        limiter: None,
        cleanup: None,
    };
    Plan {
        scenario: "light".parse().unwrap(),
        environment: "staging".parse().unwrap(),
        base_url: Resolved::new("https://${HOST}", "https://hunter2.example.com"),
        ready: Some(Readiness {
            method: method("GET"),
            path: Resolved::plain("/health"),
            deadline: ms(30_000.0),
        }),
        endpoints: vec![get("GET /health", "/health"), create],
        kind: Kind::default(),
        load: Load::Users(NonZeroU32::new(10).unwrap()),
        behaviour: Behaviour::default(),
        steward: Steward::default(),
        duration: ms(60_000.0),
        rounds: NonZeroU32::new(5).unwrap(),
        warm_up: WarmUp { spawn_rate: None, duration: ms(2_000.0), requests: 50 },
        connection: ConnectionPolicy::within(ms(10_000.0)),
        off_limits: Vec::new(),
        seed: 42,
        workload: workload(),
    }
}

fn request(plan: &mut Plan, endpoint: usize) -> &mut Request {
    match &mut plan.endpoints[endpoint].action {
        Action::Request(request) => request,
        other => panic!("{other:?}"),
    }
}

/// The plan of classes, with a page of its two requests and a socket.
pub(crate) fn plan_with_page() -> Plan {
    let mut plan = plan_of_classes();
    let named = |endpoint: &Endpoint| (endpoint.name.clone(), endpoint.request().unwrap().clone());
    let page = Page { requests: plan.endpoints.iter().map(named).collect() };
    plan.endpoints.push(Endpoint {
        name: name("Dashboard home"),
        action: Action::Page(page),
        budgets: Budgets { target: Some(ms(1_000.0)), ..Budgets::default() },
        gate: EndpointGate { metric: Some(Metric::P50), ..EndpointGate::default() },
        limiter: None,
        cleanup: None,
    });
    let socket = Socket {
        name: name("Build feed"),
        open: Request::plain(Method::new("GET").unwrap(), Resolved::plain("/ws").into()),
        send: Template::new("ping {trace}", vec![Part::Text(Resolved::plain("ping "))]),
        awaited: Some(Check {
            written: "/type == \"pong\"".into(),
            test: Test::Exists(Subject::Json("/type".into())),
        }),
        failed: None,
        messages: NonZeroU32::new(10).unwrap(),
    };
    let row = |text: &str, action| Endpoint {
        name: name(text),
        action,
        budgets: Budgets::default(),
        gate: EndpointGate::default(),
        limiter: None,
        cleanup: None,
    };
    plan.endpoints.push(row("Build feed connect", Action::Socket(Box::new(socket))));
    plan.endpoints.push(row("Build feed message", Action::Messages(3)));
    plan.behaviour.classes[1].tasks.push(Task { weight: 2, steps: vec![2, 3] });
    let from = name("GET /health");
    let timer = Timer {
        from: from.clone(),
        at: Source::Json("/queued_ms".into()),
        unit: ms(1.0),
        within: vec![0, 2],
    };
    plan.endpoints.push(row("queue time", Action::Timer(timer)));
    let counter = |text: &str, adds, least| Counter {
        name: name(text),
        from: from.clone(),
        adds,
        least,
        within: vec![0, 2],
    };
    plan.behaviour.counters = vec![
        counter("builds created", None, Rate::per_second(5.0)),
        counter("items", Some(Source::Header("x-items".into())), None),
    ];
    plan
}

/// A plan whose users are of two classes, with an identity and values of their own.
pub(crate) fn plan_of_classes() -> Plan {
    let mut plan = plan();
    let value = |slot| Part::Value(Slot(slot), Escape::Percent);
    let text = |text: &str| Part::Text(Resolved::plain(text));
    request(&mut plan, 0).path = Template::new("/builds/{build}", vec![text("/builds/"), value(0)]);
    request(&mut plan, 1).saves = vec![Save { slot: Slot(0), from: Source::Json("/id".into()) }];
    let row = |name: &str| -> Box<[Value]> { [Value::text(name), Value::text("hunter2")].into() };
    let rows = Rows::new(vec![row("load1"), row("load2")]).unwrap();
    let of = |slots: &[usize], supply, per| Data {
        slots: slots.iter().copied().map(Slot).collect(),
        supply,
        per,
    };
    plan.behaviour = Behaviour {
        values: ["build", "account.name", "account.password", "token", "trace"]
            .map(Into::into)
            .into(),
        data: vec![
            of(&[1, 2], Supply::Rows(rows, Pick::Unique), Per::User),
            of(&[4], Supply::Uuid, Per::Request),
        ],
        login: Some(Login {
            request: Request {
                body: Some(Body::Text(Template::new("{account.password}", vec![value(2)]))),
                saves: vec![Save { slot: Slot(3), from: Source::Json("/access_token".into()) }],
                ..Request::plain(Method::new("POST").unwrap(), Resolved::plain("/login").into())
            },
            then: vec![(
                "authorization".into(),
                Template::new("Bearer {token}", vec![text("Bearer "), value(3)]),
            )],
            renew: Some(ms(840_000.0)),
        }),
        classes: vec![
            UserClass {
                name: "heavy".into(),
                weight: 1,
                pause: Pause::Uniform(ms(500.0), ms(1_000.0)),
                rate: None,
                tasks: vec![
                    Task { weight: 10, steps: vec![1] },
                    Task { weight: 5, steps: vec![1, 0] },
                ],
            },
            UserClass {
                name: "light".into(),
                weight: 3,
                pause: Pause::default(),
                rate: Rate::per_second(10.0),
                tasks: vec![Task { weight: 1, steps: vec![0] }],
            },
        ],
        idle_metrics: Vec::new(),
        counters: Vec::new(),
    };
    plan
}

/// A plan that looks at a rate limiter.
pub(crate) fn plan_of_limiters() -> Plan {
    let mut plan = plan();
    let number = |number| NonZeroU32::new(number).unwrap();
    plan.kind = Kind::Limiter { windows: number(5), connections: number(1000) };
    plan.load = Load::Users(NonZeroU32::MIN);
    plan.endpoints.truncate(1);
    plan.endpoints[0].limiter = Some(Limiter {
        limit: number(100),
        per: ms(1_000.0),
        window: Windowing::Bucket { burst: number(20) },
        tolerance: Share::new(0.1),
        retry_after: ms(2_000.0),
    });
    plan
}
