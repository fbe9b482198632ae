//! The order in which the experiments are carried out.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Compares that share one start of the service and one baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The experiment's position.
    pub(crate) experiment: usize,
    /// How many.
    pub(crate) compares: u32,
    /// Fixes the service and the noise.
    pub(crate) seed: u64,
}

/// So many compares share a baseline: more would count one lucky baseline many times over.
const MOST: u32 = 10;

/// `compares` of each experiment in batches, in a shuffled order, so that a machine that changes
/// with time does so for all experiments alike.
pub(crate) fn batches(compares: &[u32], seed: u64) -> Vec<Batch> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut batches = Vec::new();
    for (experiment, &compares) in compares.iter().enumerate() {
        let full = (0..compares / MOST).map(|_| MOST);
        let rest = Some(compares % MOST).filter(|rest| *rest > 0);
        for compares in full.chain(rest) {
            batches.push(Batch { experiment, compares, seed: random.next_u64() });
        }
    }
    batches.shuffle(&mut random);
    batches
}
