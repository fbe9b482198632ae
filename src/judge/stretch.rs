//! How many of several instants lie in some stretch of time, when of each instant only a span is known in
//! which it lies.

use std::time::Duration;

use crate::model::Span;

/// The most instants that certainly lie together in a stretch of this length, wherever in its span each
/// is: the most spans that such a stretch, without its end, holds whole.
pub(super) fn certain(spans: &[Span], length: Duration) -> u64 {
    let mut by_sent = spans.to_vec();
    by_sent.sort_unstable_by_key(|span| std::cmp::Reverse(span.sent));
    let mut ends: Vec<Duration> = spans.iter().map(|span| span.ended).collect();
    ends.sort_unstable();
    let mut seen = Counts::new(ends.len());
    let mut most = 0;
    // A stretch that holds the most can begin where one of its spans does; all that were sent since
    // then have been seen.
    for span in by_sent {
        seen.add(ends.partition_point(|end| *end < span.ended));
        most = most.max(seen.below(ends.partition_point(|end| *end < span.sent + length)));
    }
    most
}

/// The most instants that can lie together in a stretch of this length: the most spans that such a
/// stretch, without its end, touches.
pub(super) fn possible(spans: &[Span], length: Duration) -> u64 {
    let mut sent: Vec<Duration> = spans.iter().map(|span| span.sent).collect();
    let mut ends: Vec<Duration> = spans.iter().map(|span| span.ended).collect();
    sent.sort_unstable();
    ends.sort_unstable();
    // The stretch can begin with the first end among those that it touches.
    let touched = ends.iter().map(|begin| {
        let begun = sent.partition_point(|sent| *sent < *begin + length);
        let over = ends.partition_point(|end| end < begin);
        begun - over
    });
    touched.max().unwrap_or(0) as u64
}

/// How many of what was added have a position below another: Fenwick's tree (1994).
pub(super) struct Counts(Vec<u64>);

impl Counts {
    pub(super) fn new(positions: usize) -> Self {
        Self(vec![0; positions + 1])
    }

    pub(super) fn add(&mut self, position: usize) {
        let mut at = position + 1;
        while let Some(count) = self.0.get_mut(at) {
            *count += 1;
            at += at & at.wrapping_neg();
        }
    }

    pub(super) fn below(&self, position: usize) -> u64 {
        let mut at = position;
        let mut sum = 0;
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
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
    fn instants_that_are_known_exactly_are_counted_exactly() {
        let exact = spans(&[(0, 0), (5, 0), (9, 0), (10, 0), (14, 0)]);
        for (length, most) in [(1, 1), (5, 2), (6, 3), (10, 4), (15, 5)] {
            assert_eq!(certain(&exact, ms(length)), most, "{length}");
            assert_eq!(possible(&exact, ms(length)), most, "{length}");
        }
        assert_eq!((certain(&[], ms(9)), possible(&[], ms(9))), (0, 0));
    }

    #[test]
    fn a_late_answer_is_no_proof_of_anything() {
        let late = spans(&[(0, 100), (1, 100), (2, 100)]);
        assert_eq!(certain(&late, ms(10)), 0);
        assert_eq!(possible(&late, ms(10)), 3);
        assert_eq!(certain(&late, ms(103)), 3);
    }

    proptest! {
        #[test]
        fn both_are_what_trying_every_stretch_gives(
            all in prop::collection::vec((0_u64..60, 0_u64..30), 0..25),
            length in 1_u64..40,
        ) {
            let spans = spans(&all);
            let tried = |holds: &dyn Fn(&(u64, u64), u64) -> bool| {
                let count = |begin| all.iter().filter(|span| holds(span, begin)).count();
                (0..100).map(count).max().unwrap_or(0) as u64
            };
            let whole = tried(&|(sent, took), begin| *sent >= begin && sent + took < begin + length);
            let touched = tried(&|(sent, took), begin| sent + took >= begin && *sent < begin + length);
            prop_assert_eq!(certain(&spans, ms(length)), whole);
            prop_assert_eq!(possible(&spans, ms(length)), touched);
        }

        #[test]
        fn wherever_the_instants_are_they_lie_between_the_two(
            all in prop::collection::vec((0_u64..60, 0_u64..30, 0_u64..30), 0..25),
            length in 1_u64..40,
        ) {
            let known = spans(&all.iter().map(|&(at, took, _)| (at, took)).collect::<Vec<_>>());
            let instants: Vec<(u64, u64)> =
                all.iter().map(|&(at, took, part)| (at + part.min(took), 0)).collect();
            let truth = certain(&spans(&instants), ms(length));
            prop_assert!(certain(&known, ms(length)) <= truth);
            prop_assert!(truth <= possible(&known, ms(length)));
        }
    }
}
