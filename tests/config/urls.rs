//! URLs in place of a service.

use super::*;

#[test]
fn urls_alone_make_a_plan() {
    let plan =
        without_file(&["http://127.0.0.1:8000/health?full=1", "http://127.0.0.1:8000"]).unwrap();
    assert_eq!(plan.base_url.value(), "http://127.0.0.1:8000");
    let sent: Vec<_> = plan
        .endpoints
        .iter()
        .map(|e| (e.name.as_str(), text(&e.request().unwrap().path)))
        .collect();
    assert_eq!(sent, [("GET /health", "/health?full=1".to_owned()), ("GET /", "/".to_owned())]);
    assert!(plan.ready.is_none());
}

#[test]
fn urls_take_the_files_load_and_gate_but_none_of_its_headers() {
    let file = LAYERS.replace("[endpoints.\"GET /a\"]", "[endpoints.\"GET /a\"]\nfactor = 3.0");
    let plan = planned(
        &file,
        &asked(|asked| {
            asked.scenario = Some("light".into());
            asked.urls = vec!["http://other/a".into()];
        }),
    );
    assert_eq!(plan.load, Load::Users(count(7).unwrap()));
    assert_eq!(plan.endpoints[0].gate.factor, Some(3.0));
    assert!(plan.endpoints[0].request().unwrap().headers.is_empty());
    assert_eq!(plan.connection.timeout, Duration::from_secs(10));
}

#[test]
fn a_protected_service_stays_protected_by_its_url() {
    let mut asked = Overrides {
        urls: vec!["https://api.example.com:443/health".into()],
        ..Overrides::default()
    };
    assert!(loaded(PRODUCT).plan(&asked).is_err());
    asked.allow_protected = true;
    assert!(loaded(PRODUCT).plan(&asked).is_ok());
}
