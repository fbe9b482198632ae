//! Rounds of stages, written and read.

use std::collections::BTreeMap;

use hdrhistogram::serialization::Deserializer;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::column::{self, Columns, unreadable};
use super::{RunNumber, read};
use crate::model::{
    EndpointName, Histogram, Outcomes, Quantity, Sample, Share, Stage, Staged, Stages, Timing,
    Window,
};

/// Which round is meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) run: RunNumber,
    pub(super) round: u32,
}

/// Stores what the stages of a round gave.
pub(super) fn insert(
    connection: &Connection,
    place: Place,
    staged: &Staged,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO stages (run, round, stage, quantity, load_from, load_to, over_ns, success)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (at, stage) in staged.stages.stages.iter().enumerate() {
        insert.execute(params![
            place.run.get(),
            place.round,
            column::size(at),
            staged.stages.quantity.as_str(),
            stage.from,
            stage.to,
            column::nanos(stage.over),
            stage.success.map(Share::get),
        ])?;
        for (endpoint, sample) in staged.samples.get(at).into_iter().flatten() {
            insert_sample(connection, place, at, endpoint, sample)?;
        }
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO stage_windows (run, round, position, begin_ns, length_ns, successes, failures,
             p95_ns)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (position, window) in staged.windows.iter().enumerate() {
        insert.execute(params![
            place.run.get(),
            place.round,
            column::size(position),
            column::nanos(window.begin),
            column::nanos(window.length),
            column::count(window.successes),
            column::count(window.failures),
            column::nanos(window.p95),
        ])?;
    }
    Ok(())
}

fn insert_sample(
    connection: &Connection,
    place: Place,
    stage: usize,
    endpoint: &EndpointName,
    sample: &Sample,
) -> rusqlite::Result<()> {
    let p95 = (!sample.latency.is_empty()).then(|| column::nanos(sample.latency.quantile(0.95)));
    connection
        .prepare_cached(
            "INSERT INTO stage_samples (run, round, stage, endpoint, successes, failures, skipped,
                 bytes, connections, measured_ns, p95_ns, latency, completed, repeated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            place.run.get(),
            place.round,
            column::size(stage),
            endpoint.as_str(),
            column::count(sample.outcomes.successes),
            column::count(sample.outcomes.failed()),
            column::count(sample.outcomes.skipped),
            column::count(sample.bytes),
            column::count(sample.connections),
            column::nanos(sample.measured),
            p95,
            column::blob(&sample.latency)?,
            sample.completed.map(column::count),
            column::count(sample.outcomes.repeated),
        ])?;
    let id = connection.last_insert_rowid();
    let mut failure = connection
        .prepare_cached("INSERT INTO stage_failures (sample, class, count) VALUES (?1, ?2, ?3)")?;
    for (class, count) in &sample.outcomes.failures {
        failure.execute(params![id, class.as_str(), column::count(*count)])?;
    }
    Ok(())
}

/// What the stages of a round gave; `None` of a round without any.
pub(super) fn load(
    connection: &Connection,
    place: Place,
    deserializer: &mut Deserializer,
) -> rusqlite::Result<Option<Staged>> {
    let rows: Vec<(Quantity, Stage)> = connection
        .prepare_cached("SELECT * FROM stages WHERE run = ?1 AND round = ?2 ORDER BY stage")?
        .query_map((place.run.get(), place.round), |row| Ok((quantity(row)?, stage(row)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let Some(&(quantity, _)) = rows.first() else { return Ok(None) };
    let stages: Vec<Stage> = rows.into_iter().map(|(_, stage)| stage).collect();
    let samples = (0..stages.len())
        .map(|at| samples(connection, place, at, deserializer))
        .collect::<rusqlite::Result<_>>()?;
    let windows = connection
        .prepare_cached(
            "SELECT * FROM stage_windows WHERE run = ?1 AND round = ?2 ORDER BY position",
        )?
        .query_map((place.run.get(), place.round), |row| {
            Ok(Window {
                begin: row.duration("begin_ns")?,
                length: row.duration("length_ns")?,
                successes: row.count("successes")?,
                failures: row.count("failures")?,
                p95: row.duration("p95_ns")?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(Staged { stages: Stages { quantity, stages }, samples, together: Vec::new(), windows }))
}

fn quantity(row: &Row<'_>) -> rusqlite::Result<Quantity> {
    let text: String = row.get("quantity")?;
    [Quantity::Users, Quantity::Rate]
        .into_iter()
        .find(|quantity| quantity.as_str() == text)
        .ok_or_else(|| unreadable(Type::Text, format!("`{text}` is no load of a stage")))
}

fn stage(row: &Row<'_>) -> rusqlite::Result<Stage> {
    let success: Option<f64> = row.get("success")?;
    Ok(Stage {
        from: row.get("load_from")?,
        to: row.get("load_to")?,
        over: row.duration("over_ns")?,
        success: success.map(Share::new),
    })
}

fn samples(
    connection: &Connection,
    place: Place,
    stage: usize,
    deserializer: &mut Deserializer,
) -> rusqlite::Result<BTreeMap<EndpointName, Sample>> {
    connection
        .prepare_cached("SELECT * FROM stage_samples WHERE run = ?1 AND round = ?2 AND stage = ?3")?
        .query_map((place.run.get(), place.round, column::size(stage)), |row| {
            let failures = if row.count("failures")? > 0 {
                read::failures(connection, "stage_failures", row.get("id")?)?
            } else {
                BTreeMap::new()
            };
            let sample = Sample {
                latency: row.histogram("latency", deserializer)?,
                service_time: Histogram::new(),
                lag: Histogram::new(),
                settled: None,
                timing: Timing::default(),
                phases: None,
                outcomes: Outcomes {
                    successes: row.count("successes")?,
                    repeated: row.count("repeated")?,
                    failures,
                    skipped: row.count("skipped")?,
                    unasked: 0,
                    // Which statuses and checks they were is kept of the round as a whole.
                    allowed: BTreeMap::new(),
                    checks: BTreeMap::new(),
                },
                bytes: row.count("bytes")?,
                connections: row.count("connections")?,
                measured: row.duration("measured_ns")?,
                completed: row.maybe_count("completed")?,
            };
            Ok((row.parsed("endpoint")?, sample))
        })?
        .collect()
}
