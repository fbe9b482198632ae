use super::*;
use crate::init::description::Inclusion;
use crate::model::Method;

fn draft(method: &str, path: &str) -> Draft {
    Draft::new(Method::new(method).unwrap(), path.to_owned(), path.to_owned())
}

fn written(drafts: Vec<Draft>) -> Written {
    let description = Description {
        source: "a test".to_owned(),
        url: "http://host".to_owned(),
        insecure: false,
        drafts,
        left_out: vec!["1 static file".to_owned()],
    };
    write(&description, Choice::default()).unwrap()
}

#[test]
fn what_is_sent_comes_first_and_what_is_not_says_why() {
    let mut held = draft("GET", "/a/{id}");
    held.missing.push("no value for {id}".to_owned());
    held.about.push("One of them".to_owned());
    let written = written(vec![held, draft("POST", "/a"), draft("GET", "/health")]);
    let (before, _) = written.text.split_once("\n# Limits").unwrap();
    let expected = r#"# Written by `perfbase init` from a test.
# `perfbase check` shows what is sent, `perfbase record` measures it.

[service]
url = "http://host"
# To wait until the service is ready:
#ready = "GET /health"

[endpoints."GET /health"]

# Not sent. To send one, fill in what is missing and take away the `#` before its keys.

# One of them
# Not sent: no value for {id}.
#[endpoints."GET /a/{id}"]
#path = "/a/{id}"

# Not sent: it may change something (--include-unsafe).
#[endpoints."POST /a"]
"#;
    assert_eq!(before, expected);
    let told = [
        "2 endpoints are not sent, but in the file as comments:",
        "  GET /a/{id}: no value for {id}",
        "  POST /a: it may change something (--include-unsafe)",
        "left out:",
        "  1 static file",
    ];
    assert_eq!((written.sent, &written.told[..]), (1, &told.map(str::to_owned)[..]));
}

#[test]
fn headers_that_all_share_stand_in_the_service_with_their_variables() {
    let with = |path: &str, more: &[(&str, &str)]| {
        let mut draft = draft("GET", path);
        let own = [("x-a", "1"), ("content-type", "text/plain")];
        let all = own.iter().chain(more);
        draft.headers = all.map(|(name, value)| ((*name).into(), (*value).into())).collect();
        draft.variables.refer("KEY", "the header `x-key`");
        draft
    };
    let more = [("x-key", "${KEY}")];
    let written = written(vec![with("/a", &more), with("/b", &more), with("/c", &[])]);
    assert!(written.text.contains("[service]\nurl = \"http://host\"\nheaders = { x-a = \"1\" }\n"));
    let own = "headers = { content-type = \"text/plain\", x-key = \"${KEY}\" }\n";
    assert!(written.text.contains(own), "{}", written.text);
    assert!(written.text.contains("# - KEY: the header `x-key`\n"), "{}", written.text);
    assert_eq!(written.variables, ["KEY"]);
}

#[test]
fn what_comes_from_outside_stays_within_its_comment() {
    let mut odd = draft("GET", "/a");
    odd.about.push("one\n[gate]\nfactor = 9\u{1b}[31m".to_owned());
    let written = written(vec![odd]);
    assert!(written.text.contains("# one\\u{a}[gate]\\u{a}factor = 9\\u{1b}[31m\n"));
}

#[test]
fn a_file_that_could_not_be_read_again_is_not_made() {
    let drafts = (0..20_000).map(|n| draft("GET", &format!("/a/{n}/{}", "x".repeat(40))));
    let description = Description {
        source: String::new(),
        url: "http://host".to_owned(),
        insecure: false,
        drafts: drafts.collect(),
        left_out: Vec::new(),
    };
    let choice = Choice { changing: Inclusion::Sent, secured: Inclusion::Sent };
    assert!(matches!(write(&description, choice), Err(InitError::TooMuch { .. })));
}
