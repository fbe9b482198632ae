use super::*;
use crate::init::description::{Draft, DraftBody};

fn read(text: &str) -> Result<Description, InitError> {
    from_curl("a.sh", text)
}

fn draft(text: &str) -> Draft {
    let description = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(description.drafts.len(), 1, "{text}");
    description.drafts[0].clone()
}

fn text(text: &str) -> DraftBody {
    DraftBody::Text(text.to_owned())
}

#[test]
fn method_and_path_are_those_that_curl_would_send() {
    for (command, name, path) in [
        ("curl http://host/a", "GET /a", "/a"),
        ("curl host:8000", "GET /", "/"),
        ("curl -X delete http://host/a", "DELETE /a", "/a"),
        ("curl -I http://host/a", "HEAD /a", "/a"),
        ("curl http://host/a -d x=1", "POST /a", "/a"),
        ("curl -XPUT http://host/a -d x=1", "PUT /a", "/a"),
        (
            "curl -G http://host/a?y=2 -d x=1 --data-urlencode 'q=a b'",
            "GET /a",
            "/a?y=2&x=1&q=a%20b",
        ),
        ("curl --url http://host/a --url-query z=1", "GET /a", "/a?z=1"),
        ("curl -g 'http://host/a?b[]=1'", "GET /a", "/a?b[]=1"),
        ("curl -T file http://host/a", "PUT /a", "/a"),
        ("curl -F a=b http://host/a", "POST /a", "/a"),
        ("$ /usr/bin/curl http://[::1]:8000/a", "GET /a", "/a"),
    ] {
        let draft = draft(command);
        assert_eq!((draft.name().as_str(), draft.path.as_str()), (name, path), "{command}");
    }
}

#[test]
fn bodies_are_those_that_curl_would_send() {
    let form = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    let posted = draft("curl http://host/a -d x=1 --data-raw @y");
    assert_eq!((posted.body, posted.headers), (Some(text("x=1&@y")), vec![form.clone()]));
    let posted = draft(r#"curl http://host/a -d '{"a": 1}'"#);
    assert_eq!((posted.body, posted.headers), (Some(text(r#"{"a": 1}"#)), vec![form]));
    let posted = draft(r#"curl http://host/a --json '{"a": 1}'"#);
    assert!(matches!(posted.body, Some(DraftBody::Json(_))));
    assert_eq!(posted.headers, [("accept".to_owned(), "application/json".to_owned())]);
    let posted =
        draft(r#"curl http://host/a -H 'Content-Type: application/json' -d $'{"a": "it\'s"}'"#);
    assert!(matches!(posted.body, Some(DraftBody::Json(_))));
    for command in [
        "curl http://host/a -d @file.json",
        "curl http://host/a --data-urlencode a@file",
        "curl http://host/a -T file",
    ] {
        let posted = draft(command);
        assert_eq!((posted.body, posted.missing.len()), (None, 1), "{command}");
    }
}

#[test]
fn the_parts_of_a_body_are_those_that_curl_would_send() {
    let parts = |command: &str| {
        let posted = draft(command);
        let Some(DraftBody::Parts(tree)) = posted.body else { panic!("{command}: {posted:?}") };
        (serde_json::to_string(&tree).unwrap(), posted.missing)
    };
    let none: Vec<String> = Vec::new();
    for (command, written) in [
        ("curl http://host/a -F title=hello -F 'note=a b'", r#"{"title":"hello","note":"a b"}"#),
        ("curl http://host/a -F a=1 -F b=2 -F a=3", r#"{"a":["1","3"],"b":"2"}"#),
        ("curl http://host/a --form-string 'a=@b;c'", r#"{"a":"@b;c"}"#),
        (
            r#"curl http://host/a -F 'a="b;c";type=text/x'"#,
            r#"{"a":{"text":"b;c","type":"text/x"}}"#,
        ),
        (
            "curl http://host/a -F pw=hunter2 -F password=hunter2",
            r#"{"pw":"hunter2","password":"${PASSWORD}"}"#,
        ),
    ] {
        assert_eq!(parts(command), (written.to_owned(), none.clone()), "{command}");
    }
    let (written, missing) =
        parts("curl http://host/a -F 'f=@a/b.png;type=image/png;filename=c.png' -F x=1");
    assert_eq!(written, r#"{"f":{"file":"a/b.png","type":"image/png","name":"c.png"},"x":"1"}"#);
    assert_eq!(missing, ["its part `f` is the file `a/b.png`"]);
    let posted = draft("curl http://host/a -F 'f=<a.txt' -F 'f=<a.txt' -F =x -F x");
    let expected = ["its part `f` is in the file `a.txt`", "a part of its body has no name"];
    assert_eq!((posted.body, posted.missing), (None, expected.map(str::to_owned).to_vec()));
}

#[test]
fn no_secret_is_copied() {
    for (command, written) in [
        ("curl -u ada:hunter2 http://host/a", "Basic ${BASIC_CREDENTIALS}"),
        ("curl -u 'ada:hunter2 x' http://host/a", "Basic ${BASIC_CREDENTIALS}"),
        ("curl http://ada:hunter2@host/a", "Basic ${BASIC_CREDENTIALS}"),
        ("curl --oauth2-bearer hunter2 http://host/a", "Bearer ${BEARER_TOKEN}"),
        ("curl -H 'Authorization: Bearer hunter2' http://host/a", "Bearer ${BEARER_TOKEN}"),
        ("curl -H \"Authorization: Bearer $MINE\" http://host/a", "Bearer ${MINE}"),
        ("curl -b sid=hunter2 http://host/a", "${COOKIE}"),
        ("curl -HX-API-Key:hunter2 http://host/a", "${X_API_KEY}"),
    ] {
        let draft = draft(command);
        assert_eq!(draft.headers[0].1, written, "{command}");
        assert!(!format!("{draft:?}").contains("hunter2"), "{command}");
    }
    let posted = draft("curl http://host/login -d user=ada -d password=hunter2");
    assert_eq!(posted.body, Some(text("user=ada&password=${PASSWORD}")));
}

#[test]
fn what_is_not_taken_over_is_told_with_its_line() {
    let text = "curl http://host/a\ncd /tmp\ncurl --frobnicate http://host/b\ncurl $BASE/c\n\
                curl http://host/[1-3]\ncurl -K file\ncurl -k\ncurl ftp://host/d\n";
    let description = read(text).unwrap();
    let expected = [
        "the command in line 2: it is no curl command",
        "the command in line 3: its option `--frobnicate` is not known",
        "the command in line 4: its URL has a part that only the shell knows",
        "the command in line 5: its URL stands for several",
        "the command in line 6: its options are in the file `file`",
        "the command in line 7: it has no URL",
    ];
    assert_eq!(description.left_out[..6], expected);
    assert!(description.left_out[6].contains("neither http nor https"));
    assert_eq!(description.drafts.len(), 1);
}

#[test]
fn several_commands_and_several_requests_in_one_are_all_read() {
    let text = "curl -sS \\\n  http://host/a http://host/b \\\n  --next -k http://host/c;\ncurl http://host/d | jq .\n";
    let description = read(text).unwrap();
    let names: Vec<_> = description.drafts.iter().map(Draft::name).collect();
    assert_eq!(names, ["GET /a", "GET /b", "GET /c", "GET /d"]);
    assert!(description.insecure);
    assert_eq!(description.source, "a.sh, 4 requests with curl");
}

#[test]
fn what_holds_no_commands_is_refused() {
    assert!(matches!(read(" \n"), Err(InitError::Empty { .. })));
    assert!(matches!(read("wget http://host/a"), Err(InitError::Nothing { .. })));
    assert!(matches!(read("\ncurl 'http://host/a"), Err(InitError::Quoting { line: 2, .. })));
    let windows = "curl ^\"http://host/a^\" ^\r\n  -H ^\"a: b^\"";
    assert!(matches!(read(windows), Err(InitError::WindowsQuoting { .. })));
}
