//! Requests that came to something only when they were sent a second time.

use crate::judge::testing::{run, sample, trial};
use crate::model::{Decision, Strictness, Warning};

const A: &str = "GET /a";

#[test]
fn requests_that_lost_their_connection_count_with_the_failures_and_are_named() {
    let lossy = |repeated, failures| {
        let mut sample = sample(1.0, 1000 - failures, failures);
        sample.outcomes.repeated = repeated;
        run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
    };
    for strictness in [Strictness::Full, Strictness::Bare] {
        for (repeated, failures, how) in [
            (51, 0, Some("lost their connection and were sent again")),
            (6, 5, Some("failed, or lost their connection and were sent again")),
            (5, 5, None),
        ] {
            let mut trial = trial(&lossy(0, 0), &lossy(repeated, failures));
            trial.policy.strictness = strictness;
            let row = trial.compare().rows.remove(0);
            let Some(how) = how else {
                assert_eq!(row.decision, Decision::Pass);
                continue;
            };
            assert!(matches!(row.decision, Decision::Errors { .. }), "{row:?}");
            let reason = &row.reasons.last().unwrap().text;
            assert!(reason.contains(how), "{reason}");
        }
    }
}

#[test]
fn a_service_that_loses_as_many_as_when_it_was_recorded_has_no_more_errors() {
    let lossy = |repeated| {
        let mut sample = sample(1.0, 990, 10);
        sample.outcomes.repeated = repeated;
        run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
    };
    for (after, decision) in [(190, true), (199, true), (201, false)] {
        let row = trial(&lossy(190), &lossy(after)).compare().rows.remove(0);
        assert_eq!(row.decision == Decision::Pass, decision, "{after}: {row:?}");
        let side = row.before.unwrap();
        assert_eq!((side.failures, side.outcomes.repeated), (50, 950));
    }
}

#[test]
fn requests_that_lost_their_connection_are_warned_of_where_they_are_more_than_crossings() {
    let lossy = |repeated| {
        let mut sample = sample(1.0, 2000, 0);
        sample.outcomes.repeated = repeated;
        run(&[]).with_rounds(A, &[(); 5].map(|()| sample.clone()))
    };
    let warnings = |repeated| trial(&lossy(0), &lossy(repeated)).compare().rows.remove(0).warnings;
    assert_eq!(warnings(1), [], "under one in a thousand");
    assert!(matches!(warnings(2)[..], [Warning::Repeated { share }] if share.get() >= 0.001));
}
