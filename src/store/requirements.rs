//! What must hold besides the percentiles, as it was found out.

use rusqlite::{Connection, params};

use super::column::{self, Columns};
use super::{RunNumber, RunRef, Store, StoreError};
use crate::model::Requirement;

impl Store {
    /// Stores what perfbase's own requests found out of a run that was begun, in place of what was
    /// stored of it before.
    ///
    /// # Errors
    /// When there is no such run, or the database cannot be written.
    pub fn save_requirements(
        &mut self,
        run: RunNumber,
        requirements: &[Requirement],
    ) -> Result<(), StoreError> {
        self.number(RunRef::Number(run))?;
        self.writing(|transaction| {
            transaction.execute("DELETE FROM requirements WHERE run = ?1", [run.get()])?;
            requirements
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
    requirement: &Requirement,
) -> rusqlite::Result<()> {
    let Requirement { kind, subject, demand, found, met } = requirement;
    connection
        .prepare_cached(
            "INSERT INTO requirements (run, position, kind, subject, demand, found, met)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            run.get(),
            column::size(position),
            kind.as_str(),
            subject,
            demand,
            found,
            met.as_str(),
        ])?;
    Ok(())
}

/// In the order in which they were stored.
pub(super) fn load(connection: &Connection, run: RunNumber) -> rusqlite::Result<Vec<Requirement>> {
    connection
        .prepare_cached("SELECT * FROM requirements WHERE run = ?1 ORDER BY position")?
        .query_map([run.get()], |row| {
            Ok(Requirement {
                kind: row.parsed("kind")?,
                subject: row.get("subject")?,
                demand: row.get("demand")?,
                found: row.get("found")?,
                met: row.parsed("met")?,
            })
        })?
        .collect()
}
