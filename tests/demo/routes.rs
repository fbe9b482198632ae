use perfbase::demo::{DemoError, Options, Route, Running};
use serde_json::{Value, json};

use crate::client::{call, call_as, get, quick, send, token};

#[tokio::test]
async fn routes_that_need_nothing_answer_200_with_json() {
    let service = quick();
    for (path, member) in [
        ("/health", "status"),
        ("/snapshot", "clients"),
        ("/clients", "clients"),
        ("/signals", "signals"),
        ("/patterns", "patterns"),
        ("/cost-to-serve", "regions"),
        ("/config", "config"),
        ("/capabilities", "capabilities"),
        ("/workflows", "workflows"),
        ("/workflows/7", "name"),
        ("/api/v1/metrics", "metrics"),
        ("/counter", "value"),
        ("/machine", "state"),
    ] {
        let answer = get(&service, path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(!answer.body[member].is_null(), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn the_data_is_fixed_by_the_seed() {
    let start =
        |seed| Running::start(Options { seed, latency_scale: 0.0, ..Options::default() }).unwrap();
    let (one, same, other) = (start(1), start(1), start(2));
    for path in ["/snapshot", "/clients", "/patterns", "/api/v1/metrics"] {
        let body = get(&one, path).await.body;
        assert_eq!(body, get(&same, path).await.body, "{path}");
        assert_ne!(body, get(&other, path).await.body, "{path}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_in_json() {
    let service = quick();
    let unknown = get(&service, "/nowhere").await;
    assert_eq!((unknown.status, unknown.error()), (404, "no such route"));
    let workflow = get(&service, "/workflows/999").await;
    assert_eq!((workflow.status, workflow.error()), (404, "no workflow 999"));
    let method = call(&service, "DELETE", "/health", Value::Null).await;
    assert_eq!((method.status, method.error()), (405, "this route has no DELETE"));
    assert_eq!(method.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn bodies_and_parameters_of_the_wrong_shape_are_told_in_json() {
    let service = quick();
    let token = token(&service, "ann").await;
    for (method, path, body, status) in [
        ("POST", "/api/v1/analysis", r#"{"series": "cpu", "extra": 1}"#, 422),
        ("POST", "/api/v1/analysis", r#"{"series": "nothing"}"#, 422),
        ("POST", "/api/v1/analysis", r#"{"series""#, 400),
        ("POST", "/api/v1/analysis", "", 415),
        ("POST", "/api/v1/auth/login", r#"{"username": "", "password": "x"}"#, 422),
        ("POST", "/api/v1/auth/test-token", r#"{"user_id": 7}"#, 422),
        ("POST", "/api/v1/builds", r#"{"prompt": "", "chains": ["a"]}"#, 422),
        ("POST", "/api/v1/builds", r#"{"prompt": "x", "chains": []}"#, 422),
        ("GET", "/api/v1/builds?page=0", "", 422),
        ("GET", "/api/v1/builds?page_size=101", "", 422),
        ("GET", "/api/v1/builds?side=1", "", 422),
        ("GET", "/api/v1/builds/7", "", 422),
        ("GET", "/api/v1/agents/seven/metrics", "", 422),
        ("GET", "/workflows/seven", "", 422),
        ("POST", "/machine", r#"{"to": "heaven"}"#, 422),
    ] {
        let answer = send(&service, &token, method, path, body.to_owned()).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
        assert!(!answer.error().is_empty());
    }
}

#[tokio::test]
async fn a_build_is_made_followed_listed_read_and_deleted_by_its_owner_alone() {
    let service = quick();
    let (ann, bob) = (token(&service, "ann").await, token(&service, "bob").await);
    let order = json!({ "prompt": "a token", "chains": ["ethereum"] });
    let created = call_as(&service, &ann, "POST", "/api/v1/builds", order).await;
    assert_eq!(created.status, 201);
    let path = format!("/api/v1/builds/{}", created.body["build_id"].as_str().unwrap());
    let status = call_as(&service, &ann, "GET", &path, Value::Null).await;
    assert_eq!((status.status, &status.body["chains"]), (200, &json!(["ethereum"])));
    let code = call_as(&service, &ann, "GET", &format!("{path}/code"), Value::Null).await;
    assert!(code.body["files"][0]["code"].as_str().unwrap().starts_with("// a token\n"));
    assert_eq!(call_as(&service, &bob, "GET", &path, Value::Null).await.status, 404);
    assert_eq!(call_as(&service, &bob, "DELETE", &path, Value::Null).await.status, 404);
    let counts = call_as(&service, &bob, "GET", "/api/v1/users/me/stats", Value::Null).await;
    assert_eq!(counts.body, json!({ "user_id": "bob", "builds": 0, "builds_ever": 1 }));
    assert_eq!(call_as(&service, &ann, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(call_as(&service, &ann, "GET", &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn builds_are_listed_newest_first_in_pages() {
    let service = quick();
    let token = token(&service, "ann").await;
    for n in 1..=5 {
        let order = json!({ "prompt": format!("build {n}"), "chains": ["base"] });
        call_as(&service, &token, "POST", "/api/v1/builds", order).await;
    }
    let path = "/api/v1/builds?page=2&page_size=2";
    let page = call_as(&service, &token, "GET", path, Value::Null).await.body;
    let prompts: Vec<_> =
        page["builds"].as_array().unwrap().iter().map(|it| &it["prompt"]).collect();
    assert_eq!(prompts, ["build 3", "build 2"]);
    assert_eq!(page["total"], 5);
}

#[tokio::test]
async fn every_uuid_is_an_agent_that_can_execute() {
    let service = quick();
    let token = token(&service, "ann").await;
    let id = "3f0c9bd0-0000-4000-8000-00000000002a";
    let path = format!("/api/v1/agents/{id}/metrics");
    let before = call_as(&service, &token, "GET", &path, Value::Null).await.body;
    let task = json!({ "agent_id": id, "input": "hello" });
    let done = call_as(&service, &token, "POST", "/api/v1/agent-studio/execute", task).await;
    assert_eq!((done.status, &done.body["state"]), (200, &json!("succeeded")));
    let after = call_as(&service, &token, "GET", &path, Value::Null).await.body;
    assert_eq!(before["metrics"]["executions"], 20);
    assert_eq!(after["metrics"]["executions"], 21);
    let path = format!("/api/v1/agents/{id}/executions");
    let list = call_as(&service, &token, "GET", &path, Value::Null).await.body;
    assert_eq!(list["executions"][0]["id"], done.body["execution_id"]);
}

#[tokio::test]
async fn analysis_and_optimisation_work_on_a_series() {
    let service = quick();
    let subject = json!({ "series": "cpu" });
    let analysis = call(&service, "POST", "/api/v1/analysis", subject.clone()).await.body;
    let number = |name: &str| analysis[name].as_i64().unwrap();
    assert!(number("p50") < number("p95") && number("p95") <= number("max"), "{analysis}");
    let found = call(&service, "POST", "/api/v1/optimisation", subject).await.body;
    assert_eq!(found["suggestions"][0]["value"], analysis["max"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_increments_all_count() {
    let service = std::sync::Arc::new(quick());
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let service = std::sync::Arc::clone(&service);
        calls.spawn(async move {
            call(&service, "POST", "/counter/increment", Value::Null).await.status
        });
    }
    assert!(calls.join_all().await.into_iter().all(|status| status == 200));
    assert_eq!(get(&service, "/counter").await.body, json!({ "value": 50 }));
    assert_eq!(service.handled(Route::Increment), 50);
}

#[tokio::test]
async fn the_machine_goes_round_and_refuses_short_cuts() {
    let service = quick();
    let go = async |to: &str| call(&service, "POST", "/machine", json!({ "to": to })).await;
    let short_cut = go("running").await;
    assert_eq!(
        (short_cut.status, short_cut.error()),
        (409, "from idle the machine goes to starting, not to running")
    );
    for to in ["starting", "running", "stopping", "idle"] {
        assert_eq!(go(to).await.status, 200, "{to}");
    }
    let machine = get(&service, "/machine").await.body;
    assert_eq!(machine, json!({ "state": "idle", "transitions": 4, "next": "starting" }));
}

#[tokio::test]
async fn a_database_file_keeps_its_state_and_a_foreign_one_is_refused_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let start = |name: &str| {
        let database = Some(directory.path().join(name));
        Running::start(Options { database, latency_scale: 0.0, ..Options::default() })
    };
    for value in 1..=2 {
        let service = start("demo.db").unwrap();
        let answer = call(&service, "POST", "/counter/increment", Value::Null).await;
        assert_eq!(answer.body, json!({ "value": value }));
    }
    let foreign = directory.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    let before = std::fs::read(&foreign).unwrap();
    assert!(matches!(start("foreign.db").unwrap_err(), DemoError::Foreign(_)));
    assert_eq!(std::fs::read(&foreign).unwrap(), before);
    std::fs::write(directory.path().join("text.db"), "not a database at all, but text").unwrap();
    assert!(matches!(start("text.db").unwrap_err(), DemoError::Database(_)));
}

#[test]
fn the_page_of_the_sample_service_names_every_route() {
    let page = include_str!("../../docs/demo.md");
    for route in Route::ALL {
        assert!(page.contains(route.path()), "{route} is not in docs/demo.md");
    }
}
