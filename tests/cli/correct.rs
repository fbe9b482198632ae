//! What must be true of the service after a load, whatever the machine's speed.

use std::sync::atomic::{AtomicU32, Ordering};

use perfbase::demo::Running;

use super::project::{Finished, Project};
use super::server::{answering, answering_once, quick};
use super::shelf::{Shelf, answer};

fn example(service: &Running) -> Project {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/correctness/perfbase.toml");
    let text = std::fs::read_to_string(path).unwrap();
    Project::with(&text.replace("http://localhost:8000", &service.url()))
}

#[test]
fn fifty_changes_by_ten_workers_are_all_there_and_so_are_rapid_cycles() {
    let service = quick();
    let project = example(&service);
    for verb in ["run", "compare"] {
        let changes = project.run(&[verb, "--scenario", "changes"]).exits(0);
        changes.says("none in 50 requests").says("the counter is exact");
        project.run(&[verb, "--scenario", "cycling"]).exits(0).says("none in 100 requests");
    }
    project.run(&["show", "last"]).exits(0).says("no transition is lost");
    project.run(&["compare", "last"]).exits(0).says("no transition is lost");
    project.run(&["compare", "1", "last"]).exits(2).says("is compared with nothing");
    // It is the end that counts, not one process's view of it.
    assert!(!project.baseline().exists());
}

#[test]
fn a_lost_update_is_red() {
    let service = quick();
    let fault = "POST /counter/increment lost-update=5ms".parse().unwrap();
    service.set_faults(&[fault]);
    let project = example(&service);
    for verb in ["run", "compare"] {
        let red = project.run(&[verb, "--scenario", "changes"]).exits(1);
        red.says("✗ invariant the counter is exact not met").says("none in 50 requests");
    }
    project.run(&["compare", "last"]).exits(1);
}

#[test]
fn one_failure_is_red_without_any_invariant() {
    let address = answering("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n");
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\n[endpoints.\"POST /a\"]\n\
         [scenarios.right]\nkind = \"correctness\"\nusers = 3\nrequests = 7\n"
    ));
    let red = project.run(&["run", "--scenario", "right"]).exits(1);
    red.says("7 of 7 requests: status_5xx 7");
    for verb in ["record", "aa"] {
        project.run(&[verb, "--scenario", "right"]).exits(2).says("no baseline");
    }
    let flags = ["run", "--scenario", "right", "--duration", "1s", "--rounds", "2"];
    project.run(&flags).exits(2).says("--duration").says("--rounds");
}

/// A run against the counter at `service`, with this to hold.
fn holding(service: &str, holds: &str, more: &str) -> Finished {
    let project = Project::with(&format!(
        "[service]\nurl = \"{service}\"\n[endpoints.\"POST /counter/increment\"]\n{more}\n\
         [invariants.\"it holds\"]\nrequest = \"GET /counter\"\nholds = '{holds}'\n\
         [scenarios.right]\nkind = \"correctness\"\nusers = 2\nrequests = 8\n"
    ));
    project.run(&["run", "--scenario", "right"])
}

#[test]
fn statements_speak_of_the_answer_before_and_after_and_of_all_requests() {
    let service = quick();
    for (holds, code) in [
        ("/value - before(/value) == 8", 0),
        ("status == 200", 0),
        ("before(status) + 0 == status", 0),
        ("2 * count(\"POST /counter/increment\", all) >= 16", 0),
        ("count(\"POST /counter/increment\", failed) > 0", 1),
        ("count(\"POST /counter/increment\", status_5xx) != 0", 1),
        ("-(/value) < 0", 0),
        ("json(\"/value\") - before(json(\"/value\")) == 8", 0),
        // Nobody knows, and that is no pass.
        ("/nothing == 1", 3),
        ("/value == /value + \"a\"", 3),
        ("/value < \"a\"", 3),
        ("/value != \"5\"", 3),
        ("/value != null", 0),
        ("json(\"\") == 5", 3),
    ] {
        let finished = holding(&service.url(), holds, "");
        assert_eq!(finished.code, Some(code), "{holds}\n{finished}");
    }
}

#[test]
fn what_was_never_sent_is_no_pass() {
    let service = quick();
    for (users, requests) in [
        ("[users.all]\ntasks = { \"GET /health\" = 1000, \"POST /counter/increment\" = 1 }\n", 4),
        (
            "[users.reader]\nweight = 20\ntasks = { \"GET /health\" = 1 }\n\
             [users.writer]\ntasks = { \"POST /counter/increment\" = 1 }\n",
            20,
        ),
    ] {
        let project = Project::with(&format!(
            "[service]\nurl = \"{}\"\n[endpoints.\"POST /counter/increment\"]\n\
             [endpoints.\"GET /health\"]\n{users}[invariants.exact]\nrequest = \"GET /counter\"\n\
             holds = '/value - before(/value) == count(\"POST /counter/increment\", ok)'\n\
             [scenarios.right]\nkind = \"correctness\"\nusers = 2\nrequests = {requests}\nseed = 1\n",
            service.url()
        ));
        let run = project.run(&["run", "--scenario", "right"]).exits(3);
        run.says("nothing was sent").says("none of the requests that it counts was sent");
        project.run(&["compare", "last"]).exits(3);
    }
}

#[test]
fn numbers_beyond_two_to_the_53_are_told_apart() {
    for (id, holds, code, says) in [
        ("9007199254740993", "/id == before(/id)", 0, "9007199254740993 and 9007199254740993"),
        ("9007199254740993", "/id == 9007199254740992", 1, "9007199254740993 and 9007199254740992"),
        ("18446744073709551615", "/id + 1 == 18446744073709551616", 0, "18446744073709551616 and"),
        ("9007199254740993.0", "/id == before(/id)", 3, "is too large to be read exactly"),
        ("18446744073709551616", "/id == before(/id)", 3, "is too large to be read exactly"),
        ("1e3", "/id == 1000", 0, "1000 and 1000"),
    ] {
        let address = answering(answer("200 OK", &format!("{{\"id\": {id}}}")));
        let project = Project::with(&format!(
            "[service]\nurl = \"http://{address}\"\n[endpoints.\"GET /a\"]\n\
             [invariants.same]\nrequest = \"GET /a\"\nholds = '{holds}'\n\
             [scenarios.right]\nkind = \"correctness\"\nusers = 1\nrequests = 1\n"
        ));
        project.run(&["run", "--scenario", "right", "--format", "json"]).exits(code).says(says);
    }
}

#[test]
fn allowed_answers_are_counted_with_the_expected_ones_and_apart() {
    let number = AtomicU32::new(0);
    let shelf = Shelf::with(move |method, _, _| {
        let conflict = method == "POST" && number.fetch_add(1, Ordering::Relaxed).is_multiple_of(4);
        conflict.then(|| answer("409 Conflict", ""))
    });
    for (holds, code) in [
        ("/total == count(\"POST /items\", expected)", 0),
        ("/total == count(\"POST /items\", ok)", 1),
        ("count(\"POST /items\", allowed) == 2", 0),
        ("count(\"POST /items\", ok) == 8", 0),
    ] {
        let project = Project::with(&format!(
            "[service]\nurl = \"{}\"\n[endpoints.\"POST /items\"]\nexpect = [201]\nallow = [409]\n\
             save = {{ id = \"/id\" }}\ncleanup = \"DELETE /items/{{id}}\"\n\
             [invariants.created]\nrequest = \"GET /items\"\nholds = '{holds}'\n\
             [scenarios.right]\nkind = \"correctness\"\nusers = 2\nrequests = 8\n",
            shelf.url
        ));
        let finished = project.run(&["run", "--scenario", "right"]);
        assert_eq!(finished.code, Some(code), "{holds}\n{finished}");
    }
}

#[test]
fn what_depends_on_time_has_no_say_in_what_is_right() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"GET /health\"]\n\
         [users.steady]\nrate = \"200/s\"\ntasks = {{ \"GET /health\" = 1 }}\n\
         [metrics.answers]\ncount = \"GET /health\"\nleast = \"1000000/s\"\n\
         [scenarios.right]\nkind = \"correctness\"\nusers = 2\nrequests = 20\n",
        service.url()
    ));
    let run = project.run(&["run", "--scenario", "right"]).exits(0);
    run.says("none in 20 requests").never_says("1000000");
}

#[test]
fn an_answer_that_did_not_come_may_have_had_its_effect() {
    // Each request is read and then the connection closed: who knows what became of it.
    let address = answering_once("");
    let url = format!("http://{address}");
    let unknown = holding(&url, "count(\"POST /counter/increment\", ok) == 5", "");
    unknown.exits(1).says("reset 8").says("nothing could be asked after the load");
}

#[test]
fn a_variable_that_a_statement_names_and_nobody_has_set_is_told_where_it_stands() {
    for (text, says) in [
        ("${NOT_SET_ANYWHERE}", "NOT_SET_ANYWHERE"),
        ("a ${NOT_SET_ANYWHERE}", "NOT_SET_ANYWHERE"),
        ("${", "write `${NAME}`"),
    ] {
        let holds = format!("/value != \"{text}\" + \"{text}\"");
        let refused = holding("http://127.0.0.1:1", &holds, "").exits(2);
        refused.says(says).says("holds = '/value");
    }
}

#[test]
fn whatever_is_wrong_with_a_statement_is_told_where_it_stands() {
    let project = Project::with(
        "[service]\nurl = \"http://127.0.0.1:1\"\n[endpoints.\"POST /things\"]\n\
         [invariants.a]\nrequest = \"GET /a\"\nholds = '/a = 1'\n\
         [invariants.b]\nrequest = \"GET /a\"\nholds = 'count(\"POST /thing\", ok) == cont(1)'\n\
         [invariants.c]\nrequest = \"GET /a\"\nholds = \"count(\\\"POST /things\\\", okay) == 1\"\n\
         [invariants.d]\nrequest = \"GET /a\"\nholds = '/a'\n\
         [invariants.e]\nrequest = \"GET /a\"\n\
         [invariants.f]\nrequest = \"GET /a\"\nholds = '(/a + 1 == 2'\n",
    );
    let told = project.run(&["check"]).exits(2);
    told.says("did you mean `==`?")
        .says("unknown endpoint `POST /thing`, did you mean `POST /things`?")
        .says("unknown word `cont`, did you mean `count`?")
        .says("perfbase.toml:12:34")
        .says("a comparison such as `==` is missing")
        .says("has no `holds`")
        .says("a `)` belongs here");
}

#[test]
fn the_invariant_counts_warm_up_and_rounds_that_do_not_count() {
    let service = quick();
    let project = Project::with(&format!(
        "[service]\nurl = \"{}\"\n[endpoints.\"POST /counter/increment\"]\n\
         [invariants.exact]\nrequest = \"GET /counter\"\n\
         holds = '/value - before(/value) == count(\"POST /counter/increment\", ok)'\n",
        service.url()
    ));
    let json = ["--format", "json", "--users", "3", "--warm-up-requests", "20"];
    let load = ["run", "--duration", "200ms", "--rounds", "2", "--warm-up", "20ms"];
    let finished = project.run(&[&load[..], &json[..]].concat()).measured();
    assert_eq!(finished.json()["requirements"][0]["met"], true, "{finished}");
}
