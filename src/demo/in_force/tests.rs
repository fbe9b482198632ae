use super::*;

fn in_force(clock: &Clock, faults: &[&str]) -> InForce {
    let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    InForce::new(clock.clone(), 1, &faults)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn additions(faults: &InForce, requests: usize) -> Vec<Duration> {
    (0..requests).map(|_| faults.admit(Route::Health).unwrap().addition).collect()
}

#[test]
fn a_fault_of_one_route_leaves_the_others_alone() {
    let faults = in_force(&Clock::manual(), &["GET /clients factor=3", "factor=2 add=1ms"]);
    let clients = faults.admit(Route::Clients).unwrap();
    let health = faults.admit(Route::Health).unwrap();
    assert!((clients.factor - 6.0).abs() < 1e-12);
    assert!((health.factor - 2.0).abs() < 1e-12);
    assert_eq!((clients.addition, health.addition), (ms(1), ms(1)));
}

#[test]
fn a_fault_begins_after_so_many_requests_and_clears_after_so_many_more() {
    let faults = in_force(&Clock::manual(), &["add=5ms after=2 clear-after=3"]);
    let expected = [0, 0, 5, 5, 5, 0, 0].map(ms);
    assert_eq!(additions(&faults, 7), expected);
    let all = faults.all();
    assert_eq!((all[0].matched(), all[0].hit(), all[0].is_over()), (7, 3, true));
}

#[test]
fn clearing_counts_the_requests_of_the_own_route_only() {
    let faults = in_force(&Clock::manual(), &["GET /clients add=5ms clear-after=1"]);
    assert_eq!(additions(&faults, 3), [ms(0); 3]);
    assert_eq!(faults.admit(Route::Clients).unwrap().addition, ms(5));
    assert_eq!(faults.admit(Route::Clients).unwrap().addition, ms(0));
}

#[test]
fn a_share_hits_the_same_requests_of_a_route_whatever_comes_between() {
    let hit = |between: usize| -> Vec<bool> {
        let faults = in_force(&Clock::manual(), &["add=5ms share=10%"]);
        (0..1_000)
            .map(|_| {
                for _ in 0..between {
                    faults.admit(Route::Clients).unwrap();
                }
                faults.admit(Route::Health).unwrap().addition > Duration::ZERO
            })
            .collect()
    };
    let alone = hit(0);
    assert_eq!(alone, hit(3));
    let hits = alone.iter().filter(|hit| **hit).count();
    assert!((70..=130).contains(&hits), "{hits} of 1000");
}

#[test]
fn a_stall_stops_all_who_come_while_it_lasts_and_never_again() {
    let clock = Clock::manual();
    let faults = in_force(&clock, &["stall=500ms"]);
    assert_eq!(additions(&faults, 2), [ms(500); 2]);
    clock.advance(ms(300));
    assert_eq!(additions(&faults, 1), [ms(200)]);
    clock.advance(ms(300));
    assert_eq!(additions(&faults, 1), [ms(0)]);
}

#[test]
fn the_limiter_throttles_at_its_limit_and_lets_through_in_the_next_window() {
    let clock = Clock::manual();
    let faults = in_force(&clock, &["rate-limit=2/1s"]);
    assert!(faults.admit(Route::Health).is_ok());
    clock.advance(ms(400));
    assert!(faults.admit(Route::Clients).is_ok());
    assert_eq!(faults.admit(Route::Health).unwrap_err(), Turned::Limited(ms(600)));
    clock.advance(ms(599));
    assert_eq!(faults.admit(Route::Health).unwrap_err(), Turned::Limited(ms(1)));
    clock.advance(ms(1));
    assert!(faults.admit(Route::Health).is_ok());
}

#[test]
fn a_cold_start_falls_in_a_line_over_requests_or_over_time() {
    let clock = Clock::manual();
    let by_requests = in_force(&clock, &["cold-start=40ms requests=4"]);
    assert_eq!(additions(&by_requests, 6), [40, 30, 20, 10, 0, 0].map(ms));
    let by_time = in_force(&clock, &["cold-start=40ms for=4s"]);
    assert_eq!(additions(&by_time, 1), [ms(40)]);
    clock.advance(ms(3_000));
    assert_eq!(additions(&by_time, 1), [ms(10)]);
    clock.advance(ms(3_000));
    assert_eq!(additions(&by_time, 1), [ms(0)]);
}

#[test]
fn a_full_service_turns_away_until_a_request_has_left() {
    let faults = in_force(&Clock::manual(), &["capacity=2"]);
    let first = faults.admit(Route::Health).unwrap();
    let second = faults.admit(Route::Health).unwrap();
    assert_eq!(faults.admit(Route::Health).unwrap_err(), Turned::Full);
    drop(first);
    assert!(faults.admit(Route::Health).is_ok());
    drop(second);
}

#[test]
fn replicas_join_one_at_a_time() {
    let clock = Clock::manual();
    let faults = in_force(&clock, &["capacity=1 rises-every=10s"]);
    let held = faults.admit(Route::Health).unwrap();
    assert!(faults.admit(Route::Health).is_err());
    clock.advance(ms(10_000));
    let joined = faults.admit(Route::Health).unwrap();
    assert_eq!(faults.admit(Route::Health).unwrap_err(), Turned::Full);
    drop((held, joined));
}

#[test]
fn requests_that_were_in_flight_when_faults_were_set_anew_give_back_their_old_place() {
    let faults = in_force(&Clock::manual(), &["capacity=1"]);
    let old = faults.admit(Route::Health).unwrap();
    faults.set(&["capacity=1".parse().unwrap()]);
    let new = faults.admit(Route::Health).unwrap();
    drop(old);
    assert_eq!(faults.admit(Route::Health).unwrap_err(), Turned::Full);
    drop(new);
}

#[test]
fn a_leak_grows_with_each_request_and_is_let_go_when_faults_are_cleared() {
    let faults = in_force(&Clock::manual(), &["leak=1KiB"]);
    additions(&faults, 5);
    assert_eq!(faults.all()[0].leaked(), 5 * 1024);
    faults.set(&[]);
    assert!(faults.all().is_empty());
}

#[test]
fn leaks_stop_at_their_bound_together() {
    let faults = in_force(&Clock::manual(), &["leak=1MiB", "leak=1MiB"]);
    additions(&faults, 300);
    let leaked: u64 = faults.all().iter().map(Active::leaked).sum();
    assert_eq!(leaked, Effect::MOST_LEAKED);
}
