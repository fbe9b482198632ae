//! What exactly users send: cookies, headers, rows and ids, as a server hears them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::project::{Finished, Project};
use super::server::{head, server};
use super::users::{counts, run};

/// What a server heard: the head of each request, in lower case but for its first line.
type Heard = Arc<Mutex<Vec<String>>>;

/// A server that answers each head with these headers and status, and remembers it.
fn listening(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let ears = Arc::clone(&heard);
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let text = answer(&request);
            ears.lock().unwrap().push(request);
            let (status, headers) = text.split_once('\n').unwrap_or((&text, ""));
            let lines: Vec<&str> = headers.lines().chain(["content-length: 0"]).collect();
            let answer = format!("HTTP/1.1 {status} x\r\n{}\r\n\r\n", lines.join("\r\n"));
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    (address, heard)
}

fn at(address: SocketAddr, more: &str) -> Project {
    let (global, tables) = more.split_once("\n\n").unwrap_or(("", more));
    Project::with(&format!("[service]\nurl = \"http://{address}\"\n{global}\n{tables}"))
}

fn one_user(project: &Project, more: &[&str]) -> Finished {
    run(project, &[&["--users", "1"], more].concat())
}

/// The heads of the requests whose first line begins so.
fn of(heard: &Heard, line: &str) -> Vec<String> {
    heard.lock().unwrap().iter().filter(|head| head.starts_with(line)).cloned().collect()
}

/// The values of a header, in each of several heads.
fn header<'h>(heads: &'h [String], name: &str) -> Vec<Vec<&'h str>> {
    let values = |head: &'h String| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    };
    heads.iter().map(values).collect()
}

const LOGIN: &str = "[login]\nrequest = \"POST /login\"\nsave = { sid = \"header:x-sid\" }\n";

fn welcome(request: &str) -> String {
    let login = request.starts_with("POST /login");
    if login { "200\nx-sid: s1\nset-cookie: jar=1; Path=/".to_owned() } else { "200".to_owned() }
}

#[test]
fn cookies_of_the_file_and_of_the_login_go_together_with_those_of_the_jar() {
    let (address, heard) = listening(welcome);
    let project = at(
        address,
        &format!(
            "headers = {{ cookie = \"lang=en\" }}\n\n{LOGIN}headers = {{ cookie = \"session={{sid}}\" }}\n\
             [endpoints.\"GET /a\"]\n[endpoints.\"GET /b\"]\nheaders = {{ cookie = \"b=2\" }}\n"
        ),
    );
    one_user(&project, &[]).measured();
    let (a, b) = (of(&heard, "GET /a"), of(&heard, "GET /b"));
    assert!(!a.is_empty() && !b.is_empty());
    // Where the login brings a header, it stands for that of the service.
    assert!(header(&a, "cookie").iter().all(|it| *it == ["session=s1; jar=1"]), "{a:?}");
    assert!(header(&b, "cookie").iter().all(|it| *it == ["b=2; session=s1; jar=1"]), "{b:?}");
    let logins = of(&heard, "POST /login");
    assert_eq!(header(&logins, "cookie")[0], ["lang=en"]);
}

#[test]
fn headers_of_the_login_stand_before_what_is_sent_without_being_asked_for() {
    let (address, heard) = listening(welcome);
    let project = at(
        address,
        &format!(
            "{LOGIN}headers = {{ user-agent = \"mine\", content-type = \"text/x\" }}\n\
             [endpoints.\"GET /a\"]\n[endpoints.\"POST /b\"]\ntext = \"b\"\n\
             [endpoints.\"GET /c\"]\nheaders = {{ user-agent = \"its own\" }}\n"
        ),
    );
    one_user(&project, &[]).measured();
    let (a, b, c) = (of(&heard, "GET /a"), of(&heard, "POST /b"), of(&heard, "GET /c"));
    assert!(header(&a, "user-agent").iter().all(|it| *it == ["mine"]), "{a:?}");
    assert!(header(&b[..1], "content-type").iter().all(|it| *it == ["text/x"]), "{b:?}");
    assert!(header(&c, "user-agent").iter().all(|it| *it == ["its own"]), "{c:?}");
    let logins = of(&heard, "POST /login");
    assert!(header(&logins, "user-agent")[0][0].starts_with("perfbase/"), "{logins:?}");
}

#[test]
fn who_logs_in_anew_says_nothing_of_who_it_was() {
    let (address, heard) = listening(welcome);
    let project = at(
        address,
        &format!(
            "{LOGIN}headers = {{ authorization = \"Bearer {{sid}}\" }}\nrenew = \"1ms\"\n\
             [endpoints.\"GET /a\"]\n"
        ),
    );
    one_user(&project, &[]).measured();
    let logins = of(&heard, "POST /login");
    assert!(logins.len() > 1);
    assert!(header(&logins, "authorization").iter().all(Vec::is_empty), "{:?}", logins[1]);
    assert_eq!(header(&logins, "cookie")[1], ["jar=1"]);
}

#[test]
fn an_identity_follows_the_value_it_is_made_of() {
    let (address, heard) = listening(|request| match request {
        request if request.starts_with("GET /refresh") => "200\nx-sid: s2".to_owned(),
        request => welcome(request),
    });
    let project = at(
        address,
        &format!(
            "{LOGIN}headers = {{ authorization = \"Bearer {{sid}}\" }}\n\
             [endpoints.\"GET /refresh\"]\nsave = {{ sid = \"header:x-sid\" }}\n"
        ),
    );
    one_user(&project, &[]).measured();
    let sent = of(&heard, "GET /refresh");
    let sent = header(&sent, "authorization");
    assert_eq!((&sent[0][..], &sent[1][..]), (&["Bearer s1"][..], &["Bearer s2"][..]));
}

#[test]
fn a_request_that_was_refused_for_its_identity_is_sent_again_as_it_was() {
    let first = Mutex::new(None);
    let refused = Mutex::new(false);
    let (address, heard) = listening(move |request| {
        let since = *first.lock().unwrap().get_or_insert_with(Instant::now);
        let mut refused = refused.lock().unwrap();
        let is_old = since.elapsed() > Duration::from_millis(1200);
        if is_old && !*refused && request.starts_with("GET /x") {
            *refused = true;
            return "401\nx-refused: 1".to_owned();
        }
        welcome(request)
    });
    let project = at(
        address,
        &format!(
            "[data]\nid = \"uuid\"\n{LOGIN}request_headers = {{ x-id = \"{{id}}\" }}\n\
             [endpoints.\"GET /x/{{id}}\"]\n"
        ),
    );
    let flags = ["--rounds", "1", "--duration", "2s", "--warm-up", "0s", "--warm-up-requests", "0"];
    project.run(&[&["run", "--users", "1"], &flags[..]].concat()).measured();
    let heard = heard.lock().unwrap();
    let again = heard.iter().rposition(|head| head.starts_with("POST /login")).unwrap();
    let line = |at: usize| heard[at].lines().next().unwrap();
    assert!(again > 0, "it logs in a second time");
    assert_eq!(line(again - 1), line(again + 1));
    assert_ne!(line(again + 1), line(again + 2));
    assert_eq!(counts(&project)["GET /x/{id}"].failures, 0);
}

#[test]
fn a_service_that_refuses_everybody_is_not_asked_for_an_identity_each_time() {
    let (address, heard) =
        listening(
            |request| {
                if request.starts_with("POST") { welcome(request) } else { "401".to_owned() }
            },
        );
    let project = at(address, &format!("{LOGIN}[endpoints.\"GET /x\"]\n"));
    one_user(&project, &[]);
    let (logins, others) = (of(&heard, "POST /login").len(), of(&heard, "GET /x").len());
    assert!(others > 2 * logins, "{logins} logins for {others} requests");
    assert!(counts(&project)["GET /x"].failures as usize + logins >= others);
}

#[test]
fn one_seed_sends_one_sequence_however_often_users_log_in() {
    let sent = |renew: &str| {
        let (address, heard) = listening(welcome);
        let project = at(
            address,
            &format!(
                "[data]\nn = \"int 1..1000000\"\nk = \"sequence\"\n{LOGIN}{renew}\n\
                 request_headers = {{ x-n = \"{{n}} {{k}}\" }}\n[endpoints.\"GET /{{n}}/{{k}}\"]\n"
            ),
        );
        one_user(&project, &["--seed", "7"]).measured();
        let lines = of(&heard, "GET /");
        let lines = lines.iter().take(30).map(|head| head.lines().next().unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    let once = sent("");
    assert_eq!(once.len(), 30);
    assert_eq!(once, sent("renew = \"1ms\""));
}

/// How often each line was heard.
fn lines(heard: &Heard) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for head in heard.lock().unwrap().iter() {
        *lines.entry(head.lines().next().unwrap().to_owned()).or_default() += 1;
    }
    lines
}

#[test]
fn arrivals_read_a_table_row_by_row_and_never_the_same_number() {
    let (address, heard) = listening(welcome);
    let project = at(
        address,
        "[data]\nk = \"sequence\"\n[data.row]\nlist = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n\
         pick = \"sequential\"\n[endpoints.\"GET /{row}\"]\npath = \"/{row}?k={k}\"\n",
    );
    let flags = "run --rate 400/s --rounds 2 --duration 200ms --warm-up 0s --warm-up-requests 0";
    project.run(&flags.split(' ').collect::<Vec<_>>());
    let lines = lines(&heard);
    assert!(lines.len() > 20 && lines.values().all(|&count| count == 1), "{lines:?}");
    let mut rows: BTreeMap<char, usize> = BTreeMap::new();
    for line in lines.keys() {
        *rows.entry(line.chars().nth(5).unwrap()).or_default() += 1;
    }
    let (least, most) = (rows.values().min().unwrap(), rows.values().max().unwrap());
    assert!(rows.len() == 5 && most - least <= 2, "{rows:?}");
}

#[test]
fn the_users_of_a_class_read_all_rows_though_others_come_between() {
    let (address, heard) = listening(welcome);
    let project = at(
        address,
        "[data.row]\nlist = [\"a\", \"b\", \"c\", \"d\"]\npick = \"sequential\"\n\
         [users.reader]\npause = \"1ms\"\ntasks = { \"GET /r/{row}\" = 1 }\n\
         [users.other]\nweight = 3\npause = \"1ms\"\ntasks = { \"GET /o\" = 1 }\n\
         [endpoints.\"GET /r/{row}\"]\n[endpoints.\"GET /o\"]\n",
    );
    run(&project, &["--users", "4"]).measured();
    let rows: BTreeSet<String> =
        lines(&heard).into_keys().filter(|line| line.starts_with("GET /r/")).collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
}

#[test]
fn an_id_that_leads_elsewhere_is_never_sent() {
    let (address, heard) = listening(|request| match request {
        request if request.starts_with("GET /new") => "200\nx-id: ..".to_owned(),
        request => welcome(request),
    });
    let project = at(
        address,
        "[endpoints.\"GET /new\"]\nsave = { id = \"header:x-id\" }\n\
         [endpoints.\"GET /files/{id}\"]\n",
    );
    one_user(&project, &[]);
    assert_eq!(of(&heard, "GET /files"), [""; 0]);
    assert!(counts(&project)["GET /files/{id}"].failures > 0);
}

#[test]
fn a_value_that_cannot_be_sent_fails_and_the_run_goes_on() {
    let (address, heard) = listening(welcome);
    let endpoints = "[endpoints.\"GET /x\"]\npath = \"/x/.{v}\"\n[endpoints.\"GET /y\"]\n";
    let project = at(address, &format!("[data]\nv = [\".\"]\n{endpoints}"));
    run(&project, &["--users", "2"]);
    let counts = counts(&project);
    assert!(counts["GET /x"].failures > 0 && counts["GET /y"].successes > 0, "{counts:?}");
    assert!(of(&heard, "GET /x").is_empty());

    let login = "[login]\nrequest = \"POST /login/.{v}\"\n[endpoints.\"GET /y\"]\n";
    let project = at(address, &format!("[data]\nv = [\".\"]\n{login}"));
    one_user(&project, &[])
        .exits(4)
        .says("a user cannot log in")
        .says("characters that its path or a header cannot have");
}
