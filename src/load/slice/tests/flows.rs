//! Flows of an open loop: what only follows begins no later than anything else.

use super::*;
use crate::load::origin::Origin;
use crate::load::own_cookies::Cookies;
use crate::load::supply::Supplies;
use crate::model::{self, EndpointKind, Escape, Method, Part, Slot, Template};

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

/// A request for a value that nobody has.
fn without_a_value() -> Request {
    let path = Template::new("{id}", vec![Part::Value(Slot(0), Escape::None)]);
    let described = model::Request::plain(Method::new("GET").unwrap(), path);
    let origin = Origin::parse("http://service").unwrap();
    let names = ["id".to_owned()];
    Request::new(&origin, &described, "it", &Supplies::new(&[]), &names, Cookies::Alone).unwrap()
}

/// What becomes of the second of two steps when their users log in, which takes 400 ms, for the first,
/// which they then have no value for.
async fn behind_a_skipped_step(class: UserClass, order: Order) -> (Yield, Sample) {
    let service = Service::new([Act::Answer(400 * MS)], Act::Answer(MS));
    let mut crew = identified(&service, None, &[class]);
    crew.script.values = 1;
    crew.script.acts[0] = crate::load::act::Act::Request(without_a_value());
    let order = Order { endpoints: vec![0, 1], ..order };
    let given = run_crew(Rc::new(crew), order).await;
    assert_eq!(given.samples[0].outcomes.total(), 0);
    assert!(given.samples[0].outcomes.skipped > 0);
    let second = given.samples[1].clone();
    assert!(second.outcomes.successes > 0, "{:?} {:?}", given.fatal, second.outcomes);
    (given, second)
}

#[tokio::test(start_paused = true)]
async fn a_login_for_a_step_that_is_then_skipped_is_no_time_of_the_next() {
    let pausing = class(Pause::Constant(10 * MS), None, &[0, 1]);
    let steady = class(Pause::default(), Some(10.0), &[0, 1]);
    let of_arrivals = class(Pause::default(), None, &[0, 1]);
    let orders: [fn() -> Order; 3] = [|| users(1, 1), || users(1, 2), || rate(2.0, 1, 1)];
    for (class, order) in [pausing, steady, of_arrivals].into_iter().zip(orders) {
        let (given, second) = behind_a_skipped_step(class, order()).await;
        assert!(second.latency.max() <= 3 * MS, "{:?}", second.latency.max());
        assert!(second.lag.max() <= 3 * MS, "{:?}", second.lag.max());
        assert_eq!(given.sent, given.intended);
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_waited_behind_another_task_has_waited_though_the_one_before_it_is_skipped() {
    let service = Service::new([Act::Answer(500 * MS)], Act::Answer(MS));
    let mut script = Script::of(vec![Request::null(); 2], 5 * SECOND);
    script.acts[0] = crate::load::act::Act::Part(EndpointKind::Request);
    script.cast = Cast::new(&[class(Pause::default(), Some(10.0), &[0, 1])]);
    let seat = Seat { index: 0, of: 1 };
    let crew = Rc::new(Crew::new(service, script, seat, ledger(1)));
    let given = run_crew(crew, Order { endpoints: vec![0, 1], ..users(1, 2) }).await;
    // Those 100, 200, 300 and 400 ms after the one that took 500.
    let waited = given.samples[1].latency.quantile(0.9);
    assert!(waited > 150 * MS, "{waited:?}");
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
