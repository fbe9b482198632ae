//! The energy statistic, against its definition.

use perfbase::stats;
use serde::Deserialize;

use crate::{close, read};

#[derive(Deserialize)]
struct Recorded {
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    values: Vec<f64>,
    min_size: usize,
    q: f64,
    index: usize,
}

#[test]
fn the_best_split_agrees_with_the_matrix_of_distances() {
    let recorded: Recorded = read(include_str!("../reference/changes.json"));
    for case in recorded.changes {
        let search = stats::EDivisive {
            min_size: case.min_size,
            permutations: 1,
            ..stats::EDivisive::default()
        };
        let ours = stats::strongest_change(&case.values, search).unwrap();
        assert_eq!(ours.index, case.index, "{ours:?}, not {}", case.q);
        assert!(close(ours.q, case.q.max(0.0)), "{ours:?}, not {}", case.q);
    }
}
