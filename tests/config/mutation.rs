//! Configurations changed at random, the same ones each time: a plan or errors that can be shown.

use perfbase::config::Overrides;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::load_for;

const TRIES: usize = 1500;

#[test]
fn a_changed_file_gives_a_plan_or_errors_and_never_a_panic() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/configuration");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let asked = Overrides::default();
    for attempt in 0..TRIES {
        let mut bytes = seeds[attempt % seeds.len()].clone();
        for _ in 0..random.random_range(1..6) {
            let other = &seeds[random.random_range(0..seeds.len())];
            let from = random.random_range(0..other.len());
            let piece = &other[from..other.len().min(from + random.random_range(0..30))];
            let place = random.random_range(0..=bytes.len());
            let end = bytes.len().min(place + random.random_range(0..10));
            bytes.splice(place..end, piece.iter().copied());
        }
        let plan = load_for(&bytes, Some(&asked)).and_then(|config| config.plan(&asked));
        if let Err(error) = plan {
            assert!(!error.render(attempt % 2 == 0, 100).is_empty());
        }
    }
}
