//! What goes over the wire.

use super::*;
use crate::model::{self, Escape, Part, Resolved, Slot, Value};

const AGENT: &str = concat!("user-agent: perfbase/", env!("CARGO_PKG_VERSION"), "\r\n");

fn text(text: &str) -> Template {
    Template::constant(Resolved::plain(text))
}

/// A text with the user's only value behind it.
fn valued(text: &str, escape: Escape) -> Template {
    let parts = vec![Part::Text(Resolved::plain(text)), Part::Value(Slot(0), escape)];
    Template::new(format!("{text}{{value}}"), parts)
}

fn request(
    method: &str,
    path: Template,
    headers: &[(&str, Template)],
    body: Option<Body>,
) -> Result<Request, EngineError> {
    let origin = Origin {
        also: HeaderMap::new(),
        tls: false,
        host: "service".to_owned(),
        port: 8000,
        authority: HeaderValue::from_static("service:8000"),
        prefix: "/base".to_owned(),
        protocol: model::Protocol::Http1,
        brought: Vec::new(),
    };
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let request = model::Request {
        headers: headers.collect(),
        body,
        ..model::Request::plain(model::Method::new(method).unwrap(), path)
    };
    let names = ["value".to_owned()];
    Request::new(&origin, &request, "it", &Supplies::new(&[]), &names, Cookies::Alone)
}

/// What a user sends whose only value is this.
fn sent(request: &Request, value: Option<&str>) -> Result<String, Unsendable> {
    let mut values = Values::new(1);
    if let Some(value) = value {
        values.set(Slot(0), &Value::text(value));
    }
    let mut made = None;
    let message = request.message(&values, &mut made)?;
    let bytes = [message.wire(), message.attached()].concat();
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn a_request_without_values_is_made_once() {
    let plain = request("GET", text("/a?b=c"), &[("x", text("y"))], None).unwrap();
    let expected = format!("GET /base/a?b=c HTTP/1.1\r\nhost: service:8000\r\n{AGENT}x: y\r\n\r\n");
    assert_eq!(sent(&plain, None).unwrap(), expected);
    let mut made = None;
    plain.message(&Values::new(0), &mut made).unwrap();
    assert!(made.is_none(), "nothing is made of it for each request");
}

#[test]
fn a_body_follows_its_length() {
    let head = format!("POST /base/ HTTP/1.1\r\nhost: service:8000\r\n{AGENT}");
    let body = |body| request("POST", text("/"), &[], body).unwrap();
    assert_eq!(sent(&body(None), None).unwrap(), format!("{head}content-length: 0\r\n\r\n"));
    let short = body(Some(Body::Text(text("abc"))));
    assert_eq!(sent(&short, None).unwrap(), format!("{head}content-length: 3\r\n\r\nabc"));
    let long = "x".repeat(100_000);
    let bytes = body(Some(Body::Bytes(long.clone().into_bytes())));
    assert_eq!(sent(&bytes, None).unwrap(), format!("{head}content-length: 100000\r\n\r\n{long}"));
}

#[test]
fn what_is_expected_to_have_a_body_says_that_it_has_none() {
    for (method, says) in
        [("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("DELETE", false)]
    {
        for path in [text("/"), valued("/", Escape::Percent)] {
            let request = request(method, path, &[], None).unwrap();
            let sent = sent(&request, Some("a")).unwrap();
            assert_eq!(sent.ends_with("\r\ncontent-length: 0\r\n\r\n"), says, "{sent}");
        }
    }
}

#[test]
fn the_plans_host_and_agent_stand_in_place_of_ours_with_values_or_without() {
    let host = [("host", text("other")), ("user-agent", valued("agent/", Escape::None))];
    let named = request("GET", text("/"), &host, None).unwrap();
    let expected = "GET /base/ HTTP/1.1\r\nhost: other\r\nuser-agent: agent/7\r\n\r\n";
    assert_eq!(sent(&named, Some("7")).unwrap(), expected);
}

#[test]
fn values_are_written_into_path_headers_and_body() {
    let headers = [("x", valued("v=", Escape::None)), ("y", text("z"))];
    let body = Some(Body::Text(valued("body ", Escape::None)));
    let valued = request("PUT", valued("/a/", Escape::Percent), &headers, body).unwrap();
    let expected = format!(
        "PUT /base/a/7%208 HTTP/1.1\r\nhost: service:8000\r\n{AGENT}y: z\r\nx: v=7 8\r\n\
         content-length: 8\r\n\r\nbody 7 8"
    );
    assert_eq!(sent(&valued, Some("7 8")).unwrap(), expected);
    assert_eq!(
        sent(&valued, None),
        Err(Unsendable::Missing(crate::load::render::Missing(Slot(0))))
    );
}

#[test]
fn the_next_request_takes_the_memory_of_the_last() {
    let valued = request("GET", valued("/a/", Escape::Percent), &[], None).unwrap();
    let mut known = Values::new(1);
    let mut made = None;
    let mut places = Vec::new();
    for value in ["a longer one", "short"] {
        known.set(Slot(0), &Value::text(value));
        let message = valued.message(&known, &mut made).unwrap();
        places.push(message.wire().as_ptr());
        assert!(message.path().starts_with("/base/a/"));
    }
    assert_eq!(places[0], places[1]);
}

#[test]
fn a_value_cannot_break_out_of_its_place() {
    let header = request("GET", text("/"), &[("x", valued("", Escape::None))], None).unwrap();
    for value in ["a\r\nevil: 1", "a\nb", "a\0"] {
        assert_eq!(sent(&header, Some(value)), Err(Unsendable::Refused), "{value:?}");
    }
    let path = request("GET", valued("/", Escape::None), &[], None).unwrap();
    for value in ["a b", "a\r\nevil: 1", "\u{7f}"] {
        assert_eq!(sent(&path, Some(value)), Err(Unsendable::Refused), "{value:?}");
    }
    assert!(request("GET", text("/a b"), &[], None).is_err());
}

#[test]
fn what_is_shown_of_a_request_has_no_secret() {
    let secret = [("authorization", text("hunter2")), ("x", valued("hunter2", Escape::None))];
    let body = Some(Body::Text(text("hunter2")));
    let request = request("POST", text("/"), &secret, body).unwrap();
    let mut made = None;
    let mut values = Values::new(1);
    values.set(Slot(0), &Value::text("hunter2"));
    let message = request.message(&values, &mut made).unwrap();
    let shown = format!("{request:?} {message:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
