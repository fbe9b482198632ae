//! What became of what a run made.

use rusqlite::{Connection, params};

use super::column::{self, Columns};
use super::{RunNumber, RunRef, Store, StoreError};
use crate::model::{Cleanup, Left};

impl Store {
    /// Stores what became of what a run made, in place of what was stored of it before.
    ///
    /// # Errors
    /// When there is no such run, or the database cannot be written.
    pub fn save_cleanups(
        &mut self,
        run: RunNumber,
        cleanups: &[Cleanup],
    ) -> Result<(), StoreError> {
        self.number(RunRef::Number(run))?;
        self.writing(|transaction| {
            transaction.execute("DELETE FROM cleanups WHERE run = ?1", [run.get()])?;
            cleanups
                .iter()
                .enumerate()
                .try_for_each(|(position, one)| insert(transaction, run, position, one))
        })
    }
}

fn insert(
    connection: &Connection,
    run: RunNumber,
    position: usize,
    cleanup: &Cleanup,
) -> rusqlite::Result<()> {
    let Cleanup { endpoint, request, made, deleted, gone, left, unknown } = cleanup;
    connection
        .prepare_cached(
            "INSERT INTO cleanups (run, position, endpoint, request, made, deleted, gone, unknown)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            run.get(),
            column::size(position),
            endpoint,
            request,
            column::count(*made),
            column::count(*deleted),
            column::count(*gone),
            column::count(*unknown),
        ])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO cleanup_left (run, position, why, things) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for Left { why, things } in left {
        insert.execute(params![run.get(), column::size(position), why, column::count(*things)])?;
    }
    Ok(())
}

/// In the order in which they were stored.
pub(super) fn load(connection: &Connection, run: RunNumber) -> rusqlite::Result<Vec<Cleanup>> {
    let mut cleanups: Vec<(i64, Cleanup)> = connection
        .prepare_cached("SELECT * FROM cleanups WHERE run = ?1 ORDER BY position")?
        .query_map([run.get()], |row| {
            let cleanup = Cleanup {
                endpoint: row.get("endpoint")?,
                request: row.get("request")?,
                made: row.count("made")?,
                deleted: row.count("deleted")?,
                gone: row.count("gone")?,
                left: Vec::new(),
                unknown: row.count("unknown")?,
            };
            Ok((row.get("position")?, cleanup))
        })?
        .collect::<rusqlite::Result<_>>()?;
    for (position, cleanup) in &mut cleanups {
        cleanup.left = connection
            .prepare_cached(
                "SELECT why, things FROM cleanup_left WHERE run = ?1 AND position = ?2 ORDER BY why",
            )?
            .query_map((run.get(), *position), |row| {
                Ok(Left { why: row.get("why")?, things: row.count("things")? })
            })?
            .collect::<rusqlite::Result<_>>()?;
    }
    Ok(cleanups.into_iter().map(|(_, cleanup)| cleanup).collect())
}
