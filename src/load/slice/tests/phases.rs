//! The phases of requests.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Phase, PhaseTimes, Sample};

/// One user for a second; the only endpoint's sample with its phases.
async fn phases_of(service: &Service) -> (Sample, BTreeMap<Phase, PhaseTimes>) {
    let given = measure(service, users(1, 1), 300 * MS).await;
    let mut sample = given.samples.into_iter().next().unwrap();
    sample.settle_phases();
    let phases = sample.phases.clone().unwrap();
    (sample, phases)
}

fn names(phases: &BTreeMap<Phase, PhaseTimes>) -> Vec<&'static str> {
    phases.keys().map(|phase| phase.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_head_and_a_late_body_are_wait_and_body() {
    let service = Service::new([], Act::InParts(30 * MS, 20 * MS));
    let (sample, phases) = phases_of(&service).await;
    assert_eq!(names(&phases), ["connect", "wait", "body"]);
    let (wait, body) = (phases[&Phase::Wait], phases[&Phase::Body]);
    assert_eq!((wait.count, body.count), (sample.outcomes.successes, sample.outcomes.successes));
    for (times, expected) in [(wait, 30), (body, 20)] {
        assert!(near(times.p50, expected * MS) && near(times.max, expected * MS), "{phases:?}");
    }
    assert!(near(wait.p95 + body.p95, sample.service_time.quantile(0.95)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_one_read_has_no_body_time_and_waits_as_long_as_its_service_time() {
    let service = Service::new([], Act::Answer(10 * MS));
    let (sample, phases) = phases_of(&service).await;
    let (wait, body) = (phases[&Phase::Wait], phases[&Phase::Body]);
    assert_eq!((wait.count, body.count), (100, 100));
    let service_time = &sample.service_time;
    assert_eq!((wait.p50, wait.max), (service_time.quantile(0.5), service_time.max()));
    assert_eq!((body.p99, body.max), (Duration::ZERO, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn connections_and_handshakes_are_counted_when_they_are_made() {
    let script = [Act::Answer(10 * MS), Act::Closed];
    let connect = Ok(30 * MS);
    let service = Service::securing(script, Act::Answer(10 * MS), connect, Some(40 * MS));
    let (sample, phases) = phases_of(&service).await;
    assert_eq!(sample.connections, 2);
    for (phase, expected) in [(Phase::Connect, 30), (Phase::Tls, 40)] {
        let times = phases[&phase];
        assert_eq!(times.count, 2, "{phase}");
        assert!(near(times.p50, expected * MS) && near(times.max, expected * MS), "{times:?}");
    }
    assert!(near(sample.latency.max(), 80 * MS), "all of it is in the latency");
    assert!(near(phases[&Phase::Wait].max, 10 * MS), "and none of it in the wait");
}

#[tokio::test(start_paused = true)]
async fn failures_leave_no_phases_but_the_connections_that_were_made() {
    for failure in [
        Act::Status(10 * MS, 500),
        Act::Fail(10 * MS, Failure::Reset),
        Act::Fail(10 * MS, Failure::Body),
        Act::Hang,
    ] {
        let service = Service::connecting([], failure, Ok(5 * MS));
        let (sample, phases) = phases_of(&service).await;
        assert!(sample.outcomes.failed() > 0 && sample.outcomes.successes == 0);
        assert_eq!(names(&phases), ["connect"], "{failure:?}");
        assert_eq!(phases[&Phase::Connect].count, sample.connections);
    }
    let service = Service::connecting([], Act::Hang, Err(Failure::Connect));
    let (sample, phases) = phases_of(&service).await;
    assert_eq!((sample.connections, phases), (0, BTreeMap::new()));
}

#[tokio::test(start_paused = true)]
async fn what_a_round_keeps_of_phases_are_their_figures() {
    let service = Service::new([], Act::InParts(30 * MS, 20 * MS));
    let (mut sample, phases) = phases_of(&service).await;
    sample.keep_latency();
    assert_eq!(sample.phases, Some(phases));
    assert_eq!(sample, Sample { timing: crate::model::Timing::default(), ..sample.clone() });
}
