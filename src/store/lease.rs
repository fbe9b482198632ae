//! Tells a run that goes on from one whose process is gone.
//!
//! While a run goes on, its process holds a lock on a small file beside the database. The system
//! drops the lock when the process ends, however it ends; unlike a process id, a lock is not
//! mistaken for another process's later, nor for one of another container.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::model::RunId;

/// The lock of one run of this process.
#[derive(Debug)]
pub(super) struct Lease {
    file: File,
    path: PathBuf,
}

impl Lease {
    /// Creates and locks the file of `run`, before the run can be seen by anybody else.
    pub(super) fn take(database: &Path, run: RunId) -> std::io::Result<Self> {
        let path = file_of(database, run);
        let file = File::options().create(true).truncate(true).write(true).open(&path)?;
        match file.try_lock() {
            // Without locks the run counts as going on until it says otherwise: see `is_held`.
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if is_unsupported(&error) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self { file, path })
    }

    /// Gives the lock back, after the run's end was stored.
    pub(super) fn release(self) {
        drop(self.file);
        // A file that stays is removed by the next process that opens the database.
        let _ = std::fs::remove_file(self.path);
    }
}

/// Whether the process that measures `run` is there. In doubt, it is.
pub(super) fn is_held(database: &Path, run: RunId) -> bool {
    let Ok(file) = File::open(file_of(database, run)) else {
        return false;
    };
    // A shared lock: two processes that ask at a time must not take each other for the run.
    file.try_lock_shared().is_err()
}

/// Removes what a process left that is gone.
pub(super) fn clear(database: &Path, run: RunId) {
    let _ = std::fs::remove_file(file_of(database, run));
}

fn file_of(database: &Path, run: RunId) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!("-run-{run}"));
    name.into()
}

fn is_unsupported(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::Unsupported
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_held_until_it_is_released_or_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("perfbase.db");
        let run: RunId = "0198f1a2-7c3d-7e4f-8a5b-6c7d8e9f0a1b".parse().unwrap();
        assert!(!is_held(&database, run));

        let lease = Lease::take(&database, run).unwrap();
        assert!(is_held(&database, run) && is_held(&database, run));
        lease.release();
        assert!(!is_held(&database, run));
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);

        drop(Lease::take(&database, run).unwrap());
        assert!(!is_held(&database, run), "a process that is gone holds nothing");
        clear(&database, run);
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }
}
