use super::*;

#[test]
fn every_class_reads_back_from_its_name() {
    for failure in Failure::ALL {
        assert_eq!(failure.as_str().parse(), Ok(failure));
    }
}

#[test]
fn outcomes_add_up() {
    let mut outcomes = Outcomes::default();
    outcomes.record(Outcome::Success);
    outcomes.record(Outcome::Failed(Failure::Timeout));
    let mut twice = outcomes.clone();
    twice.merge(&outcomes);
    assert_eq!((twice.total(), twice.failed(), twice.successes), (4, 2, 2));
    assert!((twice.failed_share().get() - 0.5).abs() < 1e-12);
}

#[test]
fn allowed_answers_are_successes_that_are_counted_apart() {
    let mut outcomes = Outcomes::default();
    for outcome in [Outcome::Success, Outcome::Allowed(404), Outcome::Allowed(409)] {
        outcomes.record(outcome);
    }
    let mut twice = outcomes.clone();
    twice.merge(&outcomes);
    assert_eq!((twice.successes, twice.allowed(), twice.failed()), (6, 4, 0));
    assert_eq!(twice.allowed, BTreeMap::from([(404, 2), (409, 2)]));
    assert!((twice.allowed_share().get() - 2.0 / 3.0).abs() < 1e-12);
    assert!(twice.expected() == 2 && !twice.nothing_works());
}

#[test]
fn failed_checks_are_counted_by_check_with_the_first_finding() {
    let mut outcomes = Outcomes::default();
    outcomes.failed_check("/a == 1", || "a text".to_owned());
    outcomes.failed_check("/a == 1", || unreachable!("only the first is asked for"));
    let mut twice = outcomes.clone();
    twice.merge(&outcomes);
    let failed = FailedCheck { count: 4, first: "a text".to_owned() };
    assert_eq!(twice.checks, BTreeMap::from([("/a == 1".to_owned(), failed)]));
}

#[test]
fn more_than_one_in_a_hundred_from_a_limiter_has_to_be_said() {
    let of = |limited, successes| Outcomes {
        successes,
        failures: BTreeMap::from([(Failure::Limited, limited)]),
        ..Outcomes::default()
    };
    assert!(!of(1, 99).is_limited() && of(2, 98).is_limited());
    assert!(!Outcomes::default().is_limited());
}
