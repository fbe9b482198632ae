//! Requests that are sent together and measured as one.

use super::*;
use perfbase::model::{Action, Page};

const DASHBOARD: &str = r#"
    [service]
    url = "http://localhost:8000"
    headers = { authorization = "Bearer ${TOKEN}" }
    [endpoints."GET /clients"]
    headers = { accept = "application/json" }
    [endpoints."POST /search"]
    json = { query = "a" }
    expect = 201
    save = { hit = "/hits/0" }
    [endpoints."GET /hits/{hit}"]
    [pages."Dashboard home"]
    requests = ["GET  /clients", "POST /search"]
    target = "1s"
    p95 = "2s"
    factor = 3.0
    min_delta = "2ms"
    errors = "5%"
    metric = "p50"
    [pages.Hits]
    requests = ["GET /hits/{any}", "POST /search"]
"#;

fn page<'p>(plan: &'p Plan, name: &str) -> &'p Page {
    match &plan.endpoint(&name.parse().unwrap()).unwrap().action {
        Action::Page(page) => page,
        other => panic!("{other:?}"),
    }
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect()
}

#[test]
fn a_page_sends_its_endpoints_as_they_are_described() {
    let plan = planned(DASHBOARD, &Overrides::default());
    let all = ["GET /clients", "POST /search", "GET /hits/{hit}", "Dashboard home", "Hits"];
    assert_eq!(names(&plan), all);
    let home = page(&plan, "Dashboard home");
    for ((name, request), endpoint) in home.requests.iter().zip(&plan.endpoints) {
        assert_eq!((name, Some(request)), (&endpoint.name, endpoint.request()));
    }
    assert_eq!(home.requests.len(), 2);
    let endpoint = &plan.endpoints[3];
    let ms = |millis| Some(Duration::from_millis(millis));
    assert_eq!((endpoint.budgets.target, endpoint.budgets.acceptable), (ms(1000), ms(2000)));
    assert_eq!((endpoint.gate.factor, endpoint.gate.min_delta), (Some(3.0), ms(2)));
    let policy = loaded(DASHBOARD).policy(&GateOverrides::default());
    assert_eq!(policy.endpoints[&endpoint.name], (endpoint.gate, endpoint.budgets));
}

#[test]
fn scenarios_classes_and_flows_name_pages_as_they_name_endpoints() {
    let scenario = |name: &str| asked(|asked| asked.scenario = Some(name.into()));
    let text = format!(
        "{DASHBOARD}[scenarios.home]\nendpoints = [\"Dash*\", \"GET /clients\"]\n\
         [scenarios.browse]\nclasses = [\"reader\"]\n\
         [users.reader]\ntasks = {{ \"Dashboard home\" = 2, look = 1 }}\n\
         [flows.look]\nsteps = [\"POST /search\", \"Hits\"]\n"
    );
    assert_eq!(names(&planned(&text, &scenario("home"))), ["GET /clients", "Dashboard home"]);
    let browsing = planned(&text, &scenario("browse"));
    assert_eq!(names(&browsing), ["POST /search", "Dashboard home", "Hits"]);
    let steps = browsing.behaviour.classes[0].tasks.iter().map(|task| task.steps.as_slice());
    assert_eq!(steps.collect::<Vec<_>>(), [&[1][..], &[0, 2]]);
}

#[test]
fn what_only_a_page_sends_is_given_by_it_too() {
    let text = format!("{DASHBOARD}[scenarios.home]\nendpoints = [\"Dash*\", \"GET /hits/*\"]\n");
    let plan = planned(&text, &asked(|asked| asked.scenario = Some("home".into())));
    assert_eq!(names(&plan), ["GET /hits/{hit}", "Dashboard home"]);
    assert_eq!(plan.behaviour.values, ["hit"]);
}

#[test]
fn the_workload_of_a_page_is_what_it_sends_in_its_order() {
    let digest = |text: &str| {
        let plan = planned(text, &Overrides::default());
        plan.workload.endpoints[&"Dashboard home".parse().unwrap()].clone()
    };
    let as_it_is = digest(DASHBOARD);
    for (from, to) in [
        (
            "requests = [\"GET  /clients\", \"POST /search\"]",
            "requests = [\"POST /search\", \"GET /clients\"]",
        ),
        ("requests = [\"GET  /clients\", \"POST /search\"]", "requests = [\"POST /search\"]"),
        ("query = \"a\"", "query = \"b\""),
    ] {
        let changed = DASHBOARD.replacen(from, to, 1);
        assert_ne!(changed, DASHBOARD);
        assert_ne!(digest(&changed), as_it_is, "{to}");
    }
    assert_eq!(digest(&DASHBOARD.replacen("target = \"1s\"", "target = \"2s\"", 1)), as_it_is);
}
