use proptest::prelude::*;

use super::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn the_published_examples_have_the_published_p() {
    let four = [2.0, 1.0, 3.0, 5.0];
    let apart = mann_whitney(&four, &[12.0, 11.0, 13.0, 15.0]).unwrap();
    assert!(close(apart.u, 0.0) && close(apart.p_two_sided, 2.0 / 70.0), "{apart:?}");
    let mixed = mann_whitney(&four, &[0.0, 4.0, 6.0, 7.0]).unwrap();
    assert!(close(mixed.u, 5.0) && close(mixed.p_two_sided, 34.0 / 70.0), "{mixed:?}");
    let males = [19.0, 22.0, 16.0, 29.0, 24.0];
    let ages = mann_whitney(&males, &[20.0, 11.0, 17.0, 12.0]).unwrap();
    assert!(close(ages.u, 17.0) && close(ages.p_two_sided, 1.0 / 9.0), "{ages:?}");
}

#[test]
fn many_values_take_the_normal_approximation() {
    let x: Vec<f64> = (0..500).map(|i| f64::from(2 * i)).collect();
    let y: Vec<f64> = (0..600).map(|i| f64::from(2 * i - 41)).collect();
    let test = mann_whitney(&x, &y).unwrap();
    assert!(!test.exact);
    assert!(close(test.u, 135_250.0));
    assert!((test.p_two_sided - 0.004_933_536_081_4).abs() < 1e-6, "{}", test.p_two_sided);
}

#[test]
fn the_smallest_p_of_equal_sides_is_the_enumerated_one() {
    let smallest = [
        (3, 0.1),
        (4, 2.0 / 70.0),
        (5, 2.0 / 252.0),
        (6, 2.0 / 924.0),
        (7, 2.0 / 3432.0),
        (8, 2.0 / 12_870.0),
        (9, 2.0 / 48_620.0),
    ];
    let rounded =
        [0.1, 0.028_571_4, 0.007_936_5, 0.002_164_5, 0.000_582_75, 0.000_155_40, 0.000_041_135];
    for ((n, expected), rounded) in smallest.into_iter().zip(rounded) {
        let low: Vec<f64> = (0..n).map(f64::from).collect();
        let high: Vec<f64> = (n..2 * n).map(f64::from).collect();
        let test = mann_whitney(&low, &high).unwrap();
        assert!(close(test.p_two_sided, expected), "n {n}: {test:?}");
        assert!((expected - rounded).abs() <= 5e-8, "n {n}");
    }
}

#[test]
fn values_that_are_all_equal_are_evidence_for_nothing() {
    for n in [1, 5, 200] {
        let test = mann_whitney(&vec![3.0; n], &vec![3.0; n]).unwrap();
        assert!(close(test.p_two_sided, 1.0) && close(test.p_greater, 1.0), "{test:?}");
        assert!(close(test.u, (n * n) as f64 / 2.0));
    }
}

#[test]
fn enumeration_and_approximation_meet_where_one_hands_over() {
    let first: Vec<f64> = (0..50).map(|i| f64::from(i % 13)).collect();
    let second: Vec<f64> = (0..50).map(|i| f64::from(i % 11)).collect();
    let exact = mann_whitney(&first, &second).unwrap();
    assert!(exact.exact);
    let pooled: Vec<f64> = first.iter().chain(&second).copied().collect();
    let (_, groups) = ranks::doubled_mid_ranks(&pooled);
    let (upper, _) = normal_tails(50, 50, &groups, exact.u);
    assert!((exact.p_greater - upper).abs() < 1e-3, "{} and {upper}", exact.p_greater);
}

#[test]
fn what_is_no_sample_has_no_test() {
    assert_eq!(mann_whitney(&[], &[1.0]), None);
    assert_eq!(mann_whitney(&[1.0], &[]), None);
    assert_eq!(mann_whitney(&[f64::NAN], &[1.0]), None);
    assert_eq!(mann_whitney(&[1.0], &[f64::INFINITY]), None);
}

/// Pairs in which the first is larger, ties one half: U by its definition.
fn by_definition(first: &[f64], second: &[f64]) -> f64 {
    let pairs = first.iter().flat_map(|x| second.iter().map(move |y| (x, y)));
    pairs
        .map(|(x, y)| {
            if x > y {
                1.0
            } else if x < y {
                0.0
            } else {
                0.5
            }
        })
        .sum()
}

/// Both tails over all regroupings, one by one.
fn enumerated(first: &[f64], second: &[f64]) -> (f64, f64) {
    let pooled: Vec<f64> = first.iter().chain(second).copied().collect();
    let observed = by_definition(first, second);
    let (mut all, mut upper, mut lower) = (0, 0, 0);
    for chosen in
        (0..1_u32 << pooled.len()).filter(|bits| bits.count_ones() as usize == first.len())
    {
        let side = |wanted: u32| -> Vec<f64> {
            (0..pooled.len()).filter(|i| chosen >> i & 1 == wanted).map(|i| pooled[i]).collect()
        };
        let u = by_definition(&side(1), &side(0));
        all += 1;
        upper += u32::from(u >= observed);
        lower += u32::from(u <= observed);
    }
    (f64::from(upper) / f64::from(all), f64::from(lower) / f64::from(all))
}

proptest! {
    #![proptest_config(crate::stats::properties::fixed(64))]
    #[test]
    fn ties_are_counted_as_every_regrouping_one_by_one(
        first in prop::collection::vec(0_i32..6, 1..6),
        second in prop::collection::vec(0_i32..6, 1..6),
    ) {
        let first: Vec<f64> = first.into_iter().map(f64::from).collect();
        let second: Vec<f64> = second.into_iter().map(f64::from).collect();
        let test = mann_whitney(&first, &second).unwrap();
        let (upper, lower) = enumerated(&first, &second);
        prop_assert!(close(test.u, by_definition(&first, &second)));
        prop_assert!(close(test.p_greater, upper));
        prop_assert!(close(test.p_two_sided, (2.0 * upper.min(lower)).min(1.0)));
    }

    #[test]
    fn swapping_the_samples_keeps_the_two_sided_p(
        first in prop::collection::vec(-9.0..9.0_f64, 1..30),
        second in prop::collection::vec(-9.0..9.0_f64, 1..30),
    ) {
        let there = mann_whitney(&first, &second).unwrap();
        let back = mann_whitney(&second, &first).unwrap();
        prop_assert!(close(there.p_two_sided, back.p_two_sided));
        prop_assert!(close(there.u + back.u, (first.len() * second.len()) as f64));
    }
}
