//! The energy statistic of every split of a segment, in n log n.
//!
//! Moving the split by one value moves that value's distances from one side to the other, so all it
//! takes is the sum of its distances to the values before it. A Fenwick tree over the values in
//! ascending order keeps count and sum of those, and no n x n matrix of distances is ever held.

use crate::stats::finite;

/// The values of a segment, ready to be split in any order.
pub(super) struct Segment {
    /// The values, moved so that their median is 0 and sums keep their digits.
    values: Vec<f64>,
    /// Place of each value among the different values, from 1.
    places: Vec<usize>,
    /// Sum of each value's distances to all others.
    to_all: Vec<f64>,
    /// Sum of the distances of all pairs.
    of_pairs: f64,
    seen: Fenwick,
}

/// A split and how well it separates.
pub(super) struct Split {
    /// Index of the first value after the split.
    pub(super) index: usize,
    /// The energy statistic.
    pub(super) q: f64,
}

impl Segment {
    /// `None` when a distance is beyond the finite numbers.
    pub(super) fn new(values: &[f64]) -> Option<Self> {
        let mut sorted = finite::sorted(values)?;
        let middle = sorted[sorted.len() / 2];
        let values: Vec<f64> = values.iter().map(|value| value - middle).collect();
        for value in &mut sorted {
            *value -= middle;
        }
        sorted.dedup();
        let place = |value: &f64| sorted.partition_point(|other| other < value) + 1;
        let places: Vec<usize> = values.iter().map(place).collect();
        let mut seen = Fenwick::new(sorted.len());
        values.iter().zip(&places).for_each(|(value, place)| seen.add(*place, *value));
        let to_all: Vec<f64> = values
            .iter()
            .zip(&places)
            .map(|(value, place)| seen.distances(*place, *value))
            .collect();
        let of_pairs = finite::answer(to_all.iter().sum::<f64>() / 2.0)?;
        Some(Self { values, places, to_all, of_pairs, seen })
    }

    /// Mean distance of a pair; 0 for fewer than two values.
    pub(super) fn mean_distance(&self) -> f64 {
        self.of_pairs / pairs(self.values.len()).max(1.0)
    }

    /// The split with the largest statistic when the values stand in the given order, the first of
    /// them if several are alike; `None` when the segment is too short for two sides.
    pub(super) fn best_split(&mut self, order: &[usize], min_size: usize) -> Option<Split> {
        let n = order.len();
        self.seen.clear();
        let (mut left, mut from_left) = (0.0, 0.0);
        let mut best: Option<Split> = None;
        for (&at, index) in order.iter().zip(1..) {
            let (value, place) = (self.values[at], self.places[at]);
            left += self.seen.distances(place, value);
            from_left += self.to_all[at];
            self.seen.add(place, value);
            if index < min_size || index + min_size > n {
                continue;
            }
            let across = from_left - 2.0 * left;
            let right = self.of_pairs - left - across;
            let q = statistic(index, n - index, Distances { left, right, across });
            if best.as_ref().is_none_or(|best| q > best.q) {
                best = Some(Split { index, q });
            }
        }
        best
    }
}

/// Sums of the distances within and between two sides.
#[derive(Clone, Copy)]
struct Distances {
    left: f64,
    right: f64,
    across: f64,
}

fn statistic(m: usize, n: usize, distances: Distances) -> f64 {
    let within = distances.left / pairs(m) + distances.right / pairs(n);
    let (m, n) = (m as f64, n as f64);
    2.0 * distances.across / (m + n) - within * (m * n / (m + n))
}

fn pairs(n: usize) -> f64 {
    n as f64 * (n as f64 - 1.0) / 2.0
}

/// Count and sum of the values at or below a place.
#[derive(Clone, Copy, Default)]
struct Held {
    count: f64,
    sum: f64,
}

/// A Fenwick tree (1994): values come in one at a time, sums over the smallest places come out.
struct Fenwick {
    nodes: Vec<Held>,
    all: Held,
}

impl Fenwick {
    fn new(places: usize) -> Self {
        Self { nodes: vec![Held::default(); places + 1], all: Held::default() }
    }

    fn clear(&mut self) {
        self.nodes.fill(Held::default());
        self.all = Held::default();
    }

    fn add(&mut self, place: usize, value: f64) {
        let mut node = place;
        while node < self.nodes.len() {
            self.nodes[node].count += 1.0;
            self.nodes[node].sum += value;
            node += node & node.wrapping_neg();
        }
        self.all.count += 1.0;
        self.all.sum += value;
    }

    /// Sum of the distances of a value at a place to all values held.
    fn distances(&self, place: usize, value: f64) -> f64 {
        let mut below = Held::default();
        let mut node = place;
        while node > 0 {
            below.count += self.nodes[node].count;
            below.sum += self.nodes[node].sum;
            node &= node - 1;
        }
        let above = Held { count: self.all.count - below.count, sum: self.all.sum - below.sum };
        (value * below.count - below.sum) + (above.sum - value * above.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The statistic by its definition, pair by pair.
    fn by_definition(left: &[f64], right: &[f64]) -> f64 {
        let sum = |a: &[f64], b: &[f64]| -> f64 {
            a.iter().flat_map(|x| b.iter().map(move |y| (x - y).abs())).sum()
        };
        let (m, n) = (left.len() as f64, right.len() as f64);
        let within = sum(left, left) / (m * (m - 1.0)) + sum(right, right) / (n * (n - 1.0));
        m * n / (m + n) * (2.0 / (m * n) * sum(left, right) - within)
    }

    proptest! {
        #![proptest_config(crate::stats::properties::fixed(256))]

        #[test]
        fn the_best_split_is_that_of_the_definition(
            values in prop::collection::vec(-20_i32..20, 4..40),
        ) {
            let values: Vec<f64> = values.into_iter().map(|v| f64::from(v) / 4.0).collect();
            let order: Vec<usize> = (0..values.len()).collect();
            let best = Segment::new(&values).unwrap().best_split(&order, 2).unwrap();
            let largest = (2..=values.len() - 2)
                .map(|at| by_definition(&values[..at], &values[at..]))
                .fold(f64::NEG_INFINITY, f64::max);
            let (left, right) = values.split_at(best.index);
            prop_assert!((best.q - by_definition(left, right)).abs() < 1e-9);
            prop_assert!((best.q - largest).abs() < 1e-9);
        }
    }
}
