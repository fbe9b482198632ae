//! What git has of a file, and how far apart two commits are.

use std::path::{Path, PathBuf};

use super::git::{answer, answer_up_to};

/// Longest file that is read out of git, in bytes.
const LONGEST_FILE: u64 = 64 << 20;

/// Why git has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The file is in no checkout, or there is no git.
    #[error("{} is not in a git checkout, or git is not installed", .0.display())]
    NoCheckout(PathBuf),
    /// The name is no commit.
    #[error("git knows no commit `{0}`")]
    UnknownReference(String),
    /// The file is longer than is read.
    #[error("{} is longer than 64 MiB there", .0.display())]
    TooLong(PathBuf),
}

impl GitError {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoCheckout(_) => {
                Some("run it where the baseline file is committed, or name the file with --baseline".into())
            }
            Self::UnknownReference(_) => Some(
                "name a commit, branch or tag; in a shallow clone, fetch it first (git fetch --unshallow)".into(),
            ),
            Self::TooLong(_) => None,
        }
    }
}

/// The text that the file at `path` has at `reference`, a commit, branch or tag; nothing if it is
/// not there.
///
/// # Errors
/// When `path` is in no checkout, `reference` is no commit, or the text is over 64 MiB.
pub fn git_file(path: &Path, reference: &str) -> Result<Option<String>, GitError> {
    let no_checkout = || GitError::NoCheckout(path.to_owned());
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(no_checkout)?;
    let dir = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    answer(dir, &["rev-parse", "--is-inside-work-tree"])
        .filter(|inside| inside.trim() == "true")
        .ok_or_else(no_checkout)?;
    let commit =
        commit(dir, reference).ok_or_else(|| GitError::UnknownReference(reference.to_owned()))?;
    match answer_up_to(dir, &["cat-file", "blob", &format!("{commit}:./{name}")], LONGEST_FILE) {
        None => Ok(None),
        Some((_, true)) => Err(GitError::TooLong(path.to_owned())),
        Some((text, false)) => Ok(Some(text)),
    }
}

/// How many commits `newer` has that `older` has not; nothing if git knows one of them not, as in
/// a shallow clone, or `older` is no ancestor.
#[must_use]
pub fn commits_between(dir: &Path, older: &str, newer: &str) -> Option<u64> {
    let (older, newer) = (commit(dir, older)?, commit(dir, newer)?);
    answer(dir, &["merge-base", "--is-ancestor", &older, &newer])?;
    answer(dir, &["rev-list", "--count", &format!("{older}..{newer}")])?.trim().parse().ok()
}

fn commit(dir: &Path, reference: &str) -> Option<String> {
    let wanted = format!("{reference}^{{commit}}");
    let id = answer(dir, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
    // Older versions of git print the option too.
    id.lines().last().map(|line| line.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn run(dir: &Path, arguments: &[&str]) {
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
    }

    fn commit_file(dir: &Path, text: &str) {
        fs_err::write(dir.join("a.json"), text).unwrap();
        run(dir, &["add", "a.json"]);
        run(dir, &["commit", "--no-gpg-sign", "--message=x"]);
    }

    #[test]
    fn a_file_is_read_as_each_commit_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.json");
        run(directory.path(), &["init", "--initial-branch=trunk"]);
        run(directory.path(), &["commit", "--no-gpg-sign", "--allow-empty", "--message=0"]);
        commit_file(directory.path(), "old");
        commit_file(directory.path(), "new");
        fs_err::write(&file, "uncommitted").unwrap();
        assert_eq!(git_file(&file, "HEAD"), Ok(Some("new".to_owned())));
        assert_eq!(git_file(&file, "trunk~1"), Ok(Some("old".to_owned())));
        assert_eq!(git_file(&file, "HEAD~2"), Ok(None));
        assert_eq!(commits_between(directory.path(), "HEAD~2", "HEAD"), Some(2));
        assert_eq!(commits_between(directory.path(), "HEAD", "HEAD"), Some(0));
        assert_eq!(commits_between(directory.path(), "HEAD", "HEAD~1"), None);
        for unknown in ["nobody", "--help", "", "HEAD:a.json"] {
            let error = GitError::UnknownReference(unknown.to_owned());
            assert_eq!(git_file(&file, unknown), Err(error));
        }
    }

    #[test]
    fn outside_a_checkout_that_is_what_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.json");
        assert_eq!(git_file(&file, "HEAD"), Err(GitError::NoCheckout(file.clone())));
        assert_eq!(commits_between(directory.path(), "a", "b"), None);
    }
}
