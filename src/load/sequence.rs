//! Which endpoint comes next: fixed by the seed, so that two runs send the same sequence.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Stirs several numbers into one seed (`SplitMix64`'s finalizer over each), so that neighbouring
/// users and rounds get unrelated sequences.
pub(crate) fn stir(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// The endpoint's position for arrival `n` of an open loop: the same whichever worker sends it.
pub(crate) fn choice_of_arrival(seed: u64, n: u64, choices: usize) -> usize {
    // The high bits times the number of choices: no division, bias below 2^-32.
    ((u128::from(stir(&[seed, n])) * choices as u128) >> 64) as usize
}

/// The positions 0 to `len` in an order fixed by `seed` (Fisher-Yates).
pub(crate) fn shuffled(seed: u64, len: usize) -> Vec<usize> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        order.swap(last, rng.random_range(0..=last));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_another_seed_another() {
        let choices = |seed| (0..50).map(|n| choice_of_arrival(seed, n, 10)).collect::<Vec<_>>();
        assert_eq!(choices(7), choices(7));
        assert_ne!(choices(7), choices(8));
        assert_eq!(shuffled(7, 30), shuffled(7, 30));
        assert_ne!(shuffled(7, 30), shuffled(8, 30));
    }

    #[test]
    fn every_endpoint_gets_its_share() {
        let mut counts = [0_u32; 4];
        for n in 0..16_000 {
            counts[choice_of_arrival(1, n, 4)] += 1;
        }
        assert!(counts.iter().all(|&count| (3800..4200).contains(&count)), "{counts:?}");
    }

    #[test]
    fn a_shuffle_keeps_every_position() {
        let mut order = shuffled(3, 100);
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
        assert_eq!(shuffled(3, 0), Vec::<usize>::new());
    }
}
