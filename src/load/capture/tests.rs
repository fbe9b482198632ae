//! Tests of what a user keeps of an answer.

use http::header::{HeaderValue, SET_COOKIE};
use proptest::prelude::*;
use serde_json::json;

use super::super::parsed::MOST;
use super::*;
use crate::model::Value;

fn reply(body: impl Into<Vec<u8>>, headers: &[(HeaderName, &str)]) -> Reply {
    let header = |(name, value): &(HeaderName, &str)| {
        (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    Reply {
        status: 200,
        headers: headers.iter().map(header).collect(),
        body: body.into(),
        ..Reply::default()
    }
}

fn captures(sources: &[Source]) -> Captures {
    let save = |(slot, from): (usize, &Source)| Save { slot: Slot(slot), from: from.clone() };
    let saves: Vec<Save> = sources.iter().enumerate().map(save).collect();
    let names: Vec<String> = (0..sources.len()).map(|slot| format!("value{slot}")).collect();
    Captures::new(&saves, &names).unwrap()
}

fn taken(source: Source, reply: &Reply) -> Result<Value, Why> {
    let mut values = Values::new(1);
    let result = captures(&[source]).take(reply, &mut Parsed::default(), &mut values);
    let kept = values.get(Slot(0)).cloned();
    assert_eq!(result.is_ok(), kept.is_some());
    result.map(|()| kept.unwrap()).map_err(|missed| missed.why)
}

fn pointer(pointer: &str) -> Source {
    Source::Json(pointer.to_owned())
}

fn regex(expression: &str) -> Source {
    Source::Regex(expression.to_owned())
}

#[test]
fn a_pointer_finds_texts_and_anything_else_but_null() {
    let body = json!({
        "token": "a\"b", "empty": "", "id": 18_446_744_073_709_551_615_u64, "less": -1.5, "ok": true,
        "none": null, "list": ["x", {"y": [1, "z"]}], "a/b": {"m~n": "escaped"}, "": {"": "no name"},
    });
    let reply = reply(body.to_string(), &[]);
    for (written, expected) in [
        ("/token", Ok(Value::text("a\"b"))),
        ("/empty", Ok(Value::text(""))),
        ("/id", Ok(Value::json("18446744073709551615"))),
        ("/less", Ok(Value::json("-1.5"))),
        ("/ok", Ok(Value::json("true"))),
        ("/list/0", Ok(Value::text("x"))),
        ("/list/1/y", Ok(Value::json("[1,\"z\"]"))),
        ("/list/1", Ok(Value::json("{\"y\":[1,\"z\"]}"))),
        ("/a~1b/m~0n", Ok(Value::text("escaped"))),
        ("//", Ok(Value::text("no name"))),
        ("/none", Err(Why::Null("/none".to_owned()))),
        ("/nowhere", Err(Why::NoPointer("/nowhere".to_owned()))),
        ("/list/2", Err(Why::NoPointer("/list/2".to_owned()))),
        ("/list/01", Err(Why::NoPointer("/list/01".to_owned()))),
        ("/list/-", Err(Why::NoPointer("/list/-".to_owned()))),
        ("/token/0", Err(Why::NoPointer("/token/0".to_owned()))),
    ] {
        let kept = taken(pointer(written), &reply);
        let text = |kept: &Result<Value, Why>| kept.clone().map(|value| value.as_str().to_owned());
        assert_eq!(text(&kept), text(&expected), "{written}");
        assert_eq!(kept, expected, "{written}");
    }
    let whole = taken(pointer(""), &self::reply("\"all\"", &[]));
    assert_eq!(whole, Ok(Value::text("all")));
}

#[test]
fn a_body_that_is_not_json_is_named_without_being_shown() {
    let html = "<p>hunter2</p>";
    let nested = "[".repeat(1000) + &"]".repeat(1000);
    let typed = |kind| reply(html, &[(CONTENT_TYPE, kind)]);
    for (reply, expected) in [
        (reply(html, &[]), Why::NotJson),
        (typed("text/html; charset=utf-8"), Why::Other("text/html".to_owned())),
        (typed("application/problem+json"), Why::NotJson),
        (typed("<script>"), Why::NotJson),
        (reply("", &[(CONTENT_TYPE, "text/html")]), Why::NoBody),
        (reply("{\"a\": 1} hunter2", &[]), Why::NotJson),
        (reply(b"\"\xff\"", &[]), Why::NotJson),
        (reply(nested, &[]), Why::NotJson),
    ] {
        assert_eq!(taken(pointer("/a"), &reply), Err(expected), "{reply:?}");
        assert!(!format!("{reply:?}").contains("hunter2"));
    }
    let missed = captures(&[pointer("/a")]).take(
        &typed("text/html"),
        &mut Parsed::default(),
        &mut Values::new(1),
    );
    assert_eq!(
        missed.unwrap_err().to_string(),
        "`value0` cannot be saved: the body is not JSON but text/html"
    );
}

#[test]
fn a_header_is_the_first_of_its_name_and_visible() {
    let etag = HeaderName::from_static("etag");
    let source = || Source::Header("etag".to_owned());
    let two = reply("", &[(etag.clone(), "\"v1\""), (etag.clone(), "\"v2\"")]);
    assert_eq!(taken(source(), &two), Ok(Value::text("\"v1\"")));
    let invisible = reply("", &[(etag.clone(), "é")]);
    assert_eq!(taken(source(), &invisible), Err(Why::Invisible(etag.clone())));
    assert_eq!(taken(source(), &reply("", &[])), Err(Why::NoHeader(etag)));
}

#[test]
fn a_cookie_is_the_last_of_its_name() {
    let source = || Source::Cookie("sid".to_owned());
    let lines = ["sid=old; Path=/", "other=1", "sid=\"a=b\"; HttpOnly", "SID=2", "garbage", ""];
    let reply = reply("", &lines.map(|line| (SET_COOKIE, line)));
    assert_eq!(taken(source(), &reply), Ok(Value::text("\"a=b\"")));
    let missing = taken(Source::Cookie("none".to_owned()), &reply);
    assert_eq!(missing, Err(Why::NoCookie("none".to_owned())));
}

#[test]
fn a_regular_expression_keeps_its_first_group_or_all_of_the_match() {
    let body = reply(b"\xff <input name=\"csrf\" value=\"t0k\xc3\xbcn\"> code=42;", &[]);
    for (expression, expected) in [
        ("value=\"([^\"]*)\"", Ok(Value::text("t0kün"))),
        ("code=(\\d+)", Ok(Value::text("42"))),
        ("code=\\d(\\d)(;)", Ok(Value::text("2"))),
        ("[0-9]{2}", Ok(Value::text("42"))),
        ("(?:code)=", Ok(Value::text("code="))),
        ("code=(x)?", Err(Why::NoMatch("code=(x)?".to_owned()))),
        ("none", Err(Why::NoMatch("none".to_owned()))),
        ("(?-u)^.", Err(Why::NotText("(?-u)^.".to_owned()))),
    ] {
        assert_eq!(taken(regex(expression), &body), expected, "{expression}");
    }
}

#[test]
fn a_value_is_bounded() {
    let text = |len: usize| "x".repeat(len);
    let lines = |line: String| reply("", &[(SET_COOKIE, line.as_str())]);
    for (over, fits) in [(0, true), (1, false)] {
        let len = LONGEST + over;
        for (source, reply) in [
            (pointer("/a"), reply(json!({ "a": text(len) }).to_string(), &[])),
            (pointer("/a"), reply(format!("{{\"a\": [\"{}\"]}}", text(len - 4)), &[])),
            (
                Source::Header("a".to_owned()),
                reply("", &[(HeaderName::from_static("a"), &text(len))]),
            ),
            (Source::Cookie("a".to_owned()), lines(format!("a={}", text(len)))),
            (regex("x+"), reply(text(len), &[])),
        ] {
            let kept = taken(source.clone(), &reply);
            assert_eq!(kept.is_ok(), fits, "{source:?} of {len}");
            assert!(fits || kept == Err(Why::TooLong), "{source:?} of {len}");
        }
    }
    let many = reply(json!({ "a": vec![0; MOST + 1], "b": 1 }).to_string(), &[]);
    assert_eq!(taken(pointer("/a"), &many), Err(Why::TooLong));
    assert_eq!(taken(pointer("/b"), &many), Ok(Value::json("1")));
}

#[test]
fn a_miss_names_the_value_and_leaves_the_last_one() {
    let captures = captures(&[pointer("/a"), pointer("/b"), pointer("/c")]);
    let mut values = Values::new(3);
    captures
        .take(&reply("{\"a\": 1, \"b\": 2, \"c\": 3}", &[]), &mut Parsed::default(), &mut values)
        .unwrap();
    let missed = captures
        .take(&reply("{\"a\": 4, \"c\": 6}", &[]), &mut Parsed::default(), &mut values)
        .unwrap_err();
    assert_eq!(missed.to_string(), "`value1` cannot be saved: the body has nothing at `/b`");
    let texts = (0..3).map(|slot| values.get(Slot(slot)).unwrap().as_str());
    assert_eq!(texts.collect::<Vec<_>>(), ["4", "2", "3"]);
}

#[test]
fn what_is_no_place_is_refused() {
    for (source, expected) in [
        (pointer("token"), "`token` is not a JSON Pointer: it does not begin with a slash"),
        (Source::Header("e tag".to_owned()), "`e tag` is not a header name"),
        (regex("a(b"), "`a(b` is not a regular expression: unclosed group"),
    ] {
        let refused = Captures::new(&[Save { slot: Slot(0), from: source }], &["a".to_owned()]);
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_body_is_kept_in_pieces_and_only_where_it_is_wanted() {
    let mut reply = Reply { wants_body: true, ..Reply::default() };
    for text in ["first", "second"] {
        reply.begin(201, HeaderMap::new());
        reply.add(b"[\"");
        reply.add(format!("{text}\"]").as_bytes());
        assert_eq!(taken(pointer("/0"), &reply), Ok(Value::text(text)));
    }
    reply.wants_body = false;
    reply.begin(201, HeaderMap::new());
    reply.add(b"[\"third\"]");
    assert!(reply.body.is_empty());
}

#[test]
fn what_stands_in_a_body_that_is_too_long_is_missed_and_what_stands_elsewhere_is_not() {
    let mut reply = reply("", &[(HeaderName::from_static("etag"), "v1")]);
    reply.wants_body = true;
    reply.add(&vec![b' '; LONGEST_BODY - 1]);
    reply.add(b"1");
    assert_eq!(taken(pointer(""), &reply), Ok(Value::json("1")));
    reply.add(b" ");
    assert_eq!(reply.body.len(), LONGEST_BODY);
    assert_eq!(taken(pointer(""), &reply), Err(Why::Cut));
    assert_eq!(taken(regex("1"), &reply), Err(Why::Cut));
    assert_eq!(taken(Source::Header("etag".to_owned()), &reply), Ok(Value::text("v1")));
    reply.begin(200, HeaderMap::new());
    reply.add(b"2");
    assert_eq!(taken(pointer(""), &reply), Ok(Value::json("2")));
}

#[test]
fn without_saves_nothing_is_read() {
    let captures = captures(&[]);
    assert!(!captures.need_body());
    assert_eq!(
        captures.take(&reply("<html>", &[]), &mut Parsed::default(), &mut Values::new(0)),
        Ok(())
    );
}

proptest! {
    #[test]
    fn whatever_the_answer_is_a_value_is_kept_or_missed(
        body in prop::collection::vec(any::<u8>(), 0..200),
        line in prop::collection::vec(32_u8..=254, 0..50),
    ) {
        let line: Vec<u8> = line.into_iter().filter(|&byte| byte != 127).collect();
        let mut reply = reply(body, &[]);
        reply.headers.insert(SET_COOKIE, HeaderValue::from_bytes(&line).unwrap());
        for source in [pointer("/a"), Source::Cookie("a".to_owned()), regex("a(.)"), Source::Header("set-cookie".to_owned())] {
            let _ = taken(source, &reply);
        }
    }

    #[test]
    fn a_text_is_found_where_it_was_put(key in any::<String>(), text in any::<String>()) {
        let body = json!({ key.as_str(): [text] }).to_string();
        let escaped = key.replace('~', "~0").replace('/', "~1");
        let kept = taken(pointer(&format!("/{escaped}/0")), &reply(body, &[]));
        prop_assert_eq!(kept, Ok(Value::text(text)));
    }
}
