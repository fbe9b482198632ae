//! A worker that cannot keep up with what it has to read.

use super::*;

#[tokio::test(start_paused = true)]
async fn answers_that_lie_unread_show_in_the_poll_delay_where_the_lag_shows_nothing() {
    // 50 answers come at once, again and again, and reading one keeps the worker for 1 ms.
    let service = Service::new([], Act::Hold(MS));
    let given = measure(&service, users(50, 2), 5 * SECOND).await;
    let sample = &given.samples[0];
    assert!(sample.lag.quantile(0.95) < MS, "{:?}", sample.lag);
    assert!(given.poll_delay.count() > 300, "{:?}", given.poll_delay);
    assert!(given.poll_delay.quantile(0.95) > 20 * MS, "{:?}", given.poll_delay);
}

#[tokio::test(start_paused = true)]
async fn answers_that_come_late_are_no_delay_of_the_worker() {
    let service = Service::new([], Act::Answer(50 * MS));
    let given = measure(&service, users(50, 2), 5 * SECOND).await;
    assert!(given.poll_delay.count() > 300, "{:?}", given.poll_delay);
    assert_eq!(given.poll_delay.max(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn answers_that_lie_unread_after_the_slice_show_too() {
    // The answers of one second come in the next, in the middle of which the worker is held.
    let service = Service::new([], Act::Answer(1500 * MS));
    let load = rate(80.0, 200, 1);
    let holder = async {
        tokio::time::sleep(1700 * MS).await;
        tokio::time::advance(500 * MS).await;
    };
    let (given, ()) = tokio::join!(measure(&service, load, 5 * SECOND), holder);
    assert!(given.poll_delay.quantile(0.95) > 300 * MS, "{:?}", given.poll_delay);
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_in_vain_tells_nothing_of_the_worker() {
    let service = Service::new([], Act::Hang);
    let given = measure(&service, users(1, 1), 60 * SECOND).await;
    assert!((300..370).contains(&given.poll_delay.count()), "{:?}", given.poll_delay);
}
