//! A run as it is being measured: begun, saved round by round, ended.

use rusqlite::{Connection, ErrorCode, params};

use super::lease::Lease;
use super::{RunNumber, RunRef, Store, StoreError, column, counters, lookups, phases, stages};
use crate::model::{
    EndpointName, Rate, Round, Run, RunEndpoint, RunState, Sample, Unsound, Validity,
};

impl Store {
    /// Stores `run` as one that goes on, whatever its state, and gives it its number. Its rounds
    /// are not stored here.
    ///
    /// # Errors
    /// When the run is stored already, or the database cannot be written.
    pub fn begin_run(&mut self, run: &Run) -> Result<RunNumber, StoreError> {
        let duplicate = || StoreError::Duplicate { path: self.path.clone(), run: run.id() };
        if self.sqlite(|connection| is_stored(connection, run))? {
            return Err(duplicate());
        }
        // Before the run can be seen: otherwise it might be taken for one that is gone.
        let lease = Lease::take(&self.path, run.id())
            .map_err(|error| StoreError::from_io(&self.path, &error))?;
        let stored = self.writing(|transaction| {
            insert_run(transaction, run)?;
            let number = RunNumber::new(number_of(transaction.last_insert_rowid())?);
            insert_endpoints(transaction, number, run)?;
            counters::insert(transaction, number, run)?;
            insert_workload(transaction, number, run)?;
            lookups::insert(transaction, number, run.lookup.as_ref())?;
            Ok(number)
        });
        match stored {
            Ok(number) => {
                self.leases.insert(number, lease);
                Ok(number)
            }
            Err(error) => {
                lease.release();
                Err(error)
            }
        }
    }

    /// Stores one round of a run that was begun, whole or not at all: as it was measured, before it is
    /// settled.
    ///
    /// # Errors
    /// When there is no such run, the round is stored already, or the database cannot be written.
    pub fn save_round(&mut self, run: RunNumber, round: &Round) -> Result<(), StoreError> {
        self.known(run)?;
        self.writing(|transaction| insert_round(transaction, run, round)).map_err(|error| {
            match error {
                StoreError::Sqlite { path, source }
                    if source.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
                {
                    StoreError::Round { path, run, round: round.index, source }
                }
                other => other,
            }
        })
    }

    /// Stores how the run ended.
    ///
    /// # Errors
    /// When there is no such run, or the database cannot be written.
    pub fn finish_run(&mut self, run: RunNumber, state: RunState) -> Result<(), StoreError> {
        self.known(run)?;
        self.writing(|transaction| {
            transaction.execute(
                "UPDATE runs SET state = ?1 WHERE number = ?2",
                (state.as_str(), run.get()),
            )
        })?;
        if state != RunState::Running
            && let Some(lease) = self.leases.remove(&run)
        {
            lease.release();
        }
        Ok(())
    }

    fn known(&self, run: RunNumber) -> Result<RunNumber, StoreError> {
        self.number(RunRef::Number(run))
    }
}

fn is_stored(connection: &Connection, run: &Run) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?.exists([run.id().to_string()])
}

/// A row's number as people type it.
pub(super) fn number_of(rowid: i64) -> rusqlite::Result<u32> {
    u32::try_from(rowid).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, rowid))
}

fn insert_run(connection: &Connection, run: &Run) -> rusqlite::Result<()> {
    let git = run.session.git.as_ref();
    let ci = run.session.ci.as_ref();
    connection
        .prepare_cached(
            "INSERT INTO runs (id, state, started_ns, scenario, environment, url, seed, perfbase,
                 git_commit, git_dirty, git_branch, ci_provider, ci_id, machine_cpu, machine_cpus,
                 machine_arch, machine_quota_percent, machine_virtualised)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18)",
        )?
        .execute(params![
            run.id().to_string(),
            RunState::Running.as_str(),
            column::instant(run.session.started),
            run.scenario.as_str(),
            run.environment.as_str(),
            run.url,
            run.seed.to_string(),
            run.session.perfbase,
            git.map(|git| &git.commit),
            git.map(|git| git.dirty),
            git.and_then(|git| git.branch.as_ref()),
            ci.map(|ci| &ci.provider),
            ci.and_then(|ci| ci.id.as_ref()),
            run.machine.cpu,
            run.machine.cpus,
            run.machine.arch,
            run.machine.quota_percent,
            run.machine.virtualised,
        ])?;
    Ok(())
}

fn insert_endpoints(connection: &Connection, run: RunNumber, of: &Run) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO endpoints (run, position, name, target_ns, acceptable_ns, acceptable_p99_ns,
                                throughput, kind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (position, RunEndpoint { name, kind, budgets }) in of.endpoints.iter().enumerate() {
        insert.execute(params![
            run.get(),
            column::size(position),
            name.as_str(),
            budgets.target.map(column::nanos),
            budgets.acceptable.map(column::nanos),
            budgets.acceptable_p99.map(column::nanos),
            budgets.throughput.map(Rate::get),
            kind.as_str(),
        ])?;
    }
    Ok(())
}

fn insert_workload(connection: &Connection, run: RunNumber, of: &Run) -> rusqlite::Result<()> {
    let mut part = connection
        .prepare_cached("INSERT INTO workload_parts (run, part, value) VALUES (?1, ?2, ?3)")?;
    for (name, value) in &of.workload.parts {
        part.execute(params![run.get(), name, value])?;
    }
    let mut request = connection.prepare_cached(
        "INSERT INTO workload_requests (run, endpoint, digest) VALUES (?1, ?2, ?3)",
    )?;
    for (endpoint, digest) in &of.workload.endpoints {
        request.execute(params![run.get(), endpoint.as_str(), digest])?;
    }
    Ok(())
}

fn insert_round(connection: &Connection, run: RunNumber, round: &Round) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO rounds (run, round, block, started_ns, measured_ns, valid, cpu_kernel_ns,
                 null_p50_ns, null_p95_ns, busy, steal, crowding, lag_p95_ns, lag_p99_ns,
                 poll_delay_p95_ns, poll_delay_p99_ns, intended, sent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
                 ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            run.get(),
            round.index,
            round.block.number(),
            column::instant(round.started),
            column::nanos(round.measured),
            round.validity.is_valid(),
            column::nanos(round.anchors.cpu_kernel),
            column::nanos(round.anchors.null_p50),
            column::nanos(round.anchors.null_p95),
            round.generator.busy.get(),
            round.generator.steal.get(),
            round.generator.crowding.get(),
            column::nanos(round.generator.lag_p95),
            round.generator.lag_p99.map(column::nanos),
            round.generator.poll_delay_p95.map(column::nanos),
            round.generator.poll_delay_p99.map(column::nanos),
            column::count(round.generator.intended),
            column::count(round.generator.sent),
        ])?;
    if let Validity::Invalid(grounds) = &round.validity {
        insert_grounds(connection, run, round.index, grounds)?;
    }
    for (endpoint, sample) in &round.samples {
        insert_sample(connection, run, round.index, endpoint, sample)?;
    }
    if let Some(staged) = &round.staged {
        stages::insert(connection, stages::Place { run, round: round.index }, staged)?;
    }
    counters::insert_counts(connection, run, round)
}

fn insert_grounds(
    connection: &Connection,
    run: RunNumber,
    round: u32,
    grounds: &[Unsound],
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO unsound_rounds
             (run, round, position, ground, percentile, delay_ns, limit_ns, share)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (position, ground) in grounds.iter().enumerate() {
        let (name, delay, share) = match *ground {
            Unsound::Lag(delay) => ("lag", Some(delay), None),
            Unsound::PollDelay(delay) => ("poll_delay", Some(delay), None),
            Unsound::Steal(share) => ("steal", None, Some(share)),
            Unsound::Crowding(share) => ("crowding", None, Some(share)),
            Unsound::Busy(share) => ("busy", None, Some(share)),
            Unsound::MissedRate(share) => ("missed_rate", None, Some(share)),
        };
        insert.execute(params![
            run.get(),
            round,
            column::size(position),
            name,
            delay.map(|delay| delay.percentile.as_str()),
            delay.map(|delay| column::count(delay.nanos)),
            delay.map(|delay| column::count(delay.limit_nanos)),
            share.map(crate::model::Share::get),
        ])?;
    }
    Ok(())
}

fn insert_sample(
    connection: &Connection,
    run: RunNumber,
    round: u32,
    endpoint: &EndpointName,
    sample: &Sample,
) -> rusqlite::Result<()> {
    debug_assert!(sample.settled.is_none(), "its latencies are gone");
    let quantile =
        |p| (!sample.latency.is_empty()).then(|| column::nanos(sample.latency.quantile(p)));
    connection
        .prepare_cached(
            "INSERT INTO samples (run, round, endpoint, successes, failures, bytes, connections,
                 measured_ns, p50_ns, p95_ns, p99_ns, max_ns, skipped,
                 allowed, phased, completed, unasked, repeated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18)",
        )?
        .execute(params![
            run.get(),
            round,
            endpoint.as_str(),
            column::count(sample.outcomes.successes),
            column::count(sample.outcomes.failed()),
            column::count(sample.bytes),
            column::count(sample.connections),
            column::nanos(sample.measured),
            quantile(0.50),
            quantile(0.95),
            quantile(0.99),
            quantile(1.0),
            column::count(sample.outcomes.skipped),
            column::count(sample.outcomes.allowed()),
            sample.phases.is_some(),
            sample.completed.map(column::count),
            column::count(sample.outcomes.unasked),
            column::count(sample.outcomes.repeated),
        ])?;
    let id = connection.last_insert_rowid();
    let mut failure = connection
        .prepare_cached("INSERT INTO failures (sample, class, count) VALUES (?1, ?2, ?3)")?;
    for (class, count) in &sample.outcomes.failures {
        failure.execute(params![id, class.as_str(), column::count(*count)])?;
    }
    insert_answers(connection, id, sample)?;
    if let Some(of_sample) = &sample.phases {
        phases::insert(connection, id, of_sample)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO histograms (sample, latency, service_time, lag) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            id,
            column::blob(&sample.latency)?,
            column::blob(&sample.service_time)?,
            column::blob(&sample.lag)?,
        ])?;
    Ok(())
}

/// What is known of answers that were allowed, and of those that a check did not hold for.
fn insert_answers(connection: &Connection, id: i64, sample: &Sample) -> rusqlite::Result<()> {
    for (status, count) in &sample.outcomes.allowed {
        connection
            .prepare_cached("INSERT INTO allowed (sample, status, count) VALUES (?1, ?2, ?3)")?
            .execute(params![id, status, column::count(*count)])?;
    }
    for (written, failed) in &sample.outcomes.checks {
        connection
            .prepare_cached(
                "INSERT INTO failed_checks (sample, written, count, first) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![id, written, column::count(failed.count), failed.first])?;
    }
    Ok(())
}
