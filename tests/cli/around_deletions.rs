//! What is deleted after a load, and what is told of what is left, by what the service itself still has.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use super::project::Project;
use super::shelf::{Shelf, answer};

/// A scenario of so many requests by two users, after `text`.
fn project(shelf: &Shelf, text: &str, requests: u32) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"{}\"\n{text}\n\
         [scenarios.few]\nkind = \"correctness\"\nusers = 2\nrequests = {requests}\n",
        shelf.url
    ))
}

const FEW: [&str; 3] = ["run", "--scenario", "few"];

/// Never answers.
fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

#[test]
fn what_data_names_is_deleted_under_the_name_it_was_made_with() {
    let shelf = Shelf::new();
    let made = "[data]\nkey = \"uuid\"\n[endpoints.\"PUT /items/{key}\"]\n\
                cleanup = \"DELETE /items/{key}\"\n\
                [invariants.\"all are there\"]\nrequest = \"GET /items\"\n\
                holds = '/total == count(\"PUT /items/{key}\", ok)'\n";
    let run = project(&shelf, made, 30).run(&FEW).exits(0);
    run.says("deleted 30 of 30").never_says("gone already");
    assert_eq!(shelf.things(), [""; 0]);
}

#[test]
fn the_steward_deletes_what_its_setup_drew() {
    let shelf = Shelf::new();
    let set_up = "[data]\nkey = \"uuid\"\n[[setup]]\nrequest = \"PUT /items/{key}\"\n\
                  [[cleanup]]\nrequest = \"DELETE /items/{key}\"\n[endpoints.\"GET /items\"]\n\
                  [invariants.there]\nrequest = \"GET /items\"\nholds = '/total == 1'\n";
    let run = project(&shelf, set_up, 2).run(&FEW).exits(0);
    run.says("cleanup of DELETE /items/{key}: done");
    assert_eq!(shelf.things(), [""; 0]);
}

#[test]
fn the_parts_are_deleted_before_what_they_are_parts_of() {
    let shelf = Shelf::new();
    let parts = "[endpoints.\"POST /projects\"]\nsave = { project = \"/id\" }\n\
                 cleanup = \"DELETE /projects/{project}\"\n\
                 [endpoints.\"POST /projects/{project}/builds\"]\nsave = { build = \"/id\" }\n\
                 cleanup = \"DELETE /projects/{project}/builds/{build}\"\n\
                 [flows.both]\nsteps = [\"POST /projects\", \"POST /projects/{project}/builds\"]\n\
                 [users.maker]\ntasks = { both = 1 }\n";
    let run = project(&shelf, parts, 10).run(&FEW).exits(0);
    run.says("cleanup of POST /projects: deleted 10 of 10")
        .says("cleanup of POST /projects/{project}/builds: deleted 10 of 10");
    assert_eq!(shelf.things(), [""; 0]);
}

#[test]
fn what_fails_a_check_is_there_all_the_same_and_deleted() {
    let shelf = Shelf::new();
    let failing = "[endpoints.\"POST /items\"]\nchecks = [\"/state == ready\"]\n\
                   save = { id = \"/id\" }\ncleanup = \"DELETE /items/{id}\"\n";
    let run = project(&shelf, failing, 5).run(&FEW).exits(1);
    run.says("5 of 5 requests: check 5").says("deleted 5 of 5");
    assert_eq!(shelf.things(), [""; 0]);
}

#[test]
fn what_a_failed_setup_leaves_is_told_however_quiet_it_is_to_be() {
    let shelf = Shelf::new();
    let failing = "[[setup]]\nrequest = \"POST /projects\"\nsave = { p = \"/id\" }\n\
                   [[setup]]\nrequest = \"POST /projects/{p}/builds\"\n\
                   [[setup]]\nrequest = \"GET /projects\"\nexpect = [201]\n\
                   [[cleanup]]\nrequest = \"DELETE /projects/{p}\"\n[endpoints.\"GET /x\"]\n";
    let failed = project(&shelf, failing, 1).run(&[&FEW[..], &["--quiet"]].concat()).exits(4);
    failed
        .says("the setup request GET /projects came to nothing")
        .says("cleanup of DELETE /projects/{p}: not done: status 409");
    assert_eq!(shelf.things().len(), 2);
}

#[test]
fn users_who_cannot_log_in_because_nobody_answers_do_not_try_for_ever() {
    let tried = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tried);
    let shelf = Shelf::with(move |method, path, there| match path {
        "/login" if there >= 5 => {
            counted.fetch_add(1, Ordering::Relaxed);
            hang()
        }
        "/login" => Some(answer("200 OK", "{}")),
        _ if method == "DELETE" => Some(answer("401 Unauthorized", "{}")),
        _ => None,
    });
    let login = "timeout = \"100ms\"\n[login]\nrequest = \"GET /login\"\nheaders = { x-a = \"b\" }\n\
                 renew = \"1us\"\n[endpoints.\"POST /items\"]\nsave = { id = \"/id\" }\n\
                 cleanup = \"DELETE /items/{id}\"\n";
    let run = project(&shelf, login, 5).run(&[&FEW[..], &["--users", "1"]].concat()).exits(0);
    run.says("deleted 0 of 5").says("2 (the service does not answer)");
    assert_eq!(tried.load(Ordering::Relaxed), 3);
}

#[test]
fn users_who_cannot_log_in_again_delete_as_whom_they_were() {
    let tried = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tried);
    let shelf = Shelf::with(move |_, path, there| match path {
        "/login" if there >= 3 => {
            counted.fetch_add(1, Ordering::Relaxed);
            Some(answer("500 Internal Server Error", "{}"))
        }
        "/login" => Some(answer("200 OK", "{}")),
        _ => None,
    });
    let login = "[login]\nrequest = \"GET /login\"\nheaders = { x-a = \"b\" }\nrenew = \"1us\"\n\
                 [endpoints.\"POST /items\"]\nsave = { id = \"/id\" }\ncleanup = \"DELETE /items/{id}\"\n";
    let run = project(&shelf, login, 5).run(&[&FEW[..], &["--users", "1"]].concat()).exits(4);
    run.says("a user cannot log in").says("deleted 3 of 3");
    assert_eq!(shelf.things(), [""; 0]);
    // Once in the load and once for all deletions.
    assert_eq!(tried.load(Ordering::Relaxed), 2);
}

#[cfg(unix)]
#[test]
fn a_signal_is_heard_while_invariants_are_asked_and_nothing_is_left() {
    let (asked, hears) = mpsc::channel();
    let asked = Mutex::new(asked);
    let shelf = Shelf::with(move |_, path, _| {
        if !path.starts_with("/hang") {
            return None;
        }
        asked.lock().unwrap().send(()).unwrap();
        hang()
    });
    let asking = "timeout = \"1h\"\n[data]\nkey = \"uuid\"\n[[setup]]\nrequest = \"PUT /items/{key}\"\n\
                  [[cleanup]]\nrequest = \"DELETE /items/{key}\"\n[endpoints.\"GET /items\"]\n\
                  [invariants.a]\nrequest = \"GET /hang/a\"\nholds = 'status == 200'\n\
                  [invariants.b]\nrequest = \"GET /hang/b\"\nholds = 'status == 200'\n";
    let project = project(&shelf, asking, 2);
    let measuring = project.start(&FEW);
    hears.recv().unwrap();
    measuring.signal("INT");
    let finished = measuring.finish().exits(130);
    finished.says("run 1 is interrupted").says("cleanup of DELETE /items/{key}: done");
    assert_eq!(shelf.things(), [""; 0]);
    assert!(hears.try_recv().is_err(), "the next was asked");
    // What was not found out is no pass.
    project.run(&["compare", "last"]).exits(3).says("run 1 is interrupted");
}

#[cfg(unix)]
#[test]
fn a_second_signal_under_load_leaves_the_fate_of_what_is_under_way_open_and_says_so() {
    let (asked, hears) = mpsc::channel();
    let asked = Mutex::new(asked);
    let shelf = Shelf::with(move |method, _, _| {
        if method != "POST" {
            return None;
        }
        asked.lock().unwrap().send(()).unwrap();
        hang()
    });
    let making = "timeout = \"1h\"\n[endpoints.\"POST /items\"]\nsave = { id = \"/id\" }\n\
                  cleanup = \"DELETE /items/{id}\"\n";
    let project = project(&shelf, making, 9);
    let mut measuring = project.start(&FEW);
    (0..2).for_each(|_| hears.recv().unwrap());
    measuring.signal("INT");
    measuring.wait_for("Ctrl-C again stops at once");
    measuring.signal("INT");
    let finished = measuring.finish().exits(130);
    finished.says("deleted 0 of 0; 2 requests whose fate is unknown may have made more");
}
