//! Many runs in brief, without their histograms.

use std::time::Duration;

use rusqlite::{Connection, params};

use super::column::Columns;
use super::read::{block_of, endpoints, head_of, state};
use super::write::number_of;
use super::{RunNumber, Store, StoreError, lease, verdict};
use crate::model::{
    EndpointKind, EndpointName, EnvironmentName, ExitStatus, MachineClass, RoundPercentiles,
    RunEndpoint, RunState, ScenarioName, Session,
};

/// Which runs are wanted; by default all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryFilter {
    /// Of this scenario alone.
    pub scenario: Option<ScenarioName>,
    /// Of this environment alone.
    pub environment: Option<EnvironmentName>,
}

/// One run in brief.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// What people type for it.
    pub number: RunNumber,
    /// Where it comes from.
    pub session: Session,
    /// What was measured.
    pub scenario: ScenarioName,
    /// Where the service ran.
    pub environment: EnvironmentName,
    /// The address as written.
    pub url: String,
    /// The machine that measured.
    pub machine: MachineClass,
    /// How it ended.
    pub state: RunState,
    /// Rounds that count, of every pass.
    pub valid_rounds: usize,
    /// Rounds that do not.
    pub invalid_rounds: usize,
    /// Its endpoints, in the order of the plan.
    pub endpoints: Vec<HistoryEndpoint>,
    /// How the process ended that last judged it; absent if it never was.
    pub judged: Option<ExitStatus>,
}

/// One endpoint of a run in brief, over the valid rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEndpoint {
    /// The endpoint.
    pub name: EndpointName,
    /// What is measured under its name.
    pub kind: EndpointKind,
    /// Successful requests.
    pub successes: u64,
    /// Failed requests.
    pub failures: u64,
    /// The largest latency; absent without a success.
    pub max: Option<Duration>,
    /// Each round's percentiles, in order; a round without a success is absent.
    pub rounds: Vec<RoundPercentiles>,
}

impl Store {
    /// The newest `limit` runs that pass `filter`, newest first.
    ///
    /// # Errors
    /// When the database is damaged.
    pub fn history(
        &self,
        limit: usize,
        filter: &HistoryFilter,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let mut entries = self.snapshot(|connection| load(connection, limit, filter))?;
        for entry in entries.iter_mut().filter(|entry| entry.state == RunState::Running) {
            if !lease::is_held(&self.path, entry.session.run) {
                // Gone, unless it has ended as it should since the snapshot was taken.
                entry.state = match self.sqlite(|connection| state(connection, entry.number))? {
                    RunState::Running => RunState::Interrupted,
                    ended => ended,
                };
            }
        }
        Ok(entries)
    }
}

fn load(
    connection: &Connection,
    limit: usize,
    filter: &HistoryFilter,
) -> rusqlite::Result<Vec<HistoryEntry>> {
    let mut entries: Vec<HistoryEntry> = connection
        .prepare_cached(
            "SELECT * FROM runs
             WHERE (?1 IS NULL OR scenario = ?1) AND (?2 IS NULL OR environment = ?2)
             ORDER BY number DESC LIMIT ?3",
        )?
        .query_map(
            params![
                filter.scenario.as_ref().map(ScenarioName::as_str),
                filter.environment.as_ref().map(EnvironmentName::as_str),
                i64::try_from(limit).unwrap_or(i64::MAX),
            ],
            |row| {
                let number = RunNumber::new(number_of(row.get("number")?)?);
                let run = head_of(row)?;
                Ok(HistoryEntry {
                    number,
                    session: run.session,
                    scenario: run.scenario,
                    environment: run.environment,
                    url: run.url,
                    machine: run.machine,
                    state: run.state,
                    valid_rounds: 0,
                    invalid_rounds: 0,
                    endpoints: Vec::new(),
                    judged: None,
                })
            },
        )?
        .collect::<rusqlite::Result<_>>()?;
    for entry in &mut entries {
        (entry.valid_rounds, entry.invalid_rounds) = count_rounds(connection, entry.number)?;
        entry.endpoints = summed_endpoints(connection, entry.number)?;
        entry.judged = verdict::last_exit(connection, entry.number)?;
    }
    Ok(entries)
}

fn count_rounds(connection: &Connection, run: RunNumber) -> rusqlite::Result<(usize, usize)> {
    connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE valid) AS valid,
                 count(*) FILTER (WHERE NOT valid) AS invalid
             FROM rounds WHERE run = ?1",
        )?
        .query_row([run.get()], |row| Ok((row.size("valid")?, row.size("invalid")?)))
}

fn summed_endpoints(
    connection: &Connection,
    run: RunNumber,
) -> rusqlite::Result<Vec<HistoryEndpoint>> {
    endpoints(connection, run)?
        .into_iter()
        .map(|RunEndpoint { name, kind, .. }| {
            let mut endpoint = HistoryEndpoint {
                name,
                kind,
                successes: 0,
                failures: 0,
                max: None,
                rounds: Vec::new(),
            };
            add_rounds(connection, run, &mut endpoint)?;
            Ok(endpoint)
        })
        .collect()
}

fn add_rounds(
    connection: &Connection,
    run: RunNumber,
    endpoint: &mut HistoryEndpoint,
) -> rusqlite::Result<()> {
    let mut select = connection.prepare_cached(
        "SELECT block, successes, failures, p50_ns, p95_ns, p99_ns, max_ns
         FROM rounds JOIN samples USING (run, round)
         WHERE run = ?1 AND endpoint = ?2 AND valid ORDER BY round",
    )?;
    let mut rows = select.query(params![run.get(), endpoint.name.as_str()])?;
    while let Some(row) = rows.next()? {
        let successes = row.count("successes")?;
        endpoint.successes += successes;
        endpoint.failures += row.count("failures")?;
        endpoint.max = endpoint.max.max(row.maybe_duration("max_ns")?);
        if row.maybe_duration("p50_ns")?.is_some() {
            endpoint.rounds.push(RoundPercentiles {
                block: block_of(row)?,
                successes,
                p50: row.duration("p50_ns")?,
                p95: row.duration("p95_ns")?,
                p99: row.duration("p99_ns")?,
            });
        }
    }
    Ok(())
}
