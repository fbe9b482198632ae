//! Opening the database: whose it is, whether it can be used, and what was left unfinished in it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::lease::{self, Lease};
use super::schema::{self, Identity};
use super::{RunNumber, StoreError};
use crate::model::{RunId, RunState};

/// The runs that were measured here, in one SQLite file.
///
/// Several processes may use one database at a time. A run whose process is gone without having
/// said how it ended is read as [`RunState::Interrupted`]; its finished rounds are there.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// Of the runs that this process measures.
    pub(super) leases: BTreeMap<RunNumber, Lease>,
}

/// How long one process waits for another to finish writing.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two tries of what SQLite does not wait for by itself.
const PAUSE: Duration = Duration::from_millis(5);

impl Store {
    /// Opens the database at `path` for reading and writing, creating it, and its directory, when
    /// there is none; a directory made here keeps itself out of git.
    ///
    /// # Errors
    /// When the file is another program's, newer, damaged, locked, or cannot be written: all of it
    /// before anything is measured.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_within(path.as_ref(), PATIENCE)
    }

    /// As [`Self::open`], with another time to wait for other processes.
    pub(super) fn open_within(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        create_directory(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut store = Self::connect(path, path, flags, patience)?;
        store.check()?;
        if store.sqlite(|connection| connection.is_readonly("main"))? {
            return Err(StoreError::ReadOnly { path: store.path });
        }
        // With the log, a killed process loses nothing. A power cut may lose the run under way, which
        // it ends in any case, and never damages the file. Said to writers alone: SQLite would look
        // into the file for it, which readers of one that cannot be written have to begin otherwise.
        store.sqlite(|connection| connection.pragma_update(None, "synchronous", "normal"))?;
        store.prepare(patience)?;
        store.mark_interrupted()?;
        Ok(store)
    }

    /// Opens the database at `path` for reading alone, as `history` and `show` do; nothing
    /// in it is changed.
    ///
    /// # Errors
    /// When there is none, or it is another program's, newer, damaged or locked.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        if !path.try_exists().map_err(|error| StoreError::from_io(path, &error))? {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let store = Self::connect(path, path, flags, PATIENCE)?;
        match store.check() {
            Ok(Identity::Ours(schema::VERSION)) => Ok(store),
            // An older schema has to be brought up to date before it can be read.
            Ok(Identity::Ours(_)) => Self::open(path),
            Ok(_) => Err(StoreError::Missing { path: path.to_owned() }),
            // In a directory that cannot be written, the log's index cannot be made. Without a
            // log nobody is writing, and the file can be read as it is.
            Err(StoreError::Unopenable { .. } | StoreError::ReadOnly { .. }) if !has_log(path) => {
                let store = Self::connect(
                    path,
                    &immutable(path),
                    flags | OpenFlags::SQLITE_OPEN_URI,
                    PATIENCE,
                )?;
                match store.check()? {
                    Identity::Ours(schema::VERSION) => Ok(store),
                    // It has to be brought up to date, which cannot be written here.
                    Identity::Ours(_) => Err(StoreError::ReadOnly { path: path.to_owned() }),
                    _ => Err(StoreError::Missing { path: path.to_owned() }),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(
        path: &Path,
        address: &Path,
        flags: OpenFlags,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let open = || {
            let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(address, flags)?;
            connection.busy_timeout(patience)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| StoreError::from_sqlite(path, error))?;
        Ok(Self { connection, path: path.to_owned(), leases: BTreeMap::new() })
    }

    /// Refuses a file that is not perfbase's or newer, before anything is written to it.
    fn check(&self) -> Result<Identity, StoreError> {
        let path = || self.path.clone();
        match self.sqlite(schema::identify)? {
            Identity::Foreign => Err(StoreError::Foreign { path: path() }),
            Identity::Ours(found) if found > schema::VERSION => {
                Err(StoreError::Newer { path: path(), found, known: schema::VERSION })
            }
            identity => Ok(identity),
        }
    }

    /// Switches to the write-ahead log and brings the schema up to date. In this order, because
    /// creating the schema with a rollback journal makes the disk wait six times.
    fn prepare(&mut self, patience: Duration) -> Result<(), StoreError> {
        self.switch_to_log(patience)?;
        schema::migrate(&mut self.connection)
            .map_err(|error| StoreError::from_migration(&self.path, error))
    }

    fn switch_to_log(&self, patience: Duration) -> Result<(), StoreError> {
        let deadline = Instant::now() + patience;
        // SQLite does not wait by itself when two processes switch to the log at the same time.
        loop {
            let switched = self.connection.pragma_update(None, "journal_mode", "wal");
            match switched {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && Instant::now() < deadline =>
                {
                    std::thread::sleep(PAUSE);
                }
                switched => {
                    return switched.map_err(|error| StoreError::from_sqlite(&self.path, error));
                }
            }
        }
    }

    /// Writes down which runs were left by a process that is gone. Takes the write lock in any
    /// case, so that a database that cannot be written is found out at once.
    fn mark_interrupted(&mut self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let gone = self.writing(|transaction| {
            let mut running = transaction.prepare("SELECT id FROM runs WHERE state = 'running'")?;
            let ids = running.query_map([], |row| row.get::<_, String>(0))?;
            let mut gone = Vec::new();
            for id in ids {
                let id: RunId = id?.parse().map_err(|error: uuid::Error| {
                    super::column::unreadable(rusqlite::types::Type::Text, error)
                })?;
                if !lease::is_held(&path, id) {
                    transaction.execute(
                        "UPDATE runs SET state = ?1 WHERE id = ?2 AND state = 'running'",
                        (RunState::Interrupted.as_str(), id.to_string()),
                    )?;
                    gone.push(id);
                }
            }
            Ok(gone)
        })?;
        for id in gone {
            lease::clear(&self.path, id);
        }
        Ok(())
    }

    /// Reads, and says of an error which file it concerns.
    pub(super) fn sqlite<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        read(&self.connection).map_err(|error| StoreError::from_sqlite(&self.path, error))
    }

    /// Reads everything from one state of the database.
    pub(super) fn snapshot<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.sqlite(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let value = read(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    /// Writes all of it or nothing.
    pub(super) fn writing<T>(
        &mut self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let Self { connection, path, .. } = self;
        let attempt = || {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        attempt().map_err(|error| StoreError::from_sqlite(path, error))
    }
}

fn create_directory(path: &Path) -> Result<(), StoreError> {
    let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    if directory.is_dir() {
        return Ok(());
    }
    let ignore = directory.join(".gitignore");
    fs::create_dir_all(directory)
        .and_then(|()| {
            fs::write(&ignore, "*\n").inspect_err(|_| {
                // Otherwise the directory would be there next time, half made.
                let _ = fs::remove_file(&ignore);
                let _ = fs::remove_dir(directory);
            })
        })
        .map_err(|error| StoreError::from_io(directory, &error))
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// The address under which SQLite takes the file as one that nobody changes.
fn immutable(path: &Path) -> PathBuf {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte));
            }
            byte => {
                // Writing to a text cannot fail.
                let _ = write!(address, "%{byte:02x}");
            }
        }
    }
    address.push_str("?immutable=1");
    address.into()
}

#[cfg(test)]
mod tests;
