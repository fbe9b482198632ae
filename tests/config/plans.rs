//! What a file and a call come to.

use super::*;

#[test]
fn a_file_says_everything_about_its_requests() {
    let plan = planned(PRODUCT, &Overrides::default());
    assert_eq!(plan.base_url.value(), "http://localhost:8000");
    assert_eq!(plan.ready.as_ref().unwrap().path.value(), "/health");
    let names: Vec<_> = plan.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["GET /health", "POST /api/v1/builds", "GET /api/v1/builds/{build}"],);
    let [health, create, status] = plan.endpoints.as_slice() else { panic!("three") };
    assert_eq!(text(&health.request().unwrap().headers[0].1), "Bearer hunter2");
    assert_eq!(health.request().unwrap().headers[0].1.written(), "Bearer ${TOKEN}");
    assert_eq!(health.budgets.target, Some(Duration::from_millis(50)));
    assert_eq!(
        sent(create.request().unwrap().body.as_ref()),
        r#"{"prompt":"a shop","chains":["web"],"pages":3,"draft":true}"#
    );
    assert_eq!(text(&create.request().unwrap().headers[1].1), "application/json");
    assert!(
        create.request().unwrap().expect.accepts(201)
            && !create.request().unwrap().expect.accepts(204)
    );
    assert_eq!(text(&status.request().unwrap().path), "/api/v1/builds/42?full=1");
    assert_eq!(status.budgets.acceptable, Some(Duration::from_millis(500)));
}

#[test]
fn what_nobody_says_has_its_default() {
    let plan = planned(SMALL, &Overrides::default());
    assert_eq!((plan.scenario.as_str(), plan.environment.as_str()), ("baseline", "default"));
    assert_eq!(plan.load, Load::Users(NonZeroU32::MIN));
    assert_eq!((plan.duration, plan.rounds.get()), (Duration::from_secs(10), 5));
    assert_eq!(plan.warm_up.duration, Duration::from_secs(2));
    assert_eq!((plan.warm_up.requests, plan.seed), (50, 1));
    assert_eq!(plan.connection.timeout, Duration::from_secs(10));
    assert!(!plan.connection.insecure && plan.ready.is_none());
}

#[test]
fn built_in_scenarios_need_no_text() {
    for (name, users, seconds, endpoints) in [
        ("baseline", 1, 10, 3),
        ("light", 10, 60, 2),
        ("medium", 50, 120, 3),
        ("sustained", 20, 1800, 3),
    ] {
        let plan = planned(PRODUCT, &asked(|asked| asked.scenario = Some(name.into())));
        assert_eq!(plan.load, Load::Users(count(users).unwrap()), "{name}");
        assert_eq!(plan.duration, Duration::from_secs(seconds), "{name}");
        assert_eq!(plan.endpoints.len(), endpoints, "{name}");
    }
}

#[test]
fn a_flag_wins_over_the_environment_that_over_the_file_and_that_over_the_built_in() {
    let users = |scenario: &str, environment: Option<&str>, users: Option<u32>| {
        let plan = planned(
            LAYERS,
            &asked(|asked| {
                asked.scenario = Some(scenario.into());
                asked.environment = environment.map(Into::into);
                asked.users = users.and_then(NonZeroU32::new);
            }),
        );
        plan.load
    };
    let closed = |users: u32| Load::Users(count(users).unwrap());
    assert_eq!(users("medium", None, None), closed(50));
    assert_eq!(users("light", None, None), closed(7));
    assert_eq!(users("light", Some("staging"), None), closed(50));
    assert_eq!(users("light", Some("staging"), Some(3)), closed(3));
    assert_eq!(users("own", Some("staging"), None), closed(50));
}

#[test]
fn a_rate_replaces_users_and_users_a_rate() {
    let own = |change: fn(&mut Overrides)| {
        let mut asked = Overrides { scenario: Some("own".into()), ..Overrides::default() };
        change(&mut asked);
        planned(LAYERS, &asked).load
    };
    let rate = Rate::per_second(1.5).unwrap();
    let arrivals = Arrivals::Even;
    let connections = count(1000).unwrap();
    assert_eq!(own(|_| ()), Load::Rate { rate, arrivals, connections });
    assert_eq!(own(|asked| asked.users = count(2)), Load::Users(count(2).unwrap()));
    assert_eq!(
        own(|asked| {
            asked.rate = Rate::per_second(7.0);
            asked.connections = count(4);
        }),
        Load::Rate {
            rate: Rate::per_second(7.0).unwrap(),
            arrivals,
            connections: count(4).unwrap()
        }
    );
}

#[test]
fn every_flag_wins_over_the_file() {
    let plan = planned(
        LAYERS,
        &Overrides {
            scenario: Some("own".into()),
            duration: Some(Duration::from_secs(8)),
            rounds: count(4),
            warm_up: Some(Duration::from_secs(1)),
            warm_up_requests: Some(2),
            timeout: Some(Duration::from_secs(1)),
            seed: Some(77),
            insecure: true,
            ..Overrides::default()
        },
    );
    assert_eq!((plan.duration.as_secs(), plan.rounds.get(), plan.seed), (8, 4, 77));
    assert_eq!((plan.warm_up.duration.as_secs(), plan.warm_up.requests), (1, 2));
    assert!(plan.connection.insecure);
    assert_eq!(plan.connection.timeout, Duration::from_secs(1));
}

#[test]
fn headers_of_service_environment_and_endpoint_are_one_list() {
    let plan = planned(LAYERS, &asked(|asked| asked.environment = Some("staging".into())));
    let headers: Vec<_> = plan.endpoints[0]
        .request()
        .unwrap()
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    let expected = [
        ("x-one", "service"),
        ("x-two", "environment"),
        ("x-three", "endpoint"),
        ("x-four", "endpoint"),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name, value.to_owned())));
    assert_eq!(plan.base_url.value(), "https://staging.example/v1");
    assert!(plan.connection.insecure);
    assert_eq!(plan.connection.timeout, Duration::from_secs(4));
}

#[test]
fn a_scenario_takes_the_endpoints_it_names() {
    let plan = planned(LAYERS, &asked(|asked| asked.scenario = Some("own".into())));
    let names: Vec<_> = plan.endpoints.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["POST /b"]);
    assert_eq!((plan.seed, plan.warm_up.requests), (9, 0));
    assert_eq!(plan.warm_up.duration, Duration::ZERO);
}

#[test]
fn a_protected_environment_is_measured_on_purpose_only() {
    let plan = planned(
        PRODUCT,
        &asked(|asked| {
            asked.environment = Some("production".into());
            asked.allow_protected = true;
            asked.no_ready = true;
        }),
    );
    assert_eq!(plan.base_url.value(), "https://api.example.com");
    assert_eq!(plan.load, Load::Users(count(100).unwrap()));
    assert!(plan.ready.is_none());
}

#[test]
fn a_variable_is_only_needed_where_it_is_used() {
    let text = format!("{SMALL}[env.other]\nheaders = {{ x = \"${{NONE}}\" }}\n");
    planned(&text, &Overrides::default());
    let other = asked(|asked| asked.environment = Some("other".into()));
    assert!(loaded(&text).plan(&other).is_err());
}

#[test]
fn references_work_in_addresses_paths_texts_and_json() {
    let file = r#"
        [service]
        url = "http://${HOST}/api/"
        ready = "HEAD /ready/${TOKEN}"
        [endpoints."POST /a"]
        path = "/a/${TOKEN}"
        text = "$${TOKEN} is ${TOKEN}"
        [endpoints."POST /b"]
        json = [{ "quoted" = "\"${TOKEN}\"" }, 1.5, 1979-05-27, 18446744073709551615]
    "#;
    let plan = planned(file, &Overrides::default());
    assert_eq!(plan.base_url.value(), "http://service.example:8080/api");
    assert_eq!(plan.base_url.written(), "http://${HOST}/api");
    assert_eq!(plan.ready.as_ref().unwrap().path.value(), "/ready/hunter2");
    assert_eq!(text(&plan.endpoints[0].request().unwrap().path), "/a/hunter2");
    assert_eq!(sent(plan.endpoints[0].request().unwrap().body.as_ref()), "${TOKEN} is hunter2");
    assert_eq!(
        sent(plan.endpoints[1].request().unwrap().body.as_ref()),
        r#"[{"quoted":"\"hunter2\""},1.5,"1979-05-27",18446744073709551615]"#
    );
    assert!(!format!("{plan:?}").contains(SECRET));
    assert!(!format!("{:?}", loaded(file)).contains(SECRET));
}

#[test]
fn a_body_file_is_sent_with_the_type_of_its_ending_unless_a_header_says_otherwise() {
    let file = "[service]\nurl = \"http://a\"\n[endpoints.\"PUT /a\"]\nfile = \"body.json\"\n\
                [endpoints.\"PUT /b\"]\nfile = \"body.json\"\n\
                headers = { Content-Type = \"application/merge-patch+json\" }\n";
    let plan = planned(file, &Overrides::default());
    assert_eq!(plan.endpoints[0].request().unwrap().body, Some(Body::Bytes(b"{\"a\":1}".to_vec())));
    let types: Vec<_> =
        plan.endpoints.iter().map(|e| text(&e.request().unwrap().headers[0].1)).collect();
    assert_eq!(types, ["application/json", "application/merge-patch+json"]);
}

#[test]
fn a_get_may_have_a_body() {
    let text = format!("{SMALL}text = \"x\"\n");
    assert!(planned(&text, &Overrides::default()).endpoints[0].request().unwrap().body.is_some());
}

#[test]
fn statuses_are_numbers_classes_and_ranges() {
    let text = format!("{SMALL}expect = [200, \"3xx\", \"400-404\"]\n");
    let plan = planned(&text, &Overrides::default());
    assert_eq!(plan.endpoints[0].request().unwrap().expect.to_string(), "200, 300-399, 400-404");
    let plan = planned(&format!("{SMALL}expect = 204\n"), &Overrides::default());
    assert_eq!(plan.endpoints[0].request().unwrap().expect.to_string(), "204");
}

#[test]
fn a_scenario_of_limiters_takes_the_endpoints_that_have_one() {
    let text = format!(
        "{SMALL}limiter = {{ limit = 30, per = \"1500ms\" }}\n\
         [endpoints.\"GET /b\"]\n\
         limiter = {{ limit = 30, per = \"1m\", window = \"bucket\", burst = 60, tolerance = \"0%\" }}\n\
         [endpoints.\"GET /free\"]\npath = \"/${{NONE}}\"\n\
         [users.a]\ntasks = {{ \"GET /free\" = 1 }}\n\
         [scenarios.limits]\nkind = \"limiter\"\nconnections = 50\n"
    );
    let plan = planned(&text, &asked(|asked| asked.scenario = Some("limits".into())));
    let (windows, connections) = (count(5).unwrap(), count(50).unwrap());
    assert_eq!(plan.kind, Kind::Limiter { windows, connections });
    assert!(plan.behaviour.classes.is_empty());
    let limiters: Vec<Limiter> = plan.endpoints.iter().map(|it| it.limiter.unwrap()).collect();
    let limit = count(30).unwrap();
    let [a, b] = limiters[..] else { panic!("{limiters:?}") };
    assert_eq!((a.limit, a.per, a.window), (limit, Duration::from_millis(1500), Windowing::Fixed));
    assert_eq!((a.tolerance, a.retry_after), (Share::new(0.1), Duration::from_secs(3)));
    assert_eq!(b.window, Windowing::Bucket { burst: count(60).unwrap() });
    // A full bucket takes two minutes.
    assert_eq!((b.tolerance, b.retry_after), (Share::new(0.0), Duration::from_secs(121)));
    assert!(plan.workload.parts.contains_key("limiter GET /a"));
}

#[test]
fn a_limiter_has_no_part_in_what_makes_loads_comparable() {
    let without = planned(SMALL, &Overrides::default());
    let with = format!("{SMALL}limiter = {{ limit = 30, per = \"1s\" }}\n");
    let with = planned(&with, &Overrides::default());
    assert!(with.endpoints[0].limiter.is_some());
    assert_eq!(with.workload, without.workload);
}

#[test]
fn the_protocol_is_the_environments_then_the_services_and_http_1_1_if_nobody_says() {
    let plan = |service: &str, environment: &str| {
        let text = format!(
            "[service]\nurl = \"http://a\"\n{service}\n[env.e]\n{environment}\n[endpoints.\"GET /a\"]\n"
        );
        planned(&text, &asked(|asked| asked.environment = Some("e".into())))
    };
    let http2 = |streams| Protocol::Http2 { streams: count(streams).unwrap() };
    for (service, environment, protocol) in [
        ("", "", Protocol::Http1),
        ("http = \"1.1\"", "", Protocol::Http1),
        ("http = \"2\"", "", http2(100)),
        ("http = \"2\"\nstreams = 7", "", http2(7)),
        ("", "http = \"2\"\nstreams = 1", http2(1)),
        ("http = \"2\"\nstreams = 7", "http = \"1.1\"", Protocol::Http1),
        ("http = \"2\"\nstreams = 7", "http = \"2\"", http2(100)),
    ] {
        let plan = plan(service, environment);
        assert_eq!(plan.connection.protocol, protocol, "{service} {environment}");
    }
}
