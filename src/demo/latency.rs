//! The truth: how long each route takes besides its real work.
//!
//! The n-th request of a route waits for a draw from the route's lognormal distribution. The draw
//! is a pure function of seed, route and n, so the same seed and the same sequence of requests to
//! a route give the same latencies, however the requests of other routes fall between them.

use std::f64::consts::TAU;
use std::time::Duration;

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::Route;

/// A lognormal distribution: the logarithm is normal with mean `ln(median)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lognormal {
    /// Half of the draws are shorter.
    pub median: Duration,
    /// Standard deviation of the logarithm.
    pub sigma: f64,
}

impl Lognormal {
    /// The value that is `z` standard deviations of the logarithm above the median: the p95 is at
    /// 1.6449, the p99 at 2.3263.
    #[must_use]
    pub fn at(self, z: f64) -> Duration {
        self.median.mul_f64((self.sigma * z).exp())
    }

    /// The true 95th percentile.
    #[must_use]
    pub fn p95(self) -> Duration {
        self.at(1.644_853_626_951_472_7)
    }
}

/// The table of truths. Medians are short so that five rounds of 400 requests take seconds; sigma
/// is small so that a round's p95 is steady.
#[must_use]
pub const fn truth(route: Route) -> Lognormal {
    let median_us = match route {
        Route::Health | Route::Counter | Route::Machine | Route::Socket | Route::LatestWorkflow => {
            1_000
        }
        Route::Config | Route::Capabilities | Route::Increment | Route::Transition => 1_500,
        Route::Workflow | Route::TestToken | Route::Build | Route::DeleteBuild => 2_000,
        Route::Workflows => 2_500,
        Route::Clients | Route::Signals | Route::BuildCode | Route::AgentMetrics => 3_000,
        Route::Patterns | Route::ListBuilds | Route::Stats | Route::AgentExecutions => 4_000,
        Route::Login | Route::Upload => 5_000,
        Route::Snapshot | Route::CostToServe | Route::CreateBuild => 6_000,
        Route::Analysis => 7_000,
        Route::Metrics | Route::Optimisation | Route::Execute => 8_000,
    };
    Lognormal { median: Duration::from_micros(median_us), sigma: 0.2 }
}

/// The `n`-th draw (from 0) of `route` under `seed`.
#[must_use]
pub fn draw(seed: u64, route: Route, n: u64) -> Duration {
    let mut generator = stream(seed, 1 + route.index() as u64, n);
    let (a, b) = (uniform(&mut generator), uniform(&mut generator));
    // Box and Muller (1958): two uniform numbers give a normal one; `a` is never 0.
    truth(route).at((-2.0 * a.ln()).sqrt() * (TAU * b).cos())
}

/// Whether the `n`-th request falls into a share of `share` (0 to 1), independently of the others.
pub(super) fn falls_into(share: f64, seed: u64, purpose: u64, n: u64) -> bool {
    share >= 1.0 || uniform(&mut stream(seed, purpose, n)) <= share
}

/// A generator of its own for each (seed, purpose, n). Each part passes through the mixer, so that
/// neighbours have nothing in common.
fn stream(seed: u64, purpose: u64, n: u64) -> SplitMix64 {
    let mixed = SplitMix64::seed_from_u64(seed ^ purpose.rotate_left(32)).next_u64();
    SplitMix64::seed_from_u64(mixed.wrapping_add(n).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Uniform above 0 and up to 1, in steps of 2⁻⁵³.
fn uniform(generator: &mut SplitMix64) -> f64 {
    ((generator.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(route: Route) -> Vec<f64> {
        let mut draws: Vec<f64> = (0..20_000).map(|n| draw(7, route, n).as_secs_f64()).collect();
        draws.sort_by(f64::total_cmp);
        draws
    }

    #[test]
    fn the_draws_have_the_median_and_the_p95_of_the_table() {
        for route in Route::ALL {
            let (draws, truth) = (sorted(route), truth(route));
            let median = draws[10_000] / truth.median.as_secs_f64();
            let p95 = draws[19_000] / truth.p95().as_secs_f64();
            assert!((median - 1.0).abs() < 0.01, "{route}: median off by {median}");
            assert!((p95 - 1.0).abs() < 0.015, "{route}: p95 off by {p95}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_draw_and_another_seed_another() {
        assert_eq!(draw(1, Route::Clients, 5), draw(1, Route::Clients, 5));
        assert_ne!(draw(1, Route::Clients, 5), draw(2, Route::Clients, 5));
        assert_ne!(draw(1, Route::Clients, 5), draw(1, Route::Clients, 6));
    }

    #[test]
    fn routes_and_neighbours_are_independent() {
        let health: Vec<f64> =
            (0..5_000).map(|n| draw(1, Route::Health, n).as_secs_f64().ln()).collect();
        let counter: Vec<f64> =
            (0..5_000).map(|n| draw(1, Route::Counter, n).as_secs_f64().ln()).collect();
        assert!(correlation(&health, &counter).abs() < 0.05);
        assert!(correlation(&health[1..], &health[..4_999]).abs() < 0.05);
    }

    #[test]
    fn a_share_is_met_and_its_ends_are_exact() {
        let met = (0..10_000).filter(|n| falls_into(0.1, 3, 900, *n)).count();
        assert!((900..=1_100).contains(&met), "{met} of 10000");
        assert!((0..1_000).all(|n| falls_into(1.0, 3, 900, n)));
        assert!(!(0..1_000).any(|n| falls_into(0.0, 3, 900, n)));
    }

    fn correlation(a: &[f64], b: &[f64]) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let (mean_a, mean_b) = (mean(a), mean(b));
        let covariance: f64 = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
        let spread = |values: &[f64], mean: f64| {
            values.iter().map(|value| (value - mean).powi(2)).sum::<f64>().sqrt()
        };
        covariance / (spread(a, mean_a) * spread(b, mean_b))
    }
}
