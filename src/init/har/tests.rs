use serde_json::{Value, json};

use super::*;
use crate::init::description::{Draft, DraftBody};

fn har(entries: &[Value]) -> Result<Description, InitError> {
    from_har("a.har", &json!({"log": {"version": "1.2", "entries": entries}}).to_string())
}

fn get(url: &str) -> Value {
    json!({"request": {"method": "GET", "url": url, "headers": []}, "response": {"status": 200}})
}

fn with(mut entry: Value, key: &str, value: Value) -> Value {
    entry[key] = value;
    entry
}

#[test]
fn requests_of_the_page_are_kept_and_what_it_is_made_of_is_counted() {
    let socket = get("wss://host/live");
    let preflight = with(get("http://host/a"), "_resourceType", json!("preflight"));
    let styled = json!({"status": 200, "content": {"mimeType": "text/css; charset=utf-8"}});
    let description = har(&[
        get("http://host/"),
        get("http://host/app.JS"),
        with(get("http://host/theme"), "response", styled),
        with(get("http://host/picture"), "_resourceType", json!("image")),
        socket,
        preflight,
        get("data:text/plain,a"),
        get("blob:http://host/1"),
    ])
    .unwrap();
    let names: Vec<_> = description.drafts.iter().map(Draft::name).collect();
    assert_eq!(names, ["GET /"]);
    let expected = [
        "3 static files",
        "1 WebSocket connection",
        "1 preflight request",
        "2 requests that are not HTTP",
    ];
    assert_eq!(description.left_out, expected);
    assert_eq!(description.source, "a.har, a recording of 8 requests");
}

#[test]
fn bodies_are_read_from_their_text_or_their_parameters() {
    let post = |data: Value| {
        let mut entry = get("http://host/a");
        entry["request"]["method"] = json!("POST");
        entry["request"]["postData"] = data;
        let description = har(&[entry]).unwrap();
        let draft = &description.drafts[0];
        (draft.body.clone(), draft.missing.clone())
    };
    let text = |text: &str| (Some(DraftBody::Text(text.to_owned())), Vec::<String>::new());
    let form = "application/x-www-form-urlencoded";
    let params = json!([{"name": "a", "value": "x y"}, {"name": "password", "value": "hunter2"}]);
    assert_eq!(
        post(json!({"mimeType": form, "params": params})),
        text("a=x+y&password=${PASSWORD}")
    );
    assert_eq!(post(json!({"mimeType": "text/plain", "text": "hello"})), text("hello"));
    let (body, _) = post(json!({"mimeType": "application/json", "text": "{\"a\":1}"}));
    assert!(matches!(body, Some(DraftBody::Json(_))));
    for data in [
        json!({"mimeType": "multipart/form-data; boundary=x", "text": "--x"}),
        json!({"mimeType": "application/octet-stream", "text": "AAA=", "encoding": "base64"}),
    ] {
        let (body, missing) = post(data);
        assert_eq!((body, missing.len()), (None, 1));
    }
}

#[test]
fn answers_without_an_end_or_a_success_are_told() {
    let stream = json!({"status": 200, "content": {"mimeType": "text/event-stream"}});
    let description = har(&[
        with(get("http://host/events"), "response", stream),
        with(get("http://host/lost"), "response", json!({"status": 404})),
        with(get("http://host/blocked"), "response", json!({"status": -1})),
        with(get("http://host/kept"), "response", json!({"status": 304})),
    ])
    .unwrap();
    let missing: Vec<usize> = description.drafts.iter().map(|draft| draft.missing.len()).collect();
    assert_eq!(missing, [1, 1, 1, 0]);
}

#[test]
fn what_is_no_har_file_is_refused() {
    let refused = |text: &str| from_har("a.har", text).unwrap_err();
    assert!(matches!(refused(" "), InitError::Empty { .. }));
    assert!(matches!(refused("<html>"), InitError::NotJson { line: 1, column: 1, .. }));
    assert!(matches!(refused("{\"log\": {\"entries\": ["), InitError::NotJson { .. }));
    assert!(matches!(refused("{}"), InitError::NotHar { .. }));
    assert!(matches!(refused("[1]"), InitError::NotHar { .. }));
    assert!(matches!(refused("{\"log\": {\"entries\": []}}"), InitError::NotHar { .. }));
    let error = har(&[get("http://host/a.png")]).unwrap_err();
    assert!(error.to_string().contains("1 static file"), "{error}");
}
