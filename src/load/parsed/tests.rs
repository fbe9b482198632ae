//! Tests of how an answer's body is looked into.

use serde_json::json;

use super::*;

fn reply(body: &Json) -> Reply {
    Reply { status: 200, body: body.to_string().into_bytes(), ..Reply::default() }
}

#[test]
fn a_large_body_says_what_a_small_one_does() {
    let body = |zeros: usize| {
        reply(&json!({
            "text": "x", "null": null, "object": {"list": [1, 2.5, {}]}, "zeros": vec![0; zeros],
        }))
    };
    // Nine values are no zeros.
    let fits = FEW - 9;
    let (small, large) = (body(fits), body(fits + 1));
    let (mut in_small, mut in_large) = (Parsed::default(), Parsed::default());
    for pointer in ["/text", "/null", "/object", "/object/list/1", "/zeros/7", "/none", "/text/0"] {
        let expected = in_small.at(&small, pointer, Need::Whole);
        assert_eq!(in_large.at(&large, pointer, Need::Whole), expected, "{pointer}");
    }
    assert!(matches!(in_small.json, Some(Ok(Some(_)))));
    assert!(matches!(in_large.json, Some(Ok(None))));
    let whole = in_large.at(&large, "", Need::Whole).unwrap().unwrap();
    assert_eq!(whole.to_string().as_bytes(), large.body);
}

#[test]
fn more_values_than_can_be_kept_are_there_and_not_looked_at_as_a_whole() {
    let body = |zeros: usize| reply(&json!({"few": [1], "many": vec![0; zeros]}));
    let (fits, over) = (body(MOST - 1), body(MOST));
    let mut parsed = Parsed::default();
    let many = parsed.at(&fits, "/many", Need::Whole).unwrap().unwrap();
    assert_eq!(many.as_array().unwrap().len(), MOST - 1);
    let mut parsed = Parsed::default();
    assert_eq!(parsed.at(&over, "/many", Need::Whole), Err(Why::TooMany));
    assert_eq!(parsed.at(&over, "", Need::Whole), Err(Why::TooMany));
    assert_eq!(parsed.at(&over, "/few", Need::Whole), Ok(Some(&json!([1]))));
    assert!(parsed.at(&over, "/many", Need::Kind).unwrap().unwrap().is_array());
    assert!(parsed.at(&over, "", Need::Kind).unwrap().unwrap().is_object());
    assert_eq!(parsed.at(&over, "/none", Need::Kind), Ok(None));
    let limit = format!("more than {} 000 values", MOST / 1000);
    assert!(Why::TooMany.to_string().ends_with(&limit));
}

#[test]
fn a_large_body_that_is_not_json_to_its_end_is_not_json() {
    let mut reply = reply(&json!({"a": 1, "many": vec![0; MOST]}));
    reply.body.push(b'x');
    let mut parsed = Parsed::default();
    for need in [Need::Kind, Need::Whole] {
        assert_eq!(parsed.at(&reply, "/a", need), Err(Why::NotJson));
    }
}
