//! How much a rate limiter lets through once it has rejected something.
//!
//! A rejection says that nothing was left at that instant. What is let through later, within less than a
//! window, is the intake of one window alone, wherever windows begin, where any other stretch may meet parts
//! of two.

use std::time::Duration;

use super::stretch::Counts;
use crate::model::Span;

/// The most that were certainly let through after some rejection and less than `length` after it: sent
/// when it had been answered, and answered before `length` from its sending was over.
pub(super) fn certain(rejected: &[Span], admitted: &[Span], length: Duration) -> u64 {
    let mut rejected = rejected.to_vec();
    rejected.sort_unstable_by_key(|span| std::cmp::Reverse(span.ended));
    let mut by_sent = admitted.to_vec();
    by_sent.sort_unstable_by_key(|span| span.sent);
    let mut ends: Vec<Duration> = admitted.iter().map(|span| span.ended).collect();
    ends.sort_unstable();
    let mut later = Counts::new(ends.len());
    let counted = rejected.iter().map(|rejection| {
        while let Some(span) = by_sent.pop_if(|span| span.sent >= rejection.ended) {
            later.add(ends.partition_point(|end| *end < span.ended));
        }
        later.below(ends.partition_point(|end| *end < rejection.sent + length))
    });
    counted.max().unwrap_or(0)
}

/// The most that can have been let through after some rejection and less than `length` after it.
pub(super) fn possible(rejected: &[Span], either: &[Span], length: Duration) -> u64 {
    let touched = Touched::new(either);
    let counted = rejected.iter().map(|it| touched.between(it.sent, it.ended + length));
    counted.max().unwrap_or(0)
}

/// The most that can have been let through between two rejections, less than `length` after the first,
/// if nothing was rejected in between. Nothing unless some intake of `least` at least lies whole between two
/// rejections less than `length` apart: answers that overtake each other make small ones.
pub(super) fn run(rejected: &[Span], either: &[Span], length: Duration, least: u64) -> Option<u64> {
    let mut rejected = rejected.to_vec();
    rejected.sort_unstable_by_key(|span| span.sent);
    let touched = Touched::new(either);
    let (mut most, mut is_whole) = (0, false);
    // The first end among the rejections that were sent later.
    let mut next: Option<Span> = None;
    let mut first_end = Duration::MAX;
    for rejection in rejected.iter().rev() {
        let over = rejection.ended + length;
        most = most.max(touched.between(rejection.sent, over.min(first_end)));
        is_whole |= next.is_some_and(|next| {
            next.ended < rejection.sent + length && touched.sent(rejection.sent, next.sent) >= least
        });
        first_end = first_end.min(rejection.ended);
        next = Some(*rejection);
    }
    is_whole.then_some(most)
}

/// Spans by their ends.
struct Touched {
    sent: Vec<Duration>,
    ended: Vec<Duration>,
}

impl Touched {
    fn new(spans: &[Span]) -> Self {
        let mut sent: Vec<Duration> = spans.iter().map(|span| span.sent).collect();
        let mut ended: Vec<Duration> = spans.iter().map(|span| span.ended).collect();
        sent.sort_unstable();
        ended.sort_unstable();
        Self { sent, ended }
    }

    /// How many touch the time from `begin` to `end`, without its end.
    fn between(&self, begin: Duration, end: Duration) -> u64 {
        let until = self.sent.partition_point(|sent| *sent < end);
        let over = self.ended.partition_point(|ended| *ended < begin);
        until.saturating_sub(over) as u64
    }

    /// How many were sent from `begin` to `end`, without its end.
    fn sent(&self, begin: Duration, end: Duration) -> u64 {
        let before = |at: Duration| self.sent.partition_point(|sent| *sent < at);
        before(end).saturating_sub(before(begin)) as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn spans(all: &[(u64, u64)]) -> Vec<Span> {
        all.iter().map(|&(sent, took)| Span { sent: ms(sent), ended: ms(sent + took) }).collect()
    }

    #[test]
    fn what_follows_a_rejection_is_counted_as_long_as_it_can_be_one_window() {
        let rejected = spans(&[(10, 2), (60, 2)]);
        let admitted = spans(&[(9, 2), (11, 2), (12, 2), (20, 2), (30, 2), (109, 2), (111, 2)]);
        assert_eq!(
            certain(&rejected, &admitted, ms(100)),
            3,
            "(12, 20, 30), not 109, which ends at 111"
        );
        assert_eq!(possible(&rejected, &admitted, ms(100)), 7);
        assert_eq!(run(&rejected, &admitted, ms(100), 4), Some(5));
        assert_eq!(run(&rejected, &admitted, ms(100), 5), None);
        assert_eq!(run(&rejected, &admitted, ms(52), 1), None, "no whole window is shorter");
        assert_eq!(certain(&[], &admitted, ms(100)) + possible(&[], &admitted, ms(100)), 0);
    }

    proptest! {
        #[test]
        fn an_exact_limiter_is_never_certain_to_have_let_too_much_through(
            (limit, per, begun) in (1_u64..6, 5_u64..40, 0_u64..40),
            gaps in prop::collection::vec((0_u64..6, 0_u64..9, 0_u64..9), 1..120),
            windows in 1_u64..4,
        ) {
            // Each request is decided between its sending and its answer, in whatever order.
            let mut at = begun;
            let mut asked: Vec<(u64, u64, u64)> = gaps.iter().map(|&(gap, before, after)| {
                at += gap;
                (at + before, at, before + after)
            }).collect();
            asked.sort_unstable();
            let (mut fixed, mut log) = ((0, 0), Vec::new());
            let mut tokens = (limit * per, 0);
            let mut seen: [[Vec<(u64, u64)>; 2]; 3] = Default::default();
            for (decided, sent, took) in asked {
                if fixed.0 != decided / per { fixed = (decided / per, 0); }
                let is_in_window = fixed.1 < limit;
                fixed.1 += u64::from(is_in_window);
                log.retain(|admitted| admitted + per > decided);
                let slides_in = (log.len() as u64) < limit;
                if slides_in { log.push(decided); }
                tokens = ((tokens.0 + (decided - tokens.1) * limit).min(limit * per), decided);
                let has_token = tokens.0 >= per;
                tokens.0 -= if has_token { per } else { 0 };
                for (seen, admits) in seen.iter_mut().zip([is_in_window, slides_in, has_token]) {
                    seen[usize::from(!admits)].push((sent, took));
                }
            }
            for [admitted, rejected] in &seen {
                let (admitted, rejected) = (spans(admitted), spans(rejected));
                let length = ms(per * windows);
                let certain = certain(&rejected, &admitted, length);
                prop_assert!(certain <= limit * windows, "{certain}");
                prop_assert!(certain <= possible(&rejected, &admitted, length));
            }
        }
    }
}
