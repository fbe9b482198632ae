//! Metrics that add up, as a run has them and as its rounds gave them.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::RunNumber;
use super::column::{self, Columns};
use crate::model::{Count, EndpointName, Rate, Round, Run};

/// The counters of a run, in the order of the plan.
pub(super) fn insert(connection: &Connection, run: RunNumber, of: &Run) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO counters (run, position, name, least) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, (name, least)) in of.counters.iter().enumerate() {
        let least = least.map(Rate::get);
        insert.execute(params![run.get(), column::size(position), name.as_str(), least])?;
    }
    Ok(())
}

/// What they gave in one round.
pub(super) fn insert_counts(
    connection: &Connection,
    run: RunNumber,
    round: &Round,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO counts (run, round, counter, total, missed, measured_ns, completed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (name, Count { total, missed, measured, completed }) in &round.counts {
        insert.execute(params![
            run.get(),
            round.index,
            name.as_str(),
            total,
            column::count(*missed),
            column::nanos(*measured),
            completed,
        ])?;
    }
    Ok(())
}

/// In the order of the plan.
pub(super) fn load(
    connection: &Connection,
    run: RunNumber,
) -> rusqlite::Result<Vec<(EndpointName, Option<Rate>)>> {
    connection
        .prepare_cached("SELECT * FROM counters WHERE run = ?1 ORDER BY position")?
        .query_map([run.get()], |row| {
            let least = row.get::<_, Option<f64>>("least")?.and_then(Rate::per_second);
            Ok((row.parsed("name")?, least))
        })?
        .collect()
}

/// What they gave in one round.
pub(super) fn load_counts(
    connection: &Connection,
    run: RunNumber,
    round: u32,
) -> rusqlite::Result<BTreeMap<EndpointName, Count>> {
    connection
        .prepare_cached("SELECT * FROM counts WHERE run = ?1 AND round = ?2")?
        .query_map((run.get(), round), |row| {
            let count = Count {
                total: row.get("total")?,
                missed: row.count("missed")?,
                measured: row.duration("measured_ns")?,
                completed: row.get("completed")?,
            };
            Ok((row.parsed("counter")?, count))
        })?
        .collect()
}
