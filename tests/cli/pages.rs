//! Users who ask for several things at once.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use perfbase::demo::{Options, Route, Running};

use super::project::Project;
use super::server::{head, quick, server};
use super::users::{counts, run};

#[test]
fn the_performance_contract_measures_its_dashboard_as_one_and_all_endpoints_besides() {
    let options = Options {
        latency_scale: 0.0,
        token: Some("canary7f3a9c".to_owned()),
        ..Options::default()
    };
    let service = Running::start(options).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/performance-contract/perfbase.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("http://localhost:8000", &service.url());
    let project = Project::with(&text).variable("DASHBOARD_TOKEN", "canary7f3a9c");
    let finished = run(&project, &["--scenario", "light"]).measured();
    let counts = counts(&project);
    assert_eq!(counts.len(), 7, "{counts:?}");
    for (endpoint, counts) in &counts {
        assert!(counts.successes > 0 && counts.failures == 0, "{endpoint}: {counts:?}\n{finished}");
    }
    let page = &counts["Dashboard home"];
    let inside = service.handled(Route::Snapshot).cast_signed() - counts["GET /snapshot"].successes;
    assert_eq!(inside, page.successes, "each page asked once, and was counted nowhere else");
    finished.never_says("canary7f3a9c");
    project.run(&["show"]).exits(0).says("Dashboard home");
}

#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
#[test]
fn a_page_is_recorded_as_a_baseline_and_compared_with_it() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"GET /clients\"]\n[endpoints.\"GET /signals\"]\n\
         [pages.\"Dashboard home\"]\nrequests = [\"GET /clients\", \"GET /signals\"]\n\
         acceptable = \"5s\"\n[scenarios.baseline]\nendpoints = [\"Dashboard*\"]\n",
        service.url()
    ));
    let brief = ["--rounds", "5", "--duration", "500ms", "--warm-up", "0s"];
    let why = ["--accept-anyway", "a busy machine is no matter here"];
    let recorded = project.run(&[&["record"], &brief[..], &why].concat()).says("Dashboard home");
    if recorded.exits_with_one_of(&[0, 3]).code == Some(3) {
        println!("skipped: the machine is too busy for any baseline");
        return;
    }
    assert!(project.read("performance_baselines.json").contains("\"Dashboard home\""));
    let compared = project.run(&[&["compare", "--format", "json"], &brief[..]].concat());
    assert_eq!(compared.json()["rows"].as_array().unwrap().len(), 1, "{compared}");
    assert_eq!(compared.json()["rows"][0]["endpoint"], "Dashboard home");
}

/// What a server heard from one user of `configuration`: first lines with what matters of the
/// headers. It gives a cookie with each answer, and refuses one visit of `/b`, once the identity has
/// been used for as long as one must have been to count as expired.
fn heard(configuration: &str) -> Vec<String> {
    let heard = Arc::new(Mutex::new(Vec::<String>::new()));
    let ears = Arc::clone(&heard);
    // From the first request on: perfbase may take its time to begin.
    let begun = OnceLock::new();
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let line = request.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
            let wanted = ["cookie: ", "authorization: "];
            let headers =
                request.lines().filter(|it| wanted.iter().any(|name| it.starts_with(name)));
            let line = headers.fold(line.clone(), |all, header| format!("{all} | {header}"));
            let refuses = {
                let mut ears = ears.lock().unwrap();
                let refuses = line.starts_with("GET /b")
                    && begun.get_or_init(Instant::now).elapsed() > Duration::from_millis(1500)
                    && !ears.iter().any(|it| it.ends_with(REFUSED));
                ears.push(if refuses { format!("{line}{REFUSED}") } else { line.clone() });
                refuses
            };
            let status = if refuses { "401 Unauthorized" } else { "200 OK" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nset-cookie: sid=s{}; Path=/\r\ncontent-length: 8\r\n\r\n{{\"id\":7}}",
                if line.starts_with("POST /login") { 1 } else { 2 }
            );
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let project = Project::with(&configuration.replace("SERVICE", &format!("http://{address}")));
    let longer = ["run", "--rounds", "1", "--duration", "3s", "--warm-up", "0s"];
    project.run(&[&longer[..], &["--warm-up-requests", "0", "--users", "1"]].concat()).measured();
    let heard = heard.lock().unwrap();
    heard.clone()
}

/// Behind the request that was refused.
const REFUSED: &str = " | refused";

#[test]
fn a_page_is_asked_for_by_a_person_with_identity_cookies_and_values() {
    let heard = heard(
        "[service]\nurl = \"SERVICE\"\n[login]\nrequest = \"POST /login\"\n\
         save = { token = \"/id\" }\nheaders = { authorization = \"Bearer {token}\" }\n\
         [endpoints.\"GET /a\"]\nsave = { id = \"/id\" }\n[endpoints.\"GET /b\"]\n\
         [endpoints.\"GET /c/{id}\"]\n[pages.home]\nrequests = [\"GET /a\", \"GET /b\"]\n\
         [flows.visit]\nsteps = [\"home\", \"GET /c/{id}\"]\n[users.one]\ntasks = { visit = 1 }\n",
    );
    // What is sent together comes in any order.
    let refused = heard.iter().position(|it| it.ends_with(REFUSED)).unwrap();
    let again = heard[refused..].iter().position(|it| it.starts_with("POST /login")).unwrap();
    let again = refused + again;
    let ranges = [
        0..1,
        1..3,
        3..4,
        again - 2..again,
        again..again + 1,
        again + 1..again + 3,
        again + 3..again + 4,
    ];
    let mut visits: Vec<Vec<String>> =
        ranges.map(|range| heard[range].iter().map(|it| it.replace(REFUSED, "")).collect()).into();
    for visit in &mut visits {
        visit.sort();
    }
    let as_user =
        |line: &str, sid: u8| format!("{line} | authorization: Bearer 7 | cookie: sid=s{sid}");
    let pair = |sid| vec![as_user("GET /a", sid), as_user("GET /b", sid)];
    assert_eq!(visits[0], ["POST /login"]);
    assert_eq!(visits[1], pair(1), "both with what was known before either was answered");
    assert_eq!(visits[2], [as_user("GET /c/7", 2)], "what a page saved is there after it");
    assert_eq!(visits[3], pair(2), "of which /b was refused");
    assert!(visits[4][0].starts_with("POST /login"), "{visits:?}");
    assert_eq!(visits[5], pair(1), "so all of it is sent again");
    assert_eq!(visits[6], [as_user("GET /c/7", 2)]);
}

#[test]
fn an_identity_that_expires_fails_no_page() {
    let options = Options {
        latency_scale: 0.0,
        token_lifetime: Duration::from_millis(1100),
        ..Options::default()
    };
    let service = Running::start(options).unwrap();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[login]\nrequest = \"POST /api/v1/auth/test-token\"\n\
         json = {{ user_id = \"ann\" }}\nsave = {{ token = \"/access_token\" }}\n\
         headers = {{ authorization = \"Bearer {{token}}\" }}\n\
         [endpoints.\"GET /api/v1/users/me/stats\"]\n[endpoints.\"GET /api/v1/builds\"]\n\
         [pages.Mine]\nrequests = [\"GET /api/v1/users/me/stats\", \"GET /api/v1/builds\"]\n\
         [scenarios.baseline]\nendpoints = [\"Mine\"]\n",
        service.url()
    ));
    let finished = run(&project, &["--users", "3"]).measured();
    let mine = counts(&project)["Mine"];
    assert!(mine.successes > 0 && mine.failures == 0, "{mine:?}\n{finished}");
}

#[test]
fn a_page_that_needs_what_its_user_does_not_have_is_skipped() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"GET /health\"]\nexpect = [418]\n\
         save = {{ id = \"/id\" }}\n[endpoints.\"GET /workflows/{{id}}\"]\n\
         [pages.home]\nrequests = [\"GET /workflows/{{id}}\", \"GET /health\"]\n\
         [scenarios.baseline]\nendpoints = [\"home\", \"GET /health\"]\n",
        service.url()
    ));
    run(&project, &["--users", "2"]).measured();
    let home = counts(&project)["home"];
    assert_eq!((home.successes, home.failures), (0, 0));
    assert!(home.skipped > 0);
}

#[test]
fn a_page_says_which_of_its_requests_failed_and_how() {
    let address = server(|mut stream| {
        while let Some(request) = head(&mut stream) {
            let status = if request.starts_with("GET /b") { "503 Busy" } else { "200 OK" };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /a\"]\n[endpoints.\"GET /b\"]\n\
         [endpoints.\"GET /c\"]\nchecks = [\"/ok == true\"]\n\
         [pages.home]\nrequests = [\"GET /a\", \"GET /b\", \"GET /c\"]\n\
         [scenarios.baseline]\nendpoints = [\"home\"]\n"
    ));
    run(&project, &["--users", "2"]).measured();
    let shown = project.run(&["show"]).exits(0);
    shown.says("GET /b: status_5xx").says("its status is 503").says("GET /c: /ok == true");
}

#[test]
fn users_who_open_pages_keep_to_the_connections_of_an_open_loop() {
    let open = Arc::new(Mutex::new((0, 0)));
    let counted = Arc::clone(&open);
    let address = server(move |mut stream| {
        {
            let mut counted = counted.lock().unwrap();
            counted.0 += 1;
            counted.1 = counted.1.max(counted.0);
        }
        while head(&mut stream).is_some()
            && stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_ok()
        {}
        counted.lock().unwrap().0 -= 1;
    });
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /a\"]\n[endpoints.\"GET /b\"]\n\
         [endpoints.\"GET /c\"]\n[endpoints.\"GET /d\"]\n\
         [pages.home]\nrequests = [\"GET /a\", \"GET /b\", \"GET /c\", \"GET /d\"]\n\
         [scenarios.baseline]\nendpoints = [\"home\"]\n"
    ));
    let finished = run(&project, &["--rate", "2000/s", "--connections", "8"]);
    finished.exits_with_one_of(&[0, 3]);
    let most = open.lock().unwrap().1;
    // One more may be that which asked whether anybody is there.
    assert!((4..=9).contains(&most), "{most}");
    let few = ["check", "--rate", "10/s", "--connections", "3"];
    project.run(&few).exits(0).says("one user opens 4 connections, more than the 3");
}
