//! Users who are sent elsewhere: how far they go, and what they take along.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::project::{BRIEF, Finished, Project};
use super::server::{encrypted, head, quick, server};

/// In what goes to the service, and to nobody else.
const CANARY: &str = "canary7f3a9c";

type Heard = Arc<Mutex<Vec<String>>>;

/// A server that answers a request line (`GET /x`) as `answer` says, and what it heard.
fn scripted(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let length = request.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut body).unwrap();
            let line = request.split(" HTTP").next().unwrap_or_default().to_owned();
            ears.lock().unwrap().push(format!("{request}{}", String::from_utf8_lossy(&body)));
            if stream.write_all(answer(&line).as_bytes()).is_err() {
                return;
            }
        }
    });
    (address, heard)
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn to(status: u16, location: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\nlocation: {location}\r\nset-cookie: way=1\r\ncontent-length: 3\r\n\r\nway"
    )
}

fn heard(heard: &Heard) -> Vec<String> {
    heard.lock().unwrap().clone()
}

fn lines(requests: &Heard) -> Vec<String> {
    heard(requests)
        .iter()
        .map(|it| it.split(" HTTP").next().unwrap_or_default().to_owned())
        .collect()
}

fn run(project: &Project) -> Finished {
    project.run(&[&["run", "--format", "json"], &BRIEF[..]].concat())
}

fn requests(finished: &Finished) -> Value {
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    document["endpoints"][0]["requests"].clone()
}

fn one(address: SocketAddr, endpoint: &str, more: &str) -> Project {
    let configuration =
        format!("[service]\nurl = \"http://{address}\"\n[endpoints.\"{endpoint}\"]\n{more}\n");
    Project::with(&configuration).variable("SECRET", CANARY)
}

#[test]
fn a_redirect_is_followed_over_the_same_connection_as_the_same_user() {
    let (address, service) = scripted(|line| match line {
        "GET /old" => to(301, "middle?x=1#top"),
        "GET /middle?x=1" => to(308, "/new"),
        _ => ok("{\"id\": 7}"),
    });
    let more = "redirects = 2\nheaders = { x-key = \"${SECRET}\" }\nchecks = [\"/id == 7\", \"size == 9\"]";
    let finished = run(&one(address, "GET /old", more)).measured();
    let requests = requests(&finished);
    assert!(requests["successes"].as_u64().unwrap() > 0, "{finished}");
    assert_eq!(requests["failures"], 0, "{finished}");
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(document["endpoints"].as_array().unwrap().len(), 1);
    assert_eq!(lines(&service)[..3], ["GET /old", "GET /middle?x=1", "GET /new"]);
    let all = heard(&service);
    assert!(all.iter().all(|request| request.contains(CANARY)), "{all:?}");
    assert!(all[1].contains("cookie: way=1"), "{}", all[1]);
}

#[test]
fn a_form_asks_for_its_result() {
    let (address, service) = scripted(|line| match line {
        "POST /form" => to(303, "/result"),
        _ => ok("done"),
    });
    let more = "redirects = 1\nform = { a = 1 }\nchecks = [\"body == done\"]";
    let finished = run(&one(address, "POST /form", more)).measured();
    assert_eq!(requests(&finished)["failures"], 0, "{finished}");
    let all = heard(&service);
    assert!(all[0].ends_with("a=1") && all[1].starts_with("GET /result"), "{all:?}");
    assert!(!all[1].contains("content-length") && !all[1].contains("content-type"), "{}", all[1]);
}

#[test]
fn nothing_of_a_user_goes_to_another_host() {
    let (elsewhere, strangers) = scripted(|_| ok("there"));
    let (address, service) = scripted(move |line| match line {
        "POST /login" => {
            let body = format!("{{\"token\": \"{CANARY}\"}}");
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\nset-cookie: sid={CANARY}\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        }
        _ => to(302, &format!("http://{elsewhere}/there?from=here")),
    });
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\nheaders = {{ x-tenant = \"${{SECRET}}\", accept = \"text/plain\" }}\n\
         [login]\nrequest = \"POST /login\"\nsave = {{ token = \"/token\" }}\n\
         headers = {{ authorization = \"Bearer {{token}}\" }}\n\
         [endpoints.\"GET /x\"]\nredirects = 3\nchecks = [\"body == there\"]\n\
         headers = {{ x-copy = \"{{token}}\", x-literal = \"abc\", accept-language = \"${{SECRET}}\" }}\n"
    ))
    .variable("SECRET", CANARY);
    let finished = run(&project).measured();
    assert_eq!(requests(&finished)["failures"], 0, "{finished}");
    assert!(requests(&finished)["successes"].as_u64().unwrap() > 0, "{finished}");
    let here = heard(&service);
    assert!(here[1..].iter().all(|request| request.matches(CANARY).count() == 5), "{here:?}");
    let there = heard(&strangers);
    assert!(!there.is_empty());
    for request in &there {
        assert!(!request.contains(CANARY) && !request.contains("cookie"), "{request}");
        let mut names: Vec<&str> = request
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name)
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "user-agent"], "{request}");
        assert!(request.starts_with("GET /there?from=here HTTP/1.1\r\n"), "{request}");
    }
}

#[test]
fn a_redirect_to_a_protected_environment_is_not_followed() {
    let (production, live) = scripted(|_| ok("live"));
    let (address, _service) = scripted(move |line| match line {
        "GET /first" => to(302, "/x"),
        _ => to(302, &format!("http://127.1:{}/live", production.port())),
    });
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n\
         [env.production]\nurl = \"http://localhost:{}\"\nprotected = true\n\
         [endpoints.\"GET /first\"]\nredirects = 2\n\
         [endpoints.\"GET /x\"]\nredirects = 1\n\
         [pages.Home]\nrequests = [\"GET /x\"]\n",
        production.port()
    ));
    let finished = run(&project);
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    let endpoints = document["endpoints"].as_array().unwrap();
    assert_eq!(endpoints.len(), 3, "{finished}");
    for endpoint in endpoints {
        let requests = &endpoint["requests"];
        assert_eq!(requests["successes"], 0, "{finished}");
        assert_eq!(requests["by_class"]["redirect"], requests["failures"], "{finished}");
        let why = "it leads to the protected environment `production`";
        assert!(endpoint.to_string().contains(why), "{finished}");
    }
    assert_eq!(lines(&live), Vec::<String>::new());
    let allowed = [&["run", "--format", "json", "--allow-protected"], &BRIEF[..]].concat();
    let finished = project.run(&allowed).measured();
    assert_eq!(requests(&finished)["failures"], 0, "{finished}");
    assert!(!lines(&live).is_empty());
}

#[test]
fn nothing_of_a_user_leaves_an_encrypted_service_for_the_clear_or_for_another_encrypted_one() {
    let (clear, strangers) = scripted(|_| ok("there"));
    let ears = Arc::clone(&strangers);
    let (other, certificate) = encrypted(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            ears.lock().unwrap().push(request);
            if stream.write_all(ok("there").as_bytes()).is_err() {
                return;
            }
        }
    });
    let places = [format!("http://{clear}"), format!("https://localhost:{}", other.port())];
    for place in places {
        let heard_before = heard(&strangers).len();
        let (home, home_certificate) = encrypted(move |mut stream| {
            let answer = to(302, &format!("{place}/there")).replace("way=1", "sid=canary7f3a9c");
            while head(&mut stream).is_some() && stream.write_all(answer.as_bytes()).is_ok() {}
        });
        let project = Project::with(&format!(
            "[service]\nurl = \"https://localhost:{}\"\n\
             [endpoints.\"GET /x\"]\nredirects = 1\nchecks = [\"body == there\"]\n\
             headers = {{ authorization = \"${{SECRET}}\" }}\n\
             [scenarios.few]\nkind = \"correctness\"\nusers = 2\nrequests = 5\n",
            home.port()
        ));
        project.write("authorities.pem", format!("{home_certificate}{certificate}"));
        let authorities = project.path("authorities.pem");
        let project = project
            .variable("SECRET", CANARY)
            .variable("SSL_CERT_FILE", authorities.to_str().unwrap());
        let finished = project.run(&["run", "--scenario", "few"]).exits(0);
        let there = &heard(&strangers)[heard_before..];
        assert_eq!(there.len(), 5, "{finished}");
        for request in there {
            assert!(!request.contains(CANARY) && !request.contains("cookie"), "{request}");
        }
    }
}

#[test]
fn nothing_of_a_user_comes_back_with_a_chain_that_left() {
    let back: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
    let home = Arc::clone(&back);
    let (elsewhere, _) =
        scripted(move |_| to(302, &format!("http://{}/back", home.lock().unwrap().unwrap())));
    let (address, service) = scripted(move |line| match line {
        "GET /back" => ok("back"),
        _ => to(302, &format!("http://{elsewhere}/")),
    });
    *back.lock().unwrap() = Some(address);
    let more = "redirects = 2\nheaders = { authorization = \"${SECRET}\" }";
    let finished = run(&one(address, "GET /x", more)).measured();
    assert_eq!(requests(&finished)["failures"], 0, "{finished}");
    for request in heard(&service) {
        assert_eq!(request.contains(CANARY), request.starts_with("GET /x"), "{request}");
    }
}

#[test]
fn a_body_is_sent_to_nobody_else() {
    for status in [307, 308] {
        let (elsewhere, strangers) = scripted(|_| ok(""));
        let (address, _) = scripted(move |_| to(status, &format!("http://{elsewhere}/")));
        let more = "redirects = 1\njson = { password = \"${SECRET}\" }";
        let finished = run(&one(address, "POST /x", more)).measured();
        let requests = requests(&finished);
        assert_eq!(requests["by_class"]["redirect"], requests["failures"], "{finished}");
        assert!(requests["failures"].as_u64().unwrap() > 0, "{finished}");
        assert_eq!(heard(&strangers), Vec::<String>::new());
    }
}

#[test]
fn redirects_that_lead_nowhere_are_failures_of_their_class() {
    let endless = |_: &str| to(302, "/x");
    let nowhere = |_: &str| "HTTP/1.1 302 x\r\ncontent-length: 0\r\n\r\n".to_owned();
    let garbage = |_: &str| to(302, "http://[::1");
    let scheme = |_: &str| to(302, "file:///etc/passwd");
    for (address, _) in [scripted(endless), scripted(nowhere), scripted(garbage), scripted(scheme)]
    {
        let finished = run(&one(address, "GET /x", "redirects = 3")).measured();
        let requests = requests(&finished);
        assert!(requests["failures"].as_u64().unwrap() > 0, "{finished}");
        assert_eq!(requests["by_class"]["redirect"], requests["failures"], "{finished}");
    }
}

#[test]
fn a_redirect_is_an_answer_where_nothing_else_is_said() {
    let (address, service) = scripted(|_| to(302, "/new"));
    let finished = run(&one(address, "GET /x", "")).measured();
    let requests = requests(&finished);
    assert_eq!(requests["by_class"]["status_other"], requests["failures"], "{finished}");
    assert!(lines(&service).iter().all(|line| line == "GET /x"));
    let (address, service) = scripted(|_| to(302, "/new"));
    let finished = run(&one(address, "GET /x", "redirects = 1\nexpect = [302]")).measured();
    assert_eq!(self::requests(&finished)["failures"], 0, "{finished}");
    assert!(lines(&service).iter().all(|line| line == "GET /x"));
}

#[test]
fn another_host_that_is_not_there_is_a_failure_of_its_own_class() {
    let (address, _) = scripted(|_| to(302, &format!("http://{}/", super::server::nobody())));
    let finished = run(&one(address, "GET /x", "redirects = 1")).measured();
    let requests = requests(&finished);
    assert_eq!(requests["by_class"]["connect"], requests["failures"], "{finished}");
}

#[test]
fn a_login_follows_redirects_and_ends_where_they_are_endless() {
    let (address, service) = scripted(|line| match line {
        "POST /login" => to(302, "/token"),
        "GET /token" => ok("{\"token\": \"t7\"}"),
        "GET /me" => ok("me"),
        _ => to(302, "/around"),
    });
    let with = |request: &str, redirects: u8| {
        Project::with(&format!(
            "[service]\nurl = \"http://{address}\"\n[login]\nrequest = \"{request}\"\nredirects = {redirects}\n\
             save = {{ token = \"/token\" }}\nheaders = {{ authorization = \"Bearer {{token}}\" }}\n\
             [endpoints.\"GET /me\"]\n"
        ))
    };
    let finished = run(&with("POST /login", 1)).measured();
    assert!(requests(&finished)["successes"].as_u64().unwrap() > 0, "{finished}");
    let me = heard(&service).into_iter().find(|it| it.starts_with("GET /me")).unwrap();
    assert!(me.contains("authorization: Bearer t7") && me.contains("way=1"), "{me}");
    run(&with("GET /around", 5)).exits(4).says("it was redirected too often");
    run(&with("POST /login", 0)).exits(4).says("it was answered with status 302");
}

#[test]
fn the_sample_service_leads_to_its_latest_workflow() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"GET /workflows/latest\"]\nredirects = 1\nchecks = [\"/id >= 1\"]\n",
        service.url()
    ));
    let finished = run(&project).measured();
    assert_eq!(requests(&finished)["failures"], 0, "{finished}");
}
