//! A disk without space: what was saved stays, and the error says so.

#![cfg(target_os = "linux")]

use super::project::{Finished, PERFBASE, Project};
use super::server::quick;

/// Runs a shell script in the project, which finds the command as `$PERFBASE` and the service as `$URL`.
fn script(project: &Project, url: &str, text: &str) -> Finished {
    let mut command = project.program("unshare", &["-rm", "sh", "-euc", text]);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("PERFBASE", PERFBASE).env("URL", url);
    project.spawn(command).finish()
}

/// Whether a file system of its own can be had here; says why not.
#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
fn can_mount(project: &Project) -> bool {
    let tried = script(project, "", "mkdir -p full && mount -t tmpfs -o size=64k none full");
    if tried.code != Some(0) {
        println!("skipped: no small file system can be made here: {tried}");
    }
    tried.code == Some(0)
}

#[test]
fn a_full_disk_is_told_and_the_rounds_before_it_are_kept() {
    let service = quick();
    let project = Project::new();
    if !can_mount(&project) {
        return;
    }
    let finished = script(
        &project,
        &format!("{}/health", service.url()),
        "mount -t tmpfs -o size=512k none full
         set +e
         $PERFBASE run $URL --db full/perfbase.db --rounds 1000 --duration 50s --warm-up 0s --warm-up-requests 0
         echo code $?
         rm -f full/ballast
         $PERFBASE history --db full/perfbase.db
         echo code $?",
    );
    let finished = finished.exits(0).says("no space is left to write full/perfbase.db");
    let finished = finished.says("every round saved before is still there").says("code 4");
    assert!(
        finished.stdout.contains("baseline") && finished.stdout.ends_with("code 0\n"),
        "{finished}"
    );
}

#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
#[test]
fn a_baseline_that_finds_no_space_leaves_the_old_one() {
    let project = Project::new();
    if !can_mount(&project) {
        return;
    }
    let service = quick();
    let finished = script(
        &project,
        &format!("{}/health", service.url()),
        "mount -t tmpfs -o size=64k none full
         set +e
         cat /dev/zero > full/ballast 2> /dev/null
         $PERFBASE record $URL --accept-anyway test --rounds 1 --duration 50ms --baseline full/performance_baselines.json
         echo code $?
         ls -A full",
    );
    let finished = finished.exits(0);
    if finished.stdout.ends_with("code 3\nballast\n") {
        println!("skipped: the machine is too busy for any baseline: {finished}");
        return;
    }
    assert!(finished.stdout.ends_with("code 2\nballast\n"), "nothing half-written: {finished}");
    finished.says("cannot write").says("performance_baselines.json");
}

#[test]
fn a_result_that_cannot_be_written_is_no_success() {
    let project = Project::new();
    project.store(&super::made_up::run(1, &[("GET /health", 10)]));
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = project.command(&["history"]).stdout(full).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("the result cannot be written"), "{said}");
}
