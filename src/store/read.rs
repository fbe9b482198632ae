//! A stored run, whole.

use std::collections::BTreeMap;

use hdrhistogram::serialization::Deserializer;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};

use super::column::{Columns, unreadable};
use super::write::number_of;
use super::{
    RunNumber, RunRef, Store, StoreError, cleanups, counters, lease, lookups, phases, requirements,
    stages,
};
use crate::model::{
    Anchors, Block, Budgets, CiJob, Delay, EndpointName, FailedCheck, Failure, GeneratorHealth,
    GitFacts, MachineClass, Metric, Outcomes, Pooled, Rate, Round, Run, RunEndpoint, RunId,
    RunState, Sample, Session, Timing, Unsound, Validity, Workload,
};

impl Store {
    /// The number of the run that is meant.
    ///
    /// # Errors
    /// When there is no such run.
    pub fn number(&self, run: RunRef) -> Result<RunNumber, StoreError> {
        let found = self.sqlite(|connection| {
            let number = |row: &Row<'_>| row.get::<_, i64>(0);
            match run {
                RunRef::Number(number_) => connection
                    .prepare_cached("SELECT number FROM runs WHERE number = ?1")?
                    .query_row([number_.get()], number),
                RunRef::Last(back) => connection
                    .prepare_cached(
                        "SELECT number FROM runs ORDER BY number DESC LIMIT 1 OFFSET ?1",
                    )?
                    .query_row([back], number),
                RunRef::Id(id) => connection
                    .prepare_cached("SELECT number FROM runs WHERE id = ?1")?
                    .query_row([id.to_string()], number),
            }
            .optional()?
            .map(number_of)
            .transpose()
        })?;
        found
            .map(RunNumber::new)
            .ok_or_else(|| StoreError::UnknownRun { path: self.path.clone(), run })
    }

    /// The run that is meant, with its rounds, which are settled.
    ///
    /// # Errors
    /// When there is no such run, or the database is damaged.
    pub fn run(&self, run: RunRef) -> Result<Run, StoreError> {
        let number = self.number(run)?;
        loop {
            let mut loaded = self.snapshot(|connection| load(connection, number))?;
            if loaded.state != RunState::Running || lease::is_held(&self.path, loaded.id()) {
                return Ok(loaded);
            }
            // Its process is gone; it may have ended as it should since the snapshot was taken.
            if self.sqlite(|connection| state(connection, number))? == RunState::Running {
                loaded.state = RunState::Interrupted;
                return Ok(loaded);
            }
        }
    }

    /// The rounds of the run that is meant as they were measured, with their histograms, which take
    /// some 0.1 MB for each endpoint of a round. What is judged is [`Self::run`].
    ///
    /// # Errors
    /// When there is no such run, or the database is damaged.
    pub fn measured_rounds(&self, run: RunRef) -> Result<Vec<Round>, StoreError> {
        let number = self.number(run)?;
        self.snapshot(|connection| {
            let mut rounds = Vec::new();
            each_round(connection, number, |round| rounds.push(round))?;
            Ok(rounds)
        })
    }
}

/// The state as it is stored.
pub(super) fn state(connection: &Connection, run: RunNumber) -> rusqlite::Result<RunState> {
    connection
        .prepare_cached("SELECT state FROM runs WHERE number = ?1")?
        .query_row([run.get()], state_of)
}

pub(super) fn load(connection: &Connection, number: RunNumber) -> rusqlite::Result<Run> {
    let mut run = connection
        .prepare_cached("SELECT * FROM runs WHERE number = ?1")?
        .query_row([number.get()], head_of)?;
    run.endpoints = endpoints(connection, number)?;
    run.counters = counters::load(connection, number)?;
    run.workload = workload(connection, number)?;
    run.lookup = lookups::load(connection, number)?;
    each_round(connection, number, |round| run.add(round))?;
    run.requirements = requirements::load(connection, number)?;
    run.cleanups = cleanups::load(connection, number)?;
    Ok(run)
}

/// A row of `runs`, as far as the row goes.
pub(super) fn head_of(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        session: Session {
            run: row.parsed::<RunId>("id")?,
            started: row.instant("started_ns")?,
            perfbase: row.get("perfbase")?,
            git: git_of(row)?,
            ci: ci_of(row)?,
        },
        scenario: row.parsed("scenario")?,
        environment: row.parsed("environment")?,
        url: row.get("url")?,
        lookup: None,
        workload: Workload::default(),
        endpoints: Vec::new(),
        seed: row.parsed("seed")?,
        machine: MachineClass {
            cpu: row.get("machine_cpu")?,
            cpus: row.get("machine_cpus")?,
            arch: row.get("machine_arch")?,
            quota_percent: row.get("machine_quota_percent")?,
            virtualised: row.get("machine_virtualised")?,
        },
        state: state_of(row)?,
        rounds: Vec::new(),
        pooled: Pooled::default(),
        counters: Vec::new(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    })
}

fn state_of(row: &Row<'_>) -> rusqlite::Result<RunState> {
    let text: String = row.get("state")?;
    [RunState::Running, RunState::Complete, RunState::Interrupted, RunState::Broken]
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| unreadable(Type::Text, format!("`{text}` is no state of a run")))
}

fn git_of(row: &Row<'_>) -> rusqlite::Result<Option<GitFacts>> {
    let commit: Option<String> = row.get("git_commit")?;
    commit
        .map(|commit| {
            Ok(GitFacts { commit, dirty: row.get("git_dirty")?, branch: row.get("git_branch")? })
        })
        .transpose()
}

fn ci_of(row: &Row<'_>) -> rusqlite::Result<Option<CiJob>> {
    let provider: Option<String> = row.get("ci_provider")?;
    provider.map(|provider| Ok(CiJob { provider, id: row.get("ci_id")? })).transpose()
}

/// In the order of the plan.
pub(super) fn endpoints(
    connection: &Connection,
    run: RunNumber,
) -> rusqlite::Result<Vec<RunEndpoint>> {
    connection
        .prepare_cached("SELECT * FROM endpoints WHERE run = ?1 ORDER BY position")?
        .query_map([run.get()], |row| {
            let budgets = Budgets {
                target: row.maybe_duration("target_ns")?,
                acceptable: row.maybe_duration("acceptable_ns")?,
                acceptable_p99: row.maybe_duration("acceptable_p99_ns")?,
                throughput: row.get::<_, Option<f64>>("throughput")?.and_then(Rate::per_second),
            };
            Ok(RunEndpoint { name: row.parsed("name")?, kind: row.parsed("kind")?, budgets })
        })?
        .collect()
}

fn workload(connection: &Connection, run: RunNumber) -> rusqlite::Result<Workload> {
    Ok(Workload {
        parts: connection
            .prepare_cached("SELECT part, value FROM workload_parts WHERE run = ?1")?
            .query_map([run.get()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?,
        endpoints: connection
            .prepare_cached("SELECT endpoint, digest FROM workload_requests WHERE run = ?1")?
            .query_map([run.get()], |row| Ok((row.parsed("endpoint")?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?,
    })
}

/// Hands over one round after the other, so that the histograms of one at a time take memory.
fn each_round(
    connection: &Connection,
    run: RunNumber,
    mut take: impl FnMut(Round),
) -> rusqlite::Result<()> {
    let mut select =
        connection.prepare_cached("SELECT * FROM rounds WHERE run = ?1 ORDER BY round")?;
    let mut deserializer = Deserializer::new();
    for round in select.query_map([run.get()], round_of)? {
        let mut round = round?;
        if let Validity::Invalid(grounds) = &mut round.validity {
            *grounds = unsound(connection, run, round.index)?;
        }
        round.samples = samples(connection, run, round.index, &mut deserializer)?;
        round.counts = counters::load_counts(connection, run, round.index)?;
        let place = stages::Place { run, round: round.index };
        round.staged = stages::load(connection, place, &mut deserializer)?;
        take(round);
    }
    Ok(())
}

fn round_of(row: &Row<'_>) -> rusqlite::Result<Round> {
    Ok(Round {
        index: row.get("round")?,
        block: block_of(row)?,
        started: row.instant("started_ns")?,
        measured: row.duration("measured_ns")?,
        validity: if row.get("valid")? { Validity::Valid } else { Validity::Invalid(Vec::new()) },
        anchors: Anchors {
            cpu_kernel: row.duration("cpu_kernel_ns")?,
            null_p50: row.duration("null_p50_ns")?,
            null_p95: row.duration("null_p95_ns")?,
        },
        generator: GeneratorHealth {
            busy: row.share("busy")?,
            steal: row.share("steal")?,
            crowding: row.share("crowding")?,
            lag_p95: row.duration("lag_p95_ns")?,
            lag_p99: row.maybe_duration("lag_p99_ns")?,
            poll_delay_p95: row.maybe_duration("poll_delay_p95_ns")?,
            poll_delay_p99: row.maybe_duration("poll_delay_p99_ns")?,
            intended: row.count("intended")?,
            sent: row.count("sent")?,
        },
        samples: BTreeMap::new(),
        counts: BTreeMap::new(),
        staged: None,
    })
}

/// The pass of a row of `rounds`.
pub(super) fn block_of(row: &Row<'_>) -> rusqlite::Result<Block> {
    let number = row.get("block")?;
    Block::from_number(number)
        .ok_or_else(|| unreadable(Type::Integer, format!("{number} is no block of a run")))
}

fn unsound(connection: &Connection, run: RunNumber, round: u32) -> rusqlite::Result<Vec<Unsound>> {
    connection
        .prepare_cached(
            "SELECT * FROM unsound_rounds WHERE run = ?1 AND round = ?2 ORDER BY position",
        )?
        .query_map((run.get(), round), |row| {
            let ground: String = row.get("ground")?;
            match ground.as_str() {
                "lag" => delay(row).map(Unsound::Lag),
                "poll_delay" => delay(row).map(Unsound::PollDelay),
                "steal" => row.share("share").map(Unsound::Steal),
                "crowding" => row.share("share").map(Unsound::Crowding),
                "busy" => row.share("share").map(Unsound::Busy),
                "missed_rate" => row.share("share").map(Unsound::MissedRate),
                other => {
                    Err(unreadable(Type::Text, format!("`{other}` is no ground against a round")))
                }
            }
        })?
        .collect()
}

fn delay(row: &Row<'_>) -> rusqlite::Result<Delay> {
    let percentile: Option<String> = row.get("percentile")?;
    let percentile = percentile.map(|name| name.parse()).transpose();
    Ok(Delay {
        percentile: percentile
            .map_err(|error| unreadable(Type::Text, error))?
            .unwrap_or(Metric::P95),
        nanos: row.count("delay_ns")?,
        limit_nanos: row.count("limit_ns")?,
    })
}

fn samples(
    connection: &Connection,
    run: RunNumber,
    round: u32,
    deserializer: &mut Deserializer,
) -> rusqlite::Result<BTreeMap<EndpointName, Sample>> {
    connection
        .prepare_cached(
            "SELECT id, endpoint, successes, failures, allowed, repeated, skipped, unasked, bytes, connections,
                 measured_ns, phased, completed, latency, service_time, lag
             FROM samples JOIN histograms ON sample = id WHERE run = ?1 AND round = ?2",
        )?
        .query_map((run.get(), round), |row| {
            let (id, failed) = (row.get("id")?, row.count("failures")? > 0);
            let failures =
                if failed { failures(connection, "failures", id)? } else { BTreeMap::new() };
            let sample = Sample {
                latency: row.histogram("latency", deserializer)?,
                service_time: row.histogram("service_time", deserializer)?,
                lag: row.histogram("lag", deserializer)?,
                settled: None,
                timing: Timing::default(),
                phases: if row.get("phased")? { Some(phases::load(connection, id)?) } else { None },
                outcomes: Outcomes {
                    successes: row.count("successes")?,
                    allowed: match row.count("allowed")? {
                        0 => BTreeMap::new(),
                        _ => allowed(connection, id)?,
                    },
                    repeated: row.count("repeated")?,
                    failures,
                    skipped: row.count("skipped")?,
                    unasked: row.count("unasked")?,
                    checks: if failed {
                        failed_checks(connection, id)?
                    } else {
                        BTreeMap::new()
                    },
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

/// What failed of a sample, which the table of that name holds.
pub(super) fn failures(
    connection: &Connection,
    table: &'static str,
    sample: i64,
) -> rusqlite::Result<BTreeMap<Failure, u64>> {
    connection
        .prepare_cached(&format!("SELECT class, count FROM {table} WHERE sample = ?1"))?
        .query_map([sample], |row| Ok((row.parsed("class")?, row.count("count")?)))?
        .collect()
}

fn allowed(connection: &Connection, sample: i64) -> rusqlite::Result<BTreeMap<u16, u64>> {
    connection
        .prepare_cached("SELECT status, count FROM allowed WHERE sample = ?1")?
        .query_map([sample], |row| Ok((row.get("status")?, row.count("count")?)))?
        .collect()
}

fn failed_checks(
    connection: &Connection,
    sample: i64,
) -> rusqlite::Result<BTreeMap<String, FailedCheck>> {
    connection
        .prepare_cached("SELECT written, count, first FROM failed_checks WHERE sample = ?1")?
        .query_map([sample], |row| {
            let failed = FailedCheck { count: row.count("count")?, first: row.get("first")? };
            Ok((row.get("written")?, failed))
        })?
        .collect()
}
