use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::super::act::Act;
use super::super::alarm::RuntimeAlarm;
use super::super::fake::{Act as Answer, Service};
use super::super::ledger::{Ledger, Tally};
use super::super::schedule::Schedule;
use super::super::slice::{self, Crew, Order, Seat, SliceLoad, Yield};
use super::*;
use crate::model::{Arrivals, Phase, Rate, Sample};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// One user opens a page of so many requests for a second.
async fn measure(service: &Service, requests: usize, timeout: Duration) -> Sample {
    let given = run(service, vec![page(requests)], SliceLoad::Users(1), timeout).await;
    given.samples.into_iter().next().unwrap()
}

fn page(requests: usize) -> Act {
    let part = |number| (format!("GET /{number}"), Request::null());
    Act::Page(Page::new((0..requests).map(part).collect()))
}

async fn run(service: &Service, acts: Vec<Act>, load: SliceLoad, timeout: Duration) -> Yield {
    let endpoints = (0..acts.len()).collect();
    let ledger = Ledger::new(Arc::new(Tally::new(acts.len())));
    let script = Script { acts, ..Script::of(Vec::new(), timeout) };
    let crew = Rc::new(Crew::new(service.clone(), script, Seat { index: 0, of: 1 }, ledger));
    let order = Order {
        endpoints,
        load,
        begin: Instant::now(),
        duration: SECOND,
        seed: 1,
        tasks: None,
        timeline: None,
    };
    let stop = AtomicBool::new(false);
    let local = tokio::task::LocalSet::new();
    local.run_until(slice::run(crew, order, [RuntimeAlarm; 2], &stop, |_| {})).await
}

fn near(a: Duration, b: Duration) -> bool {
    a.abs_diff(b) <= b / 500 + 2 * MS
}

#[tokio::test(start_paused = true)]
async fn a_page_takes_as_long_as_its_slowest_request() {
    let slow = [10 * MS, 40 * MS, 20 * MS].map(Answer::Answer);
    let service = Service::new(slow.into_iter().cycle().take(3 * 30), Answer::Answer(MS));
    let mut sample = measure(&service, 3, SECOND).await;
    assert_eq!(sample.outcomes.failed(), 0);
    assert!(near(sample.latency.quantile(0.5), 40 * MS), "{:?}", sample.latency.quantile(0.5));
    assert_eq!(sample.bytes, 6 * sample.outcomes.successes, "of all three answers");
    assert!(sample.lag.max() <= 2 * MS);
    sample.settle_phases();
    assert!(near(sample.service_time.quantile(0.5), 40 * MS));
    let phases: Vec<_> = sample.phases.into_iter().flatten().collect();
    let counts: Vec<_> = phases.iter().map(|(phase, times)| (*phase, times.count)).collect();
    assert_eq!(counts, [(Phase::Connect, sample.connections)], "several answers have no one wait");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_six_requests_are_under_way_and_the_others_wait() {
    let service = Service::new([], Answer::Answer(100 * MS));
    let sample = measure(&service, 8, SECOND).await;
    assert_eq!((sample.outcomes.successes, sample.outcomes.failed()), (5, 0));
    assert!(near(sample.latency.max(), 200 * MS), "two answers one after the other");
    assert_eq!(service.most_open(), 6);
    assert_eq!((service.connections(), sample.connections), (6, 6), "connections are kept");
}

#[test]
fn a_page_is_allowed_if_its_document_is_and_fails_by_its_first_failure() {
    use Outcome::{Allowed, Failed, Success};
    let (reset, check) = (Failed(Failure::Reset), Failed(Failure::Check));
    for (outcomes, whole) in [
        (vec![Success, Allowed(404)], Success),
        (vec![Allowed(404), Success], Allowed(404)),
        (vec![Allowed(404), Allowed(410)], Allowed(404)),
        (vec![Allowed(404), reset, Success, check], reset),
    ] {
        assert_eq!(of_all(outcomes.clone()), whole, "{outcomes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_one_request_has_one_connection() {
    let service = Service::new([], Answer::Answer(100 * MS));
    measure(&service, 1, SECOND).await;
    assert_eq!(service.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_fails_as_the_first_of_its_requests_that_does() {
    let service = Service::new(
        [
            Answer::Answer(10 * MS),
            Answer::Status(50 * MS, 500),
            Answer::Fail(10 * MS, Failure::Reset),
        ],
        Answer::Answer(100 * MS),
    );
    let sample = measure(&service, 3, SECOND).await;
    assert_eq!(sample.outcomes.failures, [(Failure::Status5xx, 1)].into());
    let parts: Vec<_> = sample.outcomes.checks.iter().collect();
    let told: Vec<_> =
        parts.iter().map(|(part, it)| (part.as_str(), it.count, it.first.as_str())).collect();
    assert_eq!(
        told,
        [
            ("GET /1: status_5xx", 1, "its status is 500"),
            ("GET /2: reset", 1, "there is no whole answer")
        ]
    );
    assert_eq!(sample.outcomes.successes, 10, "it ended with its last answer, after 50 ms");
    assert_eq!(service.connections(), 4, "only the one that was reset is replaced");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_ends_the_page_at_the_timeout_and_costs_its_connection_alone() {
    let service = Service::new([Answer::Answer(MS), Answer::Hang], Answer::Answer(100 * MS));
    let sample = measure(&service, 2, 500 * MS).await;
    assert_eq!(sample.outcomes.failures, [(Failure::Timeout, 1)].into());
    assert_eq!(sample.outcomes.successes, 5);
    assert_eq!(service.connections(), 3);
    assert!(near(sample.latency.max(), 100 * MS));
}

#[tokio::test(start_paused = true)]
async fn connections_that_ended_while_idle_are_replaced_and_nothing_is_lost() {
    let (answer, closed) = (Answer::Answer(100 * MS), Answer::Closed);
    let service = Service::new([answer, answer, closed, answer, closed], answer);
    let sample = measure(&service, 2, SECOND).await;
    assert_eq!((sample.outcomes.successes, sample.outcomes.failed()), (10, 0));
    assert_eq!(service.connections(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_connections_is_not_hammered_by_pages_either() {
    let service = Service::connecting([], Answer::Hang, Err(Failure::Connect));
    let sample = measure(&service, 4, SECOND).await;
    let refused = sample.outcomes.failures[&Failure::Connect];
    assert!((15..=20).contains(&refused), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn users_pick_pages_and_requests_alike_and_share_their_connections() {
    let service = Service::new([], Answer::Answer(10 * MS));
    let acts = vec![Act::Request(Request::null()), page(2)];
    let given = run(&service, acts, SliceLoad::Users(4), SECOND).await;
    let [request, page] = &given.samples[..] else { panic!("two rows") };
    let (of_request, of_page) = (request.outcomes.successes, page.outcomes.successes);
    assert_eq!(of_request + of_page, 400, "inside of a page nothing is counted on its own");
    assert!(of_request.abs_diff(of_page) < 80, "{of_request} {of_page}");
    assert_eq!(service.connections(), 8);
}

#[tokio::test(start_paused = true)]
async fn arrivals_open_pages_from_their_intended_start() {
    let service = Service::new([Answer::Answer(500 * MS)], Answer::Answer(MS));
    let schedule = Schedule::constant(Rate::per_second(10.0).unwrap(), SECOND);
    let load = SliceLoad::Arrivals { schedule, arrivals: Arrivals::Even, users: 1 };
    let given = run(&service, vec![page(2)], load, 5 * SECOND).await;
    let sample = &given.samples[0];
    assert_eq!((sample.outcomes.successes, given.intended, given.sent), (10, 10, 10));
    let waited = sample.latency.quantile(0.9);
    assert!(near(waited, 401 * MS), "the second waited for the first: {waited:?}");
}
