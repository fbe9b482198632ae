//! Tests of one user's cookies.

use proptest::prelude::*;

use super::*;

const PLAIN: Site<'_> = Site { host: "api.example.com", tls: false };
const TLS: Site<'_> = Site { tls: true, ..PLAIN };

/// 2026-01-01 00:00:00 and so many seconds.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn headers(lines: &[&str]) -> HeaderMap {
    lines
        .iter()
        .map(|line| (SET_COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap()))
        .collect()
}

fn keep(jar: &mut Jar, site: Site<'_>, path: &str, lines: &[&str]) {
    jar.keep(site, path, &headers(lines), at(0));
}

fn jar(site: Site<'_>, lines: &[&str]) -> Jar {
    let mut jar = Jar::default();
    keep(&mut jar, site, "/", lines);
    jar
}

fn sent_at(jar: &Jar, path: &str, now: Timestamp) -> String {
    let mut out = Vec::new();
    jar.write(path, now, &mut out);
    String::from_utf8(out).unwrap()
}

fn sent(jar: &Jar, path: &str) -> String {
    sent_at(jar, path, at(0))
}

#[test]
fn a_cookie_comes_back_as_it_was_set() {
    for (line, expected) in [
        ("sid=abc", "sid=abc"),
        ("sid=abc; Path=/; HttpOnly; SameSite=Lax", "sid=abc"),
        (" sid = a b ", "sid=a b"),
        ("sid=\"a=b\"", "sid=\"a=b\""),
        ("sid=%C3%BC", "sid=%C3%BC"),
        ("sid=ü", "sid=ü"),
        ("sid=", "sid="),
        ("=abc", ""),
        ("abc", ""),
        ("", ""),
    ] {
        let jar = jar(PLAIN, &[line]);
        assert_eq!(sent(&jar, "/"), expected, "{line}");
        assert_eq!(jar.is_empty(), expected.is_empty(), "{line}");
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_left_out() {
    let line = HeaderValue::from_bytes(b"sid=\xff").unwrap();
    let mut jar = Jar::default();
    jar.keep(PLAIN, "/", &HeaderMap::from_iter([(SET_COOKIE, line)]), at(0));
    assert!(jar.is_empty());
}

#[test]
fn a_cookie_goes_to_its_path_and_what_is_below() {
    for (asked, line, to, goes) in [
        ("/login", "a=1", "/", true),
        ("/login", "a=1", "/builds?page=1", true),
        ("/api/v1/login?next=/x/y", "a=1", "/api/v1", true),
        ("/api/v1/login?next=/x/y", "a=1", "/api/v1/builds", true),
        ("/api/v1/login", "a=1", "/api", false),
        ("/login", "a=1; Path=/api", "/api", true),
        ("/login", "a=1; Path=/api", "/api/", true),
        ("/login", "a=1; Path=/api", "/api?a=b", true),
        ("/login", "a=1; Path=/api", "/apis", false),
        ("/login", "a=1; Path=/api", "/x?y=/api", false),
        ("/login", "a=1; Path=/api/", "/api", false),
        ("/login", "a=1; Path=/api/", "/api/v1", true),
        ("/a/login", "a=1; Path=", "/a", true),
        ("/a/login", "a=1; Path=", "/b", false),
        ("/a/login", "a=1; Path=elsewhere", "/a", true),
        ("/a/login", "a=1; Path=elsewhere", "/elsewhere", false),
    ] {
        let mut jar = Jar::default();
        keep(&mut jar, PLAIN, asked, &[line]);
        let expected = if goes { "a=1" } else { "" };
        assert_eq!(sent(&jar, to), expected, "{line}, set by {asked}, to {to}");
    }
}

#[test]
fn only_the_hosts_own_domains_are_accepted() {
    for (host, line, kept) in [
        ("api.example.com", "a=1; Domain=api.example.com", true),
        ("api.example.com", "a=1; Domain=.API.Example.com", true),
        ("api.example.com", "a=1; Domain=example.com", true),
        ("api.example.com", "a=1; Domain=", true),
        ("api.example.com", "a=1; Domain=pi.example.com", false),
        ("api.example.com", "a=1; Domain=v1.api.example.com", false),
        ("api.example.com", "a=1; Domain=elsewhere.com", false),
        ("localhost", "a=1; Domain=localhost", true),
        ("127.0.0.1", "a=1; Domain=127.0.0.1", true),
        ("127.0.0.1", "a=1; Domain=0.0.1", false),
        ("::1", "a=1; Domain=::1", true),
    ] {
        let jar = jar(Site { host, tls: false }, &[line]);
        assert_eq!(!jar.is_empty(), kept, "{line} of {host}");
    }
}

#[test]
fn a_secure_cookie_never_goes_over_plain_http_not_even_to_this_machine() {
    let lines = ["a=1; Secure", "b=2"];
    assert_eq!(sent(&jar(TLS, &lines), "/"), "a=1; b=2");
    assert_eq!(sent(&jar(PLAIN, &lines), "/"), "b=2");
    let here = Site { host: "127.0.0.1", tls: false };
    assert_eq!(sent(&jar(here, &lines), "/"), "b=2");
}

#[test]
fn a_cookie_lives_until_it_expires() {
    for (line, second, alive) in [
        ("a=1; Max-Age=60", 59, true),
        ("a=1; Max-Age=60", 60, false),
        ("a=1; Max-Age=0", 0, false),
        ("a=1; Max-Age=-1", 0, false),
        ("a=1; Max-Age=99999999999999999999", 1_000_000_000, true),
        ("a=1; Max-Age=soon", 1_000_000_000, true),
        ("a=1; Expires=Thu, 01 Jan 2026 00:01:00 GMT", 59, true),
        ("a=1; Expires=Thu, 01 Jan 2026 00:01:00 GMT", 60, false),
        ("a=1; Expires=Thursday, 01-Jan-26 00:01:00 GMT", 59, true),
        ("a=1; Expires=Thu, 01-Jan-2026 00:01:00 GMT", 60, false),
        ("a=1; Expires=Thu Jan  1 00:01:00 2026", 60, false),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0, false),
        ("a=1; Expires=tomorrow", 1_000_000_000, true),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", 59, true),
        ("a=1; Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", 0, false),
    ] {
        let expected = if alive { "a=1" } else { "" };
        assert_eq!(
            sent_at(&jar(PLAIN, &[line]), "/", at(second)),
            expected,
            "{line} after {second} s"
        );
    }
}

#[test]
fn a_cookie_set_again_has_the_new_value_and_the_new_end() {
    for (first, then, second, expected) in [
        ("a=1; Max-Age=5", "a=2", 5, "a=2"),
        ("a=1", "a=2; Max-Age=5", 4, "a=2"),
        ("a=1", "a=2; Max-Age=5", 5, ""),
    ] {
        assert_eq!(sent_at(&jar(PLAIN, &[first, then]), "/", at(second)), expected, "{then}");
    }
}

#[test]
fn a_cookie_that_has_expired_deletes_the_one_of_its_name_path_and_domain() {
    let before = ["a=1", "a=2; Path=/x", "a=3; Domain=example.com", "b=4"];
    for (line, expected) in [
        ("a=; Max-Age=0", "a=2; a=3; b=4"),
        ("a=; Max-Age=0; Domain=api.example.com", "a=2; a=3; b=4"),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/x", "a=1; a=3; b=4"),
        ("a=; Max-Age=0; Domain=EXAMPLE.com", "a=1; a=2; b=4"),
        ("A=; Max-Age=0", "a=1; a=2; a=3; b=4"),
    ] {
        let mut jar = jar(PLAIN, &before);
        keep(&mut jar, PLAIN, "/", &[line]);
        let sent = sent(&jar, "/x");
        let mut pairs: Vec<&str> = sent.split("; ").collect();
        pairs.sort_unstable();
        assert_eq!(pairs.len(), jar.cookies.len(), "{line}");
        assert_eq!(pairs.join("; "), expected, "{line}");
    }
}

#[test]
fn longer_paths_go_first_and_a_cookie_set_again_keeps_its_place() {
    let set = ["a=1", "b=2; Path=/x/y", "c=3", "d=4; Path=/x"];
    let mut jar = jar(PLAIN, &set);
    keep(&mut jar, PLAIN, "/", &["e=5", "a=6"]);
    assert_eq!(sent(&jar, "/x/y/z"), "b=2; d=4; a=6; c=3; e=5");
}

#[test]
fn of_too_many_cookies_the_expired_and_then_the_oldest_are_dropped() {
    let mut jar = jar(PLAIN, &["first=1", "short=1; Max-Age=5; Path=/x", "second=1; Path=/x"]);
    let more: Vec<String> = (0..MOST - 3).map(|n| format!("n{n}=1")).collect();
    keep(&mut jar, PLAIN, "/", &more.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(jar.cookies.len(), MOST);

    let names = |jar: &Jar| -> Vec<String> {
        let all = sent_at(jar, "/x", at(5));
        all.split("; ").map(|pair| pair.split_once('=').unwrap().0.to_owned()).collect()
    };
    jar.keep(PLAIN, "/", &headers(&["late=1"]), at(5));
    assert_eq!(jar.cookies.len(), MOST);
    assert_eq!(names(&jar)[..3], ["second", "first", "n0"]);
    jar.keep(PLAIN, "/", &headers(&["later=1", "latest=1"]), at(5));
    assert_eq!(names(&jar)[..2], ["n0", "n1"]);
    assert_eq!(names(&jar)[MOST - 1], "latest");
}

#[test]
fn a_cookie_that_is_too_long_is_left_out() {
    let mut jar = jar(PLAIN, &["a=1"]);
    let fits = format!("a={}", "x".repeat(LONGEST - 2));
    let over = format!("{fits}x");
    keep(&mut jar, PLAIN, "/", &[&over]);
    assert_eq!(sent(&jar, "/"), "a=1");
    keep(&mut jar, PLAIN, "/", &[&fits]);
    assert_eq!(sent(&jar, "/"), fits);
}

#[test]
fn a_cookie_is_never_shown() {
    assert_eq!(format!("{:?}", jar(PLAIN, &["sid=hunter2"])), "Jar(1 cookies)");
}

/// A line with the parts of a cookie in an order and with values that nobody should send.
fn line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-c]=[a-z]{0,3}",
        "(Max-Age|max-age)=-?[0-9]{0,20}",
        "Path=(/[ab]{0,2}){0,3}",
        "Domain=\\.?(api\\.)?(example\\.com|com|x)?",
        "Expires=[A-Za-z]{0,9},? [0-9]{1,2}[ -][A-Za-z]{3}[ -][0-9]{1,5} [0-9:]{0,9}( GMT)?",
        "Secure",
        "[ -~é]{0,12}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.join("; "))
}

proptest! {
    #[test]
    fn whatever_is_set_the_jar_is_bounded_in_order_and_gives_a_header(
        answers in prop::collection::vec((prop::collection::vec(line(), 0..9), 0_i64..100), 0..20),
    ) {
        let mut jar = Jar::default();
        for (lines, second) in answers {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            jar.keep(PLAIN, "/a/b", &headers(&lines), at(second));
            prop_assert!(jar.cookies.len() <= MOST);
            prop_assert!(jar.cookies.is_sorted_by_key(|kept| (usize::MAX - kept.path.len(), kept.born)));
            let mut header = Vec::new();
            jar.write("/a/b/c", at(second), &mut header);
            prop_assert!(HeaderValue::from_bytes(&header).is_ok());
        }
    }

    #[test]
    fn what_is_set_last_is_what_is_sent(values in prop::collection::vec((0_u8..60, "[a-z]{1,3}"), 1..80)) {
        let mut jar = Jar::default();
        for (name, value) in &values {
            keep(&mut jar, PLAIN, "/", &[&format!("n{name}={value}")]);
        }
        let (name, value) = values.last().unwrap();
        let wanted = format!("n{name}={value}");
        prop_assert!(sent(&jar, "/").split("; ").any(|pair| pair == wanted));
    }
}
