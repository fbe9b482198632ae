//! How long a connection is used.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::sequence::stir;
use crate::model::KeepAlive;

/// How far lifetimes lie from the one that is said, as a share of it. All users connect when a load
/// begins, and would otherwise connect anew all at once for ever.
const SPREAD: f64 = 0.1;

/// The lifetimes of one connection after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lifetimes {
    keep_alive: KeepAlive,
    seed: u64,
    drawn: Cell<u64>,
}

/// How long one connection is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Until its peer ends it.
    Unlimited,
    /// For nothing that begins then or later.
    Until(Instant),
    /// For one request.
    Once,
}

impl Lifetimes {
    /// Those that `keep_alive` asks for; `seed` fixes how they are spread.
    pub(crate) fn new(keep_alive: KeepAlive, seed: u64) -> Self {
        Self { keep_alive, seed, drawn: Cell::new(0) }
    }

    /// The same for the worker of that index.
    pub(crate) fn for_worker(&self, index: u32) -> Self {
        Self::new(self.keep_alive, stir(&[self.seed, u64::from(index)]))
    }

    /// Of a connection that was opened just now.
    pub(crate) fn next(&self) -> Lifetime {
        match self.keep_alive {
            KeepAlive::Always => Lifetime::Unlimited,
            KeepAlive::Never => Lifetime::Once,
            KeepAlive::For(said) => {
                let drawn = self.drawn.replace(self.drawn.get().wrapping_add(1));
                let now = Instant::now();
                // What is beyond all clocks is never reached.
                now.checked_add(spread(said, stir(&[self.seed, drawn])))
                    .map_or(Lifetime::Unlimited, Lifetime::Until)
            }
        }
    }
}

impl Lifetime {
    /// Whether nothing may begin any more.
    pub(crate) fn is_over(self) -> bool {
        match self {
            Self::Unlimited | Self::Once => false,
            Self::Until(end) => Instant::now() >= end,
        }
    }
}

/// `said` times a factor that is uniform within the spread around 1.
fn spread(said: Duration, random: u64) -> Duration {
    let uniform = random as f64 / u64::MAX as f64;
    let seconds = said.as_secs_f64() * (1.0 - SPREAD + 2.0 * SPREAD * uniform);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn lifetimes_are_spread_around_the_one_that_is_said_and_fixed_by_the_seed() {
        let said = Duration::from_secs(100);
        let begin = Instant::now();
        let all = |seed, worker| -> Vec<Duration> {
            let lifetimes = Lifetimes::new(KeepAlive::For(said), seed).for_worker(worker);
            let next = |_| match lifetimes.next() {
                Lifetime::Until(end) => end - begin,
                other => panic!("{other:?}"),
            };
            (0..1000).map(next).collect()
        };
        let of_one = all(1, 0);
        let (least, most) = (of_one.iter().min().unwrap(), of_one.iter().max().unwrap());
        assert!(*least >= Duration::from_secs(90) && *least < Duration::from_secs(91), "{least:?}");
        assert!(*most <= Duration::from_secs(110) && *most > Duration::from_secs(109), "{most:?}");
        assert_eq!(of_one, all(1, 0));
        assert_ne!(of_one, all(1, 1));
        assert_ne!(of_one, all(2, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_over_once_it_is_so_old() {
        let lifetime = Lifetimes::new(KeepAlive::For(Duration::from_secs(10)), 1).next();
        assert!(!lifetime.is_over());
        tokio::time::advance(Duration::from_secs(9)).await;
        assert!(!lifetime.is_over());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(lifetime.is_over());
        for keep_alive in [KeepAlive::Always, KeepAlive::Never] {
            assert!(!Lifetimes::new(keep_alive, 1).next().is_over());
        }
    }

    #[test]
    fn a_lifetime_beyond_all_clocks_is_none() {
        let lifetimes = Lifetimes::new(KeepAlive::For(Duration::MAX), 1);
        assert_eq!(lifetimes.next(), Lifetime::Unlimited);
    }
}
