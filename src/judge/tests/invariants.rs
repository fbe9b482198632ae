//! Invariants and failures: what is found, and when nobody knows.

use std::collections::BTreeMap;

use crate::judge::{invariants, no_failures};
use crate::model::{
    Asked, Comparator, Counted, EndpointName, Failure, Found, Invariant, Met, Method, Number,
    Operation, Outcomes, Place, Request, Requirement, Resolved, Scalar, Statement, Term,
};

const POST: &str = "POST /things";

fn name() -> EndpointName {
    POST.parse().unwrap()
}

pub(super) fn ended(
    successes: u64,
    failures: &[(Failure, u64)],
) -> BTreeMap<EndpointName, Outcomes> {
    let failures = failures.iter().copied().collect();
    BTreeMap::from([(name(), Outcomes { successes, failures, ..Outcomes::default() })])
}

pub(super) fn found(value: Result<Scalar, String>) -> Found {
    Found { status: 200, values: BTreeMap::from([("/value".to_owned(), value)]) }
}

pub(super) fn value(number: f64) -> Scalar {
    // As it is written: a whole number without a fraction.
    let whole = number.to_string().parse().map(Number::Whole);
    Scalar::Number(whole.unwrap_or_else(|_| Number::from_binary(number).unwrap()))
}

pub(super) fn count(counted: Counted) -> Term {
    Term::Count(name(), counted)
}

pub(super) fn at() -> Place {
    Place::Json("/value".to_owned())
}

pub(super) fn judged(
    (left, relation, right): (Term, Comparator, Term),
    asked: Asked,
    ended: &BTreeMap<EndpointName, Outcomes>,
) -> Requirement {
    let request = Request::plain(Method::new("GET").unwrap(), Resolved::plain("/a").into());
    let holds = Statement { written: "as written".to_owned(), left, relation, right };
    let invariant = Invariant { name: "exact".to_owned(), request, holds };
    invariants(&[invariant], &[asked], ended).remove(0)
}

pub(super) fn after(number: f64) -> Asked {
    Asked { before: None, after: Ok(found(Ok(value(number)))) }
}

fn exact(number: f64, ended: &BTreeMap<EndpointName, Outcomes>) -> Requirement {
    let statement = (Term::After(at()), Comparator::Equal, count(Counted::Ok));
    judged(statement, after(number), ended)
}

#[test]
fn a_count_is_exact_where_every_answer_came() {
    let ended = ended(7, &[(Failure::Status5xx, 2)]);
    assert_eq!(exact(7.0, &ended).met, Met::Yes);
    for wrong in [6.0, 8.0, 9.0] {
        assert_eq!(exact(wrong, &ended).met, Met::No, "{wrong}");
    }
}

#[test]
fn requests_whose_fate_is_unknown_widen_it_by_their_number_and_it_is_said() {
    let unknown = [(Failure::Timeout, 1), (Failure::Reset, 1), (Failure::Body, 1)];
    let ended = ended(7, &unknown);
    for fits in [7.0, 8.0, 10.0] {
        let exact = exact(fits, &ended);
        assert_eq!(exact.met, Met::Yes, "{fits}");
        assert!(exact.found.ends_with("within 3 requests whose fate is unknown"), "{exact}");
    }
    assert_eq!(exact(6.0, &ended).met, Met::No);
    assert_eq!(exact(11.0, &ended).met, Met::No);
    let all = (count(Counted::All), Comparator::Equal, Term::Constant(value(10.0)));
    assert_eq!(judged(all, after(0.0), &ended).met, Met::Yes);
    let resets = Counted::Class(Failure::Reset);
    let resets = (count(resets), Comparator::Equal, Term::Constant(value(1.0)));
    assert_eq!(judged(resets, after(0.0), &ended).met, Met::Yes);
}

#[test]
fn intervals_are_subtracted_crosswise_and_multiplied_at_their_ends() {
    // From 2 to 4.
    let ended = ended(2, &[(Failure::Timeout, 2)]);
    let of = |left, operation, right| Term::Of(Box::new(left), operation, Box::new(right));
    let number = |number| Term::Constant(value(number));
    let rows = [
        (of(number(10.0), Operation::Minus, count(Counted::Ok)), 6.0, 8.0),
        (of(number(-3.0), Operation::Times, count(Counted::Ok)), -12.0, -6.0),
        (of(number(1.0), Operation::Plus, count(Counted::Ok)), 3.0, 5.0),
        (Term::Negative(Box::new(count(Counted::Ok))), -4.0, -2.0),
    ];
    for (term, low, high) in rows {
        for (constant, met) in [(low - 1.0, Met::No), (low, Met::Yes), (high, Met::Yes)] {
            let statement = (term.clone(), Comparator::Equal, number(constant));
            assert_eq!(judged(statement, after(0.0), &ended).met, met, "{term} == {constant}");
        }
        let statement = (term.clone(), Comparator::Equal, number(high + 1.0));
        assert_eq!(judged(statement, after(0.0), &ended).met, Met::No, "{term}");
        for (relation, constant, met) in [
            (Comparator::Below, low, Met::No),
            (Comparator::AtMost, low, Met::Yes),
            (Comparator::Above, high, Met::No),
            (Comparator::AtLeast, high, Met::Yes),
            (Comparator::Unequal, low, Met::Yes),
        ] {
            let statement = (term.clone(), relation, number(constant));
            assert_eq!(judged(statement, after(0.0), &ended).met, met, "{term} {relation:?}");
        }
    }
}

#[test]
fn what_cannot_be_found_out_is_no_pass() {
    let ended = ended(7, &[]);
    let statement = || (Term::After(at()), Comparator::Equal, Term::Before(at()));
    let missed = || Ok(found(Err("the body has nothing at `/value`".to_owned())));
    let gone = || Err("no answer (timeout)".to_owned());
    let there = || Ok(found(Ok(value(7.0))));
    for (before, after) in [
        (Some(there()), missed()),
        (Some(there()), gone()),
        (Some(missed()), there()),
        (Some(gone()), there()),
        (None, there()),
    ] {
        let judged = judged(statement(), Asked { before, after }, &ended);
        assert_eq!(judged.met, Met::Unknown, "{judged}");
    }
    let asked = Asked { before: Some(there()), after: there() };
    assert_eq!(judged(statement(), asked, &ended).met, Met::Yes);
}

fn text(text: &str) -> Term {
    Term::Text(Resolved::plain(text))
}

/// An answer with a text.
fn saying(text: &str) -> Asked {
    let found = found(Ok(Scalar::Text(text.to_owned())));
    Asked { before: Some(Ok(found.clone())), after: Ok(found) }
}

#[test]
fn a_text_of_an_answer_is_shown_only_if_the_statement_has_it() {
    use Comparator::{Below, Equal, Unequal};
    let secret = || Term::Text(Resolved::new("${SECRET}", "hunter2"));
    let other = |found: &str| Asked { after: saying(found).after, ..saying("a third") };
    let plus = of(Term::After(at()), Operation::Plus, number(1.0));
    for (left, relation, right, asked, found) in [
        (
            Term::After(at()),
            Equal,
            text("x"),
            saying("hunter2"),
            "another text and \"x\" (/value is a text)",
        ),
        (
            text("x"),
            Equal,
            Term::After(at()),
            saying("hunter2"),
            "\"x\" and another text (/value is a text)",
        ),
        (Term::After(at()), Equal, text("x"), saying("x"), "\"x\" and \"x\" (/value is \"x\")"),
        (
            Term::After(at()),
            Equal,
            secret(),
            saying("hunter2"),
            "\"${SECRET}\" and \"${SECRET}\" (/value is \"${SECRET}\")",
        ),
        (
            Term::After(at()),
            Equal,
            secret(),
            saying("hunter3"),
            "another text and \"${SECRET}\" (/value is a text)",
        ),
        (
            Term::After(at()),
            Unequal,
            Term::Before(at()),
            saying("hunter2"),
            "a text and the same text (/value is a text, before(/value) is a text)",
        ),
        (
            Term::After(at()),
            Unequal,
            Term::Before(at()),
            other("hunter2"),
            "a text and another text (/value is a text, before(/value) is a text)",
        ),
        (
            Term::After(at()),
            Unequal,
            Term::Constant(Scalar::Null),
            saying("hunter2"),
            "a text and null (/value is a text)",
        ),
        (
            Term::After(at()),
            Below,
            text("x"),
            saying("hunter2"),
            "another text cannot be compared with \"x\"",
        ),
        (
            Term::After(at()),
            Equal,
            number(5.0),
            saying("hunter2"),
            "a text cannot be compared with 5",
        ),
        (plus, Equal, number(5.0), saying("hunter2"), "/value is a text, which is no number"),
    ] {
        assert!(!format!("{asked:?} {left:?} {right:?}").contains("hunter"));
        let judged = judged((left, relation, right), asked, &ended(0, &[]));
        assert_eq!(judged.found, found);
    }
}

#[test]
fn texts_are_the_same_or_not_and_have_no_order() {
    let asked = || saying("idle");
    for (relation, met) in [
        (Comparator::Equal, Met::Yes),
        (Comparator::Unequal, Met::No),
        (Comparator::Below, Met::Unknown),
    ] {
        let statement = (Term::After(at()), relation, text("idle"));
        assert_eq!(judged(statement, asked(), &ended(0, &[])).met, met);
    }
    let number = Term::Constant(value(1.0));
    let sum = Term::Of(Box::new(Term::After(at())), Operation::Plus, Box::new(number.clone()));
    let judged = judged((sum, Comparator::Equal, number), asked(), &ended(0, &[]));
    assert_eq!(judged.met, Met::Unknown, "{judged}");
}

pub(super) fn of(left: Term, operation: Operation, right: Term) -> Term {
    Term::Of(Box::new(left), operation, Box::new(right))
}

pub(super) fn number(number: f64) -> Term {
    Term::Constant(value(number))
}

#[test]
fn things_of_different_kinds_are_neither_the_same_nor_not() {
    let text = || text("5");
    let truth = || Term::Constant(Scalar::Truth(true));
    let null = || Term::Constant(Scalar::Null);
    for relation in [Comparator::Equal, Comparator::Unequal] {
        for (left, right) in [(number(5.0), text()), (text(), truth()), (truth(), number(1.0))] {
            let judged = judged((left, relation, right), after(0.0), &ended(0, &[]));
            assert_eq!(judged.met, Met::Unknown, "{judged}");
        }
    }
    for (left, right) in [(number(5.0), null()), (null(), text())] {
        let statement = (left, Comparator::Unequal, right);
        assert_eq!(judged(statement, after(0.0), &ended(0, &[])).met, Met::Yes);
    }
}

#[test]
fn successes_are_counted_together_and_by_whether_they_were_expected() {
    let allowed = BTreeMap::from([(409, 3)]);
    let failures = BTreeMap::from([(Failure::Timeout, 1)]);
    let outcomes = Outcomes { successes: 7, allowed, failures, ..Outcomes::default() };
    let ended = BTreeMap::from([(name(), outcomes)]);
    for (counted, low, high) in
        [(Counted::Ok, 7.0, 8.0), (Counted::Expected, 4.0, 5.0), (Counted::Allowed, 3.0, 4.0)]
    {
        for (constant, met) in
            [(low - 1.0, Met::No), (low, Met::Yes), (high, Met::Yes), (high + 1.0, Met::No)]
        {
            let statement = (count(counted), Comparator::Equal, number(constant));
            let judged = judged(statement, after(0.0), &ended);
            assert_eq!(judged.met, met, "{judged}");
        }
    }
}

#[test]
fn what_was_mostly_skipped_is_no_pass_and_what_was_skipped_is_said() {
    let judged = |successes, skipped| {
        let outcomes = Outcomes { successes, skipped, ..Outcomes::default() };
        no_failures(&[name()], &BTreeMap::from([(name(), outcomes)])).remove(0)
    };
    for (skipped, met) in [(0, Met::Yes), (19, Met::Yes), (81, Met::Unknown)] {
        let judged = judged(19, skipped);
        assert_eq!(judged.met, met, "{judged}");
        assert_eq!(judged.found.contains("skipped"), skipped > 0, "{judged}");
    }
}

#[test]
fn a_service_that_loses_noticeably_many_requests_is_not_right_though_they_are_sent_again() {
    let judged = |successes, repeated| {
        let outcomes = Outcomes { successes, repeated, ..Outcomes::default() };
        no_failures(&[name()], &BTreeMap::from([(name(), outcomes)])).remove(0)
    };
    for (repeated, met) in [(0, Met::Yes), (2, Met::Yes), (3, Met::No), (100, Met::No)] {
        let judged = judged(200, repeated);
        assert_eq!(judged.met, met, "{judged}");
        assert_eq!(judged.found.contains("sent again"), repeated > 0, "{judged}");
    }
    assert_eq!(judged(4000, 3).met, Met::Yes, "as rare as those that cross");
    assert_eq!(
        judged(200, 100).found,
        "100 of 200 requests lost their connection and were sent again"
    );
}

#[test]
fn one_failure_is_too_many_and_nothing_sent_is_not_none() {
    let met = |ended| no_failures(&[name()], &ended)[0].met;
    assert_eq!(met(ended(50, &[])), Met::Yes);
    assert_eq!(met(ended(49, &[(Failure::Check, 1)])), Met::No);
    assert_eq!(met(ended(0, &[])), Met::Unknown);
    assert_eq!(met(BTreeMap::new()), Met::Unknown);
    let other: EndpointName = "GET /other".parse().unwrap();
    let both = no_failures(&[name(), other], &ended(1, &[]));
    assert_eq!(both.iter().map(|row| row.met).collect::<Vec<_>>(), [Met::Yes, Met::Unknown]);
}

#[test]
fn what_holds_only_because_nothing_was_sent_is_no_pass() {
    let other = Term::Count("GET /other".parse().unwrap(), Counted::Ok);
    let nothing = || ended(0, &[]);
    let both = BTreeMap::from([
        (name(), Outcomes::default()),
        ("GET /other".parse().unwrap(), Outcomes { successes: 1, ..Outcomes::default() }),
    ]);
    let sum = || of(count(Counted::All), Operation::Plus, other.clone());
    for (counted, value, ended, met) in [
        (count(Counted::Ok), 0.0, nothing(), Met::Unknown),
        (count(Counted::Failed), 0.0, nothing(), Met::Unknown),
        // Something else has changed it.
        (count(Counted::Ok), 1.0, nothing(), Met::No),
        (sum(), 0.0, nothing(), Met::Unknown),
        (sum(), 1.0, both, Met::Yes),
        (
            count(Counted::Class(Failure::Dropped)),
            3.0,
            ended(0, &[(Failure::Dropped, 3)]),
            Met::Unknown,
        ),
        // The run was not to send it.
        (other.clone(), 0.0, nothing(), Met::Yes),
        (count(Counted::Ok), 0.0, ended(0, &[(Failure::Connect, 1)]), Met::Yes),
    ] {
        let judged = judged((counted, Comparator::Equal, number(value)), after(0.0), &ended);
        assert_eq!(judged.met, met, "{judged}");
    }
}
