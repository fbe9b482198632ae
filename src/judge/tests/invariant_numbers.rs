//! Invariants over numbers: what is exact, and what binary loses.

use super::invariants::{after, at, count, ended, found, judged, number, of, value};
use crate::model::{Asked, Comparator, Counted, Met, Number, Operation, Requirement, Scalar, Term};

#[test]
fn decimal_fractions_are_the_same_within_what_binary_loses_and_whole_numbers_exactly() {
    let sum = Term::Of(
        Box::new(Term::Constant(value(0.1))),
        Operation::Plus,
        Box::new(Term::Constant(value(0.2))),
    );
    let statement = (sum, Comparator::Equal, Term::Constant(value(0.3)));
    assert_eq!(judged(statement, after(0.0), &ended(0, &[])).met, Met::Yes);
    let large = 9_000_000_000_000_000.0;
    let next = Term::Constant(value(large + 1.0));
    let statement = (Term::After(at()), Comparator::Equal, next);
    assert_eq!(judged(statement, after(large), &ended(0, &[])).met, Met::No);
}

#[test]
fn a_lost_cent_shows_however_much_is_on_the_account() {
    let ended = ended(50, &[]);
    for balance in [0.1, 20_000_000.23, 90_000_000_000.07] {
        let paid = |times| of(number(times), Operation::Times, count(Counted::Ok));
        let cents = |place| of(number(100.0), Operation::Times, place);
        let change = of(Term::After(at()), Operation::Minus, Term::Before(at()));
        let statements = [
            (Term::After(at()), of(Term::Before(at()), Operation::Plus, paid(0.01))),
            (change.clone(), paid(0.01)),
            (of(cents(Term::After(at())), Operation::Minus, cents(Term::Before(at()))), paid(1.0)),
            (of(number(1000.0), Operation::Times, change), paid(10.0)),
        ];
        for (left, right) in statements {
            for (after, met) in
                [(balance + 0.5, Met::Yes), (balance + 0.49, Met::No), (balance + 0.51, Met::No)]
            {
                // As a service writes it.
                let after: f64 = format!("{after:.2}").parse().unwrap();
                let asked = Asked {
                    before: Some(Ok(found(Ok(value(balance))))),
                    after: Ok(found(Ok(value(after)))),
                };
                let statement = (left.clone(), Comparator::Equal, right.clone());
                let judged = judged(statement, asked, &ended);
                assert_eq!(judged.met, met, "{left} == {right} at {after}: {judged}");
            }
        }
    }
}

/// How `after` compares with `before` where both are these, and with a sum that is as large.
fn large(relation: Comparator, before: Number, after: Number) -> Vec<Requirement> {
    let asked = || Asked {
        before: Some(Ok(found(Ok(Scalar::Number(before))))),
        after: Ok(found(Ok(Scalar::Number(after)))),
    };
    let zero = || of(count(Counted::Failed), Operation::Times, number(0.5));
    let plus = |zero: Term| of(Term::Before(at()), Operation::Plus, zero);
    [Term::Before(at()), plus(number(0.0)), plus(count(Counted::Failed)), plus(zero())]
        .into_iter()
        .map(|right| judged((Term::After(at()), relation, right), asked(), &ended(1, &[])))
        .collect()
}

#[test]
fn whole_numbers_beyond_two_to_the_53_are_told_apart_and_shown_as_they_are() {
    let before = (1_i128 << 53) + 1;
    for (after, relation, met) in [
        (before, Comparator::Equal, Met::Yes),
        (before - 1, Comparator::Equal, Met::No),
        (before + 1, Comparator::Equal, Met::No),
        (before - 1, Comparator::Unequal, Met::Yes),
        (before - 1, Comparator::Below, Met::Yes),
        (before, Comparator::Below, Met::No),
        (before + 1, Comparator::AtMost, Met::No),
        (before + 1, Comparator::Above, Met::Yes),
    ] {
        let judged = large(relation, Number::Whole(before), Number::Whole(after));
        for judged in &judged[..3] {
            assert_eq!(judged.met, met, "{judged}");
            assert!(judged.found.starts_with(&format!("{after} and {before} (")), "{judged}");
        }
        // A fraction cannot be added to them as exactly.
        assert_eq!(judged[3].met, Met::Unknown, "{}", judged[3]);
    }
    let far = large(Comparator::Below, Number::Whole(before), Number::Whole(5));
    assert!(far.iter().all(|judged| judged.met == Met::Yes), "{far:?}");
}

#[test]
fn what_is_too_large_even_for_whole_numbers_is_no_pass_and_no_failure() {
    let most = Number::Whole(i128::MAX);
    let square = || of(Term::After(at()), Operation::Times, Term::After(at()));
    let asked = || Asked { before: None, after: Ok(found(Ok(Scalar::Number(most)))) };
    for relation in [Comparator::Equal, Comparator::Unequal, Comparator::AtMost] {
        let judged = judged((square(), relation, square()), asked(), &ended(0, &[]));
        assert_eq!(judged.met, Met::Unknown, "{judged}");
    }
}

#[test]
fn a_fraction_that_binary_rounds_to_a_whole_number_is_no_exact_one() {
    let read = |text: &str| Number::from_binary(text.parse().unwrap()).unwrap();
    let before = read("4503599627370496.4");
    for relation in [Comparator::Equal, Comparator::Unequal] {
        for judged in large(relation, before, read("4503599627370496.0")) {
            assert_eq!(judged.met, Met::Unknown, "{judged}");
        }
    }
    // Nor where it is a product that shows it: 281474976710655.99 x 100 ends in 599.
    let cents = of(Term::After(at()), Operation::Times, number(100.0));
    let rounded = Term::Constant(Scalar::Number(Number::Whole(28_147_497_671_065_600)));
    let asked =
        || Asked { before: None, after: Ok(found(Ok(Scalar::Number(read("281474976710655.99"))))) };
    let judged = judged((cents, Comparator::Equal, rounded), asked(), &ended(0, &[]));
    assert_eq!(judged.met, Met::Unknown, "{judged}");
    // One that is told apart is what it says.
    for (after, met) in [("200.0", Met::Yes), ("2e2", Met::Yes), ("200.5", Met::No)] {
        let judged = large(Comparator::Equal, Number::Whole(200), read(after)).remove(0);
        assert_eq!(judged.met, met, "{after}: {judged}");
    }
}
