//! Tests of checks on answers.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use proptest::prelude::*;

use super::super::capture::Why;
use super::super::parsed::MOST;
use super::*;
use crate::model::{Escape, Part, Slot};

const TYPE: &str = "application/json; charset=utf-8";

fn reply(body: &str) -> Reply {
    let headers = HeaderMap::from_iter([
        (CONTENT_TYPE, TYPE.parse().unwrap()),
        ("x-count".parse().unwrap(), "12".parse().unwrap()),
    ]);
    Reply {
        status: 200,
        headers,
        body: body.as_bytes().to_vec(),
        bytes: body.len() as u64,
        ..Reply::default()
    }
}

fn tested(tests: Vec<Test>, reply: &Reply, values: &Values) -> Vec<Finding> {
    let checks: Vec<Check> =
        tests.into_iter().map(|test| Check { written: "written".to_owned(), test }).collect();
    let mut findings = Vec::new();
    let mut body = Parsed::default();
    let mut answer = Answer { status: reply.status, reply, body: &mut body };
    Checks::new(&checks).unwrap().test(&mut answer, values, |written, finding| {
        assert_eq!(written, "written");
        findings.push(finding.clone());
    });
    findings
}

fn found(test: Test, body: &str) -> Option<String> {
    let findings = tested(vec![test], &reply(body), &Values::new(1));
    findings.first().map(ToString::to_string)
}

fn json(pointer: &str) -> Subject {
    Subject::Json(pointer.to_owned())
}

fn header(name: &str) -> Subject {
    Subject::Header(name.to_owned())
}

fn text(text: &str) -> Operand {
    Operand::Text(crate::model::Resolved::plain(text).into())
}

fn literal(json: &str) -> Operand {
    Operand::Json(json.to_owned())
}

const BODY: &str = r#"{"status": "ok", "total": 3, "ratio": 1.0, "items": [{"id": 7}, "x"], "no": null, "on": true}"#;

#[test]
fn what_holds_is_silent() {
    use Relation::*;
    for (subject, relation, operand) in [
        (Subject::Status, Equal, literal("200")),
        (Subject::Size, Equal, literal(&BODY.len().to_string())),
        (Subject::Size, AtMost, literal("10000")),
        (json("/status"), Equal, literal("\"ok\"")),
        (json("/status"), Equal, text("ok")),
        (json("/status"), Contains, text("o")),
        (json("/status"), NotEqual, text("failed")),
        (json("/total"), Equal, literal("3.0")),
        (json("/total"), Equal, text("3")),
        (json("/total"), Less, literal("4")),
        (json("/total"), AtLeast, literal("3")),
        (json("/ratio"), Equal, literal("1")),
        (json("/items"), Contains, literal("{\"id\": 7.0}")),
        (json("/items"), Contains, text("x")),
        (json("/items/0/id"), Greater, text("6.5")),
        (json("/no"), Equal, literal("null")),
        (json("/no"), NotEqual, text("ul")),
        (json("/no"), NotEqual, literal("\"ul\"")),
        (json("/on"), Equal, text("true")),
        (json(""), Contains, text("total")),
        (header("content-type"), Contains, text("json")),
        (header("x-count"), Equal, text("12")),
        (header("x-count"), Less, text("13")),
        (Subject::Body, Contains, text("\"total\": 3")),
    ] {
        let shown = format!("{subject:?} {relation} {operand:?}");
        assert_eq!(found(Test::Compare(subject, relation, operand), BODY), None, "{shown}");
    }
    for test in [
        Test::Exists(json("/no")),
        Test::Exists(Subject::Body),
        Test::Absent(json("/nowhere")),
        Test::Absent(header("etag")),
        Test::Matches(Subject::Body, "^\\{".to_owned()),
        Test::Matches(json("/total"), "^3$".to_owned()),
        Test::Matches(header("content-type"), "utf-8$".to_owned()),
        Test::Schema(
            r#"{"required": ["total"], "properties": {"total": {"minimum": 1}}}"#.to_owned(),
        ),
    ] {
        let shown = format!("{test:?}");
        assert_eq!(found(test, BODY), None, "{shown}");
    }
}

#[test]
fn what_does_not_hold_is_told_without_its_value() {
    use Relation::*;
    for (subject, relation, operand, finding) in [
        (Subject::Status, Equal, literal("201"), "it is 200"),
        (Subject::Size, Less, literal("5"), &format!("it is {}", BODY.len())),
        (json("/status"), Equal, literal("\"failed\""), "it is another text"),
        (json("/status"), Equal, literal("1"), "it is a text"),
        (json("/status"), NotEqual, text("ok"), "it is that text"),
        (json("/status"), Less, literal("1"), "it is a text"),
        (json("/total"), Equal, literal("\"3\""), "it is a number"),
        (json("/total"), Greater, literal("3"), "it is another number"),
        (json("/nowhere"), NotEqual, text("x"), "there is nothing"),
        (json("/items"), Contains, text("y"), "it is a list without it"),
        (json("/no"), Equal, text("null"), "it is null"),
        (json("/no"), Less, text("1"), "it is null"),
        (json("/no"), Contains, text("ul"), "it is null"),
        (json("/no"), Contains, literal("\"ul\""), "it is null"),
        (json("/total"), Contains, text("3"), "it is a number"),
        (json("/total"), Contains, literal("3"), "it is a number"),
        (json("/on"), Contains, text("ru"), "it is a boolean"),
        (header("etag"), Equal, text("x"), "there is nothing"),
        (header("content-type"), Less, text("1"), "it is a text"),
        (Subject::Body, Contains, text("secret"), "it is a text without it"),
    ] {
        let shown = format!("{subject:?} {relation} {operand:?}");
        let test = Test::Compare(subject, relation, operand);
        assert_eq!(found(test, BODY).as_deref(), Some(finding), "{shown}");
    }
    for (test, finding) in [
        (Test::Exists(json("/nowhere")), "there is nothing"),
        (Test::Absent(json("/total")), "there is a number"),
        (Test::Matches(Subject::Body, "^ok".to_owned()), "it is a text that does not match"),
        (Test::Matches(json("/no"), "^[a-z]+$".to_owned()), "it is null"),
        (
            Test::Schema(r#"{"properties": {"status": {"enum": ["a"]}}}"#.to_owned()),
            "the body does not fit `/properties/status/enum`",
        ),
    ] {
        let shown = format!("{test:?}");
        assert_eq!(found(test, BODY).as_deref(), Some(finding), "{shown}");
    }
}

#[test]
fn a_body_that_cannot_be_looked_into_fails_every_check_of_it() {
    let test = || Test::Exists(json("/a"));
    assert_eq!(found(test(), "").as_deref(), Some("the answer has no body"));
    assert_eq!(found(test(), "<html>").as_deref(), Some("the body is not JSON"));
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert_eq!(found(test(), &nested).as_deref(), Some("the body is not JSON"));
    let cut = Reply { is_cut: true, bytes: 10_000_000, ..reply("{\"a\": 1}") };
    let size = Test::Compare(Subject::Size, Relation::Equal, literal("10000000"));
    let body = Test::Matches(Subject::Body, "a".to_owned());
    let schema = Test::Schema("true".to_owned());
    let findings = tested(vec![test(), body, schema, size], &cut, &Values::new(0));
    let too_long = Finding::Unreadable(Why::Cut);
    assert_eq!(findings, [too_long.clone(), too_long.clone(), too_long]);
}

#[test]
fn a_list_of_too_many_values_is_there_and_fails_what_looks_at_all_of_it() {
    let body = format!("{{\"many\": [{}0], \"few\": [0]}}", "0,".repeat(MOST));
    let too_many = Some("the JSON to be looked at has more than 250 000 values");
    for (test, finding) in [
        (Test::Exists(json("/many")), None),
        (Test::Exists(json("/many/1000")), None),
        (Test::Absent(json("/many/1000000")), None),
        (Test::Absent(json("/many")), Some("there is a list")),
        (Test::Compare(json("/few"), Relation::Equal, literal("[0]")), None),
        (Test::Compare(json("/many"), Relation::Contains, literal("0")), too_many),
        (Test::Matches(json("/many"), "0".to_owned()), too_many),
        (Test::Schema("true".to_owned()), too_many),
    ] {
        let shown = format!("{test:?}");
        assert_eq!(found(test, &body).as_deref(), finding, "{shown}");
    }
}

#[test]
fn only_checks_of_the_body_ask_for_it() {
    let need = |test| {
        let check = Check { written: String::new(), test };
        Checks::new(&[check]).unwrap().need_body()
    };
    assert!(need(Test::Exists(json(""))));
    assert!(need(Test::Schema("true".to_owned())));
    assert!(!need(Test::Exists(header("etag"))));
    assert!(!need(Test::Compare(Subject::Size, Relation::Less, literal("1"))));
}

#[test]
fn an_answer_is_compared_with_what_its_user_has() {
    let template = Template::new("{a}", vec![Part::Value(Slot(0), Escape::None)]);
    let test = || Test::Compare(json("/total"), Relation::Equal, Operand::Text(template.clone()));
    let mut values = Values::new(1);
    values.json(Slot(0)).push('3');
    assert_eq!(tested(vec![test()], &reply(BODY), &values), []);
    values.text(Slot(0)).push_str("hunter2");
    let findings = tested(vec![test()], &reply(BODY), &values);
    assert_eq!(findings, [Finding::Another("number")]);
}

proptest! {
    #[test]
    fn no_finding_shows_what_the_service_sent(secret in "[a-z]{6}[0-9]{4}", other in "[A-Z]{3}") {
        let body = serde_json::json!({ &secret: secret, "a": [secret], "b": secret }).to_string();
        for pointer in ["", "/a", "/b"] {
            for relation in Relation::ALL.into_iter().filter(|it| *it != Relation::NotEqual) {
                let test = Test::Compare(json(pointer), relation, text(&other));
                let finding = found(test, &body).unwrap();
                prop_assert!(!finding.contains(&secret), "{finding}");
            }
        }
        let schema = Test::Schema(r#"{"additionalProperties": {"type": "null"}}"#.to_owned());
        let finding = found(schema, &body).unwrap();
        prop_assert!(!finding.contains(&secret), "{finding}");
    }
}
