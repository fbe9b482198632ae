//! Rounds in figures, and which of them count.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::judge::testing::{ms, name, policy, run, sample};
use crate::judge::{refusals, summarize, validate_round};
use crate::model::{
    Block, Carried, Delay, EndpointKind, EndpointName, GeneratorHealth, Metric, Outcome, Refusal,
    RunEndpoint, Sample, Share, Unsound, Validity,
};

const A: &str = "GET /a";

fn near(value: Carried, millis: f64) -> bool {
    value.value().is_some_and(|value| (value.as_secs_f64() * 1e3 / millis - 1.0).abs() < 2e-3)
}

#[test]
fn percentiles_are_medians_over_the_rounds_so_that_a_stall_does_not_own_them() {
    let rounds = [100.0, 101.0, 99.0, 5000.0, 98.0].map(|p95| sample(p95, 400, 0));
    let summary = summarize(&run(&[]).with_rounds(A, &rounds).0);
    let endpoint = &summary.endpoints[0];
    assert!(near(endpoint.p95, 100.0) && near(endpoint.p50, 50.0) && near(endpoint.p99, 150.0));
    assert!(endpoint.max > Duration::from_secs(7));
    assert_eq!((endpoint.pooled.count(), endpoint.rounds.len()), (2000, 5));
    assert_eq!((summary.valid_rounds, summary.invalid_rounds), (5, 0));
    assert!((endpoint.per_second.unwrap() - 2000.0 / 50.0).abs() < 1e-9);
}

#[test]
fn a_percentile_the_smallest_round_does_not_carry_is_not_shown_and_says_how_many_more() {
    let of = |least: u64| {
        let rounds = [500, 500, least, 500, 500].map(|count| sample(10.0, count, 0));
        summarize(&run(&[]).with_rounds(A, &rounds).0).endpoints.remove(0)
    };
    assert_eq!(of(58).p95, Carried::More(1));
    assert!(near(of(59).p95, 10.0));
    assert_eq!(of(59).p99, Carried::More(240));
    assert_eq!(of(298).p99, Carried::More(1));
    assert!(near(of(299).p99, 15.0));
    assert_eq!(of(0).p95, Carried::More(59), "a round without a success");
    assert_eq!(of(4).p50, Carried::More(1));
}

#[test]
fn the_first_pass_alone_is_what_run_shows() {
    let twice = run(&[(A, 100.0)]).again(Block::Confirmation, A, 900.0);
    let summary = summarize(&twice.0);
    assert!(near(summary.endpoints[0].p95, 100.0));
    assert_eq!((summary.valid_rounds, summary.endpoints[0].rounds.len()), (5, 10));
    assert_eq!(summary.endpoints[0].outcomes.successes, 1200);
}

#[test]
fn invalid_rounds_are_counted_and_left_out() {
    let summary = summarize(&run(&[(A, 100.0)]).invalid(5).0);
    assert_eq!((summary.valid_rounds, summary.invalid_rounds), (0, 5));
    assert_eq!(summary.anchors, None);
    assert_eq!(summary.endpoints[0].p95, Carried::More(59));
    assert_eq!(summary.endpoints[0].per_second, None, "nothing is known of it");
}

fn healthy() -> GeneratorHealth {
    GeneratorHealth {
        busy: Share::new(0.85),
        steal: Share::new(0.05),
        crowding: Share::new(0.05),
        lag_p95: ms(1.0),
        lag_p99: None,
        poll_delay_p95: Some(ms(1.0)),
        poll_delay_p99: None,
        intended: 1000,
        sent: 950,
    }
}

/// Of samples that are all of requests.
fn validate(health: &GeneratorHealth, samples: &BTreeMap<EndpointName, Sample>) -> Validity {
    let endpoints: Vec<_> = samples.keys().cloned().map(RunEndpoint::new).collect();
    validate_round(health, samples, &endpoints, &policy())
}

#[test]
fn of_two_delays_the_one_further_over_its_limit_is_told() {
    let delay = |percentile, millis: u64, limit: u64| {
        let [nanos, limit_nanos] = [millis, limit].map(|millis| millis * 1_000_000);
        Unsound::PollDelay(Delay { percentile, nanos, limit_nanos })
    };
    let (p95, p99) = (delay(Metric::P95, 3, 1), delay(Metric::P99, 50, 49));
    for grounds in [vec![p95, p99], vec![p99, p95]] {
        let mut run = run(&[(A, 100.0)]);
        for round in &mut run.0.rounds {
            round.validity = Validity::Invalid(grounds.clone());
        }
        assert_eq!(refusals(&run.0), [Refusal::Saturated(vec![p95])]);
    }
}

#[test]
fn a_round_at_every_allowance_counts_and_one_beyond_any_does_not() {
    let samples = BTreeMap::from([(name(A), sample(5.0, 400, 0))]);
    let validate = |health: GeneratorHealth| validate(&health, &samples);
    assert_eq!(validate(healthy()), Validity::Valid);
    for (health, ground) in [
        (
            GeneratorHealth { lag_p95: ms(1.01), ..healthy() },
            Unsound::Lag(Delay {
                percentile: Metric::P95,
                nanos: 1_010_000,
                limit_nanos: 1_000_000,
            }),
        ),
        (
            GeneratorHealth { poll_delay_p95: Some(ms(1.01)), ..healthy() },
            Unsound::PollDelay(Delay {
                percentile: Metric::P95,
                nanos: 1_010_000,
                limit_nanos: 1_000_000,
            }),
        ),
        (
            GeneratorHealth { steal: Share::new(0.051), ..healthy() },
            Unsound::Steal(Share::new(0.051)),
        ),
        (
            GeneratorHealth { crowding: Share::new(0.34), ..healthy() },
            Unsound::Crowding(Share::new(0.34)),
        ),
        (GeneratorHealth { busy: Share::new(0.86), ..healthy() }, Unsound::Busy(Share::new(0.86))),
        (GeneratorHealth { sent: 949, ..healthy() }, Unsound::MissedRate(Share::new(0.949))),
    ] {
        assert_eq!(validate(health), Validity::Invalid(vec![ground]));
    }
}

#[test]
fn lag_is_measured_on_the_scale_of_the_fastest_endpoint_that_has_one() {
    let lag = GeneratorHealth { lag_p95: ms(3.0), ..healthy() };
    let validate = |samples: &[(&str, f64, u64)]| {
        let samples =
            samples.iter().map(|(endpoint, p95, n)| (name(endpoint), sample(*p95, *n, 0)));
        super::measures::validate(&lag, &samples.collect())
    };
    assert!(validate(&[(A, 40.0, 400)]).is_valid());
    assert!(!validate(&[(A, 40.0, 400), ("GET /fast", 20.0, 400)]).is_valid());
    assert!(validate(&[(A, 40.0, 400), ("GET /rare", 20.0, 58)]).is_valid());
    assert!(!validate(&[]).is_valid());
}

/// Whether a round with two endpoints of 400 successes counts, of whose delays the p95 is 1 ms and the p99
/// 3 ms, where one with a p50 of 2.5 ms and a p95 of 5 ms is held to this.
fn counts(metric: Option<Metric>, acceptable_p99: Option<Duration>) -> Validity {
    let p99 = Some(ms(3.0));
    let health = GeneratorHealth { lag_p99: p99, poll_delay_p99: p99, ..healthy() };
    let slow = "GET /slow";
    let samples = [(A, 5.0), (slow, 50.0)].map(|(it, p95)| (name(it), sample(p95, 400, 0))).into();
    let mut endpoints = [A, slow].map(|it| RunEndpoint::new(name(it)));
    endpoints[0].budgets.acceptable_p99 = acceptable_p99;
    let mut policy = policy();
    policy.endpoints.entry(name(A)).or_default().0.metric = metric;
    validate_round(&health, &samples, &endpoints, &policy)
}

#[test]
fn where_a_p99_is_judged_the_delays_are_held_to_its_scale_at_their_p99() {
    let delay = Delay { percentile: Metric::P99, nanos: 3_000_000, limit_nanos: 1_000_000 };
    let held = Validity::Invalid(vec![Unsound::Lag(delay), Unsound::PollDelay(delay)]);
    assert_eq!(counts(None, None), Validity::Valid);
    assert_eq!(counts(Some(Metric::P99), None), held);
    assert_eq!(counts(None, Some(ms(9.0))), held);
}

#[test]
fn where_a_p50_is_judged_it_is_the_scale() {
    let health = GeneratorHealth { lag_p95: ms(2.0), ..healthy() };
    let counts = |metric| {
        let mut policy = policy();
        policy.gate.metric = metric;
        let samples = BTreeMap::from([(name(A), halves(ms(5.0), ms(50.0)))]);
        let endpoints = [RunEndpoint::new(name(A))];
        validate_round(&health, &samples, &endpoints, &policy).is_valid()
    };
    assert!(counts(Metric::P95));
    assert!(!counts(Metric::P50));
}

/// A sample of which one half took so long, and a little more, and the other so long.
fn halves(fast: Duration, slow: Duration) -> Sample {
    let mut sample = Sample::default();
    for (latency, many) in [(fast, 210), (slow, 190)] {
        for _ in 0..many {
            sample.outcomes.record(Outcome::Success);
            sample.latency.record(latency);
        }
    }
    sample
}

#[test]
fn a_time_that_answers_tell_is_no_scale_for_the_lag_of_what_is_sent() {
    let lag = GeneratorHealth { lag_p95: ms(3.0), ..healthy() };
    let samples: BTreeMap<_, _> =
        [(A, 40.0), ("queue time", 0.2)].map(|(it, p95)| (name(it), sample(p95, 400, 0))).into();
    let mut endpoints: Vec<_> = samples.keys().cloned().map(RunEndpoint::new).collect();
    assert!(!validate_round(&lag, &samples, &endpoints, &policy()).is_valid());
    endpoints[1].kind = EndpointKind::Timer;
    assert!(validate_round(&lag, &samples, &endpoints, &policy()).is_valid());
}

#[test]
fn a_slow_service_does_not_make_its_rounds_invalid() {
    let samples = BTreeMap::from([(name(A), sample(60_000.0, 400, 400))]);
    assert!(validate(&healthy(), &samples).is_valid());
}

#[test]
fn users_who_wait_for_their_answers_have_no_rate_to_miss() {
    let unscheduled = GeneratorHealth { intended: 0, sent: 0, ..healthy() };
    assert!(validate(&unscheduled, &BTreeMap::new()).is_valid());
}
