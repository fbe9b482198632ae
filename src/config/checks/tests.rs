//! Tests of how a check is read.

use std::cell::RefCell;
use std::path::Path;

use super::*;
use crate::config::error::Problems;
use crate::config::values::Known;

/// What a text is read as, where no value is known.
fn read(text: &str) -> Result<TestText, String> {
    let reading = Reading {
        directory: Path::new("."),
        source: text,
        problems: Problems::default(),
        references: RefCell::default(),
        known: Known::default(),
    };
    test(text, 0..text.len(), &reading)
}

fn ready(text: &str) -> Test {
    match read(text) {
        Ok(TestText::Ready(ready)) => ready,
        other => panic!("{text}: {other:?}"),
    }
}

fn json(pointer: &str) -> Subject {
    Subject::Json(pointer.to_owned())
}

fn literal(subject: Subject, relation: Relation, json: &str) -> Test {
    Test::Compare(subject, relation, Operand::Json(json.to_owned()))
}

#[test]
fn a_check_is_known_by_what_it_is_compared_with_as_that_is_written() {
    for (text, known) in [
        ("/a   ==\t1", "/a == 1"),
        ("/a  exists", "/a exists"),
        ("/a  b == \"c  d\"", "/a  b == \"c  d\""),
        ("body  matches  ^a  b$", "body matches ^a  b$"),
    ] {
        assert_eq!(written(text), known);
    }
}

#[test]
fn checks_are_read_with_their_literals() {
    use Relation::{AtLeast, AtMost, Equal, NotEqual};
    for (text, expected) in [
        ("status == 201", literal(Subject::Status, Equal, "201")),
        ("size <= 10kB", literal(Subject::Size, AtMost, "10000")),
        ("size <= 1.5 MB", literal(Subject::Size, AtMost, "1500000")),
        ("size != 0", literal(Subject::Size, NotEqual, "0")),
        ("/total >= 1", literal(json("/total"), AtLeast, "1")),
        ("/status == \"ok\"", literal(json("/status"), Equal, "\"ok\"")),
        ("/a == {\"b\": [1]}", literal(json("/a"), Equal, "{\"b\":[1]}")),
        ("/a == null", literal(json("/a"), Equal, "null")),
        ("json == []", literal(json(""), Equal, "[]")),
        ("/ exists", Test::Exists(json("/"))),
        ("/a b/0 exists", Test::Exists(json("/a b/0"))),
        ("/error absent", Test::Absent(json("/error"))),
        ("body absent", Test::Absent(Subject::Body)),
        ("header:ETag exists", Test::Exists(Subject::Header("etag".to_owned()))),
        ("body matches ^ok == 1$", Test::Matches(Subject::Body, "^ok == 1$".to_owned())),
    ] {
        assert_eq!(ready(text), expected, "{text}");
    }
}

#[test]
fn bare_words_are_texts() {
    for text in
        ["/status == ok", "header:content-type contains json", "body == \"a b\"", "/a == a b"]
    {
        let Ok(TestText::Text(_, _, template)) = read(text) else { panic!("{text}") };
        assert!(text.contains(&template.written), "{text}: {}", template.written);
    }
}

#[test]
fn what_is_no_check_is_refused_with_its_reason() {
    for (text, reason) in [
        ("", "no operator"),
        ("status", "no operator"),
        ("status==200", "put blanks around `==`"),
        ("/a = 1", "did you mean `==`?"),
        ("/a contain x", "did you mean `contains`?"),
        ("statu == 200", "did you mean `status`?"),
        ("heder:etag exists", "did you mean `header:`?"),
        ("a == 1", "it begins with `status`"),
        ("header:a b exists", "not a header name"),
        ("/a~2 == 1", "followed by `0` or `1`"),
        ("/a ==", "is missing"),
        ("/a exists 1", "nothing stands behind it"),
        ("status exists", "every answer has one"),
        ("status contains 2", "it is a number"),
        ("status == ok", "from 100 to 599"),
        ("status == 600", "from 100 to 599"),
        ("size < 10 GB", "no size"),
        ("size < -1", "no size"),
        ("size < ten", "no size"),
        ("/a < ok", "compares numbers"),
        ("/a >= \"1x\"", "compares numbers"),
        ("body matches (", "unclosed group"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn a_schema_is_compiled_when_it_is_read() {
    assert!(schema_text(b"{\"type\": \"object\"}").is_ok());
    for (text, reason) in [
        ("{", "EOF"),
        ("{\"type\": \"objekt\"}", "/type"),
        ("{\"pattern\": \"(\"}", "/pattern"),
        // Nothing is fetched.
        ("{\"$ref\": \"http://127.0.0.1:1/schema.json\"}", "127.0.0.1"),
        ("{\"$ref\": \"file:///etc/passwd\"}", "/etc/passwd"),
    ] {
        let error = schema_text(text.as_bytes()).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
