//! What is asked before and after a load: setup, and the cleanup of what was made.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::project::{BRIEF, Project};
use super::server::{head, nobody, quick, server};

/// Makes builds, and deletes them; `more` is the setup.
fn builds(url: &str, more: &str) -> Project {
    Project::with(&format!(
        r#"
[service]
url = "{url}"
{more}
[login]
request = "POST /api/v1/auth/test-token"
json = {{ user_id = "u1" }}
save = {{ token = "/access_token" }}
headers = {{ authorization = "Bearer {{token}}" }}
[endpoints."POST /api/v1/builds"]
json = {{ prompt = "more", chains = ["a"] }}
save = {{ build = "/build_id" }}
cleanup = "DELETE /api/v1/builds/{{build}}"
[invariants."all are there"]
request = "GET /api/v1/builds"
holds = '/total - before(/total) == count("POST /api/v1/builds", ok)'
"#
    ))
}

const SETUP: &str = r#"
[[setup]]
request = "POST /api/v1/builds"
json = { prompt = "first", chains = ["a"] }
save = { project = "/build_id" }
[[cleanup]]
request = "DELETE /api/v1/builds/{project}"
[endpoints."GET /api/v1/builds/{project}"]
"#;

/// How many builds there are, by another measurement's invariant.
fn nothing_is_there(url: &str) {
    let text = format!(
        "[service]\nurl = \"{url}\"\n[login]\nrequest = \"POST /api/v1/auth/test-token\"\n\
         json = {{ user_id = \"u1\" }}\nsave = {{ token = \"/access_token\" }}\n\
         headers = {{ authorization = \"Bearer {{token}}\" }}\n[endpoints.\"GET /health\"]\n\
         [invariants.empty]\nrequest = \"GET /api/v1/builds\"\nholds = '/total == 0'\n\
         [scenarios.one]\nkind = \"correctness\"\nrequests = 1\n"
    );
    Project::with(&text).run(&["run", "--scenario", "one"]).exits(0).says("✓ met");
}

#[test]
fn what_the_setup_saves_is_every_users_and_all_that_was_made_is_deleted() {
    let service = quick();
    let project = builds(&service.url(), SETUP);
    let json = ["--users", "5", "--format", "json"];
    let finished = project.run(&[&["run"], &BRIEF[..], &json[..]].concat()).measured();
    let run = finished.json();
    for endpoint in run["endpoints"].as_array().unwrap() {
        assert_eq!(endpoint["requests"]["skipped"], 0, "{finished}");
    }
    assert_eq!(run["requirements"][0]["met"], true, "{finished}");
    let (of_users, of_setup) = (&run["cleanups"][0], &run["cleanups"][1]);
    assert!(of_users["made"].as_u64() > Some(0), "{finished}");
    assert_eq!(of_users["made"], of_users["deleted"], "{finished}");
    assert_eq!(of_setup["request"], "DELETE /api/v1/builds/{project}");
    assert_eq!(of_setup["deleted"], 1);
    nothing_is_there(&service.url());
    // It is in the history too.
    let shown = project.run(&["show", "1", "--format", "json"]).exits(0).json();
    assert_eq!(shown["cleanups"], run["cleanups"]);
    let made = of_users["made"].to_string();
    project.run(&["show", "1"]).says(&format!("deleted {made} of {made}"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_or_a_closed_terminal_in_the_middle_of_the_load_cleans_up_too() {
    for (signal, code) in [("INT", 130), ("HUP", 129)] {
        stopped_in_the_middle(signal, code);
    }
}

#[cfg(unix)]
fn stopped_in_the_middle(signal: &str, code: i32) {
    let service = quick();
    let project = builds(&service.url(), SETUP);
    let long = ["run", "--users", "3", "--rounds", "1000", "--duration", "100s", "--warm-up", "0s"];
    let mut measuring = project.start(&long);
    measuring.wait_for("round 2 of 1000");
    measuring.signal(signal);
    let finished = measuring.finish().exits(code);
    finished.says("cleanup of POST /api/v1/builds: deleted").says("run 1 is interrupted");
    nothing_is_there(&service.url());
    project.run(&["show", "1"]).exits(0).says("deleted");
}

#[test]
fn a_setup_that_fails_stops_the_run_and_leaves_nothing() {
    let service = quick();
    let failing = format!("{SETUP}\n[[setup]]\nrequest = \"GET /no/such/thing\"\n");
    let project = builds(&service.url(), &failing);
    let finished = project.run(&[&["run"], &BRIEF[..]].concat()).exits(4);
    finished
        .says(
            "the setup request GET /no/such/thing came to nothing: it was answered with status 404",
        )
        .says("cleanup of DELETE /api/v1/builds/{project}: done");
    nothing_is_there(&service.url());
}

/// A service that makes things, and answers each deletion with `gone`, or never.
fn making(gone: Option<&'static str>) -> (String, Arc<Mutex<u32>>) {
    let deletions = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&deletions);
    let address = server(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            let answer = if request.starts_with("DELETE") {
                *counted.lock().unwrap() += 1;
                match gone {
                    Some(gone) => format!("HTTP/1.1 {gone}\r\ncontent-length: 0\r\n\r\n"),
                    None => loop {
                        std::thread::park();
                    },
                }
            } else {
                "HTTP/1.1 200 OK\r\nx-id: a7\r\ncontent-length: 0\r\n\r\n".to_owned()
            };
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}"), deletions)
}

fn things(url: &str, timeout: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"{url}\"\ntimeout = \"{timeout}\"\n[endpoints.\"POST /things\"]\n\
         save = {{ thing = \"header:x-id\" }}\ncleanup = \"DELETE /things/{{thing}}\"\n\
         [scenarios.few]\nkind = \"correctness\"\nusers = 2\nrequests = 9\n"
    ))
}

#[test]
fn what_could_not_be_deleted_is_said_with_its_reason() {
    let (url, deletions) = making(Some("500 No"));
    let project = things(&url, "10s");
    let finished = project.run(&["run", "--scenario", "few"]).exits(0);
    finished.says("deleted 0 of 9; left: 9 (status 500)");
    assert_eq!(*deletions.lock().unwrap(), 9);
    // Somebody else was faster.
    let (url, _) = making(Some("404 Gone"));
    things(&url, "10s")
        .run(&["run", "--scenario", "few"])
        .exits(0)
        .says("deleted 0 of 9, 9 gone already");
}

#[test]
fn a_service_that_does_not_answer_is_not_asked_for_ever() {
    let (url, deletions) = making(None);
    let project = things(&url, "100ms");
    let finished = project.run(&["run", "--scenario", "few"]).exits(0);
    finished.says("deleted 0 of 9").says("the service does not answer");
    assert!(*deletions.lock().unwrap() < 9);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_the_cleanup_at_once_and_says_what_is_left() {
    let (url, _) = making(None);
    let project = things(&url, "1h");
    let mut measuring = project.start(&["run", "--scenario", "few"]);
    measuring.wait_for("cleaning up 9 things");
    measuring.signal("INT");
    measuring.wait_for("Ctrl-C again stops at once");
    measuring.signal("INT");
    let finished = measuring.finish().exits(130);
    finished.says("deleted 0 of 9; left: 9 (stopped before)");
    project.run(&["show", "1"]).exits(0).says("left: 9 (stopped before)");
}

#[test]
fn what_cannot_be_set_up_or_deleted_is_told_before_anything_is_sent() {
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{}\"\n[[setup]]\njson = {{}}\n\
         [[setup]]\nrequest = \"POST /a/{{later}}\"\n[[setup]]\nrequest = \"POST /b\"\n\
         save = {{ later = \"/id\", mine = \"/x\" }}\n[[cleanup]]\nrequest = \"DELETE /a/{{own}}\"\n\
         save = {{ a = \"/a\" }}\n[endpoints.\"POST /c\"]\ncleanup = \"DELETE /c\"\n\
         [endpoints.\"POST /d\"]\nsave = {{ own = \"/id\" }}\ncleanup = \"DELETE /d/{{owm}}\"\n",
        nobody()
    ));
    let told = project.run(&["check"]).exits(2);
    told.says("[[setup]] has no `request`")
        .says("unknown key `save` in [[cleanup]]")
        .says("it has no value in braces")
        .says("unknown value `owm`, did you mean `own`?");
    let text = project.read("perfbase.toml").replace("[[setup]]\njson = {}\n", "");
    let text = text.replace("save = { a = \"/a\" }\n", "").replace("cleanup = \"DELETE /c\"\n", "");
    project.write("perfbase.toml", text.replace("{owm}", "{own}"));
    project
        .run(&["check"])
        .exits(2)
        .says("nothing gives `{later}` to the setup at this point")
        .says("nothing gives `{own}` to the steward");
}
