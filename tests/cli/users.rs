//! Users who log in, remember what they are told and send what they remember.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perfbase::demo::{Options, Running};

use super::project::{BRIEF, Finished, Project};
use super::server::{answering, head, quick, server};

/// What became of the requests to one endpoint, in all rounds, whether they count or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) successes: i64,
    pub(crate) failures: i64,
    pub(crate) skipped: i64,
}

/// What became of the requests to each endpoint.
pub(crate) fn counts(project: &Project) -> BTreeMap<String, Counts> {
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let mut counts = database
        .prepare("SELECT endpoint, sum(successes), sum(failures), sum(skipped) FROM samples GROUP BY endpoint")
        .unwrap();
    counts
        .query_map([], |row| {
            let counts =
                Counts { successes: row.get(1)?, failures: row.get(2)?, skipped: row.get(3)? };
            Ok((row.get(0)?, counts))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// A measurement that only has to happen, with more arguments.
pub(crate) fn run(project: &Project, more: &[&str]) -> Finished {
    project.run(&[&["run"], &BRIEF[..], &["--format", "json"], more].concat())
}

/// An example of the repository on `service`, its users two hundred times as quick.
fn example(name: &str, service: &Running) -> Project {
    let path = format!("{}/examples/{name}/perfbase.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("http://localhost:8000", &service.url());
    let quicker = [
        ("\"1s..3s\"", "\"5ms..15ms\""),
        ("execute\" = 1", "execute\" = 3"),
        ("\"500ms..1s\"", "\"2ms..5ms\""),
        ("\"5s..10s\"", "\"25ms..50ms\""),
        // What is rare makes a round long.
        ("/code\" = 1", "/code\" = 10"),
        ("builds\" = 1\n", "builds\" = 10\n"),
    ];
    let text = quicker.iter().fold(text, |text, (from, to)| text.replace(from, to));
    Project::with(&text).variable("LOAD_PASSWORD", CANARY)
}

/// In no output, file or database.
const CANARY: &str = "canary7f3a9c";

#[test]
fn the_agent_platform_runs_with_one_login_a_user() {
    let service = quick();
    let project = example("agent-platform", &service);
    let finished = run(&project, &["--users", "16"]).measured();
    let counts = counts(&project);
    assert_eq!(counts.len(), 3, "{counts:?}");
    for (endpoint, counts) in &counts {
        assert!(counts.successes > 0, "{endpoint}: {counts:?}");
        assert_eq!((counts.failures, counts.skipped), (0, 0), "{endpoint}: {finished}");
    }
    finished.never_says(CANARY);
    for (path, bytes) in project.files() {
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn the_build_platform_asks_for_builds_that_its_users_made() {
    let service = quick();
    let project = example("build-platform", &service);
    let finished = run(&project, &["--users", "10"]).measured();
    let counts = counts(&project);
    for endpoint in ["POST /api/v1/builds", "GET /api/v1/builds/{build}", "GET /api/v1/builds"] {
        assert!(counts[endpoint].successes > 0, "{counts:?}\n{finished}");
    }
    assert!(counts.values().all(|counts| counts.failures == 0), "{counts:?}\n{finished}");
    // Whoever asks before it has made one is skipped; nobody else is.
    let skipped: Vec<&str> =
        counts.iter().filter(|(_, c)| c.skipped > 0).map(|(name, _)| name.as_str()).collect();
    assert!(skipped.iter().all(|name| name.contains("{build}")), "{skipped:?}");
}

#[test]
fn without_the_ids_of_builds_their_steps_are_skipped_and_told() {
    let service = quick();
    let project = example("build-platform", &service);
    service.set_faults(&["POST /api/v1/builds error-share=100%".parse().unwrap()]);
    let finished = run(&project, &["--users", "10"]);
    let counts = counts(&project);
    assert_eq!(counts["POST /api/v1/builds"].successes, 0, "{counts:?}\n{finished}");
    let of_builds = || counts.iter().filter(|(name, _)| name.contains("{build}"));
    assert!(of_builds().count() > 0, "{counts:?}");
    for (name, counts) in of_builds() {
        assert_eq!((counts.successes, counts.failures), (0, 0), "{name}: {finished}");
        assert!(counts.skipped > 0, "{name}: {finished}");
    }
    project.run(&["show"]).says("users did not have its values yet");
}

#[test]
fn the_performance_agent_carries_its_levels_until_its_capacity_is_too_small() {
    let service = quick();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/performance-agent/perfbase.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let shorter = [
        ("http://localhost:8000", service.url()),
        ("\"1s..3s\"", "\"5ms..15ms\"".to_owned()),
        ("hold = \"20s\"", "hold = \"300ms\"".to_owned()),
        ("users = 500, success", "users = 60, success".to_owned()),
        ("users = 200, success", "users = 50, success".to_owned()),
        ("users = 100, success", "users = 40, success".to_owned()),
    ];
    let text = shorter.iter().fold(text, |text, (from, to)| text.replace(from, to));
    let project = Project::with(&text);
    let scalability = ["run", "--scenario", "scalability"];
    project.run(&scalability).measured().says("60 users");
    let counts = counts(&project);
    let one = counts["GET /workflows/{workflow}"];
    assert!(one.successes > 0 && one.failures == 0, "404 is allowed: {one:?}");
    service.set_faults(&["add=5ms".parse().unwrap(), "capacity=3".parse().unwrap()]);
    project.run(&scalability).exits(1).says("60 users").says("not met");
}

#[test]
fn users_with_a_rate_begin_so_many_tasks_a_second_whatever_the_answers_take() {
    let service = quick();
    let project = example("build-platform", &service);
    run(&project, &["--scenario", "stress", "--users", "100"]).measured();
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let (sent, seconds): (i64, f64) = database
        .query_row(
            "SELECT sum(sent), sum(seconds) FROM
             (SELECT sum(successes + failures) AS sent, max(measured_ns) / 1e9 AS seconds
              FROM samples GROUP BY round)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    // A hundred users at ten a second, each somewhere in its first tenth of a second when a slice begins.
    let expected = 1000.0 * seconds;
    assert!(
        (sent as f64) <= expected * 1.15 && sent as f64 >= expected * 0.7,
        "{sent} in {seconds}"
    );
}

/// A login at `service`, and one endpoint that asks for it.
fn with_login(service: &str, more: &str) -> String {
    format!(
        r#"
[service]
url = "{service}"
[login]
request = "POST /api/v1/auth/login"
json = {{ username = "load", password = "${{LOAD_PASSWORD}}" }}
save = {{ token = "/access_token" }}
headers = {{ authorization = "Bearer {{token}}" }}
{more}
[endpoints."GET /api/v1/users/me/stats"]
"#
    )
}

#[test]
fn an_identity_that_expires_is_renewed_and_nothing_of_it_is_measured() {
    let options = Options {
        latency_scale: 0.0,
        token_lifetime: Duration::from_millis(1100),
        ..Options::default()
    };
    let service = Running::start(options).unwrap();
    for renew in ["", "renew = \"50ms\""] {
        let project =
            Project::with(&with_login(&service.url(), renew)).variable("LOAD_PASSWORD", "x");
        let finished = run(&project, &["--users", "3"]).measured();
        let counts = counts(&project);
        assert_eq!(counts.len(), 1, "the login is not among them: {finished}");
        let stats = counts["GET /api/v1/users/me/stats"];
        assert!(stats.successes > 0 && stats.failures == 0, "{stats:?}\n{finished}");
    }
}

#[test]
fn a_login_that_fails_ends_the_run_and_says_why_without_its_secrets() {
    let options = Options { password: Some("right".to_owned()), ..Options::default() };
    let service = Running::start(options).unwrap();
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let empty = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    for (url, told) in [
        (service.url(), "it was answered with status 401".to_owned()),
        (format!("http://{}", answering(html)), "the body is not JSON but text/html".to_owned()),
        (
            format!("http://{}", answering(empty)),
            "the body has nothing at `/access_token`".to_owned(),
        ),
    ] {
        let project = Project::with(&with_login(&url, "")).variable("LOAD_PASSWORD", CANARY);
        run(&project, &["--users", "3"])
            .exits(4)
            .says("a user cannot log in")
            .says(&told)
            .says("check `[login]`")
            .never_says(CANARY);
    }
}

#[test]
fn an_answer_without_what_is_to_be_saved_is_a_failed_check() {
    let address = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n\
         [endpoints.\"GET /a\"]\nsave = {{ id = \"/id\" }}\n\
         [endpoints.\"GET /b/{{id}}\"]\n"
    ));
    run(&project, &["--users", "2"]).measured();
    let counts = counts(&project);
    assert_eq!(counts["GET /a"].successes, 0);
    assert!(counts["GET /a"].failures > 0);
    let b = counts["GET /b/{id}"];
    assert_eq!((b.successes, b.failures), (0, 0), "nobody ever has an id");
    assert!(b.skipped > 0);
}

/// The first lines of the requests that a server heard from one user.
fn heard(configuration: impl Fn(&str) -> String, files: &[(&str, &str)]) -> Vec<String> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let line = request.lines().next().unwrap_or_default().to_owned();
            ears.lock().unwrap().push(line);
            let answer =
                b"HTTP/1.1 200 OK\r\nset-cookie: sid=s7; Path=/\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    });
    let project = Project::with(&configuration(&format!("http://{address}")));
    for (name, content) in files {
        project.write(name, content);
    }
    run(&project, &["--users", "1", "--seed", "7"]).measured();
    let heard = heard.lock().unwrap();
    heard.iter().take(40).cloned().collect()
}

#[test]
fn one_seed_sends_one_sequence() {
    let configuration = |url: &str| {
        format!(
            "[service]\nurl = \"{url}\"\n[data]\nid = \"uuid\"\nn = \"int 1..1000\"\n\
             word = [\"a\", \"b/c\", \"d e\"]\nnext = \"sequence 5\"\n\
             [endpoints.\"GET /{{id}}/{{n}}/{{word}}/{{next}}\"]\n"
        )
    };
    let (first, second) = (heard(configuration, &[]), heard(configuration, &[]));
    assert_eq!(first.len(), 40);
    assert_eq!(first, second);
    assert!(first[0].ends_with("/5 HTTP/1.1") && first[1].ends_with("/6 HTTP/1.1"), "{first:?}");
    assert!(first.iter().any(|line| line.contains("/b%2Fc/")), "{first:?}");
}

#[test]
fn a_table_gives_each_user_its_row() {
    let configuration = |url: &str| {
        format!(
            "[service]\nurl = \"{url}\"\n[data.account]\ncsv = \"accounts.csv\"\npick = \"unique\"\n\
             [endpoints.\"GET /{{account.name}}\"]\npath = \"/{{account.name}}?key={{account.key}}\"\n"
        )
    };
    let files = [("accounts.csv", "name,key\nann,1\nbob,2\n")];
    let heard = heard(configuration, &files);
    assert!(heard.iter().all(|line| line == "GET /ann?key=1 HTTP/1.1"), "{heard:?}");
}

#[test]
fn every_piece_of_the_documentation_runs() {
    let service = quick();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/workloads.md");
    let text = std::fs::read_to_string(path).unwrap();
    let pieces: Vec<&str> =
        text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(pieces.len() >= 5, "{} pieces", pieces.len());
    for piece in pieces {
        let project = Project::with(&piece.replace("http://localhost:8000", &service.url()));
        if piece.contains("kind = \"limiter\"") {
            service.set_faults(&["GET /signals rate-limit=100/1s".parse().unwrap()]);
            let finished = project.run(&["run", "--scenario", "limits"]);
            service.set_faults(&[]);
            // A machine that is too busy to tell may say so.
            finished.exits_with_one_of(&[0, 3]).says("rejected");
            continue;
        }
        let finished = run(&project, &["--users", "40"]).measured();
        let counts = counts(&project);
        let sent = counts.values().any(|counts| counts.successes > 0);
        let failed = counts.values().any(|counts| counts.failures > 0);
        assert!(sent && !failed, "{piece}\n{counts:?}\n{finished}");
        let scenarios = piece.lines().filter_map(|line| line.strip_prefix("[scenarios."));
        for scenario in scenarios.filter_map(|name| name.strip_suffix(']')) {
            let run = ["run", "--scenario", scenario];
            if piece.contains("kind = \"correctness\"") {
                project.run(&run).exits(0);
            } else {
                let warm_up = ["--warm-up", "0s", "--warm-up-requests", "0"];
                project.run(&[&run, &warm_up[..]].concat()).measured();
            }
        }
    }
}
