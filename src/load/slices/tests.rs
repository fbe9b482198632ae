use std::num::NonZeroU32;

use super::*;
use crate::model::{
    Action, Arrivals, Behaviour, Budgets, ConnectionPolicy, Endpoint, EndpointGate, Failure, Kind,
    Method, Outcome, Page, Quantity, Rate, Request, Resolved, Socket, Stage, Stages, Steward,
    WarmUp, Workload,
};

const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn plan(users: u32, endpoints: usize) -> Plan {
    let endpoint = |number| Endpoint {
        name: format!("GET /{number}").parse().unwrap(),
        action: Action::Request(Request::plain(
            Method::new("GET").unwrap(),
            Resolved::plain(format!("/{number}")).into(),
        )),
        budgets: Budgets::default(),
        gate: EndpointGate::default(),
        cleanup: None,
        limiter: None,
    };
    Plan {
        scenario: "baseline".parse().unwrap(),
        environment: "default".parse().unwrap(),
        base_url: Resolved::plain("http://127.0.0.1:1"),
        ready: None,
        endpoints: (0..endpoints).map(endpoint).collect(),
        kind: Kind::default(),
        load: Load::Users(NonZeroU32::new(users).unwrap()),
        behaviour: Behaviour::default(),
        steward: Steward::default(),
        duration: 10 * SECOND,
        rounds: NonZeroU32::new(5).unwrap(),
        warm_up: WarmUp { duration: 2 * SECOND, requests: 50, spawn_rate: None },
        connection: ConnectionPolicy::within(10 * SECOND),
        off_limits: Vec::new(),
        seed: 1,
        workload: Workload::default(),
    }
}

fn sample(successes: u64, failures: u64) -> Sample {
    let mut sample = Sample::default();
    for _ in 0..successes {
        sample.outcomes.record(Outcome::Success);
    }
    for _ in 0..failures {
        sample.outcomes.record(Outcome::Failed(Failure::Status5xx));
    }
    sample
}

fn staged() -> Plan {
    let stage = |from, to| Stage { from, to, over: 5 * SECOND, success: None };
    let stages = vec![stage(0.0, 9.0), stage(9.0, 9.0), stage(2.0, 2.0)];
    let stages = Stages { quantity: Quantity::Users, stages };
    let rounds = NonZeroU32::new(3).unwrap();
    let duration = stages.duration() * 3;
    Plan { load: Load::StagedUsers(stages), rounds, duration, ..plan(1, 2) }
}

#[test]
fn a_round_of_stages_is_one_pass_that_no_slow_endpoint_makes_longer() {
    let mut pace = Pace::new(&staged());
    let warm_up = pace.warm_up_slices(&[0, 1]);
    assert_eq!(warm_up[0].form, Form::Level);
    pace.learn(&warm_up[0], &[sample(1, 0), sample(1, 0)]);
    let slices = pace.slices(&[1, 0]);
    let [pass] = &slices[..] else { panic!("{slices:?}") };
    assert_eq!(
        (pass.form, pass.duration, &pass.endpoints),
        (Form::Stages, 15 * SECOND, &vec![1, 0])
    );
    assert_eq!(pace.more(pass, &[sample(1, 0), sample(1, 0)]), None);
    assert_eq!(pace.round_time(2), 15 * SECOND);
}

#[test]
fn stages_warm_up_with_the_least_load_that_holds() {
    let plan = staged();
    let warm_up = &Pace::new(&plan).warm_up_slices(&[0, 1])[0];
    let load = super::super::shape::slice_load(&plan, warm_up);
    assert!(matches!(load, super::super::slice::SliceLoad::Users(2)), "{load:?}");
}

#[test]
fn users_that_are_added_make_the_warm_up_longer_by_the_time_it_takes() {
    let mut plan = plan(20, 2);
    plan.warm_up.spawn_rate = crate::model::Rate::per_second(4.0);
    let pace = Pace::new(&plan);
    let warm_up = &pace.warm_up_slices(&[0, 1])[0];
    assert_eq!((warm_up.form, warm_up.duration), (Form::Rising, 7 * SECOND));
    assert_eq!(pace.warm_up_time(), 7 * SECOND);
    let more = pace.more_warm_up(warm_up, &[sample(1, 0), sample(49, 0)]).unwrap();
    assert_eq!(more.form, Form::Level, "they are all there by then");
    assert_eq!(pace.slices(&[0, 1])[0].form, Form::Level);
}

fn durations(slices: &[Slice]) -> Vec<f64> {
    slices.iter().map(|slice| slice.duration.as_secs_f64()).collect()
}

#[test]
fn one_user_visits_the_endpoints_in_turn_and_shares_the_round_out() {
    let pace = Pace::new(&plan(1, 4));
    let slices = pace.slices(&[2, 0, 3, 1]);
    let order: Vec<_> = slices.iter().map(|slice| slice.endpoints.clone()).collect();
    assert_eq!(order, [[2], [0], [3], [1]]);
    assert_eq!(durations(&slices), [0.5; 4]);
    assert_eq!(pace.round_time(4), 2 * SECOND);
    assert_eq!(pace.round_time(1), SECOND / 2);
}

#[test]
fn several_users_send_all_endpoints_mixed_in_one_slice() {
    let pace = Pace::new(&plan(10, 4));
    let slices = pace.slices(&[0, 1, 2, 3]);
    assert_eq!(slices.len(), 1);
    assert_eq!(durations(&slices), [2.0]);
}

#[test]
fn a_slice_grows_for_a_slow_endpoint_and_stays_for_a_fast_one() {
    let mut pace = Pace::new(&plan(1, 2));
    let warm_up = pace.warm_up_slices(&[0, 1]);
    pace.learn(&warm_up[0], &[sample(50, 0)]);
    pace.learn(&warm_up[1], &[sample(5000, 0)]);
    // 50 a second take 8 s for 400 successes, and 15 % more to be safe.
    let grown = durations(&pace.slices(&[0, 1]));
    assert!((grown[0] - 9.2).abs() < 1e-6 && (grown[1] - 1.0).abs() < 1e-6, "{grown:?}");
}

#[test]
fn growth_has_an_end() {
    let mut pace = Pace::new(&plan(1, 1));
    let slice = &pace.warm_up_slices(&[0])[0];
    pace.learn(slice, &[sample(1, 0)]);
    assert_eq!(durations(&pace.slices(&[0])), [30.0]);
}

#[test]
fn more_time_is_not_spent_on_what_mostly_fails() {
    let mut pace = Pace::new(&plan(1, 1));
    let slice = &pace.warm_up_slices(&[0])[0];
    pace.learn(slice, &[sample(1, 20)]);
    assert_eq!(durations(&pace.slices(&[0])), [2.0]);
}

#[test]
fn the_warm_up_goes_on_until_every_endpoint_had_its_requests() {
    let pace = Pace::new(&plan(1, 1));
    let slice = &pace.warm_up_slices(&[0])[0];
    assert_eq!(slice.duration, 2 * SECOND);
    assert_eq!(pace.more_warm_up(slice, &[sample(50, 0)]), None);
    let more = pace.more_warm_up(slice, &[sample(40, 0)]).unwrap();
    assert!(more.duration > 2 * SECOND && more.duration < 3 * SECOND, "{more:?}");
    let none = pace.more_warm_up(slice, &[sample(0, 0)]).unwrap();
    assert_eq!(
        none.duration,
        10 * SECOND,
        "an endpoint that does not answer is given up in the end"
    );
    assert_eq!(pace.more_warm_up(&none, &[sample(0, 0)]), None);
}

#[test]
fn no_warm_up_is_possible() {
    let mut plan = plan(1, 1);
    plan.warm_up = WarmUp { duration: Duration::ZERO, requests: 0, spawn_rate: None };
    assert_eq!(Pace::new(&plan).warm_up_time(), Duration::ZERO);
}

#[test]
fn a_slice_that_ended_with_too_few_is_prolonged_by_what_is_missing() {
    let mut pace = Pace::new(&plan(1, 1));
    let slice = &pace.slices(&[0])[0];
    let gave = |successes| Sample { measured: slice.duration, ..sample(successes, 0) };
    pace.learn(slice, &[gave(100)]);
    // 100 in 2 s leave 300 for 6 s, and 15 % more to be safe.
    let more = pace.more(slice, &[gave(100)]).unwrap();
    assert!((more.duration.as_secs_f64() - 6.9).abs() < 1e-6, "{more:?}");
    assert_eq!(pace.more(slice, &[gave(365)]), None, "nearly enough is enough");
}

#[test]
fn a_slice_is_not_prolonged_without_end_nor_for_failures() {
    let mut pace = Pace::new(&plan(1, 1));
    let slice = &pace.slices(&[0])[0];
    let spent = |seconds| Sample { measured: seconds * SECOND, ..sample(1, 0) };
    pace.learn(slice, &[sample(1, 0)]);
    assert_eq!(pace.more(slice, &[spent(29)]).unwrap().duration, SECOND);
    assert_eq!(pace.more(slice, &[spent(30)]), None);
    pace.learn(slice, &[sample(1, 5)]);
    assert_eq!(pace.more(slice, &[spent(2)]), None);
}

#[test]
fn what_is_a_part_of_something_else_is_measured_in_its_slice() {
    let mut plan = plan(1, 3);
    plan.endpoints[1].action = Action::Messages(2);
    let pace = Pace::new(&plan);
    let slices = pace.slices(&[1, 2, 0]);
    let order: Vec<_> = slices.iter().map(|slice| slice.endpoints.clone()).collect();
    assert_eq!(order, [vec![2, 1], vec![0]]);
    assert_eq!(durations(&slices), [1.0; 2], "two things to do share the two seconds");
}

#[test]
fn what_is_a_part_of_two_things_is_measured_in_both_slices() {
    let mut plan = plan(1, 3);
    plan.endpoints[2].action = Action::Timer(crate::model::Timer {
        from: "GET /0".parse().unwrap(),
        at: crate::model::Source::Json("/ms".to_owned()),
        unit: SECOND,
        within: vec![0, 1],
    });
    let pace = Pace::new(&plan);
    let order: Vec<_> = pace.slices(&[0, 1, 2]).into_iter().map(|it| it.endpoints).collect();
    assert_eq!(order, [[0, 2], [1, 2]]);
}

fn get() -> Request {
    Request::plain(Method::new("GET").unwrap(), Resolved::plain("/").into())
}

fn socket() -> Action {
    Action::Socket(Box::new(Socket {
        name: "feed".parse().unwrap(),
        open: get(),
        send: Resolved::plain("x").into(),
        awaited: None,
        failed: None,
        messages: NonZeroU32::new(100_000).unwrap(),
    }))
}

/// A socket and its messages.
fn conversation(users: u32) -> Plan {
    let mut plan = plan(users, 2);
    plan.endpoints[0].action = socket();
    plan.endpoints[1].action = Action::Messages(0);
    plan
}

/// An open loop of a request, a page of so many if there is one, and a socket.
pub(in crate::load) fn arrivals(page: usize, has_socket: bool, connections: u32) -> Plan {
    let mut plan = plan(1, 3);
    if page > 0 {
        let request = |number| (format!("GET /{number}").parse().unwrap(), get());
        plan.endpoints[1].action =
            Action::Page(Page { requests: (0..page).map(request).collect() });
    }
    if has_socket {
        plan.endpoints[2].action = socket();
    }
    let rate = Rate::per_second(10.0).unwrap();
    let connections = NonZeroU32::new(connections).unwrap();
    plan.load = Load::Rate { rate, arrivals: Arrivals::Even, connections };
    plan
}

#[test]
fn a_long_conversation_is_measured_until_there_are_enough_messages_whatever_is_opened() {
    for users in [1, 2] {
        let mut pace = Pace::new(&conversation(users));
        let slice = pace.slices(&[0, 1]).remove(0);
        let few_openings = [sample(2, 0), sample(40_000, 0)];
        pace.learn(&slice, &few_openings);
        assert_eq!(durations(&pace.slices(&[0, 1])), [2.0], "{users}");
        assert_eq!(pace.more(&slice, &few_openings), None);
        assert_eq!(pace.more_warm_up(&slice, &few_openings), None);
        let few_messages = [sample(2, 0), sample(100, 0)];
        pace.learn(&slice, &few_messages);
        assert!(pace.more(&slice, &few_messages).is_some());
    }
}

#[test]
fn no_round_is_longer_than_what_is_said_before_it() {
    for (users, endpoints, most) in [(1, 4, 4 * LONGEST), (10, 4, LONGEST)] {
        let mut pace = Pace::new(&plan(users, endpoints));
        assert_eq!(pace.longest_round(), most);
        for seen in &mut pace.seen {
            *seen = Some(Seen { successes_a_second: 0.1, mostly_fails: false });
        }
        let all: Vec<usize> = (0..endpoints).collect();
        let slices = pace.slices(&all);
        assert_eq!(slices.iter().map(|slice| slice.duration).sum::<Duration>(), most);
        // Such a slice is as long as it can be.
        let samples =
            vec![Sample { measured: LONGEST, ..Sample::default() }; slices[0].endpoints.len()];
        assert_eq!(pace.more(&slices[0], &samples), None);
    }
    let long = Plan { duration: 500 * SECOND, ..plan(10, 4) };
    assert_eq!(Pace::new(&long).longest_round(), 100 * SECOND);
}
