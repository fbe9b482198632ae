//! Sockets, and what is measured of them.

use super::*;
use perfbase::model::{Action, Socket};

const FEED: &str = r#"
    [service]
    url = "http://localhost:8000"
    headers = { authorization = "Bearer ${TOKEN}" }
    [data]
    n = "sequence"
    [endpoints."GET /a"]
    save = { build = "/id" }
    [sockets."Build feed"]
    path = "/ws/{build}"
    headers = { accept = "b" }
    send = { type = "ping", n = "{n}" }
    await = '/type == "pong"'
    messages = 10
    p95 = "2s"
    connect = { target = "1s", factor = 3.0 }
    [sockets.echo]
    path = "/ws"
    send = "say {n} {any}"
    [users.one]
    tasks = { "GET /a" = 1, "Build feed" = 2, "echo" = 3 }
"#;

fn socket(plan: &Plan, at: usize) -> &Socket {
    match &plan.endpoints[at].action {
        Action::Socket(socket) => socket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_socket_is_two_rows_and_one_task() {
    let plan = planned(FEED, &Overrides::default());
    let names: Vec<&str> = plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let rows = ["Build feed connect", "Build feed message", "echo connect", "echo message"];
    assert_eq!(names, [&["GET /a"], &rows[..]].concat());
    let within: Vec<_> = plan.endpoints.iter().map(|it| it.action.within()).collect();
    assert_eq!(within, [&[][..], &[], &[1], &[], &[3]]);
    let tasks = plan.behaviour.classes[0].tasks.iter().map(|task| (task.weight, task.steps[0]));
    assert_eq!(tasks.collect::<Vec<_>>(), [(1, 0), (2, 1), (3, 3)]);
    let feed = socket(&plan, 1);
    assert_eq!((feed.name.as_str(), feed.messages.get()), ("Build feed", 10));
    assert_eq!(feed.open.line(), "GET /ws/{build}");
    let headers: Vec<_> = feed.open.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(headers, ["authorization", "accept"], "and no content type");
    assert_eq!(feed.send.written(), r#"{"type":"ping","n":"{n}"}"#);
    let awaited = feed.awaited.as_ref().map(|check| check.written.as_str());
    assert_eq!(awaited, Some("/type == \"pong\""));
    let echo = socket(&plan, 3);
    assert_eq!((echo.messages.get(), &echo.awaited), (1, &None));
    assert_eq!(echo.send.written(), "say {n} {any}", "a text keeps braces that are no value");
}

#[test]
fn a_file_may_have_nothing_but_sockets() {
    let file = "[service]\nurl = \"http://a\"\n[sockets.echo]\npath = \"/ws\"\nsend = \"x\"\n";
    let names: Vec<_> = planned(file, &Overrides::default())
        .endpoints
        .iter()
        .map(|endpoint| endpoint.name.to_string())
        .collect();
    assert_eq!(names, ["echo connect", "echo message"]);
}

#[test]
fn the_limits_of_the_socket_are_those_of_its_messages_and_connect_has_its_own() {
    let plan = planned(FEED, &Overrides::default());
    let [connect, message] = [&plan.endpoints[1], &plan.endpoints[2]];
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!((connect.budgets.target, connect.budgets.acceptable), (seconds(1), None));
    assert_eq!((message.budgets.target, message.budgets.acceptable), (None, seconds(2)));
    let policy = loaded(FEED).policy(&GateOverrides::default());
    assert_eq!(policy.endpoints[&connect.name].0.factor, Some(3.0));
    assert_eq!(policy.endpoints[&message.name].1.acceptable, seconds(2));
}

#[test]
fn the_workload_knows_what_is_said_and_what_is_awaited() {
    let digests = |text: &str| {
        let plan = planned(text, &Overrides::default());
        ["Build feed connect", "Build feed message"]
            .map(|name| plan.workload.endpoints[&name.parse().unwrap()].clone())
    };
    let [connect, message] = digests(FEED);
    for (from, to, is_opening) in [
        ("/ws/{build}", "/feed/{build}", true),
        ("accept = \"b\"", "accept = \"c\"", true),
        ("\"ping\"", "\"pang\"", false),
        ("== \"pong\"", "== \"pang\"", false),
        ("messages = 10", "messages = 11", false),
    ] {
        let [changed_connect, changed_message] = digests(&FEED.replacen(from, to, 1));
        assert_eq!(changed_connect != connect, is_opening, "{to}");
        assert_ne!(changed_message, message, "{to}");
    }
}
