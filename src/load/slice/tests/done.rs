//! What is done while load is due, and what comes after.

use super::*;

fn completed(given: &Yield) -> Vec<Option<u64>> {
    given.samples.iter().map(|sample| sample.completed).collect()
}

#[tokio::test(start_paused = true)]
async fn a_service_behind_its_rate_has_done_what_it_answered_in_time_and_not_its_backlog() {
    // Fifty a second, asked for a hundred.
    let service = Service::new([], Act::Answer(20 * MS));
    let given = measure(&service, rate(100.0, 1, 3), 10 * SECOND).await;
    assert_eq!(given.samples[0].outcomes.successes, 300);
    let [Some(done)] = completed(&given)[..] else { panic!("{given:?}") };
    // The runtime's timer rounds each answer up by as much as a millisecond; a twentieth of those 150 is
    // answered within 0.16 s, in which some 8 more are.
    assert!((145..=158).contains(&done), "{done}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_keeps_up_has_done_all_however_long_an_answer_takes() {
    let service = Service::new([], Act::Answer(500 * MS));
    let given = measure(&service, rate(100.0, 100, 3), 10 * SECOND).await;
    assert_eq!(given.samples[0].outcomes.successes, 300);
    let [Some(done)] = completed(&given)[..] else { panic!("{given:?}") };
    assert!((298..=300).contains(&done), "{done}");
}

#[tokio::test(start_paused = true)]
async fn users_without_a_rate_have_done_no_more_than_they_can_do_in_the_time() {
    // One and a half each.
    let service = Service::new([], Act::Answer(2 * SECOND));
    let given = measure(&service, users(3, 3), 10 * SECOND).await;
    assert_eq!(given.samples[0].outcomes.successes, 6);
    assert_eq!(completed(&given), [Some(3)]);
    let service = Service::new([], Act::Answer(1900 * MS));
    let pausing = class(Pause::default(), None, &[0]);
    let given = measure_class(&service, pausing, 40).await;
    let Some(done) = given.samples[1].completed else { panic!("{given:?}") };
    assert!((200..=210).contains(&done), "{done}: each user five and a quarter in 10 s");
}

#[tokio::test(start_paused = true)]
async fn users_with_a_rate_that_the_service_keeps_up_with_have_done_all() {
    let service = Service::new([], Act::Answer(500 * MS));
    let steady = class(Pause::default(), Some(1.0), &[0]);
    let given = measure_class(&service, steady, 20).await;
    let Some(done) = given.samples[1].completed else { panic!("{given:?}") };
    assert!((198..=200).contains(&done), "{done}");
}

/// What each of two steps of a task comes to a second, of the time in which it could begin, if each answer
/// takes 800 ms.
async fn steps_a_second(rate: Option<f64>, load: Order) -> [f64; 2] {
    let service = Service::new([], Act::Answer(800 * MS));
    let mut script = Script::of(vec![Request::null(); 2], 10 * SECOND);
    script.cast = Cast::new(&[class(Pause::default(), rate, &[0, 1])]);
    let crew = Rc::new(Crew::new(service, script, Seat { index: 0, of: 1 }, ledger(2)));
    let given = run_crew(crew, Order { endpoints: vec![0, 1], ..load }).await;
    let a_second = |sample: &Sample| sample.done() as f64 / sample.measured.as_secs_f64();
    [a_second(&given.samples[0]), a_second(&given.samples[1])]
}

#[tokio::test(start_paused = true)]
async fn a_later_step_at_a_rate_that_the_service_keeps_up_with_comes_to_it_too() {
    let [first, second] = steps_a_second(None, rate(90.0, 200, 5)).await;
    assert!((89.0..=90.5).contains(&first), "{first}");
    assert!((89.0..=90.5).contains(&second), "{second}");
    // Of users with a rate, half a start each is before the first of them all.
    let [first, second] = steps_a_second(Some(0.5), users(100, 10)).await;
    assert!((48.0..=50.5).contains(&first), "{first}");
    assert!((48.0..=50.5).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_later_step_of_a_service_behind_its_rate_comes_to_what_the_service_does() {
    // Forty at a time, each for 1.6 s.
    let [_, second] = steps_a_second(None, rate(90.0, 40, 20)).await;
    assert!((22.0..=26.5).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn users_without_a_rate_have_all_the_time_for_a_later_step() {
    // Three tasks each in five seconds.
    let [first, second] = steps_a_second(None, users(10, 5)).await;
    assert!((first - 6.0).abs() < 0.01, "{first}");
    assert!((second - 6.0).abs() < 0.01, "{second}");
}

#[tokio::test(start_paused = true)]
async fn workers_have_done_together_what_each_of_them_has() {
    let mut whole = Sample::default();
    for index in 0..2 {
        let service = Service::new([], Act::Answer(20 * MS));
        let script = Script::of(vec![Request::null()], 10 * SECOND);
        let crew = Rc::new(Crew::new(service, script, Seat { index, of: 2 }, ledger(1)));
        whole.merge(&run_crew(crew, rate(200.0, 2, 3)).await.samples[0]);
    }
    assert_eq!(whole.outcomes.successes, 600);
    assert!((290..=316).contains(&whole.done()), "{}", whole.done());
}

#[tokio::test(start_paused = true)]
async fn what_ends_with_its_tasks_has_no_time_in_which_it_is_done() {
    let service = Service::new([], Act::Answer(MS));
    let given = measure(&service, Order { tasks: Some(5), ..users(1, 3600) }, SECOND).await;
    assert_eq!(given.samples[0].outcomes.successes, 5);
    assert_eq!((completed(&given), given.samples[0].done()), (vec![None], 5));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_hangs_makes_no_worker_less_busy() {
    let service = Service::new([Act::Hang], Act::Answer(MS));
    let given = measure(&service, users(2, 1), 10 * SECOND).await;
    assert_eq!(given.samples[0].outcomes.failures[&Failure::Timeout], 1);
    assert!(near(given.busy.wall, SECOND), "{:?}", given.busy);
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_busy_from_the_begin_of_a_slice_to_the_end_of_its_last_task() {
    let service = Service::new([], Act::Answer(100 * MS));
    let begin = Instant::now() + 50 * MS;
    let order = Order { tasks: Some(5), begin, ..users(1, 3600) };
    let given = measure(&service, order, SECOND).await;
    assert!(near(given.busy.wall, 450 * MS), "{:?}", given.busy);
}
