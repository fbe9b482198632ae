use std::time::Duration;

use perfbase::demo::{Access, Clock, Options, Route, Running};
use serde_json::{Value, json};

use crate::client::{call, call_as, get, quick, token};

fn example(route: Route) -> String {
    route.path().replace("{id}", "00000000-0000-0000-0000-000000000007")
}

#[tokio::test]
async fn routes_for_users_answer_401_without_a_token_and_with_a_foreign_one() {
    let service = quick();
    let routes = Route::ALL.into_iter().filter(|route| route.access() == Access::User);
    let mut tried = 0;
    for route in routes {
        for token in ["", "foreign"] {
            let answer =
                call_as(&service, token, route.method().as_str(), &example(route), Value::Null)
                    .await;
            assert_eq!(answer.status, 401, "{route}: {answer:?}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            tried += 1;
        }
    }
    assert_eq!(tried, 18);
}

#[tokio::test]
async fn a_login_gives_a_token_that_lives_as_long_as_it_says() {
    let clock = Clock::manual();
    let service = Running::start(Options {
        clock: clock.clone(),
        token_lifetime: Duration::from_mins(1),
        password: Some("right".to_owned()),
        latency_scale: 0.0,
        ..Options::default()
    })
    .unwrap();
    let login = |password: &str| json!({ "username": "load", "password": password });
    let wrong = call(&service, "POST", "/api/v1/auth/login", login("wrong")).await;
    assert_eq!(wrong.status, 401);
    let right = call(&service, "POST", "/api/v1/auth/login", login("right")).await;
    assert_eq!((right.status, &right.body["expires_in"]), (200, &json!(60)));
    let token = right.body["access_token"].as_str().unwrap();
    let stats =
        async || call_as(&service, token, "GET", "/api/v1/users/me/stats", Value::Null).await;
    clock.advance(Duration::from_secs(59));
    assert_eq!(stats().await.status, 200);
    clock.advance(Duration::from_secs(1));
    let expired = stats().await;
    assert_eq!((expired.status, expired.error()), (401, "the token has expired"));
}

#[tokio::test]
async fn a_fault_expires_tokens_that_were_issued_before() {
    let service = quick();
    let token = token(&service, "ann").await;
    let stats =
        async || call_as(&service, &token, "GET", "/api/v1/users/me/stats", Value::Null).await;
    assert_eq!(stats().await.status, 200);
    service.set_faults(&["token-lifetime=0s".parse().unwrap()]);
    assert_eq!(stats().await.status, 401);
    service.set_faults(&[]);
    assert_eq!(stats().await.status, 200);
}

#[tokio::test]
async fn a_fixed_token_closes_the_dashboard_to_others() {
    let service = Running::start(Options {
        token: Some("fixed".to_owned()),
        latency_scale: 0.0,
        ..Options::default()
    })
    .unwrap();
    assert_eq!(get(&service, "/clients").await.status, 401);
    assert_eq!(get(&service, "/health").await.status, 200);
    let with = call_as(&service, "fixed", "GET", "/clients", Value::Null).await;
    assert_eq!(with.status, 200);
}
