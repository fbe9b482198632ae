//! What answers add up to, and times that they tell.

use super::*;
use perfbase::model::{Action, Source, Timer};

const BUILDS: &str = r#"
    [service]
    url = "http://localhost:8000"
    [endpoints."POST /builds"]
    [endpoints."GET /builds/{id}"]
    path = "/builds/7"
    [endpoints."GET /builds"]
    [pages.home]
    requests = ["GET /builds", "GET /builds/{id}"]
    [metrics."builds created"]
    count = "POST /builds"
    least = "5/s"
    [metrics."items listed"]
    sum = "/items"
    from = "GET /builds"
    [metrics."queue time"]
    timer = "header:x-queued"
    from = "GET /builds/{any}"
    unit = "us"
    target = "10ms"
    p95 = "20ms"
    factor = 3.0
    [metrics."wait"]
    timer = "/waited"
    from = "POST /builds"
"#;

fn plan(endpoints: &str) -> Plan {
    let text = format!("{BUILDS}[scenarios.own]\nendpoints = [{endpoints}]\n");
    planned(&text, &asked(|asked| asked.scenario = Some("own".into())))
}

fn timer<'p>(plan: &'p Plan, name: &str) -> &'p Timer {
    match &plan.endpoint(&name.parse().unwrap()).unwrap().action {
        Action::Timer(timer) => timer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_timer_is_a_row_and_a_counter_is_none() {
    let plan = planned(BUILDS, &Overrides::default());
    let names: Vec<&str> = plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let acts = ["POST /builds", "GET /builds/{id}", "GET /builds", "home"];
    assert_eq!(names, [&acts[..], &["queue time", "wait"]].concat());
    let queue = timer(&plan, "queue time");
    assert_eq!(queue.at, Source::Header("x-queued".into()));
    assert_eq!((queue.from.as_str(), queue.unit), ("GET /builds/{id}", Duration::from_micros(1)));
    assert_eq!(queue.within, [1, 3], "by itself and in the page");
    assert_eq!(timer(&plan, "wait").unit, Duration::from_millis(1));
    let counters = &plan.behaviour.counters;
    let [created, items] = &counters[..] else { panic!("two") };
    assert_eq!((created.name.as_str(), &created.adds), ("builds created", &None));
    assert_eq!((created.least, &created.within[..]), (Rate::per_second(5.0), &[0][..]));
    assert_eq!(items.adds, Some(Source::Json("/items".into())));
    assert_eq!((items.least, &items.within[..]), (None, &[2, 3][..]));
    let policy = loaded(BUILDS).policy(&GateOverrides::default());
    let (gate, budgets) = policy.endpoints[&"queue time".parse().unwrap()];
    assert_eq!((gate.factor, budgets.acceptable), (Some(3.0), Some(Duration::from_millis(20))));
}

#[test]
fn a_scenario_has_the_metrics_of_what_it_sends() {
    let only_page = plan("\"home\"");
    assert_eq!(timer(&only_page, "queue time").within, [0]);
    assert_eq!(only_page.behaviour.counters.len(), 1);
    assert_eq!(only_page.endpoints.len(), 2);
    let none = plan("\"GET /builds/*\"");
    assert_eq!((none.endpoints.len(), none.behaviour.counters.len()), (2, 0));
}

#[test]
fn what_a_metric_is_has_a_digest_that_only_it_changes() {
    let digests = |text: &str| planned(text, &Overrides::default()).workload.endpoints;
    let before = digests(BUILDS);
    for (from, to, metric) in [
        ("sum = \"/items\"", "sum = \"/total\"", "items listed"),
        ("count = \"POST /builds\"", "count = \"GET /builds\"", "builds created"),
        ("unit = \"us\"", "unit = \"s\"", "queue time"),
        ("timer = \"/waited\"", "timer = \"/wait\"", "wait"),
    ] {
        let after = digests(&BUILDS.replacen(from, to, 1));
        let changed: Vec<&str> = before
            .iter()
            .filter(|(name, digest)| after[*name] != **digest)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(changed, [metric], "{to}");
    }
}
