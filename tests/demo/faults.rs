use std::sync::Arc;
use std::time::Duration;

use perfbase::demo::{Clock, Options, Route, Running, latency, serve};
use serde_json::{Value, json};

use crate::client::{call, get, quick};

const FAULTS: &str = "/_demo/faults";

#[tokio::test]
async fn the_header_tells_the_drawn_latency_times_the_factor_until_it_clears() {
    let service = Running::start(Options {
        faults: vec!["GET /clients factor=3 add=1ms clear-after=2".parse().unwrap()],
        ..Options::default()
    })
    .unwrap();
    for n in 0..4 {
        let drawn = latency::draw(1, Route::Clients, n);
        let slow = drawn.mul_f64(3.0) + Duration::from_millis(1);
        let expected = if n < 2 { slow } else { drawn };
        let answer = get(&service, "/clients").await;
        assert_eq!(u128::from(answer.latency_us()), expected.as_micros(), "request {n}");
    }
}

#[tokio::test]
async fn the_latency_scale_multiplies_the_draws() {
    let start =
        |latency_scale| Running::start(Options { latency_scale, ..Options::default() }).unwrap();
    let drawn = latency::draw(1, Route::Health, 0);
    let half = get(&start(0.5), "/health").await.latency_us();
    assert_eq!(u128::from(half), drawn.mul_f64(0.5).as_micros());
    for none in [0.0, -1.0, f64::NAN] {
        assert_eq!(get(&start(none), "/health").await.latency_us(), 0);
    }
}

#[tokio::test]
async fn a_share_of_errors_fails_about_that_share_and_the_same_requests_each_time() {
    let statuses = async || {
        let service = quick();
        service.set_faults(&["GET /health error-share=20%".parse().unwrap()]);
        let mut statuses = Vec::new();
        for _ in 0..200 {
            statuses.push(get(&service, "/health").await.status);
        }
        assert_eq!(get(&service, "/clients").await.status, 200);
        statuses
    };
    let first = statuses().await;
    let failed = first.iter().filter(|status| **status == 500).count();
    assert!((20..=60).contains(&failed), "{failed} of 200");
    assert_eq!(first.iter().filter(|status| **status == 200).count(), 200 - failed);
    assert_eq!(first, statuses().await);
}

#[tokio::test]
async fn a_lost_update_race_loses_overlapping_increments_and_no_others() {
    let service = Arc::new(quick());
    service.set_faults(&["lost-update=1ms".parse().unwrap()]);
    for _ in 0..3 {
        call(&service, "POST", "/counter/increment", Value::Null).await;
    }
    assert_eq!(get(&service, "/counter").await.body, json!({ "value": 3 }));
    // The gap is far longer than it takes to send all ten.
    service.set_faults(&["lost-update=2s".parse().unwrap()]);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let service = Arc::clone(&service);
        calls.spawn(async move { call(&service, "POST", "/counter/increment", Value::Null).await });
    }
    assert!(calls.join_all().await.iter().all(|answer| answer.status == 200));
    let value = get(&service, "/counter").await.body["value"].as_i64().unwrap();
    assert!((4..13).contains(&value), "{value}");
}

#[tokio::test]
async fn the_rate_limiter_says_when_to_come_back_and_then_lets_through() {
    let clock = Clock::manual();
    let service = Running::start(Options {
        clock: clock.clone(),
        latency_scale: 0.0,
        faults: vec!["rate-limit=3/1500ms".parse().unwrap()],
        ..Options::default()
    })
    .unwrap();
    for _ in 0..3 {
        assert_eq!(get(&service, "/health").await.status, 200);
    }
    let limited = get(&service, "/health").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, "2"));
    clock.advance(Duration::from_secs(2));
    assert_eq!(get(&service, "/health").await.status, 200);
}

#[tokio::test]
async fn over_the_capacity_the_answer_is_503() {
    let service = Arc::new(quick());
    service.set_faults(&[
        "capacity=1".parse().unwrap(),
        "POST /counter/increment add=60s".parse().unwrap(),
    ]);
    let held = tokio::spawn({
        let service = Arc::clone(&service);
        async move { call(&service, "POST", "/counter/increment", Value::Null).await }
    });
    while service.handled(Route::Increment) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&service, "/health").await.status, 503);
    held.abort();
    assert!(held.await.unwrap_err().is_cancelled());
    // The place is given back once the service has seen the client go.
    while get(&service, "/health").await.status == 503 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn faults_are_set_shown_and_cleared_at_run_time() {
    let service = quick();
    let wanted = json!({ "faults": [
        { "route": "GET /clients", "factor": 3, "share": "10%", "clear-after": 500 },
        { "leak": "1KiB" },
    ]});
    let set = call(&service, "POST", FAULTS, wanted).await;
    assert_eq!(set.status, 200, "{set:?}");
    get(&service, "/health").await;
    let shown = get(&service, FAULTS).await.body;
    assert_eq!(shown["faults"][0]["fault"], "GET /clients factor=3 share=10% clear-after=500");
    assert_eq!(shown["faults"][0]["matched"], 0);
    assert_eq!(
        shown["faults"][1],
        json!({ "fault": "leak=1024B", "matched": 1, "hit": 1, "over": false, "leaked_bytes": 1024 })
    );
    let cleared = call(&service, "DELETE", FAULTS, Value::Null).await;
    assert_eq!(cleared.body, json!({ "faults": [] }));
}

#[tokio::test]
async fn a_wrong_fault_is_refused_with_the_reason_and_changes_nothing() {
    let service = quick();
    service.set_faults(&["factor=2".parse().unwrap()]);
    for (wanted, reason) in [
        (
            json!({ "faults": [{ "facter": 3 }] }),
            "faults[0]: no fault has the word `facter`; did you mean `factor`?",
        ),
        (
            json!({ "faults": [{ "factor": 3 }, {}] }),
            "faults[1]: a fault needs a word that says what is wrong, such as `factor=3` or `error-share=5%`",
        ),
        (json!({ "faults": [{ "factor": [3] }] }), "faults[0]: `factor` takes text or a number"),
        (
            json!({ "faults": [{ "route": "GET /cleints", "factor": 3 }] }),
            "faults[0]: the sample service has no route `GET /cleints`; did you mean `GET /clients`?",
        ),
        (json!({ "faults": vec![json!({ "factor": 3 }); 65] }), "at most 64 faults can be set"),
    ] {
        let answer = call(&service, "POST", FAULTS, wanted).await;
        assert_eq!((answer.status, answer.error()), (422, reason));
    }
    let unknown = call(&service, "POST", FAULTS, json!({ "faults": [], "more": 1 })).await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.error().contains("unknown field `more`"), "{unknown:?}");
    assert_eq!(get(&service, FAULTS).await.body["faults"][0]["fault"], "factor=2");
}

#[tokio::test]
async fn serving_on_a_given_listener_ends_with_the_shutdown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, Options::default(), async { drop(stopped.await) }));
    drop(tokio::net::TcpStream::connect(address).await.unwrap());
    drop(stop);
    assert!(served.await.unwrap().is_ok());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
