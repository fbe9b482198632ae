//! Who the users are, and what they do.

use super::*;
use perfbase::model::{Pause, Source};

/// A service with a login, values that are learned, two classes of users and a flow.
pub(super) const PLATFORM: &str = r#"
    [service]
    url = "http://localhost:8000"
    headers = { authorization = "Basic service", accept = "service" }
    [env.staging]
    headers = { authorization = "Basic staging" }
    [data.account]
    csv = "accounts.csv"
    pick = "unique"
    [login]
    request = "POST /login?as={account.name}"
    request_headers = { authorization = "Basic login" }
    json = { password = "{account.password}", secret = "${TOKEN}" }
    expect = 201
    save = { token = "/access_token" }
    headers = { authorization = "Bearer {token}" }
    renew = "14m"
    [endpoints."POST /builds"]
    json = { prompt = "a" }
    save = { build = "/id", etag = "header:ETag", sid = "cookie:SID", code = "regex:c=(\\d+)" }
    [endpoints."GET /builds/{build}"]
    [endpoints."GET /public"]
    headers = { authorization = "none" }
    [endpoints."GET /unused"]
    [users.heavy]
    pause = "500ms..1s"
    tasks = { "POST  /builds" = 10, browse = 5 }
    [users.light]
    weight = 3
    rate = "10/s"
    tasks = { "GET /public" = 1 }
    [flows.browse]
    steps = ["POST /builds", "GET /builds/{id}"]
    [scenarios.light]
    users = 2
    [scenarios.readers]
    classes = ["light"]
    [scenarios.own]
    endpoints = ["GET /public"]
"#;

fn platform(scenario: &str) -> Plan {
    planned(PLATFORM, &asked(|asked| asked.scenario = Some(scenario.into())))
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect()
}

#[test]
fn the_endpoints_are_those_of_the_classes_in_the_order_of_the_file() {
    let plan = platform("light");
    assert_eq!(names(&plan), ["POST /builds", "GET /builds/{build}", "GET /public"]);
    assert_eq!(plan.load, Load::Users(count(2).unwrap()));
    let [heavy, light] = plan.behaviour.classes.as_slice() else { panic!("two") };
    assert_eq!((heavy.name.as_str(), heavy.weight), ("heavy", 1));
    assert_eq!((light.name.as_str(), light.weight), ("light", 3));
    let ms = Duration::from_millis;
    assert_eq!((heavy.pause, heavy.rate), (Pause::Uniform(ms(500), ms(1000)), None));
    assert_eq!((light.pause, light.rate), (Pause::default(), Rate::per_second(10.0)));
    let tasks = heavy.tasks.iter().map(|task| (task.weight, task.steps.as_slice()));
    assert_eq!(tasks.collect::<Vec<_>>(), [(10, &[0][..]), (5, &[0, 1])]);
    assert_eq!(light.tasks[0].steps, [2]);
}

#[test]
fn a_scenario_chooses_classes_or_endpoints() {
    let plan = platform("readers");
    assert_eq!(names(&plan), ["GET /public"]);
    assert_eq!(plan.behaviour.classes.len(), 1);
    assert_eq!(plan.behaviour.classes[0].tasks[0].steps, [0]);
    let plan = platform("own");
    assert_eq!(names(&plan), ["GET /public"]);
    assert_eq!(plan.behaviour.classes, []);
}

#[test]
fn each_user_logs_in_with_values_of_its_own() {
    let plan = platform("light");
    let login = plan.behaviour.login.as_ref().unwrap();
    assert_eq!(login.request.method.as_str(), "POST");
    assert_eq!(login.request.path.written(), "/login?as={account.name}");
    let headers: Vec<_> =
        login.request.headers.iter().map(|(name, value)| (&**name, text(value))).collect();
    let expected = [
        ("authorization", "Basic login"),
        ("accept", "service"),
        ("content-type", "application/json"),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name, value.to_owned())));
    let Some(Body::Text(body)) = &login.request.body else { panic!("a text") };
    assert_eq!(body.written(), r#"{"password":"{account.password}","secret":"${TOKEN}"}"#);
    assert!(login.request.expect.accepts(201) && !login.request.expect.accepts(200));
    assert_eq!(login.request.saves[0].from, Source::Json("/access_token".into()));
    assert_eq!(plan.behaviour.values[login.request.saves[0].slot.0], "token");
    assert_eq!(login.then[0].1.written(), "Bearer {token}");
    assert_eq!(login.renew, Some(Duration::from_mins(14)));
    assert!(!format!("{plan:?}").contains(SECRET));
}

#[test]
fn the_headers_of_a_login_stand_for_those_of_the_service_but_not_of_an_endpoint() {
    for environment in [None, Some("staging".to_owned())] {
        let plan = planned(PLATFORM, &asked(|asked| asked.environment.clone_from(&environment)));
        let headers = |index: usize| {
            let headers = plan.endpoints[index].request().unwrap().headers.iter();
            headers.map(|(name, value)| (name.as_str(), text(value))).collect::<Vec<_>>()
        };
        let accept = ("accept", "service".to_owned());
        assert_eq!(headers(1), std::slice::from_ref(&accept));
        assert_eq!(headers(2), [accept, ("authorization", "none".to_owned())]);
    }
}

#[test]
fn values_are_saved_from_bodies_headers_and_cookies() {
    let plan = platform("light");
    let saves: Vec<_> = plan.endpoints[0]
        .request()
        .unwrap()
        .saves
        .iter()
        .map(|save| (plan.behaviour.values[save.slot.0].as_str(), save.from.clone()))
        .collect();
    assert_eq!(
        saves,
        [
            ("build", Source::Json("/id".into())),
            ("etag", Source::Header("etag".into())),
            ("sid", Source::Cookie("SID".into())),
            ("code", Source::Regex("c=(\\d+)".into())),
        ]
    );
}

#[test]
fn several_endpoints_may_save_one_value_and_need_it_later() {
    let file = "[service]\nurl = \"http://a\"\n[login]\nrequest = \"POST /login\"\n\
                save = { token = \"/t\" }\n[endpoints.\"POST /renew/{token}\"]\n\
                save = { token = \"/t\", next = \"/n\" }\n\
                [endpoints.\"GET /n/{next}\"]\nsave = { next = \"/n\" }\n";
    let plan = planned(file, &Overrides::default());
    assert_eq!(plan.behaviour.values, ["token", "next"]);
}

#[test]
fn a_class_pauses_as_the_file_says() {
    for (text, pause) in [
        ("2s", Pause::Constant(Duration::from_secs(2))),
        ("1s..3s", Pause::Uniform(Duration::from_secs(1), Duration::from_secs(3))),
        ("lognormal 1s 0.5", Pause::LogNormal { median: Duration::from_secs(1), sigma: 0.5 }),
    ] {
        let file = format!("{SMALL}[users.a]\npause = \"{text}\"\ntasks = {{ \"GET /a\" = 1 }}\n");
        let plan = planned(&file, &Overrides::default());
        assert_eq!(plan.behaviour.classes[0].pause, pause);
    }
}

#[test]
fn an_arrival_of_an_open_loop_does_a_task_of_a_class_as_well() {
    let rate = asked(|asked| {
        asked.scenario = Some("readers".into());
        asked.rate = Rate::per_second(5.0);
        asked.connections = count(2);
    });
    assert_eq!(planned(PLATFORM, &rate).behaviour.classes.len(), 1);
}
