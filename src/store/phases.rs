//! The phases of a sample, written and read.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::column::{self, Columns};
use crate::model::{Phase, PhaseTimes};

/// Stores the phases of the sample with that id.
pub(super) fn insert(
    connection: &Connection,
    sample: i64,
    phases: &BTreeMap<Phase, PhaseTimes>,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO phases (sample, phase, count, p50_ns, p95_ns, p99_ns, max_ns)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (phase, times) in phases {
        insert.execute(params![
            sample,
            phase.as_str(),
            column::count(times.count),
            column::nanos(times.p50),
            column::nanos(times.p95),
            column::nanos(times.p99),
            column::nanos(times.max),
        ])?;
    }
    Ok(())
}

/// The phases of the sample with that id.
pub(super) fn load(
    connection: &Connection,
    sample: i64,
) -> rusqlite::Result<BTreeMap<Phase, PhaseTimes>> {
    connection
        .prepare_cached("SELECT * FROM phases WHERE sample = ?1")?
        .query_map([sample], |row| {
            let times = PhaseTimes {
                count: row.count("count")?,
                p50: row.duration("p50_ns")?,
                p95: row.duration("p95_ns")?,
                p99: row.duration("p99_ns")?,
                max: row.duration("max_ns")?,
            };
            Ok((row.parsed("phase")?, times))
        })?
        .collect()
}
