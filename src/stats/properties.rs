//! How properties are tested: the same cases in every run, and no file left behind.

use proptest::test_runner::{Config, RngSeed};

/// This many cases, always the same ones.
pub(super) fn fixed(cases: u32) -> Config {
    Config { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::with_cases(cases) }
}
