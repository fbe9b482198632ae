//! Where the service's name led when a run began.

use rusqlite::{Connection, OptionalExtension, params};

use super::RunNumber;
use super::column::{self, Columns};
use crate::model::Lookup;

/// Stores where the name led, if it did.
pub(super) fn insert(
    connection: &Connection,
    run: RunNumber,
    lookup: Option<&Lookup>,
) -> rusqlite::Result<()> {
    let Some(Lookup { found, chosen, took }) = lookup else { return Ok(()) };
    connection
        .prepare_cached("INSERT INTO lookups (run, took_ns) VALUES (?1, ?2)")?
        .execute(params![run.get(), column::nanos(*took)])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO lookup_addresses (run, position, address, chosen) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, address) in found.iter().enumerate() {
        insert.execute(params![run.get(), column::size(position), address, address == chosen])?;
    }
    Ok(())
}

/// What was stored of it.
pub(super) fn load(connection: &Connection, run: RunNumber) -> rusqlite::Result<Option<Lookup>> {
    let took = connection
        .prepare_cached("SELECT took_ns FROM lookups WHERE run = ?1")?
        .query_row([run.get()], |row| row.duration("took_ns"))
        .optional()?;
    let Some(took) = took else { return Ok(None) };
    let mut lookup = Lookup { found: Vec::new(), chosen: String::new(), took };
    let mut addresses = connection.prepare_cached(
        "SELECT address, chosen FROM lookup_addresses WHERE run = ?1 ORDER BY position",
    )?;
    let mut rows = addresses.query([run.get()])?;
    while let Some(row) = rows.next()? {
        let address: String = row.get("address")?;
        if row.get("chosen")? {
            lookup.chosen.clone_from(&address);
        }
        lookup.found.push(address);
    }
    Ok(Some(lookup))
}
