//! Why the database could not be used, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::{RunNumber, RunRef};
use crate::model::RunId;

/// Why the database could not be used. Nothing in it has been damaged by the attempt.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database, or nothing in it yet.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("{} is a database of another program, not perfbase's", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is no database at all.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A later perfbase has written the database.
    #[error(
        "{} was written by a newer perfbase: its schema is {found}, this perfbase knows {known}",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The latest one that is known here.
        known: u32,
    },
    /// The database's content makes no sense.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The database or its directory cannot be written.
    #[error("{} cannot be written", path.display())]
    ReadOnly {
        /// The database.
        path: PathBuf,
    },
    /// Another process kept the database locked for longer than one waits.
    #[error("{} is locked by another process", path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// No space is left; what was saved before is safe.
    #[error("no space is left to write {}", path.display())]
    Full {
        /// The database.
        path: PathBuf,
    },
    /// The file or its directory cannot be opened or created.
    #[error("cannot open {}: {reason}", path.display())]
    Unopenable {
        /// The database or its directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No such run is stored.
    #[error("there is no run {run} in {}", path.display())]
    UnknownRun {
        /// The database.
        path: PathBuf,
        /// What was asked for.
        run: RunRef,
    },
    /// A run of that identity is stored already.
    #[error("run {run} is in {} already", path.display())]
    Duplicate {
        /// The database.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
    /// The round is stored already, or has an endpoint that cannot be stored.
    #[error("round {round} of run {run} cannot be stored in {}: {source}", path.display())]
    Round {
        /// The database.
        path: PathBuf,
        /// The run.
        run: RunNumber,
        /// The round's index.
        round: u32,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Anything else.
    #[error("cannot use {}: {source}", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// What to do about it, as one line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("measure something first: `perfbase run URL`".into()),
            Self::Foreign { .. } | Self::NotADatabase { .. } => {
                Some("it was left as it is; name another file for perfbase's database".into())
            }
            Self::Newer { .. } => {
                Some("it was left as it is; update perfbase, or name another database".into())
            }
            Self::Damaged { path, .. } => Some(format!(
                "move {} away and perfbase starts a new one; `sqlite3 FILE .recover` may save runs",
                path.display()
            )),
            Self::ReadOnly { path } | Self::Unopenable { path, .. } => Some(format!(
                "check the permissions of {}, or name a database elsewhere",
                path.parent()
                    .filter(|parent| !parent.as_os_str().is_empty())
                    .unwrap_or(path)
                    .display()
            )),
            Self::Locked { .. } => {
                Some("wait for the other perfbase or SQLite client to finish, or end it".into())
            }
            Self::Full { .. } => {
                Some("free some space; every round saved before is still there".into())
            }
            Self::UnknownRun { .. } => Some("`perfbase history` lists the runs there are".into()),
            Self::Duplicate { .. } | Self::Round { .. } | Self::Sqlite { .. } => None,
        }
    }

    /// What SQLite said about the database at `path`.
    pub(super) fn from_sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let extended = source.sqlite_error().map(|error| error.extended_code);
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            // The shared memory of the write-ahead log could not be made large enough.
            Some(ErrorCode::SystemIoFailure)
                if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) =>
            {
                Self::Full { path }
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, reason: source.to_string() },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unopenable { path, reason: source.to_string() }
            }
            Some(_) => Self::Sqlite { path, source },
            None => match source {
                rusqlite::Error::FromSqlConversionFailure(_, _, reason) => {
                    Self::Damaged { path, reason: reason.to_string() }
                }
                rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnName(_)
                | rusqlite::Error::Utf8Error(..) => {
                    Self::Damaged { path, reason: source.to_string() }
                }
                source => Self::Sqlite { path, source },
            },
        }
    }

    /// What a migration said about the database at `path`.
    pub(super) fn from_migration(path: &Path, source: rusqlite_migration::Error) -> Self {
        match source {
            rusqlite_migration::Error::RusqliteError { err, .. } => Self::from_sqlite(path, err),
            other => Self::Damaged { path: path.to_owned(), reason: other.to_string() },
        }
    }

    /// What the system said about `path`.
    pub(super) fn from_io(path: &Path, source: &io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            _ => Self::Unopenable { path, reason: source.to_string() },
        }
    }
}
