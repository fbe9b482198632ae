use std::sync::Arc;

use super::super::alarm::RuntimeAlarm;
use super::super::cast::Cast;
use super::super::fake::{Act, Service};
use super::super::request::Request;
use super::super::script::Login;
use super::*;
use crate::model::{Failure, Pause, Rate, Task, UserClass};

mod done;
mod flows;
mod held;
mod late;
mod phases;
mod staged;
mod stalls;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn users(users: u32, seconds: u32) -> Order {
    Order {
        endpoints: vec![0],
        load: SliceLoad::Users(users),
        begin: Instant::now(),
        duration: SECOND * seconds,
        tasks: None,
        seed: 1,
        timeline: None,
    }
}

fn rate(per_second: f64, most: u32, seconds: u32) -> Order {
    let rate = Rate::per_second(per_second).unwrap();
    let schedule = Schedule::constant(rate, SECOND * seconds);
    let arrivals = Arrivals::Even;
    Order { load: SliceLoad::Arrivals { schedule, arrivals, users: most }, ..users(1, seconds) }
}

fn crew(service: &Service, endpoints: usize, timeout: Duration) -> Rc<Crew<Service>> {
    let script = Script::of(vec![Request::null(); endpoints], timeout);
    Rc::new(Crew::new(service.clone(), script, Seat { index: 0, of: 1 }, ledger(endpoints)))
}

fn ledger(endpoints: usize) -> Ledger {
    Ledger::new(std::sync::Arc::new(super::super::ledger::Tally::new(endpoints)))
}

async fn run_crew(crew: Rc<Crew<Service>>, order: Order) -> Yield {
    let stop = AtomicBool::new(false);
    let local = tokio::task::LocalSet::new();
    local.run_until(run(crew, order, [RuntimeAlarm; 2], &stop, |_| {})).await
}

async fn measure(service: &Service, order: Order, timeout: Duration) -> Yield {
    let endpoints = order.endpoints.len();
    run_crew(crew(service, endpoints, timeout), order).await
}

fn near(a: Duration, b: Duration) -> bool {
    a.abs_diff(b) <= b / 500 + 2 * MS
}

#[tokio::test(start_paused = true)]
async fn a_user_sends_the_next_request_when_the_last_has_ended() {
    let service = Service::new([], Act::Answer(10 * MS));
    let given = measure(&service, users(1, 1), 5 * SECOND).await;
    let sample = &given.samples[0];
    assert_eq!((sample.outcomes.successes, sample.outcomes.failed()), (100, 0));
    assert!(near(sample.latency.quantile(0.95), 10 * MS));
    assert_eq!(service.connections(), 1, "a user keeps its connection");
    assert_eq!((given.intended, given.sent), (0, 0), "a closed loop has no schedule");
}

#[tokio::test(start_paused = true)]
async fn each_user_has_a_connection_of_its_own() {
    let service = Service::new([], Act::Answer(100 * MS));
    let given = measure(&service, users(25, 1), 5 * SECOND).await;
    assert_eq!(service.most_open(), 25);
    assert_eq!(given.samples[0].outcomes.successes, 250);
    assert_eq!(given.samples[0].connections, 25);
}

#[tokio::test(start_paused = true)]
async fn connections_are_kept_for_the_next_slice() {
    let service = Service::new([], Act::Answer(10 * MS));
    let crew = crew(&service, 1, SECOND);
    for _ in 0..3 {
        run_crew(Rc::clone(&crew), users(5, 1)).await;
    }
    assert_eq!(service.connections(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ended_while_idle_is_replaced_and_nothing_is_lost() {
    let script = [Act::Answer(10 * MS), Act::Closed];
    let service = Service::new(script, Act::Answer(10 * MS));
    let given = measure(&service, users(1, 1), SECOND).await;
    assert_eq!(given.samples[0].outcomes.failed(), 0);
    assert_eq!(given.samples[0].connections, 2);
}

#[tokio::test(start_paused = true)]
async fn connecting_is_part_of_the_latency_and_not_of_the_service_time() {
    let service = Service::connecting([], Act::Answer(10 * MS), Ok(30 * MS));
    let given = measure(&service, users(1, 1), SECOND).await;
    let sample = &given.samples[0];
    assert!(near(sample.latency.max(), 40 * MS));
    assert!(near(sample.service_time.max(), 10 * MS));
    assert!(sample.lag.max() < MS, "the handshake is not the generator's doing");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_ends_at_its_timeout_and_the_user_goes_on() {
    let service = Service::new([Act::Hang], Act::Answer(10 * MS));
    let given = measure(&service, users(1, 1), 500 * MS).await;
    let outcomes = &given.samples[0].outcomes;
    assert_eq!(outcomes.failures.get(&Failure::Timeout), Some(&1));
    assert_eq!(outcomes.successes, 50);
    assert!(near(given.samples[0].latency.max(), 10 * MS), "failures are not in the percentiles");
    assert_eq!(given.samples[0].connections, 2, "a connection that hangs is given up");
}

#[tokio::test(start_paused = true)]
async fn a_failed_status_keeps_the_connection_and_a_broken_body_does_not() {
    let script = [Act::Status(MS, 500), Act::Fail(MS, Failure::Body)];
    let service = Service::new(script, Act::Answer(100 * MS));
    let given = measure(&service, users(1, 1), SECOND).await;
    assert_eq!(given.samples[0].outcomes.failed(), 2);
    assert_eq!(service.connections(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_connections_is_not_hammered() {
    let service = Service::connecting([], Act::Hang, Err(Failure::Connect));
    let given = measure(&service, users(1, 1), SECOND).await;
    let refused = given.samples[0].outcomes.failures[&Failure::Connect];
    assert!((15..=20).contains(&refused), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn arrivals_are_exact_in_count_and_begin_when_the_schedule_says() {
    let service = Service::new([], Act::Answer(5 * MS));
    let given = measure(&service, rate(100.0, 10, 2), SECOND).await;
    assert_eq!((given.intended, given.sent), (200, 200));
    assert_eq!(given.samples[0].outcomes.successes, 200);
    let late = service
        .handed_over()
        .iter()
        .enumerate()
        .map(|(n, at)| at.abs_diff(10 * MS * n as u32))
        .max();
    // The runtime's timer under paused time rounds up to whole milliseconds.
    assert!(late.is_some_and(|late| late <= 2 * MS), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stall_is_seen_by_every_arrival_it_kept_waiting() {
    // One connection, 100 arrivals a second; the first answer takes 500 ms, so the 50 arrivals
    // behind it wait 490, 480, … ms though each is answered in 1 ms once it is sent.
    let service = Service::new([Act::Answer(500 * MS)], Act::Answer(MS));
    let given = measure(&service, rate(100.0, 1, 2), 5 * SECOND).await;
    let sample = &given.samples[0];
    assert_eq!(sample.outcomes.successes, 200);
    assert!(near(sample.latency.max(), 500 * MS));
    // Of 200 sorted latencies the 20 largest are 500 ms and the 19 longest waits behind it; each wait
    // is 9 ms shorter than the one before.
    let expected_p90 = 320 * MS;
    let p90 = sample.latency.quantile(0.90);
    assert!(p90.abs_diff(expected_p90) < 25 * MS, "{p90:?} {expected_p90:?}");
    assert!(sample.service_time.quantile(0.95) <= 3 * MS);
    assert!(sample.lag.max() < 3 * MS, "the service was the cause and not the generator");
}

#[tokio::test(start_paused = true)]
async fn connections_grow_with_need_and_up_to_the_limit() {
    let service = Service::new([], Act::Answer(100 * MS));
    measure(&service, rate(100.0, 50, 1), SECOND).await;
    assert!((10..=12).contains(&service.most_open()), "{}", service.most_open());

    let service = Service::new([], Act::Answer(100 * MS));
    measure(&service, rate(100.0, 4, 1), 60 * SECOND).await;
    assert_eq!(service.most_open(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_arrival_that_found_no_connection_within_the_timeout_is_dropped_and_counted() {
    let service = Service::new([], Act::Answer(400 * MS));
    let given = measure(&service, rate(10.0, 1, 2), 500 * MS).await;
    let outcomes = &given.samples[0].outcomes;
    assert_eq!(outcomes.total(), 20, "no arrival is hidden");
    let dropped = outcomes.failures[&Failure::Dropped];
    assert!(dropped > 0);
    assert_eq!((given.intended, given.sent), (20, 20 - dropped));
}

#[tokio::test(start_paused = true)]
async fn workers_share_out_users_and_arrivals_without_overlap() {
    for of in 1..5 {
        let shares: u32 = (0..of).map(|index| Seat { index, of }.share(10)).sum();
        assert_eq!(shares, 10);
    }
    let mut sent = 0;
    for index in 0..3 {
        let service = Service::new([], Act::Answer(MS));
        let script = Script::of(vec![Request::null()], SECOND);
        let third = Seat { index, of: 3 };
        let crew = Rc::new(Crew::new(service.clone(), script, third, ledger(1)));
        sent += run_crew(crew, rate(100.0, 10, 1)).await.sent;
    }
    assert_eq!(sent, 100);
}

#[tokio::test(start_paused = true)]
async fn a_mix_sends_the_same_sequence_for_the_same_seed() {
    let counts = |seed| async move {
        let service = Service::new([], Act::Answer(10 * MS));
        let order = Order { endpoints: vec![0, 1, 2], seed, ..users(4, 2) };
        let given = measure(&service, order, SECOND).await;
        given.samples.iter().map(|sample| sample.outcomes.successes).collect::<Vec<_>>()
    };
    let first = counts(1).await;
    assert_eq!(first, counts(1).await);
    assert_ne!(first, counts(2).await);
    assert!(first.iter().all(|&count| count > 200), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_what_is_under_way_and_begins_nothing() {
    for order in [users(3, 3600), rate(0.001, 3, 3600), rate(50.0, 3, 3600)] {
        let service = Service::new([], Act::Answer(300 * MS));
        let stop = Arc::new(AtomicBool::new(false));
        let begin = Instant::now();
        let local = tokio::task::LocalSet::new();
        let asked = {
            let stop = Arc::clone(&stop);
            async move {
                tokio::time::sleep(SECOND).await;
                stop.store(true, Ordering::Relaxed);
            }
        };
        let crew = crew(&service, 1, 5 * SECOND);
        let work = run(crew, order, [RuntimeAlarm; 2], &stop, |_| {});
        let (given, ()) = local.run_until(async { tokio::join!(work, asked) }).await;
        assert!(begin.elapsed() < 2 * SECOND, "{:?}", begin.elapsed());
        assert_eq!(given.samples[0].outcomes.failed(), 0);
        assert_eq!(given.samples[0].outcomes.successes as usize, service.handed_over().len());
    }
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_while_it_goes() {
    let service = Service::new([], Act::Answer(10 * MS));
    let stop = AtomicBool::new(false);
    let mut told = Vec::new();
    let local = tokio::task::LocalSet::new();
    let crew = crew(&service, 1, SECOND);
    local
        .run_until(run(crew, users(1, 1), [RuntimeAlarm; 2], &stop, |progress| told.push(progress)))
        .await;
    assert!((8..=12).contains(&told.len()), "{}", told.len());
    assert!(told.windows(2).all(|pair| pair[0].requests <= pair[1].requests));
    assert!(told.last().is_some_and(|last| last.p95.is_some_and(|p95| near(p95, 10 * MS))));
}

fn class(pause: Pause, rate: Option<f64>, steps: &[usize]) -> UserClass {
    UserClass {
        name: "class".to_owned(),
        weight: 1,
        pause,
        rate: rate.map(|rate| Rate::per_second(rate).unwrap()),
        tasks: vec![Task { weight: 1, steps: steps.to_vec() }],
    }
}

/// A slice of users of one class, on endpoints in another order than the plan's.
async fn measure_class(service: &Service, class: UserClass, users_count: u32) -> Yield {
    let mut script = Script::of(vec![Request::null(); 2], 5 * SECOND);
    script.cast = Cast::new(&[class]);
    let seat = Seat { index: 0, of: 1 };
    let crew = Rc::new(Crew::new(service.clone(), script, seat, ledger(1)));
    run_crew(crew, Order { endpoints: vec![1, 0], ..users(users_count, 10) }).await
}

#[tokio::test(start_paused = true)]
async fn users_pause_between_tasks_and_not_between_the_steps_of_one() {
    let service = Service::new([], Act::Answer(50 * MS));
    let pausing = class(Pause::Constant(900 * MS), None, &[0, 1, 1]);
    let given = measure_class(&service, pausing, 20).await;
    // A task takes 150 ms, and with its pause 1.05 s: 9 or 10 of them in 10 s.
    let [second, first] = &given.samples[..] else { panic!("two endpoints") };
    assert!((170..=200).contains(&first.outcomes.successes), "{:?}", first.outcomes);
    let ratio = second.outcomes.successes as f64 / first.outcomes.successes as f64;
    assert!((1.9..=2.0).contains(&ratio), "{ratio}");
    assert!(near(first.latency.max(), 50 * MS), "a pause is no part of the latency");
    assert!(first.lag.max() <= 2 * MS);
}

#[tokio::test(start_paused = true)]
async fn users_begin_a_slice_somewhere_in_a_pause() {
    let service = Service::new([], Act::Answer(MS));
    measure_class(&service, class(Pause::Constant(10 * SECOND), None, &[0]), 1000).await;
    let mut starts = service.handed_over();
    starts.sort_unstable();
    let middle = starts[starts.len() / 2];
    assert!(middle.abs_diff(5 * SECOND) < SECOND, "{middle:?}");
}

#[tokio::test(start_paused = true)]
async fn a_user_with_a_rate_is_charged_for_every_task_that_a_stall_kept_waiting() {
    let service = Service::new([Act::Answer(500 * MS)], Act::Answer(MS));
    let steady = class(Pause::default(), Some(10.0), &[0]);
    let given = measure_class(&service, steady, 1).await;
    let sample = &given.samples[1];
    assert!((99..=100).contains(&sample.outcomes.successes), "{:?}", sample.outcomes);
    // The tasks 100, 200, 300 and 400 ms after the one that took 500 waited for it.
    assert!(near(sample.latency.max(), 500 * MS));
    assert!(sample.latency.quantile(0.97) > 150 * MS);
    assert!(sample.latency.quantile(0.94) < 20 * MS);
    assert!(sample.lag.max() <= 2 * MS, "the service kept the user, not the generator");
}

#[tokio::test(start_paused = true)]
async fn starts_that_a_user_with_a_rate_never_came_to_are_dropped_and_counted() {
    let service = Service::new([], Act::Answer(10 * MS));
    let eager = class(Pause::default(), Some(1e6), &[0]);
    let given = measure_class(&service, eager, 1).await;
    let outcomes = &given.samples[1].outcomes;
    assert!((1e7 - 2.0..=1e7).contains(&(given.intended as f64)), "{}", given.intended);
    assert!((990..=1000).contains(&given.sent), "{}", given.sent);
    assert_eq!(outcomes.successes, given.sent);
    assert_eq!(outcomes.failures[&Failure::Dropped], given.intended - given.sent);
}

#[tokio::test(start_paused = true)]
async fn a_rate_of_less_than_one_start_a_slice_is_none() {
    let service = Service::new([], Act::Answer(MS));
    let given = measure_class(&service, class(Pause::default(), Some(1e-20), &[0]), 3).await;
    assert_eq!((given.intended, given.samples[1].outcomes.total()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_one_user_ends_the_slice_of_all() {
    let service = Service::new([Act::Answer(MS), Act::Panic], Act::Answer(MS));
    let begin = Instant::now();
    let given = measure(&service, users(3, 3600), SECOND).await;
    assert!(matches!(given.fatal, Some(EngineError::WorkerDied)));
    assert!(begin.elapsed() < 2 * SECOND);
}

/// Users who log in first.
fn identified(service: &Service, renew: Option<Duration>, classes: &[UserClass]) -> Crew<Service> {
    let mut script = Script::of(vec![Request::null(); 2], 5 * SECOND);
    script.cast = Cast::new(classes);
    script.personal = true;
    script.login =
        Some(Login { request: Request::null(), headers: Vec::new(), slots: Vec::new(), renew });
    Crew::new(service.clone(), script, Seat { index: 0, of: 1 }, ledger(1))
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_login_is_nobodys_latency() {
    let service = Service::new([Act::Answer(500 * MS)], Act::Answer(MS));
    let steady = class(Pause::default(), Some(10.0), &[0]);
    let crew = identified(&service, None, &[steady]);
    let given = run_crew(Rc::new(crew), users(1, 2)).await;
    let sample = &given.samples[0];
    assert!((14..=15).contains(&sample.outcomes.successes), "{:?}", sample.outcomes);
    assert_eq!((given.intended, sample.outcomes.failed()), (given.sent, 0));
    assert!(sample.latency.max() <= 3 * MS, "{:?}", sample.latency.max());
    assert_eq!(sample.connections, 0, "the login's connection is not the endpoint's");
}

#[tokio::test(start_paused = true)]
async fn an_arrival_that_waited_and_then_had_to_log_in_has_waited_all_the_same() {
    let service = Service::new([Act::Answer(MS), Act::Answer(500 * MS)], Act::Answer(MS));
    let crew = identified(&service, Some(300 * MS), &[]);
    let given = run_crew(Rc::new(crew), rate(10.0, 1, 1)).await;
    let sample = &given.samples[0];
    assert_eq!(sample.outcomes.successes, 10);
    // Those at 0 and 100 ms; the second is over after 500 ms, for which it was kept waiting.
    assert!(sample.latency.quantile(0.90) > 390 * MS, "{:?}", sample.latency.quantile(0.90));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_401_is_a_failure_unless_the_identity_has_been_used_for_a_while() {
    let service = Service::new([Act::Answer(MS)], Act::Status(10 * MS, 401));
    let order = Order { duration: 900 * MS, ..users(1, 1) };
    let given = run_crew(Rc::new(identified(&service, None, &[])), order).await;
    let refused = given.samples[0].outcomes.failures[&Failure::Status4xx];
    assert!(refused >= 85, "{refused}");
    assert_eq!(service.handed_over().len() as u64, refused + 1, "one login");
}

#[tokio::test(start_paused = true)]
async fn a_user_that_cannot_go_on_stops_the_other_workers_too() {
    let service = Service::new([], Act::Status(MS, 500));
    let stop = AtomicBool::new(false);
    let crew = Rc::new(identified(&service, None, &[]));
    let local = tokio::task::LocalSet::new();
    let given = local.run_until(run(crew, users(1, 1), [RuntimeAlarm; 2], &stop, |_| {})).await;
    assert!(matches!(given.fatal, Some(EngineError::Login { .. })));
    assert!(stop.load(Ordering::Relaxed));
}
