//! Plans that are shown and not run.

use std::num::NonZeroU32;

use perfbase::model::*;

use crate::fixture::{ms, name, workload};

pub(crate) fn plan() -> Plan {
    let method = |text: &str| Method::new(text).unwrap();
    let get = |text: &str, path: &str| Endpoint {
        name: name(text),
        request: Request::plain(method("GET"), Resolved::plain(path).into()),
        budgets: Budgets::default(),
        gate: EndpointGate::default(),
        limiter: None,
    };
    let create = Endpoint {
        name: name("POST /api/v1/builds"),
        request: Request {
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
        },
        budgets: Budgets {
            target: Some(ms(500.0)),
            acceptable: Some(ms(1_000.0)),
            throughput: None,
        },
        gate: EndpointGate {
            factor: Some(1.5),
            min_delta: Some(ms(2.0)),
            ..EndpointGate::default()
        },
        limiter: None,
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
        duration: ms(60_000.0),
        rounds: NonZeroU32::new(5).unwrap(),
        warm_up: WarmUp { spawn_rate: None, duration: ms(2_000.0), requests: 50 },
        connection: ConnectionPolicy { timeout: ms(10_000.0), insecure: false },
        seed: 42,
        workload: workload(),
    }
}

/// A plan whose users are of two classes, with an identity and values of their own.
pub(crate) fn plan_of_classes() -> Plan {
    let mut plan = plan();
    let value = |slot| Part::Value(Slot(slot), Escape::Percent);
    let text = |text: &str| Part::Text(Resolved::plain(text));
    plan.endpoints[0].request.path =
        Template::new("/builds/{build}", vec![text("/builds/"), value(0)]);
    plan.endpoints[1].request.saves =
        vec![Save { slot: Slot(0), from: Source::Json("/id".into()) }];
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
