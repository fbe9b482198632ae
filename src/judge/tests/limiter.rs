//! What is said of a rate limiter follows from what is certain, however slow the machine was.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::judge::limiter;
use crate::judge::testing::name;
use crate::model::{
    Answer, Failure, Limiter, LimiterSeen, Met, Offer, Recovered, Requirement, RetryAfter,
    Returned, Share, Span, Windowing,
};

const SECOND: Duration = Duration::from_secs(1);
const WINDOWS: u32 = 5;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn declared(window: Windowing) -> Limiter {
    let limit = NonZeroU32::new(100).unwrap();
    Limiter { limit, per: SECOND, window, tolerance: Share::new(0.1), retry_after: 2 * SECOND }
}

/// As a limiter of fixed windows is seen that lets `limit` requests through every second, each answered after
/// `took`.
fn seen(limit: u64, took: Duration) -> LimiterSeen {
    let mut seen = LimiterSeen {
        offer: Offer { intended: 1200, sent: 1200, over: 5 * SECOND, took: 5 * SECOND },
        returned: Some(Returned { after: SECOND, answer: Answer::Admitted }),
        recovered: Some(Recovered { sent: 100, admitted: 100, unanswered: 0, took: ms(500) }),
        ..LimiterSeen::default()
    };
    for n in 0..1200_u64 {
        let sent = Duration::from_micros(n * 1_000_000 / 240);
        if n % 240 < limit {
            seen.admitted.push(Span { sent, ended: sent + took });
        } else {
            let said = RetryAfter::In(SECOND);
            let _ = seen.rejected.add(said, 2 * SECOND);
            seen.turned_away.push(Span { sent, ended: sent + took });
        }
    }
    seen
}

fn rows(window: Windowing, seen: &LimiterSeen) -> Vec<Requirement> {
    limiter(&name("GET /a"), &declared(window), WINDOWS, seen)
}

/// Limits, lets so much through, says when, lets through then, recovers.
fn met(seen: &LimiterSeen) -> [Met; 5] {
    let rows = rows(Windowing::Fixed, seen);
    std::array::from_fn(|row| rows[row].met)
}

const MET: [Met; 5] = [Met::Yes; 5];

/// All met but for one row.
fn but(row: usize, met: Met) -> [Met; 5] {
    let mut all = MET;
    all[row] = met;
    all
}

#[test]
fn a_limiter_that_does_what_is_declared_is_met_in_every_row() {
    let seen = seen(100, ms(3));
    assert_eq!(met(&seen), MET);
    let found: Vec<String> =
        rows(Windowing::Fixed, &seen).into_iter().map(|row| row.found).collect();
    assert_eq!(
        found,
        [
            "rejected 700 of 1200",
            "up to 101 a window",
            "Retry-After 1s",
            "let through after 1s",
            "100 of 100"
        ]
    );
}

#[test]
fn what_fixed_windows_may_let_through_a_sliding_one_may_not() {
    // A third too much in each window: what follows a rejection shows it wherever they may lie.
    let third = seen(134, ms(3));
    for (window, found) in [
        (Windowing::Fixed, "at least 134 in 1s after a rejection, where 110 are allowed"),
        (Windowing::Sliding, "at least 134 in 1s, where 110 are allowed"),
    ] {
        assert_eq!(rows(window, &third)[1].found, found);
    }
    // Two bursts that meet at the border of two windows.
    let mut bursts = seen(100, ms(3));
    let spans = bursts.admitted.iter_mut().enumerate();
    spans.for_each(|(n, span)| {
        let begin = ms(if n % 200 < 100 { 900 } else { 1000 }) + SECOND * (n / 200) as u32 * 2;
        *span = Span { sent: begin, ended: begin + ms(5) };
    });
    for (n, span) in bursts.turned_away.iter_mut().enumerate() {
        let begin = ms(if n % 2 == 0 { 950 } else { 1500 }) + SECOND * (n / 280) as u32 * 2;
        *span = Span { sent: begin, ended: begin + ms(5) };
    }
    assert_eq!(rows(Windowing::Fixed, &bursts)[1].met, Met::Yes);
    assert_eq!(rows(Windowing::Sliding, &bursts)[1].met, Met::No);
}

#[test]
fn nothing_is_red_that_late_answers_could_explain() {
    for (took, found) in [(ms(3), Met::No), (ms(900), Met::Unknown), (10 * SECOND, Met::Unknown)] {
        assert_eq!(rows(Windowing::Sliding, &seen(115, took))[1].met, found, "{took:?}");
    }
    // Nor green.
    assert_eq!(rows(Windowing::Sliding, &seen(100, ms(900)))[1].met, Met::Unknown);
}

#[test]
fn a_limiter_that_is_not_there_is_red_only_if_enough_was_sent() {
    let off = LimiterSeen { returned: None, recovered: None, ..seen(240, ms(3)) };
    let unknown = [Met::Unknown; 3];
    assert_eq!(met(&off)[..2], [Met::No, Met::No]);
    assert_eq!(met(&off)[2..], unknown);
    let mut few = off.clone();
    few.admitted.truncate(150);
    few.offer = Offer { sent: 150, ..few.offer };
    assert_eq!(met(&few), [Met::Unknown; 5]);
}

#[test]
fn less_load_than_intended_shows_nothing_good() {
    let mut late = seen(100, ms(3));
    late.offer.took = 6 * SECOND;
    assert_eq!(met(&late), but(1, Met::Unknown));
    let mut few = seen(100, ms(3));
    few.offer.sent = 1100;
    assert_eq!(met(&few), but(1, Met::Unknown));
    assert_eq!(
        rows(Windowing::Fixed, &few)[1].found,
        "too little load: 1100 of 1200 requests in 5s of 5s"
    );
}

#[test]
fn every_rejection_says_when_and_nothing_else_is_answered() {
    let mut silent = seen(100, ms(3));
    let _ = silent.rejected.add(RetryAfter::Absent, SECOND);
    assert_eq!(met(&silent), but(2, Met::No));
    let mut forbidden = seen(100, ms(3));
    forbidden.others.insert(403, 2);
    assert_eq!(met(&forbidden), but(2, Met::No));
    assert_eq!(rows(Windowing::Fixed, &forbidden)[2].found, "2 with status 403, of 700 rejected");
    let mut lost = seen(100, ms(3));
    lost.failures.insert(Failure::Reset, 1);
    lost.unanswered.push(Span { sent: ms(7), ended: ms(8) });
    assert_eq!(met(&lost), but(2, Met::Unknown));
}

#[test]
fn whoever_comes_back_when_told_is_let_through() {
    for (answer, found) in [
        (Answer::Admitted, Met::Yes),
        (Answer::Rejected(RetryAfter::Absent), Met::No),
        (Answer::Other(500), Met::No),
        (Answer::Failed(Failure::Timeout), Met::Unknown),
    ] {
        let returned = Some(Returned { after: SECOND, answer });
        assert_eq!(met(&LimiterSeen { returned, ..seen(100, ms(3)) }), but(3, found));
    }
}

#[test]
fn after_a_rest_the_limit_is_let_through_in_a_window() {
    let usual = Recovered { sent: 100, admitted: 100, unanswered: 0, took: ms(500) };
    for (recovered, found) in [
        (usual, Met::Yes),
        (Recovered { admitted: 90, ..usual }, Met::Yes),
        (Recovered { admitted: 89, ..usual }, Met::No),
        (Recovered { admitted: 80, unanswered: 10, ..usual }, Met::Unknown),
        (Recovered { sent: 60, admitted: 60, ..usual }, Met::Unknown),
        (Recovered { took: ms(1001), ..usual }, Met::Unknown),
    ] {
        let seen = LimiterSeen { recovered: Some(recovered), ..seen(100, ms(3)) };
        assert_eq!(met(&seen), but(4, found), "{recovered:?}");
    }
}

/// The same in fixed windows, each answered after `took`, with the tolerance of 10 %.
fn amount(limit: u64, took: Duration) -> Requirement {
    rows(Windowing::Fixed, &seen(limit, took)).swap_remove(1)
}

#[test]
fn no_window_lets_more_through_than_the_limit_and_its_tolerance() {
    for (limit, took, found) in [
        (140, ms(3), Met::No),
        (120, ms(3), Met::No),
        (120, ms(300), Met::No),
        (112, ms(300), Met::Unknown),
        (110, ms(3), Met::Yes),
        (110, ms(60), Met::Yes),
        (100, ms(60), Met::Yes),
        (100, ms(200), Met::Yes),
        // So late that nothing tells one window from the next.
        (140, ms(900), Met::Unknown),
        (100, ms(900), Met::Unknown),
    ] {
        let row = amount(limit, took);
        assert_eq!(row.met, found, "{limit} {took:?}: {}", row.found);
    }
    let row = amount(110, ms(3));
    assert_eq!((&*row.demand, &*row.found), ("at most 110 a window", "up to 110 a window"));
    let late = amount(112, ms(300));
    assert_eq!(late.found, "96 to 112 a window, by when they were answered");
    // A window that nothing was rejected before may be two.
    let mut unseen = seen(140, ms(3));
    unseen.admitted.truncate(140);
    unseen.turned_away.truncate(100);
    let row = rows(Windowing::Fixed, &unseen).swap_remove(1);
    assert_eq!((row.met, &*row.found), (Met::Unknown, "up to 140 in 1s, and no window by itself"));
}

#[test]
fn a_window_that_was_hardly_asked_is_no_window_by_itself() {
    // One answer has overtaken a rejection; what follows is so late that it may be of two windows.
    let mut halted = seen(140, ms(3));
    halted.admitted.retain(|span| span.sent < ms(1003));
    halted.turned_away.retain(|span| span.sent < SECOND);
    let at = |millis| Span { sent: ms(millis), ended: ms(millis + 3) };
    halted.turned_away.push(at(1004));
    halted.admitted.extend((0..140).map(|n| at(2500 + 4 * n)));
    halted.turned_away.extend((140..200).map(|n| at(2500 + 4 * n)));
    let row = rows(Windowing::Fixed, &halted).swap_remove(1);
    assert_eq!(row.met, Met::Unknown, "{}", row.found);
}

#[test]
fn a_bucket_refills_no_faster_than_its_limit() {
    let burst = NonZeroU32::new(100).unwrap();
    let refilled = |per_second: u64, took: Duration| {
        let mut seen = seen(0, took);
        let spans = std::mem::take(&mut seen.turned_away);
        // The burst, and then as it refills.
        for (n, span) in spans.into_iter().enumerate() {
            let n = n as u64;
            let due = |n: u64| 100 + n * per_second / 240;
            let admits = (seen.admitted.len() as u64) < due(n);
            if admits { &mut seen.admitted } else { &mut seen.turned_away }.push(span);
        }
        rows(Windowing::Bucket { burst }, &seen).swap_remove(1)
    };
    for (per_second, took, found) in [
        (100, ms(3), Met::Yes),
        (110, ms(3), Met::Yes),
        (100, ms(60), Met::Yes),
        (125, ms(3), Met::No),
        (125, ms(60), Met::No),
    ] {
        let row = refilled(per_second, took);
        assert_eq!(row.met, found, "{per_second} {took:?}: {}", row.found);
    }
    let row = refilled(100, ms(3));
    assert_eq!(row.demand, "at most 220 in 1s, 550 in 5s once empty");
    assert!(row.found.ends_with("in 5s once empty"), "{}", row.found);
}
