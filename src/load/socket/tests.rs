use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::super::act::Act;
use super::super::alarm::RuntimeAlarm;
use super::super::fake::{Act as Answer, Service};
use super::super::ledger::{Ledger, Tally};
use super::super::schedule::Schedule;
use super::super::script::Script;
use super::super::slice::{self, Crew, Order, Seat, SliceLoad, Yield};
use super::*;
use crate::model::{
    Arrivals, Check, Method, Operand, Phase, Rate, Relation, Request as Described, Resolved,
    Sample, Subject, Test,
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// A socket of so many messages, of which those with status 200 are awaited.
fn socket(messages: u32) -> Act {
    let text = |text: &str| Template::constant(Resolved::plain(text));
    let described = model::Socket {
        name: "Build feed".parse().unwrap(),
        open: Described::plain(Method::new("GET").unwrap(), text("/")),
        send: text("ping"),
        awaited: Some(Check {
            written: "/status == 200".into(),
            test: Test::Compare(
                Subject::Json("/status".into()),
                Relation::Equal,
                Operand::Json("200".into()),
            ),
        }),
        failed: Some(Check {
            written: "/status == 500".into(),
            test: Test::Compare(
                Subject::Json("/status".into()),
                Relation::Equal,
                Operand::Json("500".into()),
            ),
        }),
        messages: NonZeroU32::new(messages).unwrap(),
    };
    let socket = Socket::new(&described, Request::null(), 1, &Supplies::new(&[]));
    Act::Socket(Box::new(socket.unwrap()))
}

fn crew(service: &Service, messages: u32, timeout: Duration) -> Rc<Crew<Service>> {
    let acts = vec![socket(messages), Act::Part(crate::model::EndpointKind::Message)];
    let ledger = Ledger::new(Arc::new(Tally::new(acts.len())));
    let script = Script { acts, ..Script::of(Vec::new(), timeout) };
    Rc::new(Crew::new(service.clone(), script, Seat { index: 0, of: 1 }, ledger))
}

fn order(load: SliceLoad) -> Order {
    Order {
        endpoints: vec![0, 1],
        load,
        begin: Instant::now(),
        duration: SECOND,
        seed: 1,
        tasks: None,
        timeline: None,
    }
}

async fn run(service: &Service, messages: u32, load: SliceLoad, timeout: Duration) -> Yield {
    let stop = AtomicBool::new(false);
    let crew = crew(service, messages, timeout);
    let local = tokio::task::LocalSet::new();
    local.run_until(slice::run(crew, order(load), [RuntimeAlarm; 2], &stop, |_| {})).await
}

/// One user for a second: what opening gave, and what the messages gave.
async fn measure(service: &Service, messages: u32, timeout: Duration) -> [Sample; 2] {
    let given = run(service, messages, SliceLoad::Users(1), timeout).await;
    given.samples.try_into().unwrap()
}

fn near(a: Duration, b: Duration) -> bool {
    a.abs_diff(b) <= b / 500 + 2 * MS
}

#[tokio::test(start_paused = true)]
async fn opening_and_each_message_are_measured_apart() {
    // 30 ms to connect, 20 ms until the service agrees, 10 ms for each of five messages.
    let answers = [20, 10, 10, 10, 10, 10].map(|millis| Answer::Answer(millis * MS));
    let script = answers.into_iter().cycle().take(6 * 50);
    let service = Service::connecting(script, Answer::Answer(MS), Ok(30 * MS));
    let [mut connect, mut message] = measure(&service, 5, SECOND).await;
    assert_eq!((connect.outcomes.successes, connect.outcomes.failed()), (10, 0));
    assert_eq!((message.outcomes.successes, message.outcomes.failed()), (50, 0));
    assert!(near(connect.latency.quantile(0.5), 50 * MS), "{:?}", connect.latency.quantile(0.5));
    assert!(near(message.latency.quantile(0.5), 10 * MS));
    assert!(message.lag.max() <= 2 * MS && connect.lag.max() <= 2 * MS);
    assert_eq!((service.connections(), connect.connections), (10, 10), "one for each turn");
    assert_eq!(service.said().len(), 50);
    connect.settle_phases();
    let phases = connect.phases.unwrap();
    for (phase, expected) in [(Phase::Connect, 30), (Phase::Wait, 20), (Phase::Body, 0)] {
        assert_eq!(phases[&phase].count, 10);
        assert!(near(phases[&phase].max, expected * MS), "{phases:?}");
    }
    assert!(near(connect.service_time.max(), 20 * MS), "from the request for the socket on");
    message.settle_phases();
    assert_eq!(message.phases, Some(BTreeMap::new()), "a message is not one request and answer");
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_not_awaited_are_read_and_passed_over() {
    let service = Service::new(
        [Answer::Answer(MS), Answer::Status(40 * MS, 201), Answer::Status(40 * MS, 202)],
        Answer::Answer(20 * MS),
    );
    let [_, message] = measure(&service, 1000, SECOND).await;
    assert_eq!(message.outcomes.failed(), 0);
    assert!(near(message.latency.max(), 100 * MS), "{:?}", message.latency.max());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_ends_at_the_timeout_and_the_user_opens_anew() {
    let service = Service::new([Answer::Answer(MS), Answer::Hang], Answer::Answer(50 * MS));
    let [connect, message] = measure(&service, 100, 300 * MS).await;
    assert_eq!(message.outcomes.failures, [(Failure::Timeout, 1)].into());
    assert!(message.outcomes.successes >= 12, "{:?}", message.outcomes);
    assert_eq!(connect.outcomes.successes, 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_talks_beside_the_point_for_ever_is_a_timeout_too() {
    let service = Service::new([Answer::Answer(MS)], Answer::Status(MS, 404));
    let [connect, message] = measure(&service, 100, 300 * MS).await;
    assert_eq!(message.outcomes.failures, [(Failure::Timeout, 1)].into());
    assert!(connect.outcomes.failures.contains_key(&Failure::Status4xx));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_closed_in_the_middle_is_a_failed_message() {
    let service = Service::new(
        [Answer::Answer(MS), Answer::Answer(MS), Answer::Closed],
        Answer::Answer(100 * MS),
    );
    let [connect, message] = measure(&service, 4, SECOND).await;
    assert_eq!(message.outcomes.failures, [(Failure::Reset, 1)].into());
    assert!(connect.outcomes.successes >= 2 && connect.outcomes.failed() == 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_agrees_to_no_socket_fails_by_its_status() {
    for (answer, failure) in [
        (Answer::Status(10 * MS, 404), Failure::Status4xx),
        (Answer::Status(10 * MS, 503), Failure::Status5xx),
        (Answer::Status(10 * MS, 204), Failure::StatusOther),
        (Answer::Fail(10 * MS, Failure::Protocol), Failure::Protocol),
        (Answer::Hang, Failure::Timeout),
    ] {
        let service = Service::new([], answer);
        let [connect, message] = measure(&service, 4, 200 * MS).await;
        assert_eq!(connect.outcomes.failures.keys().collect::<Vec<_>>(), [&failure]);
        assert_eq!((connect.outcomes.successes, message.outcomes.total()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_connections_is_not_hammered() {
    let service = Service::connecting([], Answer::Hang, Err(Failure::Connect));
    let [connect, _] = measure(&service, 4, SECOND).await;
    let refused = connect.outcomes.failures[&Failure::Connect];
    assert!((15..=20).contains(&refused), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_long_conversation_ends_with_its_slice_and_when_it_is_asked_to() {
    for asked_after in [10 * SECOND, 500 * MS] {
        let service = Service::new([], Answer::Answer(100 * MS));
        let stop = Arc::new(AtomicBool::new(false));
        let asking = {
            let stop = Arc::clone(&stop);
            async move {
                tokio::time::sleep(asked_after).await;
                stop.store(true, Ordering::Relaxed);
            }
        };
        let crew = crew(&service, 1_000_000, 5 * SECOND);
        let begin = Instant::now();
        let work = slice::run(crew, order(SliceLoad::Users(2)), [RuntimeAlarm; 2], &stop, |_| {});
        let local = tokio::task::LocalSet::new();
        let given = local
            .run_until(async {
                tokio::select! {
                    given = work => given,
                    () = async { asking.await; std::future::pending().await } => unreachable!(),
                }
            })
            .await;
        let most = asked_after.min(SECOND) + 300 * MS;
        assert!(begin.elapsed() <= most, "{:?}", begin.elapsed());
        assert_eq!(given.samples[1].outcomes.failed(), 0);
        assert!(given.samples[1].outcomes.successes > 4);
    }
}

#[tokio::test(start_paused = true)]
async fn arrivals_open_sockets_from_their_intended_start() {
    let service = Service::new([], Answer::Answer(5 * MS));
    let schedule = Schedule::constant(Rate::per_second(10.0).unwrap(), SECOND);
    let load = SliceLoad::Arrivals { schedule, arrivals: Arrivals::Even, users: 5 };
    let given = run(&service, 3, load, SECOND).await;
    assert_eq!((given.intended, given.sent), (10, 10));
    let [connect, message] = &given.samples[..] else { panic!("two rows") };
    assert_eq!((connect.outcomes.successes, message.outcomes.successes), (10, 30));
    assert!(near(connect.latency.max(), 5 * MS));
}

#[tokio::test(start_paused = true)]
async fn what_came_before_a_message_is_no_answer_to_it() {
    let script = [Answer::Answer(MS), Answer::Unasked, Answer::Unasked, Answer::Answer(200 * MS)];
    let service = Service::new(script.into_iter().cycle().take(4 * 20), Answer::Hang);
    let [connect, message] = measure(&service, 1, SECOND).await;
    assert_eq!((connect.outcomes.failed(), message.outcomes.failed()), (0, 0));
    assert!(message.outcomes.successes >= 4, "{:?}", message.outcomes);
    assert_eq!(message.outcomes.unasked, 2 * message.outcomes.successes);
    let (least, most) = (message.latency.quantile(0.0), message.latency.max());
    assert!(near(least, 200 * MS) && near(most, 200 * MS), "{least:?} {most:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_says_that_it_failed_is_not_waited_for() {
    let refuses = [Answer::Answer(MS), Answer::Status(20 * MS, 500)];
    let service = Service::new(refuses.into_iter().cycle().take(2 * 100), Answer::Hang);
    let [_, message] = measure(&service, 4, SECOND).await;
    let failed = message.outcomes.failures[&Failure::Check];
    assert!(failed >= 40, "{:?}", message.outcomes);
    assert_eq!(message.outcomes.failures.len(), 1);
    assert_eq!(message.outcomes.checks["fail /status == 500"].count, failed);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_says_how_much_came_beside_the_point() {
    let service = Service::new([Answer::Answer(MS)], Answer::Status(95 * MS, 201));
    let [_, message] = measure(&service, 1, 300 * MS).await;
    let check = &message.outcomes.checks["await /status == 200"];
    assert_eq!(check.count, message.outcomes.failures[&Failure::Timeout]);
    assert_eq!(check.first, "3 other messages came until the timeout");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_conversation_is_waited_for_and_is_in_no_figure() {
    for (closing, waited) in [(100 * MS, 100 * MS), (9 * SECOND, SECOND)] {
        let service = Service::new([], Answer::Answer(50 * MS)).closing(closing);
        let begin = Instant::now();
        let [connect, message] = measure(&service, 1, 5 * SECOND).await;
        let turns = u32::try_from(connect.outcomes.successes).unwrap();
        assert!(near(connect.latency.max(), 50 * MS) && near(message.latency.max(), 50 * MS));
        assert!(begin.elapsed() + waited >= turns * (waited + 100 * MS), "{turns}");
        assert_eq!(turns, if waited == SECOND { 1 } else { 5 });
    }
}
