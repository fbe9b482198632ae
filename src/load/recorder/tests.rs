//! What a worker counts of a slice, and what of it in its time.

use super::*;

fn times(latency: Duration) -> Times {
    let (lag, receipt) = (Duration::ZERO, Receipt::AtOnce);
    Times { latency, service_time: latency, lag, receipt, unread: None }
}

#[test]
fn a_time_that_answers_tell_is_in_no_count_and_no_percentile_of_all_requests() {
    let kinds = [EndpointKind::Request, EndpointKind::Timer];
    let mut recorder = Recorder::new(kinds.into(), None, None);
    let place = |position| Place { position, intended: Instant::now(), start: Start::User };
    let taken = Duration::from_millis(10);
    recorder.request(place(0), Outcome::Success, times(taken), 0);
    for _ in 0..99 {
        recorder.time(1, place(0), Instant::now(), Some(Duration::from_secs(9)));
    }
    let Progress { requests, failures, p95 } = recorder.progress();
    assert_eq!((requests, failures), (1, 0));
    assert!(p95.unwrap() < 2 * taken, "{p95:?}");
}

#[test]
fn a_counter_comes_a_second_to_what_its_requests_do() {
    let begin = Instant::now();
    let second = Duration::from_secs(1);
    let counted = |until, start| {
        let mut recorder = Recorder::new([EndpointKind::Request].into(), None, until);
        for latency in [1, 9, 10, 12] {
            let latency = second * latency;
            let place = Place { position: 0, intended: begin, start };
            recorder.request(place, Outcome::Success, times(latency), 0);
            recorder.count(1, place, begin + latency, Some(2.0));
            recorder.count(1, place, begin + latency, None);
        }
        let (samples, counts, _) = recorder.into_parts(10 * second);
        assert_eq!(counts[0], Count { completed: until.map(|_| 0.0), ..Count::default() });
        (counts[1].total, counts[1].missed, counts[1].completed, samples[0].completed)
    };
    let until = Some(begin + 10 * second);
    // The sum is of all there is.
    assert_eq!(counted(until, Start::AT_RATE), (8.0, 4, Some(6.0), Some(3)));
    assert_eq!(counted(until, Start::User), (8.0, 4, Some(4.0), Some(2)));
    assert_eq!(counted(None, Start::AT_RATE), (8.0, 4, None, None));
}

#[test]
fn what_ended_in_the_time_of_the_slice_is_completed_whenever_it_began() {
    let begin = Instant::now();
    let second = Duration::from_secs(1);
    let kinds = [EndpointKind::Request, EndpointKind::Timer];
    let completed = |until, start| {
        let mut recorder = Recorder::new(kinds.into(), None, until);
        let place = Place { position: 0, intended: begin, start };
        let failed = Outcome::Failed(Failure::Status5xx);
        for (latency, outcome) in [
            (1, Outcome::Success),
            (9, Outcome::Allowed(404)),
            // As long after the end as the fastest after the begin is in time.
            (10, Outcome::Success),
            (12, Outcome::Success),
            (1, failed),
        ] {
            let latency = second * latency;
            recorder.request(place, outcome, times(latency), 0);
        }
        for end in [9, 10, 12] {
            // What an answer tells is no time after which it could have come.
            recorder.time(1, place, begin + second * end, Some(30 * second));
        }
        let samples = recorder.into_parts(10 * second).0;
        samples.iter().map(|sample| sample.completed).collect::<Vec<_>>()
    };
    let until = Some(begin + 10 * second);
    assert_eq!(completed(until, Start::AT_RATE), [Some(3), Some(2)]);
    // Who asks when it has an answer asks no more often for its last one.
    assert_eq!(completed(until, Start::User), [Some(2), Some(1)]);
    // As many as there are to be done, whatever time they take.
    assert_eq!(completed(None, Start::AT_RATE), [None, None]);
}

#[test]
fn a_step_that_follows_others_has_the_time_that_the_fastest_of_them_leave_it() {
    let begin = Instant::now();
    let second = Duration::from_secs(1);
    let time_for = |after: &[u32]| {
        let until = Some(begin + 10 * second);
        let mut recorder = Recorder::new([EndpointKind::Request].into(), None, until);
        for after in after {
            let after = second * *after;
            let start = Start::Rate { after };
            let place = Place { position: 0, intended: begin + after, start };
            recorder.request(place, Outcome::Success, times(second), 0);
        }
        (recorder.into_parts(10 * second).0[0].measured + second / 2).as_secs()
    };
    assert_eq!(time_for(&[2; 100]), 8);
    assert_eq!(time_for(&[0; 100]), 10);
    // By the fastest, for of a service that falls behind later ones say nothing but how far; not by
    // the one that was faster than any.
    let one_by_one: Vec<u32> = (0..100).map(|n| if n < 50 { 2 } else { 9 }).collect();
    assert_eq!(time_for(&one_by_one), 8);
    assert_eq!(time_for(&[&[1], &[3; 99][..]].concat()), 7);
    // What is a first step too has all the time.
    assert_eq!(time_for(&[&[0; 10], &[3; 90][..]].concat()), 10);
    assert_eq!(time_for(&[&[0; 2], &[3; 98][..]].concat()), 7);
    // What did not succeed is not known.
    assert_eq!(time_for(&[]), 0);
}
