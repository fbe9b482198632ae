//! What git says of a directory.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::model::GitFacts;

/// How long git may take: a large repository on a cold disk answers in less.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much of git's answer is read. The first changed file is all that is needed.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// The state of the checkout that `dir` is in; `None` outside one, before its first commit, and
/// when git is absent, fails, or takes longer than five seconds.
#[must_use]
pub fn git(dir: &Path) -> Option<GitFacts> {
    facts(&answer(dir, &["status", "--porcelain=v2", "--branch", "--untracked-files=no"])?)
}

/// The user name git is configured with in `dir`; `None` as for [`git`].
#[must_use]
pub fn git_user(dir: &Path) -> Option<String> {
    let name = answer(dir, &["config", "user.name"])?;
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(200).collect();
    (!name.is_empty()).then_some(name)
}

/// Reads `git status --porcelain=v2 --branch`: headers start with `#`, every other line is a
/// tracked file that differs.
fn facts(status: &str) -> Option<GitFacts> {
    let header = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix("# ")?.strip_prefix(name)).map(str::trim)
    };
    let commit = header("branch.oid ")
        .filter(|commit| commit.len() >= 40 && commit.chars().all(|c| c.is_ascii_hexdigit()))?;
    let branch = header("branch.head ").filter(|branch| *branch != "(detached)");
    Some(GitFacts {
        commit: commit.to_owned(),
        dirty: status.lines().any(|line| !line.starts_with('#')),
        branch: branch.map(str::to_owned),
    })
}

/// What git prints, at most [`LONGEST_ANSWER`] of it. Git takes no lock, asks nothing, runs no
/// program that the repository's configuration names, and is ended after [`PATIENCE`].
pub(super) fn answer(dir: &Path, arguments: &[&str]) -> Option<String> {
    let (text, _) = answer_up_to(dir, arguments, LONGEST_ANSWER)?;
    Some(text)
}

/// The same with at most `most` bytes of it, and whether that has cut it short.
pub(super) fn answer_up_to(dir: &Path, arguments: &[&str], most: u64) -> Option<(String, bool)> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(["--no-pager", "-c", "core.fsmonitor=false"])
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // Set inside a git hook, and then about another directory than the one that is asked for.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(most).read_to_end(&mut bytes);
        // The receiver is gone when git took too long; there is nobody to tell.
        let _ = sender.send(read.map(|_| bytes));
    });
    let bytes = receiver.recv_timeout(PATIENCE).ok().and_then(Result::ok);
    let cut = bytes.as_ref().is_none_or(|bytes| bytes.len() as u64 == most);
    if cut {
        // It may have ended by itself in between, which is as good.
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    bytes
        .filter(|_| cut || status.success())
        .map(|bytes| (String::from_utf8_lossy(&bytes).into_owned(), cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "1234567890abcdef1234567890abcdef12345678";

    #[test]
    fn a_clean_branch_is_read() {
        let status = format!(
            "# branch.oid {COMMIT}\n# branch.head main\n# branch.upstream origin/main\n# branch.ab +0 -0\n"
        );
        let facts = facts(&status).unwrap();
        assert_eq!((facts.commit.as_str(), facts.dirty), (COMMIT, false));
        assert_eq!(facts.branch.as_deref(), Some("main"));
    }

    #[test]
    fn a_changed_file_makes_it_dirty_and_a_detached_head_has_no_branch() {
        let status = format!(
            "# branch.oid {COMMIT}\n# branch.head (detached)\n1 .M N... 100644 100644 100644 a b src/lib.rs\n"
        );
        let facts = facts(&status).unwrap();
        assert!(facts.dirty);
        assert_eq!(facts.branch, None);
    }

    #[test]
    fn before_the_first_commit_there_are_no_facts() {
        assert_eq!(facts("# branch.oid (initial)\n# branch.head main\n"), None);
        assert_eq!(facts(""), None);
    }

    #[test]
    fn a_real_checkout_is_clean_until_a_tracked_file_changes() {
        let directory = tempfile::tempdir().unwrap();
        let dir = directory.path();
        let run = |arguments: &[&str]| {
            let ended = Command::new("git")
                .arg("-C")
                .arg(dir)
                .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
                .args(arguments)
                .env_remove("GIT_DIR")
                .env_remove("GIT_INDEX_FILE")
                .output()
                .unwrap();
            assert!(ended.status.success(), "{arguments:?}: {ended:?}");
        };
        run(&["init", "--initial-branch=trunk"]);
        assert_eq!(git(dir), None);
        fs_err::write(dir.join("a"), "1").unwrap();
        run(&["add", "a"]);
        run(&["commit", "--no-gpg-sign", "--message=first"]);
        run(&["config", "user.name", "Ada Lovelace"]);
        fs_err::write(dir.join("untracked"), "1").unwrap();
        let clean = git(dir).unwrap();
        assert_eq!((clean.dirty, clean.branch.as_deref()), (false, Some("trunk")));
        fs_err::write(dir.join("a"), "2").unwrap();
        assert!(git(dir).unwrap().dirty);
        assert_eq!(git_user(dir).as_deref(), Some("Ada Lovelace"));
    }

    #[test]
    fn a_directory_that_is_not_there_has_no_facts() {
        assert_eq!(git(Path::new("/nonexistent-perfbase-directory")), None);
    }
}
