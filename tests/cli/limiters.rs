//! Scenarios that look at rate limiters: one that does what is declared, and every way not to.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::project::{Finished, Project};
use super::server::{head, quick, server};

pub(crate) const LIMIT: u64 = 50;
const PER: Duration = Duration::from_millis(500);

/// What `url` serves at `endpoint` is declared to be limited to 50 in half a second.
fn declared(url: &str, endpoint: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"{url}\"\n\
         [endpoints.\"GET /free\"]\n\
         [endpoints.\"{endpoint}\"]\nlimiter = {{ limit = {LIMIT}, per = \"500ms\" }}\n\
         [scenarios.limits]\nkind = \"limiter\"\nwindows = 3\n"
    ))
}

/// What each row demands, by a word of its own.
pub(crate) const ROWS: [&str; 5] =
    ["above", "at most", "Retry-After of", "first Retry-After", "after a rest"];

/// How often is looked, as long as the machine is too busy to offer the load or to tell when an answer came.
const TRIES: u32 = 4;

/// Looks at the limiters of `project` and gives whether each of [`ROWS`] is met; `None` if that stays
/// unknown of rows about which something is to be learned.
#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
pub(crate) fn looked(
    mut project: impl FnMut() -> Project,
    open: &[&str],
) -> Option<(Finished, [Option<bool>; 5])> {
    for _ in 0..TRIES {
        let finished = project().run(&["run", "--scenario", "limits", "--format", "json"]);
        let json = finished.json();
        let rows = json["requirements"].as_array().unwrap();
        let rows: Vec<&Value> = rows.iter().filter(|row| row["kind"] == "limiter").collect();
        assert_eq!(rows.len(), ROWS.len(), "{finished}");
        let met = ROWS.map(|word| {
            let demands = |row: &&&Value| row["demand"].as_str().unwrap().contains(word);
            rows.iter().find(demands).unwrap()["met"].as_bool()
        });
        let is_known = |(word, met): (&&str, &Option<bool>)| met.is_some() || open.contains(word);
        if ROWS.iter().zip(&met).all(is_known) {
            return Some((finished, met));
        }
        println!("the machine is too busy: {finished}");
    }
    None
}

/// Whether each of [`ROWS`] is met for a limiter that counts and answers as `serve` does.
fn served(serve: fn() -> Counter, open: &[&str]) -> Option<(Finished, [Option<bool>; 5])> {
    looked(|| declared(&format!("http://{}", limited(serve())), "GET /limited"), open)
}

/// A limiter of windows that begin with their first request.
pub(crate) struct Counter {
    /// Lets so many through in a window.
    limit: u64,
    /// And so many once it has rejected something.
    then: u64,
    /// What it answers the others.
    rejection: &'static str,
    began: Option<Instant>,
    used: u64,
    has_rejected: bool,
}

impl Counter {
    pub(crate) fn new(limit: u64, rejection: &'static str) -> Self {
        Self { limit, then: limit, rejection, began: None, used: 0, has_rejected: false }
    }

    fn answer(&mut self) -> String {
        let head = self.rejected().unwrap_or("200 OK");
        format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n")
    }

    /// What it answers in place of the service, if it does.
    pub(crate) fn rejected(&mut self) -> Option<&'static str> {
        if self.began.is_none_or(|began| began.elapsed() >= PER) {
            (self.began, self.used) = (Some(Instant::now()), 0);
        }
        let limit = if self.has_rejected { self.then } else { self.limit };
        let admits = self.used < limit;
        self.used += u64::from(admits);
        self.has_rejected |= !admits;
        (!admits).then_some(self.rejection)
    }
}

fn limited(counter: Counter) -> SocketAddr {
    let counter = Mutex::new(counter);
    server(move |mut stream| {
        while head(&mut stream).is_some() {
            let answer = counter.lock().unwrap().answer();
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

pub(crate) const HELPFUL: &str = "429 Too Many Requests\r\nretry-after: 1";

#[test]
fn the_sample_service_does_what_is_declared() {
    let service = quick();
    service.set_faults(&["GET /clients rate-limit=50/500ms".parse().unwrap()]);
    let looked = looked(|| declared(&service.url(), "GET /clients"), &[]);
    let Some((finished, met)) = looked else { return };
    assert_eq!(met, [Some(true); 5], "{finished}");
    finished.exits(0).says("Retry-After 1s").says("let through after 1s").says("50 of 50");
}

#[test]
fn what_never_rejects_anything_is_red_and_says_so() {
    let service = quick();
    let open = [ROWS[2], ROWS[3], ROWS[4]];
    let looked = looked(|| declared(&service.url(), "GET /clients"), &open);
    let Some((finished, met)) = looked else { return };
    assert_eq!(met, [Some(false), Some(false), None, None, None], "{finished}");
    finished.exits(1).says("rejected 0 of 400").says("nothing was rejected");
}

#[test]
fn rejections_that_do_not_say_when_are_red() {
    for (rejection, found) in [
        ("429 Too Many Requests", "without Retry-After"),
        ("503 Service Unavailable\r\nretry-after: soon", "with a Retry-After that is no time"),
        ("429 Too Many Requests\r\nretry-after: 0", "with a Retry-After out of range"),
        ("429 Too Many Requests\r\nretry-after: 86400", "with a Retry-After out of range"),
    ] {
        let project = || {
            let counter = Counter::new(LIMIT, rejection);
            declared(&format!("http://{}", limited(counter)), "GET /limited")
        };
        let Some((finished, met)) = looked(project, &[ROWS[3]]) else { continue };
        assert_eq!(met, [Some(true), Some(true), Some(false), None, Some(true)], "{finished}");
        finished.exits(1).says(found).says("the first rejection did not say when");
    }
}

#[test]
fn another_status_is_no_rejection() {
    let serve = || Counter::new(LIMIT, "403 Forbidden");
    let open = [ROWS[0], ROWS[3], ROWS[4]];
    let Some((finished, met)) = served(serve, &open) else { return };
    assert_eq!(met[2], Some(false), "{finished}");
    finished.exits(1).says("with status 403");
}

#[test]
fn what_lets_too_much_through_is_red() {
    let serve = || Counter::new(2 * LIMIT, HELPFUL);
    let Some((finished, met)) = served(serve, &[]) else { return };
    assert_eq!(met, [Some(true), Some(false), Some(true), Some(true), Some(true)], "{finished}");
    finished.exits(1).says("are allowed");
}

#[test]
fn what_never_lets_through_again_is_red() {
    let serve = || Counter { then: 0, ..Counter::new(LIMIT, HELPFUL) };
    let Some((finished, met)) = served(serve, &[]) else { return };
    assert_eq!(met, [Some(true), Some(true), Some(true), Some(false), Some(false)], "{finished}");
    finished.exits(1).says("rejected after 1s").says("0 of 50");
}

#[test]
fn what_recovers_only_in_part_is_red() {
    let serve = || Counter { then: LIMIT / 5, ..Counter::new(LIMIT, HELPFUL) };
    let Some((finished, met)) = served(serve, &[]) else { return };
    assert_eq!(met, [Some(true), Some(true), Some(true), Some(true), Some(false)], "{finished}");
    finished.exits(1);
}

#[test]
fn a_limiter_is_asked_by_one_user_who_logs_in() {
    let service = quick();
    service.set_faults(&["GET /api/v1/users/me/stats rate-limit=50/500ms".parse().unwrap()]);
    let project = || {
        let project = declared(&service.url(), "GET /api/v1/users/me/stats");
        let login = "[login]\nrequest = \"POST /api/v1/auth/test-token\"\njson = { user_id = \"ann\" }\n\
                     save = { token = \"/access_token\" }\nheaders = { authorization = \"Bearer {token}\" }\n";
        project.write("perfbase.toml", format!("{}{login}", project.read("perfbase.toml")));
        project
    };
    let Some((finished, met)) = looked(project, &[]) else { return };
    assert_eq!(met, [Some(true); 5], "{finished}");
}

#[test]
fn there_is_no_baseline_of_a_limiter() {
    let service = quick();
    let project = declared(&service.url(), "GET /clients");
    for verb in ["record", "compare", "aa"] {
        project
            .run(&[verb, "--scenario", "limits"])
            .exits(2)
            .says("the scenario `limits` looks at rate limiters and measures no latency")
            .says("`perfbase run --scenario limits`");
    }
    let check = project.run(&["check", "--scenario", "limits"]).exits(0);
    check.says("1 user above each limit for 3 windows").never_says("GET /free");
}

#[test]
fn it_can_be_stopped_and_is_shown_from_the_history() {
    let service = quick();
    service.set_faults(&["GET /clients rate-limit=50/500ms".parse().unwrap()]);
    let project = declared(&service.url(), "GET /clients");
    let mut looking = project.start(&["run", "--scenario", "limits"]);
    looking.wait_for("limiter of GET /clients, above its limit");
    looking.signal("INT");
    looking.finish().exits(130).says("run 1 is interrupted; no limiter is judged");
    project.run(&["show", "last"]).exits(0).says("interrupted");
    project.run(&["compare", "last"]).exits(3).says("run 1 is interrupted");
}
