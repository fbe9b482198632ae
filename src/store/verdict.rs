//! What was decided of stored runs.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::column::{Columns, instant, nanos, size, unreadable};
use super::{RunRef, Store, StoreError};
use crate::model::{Comparison, Coverage, Decision, EndpointName, ExitStatus, RunId, Verdict};
use crate::store::RunNumber;

/// A comparison as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredVerdict {
    /// When it was judged.
    pub at: Timestamp,
    /// How the process ended with it.
    pub exit: ExitStatus,
    /// The sessions of the baseline it was judged against.
    pub baseline: Vec<RunId>,
    /// See [`Comparison::speed_ratio`].
    pub speed_ratio: Option<f64>,
    /// See [`Comparison::detectable`].
    pub detectable: Option<f64>,
    /// How much of the baseline was judged.
    pub coverage: Coverage,
    /// In the order of the comparison.
    pub rows: Vec<StoredRow>,
}

/// One row of a stored comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// The endpoint.
    pub endpoint: EndpointName,
    /// What was decided, as one word such as `regressed`.
    pub decision: String,
    /// The baseline's p95.
    pub before_p95: Option<Duration>,
    /// The run's p95.
    pub after_p95: Option<Duration>,
    /// p95 after over p95 before.
    pub ratio: Option<f64>,
    /// What p95 might have been at most.
    pub limit: Option<Duration>,
    /// That limit over the baseline's p95.
    pub k_eff: Option<f64>,
}

impl Store {
    /// Stores what was decided at `at` of a stored run, and how the process ended with it.
    ///
    /// # Errors
    /// When the run is not stored, or the database cannot be written.
    pub fn save_comparison(
        &mut self,
        comparison: &Comparison,
        exit: ExitStatus,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let run = self.number(RunRef::Id(comparison.run))?;
        self.writing(|transaction| insert(transaction, run, comparison, exit, at))
    }

    /// What was decided last of the run; `None` if it was never judged.
    ///
    /// # Errors
    /// When there is no such run, or the database is damaged.
    pub fn last_verdict(&self, run: RunRef) -> Result<Option<StoredVerdict>, StoreError> {
        let number = self.number(run)?;
        self.snapshot(|connection| load(connection, number))
    }
}

/// How the process ended that judged the run last.
pub(super) fn last_exit(
    connection: &Connection,
    run: RunNumber,
) -> rusqlite::Result<Option<ExitStatus>> {
    connection
        .prepare_cached(
            "SELECT exit_code FROM comparisons WHERE run = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([run.get()], exit_of)
        .optional()
}

fn insert(
    connection: &Connection,
    run: RunNumber,
    comparison: &Comparison,
    exit: ExitStatus,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let Coverage { total, judged, new, missing, too_few } = comparison.coverage;
    connection.execute(
        "INSERT INTO comparisons (run, judged_ns, verdict, exit_code, speed_ratio, detectable,
             total, judged, new, missing, too_few)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            run.get(),
            instant(at),
            verdict_word(&comparison.verdict),
            exit.code(),
            comparison.speed_ratio,
            comparison.detectable,
            size(total),
            size(judged),
            size(new),
            size(missing),
            size(too_few),
        ],
    )?;
    let id = connection.last_insert_rowid();
    for (position, session) in comparison.baseline.iter().enumerate() {
        connection.execute(
            "INSERT INTO comparison_sessions (comparison, position, run_id) VALUES (?1, ?2, ?3)",
            params![id, size(position), session.to_string()],
        )?;
    }
    let mut row_insert = connection.prepare_cached(
        "INSERT INTO comparison_rows (comparison, position, endpoint, decision, before_p95_ns,
             after_p95_ns, ratio, limit_ns, k_eff)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (position, row) in comparison.rows.iter().enumerate() {
        row_insert.execute(params![
            id,
            size(position),
            row.endpoint.as_str(),
            decision_word(row.decision),
            row.before.as_ref().and_then(|side| side.p95).map(nanos),
            row.after.as_ref().and_then(|side| side.p95).map(nanos),
            row.ratio,
            row.limit.map(|limit| nanos(limit.value)),
            row.limit.map(|limit| limit.k_eff),
        ])?;
    }
    Ok(())
}

fn load(connection: &Connection, run: RunNumber) -> rusqlite::Result<Option<StoredVerdict>> {
    let last = connection
        .prepare_cached("SELECT * FROM comparisons WHERE run = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([run.get()], |row| Ok((row.get::<_, i64>("id")?, head_of(row)?)))
        .optional()?;
    let Some((id, mut verdict)) = last else { return Ok(None) };
    verdict.baseline = connection
        .prepare_cached(
            "SELECT run_id FROM comparison_sessions WHERE comparison = ?1 ORDER BY position",
        )?
        .query_map([id], |row| row.parsed("run_id"))?
        .collect::<rusqlite::Result<_>>()?;
    verdict.rows = connection
        .prepare_cached("SELECT * FROM comparison_rows WHERE comparison = ?1 ORDER BY position")?
        .query_map([id], row_of)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(verdict))
}

fn head_of(row: &Row<'_>) -> rusqlite::Result<StoredVerdict> {
    Ok(StoredVerdict {
        at: row.instant("judged_ns")?,
        exit: exit_of(row)?,
        baseline: Vec::new(),
        speed_ratio: row.get("speed_ratio")?,
        detectable: row.get("detectable")?,
        coverage: Coverage {
            total: row.size("total")?,
            judged: row.size("judged")?,
            new: row.size("new")?,
            missing: row.size("missing")?,
            too_few: row.size("too_few")?,
        },
        rows: Vec::new(),
    })
}

fn row_of(row: &Row<'_>) -> rusqlite::Result<StoredRow> {
    Ok(StoredRow {
        endpoint: row.parsed("endpoint")?,
        decision: row.get("decision")?,
        before_p95: row.maybe_duration("before_p95_ns")?,
        after_p95: row.maybe_duration("after_p95_ns")?,
        ratio: row.get("ratio")?,
        limit: row.maybe_duration("limit_ns")?,
        k_eff: row.get("k_eff")?,
    })
}

fn exit_of(row: &Row<'_>) -> rusqlite::Result<ExitStatus> {
    let code: u8 = row.get("exit_code")?;
    ExitStatus::ALL
        .into_iter()
        .find(|status| status.code() == code)
        .ok_or_else(|| unreadable(Type::Integer, format!("{code} is no exit code")))
}

fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "open",
        Verdict::Pass => "pass",
        Verdict::Failed => "failed",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotComparable(_) => "not_comparable",
    }
}

fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Missing => "missing",
        Decision::New => "new",
        Decision::Errors { .. } => "errors",
        Decision::TooFew { .. } => "too_few",
        Decision::Rare { .. } => "rare",
        Decision::Pass => "pass",
        Decision::NotConfirmed => "not_confirmed",
        Decision::Suspect => "suspect",
        Decision::Regressed { confirmed: true } => "regressed",
        Decision::Regressed { confirmed: false } => "regressed_unconfirmed",
        Decision::OverBudget { .. } => "over_budget",
        Decision::Machine => "machine",
        Decision::Waived => "waived",
        Decision::WaiverOver { .. } => "waiver_over",
    }
}
