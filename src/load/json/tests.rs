//! Tests of what is read of a JSON text: all of it as `serde_json` does, which is what it is held to.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What is found by reading all of `text` first; an error if it is not JSON.
fn read_whole(text: &[u8], pointer: &str) -> Result<Option<Json>, ()> {
    let whole: Json = serde_json::from_slice(text).map_err(drop)?;
    Ok(whole.pointer(pointer).cloned())
}

/// How many values `json` has, itself among them.
fn values(json: &Json) -> usize {
    1 + match json {
        Json::Array(items) => items.iter().map(values).sum(),
        Json::Object(members) => members.values().map(values).sum(),
        _ => 0,
    }
}

/// Holds what is found in `text` to what is found by reading all of it first.
#[track_caller]
fn same(text: &[u8], pointer: &str, most: usize) {
    let shown = || format!("{pointer:?} in {}", String::from_utf8_lossy(text));
    let found = find(text, pointer, usize::MAX).map_err(drop);
    let whole = |found: Option<Read>| {
        found.map(|read| {
            assert!(read.is_whole, "{}", shown());
            read.value
        })
    };
    let expected = read_whole(text, pointer);
    assert_eq!(found.map(whole), expected, "{}", shown());
    let bounded = find(text, pointer, most).map_err(drop);
    assert_eq!(bounded.as_ref().map(Option::is_some), expected.as_ref().map(Option::is_some));
    if let (Ok(Some(bounded)), Ok(Some(expected))) = (bounded, expected) {
        let alike = std::mem::discriminant(&bounded.value) == std::mem::discriminant(&expected);
        assert!(alike && values(&bounded.value) <= most, "{}", shown());
        assert!(!bounded.is_whole || bounded.value == expected, "{}", shown());
        // Members that another one of their name takes the place of are counted as well.
        assert!(bounded.is_whole || text.len() > most, "{}", shown());
    }
}

const NAMES: [&str; 9] = ["", "a", "b", "0", "1", "01", "a/b", "~", "é"];

/// A pointer that leads somewhere now and then.
fn pointer() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        6 => prop::sample::select(&NAMES[..])
            .prop_map(|name| name.replace('~', "~0").replace('/', "~1")),
        1 => prop::sample::select(&["-", "+1", "2", "~", "~01", "99999999999999999999"][..])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(token, 0..4)
        .prop_map(|tokens| tokens.iter().flat_map(|token| ["/", token]).collect())
}

/// A text that is JSON, or nearly.
fn text() -> impl Strategy<Value = String> {
    let scalars = [
        "0",
        "-0",
        "1",
        "-7",
        "1.0",
        "1e5",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "0.1",
        "5e-324",
        "1e-999",
        "null",
        "true",
        "false",
        r#""""#,
        r#""a""#,
        r#""\u00e9\n\"""#,
        r#""\ud83d\ude00""#,
        r#""é""#,
    ];
    let refused = ["1e999", "01", "1.", "+1", "nul", r#""\ud800""#, r#""\x""#, "\"\n\"", "NaN", ""];
    let scalar = prop_oneof![
        60 => prop::sample::select(scalars.to_vec()),
        1 => prop::sample::select(refused.to_vec()),
    ];
    let name = prop_oneof![
        60 => prop::sample::select(&NAMES[..]).prop_map(|name| Json::from(name).to_string()),
        60 => Just(r#""\u0061""#.to_owned()),
        1 => prop::sample::select(&["0", "", r#""\ud800""#, "null"][..]).prop_map(str::to_owned),
    ];
    let comma = prop_oneof![40 => Just(","), 10 => Just(" ,\n"), 1 => Just(""), 1 => Just(",,")];
    scalar.prop_map(str::to_owned).prop_recursive(5, 60, 5, move |inner| {
        let member = (name.clone(), inner.clone()).prop_map(|(name, it)| format!("{name}: {it}"));
        let list = prop::collection::vec(inner, 0..5);
        let object = prop::collection::vec(member, 0..5);
        prop_oneof![
            (list, comma.clone()).prop_map(|(items, comma)| format!("[{}]", items.join(comma))),
            (object, comma.clone()).prop_map(|(items, comma)| format!("{{{}}}", items.join(comma))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_found_is_what_stands_there_once_all_is_read(
        text in text(),
        pointers in prop::collection::vec(pointer(), 8),
        most in 1_usize..12,
    ) {
        for pointer in pointers {
            same(text.as_bytes(), &pointer, most);
        }
    }

    #[test]
    fn what_is_not_json_anywhere_is_refused_wherever_is_looked(
        text in text(),
        pointer in pointer(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        end in any::<prop::sample::Index>(),
    ) {
        let mut text = text.into_bytes();
        let change = at.index(text.len() + 1);
        if change < text.len() {
            text[change] = byte;
        } else {
            text.push(byte);
        }
        same(&text, &pointer, 3);
        text.truncate(end.index(text.len() + 1));
        same(&text, &pointer, 3);
    }

    #[test]
    fn whatever_the_text_is_it_is_read_or_refused_as_a_whole(
        text in prop::collection::vec(any::<u8>(), 0..60),
        pointer in pointer(),
    ) {
        same(&text, &pointer, 3);
    }
}

#[test]
fn nothing_that_is_skipped_is_held_to_less() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let objects = |depth: usize| "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
    for text in [&nested(126), &nested(127), &nested(128), &objects(126), &objects(127)] {
        for pointer in ["", "/0", "/1", "/a", "/a/a/a"] {
            same(text.as_bytes(), pointer, 1);
            same(format!("{{\"b\": {text}, \"a\": 1}}").as_bytes(), pointer, 1);
        }
    }
    for refused in [&b"1e999"[..], b"\"\xff\"", br#""\ud800""#, br#"{"\ud800": 1}"#, b"01", b""] {
        let text = [b"{\"skipped\": ", refused, b", \"a\": 1}"].concat();
        assert!(find(&text, "/a", 1).is_err(), "{}", String::from_utf8_lossy(refused));
        same(&text, "/a", 1);
    }
    for behind in ["x", " {}", "]"] {
        assert!(find(format!("{{\"a\": 1}}{behind}").as_bytes(), "/a", 1).is_err());
    }
}

#[test]
fn the_last_member_of_a_name_counts_and_what_is_below_the_others_does_not() {
    for (text, pointer, expected) in [
        (r#"{"a": 1, "a": 2}"#, "/a", Some(json!(2))),
        (r#"{"a": {"b": 1}, "a": {}}"#, "/a/b", None),
        (r#"{"a": {"b": 1}, "a": 3}"#, "/a/b", None),
        (r#"{"a": [1, 2, 3, 4], "a": 3}"#, "/a", Some(json!(3))),
        (r#"{"a": 1, "\u0061": {"b": [5]}}"#, "/a/b/0", Some(json!(5))),
    ] {
        let whole = |value| Read { value, is_whole: true };
        assert_eq!(find(text.as_bytes(), pointer, 2).unwrap(), expected.map(whole), "{text}");
        same(text.as_bytes(), pointer, 2);
    }
}

#[test]
fn as_many_values_are_kept_as_there_is_room_for() {
    let text = br#"{"a": [1, [2, 3], {"b": 4}], "c": 5}"#;
    for (most, expected) in [
        (1, json!([])),
        (2, json!([1])),
        (3, json!([1, []])),
        (4, json!([1, [2]])),
        (5, json!([1, [2, 3]])),
        (6, json!([1, [2, 3], {}])),
        (7, json!([1, [2, 3], {"b": 4}])),
    ] {
        let read = find(text, "/a", most).unwrap().unwrap();
        assert_eq!((read.value, read.is_whole), (expected, most == 7), "{most}");
    }
}
