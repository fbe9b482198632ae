//! Where a run comes from.

use std::path::Path;
use std::thread::JoinHandle;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::context::environment;
use crate::host;
use crate::model::{Acceptance, GitFacts, RunId, Session};

/// Asks git about `directory` on a thread of its own: it is a process that takes as long as all
/// else before the first request, and nothing has to wait for it until the run is stored.
pub(super) fn ask_git(directory: &Path) -> JoinHandle<Option<GitFacts>> {
    let directory = directory.to_owned();
    std::thread::spawn(move || host::git(&directory))
}

/// A new run, begun now in the state that `git` tells.
pub(super) fn begin(git: JoinHandle<Option<GitFacts>>) -> Session {
    Session {
        run: RunId::new(Uuid::now_v7()),
        started: now(),
        perfbase: env!("CARGO_PKG_VERSION").to_owned(),
        git: git.join().unwrap_or_default(),
        ci: host::ci(&environment),
    }
}

/// The present to the second, which is all that files and tables show.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The date in UTC, which is what waivers are held to.
pub(super) fn today() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

/// An acceptance by whoever works in `directory`.
pub(super) fn acceptance(directory: &Path, reason: Option<&str>) -> Acceptance {
    Acceptance {
        at: now(),
        by: host::ci_user(&environment).or_else(|| host::git_user(directory)),
        reason: reason.map(str::to_owned),
        overruled: Vec::new(),
    }
}
