use super::*;

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
fn what_was_sent_a_second_time_is_lost_though_it_is_a_success() {
    let failures = [(Failure::Timeout, 3)].into();
    let mut outcomes = Outcomes { successes: 997, repeated: 3, failures, ..Outcomes::default() };
    assert!(outcomes.is_repeated() && outcomes.at_once() == 994);
    assert!((outcomes.lost_share().get() - 0.006).abs() < 1e-12);
    outcomes.merge(&Outcomes { successes: 3000, ..Outcomes::default() });
    assert!(!outcomes.is_repeated() && outcomes.at_once() == 3997, "as rare as those that cross");
    assert_eq!((outcomes.repeated, outcomes.failed(), outcomes.total()), (3, 3, 4000));
    let few = Outcomes { successes: 600, repeated: 2, ..Outcomes::default() };
    assert!(!few.is_repeated() && few.at_once() == 600, "two may have crossed");
    assert_eq!(outcomes.how_lost(), "failed, or lost their connection and were sent again");
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
