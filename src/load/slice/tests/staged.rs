//! Load that changes within a slice.

use super::super::super::presence::Presence;
use super::super::super::staging::{Timeline, windows};
use super::*;
use crate::model::{Quantity, Stage, Stages};

/// Stages from nothing: the load at the end of each, and seconds.
pub(super) fn stages(quantity: Quantity, to: &[(f64, u32)]) -> Stages {
    let mut from = 0.0;
    let mut stages = Vec::new();
    for &(to, seconds) in to {
        if seconds > 0 {
            stages.push(Stage { from, to, over: SECOND * seconds, success: None });
        }
        from = to;
    }
    Stages { quantity, stages }
}

fn spike() -> Stages {
    stages(Quantity::Users, &[(1.0, 0), (1.0, 2), (11.0, 2), (11.0, 2), (1.0, 0), (1.0, 2)])
}

pub(super) fn pass(stages: &Stages) -> Order {
    let begin = Instant::now() + 2 * MS;
    let load = match stages.quantity {
        Quantity::Users => {
            let presence = Presence::of(stages);
            SliceLoad::Presence { presence, leaving: Leaving::HangsUp }
        }
        Quantity::Rate => SliceLoad::Arrivals {
            schedule: Schedule::of(stages),
            arrivals: Arrivals::Even,
            users: 50,
        },
    };
    Order {
        tasks: None,
        endpoints: vec![0],
        load,
        begin,
        duration: stages.duration(),
        seed: 1,
        timeline: Some(Timeline::new(stages, begin)),
    }
}

fn successes(given: &Yield) -> Vec<u64> {
    given.samples.iter().map(|sample| sample.outcomes.successes).collect()
}

#[tokio::test(start_paused = true)]
async fn users_come_and_go_as_the_stages_say_and_requests_count_where_they_begin() {
    let service = Service::new([], Act::Answer(100 * MS));
    let given = measure(&service, pass(&spike()), 5 * SECOND).await;
    // Ten requests a second for each user at work: 1, then 6.5 in the mean, then 11, 1.
    let counts = successes(&given);
    let near = |count: u64, expected: u64| count.abs_diff(expected) <= expected / 20 + 1;
    let expected = [20, 130, 220, 20];
    assert!(counts.iter().zip(expected).all(|(&count, it)| near(count, it)), "{counts:?}");
    assert_eq!(service.most_open(), 11);
    let lag = given.samples.iter().map(|sample| sample.lag.max()).max();
    assert!(lag < Some(3 * MS), "{lag:?}");
    assert!(given.samples.iter().all(|sample| near_latency(sample.latency.max())));
}

fn near_latency(latency: Duration) -> bool {
    near(latency, 100 * MS)
}

#[tokio::test(start_paused = true)]
async fn a_user_beyond_the_curve_ends_the_request_under_way_and_hangs_up() {
    let stages = stages(Quantity::Users, &[(3.0, 0), (3.0, 1), (1.0, 0), (1.0, 1)]);
    let service = Service::new([], Act::Answer(700 * MS));
    let given = measure(&service, pass(&stages), 5 * SECOND).await;
    // Three begin at 0 and 0.7 s; after 1.4 s the first goes on alone.
    assert_eq!(successes(&given), [6, 1]);
    assert_eq!(given.samples[0].outcomes.failed(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_pass_connects_anew() {
    let service = Service::new([], Act::Answer(100 * MS));
    let crew = crew(&service, 1, 5 * SECOND);
    for pass_number in 1..=3 {
        run_crew(Rc::clone(&crew), pass(&spike())).await;
        assert_eq!(service.connections(), pass_number * 11);
    }
}

#[tokio::test(start_paused = true)]
async fn workers_share_the_users_of_stages_without_overlap() {
    let mut total = vec![0; 4];
    for index in 0..3 {
        let service = Service::new([], Act::Answer(100 * MS));
        let script = Script::of(vec![Request::null()], SECOND);
        let crew = Rc::new(Crew::new(service.clone(), script, Seat { index, of: 3 }, ledger(1)));
        let given = run_crew(crew, pass(&spike())).await;
        total.iter_mut().zip(successes(&given)).for_each(|(sum, count)| *sum += count);
    }
    let service = Service::new([], Act::Answer(100 * MS));
    let alone = successes(&measure(&service, pass(&spike()), SECOND).await);
    assert!(total.iter().zip(&alone).all(|(a, b)| a.abs_diff(*b) <= 1), "{total:?} {alone:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_in_stages_is_exact_in_count() {
    let stages = stages(Quantity::Rate, &[(100.0, 2), (100.0, 3), (0.0, 0), (0.0, 1), (50.0, 2)]);
    let service = Service::new([], Act::Answer(5 * MS));
    let given = measure(&service, pass(&stages), SECOND).await;
    assert_eq!(successes(&given), [100, 300, 0, 50]);
    assert_eq!((given.intended, given.sent), (450, 450));
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_the_top_is_told_piece_by_piece() {
    let stages = spike();
    let service = Service::new([], Act::Answer(5 * MS));
    let given = measure(&service, pass(&stages), SECOND).await;
    let windows = windows(&stages, &given.buckets);
    assert_eq!(windows.len(), 4, "{windows:?}");
    assert!(windows.iter().all(|window| near(window.p95, 5 * MS)), "{windows:?}");
    let after: u64 = windows.iter().map(|window| window.successes).sum();
    assert_eq!(after, successes(&given)[3]);
}

#[tokio::test(start_paused = true)]
async fn users_that_are_added_one_by_one_begin_one_by_one_and_keep_their_connections() {
    let service = Service::new([], Act::Answer(10 * SECOND));
    let rate = Rate::per_second(10.0).unwrap();
    let presence = Presence::rising(20, rate, 3 * SECOND);
    let load = SliceLoad::Presence { presence, leaving: Leaving::Stays };
    let crew = crew(&service, 1, 60 * SECOND);
    run_crew(Rc::clone(&crew), Order { load, ..users(20, 5) }).await;
    let starts = service.handed_over();
    assert_eq!(starts.len(), 20);
    let late = starts.iter().enumerate().map(|(n, at)| at.abs_diff(100 * MS * n as u32)).max();
    assert!(late.is_some_and(|late| late <= 2 * MS), "{late:?}");
    run_crew(crew, users(20, 1)).await;
    assert_eq!(service.connections(), 20);
}

#[tokio::test(start_paused = true)]
async fn users_that_are_added_one_by_one_log_in_one_by_one() {
    let service = Service::new([], Act::Answer(10 * SECOND));
    let presence = Presence::rising(20, Rate::per_second(10.0).unwrap(), SECOND);
    let load = SliceLoad::Presence { presence, leaving: Leaving::Stays };
    let crew = Rc::new(identified(&service, None, &[]));
    run_crew(crew, Order { load, ..users(20, 3) }).await;
    // Their logins; nobody is logged in before the end.
    let logins = service.handed_over();
    assert_eq!(logins.len(), 20);
    let late = logins.iter().enumerate().map(|(n, at)| at.abs_diff(100 * MS * n as u32)).max();
    assert!(late.is_some_and(|late| late <= 2 * MS), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn poisson_arrivals_are_exact_in_count_and_shared_by_the_workers() {
    let mut sent = Vec::new();
    for index in 0..3 {
        let service = Service::new([], Act::Answer(MS));
        let script = Script::of(vec![Request::null()], SECOND);
        let crew = Rc::new(Crew::new(service.clone(), script, Seat { index, of: 3 }, ledger(1)));
        let mut order = rate(100.0, 10, 2);
        if let SliceLoad::Arrivals { arrivals, .. } = &mut order.load {
            *arrivals = Arrivals::Poisson;
        }
        let given = run_crew(crew, order).await;
        assert_eq!(given.intended, given.sent);
        sent.extend(service.handed_over());
    }
    assert_eq!(sent.len(), 200);
    sent.sort_unstable();
    let gaps: Vec<_> = sent.windows(2).map(|pair| pair[1].abs_diff(pair[0])).collect();
    let short = gaps.iter().filter(|gap| **gap < 3 * MS).count();
    assert!(
        short > 20,
        "a quarter of exponential gaps is shorter than 0.29 of their mean: {short}"
    );
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_stages_at_once() {
    let service = Service::new([], Act::Answer(300 * MS));
    let stages = stages(Quantity::Users, &[(1.0, 0), (1.0, 3600), (3.0, 3600), (3.0, 3600)]);
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
    let work = super::super::run(crew, pass(&stages), [RuntimeAlarm; 2], &stop, |_| {});
    local.run_until(async { tokio::join!(work, asked) }).await;
    assert!(begin.elapsed() < 2 * SECOND, "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn answers_are_completed_in_the_stage_in_which_they_end_if_there_is_one() {
    let stages = stages(Quantity::Users, &[(10.0, 0), (10.0, 1), (10.0, 4), (1.0, 0), (1.0, 2)]);
    let service = Service::new([], Act::Answer(1500 * MS));
    let given = measure(&service, pass(&stages), 5 * SECOND).await;
    // Ten begin at 0, 1.5, 3 and 4.5 s; after that one goes on, at 6 s.
    assert_eq!(successes(&given), [10, 30, 1]);
    let completed: Vec<_> = given.samples.iter().map(|sample| sample.completed).collect();
    assert_eq!(completed, [0, 30, 10].map(Some));
}

#[tokio::test(start_paused = true)]
async fn progress_is_that_of_the_stage_under_way() {
    let stages = stages(Quantity::Users, &[(1.0, 0), (1.0, 1), (1.0, 1)]);
    let quick = (0..10).map(|_| Act::Answer(100 * MS));
    let service = Service::new(quick, Act::Answer(10 * MS));
    let stop = AtomicBool::new(false);
    let mut told = Vec::new();
    let local = tokio::task::LocalSet::new();
    let work = super::super::run(
        crew(&service, 1, SECOND),
        pass(&stages),
        [RuntimeAlarm; 2],
        &stop,
        |now| {
            told.push(now.p95);
        },
    );
    local.run_until(work).await;
    let p95 = |at: usize| told[at].unwrap_or_default();
    assert!(near(p95(5), 100 * MS) && near(p95(18), 10 * MS), "{told:?}");
}
