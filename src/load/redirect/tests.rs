//! Tests of where redirects lead and what goes there.

use http::header::{AUTHORIZATION, COOKIE};

use super::*;
use crate::load::message::Message;
use crate::model::{Resolved, Template};

fn origin(base: &str) -> Origin {
    Origin::parse(base).unwrap()
}

fn message(method: Method, uri: &str, body: &str) -> Message {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("service"));
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer t"));
    headers.insert(COOKIE, HeaderValue::from_static("sid=1"));
    if !body.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let (uri, body) = (uri.parse().unwrap(), Bytes::from(body.to_owned()));
    Letter { method, uri, headers, body }.message()
}

#[test]
fn a_redirected_request_without_a_body_says_so_as_long_as_it_should_have_one() {
    let abroad = HeaderMap::new();
    for (status, ends) in [(307, "content-length: 0\r\n\r\n"), (303, "cookie: sid=1\r\n\r\n")] {
        let mut way = way(&message(Method::POST, "/", ""), &abroad);
        way.next(status, &to("/other")).unwrap();
        let message = way.message();
        let sent = String::from_utf8_lossy(message.wire());
        assert!(sent.ends_with(ends), "{sent}");
    }
}

fn to(location: &str) -> HeaderMap {
    HeaderMap::from_iter([(LOCATION, HeaderValue::from_bytes(location.as_bytes()).unwrap())])
}

fn way<'r>(message: &Message, abroad: &'r HeaderMap) -> Way<'r> {
    Way::new(&origin("http://service:8000/api"), message, abroad).unwrap()
}

#[test]
fn an_address_is_read_from_where_the_request_went() {
    let abroad = HeaderMap::new();
    for (location, uri) in [
        ("/login?next=1#top", "/login?next=1"),
        ("other", "/api/a/other"),
        ("../up", "/api/up"),
        ("?page=2", "/api/a/b?page=2"),
        ("http://service:8000/x", "/x"),
        ("HTTP://SERVICE:8000", "/"),
    ] {
        let mut way = way(&message(Method::GET, "/api/a/b?page=1", ""), &abroad);
        assert_eq!(way.next(302, &to(location)), Ok(Leg::Home), "{location}");
        assert_eq!(way.letter.uri.to_string(), uri, "{location}");
        assert!(way.letter.headers.contains_key(AUTHORIZATION));
    }
}

#[test]
fn what_is_no_address_leads_nowhere() {
    let abroad = HeaderMap::new();
    let long = format!("/{}", "x".repeat(LONGEST));
    for location in
        ["", "http://", "ftp://service/x", "javascript:alert(1)", "http://a:99999/", &long]
    {
        let mut way = way(&message(Method::GET, "/", ""), &abroad);
        assert_eq!(way.next(302, &to(location)), Err(Astray), "{location:.40}");
    }
    let mut way = way(&message(Method::GET, "/", ""), &abroad);
    assert_eq!(way.next(302, &HeaderMap::new()), Err(Astray));
    let garbage = HeaderMap::from_iter([(LOCATION, HeaderValue::from_bytes(b"/\xff").unwrap())]);
    assert_eq!(way.next(302, &garbage), Err(Astray));
}

#[test]
fn methods_change_as_in_browsers() {
    let abroad = HeaderMap::new();
    for (method, status, becomes) in [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("PUT", 301, "PUT"),
        ("HEAD", 303, "HEAD"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
    ] {
        let body = if method == "HEAD" { "" } else { "body" };
        let mut way = way(&message(method.parse().unwrap(), "/", body), &abroad);
        assert_eq!(way.next(status, &to("/x")), Ok(Leg::Home));
        let sent = &way.letter;
        assert_eq!(sent.method.as_str(), becomes, "{method} {status}");
        assert_eq!(sent.body.is_empty(), becomes != method || body.is_empty(), "{method} {status}");
        assert_eq!(sent.headers.contains_key(CONTENT_LENGTH), !sent.body.is_empty());
    }
}

#[test]
fn nothing_of_the_user_leaves_the_service() {
    let abroad = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html"))]);
    for location in [
        "http://other:8000/x",
        "//other:8000/x",
        "http://service:8001/x",
        "https://service:8000/x",
        "http://user:pass@other/x",
        "\\\\other/x",
    ] {
        let mut way = way(&message(Method::GET, "/", ""), &abroad);
        assert!(matches!(way.next(302, &to(location)), Ok(Leg::Abroad(_))), "{location}");
        let names: Vec<&str> = way.letter.headers.keys().map(HeaderName::as_str).collect();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "user-agent"], "{location}");
        assert!(!way.letter.headers[HOST].to_str().unwrap().contains("pass"));
        // And nothing of it comes back with the chain.
        let back = way.next(302, &to("http://service:8000/x"));
        assert!(matches!(back, Ok(Leg::Abroad(host)) if host.name == "service"));
        assert!(!way.letter.headers.contains_key(AUTHORIZATION));
    }
}

#[test]
fn a_body_goes_to_nobody_else() {
    let abroad = HeaderMap::new();
    for status in [307, 308] {
        let mut way = way(&message(Method::POST, "/", "password"), &abroad);
        assert_eq!(way.next(status, &to("http://other/")), Err(Astray));
    }
    let mut way = way(&message(Method::POST, "/", "password"), &abroad);
    assert!(matches!(way.next(303, &to("http://other/")), Ok(Leg::Abroad(_))));
    assert!(way.letter.body.is_empty());
}

#[test]
fn only_plain_texts_are_harmless() {
    let mut request = crate::model::Request::plain(
        crate::model::Method::new("GET").unwrap(),
        Resolved::plain("/").into(),
    );
    let plain = |text: &str| Template::constant(Resolved::plain(text));
    request.headers = vec![
        ("accept".to_owned(), plain("text/html")),
        ("accept-language".to_owned(), Template::constant(Resolved::new("${LANG}", "secret"))),
        ("x-api-key".to_owned(), plain("literal")),
        ("authorization".to_owned(), plain("Bearer literal")),
    ];
    let headers = headers_abroad(&request);
    assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
}
