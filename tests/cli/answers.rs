//! What answers have to be like: checks, allowed statuses, limiters, and bodies of several parts.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::project::{BRIEF, Finished, Project};
use super::server::{answering, head, quick, server};

/// In what services send, and in no output, file or database.
const CANARY: &str = "canary7f3a9c";

/// Head and body of a request.
type Request = (String, Vec<u8>);

fn run(project: &Project, more: &[&str]) -> Finished {
    project.run(&[&["run"], &BRIEF[..], more].concat())
}

/// One endpoint `GET /x` at `address` with more keys.
fn one(address: SocketAddr, more: &str) -> Project {
    let configuration =
        format!("[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /x\"]\n{more}\n");
    Project::with(&configuration).variable("SECRET", CANARY)
}

/// A run of `project` as JSON: what it says of its first endpoint's requests in all rounds.
fn requests(project: &Project) -> Value {
    let finished = run(project, &["--format", "json"]).measured();
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    document["endpoints"][0]["requests"].clone()
}

fn json(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn a_check_that_does_not_hold_is_told_with_its_first_finding_and_no_value() {
    let body = format!("{{\"status\": \"{CANARY}\", \"total\": 0}}");
    let project = one(
        answering(json(&body)),
        "checks = [\"/status == ok\", \"/total >= 1\", \"/id exists\", \"/token == ${SECRET}\", \"status == 200\"]",
    );
    let requests = requests(&project);
    assert_eq!(requests["successes"], 0);
    let failed = requests["by_class"]["check"].as_u64().unwrap();
    assert!(failed > 0);
    let first: Vec<(&str, &str)> = requests["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| {
            assert_eq!(check["failed"], failed, "{check}");
            (check["check"].as_str().unwrap(), check["first"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        first,
        [
            ("/id exists", "there is nothing"),
            ("/status == ok", "it is another text"),
            ("/token == ${SECRET}", "there is nothing"),
            ("/total >= 1", "it is another number"),
        ]
    );
    let shown = project.run(&["show", "last"]).exits(0);
    shown.says("failed `/status == ok`, at first because it is another text").never_says(CANARY);
    run(&project, &[]).measured().says("failed `/total >= 1`").never_says(CANARY);
    for (path, bytes) in project.files() {
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn checks_that_hold_leave_an_endpoint_as_it_is() {
    let more = "checks = [\"/a/0 == 7\", \"header:content-type contains json\", \"size < 1kB\", \
                \"body matches ^.\"]\nschema = \"s.json\"";
    let project = one(answering(json("{\"a\": [7]}")), more);
    project.write("s.json", "{\"properties\": {\"a\": {\"items\": {\"type\": \"integer\"}}}}");
    let requests = requests(&project);
    assert!(requests["successes"].as_u64().unwrap() > 0, "{requests}");
    assert_eq!(requests["failures"], 0);
    assert_eq!(requests["checks"], serde_json::json!([]));
}

#[test]
fn a_body_that_does_not_fit_its_schema_names_the_place_in_the_schema() {
    let body = format!("{{\"{CANARY}\": [\"{CANARY}\"]}}");
    let project = one(answering(json(&body)), "schema = \"s.json\"");
    project.write("s.json", "{\"additionalProperties\": {\"items\": {\"type\": \"integer\"}}}");
    run(&project, &[])
        .measured()
        .says("failed `schema s.json`, at first because the body does not fit")
        .says("/additionalProperties/items/type")
        .never_says(CANARY);
}

#[test]
fn a_schema_that_is_none_is_told_where_it_is_named() {
    let project = one(answering(json("{}")), "schema = \"s.json\"");
    project.write("s.json", "{\"type\": \"objekt\"}");
    run(&project, &[])
        .exits(2)
        .says("`s.json` cannot be used as a JSON Schema")
        .says("perfbase.toml:4:");
}

#[test]
fn an_answer_that_is_not_json_fails_its_checks_and_says_what_it_is() {
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let project = one(answering(html), "checks = [\"/a exists\"]");
    run(&project, &[]).measured().says("the body is not JSON but text/html");
}

#[test]
fn a_body_beyond_what_is_kept_fails_checks_of_it_and_says_so() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 10_000_000, b'x');
    let project =
        one(answering(answer), "checks = [\"body contains x\", \"size == 10MB\", \"/a absent\"]");
    let requests = requests(&project);
    let checks = requests["checks"].as_array().unwrap();
    let failed: Vec<&str> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
    assert_eq!(failed, ["/a absent", "body contains x"], "the size needs no body");
    assert!(checks.iter().all(|check| check["first"] == "the body is longer than 8 MiB"));
}

#[test]
fn an_answer_is_compared_with_what_its_user_has() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[data]\nid = \"int 1..9\"\nother = \"int 100..200\"\n\
         [endpoints.\"GET /workflows/{{id}}\"]\nchecks = [\"/id == {{id}}\"]\n\
         [endpoints.\"GET /workflows/{{id}}/x\"]\npath = \"/workflows/{{id}}\"\nchecks = [\"/id == {{other}}\"]\n",
        service.url()
    ));
    let finished = run(&project, &["--format", "json"]).measured();
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    let requests = |index: usize| document["endpoints"][index]["requests"].clone();
    assert_eq!(requests(0)["failures"], 0, "{finished}");
    assert!(requests(0)["successes"].as_u64().unwrap() > 0, "{finished}");
    assert_eq!(requests(1)["successes"], 0, "{finished}");
    assert_eq!(requests(1)["checks"][0]["first"], "it is another number", "{finished}");
}

#[test]
fn allowed_statuses_are_successes_that_are_counted_apart() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[data]\nid = [1, 900, 901]\n\
         [endpoints.\"GET /workflows/{{id}}\"]\nallow = [404]\nchecks = [\"/name exists\"]\n\
         save = {{ name = \"/name\" }}\n",
        service.url()
    ));
    let requests = requests(&project);
    let allowed = requests["allowed"]["404"].as_u64().unwrap();
    assert_eq!(requests["failures"], 0, "{requests}");
    assert!(allowed > 0 && allowed < requests["successes"].as_u64().unwrap(), "{requests}");
    project.run(&["show", "last"]).exits(0).says("of which allowed 404:");
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let stored: i64 = database
        .query_row("SELECT sum(count) FROM allowed WHERE status = 404", [], |row| row.get(0))
        .unwrap();
    assert!(stored as u64 >= allowed);
}

#[test]
fn a_limiter_in_place_of_the_service_is_told() {
    for limited in ["429 Too Many Requests", "503 Busy\r\nRetry-After: 1"] {
        let answer = format!("HTTP/1.1 {limited}\r\ncontent-length: 0\r\n\r\n");
        let project = one(answering(answer.clone()), "");
        let requests = requests(&project);
        assert_eq!(requests["by_class"]["limited"], requests["failures"], "{requests}");
        run(&project, &[]).measured().says("a limiter answered 100% of the requests");
        let allowing = one(answering(answer), "allow = [429, 503]");
        let finished = run(&allowing, &[]).measured();
        finished.never_says("a limiter answered");
    }
    let plain = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n";
    let requests = requests(&one(answering(plain), ""));
    assert_eq!(requests["by_class"]["status_5xx"], requests["failures"], "{requests}");
}

#[test]
fn recording_what_a_limiter_answered_says_so() {
    let answer = "HTTP/1.1 429 x\r\ncontent-length: 0\r\n\r\n";
    let project = one(answering(answer), "");
    let record = [&["record"], &BRIEF[..]].concat();
    project.run(&record).exits(3).says("a limiter answered").says("lower --users or --rate");
}

#[test]
fn several_parts_arrive_as_they_are_written() {
    let heard: Arc<Mutex<Vec<Request>>> = Arc::default();
    let ears = Arc::clone(&heard);
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let length = request.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            stream.read_exact(&mut body).unwrap();
            ears.lock().unwrap().push((request, body));
            if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
                return;
            }
        }
    });
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\nheaders = {{ content-type = \"application/json\" }}\n\
         [data]\nn = \"sequence\"\n[endpoints.\"POST /files\"]\n\
         multipart = {{ title = \"no {{n}} {{of them}}\", tag = [\"a\", 2], \
         picture = {{ file = \"p.png\", name = \"q\\\".png\" }} }}\n"
    ));
    let picture = [0, 255, b'\r', b'\n', b'-', b'-'];
    project.write("p.png", picture);
    run(&project, &[]).measured();
    let heard = heard.lock().unwrap();
    let (request, body) = &heard[1];
    let kind = request.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let part = |head: &str, content: &[u8]| {
        [
            format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
            content,
            b"\r\n",
        ]
        .concat()
    };
    let expected = [
        part("name=\"title\"", b"no 2 {of them}"),
        part("name=\"tag\"", b"a"),
        part("name=\"tag\"", b"2"),
        part("name=\"picture\"; filename=\"q%22.png\"\r\nContent-Type: image/png", &picture),
        format!("--{boundary}--\r\n").into_bytes(),
    ]
    .concat();
    assert_eq!(String::from_utf8_lossy(body), String::from_utf8_lossy(&expected));
    assert!(heard.iter().all(|(request, _)| request.contains(boundary)), "one for all");
}

#[test]
fn an_endpoint_goes_by_the_name_it_is_given() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"GET /health\"]\nname = \"Is it there\"\n\
         [endpoints.\"GET /clients\"]\nname = \"Clients\"\n\
         [users.all]\ntasks = {{ \"Is it there\" = 1, \"GET /clients\" = 1 }}\n\
         [scenarios.few]\nendpoints = [\"GET /h*\"]\n[scenarios.other]\nendpoints = [\"Cli*\"]\n",
        service.url()
    ));
    let names = |more: &[&str]| -> Vec<String> {
        let finished = run(&project, &[&["--format", "json"], more].concat()).measured();
        let document: Value = serde_json::from_str(&finished.stdout).unwrap();
        let endpoints = document["endpoints"].as_array().unwrap();
        endpoints.iter().map(|it| it["endpoint"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&[]), ["Is it there", "Clients"]);
    assert_eq!(names(&["--scenario", "few"]), ["Is it there"]);
    assert_eq!(names(&["--scenario", "other"]), ["Clients"]);
}

#[test]
fn more_endpoints_than_can_be_read_are_refused() {
    let endpoints: Vec<String> = (0..501).map(|n| format!("[endpoints.\"GET /{n}\"]")).collect();
    let endpoints = endpoints.join("\n");
    let project = Project::with(&format!("[service]\nurl = \"http://127.0.0.1:1\"\n{endpoints}"));
    project.run(&["check"]).exits(2).says("501 endpoints are more than 500").says("braces");
    let urls: Vec<String> = (0..501).map(|n| format!("http://127.0.0.1:1/{n}")).collect();
    let arguments: Vec<&str> =
        std::iter::once("run").chain(urls.iter().map(String::as_str)).collect();
    Project::new().run(&arguments).exits(2).says("501 endpoints are more than 500");
}

#[test]
fn a_query_makes_no_endpoint_of_its_own_and_that_is_said() {
    let arguments = ["run", "http://127.0.0.1:1/a?page=1", "http://127.0.0.1:1/a?page=2"];
    Project::new().run(&arguments).exits(2).says("the query is not part of an endpoint's name");
}
