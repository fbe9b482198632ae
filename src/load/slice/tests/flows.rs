//! Flows of an open loop: what only follows begins no later than anything else.

use super::*;

/// A second of ten arrivals a second, each with two steps.
fn flows(service: &Service) -> (Rc<Crew<Service>>, Order) {
    let mut script = Script::of(vec![Request::null(); 2], 5 * SECOND);
    script.cast = Cast::new(&[class(Pause::default(), None, &[0, 1])]);
    let seat = Seat { index: 0, of: 1 };
    let crew = Rc::new(Crew::new(service.clone(), script, seat, ledger(1)));
    (crew, Order { endpoints: vec![0, 1], ..rate(10.0, 100, 1) })
}

fn sent(given: &Yield) -> Vec<u64> {
    given.samples.iter().map(|sample| sample.outcomes.total()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_step_that_would_begin_after_the_end_does_not() {
    let service = Service::new([], Act::Answer(350 * MS));
    let (crew, order) = flows(&service);
    // Those at 0, 100, ... 600 ms are free again before the end.
    assert_eq!(sent(&run_crew(crew, order).await), [10, 7]);
}

#[tokio::test(start_paused = true)]
async fn an_arrival_that_found_a_connection_late_is_sent_after_the_end_all_the_same() {
    let service = Service::new([], Act::Answer(MS));
    let (crew, order) = flows(&service);
    let given = run_crew(crew, order).await;
    assert_eq!((sent(&given), given.intended, given.sent), (vec![10, 10], 10, 10));
    let slow = Service::new([Act::Answer(3 * SECOND)], Act::Answer(MS));
    let (crew, order) = flows(&slow);
    let SliceLoad::Arrivals { schedule, arrivals, .. } = order.load.clone() else {
        panic!("an open loop")
    };
    let load = SliceLoad::Arrivals { schedule, arrivals, users: 1 };
    assert_eq!(sent(&run_crew(crew, Order { load, ..order }).await), [10, 0]);
}

#[tokio::test(start_paused = true)]
async fn no_step_begins_after_a_request_to_stop() {
    let service = Service::new([], Act::Answer(350 * MS));
    let stop = Arc::new(AtomicBool::new(false));
    let asked = {
        let stop = Arc::clone(&stop);
        async move {
            tokio::time::sleep(150 * MS).await;
            stop.store(true, Ordering::Relaxed);
        }
    };
    let (crew, order) = flows(&service);
    let local = tokio::task::LocalSet::new();
    let work = run(crew, order, [RuntimeAlarm; 2], &stop, |_| {});
    let (given, ()) = local.run_until(async { tokio::join!(work, asked) }).await;
    assert_eq!(sent(&given), [2, 0]);
}
