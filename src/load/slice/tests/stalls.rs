//! Users with a rate whom an answer keeps beyond the stage in which they asked.

use super::staged::{pass, stages};
use super::*;
use crate::model::{Quantity, Stages};

/// A pass of users who begin ten tasks a second each.
async fn paced(service: &Service, stages: &Stages) -> Yield {
    let mut script = Script::of(vec![Request::null(); 2], 60 * SECOND);
    script.cast = Cast::new(&[class(Pause::default(), Some(10.0), &[0])]);
    let seat = Seat { index: 0, of: 1 };
    run_crew(Rc::new(Crew::new(service.clone(), script, seat, ledger(1))), pass(stages)).await
}

fn dropped(given: &Yield) -> Vec<u64> {
    let of = |sample: &Sample| sample.outcomes.failures.get(&Failure::Dropped).copied();
    given.samples.iter().map(|sample| of(sample).unwrap_or(0)).collect()
}

fn totals(given: &Yield) -> Vec<u64> {
    given.samples.iter().map(|sample| sample.outcomes.total()).collect()
}

#[tokio::test(start_paused = true)]
async fn missed_starts_are_dropped_in_the_stage_in_which_they_were_due() {
    let stages = stages(Quantity::Users, &[(1.0, 0), (1.0, 2), (1.0, 3)]);
    let service = Service::new([], Act::Answer(30 * SECOND));
    let given = paced(&service, &stages).await;
    // The first is sent.
    assert_eq!((totals(&given), dropped(&given)), (vec![20, 30], vec![19, 30]));
    assert_eq!((given.intended, given.sent), (50, 1));
}

#[tokio::test(start_paused = true)]
async fn missed_starts_are_dropped_in_the_window_in_which_they_were_due() {
    let stages =
        stages(Quantity::Users, &[(1.0, 0), (1.0, 1), (2.0, 0), (2.0, 1), (1.0, 0), (1.0, 2)]);
    let service = Service::new([], Act::Answer(30 * SECOND));
    let given = paced(&service, &stages).await;
    let windows = super::super::super::staging::windows(&stages, &given.buckets);
    // Too few successes for windows of their own.
    let failures: u64 = windows.iter().map(|window| window.failures).sum();
    assert_eq!(failures, 20, "{windows:?}");
}

#[tokio::test(start_paused = true)]
async fn a_user_who_is_kept_until_its_next_stretch_has_all_starts_of_that_to_begin() {
    let stages =
        stages(Quantity::Users, &[(2.0, 0), (2.0, 1), (1.0, 0), (1.0, 1), (2.0, 0), (2.0, 2)]);
    let even = paced(&Service::new([], Act::Answer(MS)), &stages).await;
    assert_eq!(dropped(&even), [0, 0, 0]);
    // Both of the first answers take until the middle of the last stage.
    let slow = [Act::Answer(3 * SECOND), Act::Answer(3 * SECOND)];
    let kept = paced(&Service::new(slow, Act::Answer(MS)), &stages).await;
    assert_eq!(kept.intended, even.intended);
    assert_eq!(totals(&kept).iter().sum::<u64>(), even.intended);
    let late = kept.samples[2].latency.max();
    assert!(late > 500 * MS, "what was due while it was kept has waited: {late:?}");
    // And even after its end.
    let kept = paced(&Service::new([], Act::Answer(30 * SECOND)), &stages).await;
    assert_eq!((kept.intended, kept.sent), (even.intended, 2));
}

#[tokio::test(start_paused = true)]
async fn a_user_with_a_rate_who_has_done_all_its_tasks_has_missed_none() {
    let service = Service::new([], Act::Answer(MS));
    let mut script = Script::of(vec![Request::null()], SECOND);
    script.cast = Cast::new(&[class(Pause::default(), Some(10.0), &[0])]);
    let seat = Seat { index: 0, of: 1 };
    let crew = Rc::new(Crew::new(service, script, seat, ledger(1)));
    let given = run_crew(crew, Order { tasks: Some(5), ..users(1, 3600) }).await;
    assert_eq!((totals(&given), dropped(&given)), (vec![5], vec![0]));
}
