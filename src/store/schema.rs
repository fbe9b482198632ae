//! Whose database a file is, and bringing it up to date.

use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

/// "perf" in ASCII, at byte 68 of the file: what tells this database from any other.
pub(super) const APPLICATION_ID: i32 = 0x7065_7266;

/// The schema version that this perfbase reads and writes: the number of migrations.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_runs.sql")),
    M::up(include_str!("../../migrations/0002_skipped.sql")),
    M::up(include_str!("../../migrations/0003_stages.sql")),
    M::up(include_str!("../../migrations/0004_checks.sql")),
    M::up(include_str!("../../migrations/0006_requirements.sql")),
    M::up(include_str!("../../migrations/0007_cleanups.sql")),
    M::up(include_str!("../../migrations/0008_metrics.sql")),
    M::up(include_str!("../../migrations/0009_phases.sql")),
    M::up(include_str!("../../migrations/0010_lookups.sql")),
    M::up(include_str!("../../migrations/0011_completed.sql")),
    M::up(include_str!("../../migrations/0012_kinds.sql")),
    M::up(include_str!("../../migrations/0013_gone.sql")),
    M::up(include_str!("../../migrations/0014_poll_delay.sql")),
    M::up(include_str!("../../migrations/0015_repeated.sql")),
    M::up(include_str!("../../migrations/0016_lag_p99.sql")),
    M::up(include_str!("../../migrations/0017_acceptable_p99.sql")),
    M::up(include_str!("../../migrations/0018_delays.sql")),
    M::up(include_str!("../../migrations/0019_counts_completed.sql")),
];

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing is in it yet.
    Empty,
    /// perfbase's, with that schema version.
    Ours(u32),
    /// Another program's.
    Foreign,
}

/// Looks without changing anything.
pub(super) fn identify(connection: &Connection) -> rusqlite::Result<Identity> {
    // One read transaction: another process may be creating the schema right now.
    let snapshot = connection.unchecked_transaction()?;
    let number = |sql| snapshot.query_row(sql, [], |row| row.get::<_, i64>(0));
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    Ok(if application == i64::from(APPLICATION_ID) {
        u32::try_from(version).map_or(Identity::Foreign, Identity::Ours)
    } else if application == 0 && version == 0 && objects == 0 {
        Identity::Empty
    } else {
        Identity::Foreign
    })
}

/// Applies the migrations that are missing, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite_migration::Result<()> {
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    loop {
        let before = version(connection)?;
        match Migrations::from_slice(MIGRATIONS).to_latest(connection) {
            // Another process was faster: the version it left is the one to go on from.
            Err(_) if version(connection)? > before => {}
            done => return done,
        }
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migrated() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
    }

    #[test]
    fn an_empty_file_becomes_ours() {
        let connection = Connection::open_in_memory().unwrap();
        assert_eq!(identify(&connection).unwrap(), Identity::Empty);
        assert_eq!(identify(&migrated()).unwrap(), Identity::Ours(VERSION));
    }

    #[test]
    fn migrating_twice_is_migrating_once() {
        let mut connection = migrated();
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), VERSION);
    }

    #[test]
    fn every_table_is_strict() {
        let loose: i64 = migrated()
            .query_row(
                "SELECT count(*) FROM pragma_table_list
                 WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(loose, 0);
    }

    #[test]
    fn a_database_with_tables_or_an_id_of_its_own_is_foreign() {
        for sql in ["CREATE TABLE t (x)", "PRAGMA application_id = 7", "PRAGMA user_version = 3"] {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(sql).unwrap();
            assert_eq!(identify(&connection).unwrap(), Identity::Foreign, "{sql}");
        }
    }
}
