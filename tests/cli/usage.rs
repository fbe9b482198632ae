//! What people type first: help, mistakes, and pipes.

use std::process::Stdio;

use super::made_up::run;
use super::project::{PERFBASE, Project, snapshot};

const VERBS: [&str; 8] = ["run", "record", "compare", "history", "show", "check", "init", "demo"];

#[test]
fn help_fits_a_hundred_columns_and_says_how_the_process_ends() {
    let project = Project::new();
    let general = project.run(&["--help"]).exits(0);
    for verb in VERBS {
        assert!(general.stdout.contains(&format!("  {verb} ")), "{verb}: {general}");
    }
    let mut pages = vec![general.says("Exit codes: 0 pass")];
    for verb in VERBS {
        pages.push(project.run(&[verb, "--help"]).exits(0));
        pages.push(project.run(&[verb, "-h"]).exits(0));
    }
    for page in pages {
        assert_eq!(page.stderr, "", "{page}");
        let too_wide = page.stdout.lines().find(|line| line.chars().count() > 100);
        assert_eq!(too_wide, None, "{page}");
    }
}

#[test]
fn perfbase_alone_says_what_it_can_do_and_is_no_success() {
    let alone = Project::new().run(&[]).exits(2);
    assert!(alone.stderr.contains("Usage: perfbase"), "{alone}");
    assert!(alone.stderr.contains("compare"), "{alone}");
}

#[test]
fn mistakes_are_told_with_the_likely_word() {
    let project = Project::new();
    snapshot!("unknown_verb", project.run(&["compere"]).exits(2));
    snapshot!("unknown_flag", project.run(&["run", "--user", "5"]).exits(2));
    snapshot!(
        "wrong_unit",
        project.run(&["run", "http://localhost/", "--duration", "10"]).exits(2)
    );
    project.run(&["run", "--users", "0"]).exits(2).says("whole number above 0");
    project.run(&["run", "--users", "5", "--rate", "5/s"]).exits(2).says("cannot be used with");
    project.run(&["compare", "--factor", "1"]).exits(2).says("not a factor");
    assert_eq!(project.files(), []);
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Project::new().run(&["--version"]).exits(0);
    assert_eq!(version.stdout, format!("perfbase {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let project = Project::new();
    project.store(&run(1, &[("GET /health", 10)]));
    for arguments in
        [&["--help"][..], &["history"], &["show", "--format", "json"], &["check", "--help"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child =
            project.command(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*said), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_verdict_stands_though_nobody_reads_it() {
    let project = Project::new();
    project.accept(&run(1, &[("GET /health", 10)]));
    project.store(&run(2, &[("GET /health", 90)]));
    let piped = project.program(
        "/bin/sh",
        &["-c", "{ \"$0\" compare last; echo code $? >&2; } | head -n 1", PERFBASE],
    );
    let mut piped = piped;
    piped.env("PATH", "/usr/bin:/bin");
    project.spawn(piped).finish().exits(0).says("code 1").says("run 1 · light");
}
