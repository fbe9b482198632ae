//! A worker that is held while something is due: what waits for it is late, and that is its lag.

use super::staged::pass;
use super::*;
use crate::model::{Quantity, Stages};

/// Carries out `order`; after each of `holds`' first times the worker is held for the second.
async fn holding(crew: Rc<Crew<Service>>, order: Order, holds: Vec<[Duration; 2]>) -> Yield {
    let stop = AtomicBool::new(false);
    let local = tokio::task::LocalSet::new();
    local.spawn_local(async move {
        for [after, held] in holds {
            tokio::time::sleep(after).await;
            tokio::time::advance(held).await;
        }
    });
    local.run_until(run(crew, order, [RuntimeAlarm; 2], &stop, |_| {})).await
}

/// The lag of all requests.
fn lag(given: &Yield) -> Histogram {
    let mut lag = Histogram::new();
    given.samples.iter().for_each(|sample| lag.merge(&sample.lag));
    lag
}

/// A part of 2 s of arrivals is late by 0 to 500 ms, evenly: a quarter, so that the p95 is four
/// fifths of the way up.
fn is_late(given: &Yield) -> bool {
    let p95 = lag(given).quantile(0.95);
    (350 * MS..450 * MS).contains(&p95)
}

#[tokio::test(start_paused = true)]
async fn arrivals_that_are_due_while_users_are_parked_are_late_by_how_long_the_worker_was_held() {
    // A slow beginning, of which there are twenty users.
    let slow = vec![Act::Answer(100 * MS); 20];
    let service = Service::new(slow, Act::Answer(MS));
    let crew = crew(&service, 1, 5 * SECOND);
    let order = rate(1000.0, 20, 2);
    let given = holding(crew, order, vec![[SECOND, 500 * MS]]).await;
    assert_eq!((service.most_open(), given.sent), (20, 2000));
    assert!(is_late(&given), "{:?}", lag(&given));
}

#[tokio::test(start_paused = true)]
async fn what_waits_behind_late_requests_is_late_too() {
    let service = Service::new([], Act::Answer(MS));
    let crew = crew(&service, 1, 5 * SECOND);
    let given = holding(crew, rate(100.0, 1, 2), vec![[SECOND, 500 * MS]]).await;
    assert_eq!((service.most_open(), given.sent), (1, 200));
    assert!(is_late(&given), "{:?}", lag(&given));
    // It catches up.
    assert!(lag(&given).quantile(0.7) <= 3 * MS, "{:?}", lag(&given));
}

#[tokio::test(start_paused = true)]
async fn arrivals_that_newcomers_take_on_are_late_by_how_long_the_worker_was_held() {
    let service = Service::new([], Act::Answer(10 * SECOND));
    let crew = crew(&service, 1, 60 * SECOND);
    let given = holding(crew, rate(100.0, 1000, 2), vec![[SECOND, 500 * MS]]).await;
    assert_eq!((service.most_open(), given.sent), (200, 200));
    assert!(is_late(&given), "{:?}", lag(&given));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_all_users_makes_nothing_late_though_the_worker_is_held_once() {
    let service = Service::new([], Act::Answer(50 * MS));
    let crew = crew(&service, 1, 60 * SECOND);
    let given = holding(crew, rate(100.0, 1, 2), vec![[SECOND, 20 * MS]]).await;
    assert_eq!(given.sent, 200);
    // It is busy for ten seconds: nothing waits for the worker.
    assert!(given.samples[0].latency.max() > 7 * SECOND, "{:?}", given.samples[0].latency);
    assert!(lag(&given).max() <= 25 * MS, "{:?}", lag(&given));
}

#[tokio::test(start_paused = true)]
async fn a_short_dense_stage_in_which_the_worker_is_held_is_late() {
    let spike = |rate, millis| crate::model::Stage {
        from: rate,
        to: rate,
        over: millis * MS,
        success: None,
    };
    let stages = Stages {
        quantity: Quantity::Rate,
        stages: vec![spike(5.0, 7000), spike(300.0, 600), spike(5.0, 1500)],
    };
    let service = Service::new([], Act::Answer(MS));
    let crew = crew(&service, 1, 5 * SECOND);
    let given = holding(crew, pass(&stages), vec![[7100 * MS, 300 * MS]]).await;
    assert_eq!(given.intended, given.sent);
    let p95 = lag(&given).quantile(0.95);
    assert!((200 * MS..300 * MS).contains(&p95), "{:?}", lag(&given));
}

#[tokio::test(start_paused = true)]
async fn an_arrival_that_waited_too_long_is_dropped_whoever_made_it_wait() {
    let service = Service::new([], Act::Answer(MS));
    let crew = crew(&service, 1, 500 * MS);
    let given = holding(crew, rate(100.0, 10, 4), vec![[SECOND, 2 * SECOND]]).await;
    let outcomes = &given.samples[0].outcomes;
    let dropped = outcomes.failures[&Failure::Dropped];
    assert!((145..=155).contains(&dropped), "{dropped}");
    assert_eq!((outcomes.total(), outcomes.failed()), (400, dropped));
    assert_eq!((given.intended, given.sent), (400, 400 - dropped));
}

#[tokio::test(start_paused = true)]
async fn the_timeout_runs_from_when_an_arrival_is_taken_on() {
    let service = Service::new([], Act::Answer(200 * MS));
    let crew = crew(&service, 1, 500 * MS);
    let given = holding(crew, rate(100.0, 200, 2), vec![[SECOND, 400 * MS]]).await;
    assert_eq!(given.samples[0].outcomes.failures, BTreeMap::new());
    assert!(given.samples[0].latency.max() > 590 * MS, "{:?}", given.samples[0].latency);
}

#[tokio::test(start_paused = true)]
async fn the_lag_of_requests_that_time_out_is_seen() {
    let service = Service::new([], Act::Hang);
    let crew = crew(&service, 1, 5 * SECOND);
    let given = holding(crew, rate(100.0, 1000, 2), vec![[SECOND, 500 * MS]]).await;
    assert_eq!(given.samples[0].outcomes.failures[&Failure::Timeout], 200);
    assert!(is_late(&given), "{:?}", lag(&given));
}

/// Users of one class.
fn of_class(service: &Service, class: UserClass) -> Rc<Crew<Service>> {
    let mut script = Script::of(vec![Request::null()], 5 * SECOND);
    script.cast = Cast::new(&[class]);
    Rc::new(Crew::new(service.clone(), script, Seat { index: 0, of: 1 }, ledger(1)))
}

#[tokio::test(start_paused = true)]
async fn users_whose_pauses_end_while_the_worker_is_held_are_late() {
    let service = Service::new([], Act::Answer(MS));
    // Half of the time: half of them are late by 0 to 100 ms, evenly.
    let holds = vec![[100 * MS, 100 * MS]; 50];
    let crew = of_class(&service, class(Pause::Uniform(130 * MS, 570 * MS), None, &[0]));
    let given = holding(crew, users(50, 10), holds).await;
    let lag = lag(&given);
    assert!(lag.count() > 1000, "{lag:?}");
    assert!((80 * MS..100 * MS).contains(&lag.quantile(0.95)), "{lag:?}");
    assert!(lag.quantile(0.4) <= 3 * MS, "{lag:?}");
}

#[tokio::test(start_paused = true)]
async fn all_starts_of_a_user_with_a_rate_are_late_that_wait_for_the_worker() {
    let service = Service::new([], Act::Answer(MS));
    let crew = of_class(&service, class(Pause::default(), Some(10.0), &[0]));
    let given = holding(crew, users(1, 10), vec![[SECOND, 2 * SECOND]]).await;
    let lag = lag(&given);
    // A fifth, by 0 to 2 s, evenly.
    assert!((1300 * MS..1700 * MS).contains(&lag.quantile(0.95)), "{lag:?}");
    assert!(lag.quantile(0.75) <= 5 * MS, "{lag:?}");
}
