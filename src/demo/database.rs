//! The service's SQLite database: opened, laid out and filled from the seed.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rusqlite::{Connection, OptionalExtension, params};

use super::{DemoError, Options};

/// One connection, used by one request at a time.
///
/// Queries run on the runtime's own thread: each takes tens of microseconds on a database of a few
/// thousand rows, less than handing it to another thread and back.
#[derive(Debug)]
pub(super) struct Database(Mutex<Connection>);

impl Database {
    /// Opens or makes the database and fills it if it is new.
    ///
    /// # Errors
    /// When the file cannot be opened, is locked, or is no database of the service.
    pub(super) fn open(options: &Options) -> Result<Self, DemoError> {
        let mut connection = match &options.database {
            Some(path) => open_file(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(include_str!("schema.sql"))?;
        let made: Option<String> = connection
            .query_row("SELECT value FROM setting WHERE name = 'seed'", [], |row| row.get(0))
            .optional()?;
        if made.is_none() {
            fill(&mut connection, options)?;
        }
        Ok(Self(Mutex::new(connection)))
    }

    /// Runs `work` with the connection to itself.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Marks a database as the service's: "pbdm" in ASCII.
const APPLICATION_ID: i32 = 0x7062_646d;

fn open_file(path: &Path) -> Result<Connection, DemoError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != APPLICATION_ID && (id != 0 || tables > 0) {
        return Err(DemoError::Foreign(path.to_owned()));
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Waiting for the disk would be a latency that the table of truths does not know; a sample's
    // data is worth no such wait.
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok(connection)
}

/// Series of measurements that exist.
pub(super) const SERIES: [&str; 4] = ["cpu", "memory", "latency", "throughput"];

fn fill(connection: &mut Connection, options: &Options) -> rusqlite::Result<()> {
    let mut generator = SplitMix64::seed_from_u64(options.seed);
    let mut below = |end: u64| (generator.next_u64() % end).cast_signed();
    let transaction = connection.transaction()?;
    {
        let mut client = transaction.prepare("INSERT INTO client VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let mut signal = transaction
            .prepare("INSERT INTO signal (client_id, kind, strength) VALUES (?1, ?2, ?3)")?;
        let regions = ["north", "east", "south", "west"];
        let kinds = ["usage", "churn", "upsell", "support", "payment"];
        for id in 1..=i64::from(options.clients.max(1)) {
            let revenue = 10_000 + below(990_000);
            let cost = 5_000 + below(400_000);
            let region = regions[below(4) as usize];
            client.execute(params![id, format!("Client {id}"), region, revenue, cost])?;
            for _ in 0..5 {
                signal.execute(params![id, kinds[below(5) as usize], below(100)])?;
            }
        }
        let mut workflow = transaction.prepare("INSERT INTO workflow VALUES (?1, ?2, ?3, ?4)")?;
        let states = ["active", "paused", "draft"];
        for id in 1..=40_i64 {
            let state = states[below(3) as usize];
            workflow.execute(params![id, format!("Workflow {id}"), state, 2 + below(8)])?;
        }
        let mut measurement =
            transaction.prepare("INSERT INTO measurement (series, value) VALUES (?1, ?2)")?;
        for series in SERIES {
            for _ in 0..250 {
                measurement.execute(params![series, below(10_000)])?;
            }
        }
        let mut execution = transaction
            .prepare("INSERT INTO execution (agent, state, took_ms) VALUES (?1, ?2, ?3)")?;
        for agent in 0..i64::from(options.agents.max(1)) {
            for _ in 0..20 {
                let state = if below(20) == 0 { "failed" } else { "succeeded" };
                execution.execute(params![agent, state, 50 + below(5_000)])?;
            }
        }
        let mut setting = transaction.prepare("INSERT INTO setting VALUES (?1, ?2)")?;
        for (name, value) in [
            ("seed", options.seed.to_string()),
            ("agents", options.agents.max(1).to_string()),
            ("clients", options.clients.max(1).to_string()),
            ("page_size", "20".to_owned()),
            ("currency", "EUR".to_owned()),
        ] {
            setting.execute(params![name, value])?;
        }
    }
    transaction.execute("INSERT INTO counter VALUES (1, 0)", [])?;
    transaction.execute("INSERT INTO machine VALUES (1, 'idle', 0)", [])?;
    transaction.commit()
}
