//! The database as others may leave it: refused with the reason, and never damaged.

use std::fs;

use rusqlite::Connection;

use super::made_up::run;
use super::project::{BRIEF, Finished, Project, snapshot};
use super::server::quick;

const FIGURES: [(&str, u64); 1] = [("GET /health", 10)];

/// A project with one stored run.
fn stored() -> Project {
    let project = Project::new();
    project.store(&run(1, &FIGURES));
    project
}

fn open(project: &Project) -> Connection {
    Connection::open(project.database()).unwrap()
}

/// Measuring refuses the database before anything is sent, and it stays as it is.
#[track_caller]
fn refused(project: &Project) -> Finished {
    let before = fs::read(project.database()).unwrap();
    let service = quick();
    let finished = project.run_briefly(&format!("{}/health", service.url()), &[]).exits(4);
    assert_eq!(service.handled(perfbase::demo::Route::Health), 0, "nothing was measured");
    assert_eq!(finished.stdout, "");
    assert_eq!(fs::read(project.database()).unwrap(), before);
    finished
}

#[test]
fn a_database_locked_by_another_process_is_waited_for_and_then_told() {
    let project = stored();
    let mut other = open(&project);
    let transaction =
        other.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).unwrap();
    refused(&project)
        .says("perfbase.db is locked by another process")
        .says("wait for the other perfbase");
    // Readers need not wait for a writer.
    project.run(&["history"]).exits(0).says("light");
    transaction.commit().unwrap();
    let service = quick();
    project.run_briefly(&format!("{}/health", service.url()), &[]).measured();
}

#[test]
fn a_database_of_a_newer_perfbase_is_not_touched() {
    let project = stored();
    open(&project).pragma_update(None, "user_version", 99).unwrap();
    snapshot!("newer", refused(&project));
    for verb in ["history", "show"] {
        project.run(&[verb]).exits(4).says("newer perfbase");
    }
}

#[test]
fn a_database_of_another_program_is_not_touched() {
    let project = stored();
    open(&project).pragma_update(None, "application_id", 7).unwrap();
    refused(&project).says("is a database of another program");
}

#[test]
fn a_file_that_is_no_database_is_not_touched() {
    let project = stored();
    fs::write(project.database(), "once upon a time ".repeat(100)).unwrap();
    refused(&project).says("is not a database");
    project.run(&["history"]).exits(4).says("is not a database");
}

#[test]
fn a_damaged_database_is_told_with_a_way_out() {
    let project = stored();
    let mut bytes = fs::read(project.database()).unwrap();
    // The header stays; the pages behind it do not.
    for byte in &mut bytes[100..] {
        *byte = 0xa5;
    }
    fs::write(project.database(), bytes).unwrap();
    refused(&project).says("is damaged").says("sqlite3 FILE .recover");
}

#[test]
fn a_truncated_database_is_told() {
    let project = stored();
    let bytes = fs::read(project.database()).unwrap();
    fs::write(project.database(), &bytes[..bytes.len() / 2]).unwrap();
    refused(&project).says("is damaged");
}

#[test]
fn a_database_that_cannot_be_created_is_found_out_before_anything_is_measured() {
    let project = Project::new();
    let service = quick();
    let url = format!("{}/health", service.url());
    // Not even the superuser can create a file there.
    for (database, named) in
        [("/proc/perfbase.db", "/proc/perfbase.db"), ("/proc/a/b.db", "/proc/a")]
    {
        project
            .run_briefly(&url, &["--db", database])
            .exits(4)
            .says(named)
            .says("check the permissions of");
    }
    assert_eq!(service.handled(perfbase::demo::Route::Health), 0, "nothing was measured");
    assert_eq!(project.files(), []);
}

#[cfg(unix)]
#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
#[test]
fn a_read_only_database_can_be_read_and_not_measured_into() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let project = stored();
    let folder = project.path(".perfbase");
    for (path, mode) in
        [(project.path("."), 0o755), (folder.clone(), 0o555), (project.database(), 0o444)]
    {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let as_nobody = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        // Permissions do not bind the superuser.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            command.uid(65534);
        }
        command
    };
    if let Err(error) = as_nobody(&["--version"]).output() {
        println!("skipped: nobody else can start perfbase here: {error}");
        return;
    }
    let url = "http://127.0.0.1:1/health";
    let measured = project.spawn(as_nobody(&["run", url])).finish();
    let history = project.spawn(as_nobody(&["history"])).finish();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    measured.exits(4).says("perfbase.db cannot be written").says("check the permissions of");
    history.exits(0).says("light");
}

#[test]
fn without_a_database_there_is_no_history_and_none_is_made() {
    let project = Project::new();
    for verb in ["history", "show"] {
        project.run(&[verb]).exits(2).says("there is no database").says("perfbase run URL");
    }
    assert_eq!(project.files(), []);
}

#[test]
fn the_database_of_a_project_keeps_itself_out_of_git() {
    let project = Project::new();
    let service = quick();
    let url = format!("{}/health", service.url());
    project.run(&[&["run", &url], &BRIEF[..]].concat()).measured();
    assert_eq!(project.read(".perfbase/.gitignore"), "*\n");
}
