//! Rate limiters of a service with a state: what is around a load is around a look at a limiter too.

use std::sync::Mutex;

use super::limiters::{Counter, HELPFUL, LIMIT, ROWS, looked};
use super::project::Project;
use super::server::quick;
use super::shelf::{Shelf, answer};

/// A shelf whose posts are limited.
fn limited(status: &'static str) -> Shelf {
    let counter = Mutex::new((Counter::new(LIMIT, HELPFUL), 0_u32));
    Shelf::with(move |method, _, _| {
        if method != "POST" {
            return None;
        }
        let mut counter = counter.lock().unwrap();
        if let Some(rejection) = counter.0.rejected() {
            return Some(answer(rejection, ""));
        }
        counter.1 += 1;
        (counter.1.is_multiple_of(2) && !status.is_empty()).then(|| answer(status, ""))
    })
}

fn project(shelf: &Shelf, text: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"{}\"\n{text}\n[scenarios.limits]\nkind = \"limiter\"\nwindows = 2\n",
        shelf.url
    ))
}

#[test]
fn setup_and_invariants_hold_for_limiters_and_what_was_let_through_is_deleted() {
    let shelf = limited("");
    let text = "[data]\nkey = \"uuid\"\n\
                [[setup]]\nrequest = \"PUT /things/{key}\"\n\
                [[cleanup]]\nrequest = \"DELETE /things/{key}\"\n\
                [endpoints.\"POST /things/all\"]\nsave = { id = \"/id\" }\n\
                cleanup = \"DELETE /things/all/{id}\"\n\
                limiter = { limit = 50, per = \"500ms\" }\n\
                [invariants.\"all are there\"]\nrequest = \"GET /things/all\"\n\
                holds = '/total - before(/total) == count(\"POST /things/all\", ok)'\n\
                [metrics.made]\ncount = \"POST /things/all\"\nleast = \"1000000/s\"\n";
    let Some((finished, met)) = looked(|| project(&shelf, text), &[]) else { return };
    assert_eq!(met, [Some(true); 5], "{finished}");
    let json = finished.json();
    let rows = json["requirements"].as_array().unwrap();
    assert_eq!(rows.len(), ROWS.len() + 1, "{finished}");
    assert!(rows.iter().all(|row| row["met"] == true), "{finished}");
    let (of_users, of_setup) = (&json["cleanups"][0], &json["cleanups"][1]);
    assert!(of_users["made"].as_u64() >= Some(2 * LIMIT), "{finished}");
    assert_eq!(of_users["made"], of_users["deleted"], "{finished}");
    assert_eq!(of_setup["deleted"], 1, "{finished}");
    assert_eq!(shelf.things(), [""; 0]);
    finished.exits(0);
}

#[test]
fn a_limiter_is_asked_with_what_the_setup_saved() {
    let shelf = limited("");
    let text = "[[setup]]\nrequest = \"PUT /things/all\"\nsave = { shared = \"header:content-length\" }\n\
                [endpoints.\"POST /things/{shared}\"]\nlimiter = { limit = 50, per = \"500ms\" }\n";
    let Some((finished, met)) = looked(|| project(&shelf, text), &[]) else { return };
    assert_eq!(met, [Some(true); 5], "{finished}");
}

#[test]
fn what_is_allowed_was_let_through() {
    let shelf = limited("409 Conflict");
    let text = "[endpoints.\"POST /things\"]\nallow = [409]\n\
                limiter = { limit = 50, per = \"500ms\" }\n";
    let Some((finished, met)) = looked(|| project(&shelf, text), &[]) else { return };
    assert_eq!(met, [Some(true); 5], "{finished}");
}

#[test]
fn what_only_another_answer_gives_is_told_before_anything_is_sent() {
    let shelf = Shelf::new();
    let text = "[endpoints.\"POST /things\"]\nsave = { id = \"/id\" }\n\
                limiter = { limit = 50, per = \"500ms\" }\n\
                [endpoints.\"GET /things/{id}\"]\nlimiter = { limit = 50, per = \"500ms\" }\n";
    let check = project(&shelf, text).run(&["check", "--scenario", "limits"]).exits(2);
    check.says("nothing gives `{id}` in the scenario `limits`");
}

#[test]
fn the_example_is_met_by_the_sample_service_with_a_limiter_and_red_without() {
    let service = quick();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/correctness/perfbase.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let example = || Project::with(&text.replace("http://localhost:8000", &service.url()));
    let open = [ROWS[2], ROWS[3], ROWS[4]];
    if let Some((finished, met)) = looked(example, &open) {
        assert_eq!(met[..2], [Some(false); 2], "{finished}");
        finished.exits(1);
    }
    service.set_faults(&["GET /signals rate-limit=100/1s".parse().unwrap()]);
    let Some((finished, met)) = looked(example, &[]) else { return };
    assert_eq!(met, [Some(true); 5], "{finished}");
    finished.exits(0);
}

#[cfg(unix)]
#[test]
fn a_signal_is_heard_between_two_requests_however_far_they_are_apart() {
    let shelf = Shelf::new();
    let text = "[endpoints.\"GET /things\"]\nlimiter = { limit = 1, per = \"1h\" }\n";
    let project = project(&shelf, text);
    let mut looking = project.start(&["run", "--scenario", "limits"]);
    looking.wait_for("limiter of GET /things");
    looking.signal("INT");
    looking.finish().exits(130).says("no limiter is judged");
}
